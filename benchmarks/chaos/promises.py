"""Every promise held against the notes: one line of figures each."""

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.chaos.notes import (
    ANSWERS,
    AT_LAST,
    CONFIRMED,
    COPIED,
    FOREIGN,
    IN_TIME,
    MIGRATED,
    NOWHERE,
    STOPS,
    THERE,
    Analysis,
    Notes,
    Recording,
)
from benchmarks.chaos.people import SLOT_MS, UnansweredError, Visitor, digest_of
from benchmarks.chaos.site import Site
from benchmarks.table import Row

_ENDS_WITHIN_S = 300.0
# What is said of a job in the midst of which something was killed three times; its owner starts it again.
_GIVEN_UP = {"WORKER_LOST", "MEDIA_TOOL_FAILED", "SERVICE_UNAVAILABLE"}
_JUST_S = 1.5
# The standard library's own remark on a sound file that could not be written to its end.
_SAID_OF_A_FULL_DISK = "Exception ignored in: <function Wave_write.__del__"
# What a process says that was being started by one that was killed.
_SAID_OF_A_KILLED_PARENT = "EOFError: Ran out of input"
_UNFORESEEN = re.compile(r'^Traceback \(most recent call last\)|"exc_info":"|"level":"CRITICAL"', re.MULTILINE)

DECIDED = "a decision that was answered holds, and none is lost among others"
ENDED = "an analysis that was accepted ends as it should"
SAME = "its result is that of an undisturbed one"
GONE = "what was deleted stays away"
PAID = "no part of a transcription is paid twice"
LOGS = "nothing unforeseen stands in the logs"
TEMPORARY = "nothing temporary stays"

# Promises that are noted while people work and faults happen, and what was counted for each.
_NOTED = {
    THERE: ("recordings", "confirmed uploads"),
    CONFIRMED: ("confirmed uploads",),
    DECIDED: ("decisions",),
    ENDED: ("analyses",),
    SAME: ("results",),
    GONE: ("deletions",),
    FOREIGN: ("looks at what is somebody else's",),
    ANSWERS: ("answers",),
    IN_TIME: (),
    AT_LAST: (),
    STOPS: (),
    MIGRATED: ("migrations",),
    NOWHERE: (),
    COPIED: ("copies of the database",),
    PAID: ("paid parts",),
    LOGS: ("lines of log",),
    TEMPORARY: (),
}

_ALWAYS_TRIED = {THERE, CONFIRMED, DECIDED, ENDED, SAME, ANSWERS, LOGS}
ALIVE = "the people and what happens to them go on to the end"
_NOTED[ALIVE] = ()


@dataclass
class Checker:
    """Holds recordings against the notes."""

    expected: dict[str, list[Any]] = field(default_factory=dict)

    def expect(self, visitor: Visitor, recording: Recording) -> None:
        """Take the result of an undisturbed analysis for what others have to be."""
        analysis = visitor.analyze(recording, "vad")
        self._wait(visitor, analysis)
        self.expected[recording.file.name] = self._segments(visitor, analysis)

    def check(self, visitor: Visitor, recording: Recording) -> None:
        """A recording, its bytes and everything that was made of it."""
        content = visitor.insist(lambda: visitor.ask("GET", f"/media/{recording.id}/file")).content
        if digest_of(content) != digest_of(recording.file.read_bytes()):
            visitor.notes.breaks(THERE, f"{recording.id} has other bytes")
        for analysis in recording.analyses:
            self._check_analysis(visitor, recording, analysis)

    def _check_analysis(self, visitor: Visitor, recording: Recording, analysis: Analysis) -> None:
        status = self._wait(visitor, analysis)
        if status == "completed":
            self._check_result(visitor, recording, analysis)
            self._check_decisions(visitor, analysis)
        elif status == "failed":
            self._check_failure(visitor, analysis)
        elif not (status == "cancelled" and analysis.is_cancel_wanted):
            visitor.notes.breaks(ENDED, f"{analysis.id} is {status}")
        visitor.notes.count(f"analyses {status}")

    def _wait(self, visitor: Visitor, analysis: Analysis) -> str:
        until_s = time.monotonic() + _ENDS_WITHIN_S
        while True:
            status = str(visitor.get(f"/analysis/{analysis.id}/status")["status"])
            if status in ("completed", "failed", "cancelled") or time.monotonic() > until_s:
                return status
            time.sleep(0.3)

    def _check_failure(self, visitor: Visitor, analysis: Analysis) -> None:
        found = visitor.get(f"/analysis/{analysis.id}")["analysis_result"]
        if found["error_code"] in _GIVEN_UP:
            visitor.notes.count("analyses given up after three kills")
        else:
            visitor.notes.breaks(ENDED, f"{analysis.id} failed: {found['error_code']}: {found['error_message']}")

    def _segments(self, visitor: Visitor, analysis: Analysis) -> list[Any]:
        found = visitor.get(f"/analysis/{analysis.id}?decisions=false")["analysis_result"]["segments"]
        return [(one["start_ms"], one["end_ms"], one["type"]) for one in found]

    def _check_result(self, visitor: Visitor, recording: Recording, analysis: Analysis) -> None:
        visitor.notes.count("results")
        if analysis.mode == "vad":
            found = self._segments(visitor, analysis)
            if found != self.expected[recording.file.name]:
                visitor.notes.breaks(SAME, f"{analysis.id} has {len(found)} segments, or others")
        elif not visitor.get(f"/analysis/{analysis.id}")["analysis_result"]["has_transcript"]:
            visitor.notes.breaks(SAME, f"{analysis.id} has no transcript")

    def _check_decisions(self, visitor: Visitor, analysis: Analysis) -> None:
        found = visitor.get(f"/analysis/{analysis.id}")["analysis_result"]
        with analysis.lock:
            wishes, versions = dict(analysis.wishes), list(analysis.versions)
        for slot, wish in wishes.items():
            action = _action_at(found["decisions"], slot * SLOT_MS, (slot + 1) * SLOT_MS)
            if not wish.allows(action):
                visitor.notes.breaks(DECIDED, f"{analysis.id} at {slot * SLOT_MS} ms: {action}, not {wish}")
        if len(versions) != len(set(versions)):
            visitor.notes.breaks(DECIDED, f"{analysis.id}: a version was answered twice")
        if versions and found["version"] < max(versions):
            visitor.notes.breaks(DECIDED, f"{analysis.id} went back to version {found['version']}")


