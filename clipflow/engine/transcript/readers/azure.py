"""Azure Speech: batch transcription, fast transcription, and the answers of its short audio interface and libraries."""

from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, number, seconds_ms, text_in, whole_ms, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_TICKS_PER_MS = 10_000


def recognises(answer: Any) -> bool:
    """Whether there are phrases as any of its interfaces names them."""
    return any(_start(one) is not None for one in _phrases(answer)[:20])


def read(answer: Any) -> ReadTranscript:
    """The best reading of each phrase in the order of time; as it is displayed, where the words are given so."""
    words: list[Word] = []
    captions: list[Caption] = []
    language: str | None = None
    for phrase in sorted(_phrases(answer), key=lambda one: _start(one) or 0):
        best = (items(phrase.get("nBest") or phrase.get("NBest")) or [phrase])[0]
        start_ms = _start(phrase)
        end_ms = _end(phrase, start_ms)
        speaker = speaker_name(phrase.get("speaker", phrase.get("SpeakerId")))
        language = language or _language(phrase)
        listed = _listed_words(best)
        if listed:
            words += words_of_pieces((_piece(one, speaker) for one in listed), start_ms, end_ms)
            continue
        said = bare(_text(best) or _text(phrase))
        if said and start_ms is not None:
            captions.append(Caption(start_ms, max(start_ms, end_ms or start_ms), said, speaker))
    return ReadTranscript(tuple(words), tuple(captions), language)


def _phrases(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, list):
        return [one for one in items(answer) if "Offset" in one and ("NBest" in one or "DisplayText" in one)]
    if not isinstance(answer, dict):
        return []
    if "Offset" in answer and ("NBest" in answer or "DisplayText" in answer):
        return [answer]
    return items(answer.get("recognizedPhrases")) or items(answer.get("phrases"))


def _listed_words(best: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("displayWords", "DisplayWords", "words", "Words")
    return next((found for name in names if (found := items(best.get(name)))), [])


def _piece(one: dict[str, Any], speaker: str | None) -> Piece:
    names = ("displayText", "DisplayText", "text", "word", "Word")
    text = next((text for name in names if (text := text_in(one.get(name)))), "")
    start_ms = _start(one)
    return Piece(start_ms, _end(one, start_ms), text, speaker)


def _text(one: dict[str, Any]) -> str:
    names = ("display", "Display", "text", "DisplayText", "lexical")
    return next((text for name in names if (text := text_in(one.get(name)))), "")


def _language(phrase: dict[str, Any]) -> str | None:
    primary = phrase.get("PrimaryLanguage")
    named = primary.get("Language") if isinstance(primary, dict) else phrase.get("locale")
    return named if isinstance(named, str) else None


def _start(one: dict[str, Any]) -> int | None:
    return _time(one, "offset", "Offset")


def _end(one: dict[str, Any], start_ms: int | None) -> int | None:
    length_ms = _time(one, "duration", "Duration")
    return None if start_ms is None or length_ms is None else start_ms + length_ms


def _time(one: dict[str, Any], name: str, ticks_name: str) -> int | None:
    """A time by one of the three notations: milliseconds, ticks of 100 ns, or as ISO 8601 writes it."""
    if f"{name}Milliseconds" in one:
        return whole_ms(one[f"{name}Milliseconds"])
    ticks = number(one.get(f"{name}InTicks", one.get(ticks_name)))
    if ticks is not None:
        return whole_ms(ticks / _TICKS_PER_MS)
    return seconds_ms(one.get(name)) if isinstance(one.get(name), str) else None
