"""People, their sessions and their passwords."""
