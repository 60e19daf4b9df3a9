"""Reading transcripts that somebody else has made: SubRip, WebVTT, and the verbose JSON of speech recognition.

Sources: the WebVTT standard (W3C) with its time stamps within a cue, the SubRip files that tools
write, and the answer of OpenAI's transcription API, which compatible servers vary.
"""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pysubs2

from clipflow.engine.errors import TranscriptError
from clipflow.engine.transcript.sounds import language_code
from clipflow.engine.transcript.verbose_json import words_of_answer
from clipflow.engine.transcript.words import Word

LARGEST_BYTES = 20 * 1024**2
LONGEST_WORD = 200
MOST_WORDS = 500_000
_TAG = re.compile(r"<(?:[^<>]*)>|\{\\[^{}]*\}")
_TIMED_PIECE = re.compile(r"<(?:(\d{1,4}):)?(\d{2}):(\d{2})\.(\d{3})>")
_CUE_TIMES = re.compile(
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
)
_LANGUAGE_LINE = re.compile(r"^Language:\s*([A-Za-z-]{2,20})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and when it is shown, in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """What a file says, before its times are held against the recording.

    ``words`` have times of their own; ``captions`` are texts whose words have none.
    """

    words: tuple[Word, ...]
    captions: tuple[Caption, ...]
    language: str | None
    format: str


def read_transcript(content: bytes) -> RawTranscript:
    """Read a transcript; its format is told by what is in it.

    Raises:
        TranscriptError: it is empty, too large, or none of the three formats.
    """
    if len(content) > LARGEST_BYTES:
        raise TranscriptError(f"The transcript is larger than {LARGEST_BYTES // 1024**2} MiB; import a smaller one.")
    text = _decoded(content)
    if text.lstrip().startswith(("{", "[")):
        transcript = _read_json(text)
    elif "-->" in text:
        transcript = _read_cues(text)
    else:
        raise TranscriptError("The file is no SRT, WebVTT or Whisper JSON transcript; export it in one of these.")
    if not transcript.words and not transcript.captions:
        raise TranscriptError("No text with times is in the transcript; check that it is the right file.")
    if len(transcript.words) + sum(one.text.count(" ") + 1 for one in transcript.captions) > MOST_WORDS:
        raise TranscriptError(f"The transcript has more than {MOST_WORDS:,} words; split recording and transcript.")
    return transcript


def _decoded(content: bytes) -> str:
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding).replace("\x00", "")
            return text.replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise TranscriptError("The transcript is not written in UTF-8; save it in that encoding and import it again.")


def _read_json(text: str) -> RawTranscript:
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise TranscriptError("The transcript begins like JSON but is damaged; export it again.") from None
    if isinstance(answer, list):
        answer = {"segments": answer}
    words, captions, language = words_of_answer(answer)
    return RawTranscript(
        tuple(words), tuple(Caption(*one) for one in captions), language_code(language), "verbose_json"
    )


def _read_cues(text: str) -> RawTranscript:
    is_vtt = text.lstrip().startswith("WEBVTT")
    if is_vtt and _TIMED_PIECE.search(text):
        words = _words_of_timed_cues(text)
        if words:
            return RawTranscript(tuple(words), (), _language_in(text), "vtt")
    try:
        file = pysubs2.SSAFile.from_string(
            _without_header(text) if is_vtt else text, format_="vtt" if is_vtt else "srt"
        )
    except Exception as error:
        raise TranscriptError(f"The captions cannot be read ({type(error).__name__}); export them again.") from None
    captions = [Caption(max(0, one.start), max(0, one.end), _bare(one.plaintext)) for one in file]
    captions = _without_repeats([one for one in captions if one.text and one.end_ms >= one.start_ms])
    return RawTranscript((), tuple(captions), _language_in(text) if is_vtt else None, "vtt" if is_vtt else "srt")


def _without_header(text: str) -> str:
    """WebVTT without the blocks that are no captions."""
    blocks = re.split(r"\n[ \t]*\n", text)
    return "WEBVTT\n\n" + "\n\n".join(one for one in blocks if "-->" in one)


def _language_in(text: str) -> str | None:
    found = _LANGUAGE_LINE.search(text[:1000])
    return language_code(found[1]) if found else None


def _words_of_timed_cues(text: str) -> list[Word]:
    """Words of cues that say when each is spoken; lines without such marks repeat what was there before."""
    words: list[Word] = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.split("\n")
        header = next((number for number, line in enumerate(lines) if "-->" in line), None)
        if header is None:
            continue
        times = _CUE_TIMES.search(lines[header])
        if times is None:
            continue
        start_ms, end_ms = _milliseconds(times.groups()[:4]), _milliseconds(times.groups()[4:])
        for line in lines[header + 1 :]:
            if _TIMED_PIECE.search(line):
                words += _words_of_line(line, start_ms, end_ms)
    return words


def _words_of_line(line: str, start_ms: int, end_ms: int) -> list[Word]:
    pieces: list[tuple[int, str]] = []
    position, begins_ms = 0, start_ms
    for mark in _TIMED_PIECE.finditer(line):
        pieces.append((begins_ms, _bare(line[position : mark.start()])))
        position, begins_ms = mark.end(), _milliseconds(mark.groups())
    pieces.append((begins_ms, _bare(line[position:])))
    pieces = [one for one in pieces if one[1]]
    ends = [one[0] for one in pieces[1:]] + [end_ms]
    words: list[Word] = []
    for (begin_ms, text), finish_ms in zip(pieces, ends, strict=True):
        parts = text.split()
        share_ms = max(0, finish_ms - begin_ms) / len(parts)
        words += [
            Word(begin_ms + round(n * share_ms), begin_ms + round((n + 1) * share_ms), part)
            for n, part in enumerate(parts)
        ]
    return words


def _milliseconds(groups: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = (one or "0" for one in groups)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0")[:3])


def _bare(text: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _without_repeats(captions: Sequence[Caption]) -> list[Caption]:
    """Captions that roll upwards repeat the line before; only what is new counts."""
    kept: list[Caption] = []
    before = ""
    for one in captions:
        text = one.text
        if before and text.startswith(before) and kept and one.start_ms <= kept[-1].end_ms + 100:
            text = text[len(before) :].strip()
        if text:
            kept.append(Caption(one.start_ms, one.end_ms, text))
        before = one.text
    return kept
