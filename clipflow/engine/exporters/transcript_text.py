"""What is said as plain text, in paragraphs."""

from collections.abc import Sequence
from typing import IO

from clipflow.engine.exporters.readback import Span, expect
from clipflow.engine.exporters.spoken import words_of_cut, words_of_source
from clipflow.engine.exporters.text import one_line
from clipflow.engine.timeline import Timeline
from clipflow.engine.transcript.captions import TimedText, paragraphs


def write_of_cut(timeline: Timeline, out: IO[str]) -> None:
    """What is said in the cut."""
    out.write(_text(words_of_cut(timeline)))


def write_of_source(timeline: Timeline, out: IO[str]) -> None:
    """What is said in the recording."""
    out.write(_text(words_of_source(timeline)))


def read_of_cut(text: str, timeline: Timeline) -> list[Span]:
    """No times are in it; what is checked is that it holds the words of the cut."""
    return _read(text, words_of_cut(timeline))


def read_of_source(text: str, timeline: Timeline) -> list[Span]:
    """No times are in it; what is checked is that it holds all words."""
    return _read(text, words_of_source(timeline))


def no_edges(timeline: Timeline) -> list[Span]:
    """Plain text has no times."""
    return []


def _text(words: Sequence[TimedText]) -> str:
    return "".join(f"{_label(speaker)}{one_line(text)}\n\n" for speaker, text in paragraphs(words))


def _label(speaker: str | None) -> str:
    return f"{one_line(speaker)}: " if speaker else ""


def _read(text: str, words: Sequence[TimedText]) -> list[Span]:
    said = text.split("\n\n")
    labels = [_label(speaker) for speaker, _ in paragraphs(words)]
    expect(len(said) == len(labels) + 1, "the number of paragraphs")
    expect(all(one.startswith(label) for one, label in zip(said, labels, strict=False)), "a speaker")
    bare = (one.removeprefix(label) for one, label in zip(said, labels, strict=False))
    written, wanted = (
        "".join("".join(one.split()) for one in bare),
        "".join("".join(one_line(one.text).split()) for one in words),
    )
    expect(written == wanted, "words are missing")
    return []
