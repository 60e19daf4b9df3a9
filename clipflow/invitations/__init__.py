"""Invitations: a link that makes an account, or lets somebody who has one into a team."""
