"""ElevenLabs' transcript: words, the blanks between them, and sounds, each as an entry of its own."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_KINDS = ("word", "spacing", "audio_event")


def recognises(answer: Any) -> bool:
    """Whether the words say what kind they are."""
    return any(one.get("type") in _KINDS for part in _parts(answer) for one in items(part.get("words"))[:20])


def read(answer: Any) -> ReadTranscript:
    """The words of all channels in the order of time; sounds are none."""
    words: list[Word] = []
    language: str | None = None
    for part in _parts(answer):
        language = language or text_in(part.get("language_code")) or None
        spoken = (one for one in items(part.get("words")) if one.get("type") == "word")
        words += words_of_pieces(
            Piece(seconds_ms(one.get("start")), seconds_ms(one.get("end")), text_in(one.get("text")), _speaker(one))
            for one in spoken
        )
    return ReadTranscript(tuple(sorted(words, key=lambda one: one.start_ms)), (), language)


def _speaker(one: dict[str, Any]) -> str | None:
    return speaker_name(one.get("speaker_id"))


def _parts(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, dict):
        return []
    return items(answer.get("transcripts")) or [answer]
