"""Everything that a program may want to know of a cut, as JSON of our own."""

import json
from typing import IO, Any

from clipflow.engine.exporters.media_paths import media_path
from clipflow.engine.exporters.readback import Span, expect, spans_of
from clipflow.engine.exporters.text import seconds_text
from clipflow.engine.timebase import exact_rate_text
from clipflow.engine.timeline import Clip, Source, Timeline

VERSION = 1


def write(timeline: Timeline, out: IO[str]) -> None:
    """The recording and its clips: frames, seconds and timecode in the recording, frames in the cut."""
    source = timeline.source
    head = {
        "format": "clipflow-cut-list",
        "version": VERSION,
        "title": timeline.title,
        "source": _source_values(source),
        "frames": timeline.frames,
        "warnings": [{"code": one.code, "message": one.message} for one in timeline.warnings],
    }
    clips = ",\n".join(f"    {json.dumps(_clip_values(clip, source))}" for clip in timeline.clips)
    text = json.dumps(head, indent=2)
    out.write(f'{text[:-2]},\n  "clips": [\n{clips}\n  ]\n}}\n')


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the file says them."""
    found = json.loads(text)
    expect(found["frames"] == sum(one["end_frame"] - one["start_frame"] for one in found["clips"]), "the length")
    return spans_of((one["start_frame"], one["end_frame"]) for one in found["clips"])


def _source_values(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "path": media_path(source),
        "frame_rate": exact_rate_text(source.frame_rate),
        "has_variable_frame_rate": source.has_variable_frame_rate,
        "frames": source.frames,
        "start_timecode": source.timecode_at(0),
        "is_drop_frame": source.is_drop_frame,
        "width": source.picture.width if source.picture else None,
        "height": source.picture.height if source.picture else None,
        "audio_tracks": [{"channels": one.channels, "sample_rate": one.sample_rate} for one in source.sounds],
    }


def _clip_values(clip: Clip, source: Source) -> dict[str, Any]:
    return {
        "start_frame": clip.start_frame,
        "end_frame": clip.end_frame,
        "start_s": seconds_text(clip.start_frame / source.frame_rate),
        "end_s": seconds_text(clip.end_frame / source.frame_rate),
        "start_timecode": source.timecode_at(clip.start_frame),
        "end_timecode": source.timecode_at(clip.end_frame),
        "record_frame": clip.record_frame,
        "note": clip.note or None,
    }
