"""Readers of transcripts: one format a file, each with the same signature, and the table of them in ``table.py``."""