def _action_at(decisions: list[dict[str, Any]], start_ms: int, end_ms: int) -> str | None:
    covering = [one for one in decisions if one["start_ms"] <= start_ms and one["end_ms"] >= end_ms]
    return covering[0]["action"] if covering else None


def check_deleted(visitor: Visitor, deleted: list[str]) -> None:
    """What was deleted is not there."""
    for media_id in deleted:
        answer = visitor.insist(partial(visitor.ask, "GET", f"/media/{media_id}", also=(200, 404)))
        if answer.status_code != 404:
            visitor.notes.breaks(GONE, media_id)


def check_payments(site: Site, ended_s: list[float]) -> None:
    """A part is paid once; what was answered in the moment of a kill, before it could be kept, is counted apart."""
    events = [event for event in site.fake.book.log if event["outcome"] == "paid"]
    first_s: dict[str, float] = {}
    for event in events:
        site.notes.count("paid parts")
        key, at_s = event["key"], event["at_s"]
        if key not in first_s:
            first_s[key] = at_s
        elif any(first_s[key] - _JUST_S <= end_s <= first_s[key] + _JUST_S for end_s in ended_s):
            site.notes.count("parts paid again because of a kill in the moment of the answer")
        else:
            site.notes.breaks(PAID, f"{key} at {at_s - first_s[key]:.1f} s after the first time")


def check_rest(site: Site) -> None:
    """What the processes left behind."""
    for text in site.notes.logs:
        site.notes.count("lines of log", text.count("\n"))
        for found in _UNFORESEEN.finditer(text):
            if _SAID_OF_A_FULL_DISK in text[max(0, found.start() - 80) : found.start()]:
                continue
            if _SAID_OF_A_KILLED_PARENT in text[found.start() : found.start() + 700]:
                continue
            site.notes.breaks(LOGS, text[max(0, found.start() - 300) : found.start() + 1500])
    for folder in (site.folder / "data" / "temporary", site.folder / "temporary-of-the-system"):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_size > 0 and not path.name.endswith(".lock"):
                site.notes.breaks(TEMPORARY, str(path))


def rows(notes: Notes) -> Iterator[Row]:
    """One line for each promise, and figures without one."""
    for promise, counted in _NOTED.items():
        figures = ", ".join(f"{notes.counts[what]:,} {what}" for what in counted)
        broken = len(notes.broken.get(promise, []))
        text = f"broken {broken} times" + (f" of {figures}" if figures else "")
        if promise in _ALWAYS_TRIED and not sum(notes.counts[what] for what in counted):
            notes.breaks(promise, "it was not tried once")
            text, broken = "not tried once", 1
        yield Row(promise, text, "never", verdict(broken))
    latencies = sorted(notes.health_ms)
    if latencies:
        yield Row("/health, median, ms", f"{statistics.median(latencies):.0f}")
        yield Row("/health, 95th percentile, ms", f"{latencies[int(len(latencies) * 0.95)]:.0f}")
        yield Row("/health, longest, ms", f"{latencies[-1]:.0f}")
    told = {what for counted in _NOTED.values() for what in counted}
    for what in sorted(set(notes.counts) - told):
        yield Row(what, f"{notes.counts[what]:,}")


def verdict(broken: int) -> str:
    """How a promise came out."""
    return "MISSED" if broken else "met"


__all__ = ["Checker", "UnansweredError", "check_deleted", "check_payments", "check_rest", "rows"]
