"""The table of all formats: what tells each from the others, and what reads it. The shape decides, not the name."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

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

Content = TypeVar("Content")


class Format(NamedTuple, Generic[Content]):
    """A format of JSON or of text: its stable name, its name for people, and its reader."""

    name: str
    title: str
    recognises: Callable[[Content], bool]
    read: Callable[[Content], ReadTranscript]


# In the order in which they are tried: what is told by names of its own comes before what shares them.
JSON_FORMATS: tuple[Format[Any], ...] = (
    Format("whisper_cpp", "whisper.cpp", whisper_cpp.recognises, whisper_cpp.read),
    Format("deepgram", "Deepgram", deepgram.recognises, deepgram.read),
    Format("aws", "Amazon Transcribe", aws.recognises, aws.read),
    Format("speechmatics", "Speechmatics", speechmatics.recognises, speechmatics.read),
    Format("google", "Google Speech-to-Text", google.recognises, google.read),
    Format("azure", "Azure Speech", azure.recognises, azure.read),
    Format("rev", "Rev", rev.recognises, rev.read),
    Format("elevenlabs", "ElevenLabs", elevenlabs.recognises, elevenlabs.read),
    Format("assemblyai", "AssemblyAI", assemblyai.recognises, assemblyai.read),
    Format("hugging_face", "Hugging Face", hugging_face.recognises, hugging_face.read),
    Format("youtube", "YouTube", youtube.recognises, youtube.read),
    Format("vosk", "Vosk", vosk.recognises, vosk.read),
    Format("premiere", "Premiere Pro", premiere.recognises, premiere.read),
    Format("verbose_json", "Whisper", whisper.recognises, whisper.read),
)
TEXT_FORMATS: tuple[Format[str], ...] = (
    Format("vtt", "WebVTT", captions.recognises_vtt, captions.read_vtt),
    Format("ass", "ASS/SSA", substation.recognises, substation.read),
    Format("ttml", "TTML", timed_text.recognises, timed_text.read),
    Format("sbv", "SBV", plain_times.recognises_sbv, plain_times.read_sbv),
    Format("srt", "SRT", captions.recognises_srt, captions.read_srt),
    Format("tsv", "tables (TSV, CSV)", plain_times.recognises_table, plain_times.read_table),
    Format("labels", "Audacity labels", plain_times.recognises_labels, plain_times.read_labels),
    Format("lrc", "LRC", plain_times.recognises_lrc, plain_times.read_lrc),
    Format("turns", "minutes with names and times", plain_times.recognises_turns, plain_times.read_turns),
)
FORMAT_NAMES = tuple(form.name for form in (*JSON_FORMATS, *TEXT_FORMATS))


def known_formats() -> str:
    """All formats by their names for people."""
    text = ", ".join(form.title for form in TEXT_FORMATS)
    return f"{text}, and the JSON of {', '.join(form.title for form in JSON_FORMATS)}"
