"""The words in a "verbose JSON" answer of speech recognition, as OpenAI gives it and others vary it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clipflow.engine.transcript.punctuation import restore_punctuation
from clipflow.engine.transcript.words import Word, clean_word

# Nothing lasts longer than this, and larger numbers are none.
_LONGEST_S = 1_000_000.0

CaptionValues = tuple[int, int, str]


def words_of_answer(answer: Any) -> tuple[list[Word], list[CaptionValues], str | None]:
    """The words of an answer, the segments that have none, and the language it names.

    Servers leave out words, segments or both, write null for either, put the words into the
    segments, give numbers as text, and times that go back or lie beyond the end; whatever has text
    and a time is taken, and the rest left aside. whisper.cpp's own JSON is understood too.

    Returns:
        Words with times; texts with start and end in milliseconds where words are missing; the
        language as it is named.
    """
    if not isinstance(answer, dict):
        return [], [], None
    named = answer.get("language")
    language = named if isinstance(named, str) else None
    segments = [one for one in _list(answer.get("segments")) if isinstance(one, dict)]
    segments += [_of_whisper_cpp(one) for one in _list(answer.get("transcription")) if isinstance(one, dict)]
    words = list(_words(_list(answer.get("words"))))
    if words:
        text = answer.get("text")
        written = text if isinstance(text, str) and text else " ".join(str(one.get("text") or "") for one in segments)
        return restore_punctuation(words, written), [], language
    captions: list[CaptionValues] = []
    for one in segments:
        own = list(_words(_list(one.get("words"))))
        words += restore_punctuation(own, str(one.get("text") or ""))
        if not own:
            captions += _caption(one)
    return words, captions, language


def text_without_times(answer: Any) -> str:
    """The text of an answer that has neither words nor segments; empty when it has none."""
    text = answer.get("text") if isinstance(answer, dict) else None
    return _clean(text) if isinstance(text, str) else ""


def _of_whisper_cpp(one: Mapping[str, Any]) -> dict[str, Any]:
    offsets = one.get("offsets")
    if not isinstance(offsets, dict):
        return dict(one)
    times = {name: _number(offsets.get(name)) for name in ("from", "to")}
    seconds = {name: None if value is None else value / 1000 for name, value in times.items()}
    return {"text": one.get("text"), "start": seconds["from"], "end": seconds["to"]}


def _words(listed: Iterable[Any]) -> Iterator[Word]:
    last_ms: int | None = None
    for one in listed:
        if not isinstance(one, dict):
            continue
        text = one.get("word", one.get("text"))
        times = _times(one)
        if times is None and last_ms is not None and "start" not in one:
            # Some give no time for numbers: such a word is said after the one before.
            times = (last_ms, last_ms)
        if times is None or not isinstance(text, str):
            continue
        last_ms = times[1]
        # One that holds a blank would be two words on the page.
        parts = _clean(text).split()
        share_ms = (times[1] - times[0]) / max(1, len(parts))
        for number, part in enumerate(parts):
            start_ms = times[0] + round(number * share_ms)
            yield Word(start_ms, times[0] + round((number + 1) * share_ms), part)


def _caption(one: Mapping[str, Any]) -> Iterator[CaptionValues]:
    times, text = _times(one), one.get("text")
    said = _clean(text) if isinstance(text, str) else ""
    if times is not None and said:
        yield (*times, said)


def _clean(text: str) -> str:
    return " ".join(one for one in map(clean_word, text.split()) if one)


def _times(one: Mapping[str, Any]) -> tuple[int, int] | None:
    start, end = _seconds(one.get("start")), _seconds(one.get("end"))
    if start is None:
        return None
    start_ms = round(start * 1000)
    return start_ms, start_ms if end is None else max(start_ms, round(end * 1000))


def _seconds(value: Any) -> float | None:
    number = _number(value)
    return None if number is None or number > _LONGEST_S else number


def _number(value: Any) -> float | None:
    """A number that is not negative, also as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
