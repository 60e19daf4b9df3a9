"""Reading transcripts that another tool has made: the encoding, the format, and what the file says."""

import json
import re
from dataclasses import dataclass
from typing import Any

from clipflow.engine.errors import TranscriptError
from clipflow.engine.transcript.cues import Caption, Cue
from clipflow.engine.transcript.encodings import decode_text
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.readers.table import JSON_FORMATS, TEXT_FORMATS, known_formats
from clipflow.engine.transcript.sounds import language_code
from clipflow.engine.transcript.words import Word, split_words

LARGEST_TRANSCRIPT_BYTES = 20 * 1024**2
# What is said in sixteen hours without a pause.
MOST_WORDS = 150_000
# Of each of these a transcript of so many words has no more; services give a word one of these keys, and some a blank.
_MOST_OF_A_MARK = {
    **{"-->": 100_000, "{": 400_000, "[": 400_000, "<": 1_200_000, "(": 200_000},
    **{'"word"': 150_000, '"content"': 150_000, '"text"': 250_000, '"value"': 250_000, '"utf8"': 150_000},
}
# A line of MicroDVD, which counts frames, begins like JSON.
_FRAMES_IN_BRACES = re.compile(r"\s*\{\d+\}\{\d+\}")
# What services put their answer into.
_ENVELOPES = ("result", "data", "payload", "response", "transcript", "transcription", "output")


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """What a file says, before its times are held against the recording.

    ``words`` have times of their own; ``captions`` are texts whose words have none; ``cues`` are the
    captions as the file shows them, where it is one of captions. ``encoding`` is the one that was recognised.
    """

    words: tuple[Word, ...]
    captions: tuple[Caption, ...]
    language: str | None
    format: str
    encoding: str = "utf-8"
    cues: tuple[Cue, ...] = ()


def read_transcript(content: bytes, encoding: str | None = None) -> RawTranscript:
    """Read a transcript; its format and, unless it is given, its encoding are told by what is in it.

    Raises:
        TranscriptError: it is empty, too large, or in no known format.
    """
    if len(content) > LARGEST_TRANSCRIPT_BYTES:
        raise TranscriptError(
            f"The transcript is larger than {LARGEST_TRANSCRIPT_BYTES // 1024**2} MiB; import a smaller one."
        )
    if not content.strip():
        raise TranscriptError("The transcript is empty; export it again.")
    decoded = decode_text(content, encoding)
    _check_amount(decoded.text)
    found, name = _read(decoded.text)
    if not found.words and not found.captions:
        raise TranscriptError(
            "No text with times is in the transcript; it needs times such as 00:01:02,500 --> 00:01:04,000."
        )
    if len(found.words) + sum(len(split_words(one.text)) for one in found.captions) > MOST_WORDS:
        raise TranscriptError(f"The transcript has more than {MOST_WORDS:,} words; split recording and transcript.")
    return RawTranscript(found.words, found.captions, language_code(found.language), name, decoded.encoding, found.cues)


def _check_amount(text: str) -> None:
    """Refuse what would take long to read, and is more than anybody says in a day.

    Raises:
        TranscriptError: it is too much.
    """
    is_list = "-->" not in text and text.lstrip()[:1] not in ("{", "[")
    has_many_lines = is_list and text.count("\n") > MOST_WORDS
    if has_many_lines or any(text.count(mark) > most for mark, most in _MOST_OF_A_MARK.items()):
        raise TranscriptError(
            f"The transcript has more than {MOST_WORDS:,} words or captions, or far more marks than text; split "
            "recording and transcript."
        )


def _read(text: str) -> tuple[ReadTranscript, str]:
    is_json = text.lstrip()[:1] in ("{", "[") and not _FRAMES_IN_BRACES.match(text)
    answers = _json_values(text) if is_json else []
    for answer in answers:
        for form in JSON_FORMATS:
            if form.recognises(answer):
                return form.read(answer), form.name
    for text_form in TEXT_FORMATS:
        if text_form.recognises(text):
            return text_form.read(text), text_form.name
    if is_json and not answers:
        raise TranscriptError("The transcript begins like JSON but is damaged; export it again.")
    if any(_has_times_missing(answer) for answer in answers):
        return ReadTranscript(), "verbose_json"
    raise TranscriptError(f"The file is in no format that is known; export the transcript as one of {known_formats()}.")


def _json_values(text: str) -> list[Any]:
    """What a text of JSON may mean: its value, that in an envelope, or several values one after another as a list."""
    values = _concatenated(text)
    if not values:
        return []
    whole: Any = values[0] if len(values) == 1 else values
    found = [whole]
    if isinstance(whole, list):
        found.append({"segments": whole})
    inner = whole
    for _ in range(3):
        inner = (
            next((inner[name] for name in _ENVELOPES if isinstance(inner.get(name), (dict, list))), None)
            if isinstance(inner, dict)
            else None
        )
        if inner is None:
            break
        found.append({"segments": inner} if isinstance(inner, list) else inner)
        if isinstance(inner, dict) and isinstance(inner.get("utterances"), list):
            # Utterances are segments by another name.
            found.append({**inner, "segments": inner["utterances"]})
    return found


def _concatenated(text: str) -> list[Any]:
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    position = 0
    length = len(text)
    while True:
        while position < length and text[position] in " \t\n\r,":
            position += 1
        if position >= length:
            return values
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return values
        values.append(value)


def _has_times_missing(answer: Any) -> bool:
    """Whether it is an answer of speech recognition in which no text has a time."""
    names = ("text", "segments", "words")
    return (
        isinstance(answer, dict)
        and any(name in answer for name in names)
        and not any(isinstance(answer.get(name), list) and answer[name] for name in names)
    )
