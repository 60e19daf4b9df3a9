"""How well fillers are told from words that are meant, on sentences labelled by hand."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Row
from clipflow.engine.transcript.fillers import find_fillers
from clipflow.engine.transcript.words import Word, plain

FOLDER = Path(__file__).parent / "filler_sentences"
_PIECE = re.compile(r"\((\d+)\)|([\[\]])|([^\s\[\]()]+)")
# A word's length as people talk, and the gap that is no pause.
_BASE_MS, _PER_LETTER_MS, _GAP_MS = 80, 45, 20


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with times, and the first and last number of each filler among them."""

    text: str
    words: tuple[Word, ...]
    fillers: frozenset[tuple[int, int]]


def read_sentence(line: str) -> Sentence:
    """A sentence in the notation that the files explain."""
    words: list[Word] = []
    fillers: set[tuple[int, int]] = set()
    now_ms, opened = 0, 0
    for pause, bracket, text in _PIECE.findall(line):
        if pause:
            now_ms += int(pause) - _GAP_MS
        elif bracket == "[":
            opened = len(words)
        elif bracket == "]":
            fillers.add((opened, len(words) - 1))
        else:
            length_ms = _BASE_MS + _PER_LETTER_MS * len(plain(text))
            words.append(Word(now_ms, now_ms + length_ms, text))
            now_ms += length_ms + _GAP_MS
    return Sentence(line, tuple(words), frozenset(fillers))


def sentences(name: str) -> Iterator[Sentence]:
    """The sentences of a file."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield read_sentence(line)


def file_names() -> list[str]:
    """The files of sentences, each by another hand."""
    return sorted(path.name for path in FOLDER.glob("*.txt"))


@dataclass(frozen=True, slots=True)
class Score:
    """How often each word was found rightly, found wrongly, and missed."""

    right: Counter[str]
    wrong: Counter[str]
    missed: Counter[str]

    @property
    def precision(self) -> float:
        """How much of what was found is a filler."""
        return self.right.total() / max(1, self.right.total() + self.wrong.total())

    @property
    def recall(self) -> float:
        """How many of the fillers were found."""
        return self.right.total() / max(1, self.right.total() + self.missed.total())


def score(listed: Iterator[Sentence]) -> Score:
    """Hold what is found against the labels."""
    result = Score(Counter(), Counter(), Counter())
    for sentence in listed:
        found = {(one.first, one.last): str(one.word) for one in find_fillers(sentence.words, language="en")}
        for place, word in found.items():
            (result.right if place in sentence.fillers else result.wrong)[word] += 1
        for first, last in sentence.fillers - found.keys():
            result.missed[" ".join(plain(one.text) for one in sentence.words[first : last + 1])] += 1
    return result


def measure_fillers() -> dict[str, list[Row]]:
    """Precision and recall of each file."""
    tables = {}
    for name in file_names():
        listed = list(sentences(name))
        found = score(iter(listed))
        tables[f"Fillers in {len(listed)} sentences, {name}"] = [
            Row.at_least("precision", found.precision, 0.95, 3),
            Row.at_least("recall", found.recall, 0.9, 3),
        ]
    return tables


WORD_HEADINGS = ("Word", "Meant", "Fillers", "Found", "Wrongly found", "Precision", "Recall")


def words_table() -> list[tuple[str, ...]]:
    """The figures of each word, over all files."""
    listed = [sentence for name in file_names() for sentence in sentences(name)]
    found = score(iter(listed))
    rows: list[tuple[str, ...]] = []
    for word in sorted({*found.right, *found.wrong, *found.missed}):
        right, wrong, missed = found.right[word], found.wrong[word], found.missed[word]
        meant = sum(_count(word, sentence) for sentence in listed) - right - missed
        precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
        rows.append(
            (word, str(max(0, meant)), str(right + missed), str(right), str(wrong), f"{precision:.3f}", f"{recall:.3f}")
        )
    return rows


def _count(word: str, sentence: Sentence) -> int:
    """How often a phrase stands in a sentence, filler or not; stretched spellings of sounds are none of it."""
    parts, words = word.split(), [plain(one.text) for one in sentence.words]
    return sum(words[number : number + len(parts)] == parts for number in range(len(words)))
