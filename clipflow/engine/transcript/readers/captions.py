"""SubRip and WebVTT; how they are really written is told by :mod:`~clipflow.engine.transcript.cues`."""

import re

from clipflow.engine.transcript.cues import cues_in, read_cues
from clipflow.engine.transcript.readers.result import ReadTranscript

_ARROW = re.compile(r"\d\s*(?:-->|->|—>|–>|→)\s*\d")
_LANGUAGE_LINE = re.compile(r"^Language:\s*([A-Za-z-]{2,20})\s*$", re.MULTILINE)


def recognises_vtt(text: str) -> bool:
    """Whether it says that it is WebVTT."""
    return text.lstrip().startswith("WEBVTT")


def recognises_srt(text: str) -> bool:
    """Whether there are two times with an arrow between them."""
    return _ARROW.search(text) is not None


def read_srt(text: str) -> ReadTranscript:
    """Captions with hours, minutes, seconds and milliseconds."""
    words, captions = read_cues(text)
    return ReadTranscript(tuple(words), tuple(captions), None, tuple(cues_in(text)))


def read_vtt(text: str) -> ReadTranscript:
    """Captions, with the language that the head of the file may name."""
    found = _LANGUAGE_LINE.search(text[:1000])
    words, captions = read_cues(text)
    return ReadTranscript(tuple(words), tuple(captions), found[1] if found else None, tuple(cues_in(text)))
