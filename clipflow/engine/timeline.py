"""From segments to a timeline: which frames of a recording stay, in whole frames of its exact rate.

The file is long because it says all that an exporter relies on: the source, the clips, and how edges are rounded.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Self

from clipflow.engine.errors import TimecodeError
from clipflow.engine.media_info import Colour, FieldOrder, MediaInfo, MediaWarning, VideoStream
from clipflow.engine.segments import Action, Cuttable
from clipflow.engine.text import shell_quoted
from clipflow.engine.timebase import (
    DROP_FRAME_RATES,
    counted_rate,
    frame_at,
    frame_of_timecode,
    has_timecode,
    is_standard_frame_rate,
    rate_text,
    rate_to_convert_to,
    snap_frame_rate,
    timecode_at,
)
from clipflow.engine.transcript.cues import Cue
from clipflow.engine.transcript.words import Word

# What sound alone is counted in; editors of sound default to it, and its frames are short.
SOUND_ONLY_FRAME_RATE = Fraction(30)
# The timeline starts at one hour, as editors' own do, so that something can be put before it.
_RECORD_START_S = 3600
_NOTABLE_LENGTH_S = Fraction(1, 10)
# Sound that goes on for less than this after the picture is the padding of its codec.
_NOTABLE_END_S = 0.1
# Half a frame is then more than 25 ms.
_LOWEST_ROUNDED_RATE = 20
_NOMINAL_TOLERANCE = Fraction(51, 50)
_UNKNOWN_COLOUR = Colour()
_COUNTED_FROM_ZERO = frozenset({"mov", "mp4"})


class Include(StrEnum):
    """Which segments stay in the cut; what a person has only been asked about stays unless told otherwise."""

    KEEP = "keep"
    KEEP_AND_SUGGESTED = "keep+suggested"

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions whose segments stay."""
        return (Action.KEEP,) if self is Include.KEEP else (Action.KEEP, Action.SUGGEST_REMOVE)


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a recording, turned as it is shown; ``pixel_aspect`` is a pixel's width over its height."""

    width: int
    height: int
    pixel_aspect: Fraction = Fraction(1)
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    colour: Colour = _UNKNOWN_COLOUR

    @property
    def is_interlaced(self) -> bool:
        """Whether its lines were taken at two moments."""
        return self.field_order is not FieldOrder.PROGRESSIVE


@dataclass(frozen=True, slots=True)
class Sound:
    """One audio track of a recording; ``stream`` is its number among all streams of the file."""

    channels: int
    sample_rate: int
    stream: int
    is_decodable: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """The recording that a timeline takes its clips from.

    ``folder`` is where the editor finds the file, empty when nobody has said. Frame 0 is the first
    picture, or the start of the file where the picture comes much later (see MediaInfo);
    ``start_frame`` is its timecode as a number of frames. ``lead_in`` is the time in
    seconds before frame 0 that ffmpeg counts too, ``mlt_lead_frames`` the frames that MLT counts before
    it. ``picture`` is None for sound alone.
    """

    name: str
    folder: str
    frame_rate: Fraction
    has_variable_frame_rate: bool
    frames: int
    start_frame: int
    is_drop_frame: bool
    lead_in: Fraction
    picture: Picture | None
    sounds: tuple[Sound, ...]
    mlt_lead_frames: int = 0

    @property
    def channels(self) -> int:
        """Audio channels of all tracks together."""
        return sum(sound.channels for sound in self.sounds)

    @property
    def sample_rate(self) -> int:
        """Of the first audio track."""
        return self.sounds[0].sample_rate if self.sounds else 48_000

    def timecode_at(self, frame: int) -> str | None:
        """The timecode of one of its frames; None at a rate without timecode."""
        if not has_timecode(self.frame_rate):
            return None
        return timecode_at(self.start_frame + frame, self.frame_rate, self.is_drop_frame)


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames of the source that stay, from ``start_frame`` up to but not including ``end_frame``.

    ``start_ms`` and ``end_ms`` are what the frames come nearest to; ``moved_ms`` is how far
    the edges lie from what was decided, at most. ``record_frame`` is where the clip lies in the cut.
    ``note`` is what a person wrote about it.
    """

    start_frame: int
    end_frame: int
    start_ms: int
    end_ms: int
    record_frame: int
    note: str
    moved_ms: float = 0.0

    @property
    def frames(self) -> int:
        """The clip's length."""
        return self.end_frame - self.start_frame

    @property
    def record_end_frame(self) -> int:
        """Where the clip ends in the cut."""
        return self.record_frame + self.frames


