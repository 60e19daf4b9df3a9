"""Time stamps that start again or jump, as joined, reconnected and resumed recordings have them.

ffmpeg's filters see the stamps of each piece of decoded sound. The first one says where a piece does
not begin where the one before ended. What is done about it depends on whether the picture goes on
meanwhile: a gap in the sound alone is real and stays; where both jump, nothing was recorded, and the
parts follow each other.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clipflow.engine.media_info import MediaInfo, MediaWarning

# Streams whose stamps ffmpeg itself puts right, by one offset for sound and picture, when it may.
_STREAMS_THAT_RESTART = ("mpegts", "mpeg")
# Steps back are restarts from here on; steps forward are gaps.
_RESTART_S = 0.1
_GAP_S = 0.5
# ffmpeg's own limit (-dts_delta_threshold): what is longer is no pause of a recording.
LONGEST_GAP_S = 10.0
_NEVER_S = 1_000_000.0
_SAME_JUMP_S = 3.0
_NAMED = 5
_REPORT = re.compile(r"^(?:\[Eval[^\]]*\] )?(-?\d+\.\d{6})$", re.MULTILINE)
# What has no stamps of its own: frame after frame in a bare stream.
BARE_STREAMS = ("aac", "ac3", "eac3", "mp3")
# Stands for the size of a jump where a filter has been made anew, because rate or channels change.
_BEGUN = 987_654_321.0
_SAME_MOMENT_S = 0.1


class Jump(NamedTuple):
    """Where the stamps of the sound jump, in seconds of the file's own stamps, and how far; backwards is negative."""

    at_s: float
    size_s: float

    @property
    def is_restart(self) -> bool:
        """Whether the stamps go back."""
        return self.size_s < 0


@dataclass(frozen=True, slots=True)
class StampPlan:
    """How stamps are put right while decoding.

    Attributes:
        closed_gaps_s: gaps of these lengths are no silence.
        discontinuity_s: leave it to ffmpeg, with the picture's stamps beside those of the sound: jumps
            of both beyond this are none. None where the stamps are the file's own.
        first_start_s: when the sound begins, where it changes its format later. ffmpeg makes its filters anew
            then, and they would fill up all that lies before once more. None where it keeps its format.
        counts_samples: the stamps are ffmpeg's guess from the first format, and samples are counted instead.
    """

    closed_gaps_s: tuple[float, ...] = ()
    discontinuity_s: float | None = None
    first_start_s: float | None = None
    counts_samples: bool = False


AS_THEY_ARE = StampPlan()


def watching_filter(plan: StampPlan, zero_s: float) -> str:
    """The filter that reports each jump in ffmpeg's log and closes restarts, and the gaps that the plan names.

    Where the sound changes its format, all that follows is put right behind what came before.

    Args:
        plan: what is known of the stamps.
        zero_s: the stamp of the first sample that is wanted.

    Registers of the expression: 0 what has been taken off so far, 1 where the next piece should begin,
    4 how far it is from there.
    """
    if plan.counts_samples:
        return f"asetpts='{zero_s:.6f}/TB+N/SR/TB'"
    closed = "".join(f"+lt(abs(ld(4)-{gap_s:.3f}),{_GAP_S})" for gap_s in plan.closed_gaps_s)
    begun = f"st(1,PTS);print(PTS*TB,16);print({_BEGUN:.0f},16)"
    if plan.first_start_s is not None:
        begun += f";if(gt(abs(PTS*TB-{plan.first_start_s:.6f}),{_SAME_MOMENT_S}),st(0,PTS-{zero_s:.6f}/TB))"
    return (
        f"asetpts='if(isnan(PREV_INPTS),{begun});st(4,(PTS-ld(1))*TB);"
        f"if(lt(ld(4),-{_RESTART_S})+gt(ld(4),{_GAP_S}),print((ld(1)-ld(0))*TB,16);print(ld(4),16));"
        f"if(lt(ld(4),-{_RESTART_S}){closed},st(0,ld(0)+PTS-ld(1)));st(1,PTS+NB_SAMPLES/SR/TB);PTS-ld(0)'"
    )


