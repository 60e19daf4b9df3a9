"""What is said in a recording and in a cut of it, with the times of either."""

from bisect import bisect_right
from fractions import Fraction

from clipflow.engine.timeline import Timeline
from clipflow.engine.transcript.captions import TimedText


def words_of_source(timeline: Timeline) -> list[TimedText]:
    """All words, at their times in the recording."""
    return [TimedText(one.start_ms, one.end_ms, one.text, one.speaker) for one in timeline.words]


def words_of_cut(timeline: Timeline) -> list[TimedText]:
    """The words that stay, moved to where the cut plays them; a word stays with the clip that its middle lies in."""
    rate = timeline.source.frame_rate
    starts = [_milliseconds(clip.start_frame, rate) for clip in timeline.clips]
    words: list[TimedText] = []
    for one in timeline.words:
        middle_ms = Fraction(one.start_ms + one.end_ms, 2)
        number = bisect_right(starts, middle_ms) - 1
        if number < 0:
            continue
        clip = timeline.clips[number]
        end_ms = _milliseconds(clip.end_frame, rate)
        if middle_ms >= end_ms:
            continue
        moved_ms = _milliseconds(clip.record_frame, rate) - starts[number]
        start = round(max(Fraction(one.start_ms), starts[number]) + moved_ms)
        end = max(start, round(min(Fraction(one.end_ms), end_ms) + moved_ms))
        words.append(TimedText(start, end, one.text, one.speaker))
    return words


def length_of_source_ms(timeline: Timeline) -> int:
    """How long the recording is, whose sound may go on after its picture."""
    frames_ms = round(_milliseconds(timeline.source.frames, timeline.source.frame_rate))
    return max([frames_ms, *(one.end_ms for one in timeline.words[-1:])])


def length_of_cut_ms(timeline: Timeline) -> int:
    """How long the cut is."""
    return round(_milliseconds(timeline.frames, timeline.source.frame_rate))


def _milliseconds(frames: int, rate: Fraction) -> Fraction:
    return frames * 1000 / rate
