"""OpenTimelineIO, for Resolve, Premiere and Kdenlive; by OpenTimelineIO's own library."""

import json
from typing import IO, Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from clipflow.engine.exporters.media_paths import media_url
from clipflow.engine.exporters.readback import Span, expect, spans_of_tracks
from clipflow.engine.exporters.text import one_line
from clipflow.engine.timeline import Clip, Sound, Source, Timeline

_AUDIO_TYPES = {1: "Mono", 2: "Stereo"}


def write(timeline: Timeline, out: IO[str]) -> None:
    """One track for the picture and one for each audio track; what belongs together is linked for Resolve."""
    source = timeline.source
    result = otio.schema.Timeline(name=one_line(timeline.title))
    result.global_start_time = _moment(timeline.record_start_frame, source)
    kinds = [("V1", otio.schema.TrackKind.Video)] if source.picture is not None else []
    kinds += [(f"A{number}", otio.schema.TrackKind.Audio) for number in range(1, len(source.sounds) + 1)]
    result.tracks.extend([otio.schema.Track(name=name, kind=kind) for name, kind in kinds])
    values = _plain(result)
    # The library makes one clip, and the others differ from it in their place only: it takes a second for thousands.
    pattern = _plain(_clip(source))
    streams: list[int | None] = [None] if source.picture is not None else []
    streams += range(len(source.sounds))
    for track, stream in zip(values["tracks"]["children"], streams, strict=True):
        track["children"] = [
            _placed(pattern, number, clip, source, stream) for number, clip in enumerate(timeline.clips, 1)
        ]
        if stream is not None:
            track["metadata"] = _track_metadata(source.sounds[stream])
    # Without line breaks it is a third as long.
    out.write(json.dumps(values, separators=(",", ":")) + "\n")


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the file says them; checks that every track says the same and the clips lie in the recording."""
    source = timeline.source
    found = json.loads(text)
    listed = found["tracks"]["children"]
    tracks = [[_read_clip(clip, source) for clip in track["children"]] for track in listed]
    expect(len(tracks) == len(source.sounds) + (source.picture is not None), "the number of tracks")
    for stream, track in enumerate(listed[-len(source.sounds) :] if source.sounds else ()):
        said = [clip["metadata"]["Resolve_OTIO"]["Channels"][0]["Source Track ID"] for clip in track["children"]]
        expect(set(said) <= {stream}, "the audio track of a clip")
    return spans_of_tracks(tracks)


def _read_clip(clip: dict[str, Any], source: Source) -> tuple[int, int]:
    start, duration = clip["source_range"]["start_time"], clip["source_range"]["duration"]
    expect(start["rate"] == duration["rate"] == float(source.frame_rate), "a frame rate")
    first = round(start["value"]) - source.start_frame
    last = first + round(duration["value"])
    expect(first >= 0 and last <= source.frames, "a clip outside the recording")
    return first, last


def _moment(frame: int, source: Source) -> RationalTime:
    return RationalTime(frame, float(source.frame_rate))


def _stretch(start: int, frames: int, source: Source) -> TimeRange:
    return TimeRange(_moment(start, source), _moment(frames, source))


def _plain(thing: otio.core.SerializableObject) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(otio.adapters.write_to_string(thing, "otio_json"))
    return values


def _clip(source: Source) -> otio.schema.Clip:
    return otio.schema.Clip(
        name=one_line(source.name),
        media_reference=otio.schema.ExternalReference(
            target_url=media_url(source),
            available_range=_stretch(source.start_frame, source.frames, source),
        ),
        source_range=_stretch(source.start_frame, 1, source),
    )


def _track_metadata(sound: Sound) -> dict[str, Any]:
    """What kind of audio track it is, as Resolve and Premiere note it (in files that they write)."""
    resolve: dict[str, Any] = {"Locked": False}
    premiere: dict[str, Any] = {"NumberOfChannels": sound.channels}
    if sound.channels in _AUDIO_TYPES:
        resolve["Audio Type"] = premiere["ChannelType"] = _AUDIO_TYPES[sound.channels]
    return {"Resolve_OTIO": resolve, "PremierePro_OTIO": {"AudioChannels": premiere}}


def _placed(pattern: dict[str, Any], number: int, clip: Clip, source: Source, stream: int | None) -> dict[str, Any]:
    place = pattern["source_range"]
    resolve: dict[str, object] = {"Link Group ID": number}
    if stream is not None:
        # Both numbers count from 0: the stream among those of sound, and the channel within it.
        channels = range(source.sounds[stream].channels)
        resolve["Channels"] = [{"Source Channel ID": channel, "Source Track ID": stream} for channel in channels]
    metadata: dict[str, object] = {"Resolve_OTIO": resolve, "PremierePro_OTIO": {"LinkID": str(number)}}
    if clip.note:
        metadata["clipflow"] = {"note": one_line(clip.note)}
    return {
        **pattern,
        "metadata": metadata,
        "source_range": {
            **place,
            "start_time": {**place["start_time"], "value": float(source.start_frame + clip.start_frame)},
            "duration": {**place["duration"], "value": float(clip.frames)},
        },
    }
