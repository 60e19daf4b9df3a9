"""The whole analysis: probe, then decode, detect and measure side by side, then segment.

The file is long because the stages take the same stream of sound in turn, and their order is what matters.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from clipflow.engine.audio_tracks import choose_track
from clipflow.engine.channels import listen_to
from clipflow.engine.chunks import sound_chunk
from clipflow.engine.decode import SAMPLE_RATE, PcmDecoder, SoundSource
from clipflow.engine.errors import MediaTooLongError
from clipflow.engine.ffmpeg import ShouldStop
from clipflow.engine.gain import LevelAdjuster, adjusted
from clipflow.engine.levels import LevelMeter
from clipflow.engine.media_info import MediaInfo, MediaWarning
from clipflow.engine.media_warnings import with_track_warnings
from clipflow.engine.options import AnalysisOptions, MediaLimits
from clipflow.engine.probe import probe, read_packets
from clipflow.engine.segments import Loudness, Segment, Summary, loudness_of, segment, summarise
from clipflow.engine.time_stamps import (
    AS_THEY_ARE,
    BARE_STREAMS,
    StampPlan,
    StampReport,
    plan_for,
    stamp_warnings,
)
from clipflow.engine.tracks import Tracks, TracksBuilder

if TYPE_CHECKING:
    from clipflow.engine.vad import SpeechDetector

# Sound that ends this much before or after what the file announces contradicts it; less is rounding
# and the padding of codecs, which goes on past the end of the picture.
_LENGTH_TOLERANCE_S = 0.5
# Without a length to measure against, progress approaches the end so that an hour is most of the way.
_UNKNOWN_LENGTH_SCALE_S = 1200.0
_SEGMENTING_FRACTION = 0.99
_HALF = 0.5
_LONG_WITHOUT_SPEECH_MS = 10_000
_CLEAR_OF_ROOM_DB = 12.0


class Stage(StrEnum):
    """What an analysis is doing."""

    PROBING = "probing"
    DECODING = "decoding"
    DETECTING = "detecting"
    SEGMENTING = "segmenting"


ProgressCallback = Callable[[float, Stage], None]


class SoundListener(Protocol):
    """Someone else who needs the sound, while it is there."""

    def hear(self, samples: npt.NDArray[np.int16], probabilities: npt.NDArray[np.float32]) -> None:
        """Take the next 16 kHz samples, which are only valid during the call, and the frames that are known by now."""

    def finish(self) -> None:
        """There is no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The result: what the recording is, its tracks, and its segments under the given options.

    ``audio_track`` is the track that was analysed, ``loudness`` how loud its room and its speech are.
    """

    info: MediaInfo
    options: AnalysisOptions
    tracks: Tracks
    segments: tuple[Segment, ...]
    audio_track: int
    loudness: Loudness

    @property
    def summary(self) -> Summary:
        """What the cut comes to."""
        return summarise(self.segments)


def analyze(
    path: str | os.PathLike[str],
    options: AnalysisOptions | None = None,
    on_progress: ProgressCallback | None = None,
    should_stop: ShouldStop | None = None,
    limits: MediaLimits | None = None,
    listener: SoundListener | None = None,
) -> Analysis:
    """Analyse a recording.

    Args:
        path: the recording.
        options: what counts as speech and what becomes of the rest.
        on_progress: called with a fraction from 0 to 1, which never falls, and the stage; at least
            once a second on long files.
        should_stop: asked several times a second; when it says yes, ffmpeg is ended and nothing is left.
        limits: bounds on what a hostile file can cost.
        listener: gets the sound and the speech probabilities as they come; may wait, and raise.

    Raises:
        EngineError: one of its kinds, see :func:`~clipflow.engine.probe.probe` and
            :class:`~clipflow.engine.decode.PcmDecoder`.
    """
    options, limits = options or AnalysisOptions(), limits or MediaLimits()
    progress = _Progress(on_progress or _ignore_progress, should_stop or _never)
    progress.report(0.0, Stage.PROBING)
    info = probe(path, audio_track=options.audio_track, limits=limits, should_stop=progress.should_stop)
    audio_track = choose_track(Path(path), info, options, limits, progress.should_stop)
    info = with_track_warnings(info, audio_track, is_named=options.audio_track is not None)
    listening = listen_to(Path(path), info, audio_track, options, limits, progress.should_stop, _speech_power)
    info = replace(info, warnings=(*info.warnings, *listening.warnings))
    source = SoundSource(Path(path), info, audio_track, listening.mono_filter)
    if listener is not None:
        # A listener hears the sound once, so what is wrong with its time stamps is found out before.
        source = _with_right_stamps(source, _stamps_of(source, limits, progress), limits, progress)
    decoder, builder = _decode(source, limits, progress, listener)
    stamps = decoder.stamps
    corrected = _with_right_stamps(source, stamps, limits, progress)
    if corrected != source:
        source = corrected
        decoder, builder = _decode(source, limits, progress, None)
    if builder is None:
        raise MediaTooLongError(limits.max_duration_s)
    info = _with_decoded_length(info, decoder, source, stamps)
    progress.report(_SEGMENTING_FRACTION, Stage.SEGMENTING)
    tracks = builder.build(max(1, round((info.duration_s or 0.0) * 1000)))
    segments, loudness = tuple(segment(tracks, options)), loudness_of(tracks)
    info = replace(info, warnings=(*info.warnings, *_content_warnings(tracks, loudness)))
    progress.report(1.0, Stage.SEGMENTING)
    return Analysis(info, options, tracks, segments, audio_track, loudness)


def _decode(
    source: SoundSource, limits: MediaLimits, progress: "_Progress", listener: SoundListener | None
) -> tuple[PcmDecoder, TracksBuilder | None]:
    """What is heard; nothing where the sound is too long, but perhaps only by time stamps that jump."""
    with PcmDecoder(source, limits, progress.should_stop) as decoder:
        try:
            return decoder, _detect(decoder, source.info, progress.report, listener)
        except MediaTooLongError:
            if source.stamps != AS_THEY_ARE or not decoder.stamps.is_trouble:
                raise
            return decoder, None


def _stamps_of(source: SoundSource, limits: MediaLimits, progress: "_Progress") -> StampReport:
    """What is wrong with a track's time stamps, by decoding it once for nothing else."""
    with PcmDecoder(source, limits, progress.should_stop) as decoder:
        try:
            for _ in decoder.blocks():
                progress.report(0.0, Stage.DECODING)
        except MediaTooLongError:
            if not decoder.stamps.is_trouble:
                raise
    return decoder.stamps


