"""How transcripts are stored and shown: plain values in, plain values out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from clipflow import engine
from clipflow.engine import Cue, Filler, Timing, Transcript, Word

_TIMINGS = (Timing.EXACT, Timing.ESTIMATED, Timing.UNPLACED, Timing.MARKED)


def with_text(segments: Iterable[dict[str, Any]], words: Sequence[Word]) -> list[dict[str, Any]]:
    """Segments with the words whose middle lies in them; both are in the order of time."""
    listed = list(segments)
    texts = engine.texts_in(((one["start_ms"], one["end_ms"]) for one in listed), words)
    return [{**one, "text": said} if said else one for one, said in zip(listed, texts, strict=True)]


def stored_words(words: Iterable[Word]) -> list[list[Any]]:
    """Words as they are stored: start, end, text, the number of their timing, and who says them, if that is known."""
    return [
        [one.start_ms, one.end_ms, one.text, _TIMINGS.index(one.timing), *([one.speaker] if one.speaker else [])]
        for one in words
    ]


def words_from(stored: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    """Words from their stored form."""
    return tuple(
        Word(start_ms, end_ms, text, _TIMINGS[timing], *speaker) for start_ms, end_ms, text, timing, *speaker in stored
    )


def stored_cues(cues: Iterable[Cue]) -> list[list[Any]]:
    """Captions as they were imported, as they are stored."""
    return [[one.start_ms, one.end_ms, list(one.lines)] for one in cues]


def cues_from(stored: Iterable[Sequence[Any]]) -> tuple[Cue, ...]:
    """Captions from their stored form."""
    return tuple(Cue(start_ms, end_ms, tuple(lines)) for start_ms, end_ms, lines in stored)


def fillers_from(stored: Iterable[Sequence[Any]]) -> tuple[Filler, ...]:
    """Fillers from their stored form."""
    return tuple(Filler(*one) for one in stored)


def stored_transcript(transcript: Transcript) -> dict[str, Any]:
    """A transcript as it is stored: its language, words and fillers."""
    return {
        "language": transcript.language,
        "words": stored_words(transcript.words),
        "fillers": [list(one) for one in transcript.fillers],
    }


def count_fillers(transcript: Transcript) -> list[dict[str, Any]]:
    """Each filler word with how often it is said and how long that takes, the most frequent first."""
    counts = Counter(one.word for one in transcript.fillers)
    lengths_ms: Counter[str | None] = Counter()
    for one in transcript.fillers:
        lengths_ms[one.word] += one.end_ms - one.start_ms
    return [{"word": word, "count": count, "total_ms": lengths_ms[word]} for word, count in counts.most_common()]


def word_values(words: Iterable[Word], first: int, fillers: Iterable[Filler]) -> list[dict[str, Any]]:
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
