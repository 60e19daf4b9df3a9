"""What ends a shell command, each with one sentence for the person who ran it."""


class CommandFailedError(Exception):
    """A command could not do its work; the text says what to do."""


class OutputError(Exception):
    """Standard output does not take the result; the text is the system's reason."""
