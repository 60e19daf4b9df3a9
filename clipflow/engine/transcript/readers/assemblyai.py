"""AssemblyAI's transcript, its sentences and its paragraphs: whole milliseconds everywhere."""

from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, text_in, whole_ms, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name

_OWN_NAMES = ("audio_duration", "acoustic_model", "audio_url", "language_code", "utterances", "sentences", "paragraphs")
_LISTS = ("words", "utterances", "sentences", "paragraphs")


def recognises(answer: Any) -> bool:
    """Whether it has what only AssemblyAI names, and times that are whole numbers."""
    if not isinstance(answer, dict) or not any(name in answer for name in _OWN_NAMES):
        return False
    timed = [one for name in _LISTS for one in items(answer.get(name))[:50]]
    # Its events say what kind of word they are; those of another service do.
    return bool(timed) and all(isinstance(one.get("start"), int) and "type" not in one for one in timed)


def read(answer: Any) -> ReadTranscript:
    """The words, or where there are none the texts of the first list that has some."""
    language = text_in(answer.get("language_code")) or None
    listed = items(answer.get("words")) or [
        word for name in _LISTS[1:] for one in items(answer.get(name)) for word in items(one.get("words"))
    ]
    if listed:
        return ReadTranscript(tuple(words_of_pieces(map(_piece, listed))), (), language)
    texts = next((found for name in _LISTS[1:] if (found := items(answer.get(name)))), [])
    captions = [
        Caption(start_ms, max(start_ms, whole_ms(one.get("end")) or start_ms), said, speaker_name(one.get("speaker")))
        for one in texts
        if (start_ms := whole_ms(one.get("start"))) is not None and (said := bare(text_in(one.get("text"))))
    ]
    return ReadTranscript((), tuple(captions), language)


def _piece(one: dict[str, Any]) -> Piece:
    return Piece(
        whole_ms(one.get("start")), whole_ms(one.get("end")), text_in(one.get("text")), speaker_name(one.get("speaker"))
    )
