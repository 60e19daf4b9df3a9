"""MLT XML, for Shotcut and melt. Source: MLT, "MLT XML" document type definition; what Shotcut itself writes.

All clips play one shared chain for each audio track: a chain of its own for each clip would open the
recording once for each. Below all tracks lies a black one, which Shotcut makes as long as the timeline;
without it, it would stretch the first clip.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import IO
from xml.etree import ElementTree

from clipflow.engine.exporters.media_paths import media_path
from clipflow.engine.exporters.mlt_profiles import colour_space, describe_profile
from clipflow.engine.exporters.readback import Span, expect, spans_of_tracks
from clipflow.engine.exporters.text import xml_text
from clipflow.engine.timeline import Picture, Source, Timeline

# A profile has a picture even where the recording has none.
SOUND_ONLY_PICTURE = Picture(1920, 1080)


def write(timeline: Timeline, out: IO[str]) -> None:
    """A black background, a track for picture and first sound, and one for each further audio track."""
    source = timeline.source
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(f'<mlt LC_NUMERIC="C" version="7.0.0" title="{xml_text(timeline.title)}" producer="main">\n')
    out.write(profile_element(source))
    last = last_frame(timeline.frames)
    out.write(_background(last))
    tracks = range(max(1, len(source.sounds)))
    for track in tracks:
        out.write(_chain(source, track))
        out.write(f'  <playlist id="playlist{track}">\n{_track_properties(source, track)}')
        out.writelines(entries(timeline, f"chain{track}"))
        out.write("  </playlist>\n")
    out.write(f'  <tractor id="main" in="0" out="{last}">\n{property_element("shotcut", 1)}')
    out.write(property_element("shotcut:projectAudioChannels", channels_of_project(source)))
    out.write('    <track producer="background"/>\n')
    for track in tracks:
        hidden = ' hide="video"' if track or source.picture is None else ""
        out.write(f'    <track producer="playlist{track}"{hidden}/>\n')
    for track in tracks:
        out.write(mix_element(0, track + 1))
    out.write("  </tractor>\n</mlt>\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the file says them; checks the frame rate and that every track says the same."""
    root = ElementTree.fromstring(text)  # noqa: S314  our own text
    check_profile(root, timeline.source)
    playlists = [read_entries(one, timeline.source) for one in root.iter("playlist") if one.get("id") != "background"]
    expect(len(playlists) == max(1, len(timeline.source.sounds)), "the number of tracks")
    return spans_of_tracks(playlists)


def profile_element(source: Source) -> str:
    """Size and frame rate of the project."""
    picture, rate = source.picture or SOUND_ONLY_PICTURE, source.frame_rate
    pixel = picture.pixel_aspect
    display = pixel * Fraction(picture.width, max(1, picture.height))
    return (
        f'  <profile description="{xml_text(describe_profile(picture, rate))}" width="{picture.width}" '
        f'height="{picture.height}" progressive="{int(not picture.is_interlaced)}" '
        f'sample_aspect_num="{pixel.numerator}" sample_aspect_den="{pixel.denominator}" '
        f'display_aspect_num="{display.numerator}" display_aspect_den="{display.denominator}" '
        f'frame_rate_num="{rate.numerator}" '
        f'frame_rate_den="{rate.denominator}" colorspace="{colour_space(picture)}"/>\n'
    )


def channels_of_project(source: Source) -> int:
    """How many channels the project plays: as many as the widest audio track, two at least."""
    return max([2, *(one.channels for one in source.sounds)])


def _background(last: int) -> str:
    """What lies below all tracks; Shotcut knows it by these names."""
    return (
        f'  <producer id="black" in="0" out="{last}">\n'
        + property_element("length", last + 1)
        + property_element("eof", "pause")
        + property_element("resource", 0)
        + property_element("aspect_ratio", 1)
        + property_element("mlt_service", "color")
        + property_element("mlt_image_format", "rgba")
        + property_element("set.test_audio", 0)
        + f'  </producer>\n  <playlist id="background">\n    <entry producer="black" in="0" out="{last}"/>\n'
        + "  </playlist>\n"
    )


def last_frame(frames: int) -> int:
    """The number of the last of so many frames, as MLT says where something ends; nothing has one frame too."""
    return max(0, frames - 1)


def check_profile(root: ElementTree.Element, source: Source) -> None:
    """Raise unless a file has the source's frame rate."""
    profile = root.find("profile")
    assert profile is not None
    written = (profile.get("frame_rate_num"), profile.get("frame_rate_den"))
    expect(written == (str(source.frame_rate.numerator), str(source.frame_rate.denominator)), "the frame rate")


def property_element(name: str, value: object) -> str:
    """One property of an MLT service."""
    return f'    <property name="{name}">{xml_text(str(value))}</property>\n'


NO_PICTURE = property_element("video_index", -1) + property_element("vstream", -1)
NO_SOUND = property_element("audio_index", -1) + property_element("astream", -1)


def recording_properties(source: Source) -> str:
    """What opens the recording."""
    return (
        property_element("length", source.frames + source.mlt_lead_frames)
        + property_element("eof", "pause")
        + property_element("resource", media_path(source))
        + property_element("mlt_service", "avformat-novalidate")
        + property_element("seekable", 1)
    )


def sound_properties(source: Source, track: int) -> str:
    """Which audio track is played: by its number among all streams, and for newer versions among those of sound."""
    return property_element("audio_index", source.sounds[track].stream) + property_element("astream", track)


def entries(timeline: Timeline, producer: str, content: str = "") -> Iterator[str]:
    """The clips of one track, one after another."""
    lead = timeline.source.mlt_lead_frames
    for clip in timeline.clips:
        edges = f'in="{clip.start_frame + lead}" out="{clip.end_frame + lead - 1}"'
        yield f'    <entry producer="{producer}" {edges}' + (f">{content}</entry>\n" if content else "/>\n")


def read_entries(playlist: ElementTree.Element, source: Source) -> list[tuple[int, int]]:
    """First frame and the one after the last of each clip of a track."""
    lead = source.mlt_lead_frames
    return [(int(one.get("in", "")) - lead, int(one.get("out", "")) + 1 - lead) for one in playlist.iterfind("entry")]


def mix_element(below: int, above: int, more: str = "") -> str:
    """Adds the sound of one track to that of another; ``more`` are further properties."""
    return (
        "    <transition>\n"
        + property_element("a_track", below)
        + property_element("b_track", above)
        + property_element("mlt_service", "mix")
        + property_element("always_active", 1)
        + property_element("sum", 1)
        + more
        + "    </transition>\n"
    )


def _chain(source: Source, track: int) -> str:
    last = last_frame(source.frames + source.mlt_lead_frames)
    text = f'  <chain id="chain{track}" out="{last}">\n{recording_properties(source)}'
    if len(source.sounds) > 1:
        text += sound_properties(source, track)
    if track:
        text += NO_PICTURE
    return text + property_element("shotcut:caption", source.name) + "  </chain>\n"


def _track_properties(source: Source, track: int) -> str:
    if track == 0 and source.picture is not None:
        return property_element("shotcut:video", 1) + property_element("shotcut:name", "V1")
    number = track if source.picture is not None else track + 1
    return property_element("shotcut:audio", 1) + property_element("shotcut:name", f"A{number}")
