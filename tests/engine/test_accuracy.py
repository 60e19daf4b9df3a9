"""The detector agrees with people; measured where a set of labelled speech is at hand."""

import pytest

from benchmarks.__main__ import DEFAULT_SPEECH
from benchmarks.accuracy import judge_files, measure_detector
from benchmarks.inputs import read_labelled_files


@pytest.mark.skipif(not DEFAULT_SPEECH.is_dir(), reason="there is no labelled speech beside the project")
def test_it_reaches_its_goals_on_labelled_speech() -> None:
    rows = measure_detector(judge_files(read_labelled_files(DEFAULT_SPEECH)))
    assert [row.verdict for row in rows if row.goal] == ["met", "met"]
