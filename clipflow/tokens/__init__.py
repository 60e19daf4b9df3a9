"""Personal tokens: what programs act with on a person's behalf."""
