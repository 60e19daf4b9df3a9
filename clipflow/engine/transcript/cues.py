"""Captions in files: SubRip and WebVTT as tools really write them.

Sources: the WebVTT standard (W3C) with its time stamps within a cue, and the SubRip files of many tools; no
standard exists for those. A reader of our own, because the usual libraries take minutes over a few thousand
blank lines, and know neither rolling captions nor the times of words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from clipflow.engine.transcript.marks import bare, without_tags
from clipflow.engine.transcript.speakers import SpeakerNames, begins_turn
from clipflow.engine.transcript.words import Timing, Word, split_words

_TIME = r"(?:(?<!\d)(\d{1,4}) ?:[ \xa0]?)?(?<!\d)(\d{1,2}) ?:[ \xa0]?(\d{2})(?:[.,](\d{1,3})|:(\d{2}))?(?!\d)"
_ARROW = r"[ \t\xa0]*(?:-->|->|—>|–>|→)[ \t\xa0]*"
_HEADER = re.compile(rf"{_TIME}{_ARROW}{_TIME}")
_ARROWS = ("->", "—>", "–>", "→")
_MARK = re.compile(r"<(?:(\d{1,4}):)?(\d{2}):(\d{2})\.(\d{3})>")
# What tools set around the word that is being said.
_HIGHLIGHT = re.compile(r"<(u|b|i|font|c)\b[^<>]{0,60}>([^<>]{1,200})</\1>", re.IGNORECASE)
_ROLLING_GAP_MS = 150
# Captions roll where so many of them repeat a line of the one before.
_ROLLING_SHARE = 0.3
# Of the cues of karaoke most show the text of the one before, with another word marked.
_KARAOKE_SHARE = 0.5
# Frames of a second where times are written with them and nothing says how many there are.
_FRAMES_A_SECOND = 25


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and when it is shown, in milliseconds; ``speaker`` is who says it, None where nobody is named."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption as the file has it: its lines with their tags."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def read_cues(text: str) -> tuple[list[Word], list[Caption]]:
    """The words that have times of their own, and the captions whose words have none.

    Args:
        text: of a file; line ends are line feeds.
    """
    cues = list(cues_in(text))
    karaoke = _karaoke_words(cues)
    if karaoke is not None:
        return karaoke, []
    return _read(_without_repeats(cues))


def captions_of(cues: Iterable[Cue]) -> tuple[list[Word], list[Caption]]:
    """The words and captions of cues that another format has, which neither roll nor mark words."""
    return _read(list(cues))


def cues_in(text: str) -> Iterator[Cue]:
    """The cues of a file in their order, with all that stands in them."""
    lines = text.split("\n")
    headers = [
        (number, found)
        for number, line in enumerate(lines)
        if any(arrow in line for arrow in _ARROWS) and (found := _HEADER.search(line[:200]))
    ]
    for place, (number, found) in enumerate(headers):
        end = headers[place + 1][0] if place + 1 < len(headers) else len(lines)
        times = found.groups()
        body = _body(lines[number + 1 : end], is_last=place + 1 == len(headers))
        yield Cue(_milliseconds(times[:5]), _milliseconds(times[5:]), tuple(body))


def _read(cues: Sequence[Cue]) -> tuple[list[Word], list[Caption]]:
    names = SpeakerNames(line for cue in cues for line in _first_texts(cue))
    words: list[Word] = []
    captions: list[Caption] = []
    for cue in cues:
        for speaker, lines in _turns(cue.lines, names):
            timed = [line for line in lines if _MARK.search(line)]
            for line in timed:
                words += [word._replace(speaker=speaker) for word in _timed_words(line, cue)]
            said = " ".join(one for line in lines if line not in timed and (one := bare(line)))
            if said and cue.end_ms >= cue.start_ms:
                captions.append(Caption(cue.start_ms, cue.end_ms, said, speaker))
    return words, captions


def _turns(lines: Iterable[str], names: SpeakerNames) -> Iterator[tuple[str | None, list[str]]]:
    """The lines of a cue by who says them."""
    speaker: str | None = None
    pending: list[str] = []
    for line in lines:
        spoken = names.take_off(line)
        if pending and (spoken.speaker not in (None, speaker) or begins_turn(line)):
            yield speaker, pending
            pending, speaker = [], None
        speaker = spoken.speaker or speaker
        pending.append(spoken.text)
    if pending:
        yield speaker, pending


def _first_texts(cue: Cue) -> Iterator[str]:
    """The lines at which someone may begin to speak."""
    yield _first_text(cue)
    yield from (line for line in cue.lines[1:] if begins_turn(line))


def _first_text(cue: Cue) -> str:
    return next((without_tags(line) for line in cue.lines if without_tags(line)), "")


def _body(lines: Sequence[str], *, is_last: bool) -> Iterator[str]:
    """The lines of a cue: all up to the next one, without its number or name and the remarks between them.

    An empty line within a cue does not end it; what follows one and is no text of it does.
    """
    blocks = _blocks(lines)
    for number, block in enumerate(blocks):
        is_end = number + 1 == len(blocks)
        if number and (_is_remark(block) or (not is_last and is_end and _is_identifier(block))):
            return
        # The number of the next cue, which some files do not set off by an empty line.
        has_number = is_end and not is_last and len(block) > 1 and block[-1].strip().isdecimal()
        yield from block[:-1] if has_number else block


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _is_remark(block: Sequence[str]) -> bool:
    return block[0].startswith(("NOTE", "STYLE", "REGION", "WEBVTT", "X-TIMESTAMP-MAP"))


def _is_identifier(block: Sequence[str]) -> bool:
    """Whether it names the next cue: a number, or one line without blanks or with figures, as meetings have them."""
    line = block[0].strip()
    return len(block) == 1 and (
        line.isdecimal() or " " not in line or re.match(r"^\d+ [\"“].*[\"”] \(\d+\)$", line) is not None
    )


def _karaoke_words(cues: Sequence[Cue]) -> list[Word] | None:
    """The words of captions that come once for each of their words, with that word marked; None where they do not."""
    groups = list(_same_text(cues))
    if sum(len(group) for group in groups if len(group) > 1) < max(2, _KARAOKE_SHARE * len(cues)):
        return None
    marked = [[(cue, list(_HIGHLIGHT.finditer("\n".join(cue.lines)))) for cue in group] for group in groups]
    if sum(len(group) for group in marked if _is_moving(group)) < max(2, _KARAOKE_SHARE * len(cues)):
        return None
    names = SpeakerNames(_first_text(group[0]) for group in groups)
    return [word for group in marked for word in _words_of_group(group, names)]


_Marked = tuple[Cue, list[re.Match[str]]]


def _same_text(cues: Sequence[Cue]) -> Iterator[list[Cue]]:
    """Runs of cues that show the same text."""
    group: list[Cue] = []
    shown = ""
    for cue in cues:
        text = _shown(cue)
        if group and text != shown:
            yield group
            group = []
        group.append(cue)
        shown = text
    if group:
        yield group


def _is_moving(group: Sequence[_Marked]) -> bool:
    """Whether the mark goes from one word to another."""
    return len({found[0].start() for _, found in group if len(found) == 1}) > 1


def _shown(cue: Cue) -> str:
    return " ".join(without_tags(line) for line in cue.lines)


def _words_of_group(group: Sequence[_Marked], names: SpeakerNames) -> list[Word]:
    """The words of one caption; those that are never marked lie between their neighbours."""
    whole = " ".join(group[0][0].lines)
    spoken = names.take_off(whole)
    texts = split_words(bare(spoken.text))
    # What the name of the speaker takes up before the first word.
    before = len(split_words(bare(whole))) - len(texts)
    times: dict[int, tuple[int, int]] = {}
    for cue, found in group:
        if len(found) != 1:
            continue
        text = "\n".join(cue.lines)
        number = len(split_words(bare(text[: found[0].start()]))) - before
        for place in range(number, number + len(split_words(bare(found[0][2])))):
            times.setdefault(place, (cue.start_ms, cue.end_ms))
    words: list[Word] = []
    position_ms = group[0][0].start_ms
    for number, text in enumerate(texts):
        if number in times:
            start_ms, end_ms = times[number]
            words.append(Word(start_ms, end_ms, text, speaker=spoken.speaker))
            position_ms = end_ms
            continue
        following = min((times[one][0] for one in times if one > number), default=group[-1][0].end_ms)
        words.append(Word(position_ms, max(position_ms, following), text, Timing.ESTIMATED, spoken.speaker))
    return words


def _without_repeats(cues: Sequence[Cue]) -> list[Cue]:
    """Captions that roll upwards show each line several times; only when it is new does it count."""
    repeats = [_repeated(before, cue) for before, cue in pairwise(cues)]
    if sum(map(bool, repeats)) < _ROLLING_SHARE * max(1, len(repeats)):
        return list(cues)
    kept: list[Cue] = []
    for before, cue, seen in zip([None, *cues], cues, [set(), *repeats], strict=False):
        lines = tuple(line for line in cue.lines if bare(_without_marks(line)) not in seen)
        if kept and before is not None and seen and _shown(cue) == _shown(before):
            # The same once more is shown for longer, whichever part of it is marked.
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms, cue.end_ms))
        kept.append(replace(cue, lines=lines))
    return kept


def _repeated(before: Cue, cue: Cue) -> set[str]:
    """What a cue says that was there just before."""
    if cue.start_ms > before.end_ms + _ROLLING_GAP_MS:
        return set()
    shown = {bare(_without_marks(line)) for line in before.lines}
    return {said for line in cue.lines if not _MARK.search(line) and (said := bare(line)) in shown}


def _without_marks(line: str) -> str:
    return _MARK.sub(" ", line)


def _timed_words(line: str, cue: Cue) -> list[Word]:
    pieces: list[tuple[int, str]] = []
    position, begins_ms = 0, cue.start_ms
    for mark in _MARK.finditer(line):
        pieces.append((begins_ms, bare(line[position : mark.start()])))
        position, begins_ms = mark.end(), _milliseconds((*mark.groups(), None))
    pieces.append((begins_ms, bare(line[position:])))
    pieces = [one for one in pieces if one[1]]
    if not pieces:
        # Marks alone, as where all that was said is already on the screen.
        return []
    ends = [one[0] for one in pieces[1:]] + [cue.end_ms]
    words: list[Word] = []
    for (begin_ms, text), finish_ms in zip(pieces, ends, strict=True):
        parts = split_words(text)
        share_ms = max(0, finish_ms - begin_ms) / max(1, len(parts))
        words += [
            Word(begin_ms + round(n * share_ms), begin_ms + round((n + 1) * share_ms), part, Timing.MARKED)
            for n, part in enumerate(parts)
        ]
    return words


def _milliseconds(groups: Sequence[str | None]) -> int:
    """Hours, minutes, seconds, and a decimal fraction or frames, as milliseconds."""
    hours, minutes, seconds, fraction, frames = (one or "0" for one in groups)
    whole_s = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole_s * 1000 + int(fraction.ljust(3, "0")[:3]) + int(frames) * 1000 // _FRAMES_A_SECOND