class StampReport(NamedTuple):
    """What decoding has shown of the stamps: jumps, and each moment at which the sound begins in another format."""

    jumps: tuple[Jump, ...] = ()
    starts_s: tuple[float, ...] = ()

    @property
    def has_jumps(self) -> bool:
        """Whether there are jumps that need more than what the filter does by itself."""
        return any(jump.is_restart or jump.size_s > LONGEST_GAP_S for jump in self.jumps)

    @property
    def changes_format(self) -> bool:
        """Whether the sound changes its rate or its channels."""
        return len(self.starts_s) > 1

    @property
    def is_trouble(self) -> bool:
        """Whether the sound has to be decoded once more, with a plan."""
        return self.has_jumps or self.changes_format


def reported_stamps(log: str, end_s: float) -> StampReport:
    """What the filter wrote to ffmpeg's log.

    Args:
        log: what the decoder wrote.
        end_s: of the sound, in the file's own stamps; ffmpeg asks the filter once more when all is over.
    """
    numbers = [float(text) for text in _REPORT.findall(log)]
    # Only the end of a long log is kept, which may begin with the second half of a pair.
    numbers = numbers[len(numbers) % 2 :]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if sum(size_s == _BEGUN for _, size_s in pairs) > 1 and pairs[-1][1] != _BEGUN:
        # Parts in other formats make the end uncertain; the last report is the one after all is over.
        pairs.pop()
    return StampReport(
        tuple(Jump(at_s, size_s) for at_s, size_s in pairs if size_s != _BEGUN and at_s < end_s - _RESTART_S),
        tuple(at_s for at_s, size_s in pairs if size_s == _BEGUN),
    )


class Packet(NamedTuple):
    """A packet of the file, in the order of the file: its stream, and start and length in seconds."""

    stream: int
    start_s: float
    length_s: float


def plan_for(info: MediaInfo, audio_track: int, jumps: Sequence[Jump], packets: Sequence[Packet]) -> StampPlan:
    """How the stamps of a recording with jumps are put right."""
    audio = info.audio_stream(audio_track).index
    picture = info.video.index if info.video is not None else None
    sound_jumps = _jumps_of(packets, audio)
    picture_jumps = [] if picture is None else _jumps_of(packets, picture)
    unexplained = [one for one in sound_jumps if picture is None or _has_twin(one, picture_jumps)]
    joint_s = [one.size_s for one in unexplained if one.size_s > LONGEST_GAP_S]
    if info.container in _STREAMS_THAT_RESTART and picture is not None:
        alone_s = [one.size_s for one in sound_jumps if one not in unexplained and one.size_s > LONGEST_GAP_S]
        alone_s += [one.size_s for one in picture_jumps if not _has_twin(one, sound_jumps) and one.size_s > 0]
        return StampPlan(discontinuity_s=_threshold_s(joint_s, alone_s))
    reported = [one.size_s for one in jumps if one.size_s > LONGEST_GAP_S]
    return StampPlan(closed_gaps_s=tuple(size for size in reported if _is_among(size, joint_s)))


def _threshold_s(joint_s: Sequence[float], alone_s: Sequence[float]) -> float:
    """What ffmpeg is told to take for a discontinuity: the jumps of both, but no gap of one stream alone."""
    if not joint_s:
        return _NEVER_S
    longest_alone_s = max(alone_s, default=LONGEST_GAP_S - 1)
    return longest_alone_s + 1 if longest_alone_s + 1 < min(joint_s) else _NEVER_S


def _jumps_of(packets: Iterable[Packet], stream: int) -> list[Jump]:
    """The jumps of one stream, in the order of the file."""
    jumps: list[Jump] = []
    expected_s: float | None = None
    for packet in packets:
        if packet.stream != stream:
            continue
        if expected_s is not None:
            size_s = packet.start_s - expected_s
            if size_s < -_RESTART_S or size_s > LONGEST_GAP_S:
                jumps.append(Jump(expected_s, size_s))
        expected_s = packet.start_s + packet.length_s
    return jumps


def _has_twin(jump: Jump, others: Iterable[Jump]) -> bool:
    """Whether another stream jumps alike at about the same place."""
    return any(
        abs(one.size_s - jump.size_s) < _SAME_JUMP_S and abs(one.at_s - jump.at_s) < 2 * _SAME_JUMP_S for one in others
    )


