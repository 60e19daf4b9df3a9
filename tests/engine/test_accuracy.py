"""The detector agrees with people; measured where a set of labelled speech is at hand."""

import pytest

from benchmarks.__main__ import DEFAULT_SPEECH
from benchmarks.accuracy import measure_accuracy
from benchmarks.inputs import read_labelled_files


@pytest.mark.skipif(not DEFAULT_SPEECH.is_dir(), reason="there is no labelled speech beside the project")
def test_it_reaches_its_goals_on_labelled_speech() -> None:
    rows, shares = measure_accuracy(read_labelled_files(DEFAULT_SPEECH))
    assert [row.name for row in rows if row.verdict == "MISSED"] == []
    assert len([row for row in rows if row.verdict == "met"]) == 2
    assert len(shares) == 3
