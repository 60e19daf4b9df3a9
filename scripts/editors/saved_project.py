"""What a project holds that an editor has saved: tracks with their clips, links and profile."""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET


class SavedClip(NamedTuple):
    """A clip in frames: its place in the cut, and its first and last frame in the recording."""

    record: int
    first: int
    last: int


@dataclass(frozen=True)
class SavedTrack:
    """A track with clips: whether it is of sound alone, its clips, and the audio stream that they play."""

    is_sound: bool
    clips: tuple[SavedClip, ...]
    audio_stream: str | None
    is_remapped: bool


@dataclass(frozen=True)
class SavedProject:
    """What an editor makes of a cut list."""

    size: tuple[int, int]
    frame_rate: Fraction
    is_progressive: bool
    pixel_aspect: Fraction
    tracks: tuple[SavedTrack, ...]
    groups: int
    channels: int


def read_project(path: Path) -> SavedProject:
    """Read a project of Kdenlive or Shotcut."""
    root = ET.parse(path).getroot()  # noqa: S314  an editor of ours has written it
    profile = root.find("profile")
    assert profile is not None
    rate = Fraction(int(profile.get("frame_rate_num", "0")), int(profile.get("frame_rate_den", "1")))
    pixel = Fraction(int(profile.get("sample_aspect_num", "1")), int(profile.get("sample_aspect_den", "1")))
    named = {one.get("id", ""): one for one in root}
    groups = [text for one in root.iter("property") if one.get("name", "").endswith("groups") and (text := one.text)]
    channels = [
        int(one.text or "2") for one in root.iter("property")
        if one.get("name") in ("kdenlive:docproperties.audioChannels", "shotcut:projectAudioChannels")
    ]  # fmt: skip
    return SavedProject(
        (int(profile.get("width", "0")), int(profile.get("height", "0"))),
        rate, profile.get("progressive") == "1", pixel, tuple(_tracks(root, named, rate)),
        len(json.loads(groups[0])) if groups else 0, channels[0] if channels else 2,
    )  # fmt: skip


def _tracks(root: ET.Element, named: dict[str, ET.Element], rate: Fraction) -> list[SavedTrack]:
    """The tracks with clips, from below to above."""
    tractors = root.findall("tractor")
    # Kdenlive 23 and later: the sequence is one among several.
    main = next((one for one in tractors if _property(one, "kdenlive:uuid")), tractors[-1])
    found: list[SavedTrack] = []
    for place in main.findall("track"):
        track = named[place.get("producer", "")]
        parts = track.findall("track") if track.tag == "tractor" else [place]
        for part in parts:
            playlist = named[part.get("producer", "")]
            if playlist.tag == "playlist" and playlist.get("id") != "background" and playlist.find("entry") is not None:
                hides = part.get("hide") or track.get("hide") or place.get("hide")
                found.append(_track(playlist, named, rate, is_sound=hides == "video"))
    return found


def _track(playlist: ET.Element, named: dict[str, ET.Element], rate: Fraction, *, is_sound: bool) -> SavedTrack:
    position = 0
    clips: list[SavedClip] = []
    streams: list[str | None] = []
    is_remapped = False
    for one in playlist:
        if one.tag == "blank":
            position += _frames(one.get("length", "0"), rate)
        elif one.tag == "entry":
            producer = named[one.get("producer", "")]
            first, last = _frames(one.get("in", "0"), rate), _frames(one.get("out", "0"), rate)
            clips.append(SavedClip(position, first, last))
            streams.append(_property(producer, "astream"))
            is_remapped |= producer.find("link") is not None
            position += last - first + 1
    return SavedTrack(is_sound, tuple(clips), streams[0] if streams else None, is_remapped)


def _property(owner: ET.Element, name: str) -> str | None:
    return owner.findtext(f"property[@name='{name}']")


def _frames(text: str, rate: Fraction) -> int:
    """A position as MLT writes it: a number of frames, or hours, minutes and seconds."""
    if ":" not in text:
        return int(text)
    hours, minutes, seconds = text.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)) * rate)
