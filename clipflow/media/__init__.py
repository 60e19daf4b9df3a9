"""Recordings: how they come in, what they are, and how they are played."""
