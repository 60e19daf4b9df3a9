"""The table of all formats: what tells each from the others, and what reads it. The shape decides, not the name."""

from collections.abc import Callable
from typing import Any, NamedTuple

from clipflow.engine.transcript.readers import (
    assemblyai,
    aws,
    azure,
    captions,
    deepgram,
    elevenlabs,
    google,
    hugging_face,
    plain_times,
    premiere,
    rev,
    speechmatics,
    substation,
    timed_text,
    vosk,
    whisper,
    whisper_cpp,
    youtube,
)
from clipflow.engine.transcript.readers.result import ReadTranscript


class JsonFormat(NamedTuple):
    """A format of JSON: its stable name, its name for people, and its reader."""

    name: str
    title: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], ReadTranscript]


class TextFormat(NamedTuple):
    """A format of text; as :class:`JsonFormat`."""

    name: str
    title: str
    recognises: Callable[[str], bool]
    read: Callable[[str], ReadTranscript]


# In the order in which they are tried: what is told by names of its own comes before what shares them.
JSON_FORMATS = (
    JsonFormat("whisper_cpp", "whisper.cpp", whisper_cpp.recognises, whisper_cpp.read),
    JsonFormat("deepgram", "Deepgram", deepgram.recognises, deepgram.read),
    JsonFormat("aws", "Amazon Transcribe", aws.recognises, aws.read),
    JsonFormat("speechmatics", "Speechmatics", speechmatics.recognises, speechmatics.read),
    JsonFormat("google", "Google Speech-to-Text", google.recognises, google.read),
    JsonFormat("azure", "Azure Speech", azure.recognises, azure.read),
    JsonFormat("rev", "Rev", rev.recognises, rev.read),
    JsonFormat("elevenlabs", "ElevenLabs", elevenlabs.recognises, elevenlabs.read),
    JsonFormat("assemblyai", "AssemblyAI", assemblyai.recognises, assemblyai.read),
    JsonFormat("hugging_face", "Hugging Face", hugging_face.recognises, hugging_face.read),
    JsonFormat("youtube", "YouTube", youtube.recognises, youtube.read),
    JsonFormat("vosk", "Vosk", vosk.recognises, vosk.read),
    JsonFormat("premiere", "Premiere Pro", premiere.recognises, premiere.read),
    JsonFormat("verbose_json", "Whisper", whisper.recognises, whisper.read),
)
TEXT_FORMATS = (
    TextFormat("vtt", "WebVTT", captions.recognises_vtt, captions.read_vtt),
    TextFormat("ass", "ASS/SSA", substation.recognises, substation.read),
    TextFormat("ttml", "TTML", timed_text.recognises, timed_text.read),
    TextFormat("sbv", "SBV", plain_times.recognises_sbv, plain_times.read_sbv),
    TextFormat("srt", "SRT", captions.recognises_srt, captions.read_srt),
    TextFormat("tsv", "tables (TSV, CSV)", plain_times.recognises_table, plain_times.read_table),
    TextFormat("labels", "Audacity labels", plain_times.recognises_labels, plain_times.read_labels),
    TextFormat("lrc", "LRC", plain_times.recognises_lrc, plain_times.read_lrc),
    TextFormat("turns", "minutes with names and times", plain_times.recognises_turns, plain_times.read_turns),
)
FORMAT_NAMES = tuple(form.name for form in (*JSON_FORMATS, *TEXT_FORMATS))


def known_formats() -> str:
    """All formats by their names for people."""
    text = ", ".join(form.title for form in TEXT_FORMATS)
    return f"{text}, and the JSON of {', '.join(form.title for form in JSON_FORMATS)}"
