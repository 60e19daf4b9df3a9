"""What administrators do with accounts, and what they see of the server."""
