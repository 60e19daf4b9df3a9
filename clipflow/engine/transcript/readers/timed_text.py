"""TTML and its kin DFXP, and YouTube's srv1 and srv3: captions in XML.

Sources: W3C, "Timed Text Markup Language 2"; entities are not resolved, so that no file can grow in the reading.
"""

import re
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

from clipflow.engine.errors import TranscriptError
from clipflow.engine.transcript.cues import Cue, captions_of
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:([.,]\d+)|:(\d{1,3})(?:\.\d+)?)?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)?")
_DEFAULT_FRAME_RATE = Fraction(30)
_LEAST_WORDS = 2


def recognises(text: str) -> bool:
    """Whether it is XML with one of the roots that hold captions."""
    head = text[:3000]
    return re.search(r"<(?:\w+:)?(?:tt|transcript|timedtext)\b", head) is not None and "<" in text.lstrip()[:1]


def read(text: str) -> ReadTranscript:
    """The paragraphs; spans with times of their own give those of words.

    Raises:
        TranscriptError: the XML is damaged, or defines entities.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TranscriptError("The transcript defines entities of its own, which are not read; export it without them.")
    try:
        root = ET.fromstring(text)  # noqa: S314  nothing is resolved without a document type
    except ET.ParseError:
        raise TranscriptError("The transcript begins like XML but is damaged; export it again.") from None
    kind = _name(root)
    if kind in ("transcript", "timedtext"):
        return _youtube(root)
    reader = _TimedText(root)
    reader.walk(root, 0, None, None)
    timed, captions = captions_of(reader.cues)
    named = [
        one
        if one.speaker
        else type(one)(one.start_ms, one.end_ms, one.text, reader.speakers.get((one.start_ms, one.end_ms)))
        for one in captions
    ]
    words = sorted((*reader.words, *timed), key=lambda one: one.start_ms)
    return ReadTranscript(tuple(words), tuple(named), reader.language, tuple(reader.cues))


class _TimedText:
    """Walks the tree of a TTML document and collects its cues."""

    def __init__(self, root: ET.Element) -> None:
        self.cues: list[Cue] = []
        self.words: list[Word] = []
        self.speakers: dict[tuple[int, int], str] = {}
        values = _attributes(root)
        self.language = values.get("lang") or None
        rate = _DEFAULT_FRAME_RATE
        if values.get("frameRate", "").isdecimal():
            rate = Fraction(int(values["frameRate"]) or 30)
        multiplier = values.get("frameRateMultiplier", "1 1").replace(":", " ").split()
        if len(multiplier) == 2 and all(one.isdecimal() and int(one) for one in multiplier):  # noqa: PLR2004
            rate *= Fraction(int(multiplier[0]), int(multiplier[1]))
        self._frame_rate = rate
        ticks = values.get("tickRate", "")
        self._tick_rate = Fraction(int(ticks)) if ticks.isdecimal() and int(ticks) else rate
        self._names = {
            _attributes(one).get("id", ""): "".join(one.itertext()).strip()
            for one in root.iter()
            if _name(one) == "agent"
        }

    def walk(self, element: ET.Element, start_ms: int, end_ms: int | None, speaker: str | None) -> None:
        """Take the cues of an element and of what it holds."""
        begin_ms, finish_ms = self._times(element, start_ms, end_ms)
        agent = _attributes(element).get("agent", "")
        speaker = speaker_name(self._names.get(agent) or agent) or speaker
        if _name(element) == "p" and finish_ms is not None:
            self._paragraph(element, begin_ms, finish_ms, speaker)
            return
        for child in element:
            self.walk(child, begin_ms, finish_ms, speaker)

    def _paragraph(self, element: ET.Element, start_ms: int, end_ms: int, speaker: str | None) -> None:
        timed = [(child, *self._times(child, start_ms, None)) for child in element if "begin" in _attributes(child)]
        spoken = [(child, start, end) for child, start, end in timed if "".join(child.itertext()).strip()]
        if len(spoken) >= _LEAST_WORDS and all(len("".join(one.itertext()).split()) == 1 for one, _, _ in spoken):
            self._spans(spoken, end_ms, speaker)
            return
        lines = tuple(" ".join(line.split()) for line in _lines(element).split("\n") if line.strip())
        if lines:
            self.cues.append(Cue(start_ms, end_ms, lines))
            if speaker:
                self.speakers[(start_ms, end_ms)] = speaker

    def _spans(self, spoken: list[tuple[ET.Element, int, int | None]], end_ms: int, speaker: str | None) -> None:
        """Words as spans; without a blank between them two are parts of one word."""
        joins = False
        for number, (child, start, finish) in enumerate(spoken):
            text = "".join(child.itertext()).strip()
            following = spoken[number + 1][1] if number + 1 < len(spoken) else end_ms
            stop = max(start, finish if finish is not None else following)
            if joins and self.words:
                self.words[-1] = self.words[-1]._replace(end_ms=stop, text=self.words[-1].text + text)
            else:
                self.words.append(Word(start, stop, text, speaker=speaker))
            joins = not (child.tail or "").strip() and not (child.tail or "")

    def _times(self, element: ET.Element, start_ms: int, end_ms: int | None) -> tuple[int, int | None]:
        """Start and end; those of what lies within count from the parent's start, unless they are past it already."""
        values = _attributes(element)
        begin = self._time(values.get("begin"))
        begin_ms = start_ms if begin is None else begin if begin >= start_ms else start_ms + begin
        is_relative = begin is not None and begin < start_ms
        end = self._time(values.get("end"))
        length = self._time(values.get("dur"))
        if end is not None:
            return begin_ms, max(begin_ms, end + start_ms if is_relative else end)
        return begin_ms, begin_ms + length if length is not None else end_ms

    def _time(self, text: str | None) -> int | None:
        if not text:
            return None
        clock = _CLOCK.fullmatch(text.strip())
        if clock:
            hours, minutes, seconds, fraction, frames = clock.groups()
            whole = Fraction((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds))
            whole += Fraction(fraction.replace(",", ".")) if fraction else 0
            return round(1000 * (whole + Fraction(int(frames or 0)) / self._frame_rate))
        offset = _OFFSET.fullmatch(text.strip())
        if not offset:
            return None
        units = {
            "h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), None: Fraction(1), "ms": Fraction(1, 1000),
            "f": 1 / self._frame_rate, "t": 1 / self._tick_rate,
        }  # fmt: skip
        return round(1000 * Fraction(offset[1]) * units[offset[2]])


