"""The pages; they use the same services as the API."""
