"""FCPXML 1.10, for Final Cut Pro and Resolve.

Source: Apple, "FCPXML Reference" and its document type definition. All times are whole frames
written as rational seconds, because Final Cut Pro refuses what lies beside the frame grid even
where the definition allows it.
"""

import re
from typing import IO
from xml.etree import ElementTree

from clipflow.engine.exporters.media_paths import media_url
from clipflow.engine.exporters.readback import Span, expect, spans_of
from clipflow.engine.exporters.text import xml_text
from clipflow.engine.media_info import FieldOrder
from clipflow.engine.timebase import is_standard_frame_rate, rate_text
from clipflow.engine.timeline import Picture, Source, Timeline

_RATES = {32_000: "32k", 44_100: "44.1k", 48_000: "48k", 88_200: "88.2k", 96_000: "96k", 176_400: "176.4k",
          192_000: "192k"}  # fmt: skip
_SURROUND_CHANNELS = 6
_SOUND_ONLY_PICTURE = Picture(1920, 1080)
_FIELD_ORDERS = {
    FieldOrder.PROGRESSIVE: "progressive", FieldOrder.UPPER_FIRST: "upper first", FieldOrder.LOWER_FIRST: "lower first"
}  # fmt: skip
_WIDE_SPACES = {"arib-std-b67": "9-18-9 (Rec. 2020 HLG)", "smpte2084": "9-16-9 (Rec. 2020 PQ)"}
_SPACES = {
    "bt709": "1-1-1 (Rec. 709)", "bt470bg": "5-1-6 (Rec. 601 (PAL))", "smpte170m": "6-1-6 (Rec. 601 (NTSC))"
}  # fmt: skip
_TIME = re.compile(r"(\d+)/(\d+)s")


def unsuited(source: Source) -> str | None:
    """Why FCPXML cannot hold a cut of this recording."""
    if not is_standard_frame_rate(source.frame_rate):
        return (
            f"Final Cut Pro takes standard frame rates only, not {rate_text(source.frame_rate)}; convert the "
            "recording first, as the warning says, or choose OpenTimelineIO."
        )
    return None


