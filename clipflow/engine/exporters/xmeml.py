"""Final Cut Pro 7 XML (xmeml version 5), for Premiere and Resolve.

Source: Apple, "Final Cut Pro XML Interchange Format". A clip is one item on the video track and one
for each audio channel, linked with each other; times count from the start of the recording, not
from its timecode.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import IO, NamedTuple

from clipflow.engine.exporters.media_paths import media_url
from clipflow.engine.exporters.readback import Span, expect, spans_of_tracks
from clipflow.engine.exporters.text import xml_text
from clipflow.engine.media_info import FieldOrder
from clipflow.engine.timebase import counted_rate, has_timecode, is_ntsc_rate, rate_text, timecode_at
from clipflow.engine.timeline import Picture, Source, Timeline

_FILE = '<file id="source-file"/>'
_DOMINANCE = {FieldOrder.PROGRESSIVE: "none", FieldOrder.UPPER_FIRST: "upper", FieldOrder.LOWER_FIRST: "lower"}
# Names and sizes as Premiere and Final Cut Pro 7 write them.
_HIGH_DEFINITION = {(960, 720), (1440, 1080), (1280, 1080)}
_STANDARD_DEFINITION_WIDTHS = range(700, 730)
_STANDARD_DEFINITION = {480: "NTSC-601", 486: "NTSC-601", 576: "PAL-601"}
_ANAMORPHIC_ABOVE = {480: Fraction(1), 486: Fraction(1), 576: Fraction(5, 4)}
_TRACK_TYPES = {
    1: ' currentExplodedTrackIndex="{index}" totalExplodedTrackCount="1" premiereTrackType="Mono"',
    2: ' currentExplodedTrackIndex="{index}" totalExplodedTrackCount="2" premiereTrackType="Stereo"',
}
_CHANNEL_TYPES = {1: "mono", 2: "stereo"}
_ITEM = re.compile(
    r'<clipitem id="clip-(\d+)-(\w+)"(?: premiereChannelType="\w+")?>.*?</duration>(<rate>.*?</rate>)'
    r"<start>(\d+)</start><end>(\d+)</end>"
    r"<in>(\d+)</in><out>(\d+)</out>(.*)</clipitem>"
)


class _Track(NamedTuple):
    """A track by the suffix of its items' ids, its kind, and its number among those of its kind."""

    suffix: str
    kind: str
    number: int


def unsuited(source: Source) -> str | None:
    """Why xmeml cannot hold a cut of this recording."""
    if source.frame_rate.denominator == 1 or is_ntsc_rate(source.frame_rate):
        return None
    return (
        f"xmeml takes whole and NTSC frame rates only, not {rate_text(source.frame_rate)}; convert the recording "
        "first or choose OpenTimelineIO."
    )


def write(timeline: Timeline, out: IO[str]) -> None:
    """A sequence with its clips as linked items."""
    source, rate = timeline.source, _rate_element(timeline.source)
    out.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">\n<sequence id="sequence-1">\n'
        f"<name>{xml_text(timeline.title)}</name>\n<duration>{timeline.frames}</duration>\n{rate}\n"
        f"{_timecode_element(source, timeline.record_start_frame)}<media>\n"
    )
    tracks = _tracks(source)
    for track in tracks:
        is_first_sound = track.kind == "audio" and track.number == 1
        if track.kind == "video":
            size = f"<samplecharacteristics>{rate}{_size(source)}</samplecharacteristics>"
            out.write(f"<video>\n<format>{size}</format>\n")
        elif is_first_sound:
            out.write(_sound_head(source))
        _write_track(timeline, track, tracks, out)
        if track.kind == "video":
            out.write("</video>\n")
    out.write("</audio>\n" if source.sounds else "")
    out.write("</media>\n</sequence>\n</xmeml>\n")


