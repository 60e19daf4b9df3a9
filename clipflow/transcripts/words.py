"""What is done with the words of a transcript: looked for, spelled anew, given to other speakers. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from clipflow import engine
from clipflow.core.errors import InvalidInputError
from clipflow.engine import Timing, Transcript, Word

MOST_MATCHES = 500
_WORDS_AROUND = 6


def renamed(words: Iterable[Word], names: Mapping[str, str]) -> tuple[Word, ...]:
    """Words whose speakers have other names; an empty one takes the speaker away.

    Raises:
        InvalidInputError: nobody of that name speaks.
    """
    listed = tuple(words)
    known = {one.speaker for one in listed}
    missing = [name for name in names if name not in known]
    if missing:
        sentence = f"Nobody called {missing[0]!r} speaks in this transcript; load it again."
        raise InvalidInputError(sentence, {"changes": sentence})
    new_names = {name: engine.clean_name(new) or None for name, new in names.items()}
    return tuple(
        one._replace(speaker=new_names.get(one.speaker, one.speaker)) if one.speaker else one for one in listed
    )


def numbers_between(stored: Sequence[Sequence[Any]], from_ms: int, to_ms: int | None) -> tuple[int, int]:
    """Number of the first stored word that reaches into a window, and the one after the last."""
    first = bisect_right(stored, from_ms, key=lambda one: one[1])
    # Words without a length that lie at the very edge.
    while first > 0 and stored[first - 1][0] >= from_ms:
        first -= 1
    last = len(stored) if to_ms is None else bisect_left(stored, to_ms, key=lambda one: one[0])
    return first, max(first, last)


def search(transcript: Transcript, text: str, speaker: str | None = None) -> list[dict[str, Any]]:
    """Where words are said one after another, whatever their case and punctuation; the last may be a beginning.

    With ``speaker`` only what that one says counts.
    """
    wanted = [one for one in (engine.plain(part) for part in text.split()) if one]
    if not wanted:
        return []
    said = [engine.plain(one.text) for one in transcript.words]
    found: list[dict[str, Any]] = []
    for number in range(len(said) - len(wanted) + 1):
        if said[number : number + len(wanted) - 1] != wanted[:-1]:
            continue
        last = number + len(wanted) - 1
        if speaker is not None and transcript.words[number].speaker != speaker:
            continue
        if said[last].startswith(wanted[-1]):
            found.append(_match(transcript, number, last))
            if len(found) == MOST_MATCHES:
                break
    return found


def _match(transcript: Transcript, first: int, last: int) -> dict[str, Any]:
    words = transcript.words
    around = words[max(0, first - _WORDS_AROUND) : last + 1 + _WORDS_AROUND]
    return {
        "index": first, "count": last - first + 1, "start_ms": words[first].start_ms, "end_ms": words[last].end_ms,
        "text": engine.text_of(around),
    }  # fmt: skip


class _Replaced(NamedTuple):
    """So many words from a number on, and what is there in their place; none of them where a word comes between."""

    first: int
    word_count: int
    words: list[Word]


def corrected(words: Sequence[Word], changes: Iterable[Mapping[str, Any]]) -> tuple[Word, ...]:
    """Words with some of them spelled anew, or put back as they were.

    One that is emptied goes, several share the time of the one they replace.

    Raises:
        InvalidInputError: there is no such word, it is changed twice, or where it was there is no room for it.
    """
    taken: set[int] = set()
    replaced: list[_Replaced] = []
    for number, change in enumerate(changes):
        found = _restored(words, change) if "restored" in change else _respelled(words, change)
        if found is None:
            raise _cannot_be_corrected(number, "This word is not there (any more).")
        touched = range(found.first, found.first + found.word_count)
        if not taken.isdisjoint(touched):
            raise _cannot_be_corrected(number, "This word is changed twice.")
        taken.update(touched)
        replaced.append(found)
    replaced.sort(key=lambda one: (one.first, one.words[:1]))
    return _put_together(words, replaced)


def _put_together(words: Sequence[Word], replaced: Iterable[_Replaced]) -> tuple[Word, ...]:
    new: list[Word] = []
    done = 0
    for one in replaced:
        new += [*words[done : one.first], *one.words]
        done = one.first + one.word_count
    new += words[done:]
    if any(following.start_ms < word.end_ms for word, following in pairwise(new)):
        # Words neither overlap nor go back in time.
        raise _cannot_be_corrected(0, "There is another word by now where this one was.")
    return tuple(new)


def _cannot_be_corrected(number: int, sentence: str) -> InvalidInputError:
    return InvalidInputError(
        "A word cannot be corrected, because it is not there or changed twice; load the transcript again.",
        {f"changes.{number}": sentence},
    )


def _respelled(words: Sequence[Word], change: Mapping[str, Any]) -> _Replaced | None:
    index = _meant(words, change)
    return None if index is None else _Replaced(index, 1, _spelled(words[index], change["text"]))


def _restored(words: Sequence[Word], change: Mapping[str, Any]) -> _Replaced | None:
    """A word put back where its correction stands; None where that is not so (any more)."""
    word, wanted, start_ms = _former_word(change["restored"]), change["was"].split(), change["start_ms"]
    first = bisect_left(words, start_ms, key=lambda one: one.start_ms)
    if not wanted:
        return _Replaced(first, 0, [word])
    while first < len(words) and words[first].start_ms == start_ms:
        if [one.text for one in words[first : first + len(wanted)]] == wanted:
            return _Replaced(first, len(wanted), [word])
        first += 1
    return None


def _former_word(values: Mapping[str, Any]) -> Word:
    timing, speaker = Timing(values["timing"]), values["speaker"]
    return Word(values["start_ms"], values["end_ms"], values["text"], timing, speaker)


def _meant(words: Sequence[Word], change: Mapping[str, Any]) -> int | None:
    """The number of the word that a correction means; None when it is not there.

    Numbers shift when words before are taken away or become several; time and spelling stay.
    """
    index: int = change["index"]
    start_ms, was = change.get("start_ms"), change.get("was")
    if start_ms is None or was is None:
        return index if index < len(words) else None
    first = bisect_left(words, start_ms, key=lambda one: one.start_ms)
    for number in range(first, len(words)):
        if words[number].start_ms != start_ms:
            break
        if words[number].text == was:
            return number
    return None


def _spelled(word: Word, text: str) -> list[Word]:
    parts = text.split()
    length_ms = word.end_ms - word.start_ms
    edges = [word.start_ms + round(n * length_ms / max(1, len(parts))) for n in range(len(parts) + 1)]
    return [
        word._replace(start_ms=start_ms, end_ms=end_ms, text=part)
        for part, start_ms, end_ms in zip(parts, edges, edges[1:], strict=False)
    ]