def _youtube(root: ET.Element) -> ReadTranscript:
    """YouTube's captions: seconds in the first kind, milliseconds in the third."""
    cues: list[Cue] = []
    for one in root.iter():
        values: dict[str, Any] = _attributes(one)
        start, length, unit = values.get("start"), values.get("dur"), 1000
        if _name(one) == "p":
            start, length, unit = values.get("t"), values.get("d"), 1
        elif _name(one) != "text":
            continue
        try:
            start_ms = round(float(start or "") * unit)
            end_ms = start_ms + round(float(length or 0) * unit)
        except (ValueError, OverflowError):
            continue
        lines = tuple(line for line in "".join(one.itertext()).split("\n") if line.strip())
        if lines:
            cues.append(Cue(start_ms, end_ms, lines))
    words, captions = captions_of(cues)
    return ReadTranscript(tuple(words), tuple(captions), None, tuple(cues))


def _lines(element: ET.Element) -> str:
    """The text of an element, its line breaks as line feeds, its italics as tags."""
    parts = [element.text or ""]
    for child in element:
        if _name(child) == "br":
            parts.append("\n")
        elif _attributes(child).get("fontStyle") == "italic":
            parts.append(f"<i>{_lines(child)}</i>")
        else:
            parts.append(_lines(child))
        parts.append(child.tail or "")
    return "".join(" ".join(part.split("\n")) if part != "\n" else part for part in parts)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attributes(element: ET.Element) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
