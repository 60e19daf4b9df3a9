"""Deepgram's answer to a recording: the words of the first alternative of each channel."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word


def recognises(answer: Any) -> bool:
    """Whether there are channels with alternatives."""
    return any(items(channel.get("alternatives")) for channel in _channels(answer))


def read(answer: Any) -> ReadTranscript:
    """All channels, in the order of time; speakers are counted in each channel by itself."""
    channels = _channels(answer)
    words: list[Word] = []
    language: str | None = None
    for number, channel in enumerate(channels):
        alternative = (items(channel.get("alternatives")) or [{}])[0]
        languages = alternative.get("languages")
        named = channel.get("detected_language") or (
            languages[0] if isinstance(languages, list) and languages else None
        )
        language = language or (named if isinstance(named, str) else None)
        words += words_of_pieces(
            _piece(one, number if len(channels) > 1 else None) for one in items(alternative.get("words"))
        )
    return ReadTranscript(tuple(sorted(words, key=lambda one: one.start_ms)), (), language)


def _piece(one: dict[str, Any], channel: int | None) -> Piece:
    text = text_in(one.get("punctuated_word")) or text_in(one.get("word"))
    speaker = speaker_name(one.get("speaker"))
    if channel is not None:
        speaker = f"Channel {channel}" if speaker is None else f"Channel {channel}, {speaker}"
    return Piece(seconds_ms(one.get("start")), seconds_ms(one.get("end")), text, speaker)


def _channels(answer: Any) -> list[dict[str, Any]]:
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, dict):
        return []
    utterances = items(results.get("utterances"))
    words = [word for one in utterances for word in items(one.get("words"))]
    # Utterances alone are all channels in the order of time.
    return items(results.get("channels")) or ([{"alternatives": [{"words": words}]}] if words else [])