def _with_right_stamps(
    source: SoundSource, stamps: StampReport, limits: MediaLimits, progress: "_Progress"
) -> SoundSource:
    """The source with what its time stamps need, where they jump."""
    if source.stamps != AS_THEY_ARE or not stamps.is_trouble:
        return source
    plan = StampPlan()
    if stamps.has_jumps:
        packets = read_packets(source.path, source.info, source.audio_track, limits, progress.should_stop)
        plan = plan_for(source.info, source.audio_track, stamps.jumps, packets)
    if stamps.changes_format:
        is_bare = source.info.container in BARE_STREAMS
        plan = replace(plan, first_start_s=stamps.starts_s[0], counts_samples=is_bare)
    return replace(source, stamps=plan)


class _Progress:
    """Passes progress on, and repeats the last report where a slow disk lets nothing new come for a while."""

    _REPEAT_S = 0.5

    def __init__(self, on_progress: ProgressCallback, should_stop: ShouldStop) -> None:
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._last = (0.0, Stage.PROBING)
        self._reported_s = 0.0

    def report(self, fraction: float, stage: Stage) -> None:
        self._last = (fraction, stage)
        self._reported_s = time.monotonic()
        self._on_progress(fraction, stage)

    def should_stop(self) -> bool:
        """Asked several times a second while anything is waited for."""
        if time.monotonic() - self._reported_s > self._REPEAT_S:
            self.report(*self._last)
        return self._should_stop()


def _detect(
    decoder: PcmDecoder, info: MediaInfo, report: ProgressCallback, listener: SoundListener | None
) -> TracksBuilder:
    loading = _DetectorLoading()
    while not loading.is_done():
        report(0.0, Stage.DECODING)
        decoder.check()
        loading.wait()
    detector, adjuster, meter, builder = loading.result(), LevelAdjuster(), LevelMeter(), TracksBuilder()
    for block in decoder.blocks():
        probabilities = detector.feed(adjuster.feed(block))
        builder.add(probabilities, meter.feed(block))
        report(_fraction(decoder.sample_count / SAMPLE_RATE, info), Stage.DETECTING)
        if listener is not None:
            listener.hear(block, probabilities)
    rest = np.concatenate((detector.feed(adjuster.finish()), detector.finish()))
    builder.add(rest, meter.finish())
    if listener is not None:
        listener.hear(np.zeros(0, dtype=np.int16), rest)
        listener.finish()
    return builder


class _DetectorLoading:
    """Loads the model in the background: importing torch takes a second or two that ffmpeg can use."""

    _WAIT_S = 0.1

    def __init__(self) -> None:
        self._detector: SpeechDetector | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._load, daemon=True)
        self._thread.start()

    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join(self._WAIT_S)

    def result(self) -> "SpeechDetector":
        if self._detector is None:
            assert self._error is not None
            raise self._error
        return self._detector

    def _load(self) -> None:
        try:
            self._detector = _make_detector()
        except BaseException as error:
            self._error = error


def _make_detector() -> "SpeechDetector":
    # Imported here and nowhere else, so that everything but an analysis starts without torch.
    from clipflow.engine.vad import SpeechDetector  # noqa: PLC0415

    return SpeechDetector.from_package()


