"""The JavaScript of the pages: its own tests, and its rules held against those of the engine."""

import json
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipflow.analysis import serialization
from clipflow.engine import (
    Action,
    Decision,
    ReasonCode,
    Segment,
    SegmentType,
    Timing,
    Transcript,
    Word,
    apply_decisions,
    merge_decisions,
    summarise,
)
from clipflow.engine.timebase import timecode_at
from clipflow.transcripts import words as words_of_transcripts
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "javascript"
OLDEST_NODE = 20


def find_node() -> str | None:
    """The system's Node where it is new enough, or that of the virtual environment."""
    for name in (shutil.which("node"), ROOT / ".venv" / "bin" / "node"):
        if name and Path(name).exists():
            shown = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
            if int(shown.removeprefix("v").split(".")[0] or 0) >= OLDEST_NODE:
                return str(name)
    return None


NODE = find_node() or ""
pytestmark = pytest.mark.skipif(not NODE, reason="there is no Node to run JavaScript with; make test brings one")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.test.js")), ids=lambda file: file.name)
def test_javascript(file: Path) -> None:
    done = subprocess.run([NODE, "--test", file], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def ask_javascript(script: str, question: object) -> object:
    """What a script of the tests folder answers on standard output to JSON on standard input."""
    done = subprocess.run(
        [NODE, FOLDER / script], input=json.dumps(question), capture_output=True, text=True, check=False,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


LENGTH_MS = 1000
moments = st.integers(0, LENGTH_MS - 1)
changes = st.builds(
    lambda start, length, action, note: {
        "start_ms": start, "end_ms": min(LENGTH_MS, start + length), "action": action,
        **({"note": note} if note else {}),
    },
    moments, st.integers(1, 400), st.sampled_from([*map(str, Action), "auto"]), st.sampled_from(["", "a"]),
)  # fmt: skip
edges = st.lists(st.integers(1, LENGTH_MS - 1), unique=True, max_size=8).map(sorted)
cases = st.lists(st.tuples(edges, st.lists(changes, max_size=10)), min_size=20, max_size=40)


def engines_answer(at: list[int], wanted: list[dict[str, object]]) -> dict[str, object]:
    bounds = [0, *at, LENGTH_MS]
    kinds = [SegmentType.SPEECH, SegmentType.FILLER, SegmentType.FILLER, SegmentType.SILENCE] * len(bounds)
    actions = {
        SegmentType.SPEECH: Action.KEEP, SegmentType.SILENCE: Action.REMOVE, SegmentType.FILLER: Action.SUGGEST_REMOVE
    }  # fmt: skip
    automatic = [
        Segment(
            start,
            end,
            kind,
            0.9,
            -float(start % 7),
            actions[kind],
            str(kind),
            ReasonCode(kind),
            ("um", "uh")[start % 2] if kind is SegmentType.FILLER else None,
        )
        for start, end, kind in zip(bounds, bounds[1:], kinds, strict=False)
    ]
    decisions = [
        Decision(
            int(str(one["start_ms"])), int(str(one["end_ms"])),
            None if one["action"] == "auto" else Action(str(one["action"])),
            str(one["note"]) if "note" in one else None,
        )
        for one in wanted
    ]  # fmt: skip
    reviewed = apply_decisions(automatic, merge_decisions((), decisions))
    summary = summarise(reviewed)
    return {
        "automatic": [serialization.segment_values(one) for one in apply_decisions(automatic, ())],
        "reviewed": [serialization.segment_values(one) for one in reviewed],
        "summary": {name: getattr(summary, name) for name in summary.__dataclass_fields__},
    }


@settings(max_examples=8, deadline=None)
@given(cases)
def test_a_page_shows_at_once_what_the_server_will_say(
    given_cases: list[tuple[list[int], list[dict[str, object]]]],
) -> None:
    expected = [engines_answer(at, wanted) for at, wanted in given_cases]
    questions = [
        {"automatic": answer["automatic"], "changes": wanted}
        for answer, (_, wanted) in zip(expected, given_cases, strict=True)
    ]
    answers = ask_javascript("apply-changes.js", questions)
    assert answers == [{"reviewed": one["reviewed"], "summary": one["summary"]} for one in expected]


syllables = st.text(st.sampled_from("aBcäÖß’'.,-–?! 1éσςΣİıＡ中"), min_size=0, max_size=4)
searches = st.lists(
    st.tuples(st.lists(syllables, max_size=12), st.lists(syllables, max_size=3).map(" ".join)), min_size=20, max_size=60
)


@settings(max_examples=8, deadline=None)
@given(searches)
def test_the_page_and_the_server_find_a_text_at_the_same_words(given_searches: list[tuple[list[str], str]]) -> None:
    questions = [{"words": words, "text": text} for words, text in given_searches]
    found = ask_javascript("searches.js", questions)
    for (words, text), places in zip(given_searches, found, strict=True):
        said = tuple(Word(n * 100, n * 100 + 90, one, Timing.EXACT) for n, one in enumerate(words))
        transcript = Transcript(said, (), None)
        matches = words_of_transcripts.search(transcript, text)
        expected = [{"first": one["index"], "last": one["index"] + one["count"] - 1} for one in matches]
        assert places == expected, (words, text)


@pytest.mark.parametrize("rate", ["24", "25", "30000/1001", "60000/1001", "24000/1001", "50"])
def test_the_page_and_the_engine_agree_on_timecode(rate: str) -> None:
    is_drop_frame = rate in ("30000/1001", "60000/1001")
    frames = [0, 1, 59, 1799, 1800, 1801, 3597, 17981, 17982, 107892, 999_983]
    moments_ms = [round(frame * 1000 / Fraction(rate)) for frame in frames]
    question = {"rate": rate, "isDropFrame": is_drop_frame, "moments": moments_ms}
    assert ask_javascript("timecodes.js", question) == [
        timecode_at(frame, Fraction(rate), is_drop_frame) for frame in frames
    ]
