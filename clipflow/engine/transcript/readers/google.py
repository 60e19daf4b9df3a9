"""Google Speech-to-Text, version 1 and 2, as its REST interface and its libraries write it."""

from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_STARTS = ("startTime", "startOffset", "start_time", "start_offset")
_ENDS = ("endTime", "endOffset", "end_time", "end_offset")
_RESULT_ENDS = ("resultEndTime", "resultEndOffset", "result_end_time", "result_end_offset")
_SPEAKERS = ("speakerLabel", "speakerTag", "speaker_label", "speaker_tag")
_LANGUAGES = ("languageCode", "language_code")


def recognises(answer: Any) -> bool:
    """Whether there are results whose alternatives have words or a transcript."""
    results = _results(answer)
    alternatives = [one for result in results[:20] for one in items(result.get("alternatives"))]
    has_times = any(_first(one, _RESULT_ENDS) is not None for one in results[:20]) or any(
        _first(word, (*_STARTS, *_ENDS)) is not None for one in alternatives for word in items(one.get("words"))[:20]
    )
    return bool(alternatives) and has_times


def read(answer: Any) -> ReadTranscript:
    """The words of the first alternative of each result; the last one repeats all of them when it tells speakers."""
    results = _results(answer)
    language = next((text for one in results if (text := text_in(_first(one, _LANGUAGES)))), None)
    lists = [items(_alternative(one).get("words")) for one in results]
    if _last_repeats_all(lists):
        results, lists = results[-1:], lists[-1:]
    words: list[Word] = []
    captions: list[Caption] = []
    before_ms = 0
    for result, listed in zip(results, lists, strict=True):
        end_ms = seconds_ms(_first(result, _RESULT_ENDS))
        if listed:
            words += words_of_pieces(map(_piece, listed), before_ms, end_ms)
        elif (said := bare(text_in(_alternative(result).get("transcript")))) and end_ms is not None:
            captions.append(Caption(before_ms, max(before_ms, end_ms), said))
        before_ms = end_ms if end_ms is not None else before_ms
    return ReadTranscript(tuple(words), tuple(captions), language)


def _last_repeats_all(lists: list[list[dict[str, Any]]]) -> bool:
    """Whether the last list tells the speakers of all words before it, from the first one on."""
    earlier = [one for listed in lists[:-1] for one in listed]
    if not earlier or len(lists[-1]) < len(earlier) or _first(lists[-1][0], _SPEAKERS) is None:
        return False
    return (_piece(lists[-1][0]).start_ms or 0) <= (_piece(earlier[0]).start_ms or 0)


def _piece(one: dict[str, Any]) -> Piece:
    # Japanese comes with its reading behind a bar.
    text = text_in(one.get("word")).split("|")[0]
    end_ms = seconds_ms(_first(one, _ENDS))
    start = _first(one, _STARTS)
    # What is zero is left out.
    start_ms = 0 if start is None and end_ms is not None else seconds_ms(start)
    speaker = _first(one, _SPEAKERS)
    return Piece(start_ms, end_ms, text, None if speaker in (0, "0") else speaker_name(speaker))


def _alternative(result: dict[str, Any]) -> dict[str, Any]:
    return (items(result.get("alternatives")) or [{}])[0]


def _results(answer: Any) -> list[dict[str, Any]]:
    """The list of results, out of the envelopes that it may lie in."""
    found = answer
    for _ in range(4):
        if not isinstance(found, dict):
            return []
        results = found.get("results")
        if isinstance(results, list):
            return items(results)
        if isinstance(results, dict):
            found = next((one for one in results.values() if isinstance(one, dict)), None)
        else:
            found = found.get("response") or found.get("inlineResult") or found.get("transcript")
    return []


def _first(one: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((one[name] for name in names if one.get(name) is not None), None)