def _speech_power(samples: npt.NDArray[np.int16]) -> float:
    """Mean power of the frames of some sound in which someone speaks; 0 where nobody does."""
    detector = _make_detector()
    probabilities = np.concatenate((detector.feed(adjusted(samples)), detector.finish()))
    frame = -(-samples.size // probabilities.size) if probabilities.size else 1
    spoken = np.repeat(probabilities > _HALF, frame)[: samples.size]
    values = samples[: spoken.size][spoken].astype(np.float64)
    return float((values * values).mean()) if values.size else 0.0


def _content_warnings(tracks: Tracks, loudness: Loudness) -> Iterable[MediaWarning]:
    """What a person should know of the sound itself."""
    if loudness.speech_db is None:
        if tracks.duration_ms > _LONG_WITHOUT_SPEECH_MS:
            yield MediaWarning(
                "NO_SPEECH_FOUND",
                "No speech was found; try another audio track or channel, aggressiveness 1, or listen whether there "
                "is any sound.",
            )
    elif loudness.speech_db - loudness.room_db < _CLEAR_OF_ROOM_DB:
        yield MediaWarning(
            "SPEECH_NEAR_ROOM",
            f"The speech is only {max(0.0, loudness.speech_db - loudness.room_db):.0f} dB above the noise of the room, "
            "so more is suggested and less is sure; listen to the suggestions.",
        )


def _fraction(done_s: float, info: MediaInfo) -> float:
    length_s = info.container_duration_s
    if length_s is None:
        return _SEGMENTING_FRACTION * done_s / (done_s + _UNKNOWN_LENGTH_SCALE_S)
    return min(_SEGMENTING_FRACTION, done_s / length_s)


def _with_decoded_length(info: MediaInfo, decoder: PcmDecoder, source: SoundSource, stamps: StampReport) -> MediaInfo:
    """Replace the announced length by what decoding has shown, and say where they disagree."""
    decoded_s = decoder.sample_count / SAMPLE_RATE
    if stamps.is_trouble:
        # Where stamps jump or the sound changes, nothing that the file says of its length means anything.
        warnings = (
            *info.warnings,
            *stamp_warnings(info, stamps, source.stamps),
        )
        return replace(info, duration_s=decoded_s, is_duration_estimated=False, warnings=warnings)
    announced_end_s = _announced_end_of_sound(info, source.audio_track)
    ends_early = announced_end_s is not None and decoded_s < announced_end_s - _LENGTH_TOLERANCE_S
    duration_s = decoded_s if ends_early else _plausible_length(info, decoded_s)
    warnings = (
        *info.warnings,
        *_decode_warnings(decoder, decoded_s, announced_end_s if ends_early else None),
        *_length_warnings(info, decoded_s),
        *(() if ends_early else _cut_off_warnings(source.path, decoded_s)),
        *stamp_warnings(info, stamps, source.stamps),
    )
    return replace(info, duration_s=duration_s, is_duration_estimated=False, warnings=warnings)


def _length_warnings(info: MediaInfo, decoded_s: float) -> Iterable[MediaWarning]:
    stated_s = info.container_duration_s
    if stated_s is not None and decoded_s > stated_s + _LENGTH_TOLERANCE_S:
        yield MediaWarning(
            "LONGER_THAN_STATED",
            f"The file states a length of {stated_s:.1f} s but holds {decoded_s:.1f} s of sound; all was analysed.",
        )


def _cut_off_warnings(path: Path, decoded_s: float) -> Iterable[MediaWarning]:
    chunk = sound_chunk(path)
    if chunk is not None and chunk.present_bytes:
        announced_s = decoded_s * chunk.announced_bytes / chunk.present_bytes
        if announced_s > decoded_s + _LENGTH_TOLERANCE_S:
            yield _ends_early(decoded_s, announced_s)


def _ends_early(decoded_s: float, announced_s: float) -> MediaWarning:
    return MediaWarning(
        "ENDS_EARLY",
        f"The sound ends after {decoded_s:.1f} s although the file announces {announced_s:.1f} s; "
        "it was probably cut off, and only what is there was analysed.",
    )


def _plausible_length(info: MediaInfo, decoded_s: float) -> float:
    length_s = info.container_duration_s
    if length_s is None or decoded_s > length_s + _LENGTH_TOLERANCE_S:
        return decoded_s
    return length_s


def _announced_end_of_sound(info: MediaInfo, audio_track: int) -> float | None:
    if info.is_duration_estimated:
        return None
    end_s = info.audio_stream(audio_track).end_s
    return info.duration_s if end_s is None else end_s


def _decode_warnings(decoder: PcmDecoder, decoded_s: float, announced_end_s: float | None) -> Iterable[MediaWarning]:
    if announced_end_s is not None:
        yield _ends_early(decoded_s, announced_end_s)
    elif decoder.is_damaged:
        yield MediaWarning(
            "DAMAGED_SOUND",
            "The file is damaged or was cut off; what could not be decoded counts as silence, so listen first.",
        )


def _ignore_progress(fraction: float, stage: Stage) -> None:
    pass


def _never() -> bool:
    return False
