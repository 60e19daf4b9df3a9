"""Projects: what a person's recordings are grouped in."""
