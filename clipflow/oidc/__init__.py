"""Signing in with Google, or with any other provider that speaks OpenID Connect."""
