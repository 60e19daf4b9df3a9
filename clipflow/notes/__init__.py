"""Notes: what people say about a moment of a recording, or of a video elsewhere."""
