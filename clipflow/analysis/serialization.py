"""How segments, decisions and transcripts are kept and shown: plain values in, plain values out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from clipflow import engine
from clipflow.engine import Cue, Decision, Filler, ReviewedSegment, Segment, Timing, Transcript, Word

_TIMINGS = (Timing.EXACT, Timing.ESTIMATED, Timing.UNPLACED, Timing.MARKED)
_WITH_REASON_CODE = 9
_LEFT_OUT_REASON = "speech that the transcript leaves out"


def result_of(automatic: Iterable[Segment], decisions: Iterable[Mapping[str, Any]], version: int) -> dict[str, Any]:
    """Segments with a person's decisions laid over them, their sum, and their version."""
    reviewed = engine.apply_decisions(automatic, [decision_of(one) for one in decisions])
    summary = asdict(engine.summarise(reviewed))
    return {"segments": [shown(one) for one in reviewed], "summary": summary, "version": version}


def sum_of(automatic: Iterable[Segment], decisions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the cut comes to, with a person's decisions."""
    return asdict(engine.summarise(engine.apply_decisions(automatic, [decision_of(one) for one in decisions])))


def shown_automatic(automatic: Iterable[Segment]) -> list[dict[str, Any]]:
    """Segments as the API shows them, without decisions."""
    return [shown(one) for one in engine.apply_decisions(automatic, [])]


def shown(one: ReviewedSegment) -> dict[str, Any]:
    """A segment as the API shows it; what it has not is left out."""
    values = one._asdict()
    values["confidence"] = round(one.confidence, 4)
    values["level_db"] = round(one.level_db, 1)
    for name in ("note", "filler_word"):
        if values[name] is None:
            del values[name]
    return values


def with_text(segments: Iterable[dict[str, Any]], words: Sequence[Word]) -> list[dict[str, Any]]:
    """Segments with the words whose middle lies in them; both are in the order of time."""
    listed = list(segments)
    texts = engine.texts_in(((one["start_ms"], one["end_ms"]) for one in listed), words)
    return [{**one, "text": said} if said else one for one, said in zip(listed, texts, strict=True)]


def segment_of(stored: Sequence[Any]) -> Segment:
    """A segment from what is kept of it; earlier versions kept no reason code, and at first no filler word."""
    start_ms, end_ms, kind, confidence, level_db, action, reason, *rest = stored
    if len(stored) < _WITH_REASON_CODE:
        rest = [_reason_code(kind, action, reason), *rest]
    return Segment(
        start_ms, end_ms, engine.SegmentType(kind), confidence, level_db, engine.Action(action), reason,
        engine.ReasonCode(rest[0]), rest[1] if len(rest) > 1 else None,
    )  # fmt: skip


def with_reason_code(reviewed: Mapping[str, Any]) -> dict[str, Any]:
    """A segment as it was kept for the API, with the reason code that earlier versions did not keep."""
    if "reason_code" in reviewed:
        return dict(reviewed)
    is_decided = reviewed["decided_by"] == engine.DecidedBy.USER
    code = _reason_code(reviewed["type"], reviewed["action"], reviewed["reason"])
    return {**reviewed, "reason_code": engine.ReasonCode.DECIDED if is_decided else code}


def _reason_code(kind: str, action: str, reason: str) -> engine.ReasonCode:
    """The code of a reason that was kept in words alone."""
    if kind == engine.SegmentType.FILLER:
        return engine.ReasonCode.LEFT_OUT if reason == _LEFT_OUT_REASON else engine.ReasonCode.FILLER
    if kind == engine.SegmentType.SPEECH:
        return engine.ReasonCode.SPEECH
    by_action = {
        engine.Action.KEEP: engine.ReasonCode.PAUSE_KEPT,
        engine.Action.SUGGEST_REMOVE: engine.ReasonCode.LOUD_EVENT,
        engine.Action.REMOVE: engine.ReasonCode.SILENCE,
    }
    return by_action[engine.Action(action)]


def decision_of(stored: Mapping[str, Any]) -> Decision:
    """A decision from what is kept of it."""
    return Decision(stored["start_ms"], stored["end_ms"], engine.Action(stored["action"]), stored["note"])


def kept_words(words: Iterable[Word]) -> list[list[Any]]:
    """Words as they are kept: start, end, text, the number of their timing, and who says them, if that is known."""
    return [
        [one.start_ms, one.end_ms, one.text, _TIMINGS.index(one.timing), *([one.speaker] if one.speaker else [])]
        for one in words
    ]


def words_of(stored: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    """Words from what is kept of them."""
    return tuple(
        Word(start_ms, end_ms, text, _TIMINGS[timing], *speaker) for start_ms, end_ms, text, timing, *speaker in stored
    )


def kept_cues(cues: Iterable[Cue]) -> list[list[Any]]:
    """Captions as they were imported, as they are kept."""
    return [[one.start_ms, one.end_ms, list(one.lines)] for one in cues]


def cues_of(stored: Iterable[Sequence[Any]]) -> tuple[Cue, ...]:
    """Captions from what is kept of them."""
    return tuple(Cue(start_ms, end_ms, tuple(lines)) for start_ms, end_ms, lines in stored)


def fillers_of(stored: Iterable[Sequence[Any]]) -> tuple[Filler, ...]:
    """Fillers from what is kept of them."""
    return tuple(Filler(*one) for one in stored)


def count_fillers(transcript: Transcript) -> list[dict[str, Any]]:
    """Each filler word with how often it is said and how long that takes, the most frequent first."""
    counts = Counter(one.word for one in transcript.fillers)
    lengths_ms: Counter[str | None] = Counter()
    for one in transcript.fillers:
        lengths_ms[one.word] += one.end_ms - one.start_ms
    return [{"word": word, "count": count, "total_ms": lengths_ms[word]} for word, count in counts.most_common()]


def shown_words(words: Iterable[Word], first: int, fillers: Iterable[Filler]) -> list[dict[str, Any]]:
    """Words as the API shows them, with the filler that each belongs to; ``first`` is the number of the first one."""
    listed = [{"index": number, **one._asdict()} for number, one in enumerate(words, first)]
    for one in listed:
        if one["speaker"] is None:
            del one["speaker"]
    for filler in fillers:
        if filler.word is None or filler.last < first or filler.first >= first + len(listed):
            continue
        for number in range(max(first, filler.first), min(filler.last + 1, first + len(listed))):
            listed[number - first] |= {"filler_word": filler.word, "reason": filler.reason}
    return listed
