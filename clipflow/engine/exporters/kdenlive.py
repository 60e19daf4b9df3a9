"""Kdenlive's project file, document version 1.04 (Kdenlive 20 to 22, which later ones convert).

Source: the files that Kdenlive 22.12 writes. Each track is a tractor of two playlists; picture and
sound of a clip lie on tracks of their own and are grouped. On a track only producers are clips:
Kdenlive 22 takes a chain there for a change of speed.
"""

import json
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from clipflow.engine.exporters.mlt import (
    NO_PICTURE,
    NO_SOUND,
    SOUND_ONLY_PICTURE,
    channels_of_project,
    check_profile,
    entries,
    last_frame,
    mix_element,
    profile_element,
    property_element,
    read_entries,
    recording_properties,
    sound_properties,
)
from clipflow.engine.exporters.mlt_profiles import stock_profile
from clipflow.engine.exporters.readback import Span, expect, spans_of_tracks
from clipflow.engine.exporters.text import xml_text
from clipflow.engine.media_info import MediaWarning
from clipflow.engine.timeline import Source, Timeline

_BIN_ID = 2
# How Kdenlive marks what it adds to a track by itself.
_ADDED_BY_THE_EDITOR = 237
_INTERNAL_MIX = property_element("kdenlive_id", "mix") + property_element("internal_added", _ADDED_BY_THE_EDITOR)


def caveats(source: Source) -> list[MediaWarning]:
    """What Kdenlive complains about when it opens the project."""
    if stock_profile(source.picture or SOUND_ONLY_PICTURE, source.frame_rate) or source.frame_rate.denominator == 1:
        return []
    return [
        MediaWarning(
            "NON_STANDARD_PROFILE",
            "Kdenlive may warn of a non standard frame rate when it opens the project, because it has no profile of "
            "this size and rate; the clips are right all the same.",
        )
    ]


