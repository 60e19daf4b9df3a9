"""Cut lists for editors: one file for each format, each with its writer and the reader that checks it."""
