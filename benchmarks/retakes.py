"""How well takes that are said again are told from what only sounds alike, on sentences labelled by hand."""

from pathlib import Path

from benchmarks.fillers import Sentence, read_sentence
from benchmarks.table import Row
from clipflow.engine.transcript.retakes import find_retakes

FOLDER = Path(__file__).parent / "retake_sentences"
# Words of an aside may go with a take or stay; an editor hears the same.
_LOOSE_END_WORDS = 2


def file_names() -> list[str]:
    """The files of sentences, each by another hand."""
    return sorted(path.name for path in FOLDER.glob("*.txt"))


def sentences(name: str) -> list[Sentence]:
    """All sentences of a file, in its order."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [read_sentence(line) for line in lines if line.strip() and not line.startswith("#")]


def score(listed: list[Sentence]) -> tuple[int, int, int]:
    """How many takes were found rightly, found wrongly, and missed."""
    right = wrong = missed = 0
    for sentence in listed:
        found = [(one.first, one.last) for one in find_retakes(sentence.words)]
        matched = {place for place in found if any(_is_same(place, label) for label in sentence.fillers)}
        right += len(matched)
        wrong += len(found) - len(matched)
        missed += len(sentence.fillers) - len(matched)
    return right, wrong, missed


def _is_same(found: tuple[int, int], label: tuple[int, int]) -> bool:
    return found[0] == label[0] and abs(found[1] - label[1]) <= _LOOSE_END_WORDS


def measure_retakes() -> dict[str, list[Row]]:
    """Precision and recall of each file."""
    tables = {}
    for name in file_names():
        listed = sentences(name)
        right, wrong, missed = score(listed)
        tables[f"Takes that are said again, {right + missed} in {len(listed)} sentences, {name}"] = [
            Row.at_least("precision", right / max(1, right + wrong), 0.95, 3),
            Row.at_least("recall", right / max(1, right + missed), 0.85, 3),
        ]
    return tables
