"""An installation that people use while its processes are killed and what it relies on fails.

People note what was answered to them, faults happen by a seed, and in the end every promise is held against the notes.
"""
