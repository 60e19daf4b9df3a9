"""What a person should know before trusting a cut of a recording."""

from collections.abc import Iterable
from dataclasses import replace

from clipflow.engine.media_info import AudioStream, MediaInfo, MediaWarning, VideoStream
from clipflow.engine.timebase import is_standard_frame_rate

# Lengths and starts that differ by less than this are rounding and codec delay, not a fault.
_NOTABLE_DIFFERENCE_S = 0.1
# MPEG streams say no lengths; what ffprobe gives ends where the last packet starts.
_NOTABLE_DIFFERENCE_IN_STREAMS_S = 0.5
STREAMS_WITHOUT_LENGTH = ("mpegts", "mpeg")
_NAMED_TRACKS = 8


def with_track_warnings(info: MediaInfo, audio_track: int, *, is_named: bool) -> MediaInfo:
    """The description with what a person should know before trusting a cut by this audio track.

    Args:
        info: of the recording.
        audio_track: that is analysed; InvalidOptionError when there is none of this number.
        is_named: whether a person has chosen it.
    """
    audio = info.audio_stream(audio_track)
    return replace(info, warnings=tuple(_media_warnings(info, audio_track, audio, is_named=is_named)))


def _media_warnings(info: MediaInfo, audio_track: int, audio: AudioStream, *, is_named: bool) -> Iterable[MediaWarning]:
    if info.video is not None:
        yield from _frame_rate_warnings(info.video)
    if len(info.audio_streams) > 1:
        yield _several_tracks(info, audio_track, is_named=is_named)
    unreadable = [number for number, one in enumerate(info.audio_streams) if not one.is_decodable]
    if unreadable:
        yield MediaWarning(
            "UNREADABLE_AUDIO_TRACK",
            f"Nothing here decodes audio track {', '.join(map(str, unreadable))}; commands that convert leave it out.",
        )
    yield from _alignment_warnings(audio, info.video, _tolerance_s(info.container))


def _several_tracks(info: MediaInfo, audio_track: int, *, is_named: bool) -> MediaWarning:
    others = [f"{number} ({_described(one)})" for number, one in enumerate(info.audio_streams) if number != audio_track]
    chosen = "as chosen" if is_named else "choose another one if the speech is there"
    return MediaWarning(
        "SEVERAL_AUDIO_TRACKS",
        f"Audio track {audio_track} ({_described(info.audio_streams[audio_track])}) is analysed, {chosen}; the others "
        f"are {', '.join(others[:_NAMED_TRACKS])}{' and more' if len(others) > _NAMED_TRACKS else ''}.",
    )


def _described(audio: AudioStream) -> str:
    channels = audio.channel_layout or f"{audio.channels} channel{'s' if audio.channels != 1 else ''}"
    return ", ".join(one for one in (audio.title, audio.language, audio.codec, channels) if one)


def _tolerance_s(container: str) -> float:
    return _NOTABLE_DIFFERENCE_IN_STREAMS_S if container in STREAMS_WITHOUT_LENGTH else _NOTABLE_DIFFERENCE_S


def _frame_rate_warnings(video: VideoStream) -> Iterable[MediaWarning]:
    if video.frame_rate is None:
        yield MediaWarning("UNKNOWN_FRAME_RATE", "The frame rate is unknown; check it before exporting a cut.")
    elif video.has_variable_frame_rate:
        yield MediaWarning(
            "VARIABLE_FRAME_RATE",
            f"The frame rate varies (average {float(video.frame_rate):.3f}); convert the recording to a constant "
            "rate before cutting, or picture and sound may drift apart in the editor.",
        )
    elif not is_standard_frame_rate(video.frame_rate):
        yield MediaWarning(
            "NON_STANDARD_FRAME_RATE",
            f"{float(video.frame_rate):.3f} frames a second is no standard rate; some editors will not take it.",
        )


def _alignment_warnings(audio: AudioStream, video: VideoStream | None, tolerance_s: float) -> Iterable[MediaWarning]:
    if audio.start_s > _NOTABLE_DIFFERENCE_S:
        yield MediaWarning(
            "AUDIO_STARTS_LATE",
            f"The sound starts {audio.start_s:.2f} s after the recording; all times stay those of the recording.",
        )
    if video is None:
        return
    if video.start_s > _NOTABLE_DIFFERENCE_S:
        yield MediaWarning(
            "VIDEO_STARTS_LATE",
            f"The picture starts {video.start_s:.2f} s after the recording; check the first cut in the editor.",
        )
    if audio.end_s is None or video.end_s is None:
        return
    audio_length_s, video_length_s = audio.end_s - audio.start_s, video.end_s - video.start_s
    difference_s = audio_length_s - video_length_s
    if abs(difference_s) > tolerance_s:
        relation, consequence = (
            ("longer", "the cut goes on with the sound, and the editor holds the last picture or shows black")
            if difference_s > 0
            else ("shorter", "what comes after it counts as silence")
        )
        yield MediaWarning(
            "LENGTHS_DIFFER", f"The sound is {abs(difference_s):.2f} s {relation} than the picture; {consequence}."
        )
