"""The shell commands: ``python run.py COMMAND``."""
