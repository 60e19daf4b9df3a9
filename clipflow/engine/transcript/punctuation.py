"""Giving words back the punctuation of the text that they come from.

Speech recognition returns the words of its text bare; whether a filler is one often hangs on a comma.
"""

from collections.abc import Sequence

from clipflow.engine.transcript.words import Word, plain

_SEARCH_AHEAD = 12


def restore_punctuation(words: Sequence[Word], text: str) -> list[Word]:
    """The words spelled as in the text, where the two can be matched; others stay as they are."""
    written = text.split()
    compared = [plain(one) for one in written]
    restored: list[Word] = []
    position = 0
    for word in words:
        found = _find(plain(word.text), compared, position)
        if found is None:
            restored.append(word)
            continue
        restored.append(word._replace(text=written[found]))
        position = found + 1
    return restored


def _find(wanted: str, compared: Sequence[str], position: int) -> int | None:
    """The next place of a word, if it is not too far on."""
    for number in range(position, min(position + _SEARCH_AHEAD, len(compared))):
        if compared[number] == wanted:
            return number
    return None