def _write_track(timeline: Timeline, track: "_Track", tracks: Sequence["_Track"], out: IO[str]) -> None:
    source = timeline.source
    out.write(f"<track{_channel_of_pair(source, track)}>\n")
    pattern = _item_pattern(source, track, tracks)
    # The recording is described where it is first used.
    file = f'<file id="source-file">{_file_body(source)}</file>' if track is tracks[0] else _FILE
    for number, clip in enumerate(timeline.clips, 1):
        out.write(pattern.format(number=number, clip=clip, file=file))
        file = _FILE
    out.write("<enabled>TRUE</enabled><locked>FALSE</locked>\n")
    if track.kind == "audio":
        out.write(f"<outputchannelindex>{_output_channel(source, track.number)}</outputchannelindex>\n")
    out.write("</track>\n")


def _channel_of_pair(source: Source, track: "_Track") -> str:
    """How Premiere is told that two tracks are the sides of a stereo track, or one is mono."""
    if track.kind != "audio":
        return ""
    channel = track.number
    for sound in source.sounds:
        if channel <= sound.channels:
            kind = _TRACK_TYPES.get(sound.channels)
            return kind.format(index=channel - 1) if kind else ""
        channel -= sound.channels
    return ""


def _channel_type(source: Source, number: int) -> str:
    for sound in source.sounds:
        if number <= sound.channels:
            kind = _CHANNEL_TYPES.get(sound.channels)
            return f' premiereChannelType="{kind}"' if kind else ""
        number -= sound.channels
    return ""


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the file says them; checks that every track says the same and that items lead to each other.

    Item by item, because the tree of a file with thousands of clips and six channels takes hundreds of megabytes.
    """
    source = timeline.source
    tracks = _tracks(source)
    links = _links_pattern(tracks)
    found: dict[str, list[tuple[int, int]]] = {track.suffix: [] for track in tracks}
    for item in _ITEM.finditer(text):
        number, suffix, rate, start, end, first, last, rest = item.groups()
        spans = found[suffix]
        expect(rate == _rate_element(source), "a frame rate")
        expect(int(number) == len(spans) + 1 <= len(timeline.clips), "the number of an item")
        expect(int(end) - int(start) == int(last) - int(first), "a length")
        expect(rest.endswith(f">{links.format(number=number)}"), "the links of an item")
        expect(int(start) == timeline.clips[len(spans)].record_frame, "a place in the cut")
        spans.append((int(first), int(last)))
    return spans_of_tracks(list(found.values()))


def _rate_element(source: Source) -> str:
    ntsc = "TRUE" if is_ntsc_rate(source.frame_rate) else "FALSE"
    return f"<rate><timebase>{counted_rate(source.frame_rate)}</timebase><ntsc>{ntsc}</ntsc></rate>"


def _timecode_element(source: Source, frame: int) -> str:
    if not has_timecode(source.frame_rate):
        return ""
    text = timecode_at(frame, source.frame_rate, source.is_drop_frame)
    count = "DF" if source.is_drop_frame else "NDF"
    return (
        f"<timecode>{_rate_element(source)}<string>{text}</string><frame>{frame}</frame>"
        f"<displayformat>{count}</displayformat></timecode>\n"
    )


def _size(source: Source) -> str:
    assert source.picture is not None
    picture = source.picture
    pixels, is_anamorphic = _pixels(picture)
    return (
        f"<width>{picture.width}</width><height>{picture.height}</height>"
        f"<anamorphic>{'TRUE' if is_anamorphic else 'FALSE'}</anamorphic>"
        f"<pixelaspectratio>{pixels}</pixelaspectratio><fielddominance>{_DOMINANCE[picture.field_order]}</fielddominance>"
    )


def _pixels(picture: Picture) -> tuple[str, bool]:
    """The name of the shape of pixels, and whether the picture is squeezed to half as wide again."""
    if picture.pixel_aspect == 1:
        return "square", False
    if (picture.width, picture.height) in _HIGH_DEFINITION:
        return f"HD-({picture.width}x{picture.height})", False
    if picture.width not in _STANDARD_DEFINITION_WIDTHS or picture.height not in _STANDARD_DEFINITION:
        # No name stands for another shape; editors read it from the file.
        return "square", False
    return _STANDARD_DEFINITION[picture.height], picture.pixel_aspect > _ANAMORPHIC_ABOVE[picture.height]


def _tracks(source: Source) -> list[_Track]:
    """One for the picture and one for each audio channel."""
    picture = [_Track("v", "video", 1)] if source.picture is not None else []
    return picture + [_Track(f"a{channel}", "audio", channel) for channel in range(1, source.channels + 1)]


def _item_pattern(source: Source, track: _Track, tracks: Sequence[_Track]) -> str:
    """What all items of a track have in common, with places for what differs."""
    origin = ""
    if track.kind == "audio":
        origin = f"<sourcetrack><mediatype>audio</mediatype><trackindex>{track.number}</trackindex></sourcetrack>"
    links = _links_pattern(tracks)
    kind = _channel_type(source, track.number) if track.kind == "audio" else ""
    return (
        f'<clipitem id="clip-{{number}}-{track.suffix}"{kind}><masterclipid>source</masterclipid>'
        f"<name>{_braces(xml_text(source.name))}</name><enabled>TRUE</enabled>"
        f"<duration>{source.frames}</duration>{_rate_element(source)}"
        "<start>{clip.record_frame}</start><end>{clip.record_end_frame}</end>"
        f"<in>{{clip.start_frame}}</in><out>{{clip.end_frame}}</out>{{file}}{origin}{links}</clipitem>\n"
    )


def _links_pattern(tracks: Sequence[_Track]) -> str:
    """What an item says of all that belong together with it, itself included."""
    if len(tracks) == 1:
        return ""
    return "".join(
        f"<link><linkclipref>clip-{{number}}-{track.suffix}</linkclipref><mediatype>{track.kind}</mediatype>"
        f"<trackindex>{track.number}</trackindex><clipindex>{{number}}</clipindex>"
        + ("<groupindex>1</groupindex></link>" if track.kind == "audio" else "</link>")
        for track in tracks
    )


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _file_body(source: Source) -> str:
    """The recording, described where it is first used; its tracks and channels as in the file."""
    picture = (
        f"<video><samplecharacteristics>{_rate_element(source)}{_size(source)}</samplecharacteristics></video>"
        if source.picture is not None
        else ""
    )
    sounds = "".join(
        f"<audio><samplecharacteristics><depth>16</depth><samplerate>{sound.sample_rate}</samplerate>"
        f"</samplecharacteristics><channelcount>{sound.channels}</channelcount></audio>"
        for sound in source.sounds
    )
    return (
        f"<name>{xml_text(source.name)}</name><pathurl>{xml_text(media_url(source, 'localhost'))}</pathurl>"
        f"{_rate_element(source)}<duration>{source.frames}</duration>"
        f"{_timecode_element(source, source.start_frame).strip()}<media>{picture}{sounds}</media>"
    )


def _output_channel(source: Source, channel: int) -> int:
    """Channels of a second track go to the same outputs as those of the first."""
    for sound in source.sounds:
        if channel <= sound.channels:
            return channel
        channel -= sound.channels
    return channel


def _sound_head(source: Source) -> str:
    outputs = max(sound.channels for sound in source.sounds)
    groups = "".join(
        f"<group><index>{number}</index><numchannels>1</numchannels><downmix>0</downmix>"
        f"<channel><index>{number}</index></channel></group>"
        for number in range(1, outputs + 1)
    )
    return (
        f"<audio>\n<numOutputChannels>{outputs}</numOutputChannels>\n<format><samplecharacteristics><depth>16</depth>"
        f"<samplerate>{source.sample_rate}</samplerate></samplecharacteristics></format>\n"
        f"<outputs>{groups}</outputs>\n"
    )
