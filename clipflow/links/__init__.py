"""Review links: what a client without an account gets to see, and as whom."""
