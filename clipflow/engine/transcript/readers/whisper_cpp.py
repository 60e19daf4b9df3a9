"""The JSON of whisper.cpp, ``-oj`` and ``-ojf``; its tokens are parts of words, and a blank begins a word."""

import re
from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, text_in, whole_ms, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_SPECIAL = re.compile(r"\[_[A-Z]+_?\d*\]|<\|[^|]*\|>")


def recognises(answer: Any) -> bool:
    """Whether it has whisper.cpp's list of passages with offsets."""
    return isinstance(answer, dict) and any("offsets" in one for one in items(answer.get("transcription"))[:20])


def read(answer: Any) -> ReadTranscript:
    """Words where there are tokens with times, captions elsewhere."""
    words: list[Word] = []
    captions: list[Caption] = []
    for one in items(answer["transcription"]):
        start_ms, end_ms = _times(one)
        speaker = speaker_name(one.get("speaker"))
        own = _words(items(one.get("tokens")), start_ms, end_ms, speaker)
        words += own
        said = bare(text_in(one.get("text")))
        if not own and said and start_ms is not None:
            captions.append(Caption(start_ms, max(start_ms, end_ms or start_ms), said, speaker))
    result = answer.get("result")
    language = text_in(result.get("language")) if isinstance(result, dict) else ""
    return ReadTranscript(tuple(words), tuple(captions), language or None)


def _words(tokens: list[dict[str, Any]], start_ms: int | None, end_ms: int | None, speaker: str | None) -> list[Word]:
    spoken = [one for one in tokens if not _SPECIAL.fullmatch(text_in(one.get("text")).strip())]
    pieces = [Piece(*_times(one), text_in(one.get("text")), speaker) for one in spoken]
    if not any(piece.start_ms is not None for piece in pieces):
        return []
    return words_of_pieces(pieces, start_ms, end_ms, is_spaced=False)


def _times(one: dict[str, Any]) -> tuple[int | None, int | None]:
    offsets = one.get("offsets")
    if not isinstance(offsets, dict):
        return None, None
    return whole_ms(offsets.get("from")), whole_ms(offsets.get("to"))