def _is_among(size_s: float, sizes_s: Iterable[float]) -> bool:
    return any(abs(size_s - one) < _SAME_JUMP_S for one in sizes_s)


def stamp_warnings(info: MediaInfo, stamps: StampReport, plan: StampPlan) -> Iterable[MediaWarning]:
    """What a person should know of stamps that jump and of sound that changes its format."""
    yield from _jump_warnings(info, stamps.jumps, plan)
    if stamps.changes_format:
        yield _format_warning(info, stamps.starts_s)


def _jump_warnings(info: MediaInfo, jumps: Sequence[Jump], plan: StampPlan) -> Iterable[MediaWarning]:
    """What a person should know of jumps: where the file goes on, and that editors may count differently."""
    restarts = [one for one in jumps if one.is_restart]
    if restarts:
        yield MediaWarning(
            "TIME_STAMPS_RESTART",
            f"The time stamps start again at {_places(_heard_at(info, jumps, plan, restarts))}, as in joined files; "
            "all parts were analysed one after the other, but editors may show only the first. Repair the recording: "
            f"{_repair(info)}",
        )
    is_joint = plan.discontinuity_s is not None and plan.discontinuity_s < _NEVER_S
    closed = [
        one
        for one in jumps
        if one.size_s > LONGEST_GAP_S
        and ((is_joint and one.size_s > (plan.discontinuity_s or 0)) or _is_among(one.size_s, plan.closed_gaps_s))
    ]
    if closed:
        total_s = math.fsum(one.size_s for one in closed)
        yield MediaWarning(
            "TIME_STAMPS_JUMP",
            f"The time stamps jump forward by {total_s:,.0f} s at {_places(_heard_at(info, jumps, plan, closed))} "
            "where nothing was recorded; the parts were analysed one after the other, but editors may count otherwise. "
            f"Repair the recording: {_repair(info)}",
        )
    gaps = [one for one in jumps if not one.is_restart and one not in closed]
    if gaps:
        yield MediaWarning(
            "SOUND_GAP",
            f"The sound pauses for {math.fsum(one.size_s for one in gaps):.1f} s in all, at "
            f"{_places([one.at_s - info.start_offset_s for one in gaps])}; there is silence there.",
        )


def _format_warning(info: MediaInfo, starts_s: Sequence[float]) -> MediaWarning:
    """What a person should know of sound that changes its rate or its channels."""
    places = _places([one - info.start_offset_s for one in starts_s[1:]])
    return MediaWarning(
        "SOUND_FORMAT_CHANGES",
        f"The sound changes its rate or its channels at {places}; all parts were analysed one after the other, but "
        f"editors may play only the first. Repair the recording: {_repair(info)}",
    )


def _repair(info: MediaInfo) -> str:
    """The command that gives a recording stamps that go on, and one format of sound."""
    if info.video is None:
        return "ffmpeg -i RECORDING -af asetpts=N/SR/TB repaired.wav"
    return "ffmpeg -i RECORDING -c:v copy -c:a aac repaired.mp4"


def _heard_at(info: MediaInfo, jumps: Sequence[Jump], plan: StampPlan, wanted: Sequence[Jump]) -> list[float]:
    """Where jumps lie on our timeline: the filter counts restarts as closed already, but not the gaps."""
    if plan == AS_THEY_ARE:
        return [one.at_s - info.start_offset_s for one in wanted]
    closed_before_s = 0.0
    places: list[float] = []
    for one in jumps:
        if one in wanted:
            places.append(one.at_s - info.start_offset_s - closed_before_s)
        if one.size_s > LONGEST_GAP_S and plan.discontinuity_s is not None:
            closed_before_s += one.size_s if one.size_s > plan.discontinuity_s else 0.0
    return places


def _places(moments_s: Sequence[float]) -> str:
    named = ", ".join(f"{max(0.0, one):.1f} s" for one in moments_s[:_NAMED])
    return named + (f" and {len(moments_s) - _NAMED} more places" if len(moments_s) > _NAMED else "")
