"""The words in a "verbose JSON" answer of speech recognition, as OpenAI gives it and others vary it."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from clipflow.engine.transcript.punctuation import restore_punctuation
from clipflow.engine.transcript.words import Word

_LONGEST_TEXT = 200
_LONGEST_MS = 2**31 - 1

CaptionValues = tuple[int, int, str]


def words_of_answer(answer: Any) -> tuple[list[Word], list[CaptionValues], str | None]:
    """The words of an answer, or where it has none its segments, and the language it names.

    Servers leave out words, segments or both, write null for either, put the words into the
    segments, and give times that go back or lie beyond the end; whatever has text and a time is
    taken, and the rest left aside.

    Returns:
        Words with times; texts with start and end in milliseconds where words are missing; the
        language as it is named.
    """
    if not isinstance(answer, dict):
        return [], [], None
    segments = [one for one in _list(answer.get("segments")) if isinstance(one, dict)]
    language = answer.get("language")
    words = list(_words(_list(answer.get("words")))) or [
        word for one in segments for word in _words(_list(one.get("words")))
    ]
    text = answer.get("text") if isinstance(answer.get("text"), str) else ""
    text = text or " ".join(str(one.get("text") or "") for one in segments)
    if words:
        return restore_punctuation(words, text), [], language if isinstance(language, str) else None
    captions = list(_captions(segments))
    return [], captions, language if isinstance(language, str) else None


def text_without_times(answer: Any) -> str:
    """The text of an answer that has neither words nor segments; empty when it has none."""
    text = answer.get("text") if isinstance(answer, dict) else None
    return " ".join(text.split()) if isinstance(text, str) else ""


def _words(listed: Iterable[Any]) -> Iterator[Word]:
    for one in listed:
        if not isinstance(one, dict):
            continue
        times = _times(one)
        text = one.get("word", one.get("text"))
        if times is None or not isinstance(text, str):
            continue
        # One that holds a blank would be two words on the page.
        parts = text.replace("\x00", "").split()
        share_ms = (times[1] - times[0]) / max(1, len(parts))
        for number, part in enumerate(parts):
            start_ms = times[0] + round(number * share_ms)
            yield Word(start_ms, times[0] + round((number + 1) * share_ms), part[:_LONGEST_TEXT])


def _captions(segments: Iterable[dict[str, Any]]) -> Iterator[CaptionValues]:
    for one in segments:
        times, text = _times(one), one.get("text")
        if times is not None and isinstance(text, str) and text.strip():
            yield (*times, " ".join(text.replace("\x00", "").split()))


def _times(one: dict[str, Any]) -> tuple[int, int] | None:
    start_ms, end_ms = _milliseconds(one.get("start")), _milliseconds(one.get("end"))
    if start_ms is None:
        return None
    return start_ms, start_ms if end_ms is None else max(start_ms, end_ms)


def _milliseconds(seconds: Any) -> int | None:
    is_time = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and math.isfinite(seconds)
    return int(min(max(0, round(seconds * 1000)), _LONGEST_MS)) if is_time else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
