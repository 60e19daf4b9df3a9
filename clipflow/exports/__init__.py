"""Cut lists of finished analyses, for the editors that open them."""
