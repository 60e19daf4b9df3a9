"""Reading transcripts that somebody else has made: SubRip, WebVTT, and the JSON of speech recognition."""

import json
import re
from dataclasses import dataclass
from typing import Any

from clipflow.engine.errors import TranscriptError
from clipflow.engine.transcript.cues import Caption, read_cues
from clipflow.engine.transcript.sounds import language_code
from clipflow.engine.transcript.verbose_json import words_of_answer
from clipflow.engine.transcript.words import Word

LARGEST_BYTES = 20 * 1024**2
MOST_WORDS = 500_000
_LANGUAGE_LINE = re.compile(r"^Language:\s*([A-Za-z-]{2,20})\s*$", re.MULTILINE)
_ARROW = re.compile(r"\d\s*-->\s*\d")


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
    if _ARROW.search(text):
        transcript = _read_captions(text)
    elif text.lstrip().startswith(("{", "[")):
        transcript = _read_json(text)
    else:
        raise TranscriptError("The file is no SRT, WebVTT or Whisper JSON transcript; export it in one of these.")
    if not transcript.words and not transcript.captions:
        raise TranscriptError(
            "No text with times is in the transcript; it needs times such as 00:01:02,500 --> 00:01:04,000."
        )
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


def _read_captions(text: str) -> RawTranscript:
    is_vtt = text.lstrip().startswith("WEBVTT")
    words, captions = read_cues(text)
    found = _LANGUAGE_LINE.search(text[:1000]) if is_vtt else None
    language = language_code(found[1]) if found else None
    return RawTranscript(tuple(words), tuple(captions), language, "vtt" if is_vtt else "srt")
