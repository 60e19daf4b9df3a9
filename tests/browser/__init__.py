"""The pages in a real browser, against a real server with a real worker."""
