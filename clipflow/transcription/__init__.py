"""Transcription by a service that speaks OpenAI's protocol: parts, packing, sending, putting together.

Used by the worker and by the shell alike; knows the engine, and nothing of databases or the web.
"""
