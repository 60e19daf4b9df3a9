"""Says what a file that ffprobe has refused really is, so that the refusal can say so in plain words.

This only chooses the sentence. What may be opened is decided by the whitelists in ``ffmpeg.py``.
"""

from pathlib import Path

_HEAD_BYTES = 4096
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PICTURE_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
MP4_FIRST_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_PLAYLIST_SIGNATURES = {
    b"#EXTM3U": "an HLS playlist",
    b"ffconcat": "a list of files",
    b"v=0": "a stream description (SDP)",
    b"[playlist]": "a playlist",
}


def looks_like_mp4(path: Path) -> bool:
    """Whether the file begins as mp4 and mov files do."""
    with path.open("rb") as file:
        return file.read(8)[4:] in MP4_FIRST_ATOMS


def describe_content(path: Path) -> str | None:
    """What the first bytes show the file to be, such as "a picture", or None when nothing is recognised."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_PICTURE_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "a picture"
    text = _leading_text(head)
    for signature, description in _PLAYLIST_SIGNATURES.items():
        if text.startswith(signature):
            return description
    if b"<MPD" in text:
        return "a DASH playlist"
    return "text" if _is_text(head) else None


def _leading_text(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _is_text(head: bytes) -> bool:
    if head.startswith(_UTF16_MARKS):
        return True
    try:
        # The head may end in the middle of a character, which says nothing about the rest.
        text = head.decode("utf-8") if len(head) < _HEAD_BYTES else head[:-4].decode("utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
