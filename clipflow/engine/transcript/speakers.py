"""Who speaks: names in front of lines, told apart from words that only have a colon behind them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clipflow.engine.transcript.words import clean_word

# Labels that speech recognition writes are speakers wherever they stand.
_LABEL = re.compile(
    r"^\s*(?:>>+\s*)?(?:\[(?P<brackets>(?:SPEAKER|Speaker|speaker)[ _]?\w{1,12})\]:?|"
    r"(?P<bare>SPEAKER_\d{1,3}):?(?=\s)|"
    r"\((?P<parentheses>[Ss]peaker [\w?]{1,12})\):?|"
    r"(?P<numbered>[Ss]peaker [\dA-Z]{1,3}):)\s*"
)
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,40})?[ \t]+([^<>]{1,100})>", re.IGNORECASE)
_CHEVRONS = re.compile(r"^\s*>>+\s*")
_NAME = re.compile(r"^\s*(?:[-–—]\s+)?([^\s:<>\[\]{}♪][^:<>\[\]{}♪]{0,39})(?:：|:(?=\s|$))\s*")
LONGEST_NAME = 60
_MOST_NAME_WORDS = 4
_LONGEST_PARTICLE = 3
_NO_NAMES = frozenset(
    (
        "note warning caution example question answer remember tip step first second third today tomorrow remark "
        "summary conclusion important todo update fact correction hint plus result reason problem solution disclaimer "
        "quote p.s. ps subtitles subtitle captions translation music chapter part http https"
    ).split()
)
# Of all lines at least so many must begin with a name where names are written as words are.
_NAMED_SHARE = 0.3
_UNKNOWN = frozenset({"", "uu", "unknown", "?", "-1", "none", "null", "speaker ?"})


class SpokenLine(NamedTuple):
    """A line with who says it, None where that is not said."""

    speaker: str | None
    text: str


def speaker_name(value: object) -> str | None:
    """A speaker as services give them – a letter, a number, a name – as it is kept; None for what names nobody."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    text = clean_name(str(value))
    if text.lower() in _UNKNOWN:
        return None
    return f"Speaker {text}" if text.isdecimal() or len(text) == 1 else text


class SpeakerNames:
    """The names that stand in front of the lines of one transcript."""

    def __init__(self, first_lines: Iterable[str]) -> None:
        lines = [line for line in first_lines if line.strip()]
        counts = Counter(name for line in lines if (name := _candidate(line)))
        repeated = {name for name, count in counts.items() if count > 1}
        share = sum(counts[name] for name in repeated) / max(1, len(lines))
        is_usual = share >= _NAMED_SHARE
        # Among people who speak often, one who speaks once is told by the same kind of label.
        single = {name for name in counts if is_usual and name not in repeated and _is_title(name)}
        # In capitals a name stands out even where it stands once.
        capitals = {name for name in counts if name.isupper() and len(name) > 1}
        self._names = {name for name in repeated if is_usual} | capitals | single

    def take_off(self, line: str) -> SpokenLine:
        """A line without the name in front of it, and that name."""
        voice = _VOICE.search(line)
        if voice:
            return SpokenLine(clean_name(voice[1]) or None, _VOICE.sub(" ", line))
        label = _LABEL.match(line)
        if label:
            named = next(text for text in label.groups() if text)
            return SpokenLine(speaker_name(named), line[label.end() :])
        rest = _CHEVRONS.sub("", line)
        found = _NAME.match(rest)
        if found and _cleaned(found[1]) in self._names:
            return SpokenLine(_cleaned(found[1]), rest[found.end() :])
        return SpokenLine(None, rest)


def begins_turn(line: str) -> bool:
    """Whether a line says that someone else begins to speak."""
    return _CHEVRONS.match(line) is not None


def _candidate(line: str) -> str | None:
    found = _NAME.match(_CHEVRONS.sub("", line))
    name = _cleaned(found[1]) if found else ""
    words = name.split()
    is_short = 0 < len(words) <= _MOST_NAME_WORDS
    begins_like_name = bool(name) and not name[0].islower() and any(one.isalpha() for one in name)
    # Within a name only particles such as "von" or "de la" are written small.
    begins_like_name &= all(not word[0].islower() or len(word) <= _LONGEST_PARTICLE for word in words)
    return name if is_short and begins_like_name and words[0].lower() not in _NO_NAMES else None


def _is_title(name: str) -> bool:
    return all(not word[0].islower() for word in name.split())


def _cleaned(name: str) -> str:
    return clean_name(name).strip("*_\"' ")


def clean_name(text: str) -> str:
    """A name as it may be kept and shown: on one line, nothing that turns text around, not too long."""
    return " ".join(clean_word(one) for one in text.split())[:LONGEST_NAME].strip()


def speakers_of(names: Sequence[str | None]) -> list[str]:
    """Each speaker once, in the order in which they first speak."""
    return list(dict.fromkeys(name for name in names if name))
