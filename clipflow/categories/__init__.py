"""Categories of recordings: those of the server, and those of a team."""
