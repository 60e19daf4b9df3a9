"""Keys of services outside, of people and of teams, encrypted."""
