"""Advanced SubStation Alpha and SubStation Alpha: the events of a script, in the order of columns that it names."""

import re

from clipflow.engine.transcript.cues import Cue, captions_of
from clipflow.engine.transcript.pieces import seconds_ms
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

_HEADER = re.compile(r"^\[(?:Script Info|Events)\]", re.MULTILINE | re.IGNORECASE)
_DRAWING = re.compile(r"\{[^{}]{0,200}\\p[1-9][^{}]{0,200}\}.{0,5000}?(?:\{[^{}]{0,200}\\p0[^{}]{0,200}\}|$)")
_KARAOKE = re.compile(r"\{[^{}]{0,100}\\(?:k|K|kf|ko)(\d{1,5})[^{}]{0,100}\}([^{}]*)")
_DEFAULT_COLUMNS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")


def recognises(text: str) -> bool:
    """Whether it has the sections of a script."""
    return _HEADER.search(text[:5000]) is not None and "Dialogue:" in text


def read(text: str) -> ReadTranscript:
    """The lines that are spoken, once each; syllables of karaoke give the times of words."""
    columns = list(_DEFAULT_COLUMNS)
    cues: list[tuple[Cue, str | None]] = []
    words: list[Word] = []
    seen: set[tuple[str, ...]] = set()
    for line in text.split("\n"):
        name, _, rest = line.partition(":")
        if name.strip() == "Format" and "text" in rest.lower():
            columns = [one.strip().lower() for one in rest.split(",")]
        if name.strip() != "Dialogue":
            continue
        values = dict(zip(columns, rest.strip().split(",", len(columns) - 1), strict=False))
        start_ms, end_ms = seconds_ms(values.get("start")), seconds_ms(values.get("end"))
        said = _DRAWING.sub("", values.get("text", ""))
        key = (values.get("start", ""), values.get("end", ""), said)
        if start_ms is None or end_ms is None or key in seen:
            continue
        seen.add(key)
        speaker = speaker_name(values.get("name"))
        if _KARAOKE.search(said):
            words += _syllables(said, start_ms, speaker)
        else:
            lines = tuple(part for part in re.split(r"\\[Nn]", said.replace(r"\h", " ")) if part.strip())
            cues.append((Cue(start_ms, end_ms, lines), speaker))
    return _with_speakers(cues, words)


def _with_speakers(cues: list[tuple[Cue, str | None]], words: list[Word]) -> ReadTranscript:
    cues.sort(key=lambda one: one[0].start_ms)
    plain = tuple(cue for cue, _ in cues)
    timed, captions = captions_of(plain)
    named = {(cue.start_ms, cue.end_ms): speaker for cue, speaker in cues if speaker}
    known = tuple(
        one if one.speaker else type(one)(one.start_ms, one.end_ms, one.text, named.get((one.start_ms, one.end_ms)))
        for one in captions
    )
    ordered = sorted((*words, *timed), key=lambda one: one.start_ms)
    return ReadTranscript(tuple(ordered), known, None, plain)


def _syllables(said: str, start_ms: int, speaker: str | None) -> list[Word]:
    """Words of a line whose syllables say how many hundredths of a second they last."""
    words: list[Word] = []
    begins_word = True
    for found in _KARAOKE.finditer(said):
        end_ms = start_ms + 10 * int(found[1])
        text = found[2].replace(r"\N", " ").replace(r"\n", " ")
        if text.strip():
            if begins_word or text[:1].isspace() or not words:
                words.append(Word(start_ms, end_ms, text.strip(), speaker=speaker))
            else:
                words[-1] = words[-1]._replace(end_ms=end_ms, text=words[-1].text + text.strip())
            begins_word = text[-1:].isspace()
        else:
            begins_word = begins_word or bool(text)
        start_ms = end_ms
    return words
