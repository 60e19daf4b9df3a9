"""How segments and decisions are stored and shown: plain values in, plain values out."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.engine import Decision, ReviewedSegment, Segment

_WITH_REASON_CODE = 9
# Looked up, because an enumeration takes its time and eight hours have thousands of segments.
_TYPES = {one.value: one for one in engine.SegmentType}
_ACTIONS = {one.value: one for one in engine.Action}
_REASON_CODES = {one.value: one for one in engine.ReasonCode}
_LEFT_OUT_REASON = "speech that the transcript leaves out"


def segment_values(one: ReviewedSegment) -> dict[str, Any]:
    """A segment as the API shows it; what it has not is left out."""
    start_ms, end_ms, kind, confidence, level_db, action, reason, reason_code, filler_word, decided_by, note = one
    values = {
        "start_ms": start_ms, "end_ms": end_ms, "type": kind, "confidence": round(confidence, 4),
        "level_db": round(level_db, 1), "action": action, "reason": reason, "reason_code": reason_code,
        "decided_by": decided_by,
    }  # fmt: skip
    if filler_word is not None:
        values["filler_word"] = filler_word
    if note is not None:
        values["note"] = note
    return values


def stored_segments(segments: Iterable[Segment]) -> list[list[Any]]:
    """Segments as they are stored: lists in the order of the engine's Segment."""
    return [list(one) for one in segments]


def segment_from(stored: Sequence[Any]) -> Segment:
    """A segment from its stored form; earlier versions stored no reason code, and at first no filler word."""
    start_ms, end_ms, kind, confidence, level_db, action, reason, *rest = stored
    if len(stored) < _WITH_REASON_CODE:
        rest = [_reason_code(kind, action, reason), *(rest or [None])]
    reason_code, filler_word = rest
    return Segment(
        start_ms, end_ms, _TYPES[kind], confidence, level_db, _ACTIONS[action], reason, _REASON_CODES[reason_code],
        filler_word,
    )  # fmt: skip


def _reason_code(kind: str, action: str, reason: str) -> engine.ReasonCode:
    """The code of a reason that was stored in words alone."""
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


def decision_values(decision: Decision, made_by: UUID | None) -> dict[str, Any]:
    """A decision as the API shows it, with the id of who made it."""
    values = {name: getattr(decision, name) for name in ("start_ms", "end_ms", "action", "note")}
    return {**values, "made_by": made_by}
