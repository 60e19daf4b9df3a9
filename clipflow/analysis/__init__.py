"""Analyses of recordings: started, watched, tuned again, and decided on by a person."""