def write(timeline: Timeline, out: IO[str]) -> None:
    """One clip of picture and sound after another on the primary storyline."""
    source = timeline.source
    name, title = xml_text(source.name), xml_text(timeline.title)
    count = "DF" if source.is_drop_frame else "NDF"
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.10">\n  <resources>\n')
    out.write(_format_element(source))
    out.write(_asset_element(source, name))
    out.write(
        f'  </resources>\n  <library>\n    <event name="ClipFlow">\n      <project name="{title}">\n'
        f'        <sequence format="r1" duration="{_time(timeline.frames, source)}" tcStart="{_time(0, source)}" '
        f'tcFormat="{count}"{_sequence_sound(source)}>\n          <spine>\n'
    )
    sounds = _sound_elements(source)
    for clip in timeline.clips:
        out.write(
            f'            <asset-clip ref="r2" offset="{_time(clip.record_frame, source)}" name="{name}" '
            f'start="{_time(source.start_frame + clip.start_frame, source)}" '
            f'duration="{_time(clip.frames, source)}"'
            + (f' format="r1" tcFormat="{count}"' if source.picture is not None else "")
            + (' audioRole="dialogue"' if source.sounds else "")
        )
        note = f"<note>{xml_text(clip.note)}</note>" if clip.note else ""
        out.write(f">{note}{sounds}</asset-clip>\n" if note or sounds else "/>\n")
    out.write("          </spine>\n        </sequence>\n      </project>\n    </event>\n  </library>\n</fcpxml>\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the file says them; checks that all times lie on the frame grid and the clips in their asset."""
    source = timeline.source
    root = ElementTree.fromstring(text)  # noqa: S314  our own text
    frame_duration = root.find("resources/format").get("frameDuration")  # type: ignore[union-attr]
    expect(frame_duration == f"{source.frame_rate.denominator}/{source.frame_rate.numerator}s", "the frame rate")
    asset = root.find("resources/asset")
    assert asset is not None
    start, length = (_frames(asset.get(name, ""), source) for name in ("start", "duration"))
    expect(start == source.start_frame, "the source timecode")
    found: list[tuple[int, int]] = []
    record = 0
    for clip in root.iter("asset-clip"):
        offset, clip_start, duration = (_frames(clip.get(name, ""), source) for name in ("offset", "start", "duration"))
        expect(offset == record, "a place in the cut")
        expect(start <= clip_start and clip_start + duration <= start + length, "a clip outside the recording")
        record += duration
        found.append((clip_start - start, clip_start - start + duration))
    return spans_of(found)


def _time(frames: int, source: Source) -> str:
    """Frames as rational seconds, the zero too: LosslessCut reads nothing else."""
    return f"{frames * source.frame_rate.denominator}/{source.frame_rate.numerator}s"


def _frames(time: str, source: Source) -> int:
    match = _TIME.fullmatch(time)
    expect(match is not None, "a time")
    assert match is not None
    frames, rest = divmod(int(match[1]), source.frame_rate.denominator)
    expect(rest == 0 and int(match[2]) == source.frame_rate.numerator, "a time beside the frame grid")
    return frames


def _format_element(source: Source) -> str:
    # Sound alone lies in a sequence with a picture of the usual size, as Final Cut Pro itself writes it.
    picture, rate = source.picture or _SOUND_ONLY_PICTURE, source.frame_rate
    aspect = picture.pixel_aspect
    fields = f' fieldOrder="{_FIELD_ORDERS[picture.field_order]}"' if picture.is_interlaced else ""
    pixels = "" if aspect == 1 else f' paspH="{aspect.numerator}" paspV="{aspect.denominator}"'
    space = _colour_space(picture)
    colour = f' colorSpace="{space}"' if space else ""
    return (
        f'    <format id="r1" frameDuration="{rate.denominator}/{rate.numerator}s"{fields} '
        f'width="{picture.width}" height="{picture.height}"{pixels}{colour}/>\n'
    )


def _colour_space(picture: Picture) -> str | None:
    """The colour by the numbers of ITU-T H.273, which is all that Final Cut Pro reads; None where none is known."""
    colour = picture.colour
    wide = colour.primaries == "bt2020"
    if wide and colour.transfer in _WIDE_SPACES:
        return _WIDE_SPACES[colour.transfer]
    if wide:
        return "9-1-9 (Rec. 2020)"
    return _SPACES.get(colour.primaries or colour.space or "")


def _asset_element(source: Source, name: str) -> str:
    sound = ""
    picture = ' hasVideo="1" format="r1" videoSources="1"' if source.picture is not None else ""
    if source.sounds:
        # Channels are counted for each source; where tracks differ, each channel is a source of its own.
        counts = {one.channels for one in source.sounds}
        sources, channels = (len(source.sounds), *counts) if len(counts) == 1 else (source.channels, 1)
        sound = f' hasAudio="1" audioSources="{sources}" audioChannels="{channels}" audioRate="{source.sample_rate}"'
    return (
        f'    <asset id="r2" name="{name}" start="{_time(source.start_frame, source)}" '
        f'duration="{_time(source.frames, source)}"{picture}{sound}>\n'
        f'      <media-rep kind="original-media" src="{xml_text(media_url(source))}"/>\n    </asset>\n'
    )


def _sequence_sound(source: Source) -> str:
    if not source.sounds:
        return ""
    channels = max(sound.channels for sound in source.sounds)
    layout = "surround" if channels >= _SURROUND_CHANNELS else "mono" if channels == 1 else "stereo"
    return f' audioLayout="{layout}" audioRate="{_RATES.get(source.sample_rate, "48k")}"'


def _sound_elements(source: Source) -> str:
    """Each of several audio tracks by its channels; one track is there by itself."""
    if len(source.sounds) < 2:  # noqa: PLR2004
        return ""
    elements, first = "", 1
    for number, sound in enumerate(source.sounds, 1):
        channels = ", ".join(str(channel) for channel in range(first, first + sound.channels))
        elements += f'<audio-channel-source srcCh="{channels}" role="dialogue.dialogue-{number}"/>'
        first += sound.channels
    return elements
