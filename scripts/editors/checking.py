"""What was meant, against what an editor saved and what MLT renders of that."""

import subprocess
from pathlib import Path

import numpy as np

from clipflow.engine import FORMATS, Timeline, build_timeline, export, probe
from clipflow.engine.segments import Action
from scripts.editors.driving import Editor, open_and_save
from scripts.editors.saved_project import SavedClip, SavedProject, read_project
from scripts.editors.screen import Screen
from scripts.editors.sources import BITS, BLOCK, HEIGHT, KEPT_MS, WIDTH, EditorSource

# What Kdenlive says of a rate for which it has no profile is told in the report of the export.
_KNOWN_DIALOGS = ("Error — Kdenlive",)
_RENDERING_S = 90


class _Kept:
    """A stretch that stays."""

    def __init__(self, start_ms: int, end_ms: int) -> None:
        self.start_ms, self.end_ms, self.action = start_ms, end_ms, Action.KEEP


def timeline_of(recording: Path) -> Timeline:
    """The cut of a recording of the list of sources."""
    kept = [_Kept(*one) for one in KEPT_MS]
    return build_timeline(kept, probe(recording), recording.name, folder=str(recording.parent))


def check(editor: Editor, source: EditorSource, folder: Path, home: Path, screen: Screen) -> list[str]:
    """What is wrong when the editor opens the list of a recording; nothing, if all is well."""
    recording = source.make(folder)
    timeline = timeline_of(recording)
    stem = "".join(one if one.isascii() and one.isalnum() else "-" for one in recording.stem)
    project = folder / f"{stem}-cut.{FORMATS[editor.format].extension}"
    with project.open("w+b") as out:
        export(timeline, FORMATS[editor.format], out)
    saved = folder / f"{stem}-{editor.name}.{FORMATS[editor.format].extension}"
    visit = open_and_save(editor, project, saved, home, screen)
    faults = [f"asked: {one}" for one in visit.dialogs if one not in _KNOWN_DIALOGS]
    faults += [visit.trouble] if visit.trouble else []
    if not saved.exists():
        return [*faults, "nothing was saved"]
    found = read_project(saved)
    return [*faults, *_differences(timeline, found), *_rendering_faults(timeline, source, saved)]


def _differences(timeline: Timeline, found: SavedProject) -> list[str]:
    source = timeline.source
    lead = source.mlt_lead_frames
    wanted = tuple(
        SavedClip(clip.record_frame, clip.start_frame + lead, clip.end_frame + lead - 1) for clip in timeline.clips
    )
    faults = [f"clips {track.clips} instead of {wanted}" for track in found.tracks if track.clips != wanted]
    tracks = sum(track.is_sound for track in found.tracks), len(found.tracks)
    faults += [] if found.frame_rate == source.frame_rate else [f"rate {found.frame_rate}"]
    faults += ["a clip became a change of speed"] if any(track.is_remapped for track in found.tracks) else []
    least = max(1, len(source.sounds))
    faults += [] if tracks[1] >= least else [f"{tracks[1]} tracks"]
    if source.picture is not None:
        size = (source.picture.width, source.picture.height)
        faults += [] if found.size == size else [f"size {found.size}"]
        faults += [] if found.is_progressive is not source.picture.is_interlaced else ["interlacing"]
        faults += [] if found.pixel_aspect == source.picture.pixel_aspect else [f"pixels {found.pixel_aspect}"]
    widest = max([2, *(sound.channels for sound in source.sounds)])
    faults += [] if found.channels == widest else [f"{found.channels} channels"]
    if found.groups and source.picture is not None:
        faults += [] if found.groups == len(timeline.clips) else [f"{found.groups} links"]
    return faults


def _rendering_faults(timeline: Timeline, source: EditorSource, saved: Path) -> list[str]:
    """Whether the saved project plays the pictures that were meant."""
    if not (source.has_picture and source.has_numbers):
        return []
    wanted = [frame for clip in timeline.clips for frame in range(clip.start_frame, clip.end_frame)]
    rendered = saved.with_suffix(".mkv")
    # Saved projects of Kdenlive have a black track that goes on for long.
    command = [
        "melt", str(saved), "in=0", f"out={len(wanted) - 1}", "-silent", "-consumer", f"avformat:{rendered}",
        "vcodec=ffv1", "an=1", "real_time=-1", "terminate_on_pause=1",
    ]  # fmt: skip
    for _ in range(2):
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_RENDERING_S)
            break
        except subprocess.TimeoutExpired:
            continue  # melt hangs now and then.
    numbers = _numbers(rendered)
    wrong = sum(one != other for one, other in zip(numbers, wanted, strict=False))
    if len(numbers) < len(wanted):
        return [f"{len(numbers)} of {len(wanted)} pictures were rendered"]
    return [f"{wrong} of {len(wanted)} pictures are wrong"] if wrong else []


def _numbers(file: Path) -> list[int]:
    """The numbers in the pictures of a rendering."""
    command = [
        "ffmpeg", "-v", "error", "-i", str(file), "-map", "0:v:0", "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area",
        "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=False).stdout
    pictures = np.frombuffer(raw, np.uint8)
    pictures = pictures[: pictures.size // (WIDTH * HEIGHT) * WIDTH * HEIGHT].reshape(-1, HEIGHT, WIDTH)
    bits = pictures[:, HEIGHT // 2, BLOCK // 2 :: BLOCK] > 128
    return [int(number) for number in (bits[:, :BITS] << np.arange(BITS)).sum(axis=1)]
