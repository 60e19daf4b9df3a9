"""Analyses of recordings: their options, their life from start to end, and the segments that come of them."""