@dataclass(frozen=True, slots=True)
class Timeline:
    """A cut of one recording: clips in the order of time that neither touch nor overlap.

    ``words`` is what is said in the whole recording, as far as that is known; ``cues`` are captions
    as they were imported.
    """

    title: str
    source: Source
    clips: tuple[Clip, ...]
    warnings: tuple[MediaWarning, ...]
    words: tuple[Word, ...] = ()
    cues: tuple[Cue, ...] = ()

    @property
    def frames(self) -> int:
        """The length of the cut."""
        return sum(clip.frames for clip in self.clips)

    @property
    def record_start_frame(self) -> int:
        """The timecode that the cut starts at, as a number of frames: one hour."""
        frames = _RECORD_START_S * counted_rate(self.source.frame_rate)
        # An hour of drop-frame timecode skips two frames (four at 59.94) in 54 of its minutes.
        return frames - 54 * counted_rate(self.source.frame_rate) // 15 if self.source.is_drop_frame else frames

    def parts(self, most_clips: int) -> list[Self]:
        """The timeline in pieces of this many clips; each clip stays where it is in the whole cut."""
        if len(self.clips) <= most_clips:
            return [self]
        starts = range(0, len(self.clips), most_clips)
        return [
            replace(
                self,
                title=f"{self.title} part {number} of {len(starts)}",
                clips=self.clips[start : start + most_clips],
            )
            for number, start in enumerate(starts, 1)
        ]


def build_timeline(  # noqa: PLR0913  each is a thing of its own, and all but three are named
    segments: Iterable[Cuttable],
    info: MediaInfo,
    name: str,
    *,
    folder: str = "",
    include: Include = Include.KEEP_AND_SUGGESTED,
    sound_frame_rate: Fraction = SOUND_ONLY_FRAME_RATE,
    words: Sequence[Word] = (),
    cues: Sequence[Cue] = (),
) -> Timeline:
    """Turn segments into clips of whole frames.

    Edges go to the nearest frame, each by itself from its time, so that the distance is half a
    frame at most and does not grow. Where half a frame is long enough to hold a sound, they go outwards
    instead, and one that would lie in a word goes to the next frame outside of it; that is what is
    wanted from then on. Clips are kept within the picture; what touches after rounding
    is one clip, what is shorter than a frame falls away. The pause rule has been applied when the
    segments were made (``keep_pause_ms``).

    Args:
        segments: in the order of time, without overlap.
        info: of the recording.
        name: of the recording's file, as the editor will find it.
        folder: that the file lies in on the editor's machine.
        include: which segments stay.
        sound_frame_rate: that sound without a picture is counted in.
        words: what is said, for formats that write it.
        cues: captions as they were imported, for formats that keep them.
    """
    segments = list(segments)
    if info.duration_s is None and segments:
        # The file does not say how long it is; the analysis has heard it.
        info = replace(info, duration_s=segments[-1].end_ms / 1000)
    source, warnings = _describe_source(info, name, folder, sound_frame_rate)
    wanted = _kept_stretches(segments, include)
    _grow_to_long_frames(wanted, source)
    _keep_words_whole(wanted, words, source.frame_rate)
    stretches = _whole_frames(wanted, source)
    warnings += _cut_warnings(stretches, source)
    clips = tuple(_place(_joined(stretches), source.frame_rate))
    return Timeline(_stem(name), source, clips, tuple(warnings), tuple(words), tuple(cues))


