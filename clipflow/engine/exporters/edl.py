"""CMX3600 edit decision lists, for Resolve, Premiere, Avid and most others.

Source: the CMX 3600 manual as of SMPTE RP 146, with the comments that Avid and Resolve understand.
"""

import re
from collections.abc import Iterator
from typing import IO

from clipflow.engine.exporters.media_paths import media_path
from clipflow.engine.exporters.readback import Span, expect, spans_of
from clipflow.engine.exporters.text import one_line
from clipflow.engine.media_info import MediaWarning
from clipflow.engine.timebase import frame_of_timecode, frames_a_day, has_timecode, rate_text, timecode_at
from clipflow.engine.timeline import Source, Timeline

MOST_EVENTS = 999
# Two channels are named with the picture, two more in a line of their own.
MOST_CHANNELS = 4
_MORE_CHANNELS = ("", "", "", "AUD  3\n", "AUD  3    4\n")
_REEL = "AX"
_EVENT = re.compile(r"(\d{3})  (\S{1,8}) +(\S+) +C +" + " ".join([r"(\d\d:\d\d:\d\d[:;]\d\d)"] * 4))


def unsuited(source: Source) -> str | None:
    """Why an edit decision list cannot hold a cut of this recording."""
    if has_timecode(source.frame_rate):
        return None
    return (
        f"An edit decision list counts in timecode, which does not exist at {rate_text(source.frame_rate)} frames a "
        "second; choose FCPXML or OpenTimelineIO, or make the rate a standard one first."
    )


def caveats(source: Source) -> list[MediaWarning]:
    """What an edit decision list leaves out."""
    if source.channels <= MOST_CHANNELS:
        return []
    return [
        MediaWarning(
            "CHANNELS_LEFT_OUT",
            f"An edit decision list names {MOST_CHANNELS} audio channels and the recording has {source.channels}; "
            "choose FCPXML, xmeml or OpenTimelineIO to carry all of them.",
        )
    ]


def write(timeline: Timeline, out: IO[str]) -> None:
    """One event for each clip; picture and sound together."""
    source = timeline.source
    out.write(f"TITLE: {one_line(timeline.title)}\n")
    out.write(f"FCM: {'DROP FRAME' if source.is_drop_frame else 'NON-DROP FRAME'}\n")
    channels, more = _channels(source)
    name, path = one_line(source.name), one_line(media_path(source))
    for number, (times, note) in enumerate(_timecodes(timeline), 1):
        out.write(f"\n{number:03}  {_REEL:<8} {channels:<5} C        {' '.join(times)}\n")
        out.write(f"* FROM CLIP NAME: {name}\n")
        if source.folder:
            out.write(f"* SOURCE FILE: {path}\n")
        if note:
            out.write(f"* COMMENT: {one_line(note)}\n")
        out.write(more)


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the list says them; checks numbers, lengths and that the cut has no gaps."""
    source = timeline.source
    day = frames_a_day(source.frame_rate, source.is_drop_frame)
    mode = "DROP FRAME" if source.is_drop_frame else "NON-DROP FRAME"
    expect(f"\nFCM: {mode}\n" in text, "the count of its timecode")
    found: list[tuple[int, int]] = []
    record = timeline.record_start_frame + (timeline.clips[0].record_frame if timeline.clips else 0)
    for number, event in enumerate(_EVENT.finditer(text), 1):
        times = [frame_of_timecode(one, source.frame_rate) for one in event.groups()[3:]]
        # Timecode starts anew each day; a clip is never before the one in front of it.
        passed = found[-1][1] if found else 0
        start = passed + (times[0] - source.start_frame - passed) % day
        length = (times[1] - times[0]) % day
        expect(int(event[1]) == number, "the number of an event")
        expect((times[2] - record) % day == 0 and (times[3] - times[2]) % day == length, "a place in the cut")
        record += length
        if found and start == found[-1][1] and start in {day * n - source.start_frame % day for n in range(1, 4)}:
            # The second half of a clip across midnight.
            found[-1] = (found[-1][0], start + length)
        else:
            found.append((start, start + length))
    return spans_of(found)


def _timecodes(timeline: Timeline) -> Iterator[tuple[list[str], str]]:
    """Source and record timecode of each event, and the note on its clip.

    A clip across midnight is two events, so that no out is before its in.
    """
    source = timeline.source
    for start, end, record, note in _events(timeline):
        frames = (
            source.start_frame + start,
            source.start_frame + end,
            timeline.record_start_frame + record,
            timeline.record_start_frame + record + end - start,
        )
        yield [timecode_at(frame, source.frame_rate, source.is_drop_frame) for frame in frames], note


def _events(timeline: Timeline) -> Iterator[tuple[int, int, int, str]]:
    """First frame, the one after the last, the place in the cut, and the note on the clip, of each event."""
    source = timeline.source
    day = frames_a_day(source.frame_rate, source.is_drop_frame)
    for clip in timeline.clips:
        midnight = day - source.start_frame % day
        position = clip.start_frame
        # The last frame before midnight ends an event, whose out is then 00:00:00:00.
        while position < clip.end_frame:
            while midnight <= position:
                midnight += day
            end = min(clip.end_frame, midnight)
            yield position, end, clip.record_frame + position - clip.start_frame, clip.note
            position = end


def _channels(source: Source) -> tuple[str, str]:
    """The channels of an event, and the line that names the third and the fourth."""
    channels = source.channels
    names = ("A", "AA") if source.picture is None else ("B", "AA/V")
    first = names[min(channels, 2) - 1] if channels else "V"
    return first, _MORE_CHANNELS[min(channels, MOST_CHANNELS)]
