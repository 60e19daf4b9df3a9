"""Where an editor finds the recording: paths and URLs as its machine writes them, not as ours does."""

import re
from urllib.parse import quote

from clipflow.engine.timeline import Source

_DRIVE = re.compile(r"[A-Za-z]:")
_URL_SAFE = "/:@!$&'()*+,;=~"


def media_path(source: Source) -> str:
    """The recording's path on the editor's machine; its bare name when the folder is unknown."""
    if not source.folder:
        return source.name
    separator = "\\" if _is_windows(source.folder) and "/" not in source.folder else "/"
    return source.folder.rstrip("/\\") + separator + source.name


def media_url(source: Source, host: str = "") -> str:
    """The recording as a file URL, a relative one when the folder is unknown.

    Args:
        source: the recording.
        host: Premiere and Final Cut Pro 7 write ``localhost`` before the path.
    """
    path = media_path(source)
    if not source.folder:
        return _quoted(path, safe="")
    if _is_windows(source.folder):
        path = path.replace("\\", "/")
        if path.startswith("//"):
            # A share on another machine, whose name takes the place of the host.
            return "file:" + _quoted(path)
        path = "/" + path
    elif not path.startswith("/"):
        return _quoted(path)
    return f"file://{host}{_quoted(path)}"


def _quoted(path: str, safe: str = _URL_SAFE) -> str:
    try:
        # What Python could not decode in a name of the file system is written as the bytes that it was.
        return quote(path.encode("utf-8", "surrogateescape"), safe=safe)
    except UnicodeEncodeError:
        return quote(path.encode("utf-8", "replace"), safe=safe)


def _is_windows(folder: str) -> bool:
    return bool(_DRIVE.match(folder)) or folder.startswith("\\\\")