def write(timeline: Timeline, out: IO[str]) -> None:
    """The recording in the project's bin, and its clips on a track for the picture and one for each audio track."""
    source = timeline.source
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(f'<mlt LC_NUMERIC="C" version="7.12.0" producer="main_bin" root="{xml_text(source.folder)}">\n')
    out.write(profile_element(source))
    out.write(_recording("bin", source, "", tag="chain"))
    out.write('  <playlist id="main_bin">\n')
    out.write(_document_properties(timeline))
    last = last_frame(source.frames + source.mlt_lead_frames)
    out.write(f'    <entry producer="bin" in="0" out="{last}"/>\n  </playlist>\n')
    out.write(_black(timeline))
    tracks = _tracks(source)
    for number, (is_sound, stream) in enumerate(tracks):
        out.write(_recording(f"producer{number}", source, _stream_properties(source, is_sound, stream)))
        out.write(f'  <playlist id="playlist{2 * number}">\n{_kind(is_sound)}')
        out.writelines(entries(timeline, f"producer{number}", f'<property name="kdenlive:id">{_BIN_ID}</property>'))
        out.write(f'  </playlist>\n  <playlist id="playlist{2 * number + 1}">\n{_kind(is_sound)}  </playlist>\n')
        out.write(_track_tractor(number, is_sound, timeline))
    out.write(f'  <tractor id="timeline" in="0" out="{last_frame(timeline.frames)}">\n')
    out.write('    <track producer="black_track"/>\n')
    out.writelines(f'    <track producer="track{number}"/>\n' for number in range(len(tracks)))
    for number, (is_sound, _) in enumerate(tracks, 1):
        out.write(mix_element(0, number, _INTERNAL_MIX) if is_sound else _composite(number))
    out.write("  </tractor>\n</mlt>\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the project says them; checks the frame rate, and that all tracks say the same and are grouped."""
    source = timeline.source
    root = ElementTree.fromstring(text)  # noqa: S314  our own text
    check_profile(root, source)
    playlists = {one.get("id"): read_entries(one, source) for one in root.iter("playlist")}
    tracks = _tracks(source)
    groups = root.findtext("playlist/property[@name='kdenlive:docproperties.groups']", "")
    expect(len(json.loads(groups)) == (len(timeline.clips) if len(tracks) > 1 else 0), "the groups")
    return spans_of_tracks([playlists[f"playlist{2 * number}"] for number in range(len(tracks))])


def _tracks(source: Source) -> list[tuple[bool, int]]:
    """Whether a track is one of sound, and the number of its stream; Kdenlive counts sound from below."""
    sounds = [(True, stream) for stream in reversed(range(len(source.sounds)))]
    return sounds if source.picture is None else [*sounds, (False, 0)]


def _document_properties(timeline: Timeline) -> str:
    source = timeline.source
    stock = stock_profile(source.picture or SOUND_ONLY_PICTURE, source.frame_rate)
    return "".join(
        property_element(name, value)
        for name, value in (
            *([("kdenlive:docproperties.profile", stock.name)] if stock else []),
            ("kdenlive:docproperties.audioChannels", channels_of_project(source)),
            ("kdenlive:docproperties.version", "1.04"),
            ("kdenlive:docproperties.kdenliveversion", "22.12.3"),
            ("kdenlive:docproperties.groups", json.dumps(list(_groups(timeline)), separators=(",", ":"))),
            ("kdenlive:docproperties.activeTrack", len(_tracks(timeline.source)) - 1),
            ("kdenlive:docproperties.position", 0),
            ("xml_retain", 1),
        )
    )


def _groups(timeline: Timeline) -> Iterator[dict[str, object]]:
    """Picture and sounds of each clip, by track and place in the cut."""
    tracks = range(len(_tracks(timeline.source)))
    if len(tracks) > 1:
        for clip in timeline.clips:
            leaves = [{"data": f"{track}:{clip.record_frame}", "leaf": "clip", "type": "Leaf"} for track in tracks]
            yield {"children": leaves, "type": "AVSplit"}


def _recording(identity: str, source: Source, more: str, tag: str = "producer") -> str:
    kind = 0 if source.picture is not None and source.sounds else 1 if source.sounds else 2
    return (
        f'  <{tag} id="{identity}" in="0" out="{last_frame(source.frames + source.mlt_lead_frames)}">\n'
        + recording_properties(source)
        + property_element("kdenlive:id", _BIN_ID)
        + property_element("kdenlive:clipname", source.name)
        + property_element("kdenlive:clip_type", kind)
        + property_element("kdenlive:folderid", -1)
        + more
        + f"  </{tag}>\n"
    )


def _stream_properties(source: Source, is_sound: bool, stream: int) -> str:
    """Of the recording, a track plays its picture or one of its sounds."""
    text = property_element("set.test_audio", int(not is_sound)) + property_element("set.test_image", int(is_sound))
    if is_sound:
        text += NO_PICTURE
        if len(source.sounds) > 1:
            text += sound_properties(source, stream)
    else:
        text += NO_SOUND
    return text


def _kind(is_sound: bool) -> str:
    return property_element("kdenlive:audio_track", 1) if is_sound else ""


def _track_tractor(number: int, is_sound: bool, timeline: Timeline) -> str:
    hidden = "video" if is_sound else "audio"
    tracks = "".join(f'    <track hide="{hidden}" producer="playlist{2 * number + part}"/>\n' for part in (0, 1))
    return (
        f'  <tractor id="track{number}" in="0" out="{last_frame(timeline.frames)}">\n{_kind(is_sound)}'
        + property_element("kdenlive:trackheight", 67)
        + property_element("kdenlive:timeline_active", 1)
        + property_element("kdenlive:collapsed", 0)
        + tracks
        + (_volume() if is_sound else "")
        + "  </tractor>\n"
    )


def _volume() -> str:
    """The gain that Kdenlive's mixer turns."""
    return (
        "    <filter>\n"
        + property_element("window", 75)
        + property_element("max_gain", "20dB")
        + property_element("mlt_service", "volume")
        + property_element("internal_added", _ADDED_BY_THE_EDITOR)
        + "    </filter>\n"
    )


def _black(timeline: Timeline) -> str:
    """What lies below all tracks."""
    last = last_frame(timeline.frames)
    return (
        f'  <producer id="black_track" in="0" out="{last}">\n'
        + property_element("length", 2_147_483_647)
        + property_element("eof", "continue")
        + property_element("resource", "black")
        + property_element("mlt_service", "color")
        + property_element("kdenlive:playlistid", "black_track")
        + property_element("mlt_image_format", "rgba")
        + property_element("set.test_audio", 0)
        + "  </producer>\n"
    )


def _composite(track: int) -> str:
    """Lays the picture over what is below."""
    return (
        "    <transition>\n"
        + property_element("a_track", 0)
        + property_element("b_track", track)
        + property_element("mlt_service", "qtblend")
        + property_element("always_active", 1)
        + property_element("compositing", 0)
        + property_element("internal_added", _ADDED_BY_THE_EDITOR)
        + "    </transition>\n"
    )