@dataclass(slots=True)
class _Stretch:
    """Something that stays, in milliseconds, growing while its neighbours are joined to it."""

    start_ms: int
    end_ms: int
    notes: dict[str, None]
    decided_ms: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.decided_ms = (self.start_ms, self.end_ms)

    def join(self, later: "_Stretch") -> None:
        self.end_ms = max(self.end_ms, later.end_ms)
        self.decided_ms = (self.decided_ms[0], max(self.decided_ms[1], later.decided_ms[1]))
        # A decision over several segments is noted on each of them.
        self.notes.update(later.notes)


def _kept_stretches(segments: Iterable[Cuttable], include: Include) -> list[_Stretch]:
    """What stays; neighbours are one stretch."""
    actions = include.actions
    stretches: list[_Stretch] = []
    for one in segments:
        if one.action not in actions or one.start_ms >= one.end_ms:
            continue
        note = getattr(one, "note", None)
        stretch = _Stretch(one.start_ms, one.end_ms, {note: None} if note else {})
        if stretches and stretch.start_ms <= stretches[-1].end_ms:
            stretches[-1].join(stretch)
        else:
            stretches.append(stretch)
    return stretches


def _grow_to_long_frames(wanted: Iterable[_Stretch], source: Source) -> None:
    """Move edges outwards to whole frames where frames are so long that rounding would cut into speech."""
    rate = source.frame_rate
    if rate >= _LOWEST_ROUNDED_RATE:
        return
    for stretch in wanted:
        first = stretch.start_ms * rate.numerator // (1000 * rate.denominator)
        last = -(-stretch.end_ms * rate.numerator // (1000 * rate.denominator))
        stretch.start_ms, stretch.end_ms = round(first * 1000 / rate), round(last * 1000 / rate)


def _keep_words_whole(wanted: Iterable[_Stretch], words: Sequence[Word], rate: Fraction) -> None:
    """Move edges that would be rounded into a word by a frame, outwards.

    An edge that someone has put inside a word stays there.
    """
    placed = [one for one in words if one.is_placed]
    middles = [one.start_ms + one.end_ms for one in placed]
    for stretch in wanted:
        first, last = bisect_left(middles, 2 * stretch.start_ms), bisect_left(middles, 2 * stretch.end_ms) - 1
        if first > last:
            continue
        frame = frame_at(stretch.start_ms, rate)
        if stretch.start_ms <= placed[first].start_ms < frame * 1000 / rate:
            stretch.start_ms = max(0, round((frame - 1) * 1000 / rate))
        frame = frame_at(stretch.end_ms, rate)
        if frame * 1000 / rate < placed[last].end_ms <= stretch.end_ms:
            stretch.end_ms = round((frame + 1) * 1000 / rate)


def _whole_frames(wanted: Iterable[_Stretch], source: Source) -> list[tuple[int, int, _Stretch]]:
    """First frame, the one after the last, and the stretch itself; some may be empty or touch the next."""

    def nearest(time_ms: int) -> int:
        return min(frame_at(time_ms, source.frame_rate), source.frames)

    return [(nearest(stretch.start_ms), nearest(stretch.end_ms), stretch) for stretch in wanted]


def _joined(stretches: Iterable[tuple[int, int, _Stretch]]) -> list[tuple[int, int, _Stretch]]:
    """Leaves out what is empty and joins what touches."""
    clips: list[tuple[int, int, _Stretch]] = []
    for start, end, stretch in stretches:
        if start == end:
            continue
        if clips and start <= clips[-1][1]:
            first, _, joined = clips[-1]
            joined.join(stretch)
            clips[-1] = (first, end, joined)
        else:
            clips.append((start, end, stretch))
    return clips


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _place(stretches: Iterable[tuple[int, int, _Stretch]], rate: Fraction) -> Iterator[Clip]:
    record_frame = 0
    for start, end, stretch in stretches:
        edges_ms = (start * 1000 / rate, end * 1000 / rate)
        moved_ms = max(abs(edge - wanted) for edge, wanted in zip(edges_ms, stretch.decided_ms, strict=True))
        note = "; ".join(stretch.notes)
        yield Clip(start, end, stretch.start_ms, stretch.end_ms, record_frame, note, round(float(moved_ms), 3))
        record_frame += end - start


def _describe_source(
    info: MediaInfo, name: str, folder: str, sound_frame_rate: Fraction
) -> tuple[Source, list[MediaWarning]]:
    warnings: list[MediaWarning] = []
    video = info.video
    rate = sound_frame_rate
    if video is None:
        warnings.append(_sound_only_warning(rate))
    else:
        maps = _sound_maps(info)
        warnings.extend(_rate_warnings(video, name, maps))
        warnings.extend(_late_picture_warnings(video, name, maps))
        rate = _counted_rate(video) or snap_frame_rate(sound_frame_rate)
    start_frame, is_drop_frame = _time_reference_frame(info, rate), False
    if video is not None and video.start_timecode:
        try:
            start_frame = frame_of_timecode(video.start_timecode, rate)
            is_drop_frame = video.is_drop_frame and rate in DROP_FRAME_RATES
        except TimecodeError as error:
            warnings.append(
                MediaWarning("TIMECODE_IGNORED", f"The source timecode is left out: {str(error)[:-1]}; check it.")
            )
    frames = _frames(info, rate)
    warnings.extend(_short_picture_warnings(info, frames, rate))
    source = Source(
        name=name,
        folder=folder,
        frame_rate=rate,
        has_variable_frame_rate=video is not None and video.has_variable_frame_rate,
        frames=frames,
        start_frame=start_frame,
        is_drop_frame=is_drop_frame,
        lead_in=Fraction(str(round(info.lead_in_s, 6))),
        picture=None
        if video is None
        else Picture(video.width, video.height, video.pixel_aspect, video.field_order, video.colour),
        sounds=tuple(
            Sound(max(1, one.channels), one.sample_rate or 48_000, one.index, one.is_decodable)
            for one in info.audio_streams
        ),
        mlt_lead_frames=_mlt_lead_frames(info, rate),
    )
    return source, warnings


def _counted_rate(video: VideoStream) -> Fraction | None:
    """The rate that the picture is counted in: of a variable one the nominal rate, where editors know that."""
    if video.frame_rate is None:
        return None
    nominal = video.nominal_frame_rate
    if video.has_variable_frame_rate and nominal is not None and is_standard_frame_rate(nominal):
        # Twice the average at most: some containers state what their clock could count.
        is_plausible = video.frame_rate / _NOMINAL_TOLERANCE <= nominal <= 2 * video.frame_rate
        if is_plausible:
            return nominal
    return snap_frame_rate(video.frame_rate)


def _time_reference_frame(info: MediaInfo, rate: Fraction) -> int:
    """When sound alone was recorded, as a number of frames since midnight."""
    samples, sounds = info.time_reference_samples, info.audio_streams
    if info.video is not None or not samples or not sounds or not sounds[0].sample_rate:
        return 0
    return round(samples * rate / sounds[0].sample_rate)


def _mlt_lead_frames(info: MediaInfo, rate: Fraction) -> int:
    """How many frames MLT counts before the first picture.

    It counts from the first picture, except in mp4 and mov whose pictures are stored in another order
    than they are shown and begin late by less than that takes (measured with MLT 7.12 and 7.30).
    """
    video = info.video
    if video is None or not _COUNTED_FROM_ZERO.intersection(info.container.split(",")) or info.lead_in_s <= 0:
        return 0
    if info.lead_in_s >= video.reorder_frames / rate:
        return 0
    return math.ceil(Fraction(str(round(info.lead_in_s, 6))) * rate)


def _sound_maps(info: MediaInfo) -> str:
    """The audio tracks that a command converts: all, or those that can be decoded."""
    if all(one.is_decodable for one in info.audio_streams):
        return "-map 0:a"
    decodable = [number for number, one in enumerate(info.audio_streams) if one.is_decodable]
    return " ".join(f"-map 0:a:{number}" for number in decodable)


def source_start_ms(info: MediaInfo) -> int | None:
    """The source timecode of a recording's time 0 as milliseconds of the day; None where it has none."""
    video = info.video
    if video is None or not video.start_timecode or not video.frame_rate:
        return None
    rate = snap_frame_rate(video.frame_rate)
    try:
        return round(frame_of_timecode(video.start_timecode, rate) * 1000 / rate)
    except TimecodeError:
        return None


def _frames(info: MediaInfo, rate: Fraction) -> int:
    """The length in frames: that of the picture, unless the sound notably goes on after it."""
    end_s = info.duration_s or 0.0
    if info.video is not None and info.video.end_s is not None and end_s - info.video.end_s <= _NOTABLE_END_S:
        end_s = info.video.end_s
    return max(0, frame_at(round(end_s * 1000), rate))


def _short_picture_warnings(info: MediaInfo, frames: int, rate: Fraction) -> Iterator[MediaWarning]:
    if info.video is None or info.video.end_s is None:
        return
    beyond_s = float(frames / rate) - info.video.end_s
    if beyond_s > _NOTABLE_END_S:
        yield MediaWarning(
            "PICTURE_ENDS_EARLY",
            f"The picture ends {beyond_s:.2f} s before the sound; the cut goes on with the sound, and the editor holds "
            "the last picture or shows black.",
        )


def _sound_only_warning(rate: Fraction) -> MediaWarning:
    return MediaWarning(
        "AUDIO_ONLY",
        f"The recording has no picture; the cut is counted at {rate_text(rate)} frames a second, choose the rate of "
        "your project if it differs.",
    )


def _rate_warnings(video: VideoStream, name: str, maps: str) -> Iterator[MediaWarning]:
    if video.frame_rate is None:
        yield MediaWarning(
            "UNKNOWN_FRAME_RATE",
            f"The frame rate is unknown and taken as {rate_text(SOUND_ONLY_FRAME_RATE)}; make it constant first: "
            f"{_constant_rate_command(name, SOUND_ONLY_FRAME_RATE, maps)}",
        )
    elif video.has_variable_frame_rate:
        yield MediaWarning(
            "VARIABLE_FRAME_RATE",
            f"The frame rate varies (average {rate_text(video.frame_rate)}), so picture and sound may drift apart in "
            f"the editor; make it constant first: {_constant_rate_command(name, _counted_rate(video), maps)}",
        )
    elif not is_standard_frame_rate(snap_frame_rate(video.frame_rate)):
        yield MediaWarning(
            "NON_STANDARD_FRAME_RATE",
            f"{rate_text(video.frame_rate)} frames a second is no standard rate; if the editor does not take it, "
            f"convert the recording first: {_constant_rate_command(name, video.frame_rate, maps)}",
        )


def _late_picture_warnings(video: VideoStream, name: str, maps: str) -> Iterator[MediaWarning]:
    if video.start_s > _NOTABLE_LENGTH_S:
        command = _constant_rate_command(name, _counted_rate(video), maps)
        yield MediaWarning(
            "VIDEO_STARTS_LATE",
            f"The picture starts {video.start_s:.2f} s after the sound, and editors differ in where they then begin to "
            f"count; convert the recording first: {command}",
        )


def _constant_rate_command(name: str, rate: Fraction | None, maps: str) -> str:
    target = rate_to_convert_to(rate or SOUND_ONLY_FRAME_RATE)
    file, constant = shell_quoted(name), shell_quoted(f"{_stem(name)}-constant.mov")
    # Every editor takes this sound, whatever that of the recording is.
    codecs = "-c:v libx264 -crf 16 -c:a pcm_s16le"
    return f"ffmpeg -i {file} -map 0:v:0 {maps} -fps_mode cfr -r {target} {codecs} {constant}"


def _cut_warnings(stretches: Sequence[tuple[int, int, _Stretch]], source: Source) -> Iterator[MediaWarning]:
    if not any(end > start for start, end, _ in stretches):
        yield MediaWarning("NOTHING_KEPT", "Nothing of the recording is kept, so the list is empty.")
    short = sum(start == end < source.frames for start, end, _ in stretches)
    if short:
        stretch = "stretch" if short == 1 else "stretches"
        yield MediaWarning("SHORT_CLIPS_DROPPED", f"{short} {stretch} shorter than a frame fell away.")
