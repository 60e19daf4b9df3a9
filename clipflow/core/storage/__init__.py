"""Where files are kept: one protocol, and the places that fulfil it."""
