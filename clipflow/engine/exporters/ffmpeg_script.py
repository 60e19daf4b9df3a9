"""A filter script with which ffmpeg itself makes the cut, exact to the frame. Source: ffmpeg-filters.

The picture is first put on the grid of its frame rate, the sound on one of about a millisecond;
then each frame or block is kept or not by a question that is answered by halving, so that
thousands of clips cost little more than a few. Each clip's sound is as long as its picture: its
end is counted from where the cut has got to, so that nothing adds up.
"""

import itertools
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import IO

from clipflow.engine.exporters.media_paths import media_path
from clipflow.engine.exporters.readback import Span, expect, spans_of
from clipflow.engine.text import shell_quoted
from clipflow.engine.timebase import exact_rate_text
from clipflow.engine.timeline import Sound, Source, Timeline

_BLOCKS_A_SECOND = 1000
_QUESTION = re.compile(r"lt\(n,(\d+)\)")


def write(timeline: Timeline, out: IO[str]) -> None:
    """One chain of filters for the picture and one for each audio track."""
    source, rate = timeline.source, timeline.source.frame_rate
    chains: list[str] = []
    if source.picture is not None:
        edges = [edge for clip in timeline.clips for edge in (clip.start_frame, clip.end_frame)]
        chains.append(
            f"[0:v:0]fps=fps={exact_rate_text(rate)}:start_time={float(source.lead_in)!r},\n"
            f"select='{_question(edges)}',\nsetpts=N*{rate.denominator}/{rate.numerator}/TB[v]"
        )
    for number, sound in _decodable(source):
        block = _block_samples(sound.sample_rate)
        question = _question(_block_edges(timeline, sound.sample_rate))
        chains.append(
            f"[0:a:{number}]aresample={sound.sample_rate}:async=1:min_hard_comp=0.02:first_pts=0,\n"
            f"asetnsamples=n={block}:p=0,\naselect='{question}',\nasetpts=N/SR/TB[a{number}]"
        )
    out.write(";\n".join(chains) + "\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips that the script keeps, from the questions for the picture or, without one, for the sound."""
    chains = text.split(";\n")
    source = timeline.source
    expect(len(chains) == len(_decodable(source)) + (source.picture is not None), "the number of streams")
    edges = sorted({int(one) for one in _QUESTION.findall(chains[0])})
    if source.picture is not None:
        return spans_of(zip(edges[0::2], edges[1::2], strict=True))
    sample_rate = source.sample_rate
    frames_a_block = Fraction(_block_samples(sample_rate), sample_rate) * source.frame_rate
    moments = [edge * frames_a_block - source.lead_in * source.frame_rate for edge in edges]
    return [Span(start, end) for start, end in zip(moments[0::2], moments[1::2], strict=True)]


def command(timeline: Timeline, script_name: str) -> str:
    """The one command that uses the script; ffmpeg before 7 calls the option ``-filter_complex_script``."""
    source = timeline.source
    picture = "-map '[v]' -c:v libx264 -crf 18 " if source.picture is not None else ""
    sounds = "".join(f"-map '[a{number}]' " for number, _ in _decodable(source))
    codec = "-c:a aac -b:a 192k " if sounds else ""
    ending = "mp4" if source.picture is not None else "m4a"
    result = shell_quoted(f"{timeline.title}-cut.{ending}")
    return (
        f"ffmpeg -i {shell_quoted(media_path(source))} -/filter_complex {shell_quoted(script_name)} "
        f"{picture}{sounds}{codec}{result}"
    )


def _decodable(source: Source) -> list[tuple[int, Sound]]:
    """The audio tracks that ffmpeg can decode, by their numbers; one that it cannot would stop the whole command."""
    return [(number, sound) for number, sound in enumerate(source.sounds) if sound.is_decodable]


def _block_samples(sample_rate: int) -> int:
    return max(1, sample_rate // _BLOCKS_A_SECOND)


def _block_edges(timeline: Timeline, sample_rate: int) -> list[int]:
    """First block of each clip and the one after its last."""
    source = timeline.source
    blocks_a_second = Fraction(sample_rate, _block_samples(sample_rate))
    if source.picture is None:
        return _edges_of_sound(timeline, blocks_a_second)
    rate, edges = source.frame_rate, list[int]()
    for clip in timeline.clips:
        start = round((clip.start_frame / rate + source.lead_in) * blocks_a_second)
        # As long as the picture of the cut has become with this clip, so that the two stay in step.
        before, after = (round(frame / rate * blocks_a_second) for frame in (clip.record_frame, clip.record_end_frame))
        # At very high rates two clips may come so near to each other that rounding makes them overlap.
        start = max(start, edges[-1] if edges else 0)
        edges += [start, start + after - before]
    return edges


def _edges_of_sound(timeline: Timeline, blocks_a_second: Fraction) -> list[int]:
    """Edges of sound alone: none further than half a frame away, and the lengths do not add up an error.

    Of the two blocks beside each edge, those are taken that bring the cut back to where it should have got to.
    """
    rate, edges = timeline.source.frame_rate, list[int]()
    blocks_a_frame = blocks_a_second / rate
    length = 0
    for clip in timeline.clips:
        starts = _nearby_blocks(clip.start_frame, clip.start_ms, timeline.source, blocks_a_second)
        ends = _nearby_blocks(clip.end_frame, clip.end_ms, timeline.source, blocks_a_second)
        due = clip.record_end_frame * blocks_a_frame - length
        start, end = min(itertools.product(starts, ends), key=lambda one: abs(one[1] - one[0] - due))
        length += end - start
        edges += [start, end]
    return edges


def _nearby_blocks(frame: int, wanted_ms: int, source: Source, blocks_a_second: Fraction) -> list[int]:
    """The blocks before and after an edge that are not further than half a frame from where it was wanted."""
    at = (frame / source.frame_rate + source.lead_in) * blocks_a_second
    wanted = (min(Fraction(wanted_ms, 1000), source.frames / source.frame_rate) + source.lead_in) * blocks_a_second
    half_a_frame = blocks_a_second / source.frame_rate / 2
    # Towards it there is always one.
    return [block for block in {math.floor(at), math.ceil(at)} if abs(block - wanted) <= half_a_frame] or [round(at)]


def _question(edges: Sequence[int]) -> str:
    """1 between the first edge and the second, the third and the fourth and so on, otherwise 0; by halving."""
    if not edges:
        return "0"

    def ask(first: int, last: int) -> str:
        """The answer somewhere between the edges of these numbers, the ends not included."""
        if last - first == 1:
            return str(last % 2)
        middle = (first + last) // 2
        return f"if(lt(n,{edges[middle]}),{ask(first, middle)},{ask(middle, last)})"

    return ask(-1, len(edges))
