"""What shell commands know of transcripts: the flags, the question before anything is sent, where answers are kept."""

import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from clipflow.config import Settings, load_settings
from clipflow.engine import (
    Analysis,
    AnalysisOptions,
    FillerOptions,
    MediaInfo,
    RawTranscript,
    Tracks,
    Transcript,
    TranscriptError,
    make_transcript,
    on_clock_of,
    probe,
    read_transcript,
    segment_transcribed,
    source_start_ms,
    words_in_order,
)
from clipflow.engine.transcript.sounds import language_code
from clipflow.transcription.client import TranscriptionRequest
from clipflow.transcription.running import Report, Transcriber, analyze_and_transcribe
from clipflow.transcription.sending import AnsweredPart

_NAMES = (
    "mode",
    "transcript_file",
    "encoding",
    "offset_ms",
    "language",
    "prompt",
    "filler_words",
    "has_fillers",
    "is_agreed",
)
_SWITCHED_OFF = (
    "Transcription is switched off; set AI_FEATURES_ENABLED=true, WHISPER_API_ENABLED=true and OPENAI_API_KEY (or "
    "OPENAI_BASE_URL), or give a transcript with --transcript."
)


@dataclass(frozen=True, slots=True)
class TranscriptRequest:
    """What a command was told about the transcript."""

    mode: str
    raw: RawTranscript | None
    language: str | None
    prompt: str | None
    fillers: FillerOptions
    is_agreed: bool
    settings: Settings
    offset_ms: int | None = None


def transcript_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags about transcripts."""
    options = (
        click.option("--mode", type=click.Choice(["vad", "whisper"]), default="vad", show_default=True,
                     help="whisper has a service transcribe, as the settings say; it asks before anything is sent."),
        click.option("--transcript", "transcript_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="A transcript of another tool; its format is recognised (docs/transcripts.md lists them)."),
        click.option("--encoding", metavar="NAME", help="Of the transcript, such as cp1251; otherwise recognised."),
        click.option("--offset-ms", type=int, metavar="MS",
                     help="Added to all times of the transcript; otherwise a source timecode or hours are recognised."),
        click.option("--language", metavar="CODE", help="What is spoken, such as en; otherwise it is found out."),
        click.option("--prompt", metavar="TEXT", help="Names and terms for the service, as they are to be spelled."),
        click.option("--filler-word", "filler_words", multiple=True, metavar="WORDS",
                     help="A word or phrase that counts as a filler too; may be given several times."),
        click.option("--fillers/--no-fillers", "has_fillers", default=True, show_default=True,
                     help="Whether fillers are suggested for removal."),
        click.option("--yes", "is_agreed", is_flag=True, help="Send without asking, whatever it costs."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def transcript_request(options: dict[str, Any]) -> TranscriptRequest:
    """Take what is said about the transcript out of the options of a command, and check it."""
    given = {name: options.pop(name) for name in _NAMES}
    if given["mode"] == "whisper" and given["transcript_file"] is not None:
        raise click.UsageError("Give either --mode whisper or --transcript, not both.")
    is_wanted = given["mode"] == "whisper" or given["transcript_file"] is not None
    settings = load_settings(needs_secrets=False) if is_wanted else Settings()
    if given["mode"] == "whisper" and not settings.has_transcription:
        raise click.UsageError(_SWITCHED_OFF)
    return TranscriptRequest(
        mode=given["mode"],
        raw=None if given["transcript_file"] is None else _read(given["transcript_file"], given["encoding"]),
        language=language_code(given["language"]),
        prompt=given["prompt"],
        fillers=FillerOptions(
            given["has_fillers"], settings.filler_words, tuple(given["filler_words"]), settings.filler_word_padding_ms
        ),
        is_agreed=given["is_agreed"],
        settings=settings,
        offset_ms=given["offset_ms"],
    )


def transcribe(
    file: Path, options: AnalysisOptions, request: TranscriptRequest, report: Report
) -> tuple[Analysis, Transcript]:
    """Have a service transcribe a recording while it is analysed; its answers are kept in the data folder.

    Raises:
        EngineError, TranscriptionError: as :func:`~clipflow.transcription.running.analyze_and_transcribe`.
    """
    settings = request.settings
    store = _FolderOfParts(settings.data_dir / "transcribed-parts")
    transcriber = Transcriber(
        settings.transcription_access, TranscriptionRequest(request.language, request.prompt), store
    )
    analysis, answer = analyze_and_transcribe(file, options, transcriber, report, lambda: False)
    words = words_in_order(answer.words, answer.captions, analysis.tracks)
    language = request.language or answer.language
    return with_words(analysis, make_transcript(words, analysis.tracks, request.fillers, language), request)


def imported(raw: RawTranscript, tracks: Tracks, info: MediaInfo, request: TranscriptRequest) -> Transcript:
    """The transcript of a file, with its words in their places; what was recognised of it goes to standard error.

    Raises:
        TranscriptError: it belongs to another recording.
    """
    raw, shift = on_clock_of(raw, tracks, source_start_ms(info), request.offset_ms)
    moved = "" if shift.offset_ms == 0 else f"; its times were moved by {shift.offset_ms / 1000:+,.3f} s"
    moved += "" if shift.divisor == 1 else f"; its times were divided by {shift.divisor:,}"
    click.echo(f"Transcript: {raw.format}, {raw.encoding}{moved}", err=True)
    words = words_in_order(raw.words, raw.captions, tracks)
    transcript = make_transcript(words, tracks, request.fillers, request.language or raw.language)
    return replace(transcript, cues=raw.cues)


def _read(file: Path, encoding: str | None) -> RawTranscript:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TranscriptError(f"The transcript {file} cannot be read ({error.strerror}); check the path.") from None
    return read_transcript(content, encoding)


def with_words(analysis: Analysis, transcript: Transcript, request: TranscriptRequest) -> tuple[Analysis, Transcript]:
    """An analysis whose segments know the words."""
    segments = segment_transcribed(analysis.tracks, analysis.options, transcript, request.fillers.padding_ms)
    return replace(analysis, segments=tuple(segments)), transcript


def ask_before_sending(file: Path, request: TranscriptRequest) -> None:
    """Say what would be sent where and what it costs, and go on only if that is wanted."""
    settings = request.settings
    minutes = Decimal(str(probe(file).container_duration_s or 0)) / 60
    sentence = (
        f"{minutes:.1f} minutes of sound would be sent to {settings.transcription_access.host}, for about "
        f"{settings.transcription_price(minutes)} {settings.whisper_price_currency}; parts that were sent before are "
        "not sent again."
    )
    click.echo(sentence, err=True)
    if request.is_agreed:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Add --yes to send it without being asked.")
    click.confirm("Send it?", abort=True, err=True)


@dataclass(frozen=True, slots=True)
class _FolderOfParts:
    """Answers of a service, each in a file that appears whole or not at all."""

    folder: Path

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer of this key, or None."""
        try:
            answer = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def keep(self, part: AnsweredPart) -> None:
        """Write an answer down."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{secrets.token_hex(8)}.part"
        draft.write_text(json.dumps(part.answer, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.folder / f"{part.key}.json")
