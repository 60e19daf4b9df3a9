"""Everything that somebody may see, across projects and teams: listed, searched, counted."""
