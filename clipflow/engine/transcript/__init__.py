"""What is said in a recording: words with times, filler words, captions. Pure, as the rest of the engine."""
