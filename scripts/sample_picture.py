"""The picture of the bundled sample: two people who are drawn, and whose mouths follow the sound."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

from scripts.browser import opened_browser

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 25
LEVEL_RATE = 8000
# How wide a mouth is open, in pixels, and from which level on.
MOUTHS = ((-60.0, 3), (-34.0, 6), (-26.0, 10), (-20.0, 15))
BLINK_EVERY_FRAMES, BLINK_FRAMES = 96, 4


@dataclass(frozen=True)
class Scene:
    """A stretch of the recording as it is seen.

    Attributes:
        start_ms: where it begins.
        end_ms: where it ends.
        speaker: 0 or 1; None where nobody speaks.
        caption: what is said, or heard.
        chapter: the title of the chapter that it belongs to.
    """

    start_ms: int
    end_ms: int
    speaker: int | None
    caption: str
    chapter: str


@dataclass(frozen=True)
class Look:
    """Everything that tells one picture from another."""

    scene: Scene
    mouth: int
    is_blinking: bool


def write_picture(sound: Path, scenes: Sequence[Scene], target: Path) -> None:
    """Put the drawn picture and the chapters to the sound, which is copied as it is."""
    looks = looks_of(scenes, levels_db(sound))
    with tempfile.TemporaryDirectory() as folder, opened_browser() as browser:
        if browser is None:
            raise SystemExit("There is no Chromium to draw with; install it and run this again.")
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        chapters = Path(folder) / "chapters.txt"
        chapters.write_text(chapters_of(scenes), encoding="utf-8")
        mux(sound, chapters, drawn(page, looks), target)


def levels_db(sound: Path) -> npt.NDArray[np.float64]:
    """The level of each frame's time in dBFS."""
    command = ["ffmpeg", "-v", "error", "-i", str(sound), "-ac", "1", "-ar", str(LEVEL_RATE), "-f", "s16le", "pipe:1"]
    pcm = subprocess.run(command, check=True, capture_output=True).stdout
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    length = LEVEL_RATE // FRAMES_PER_SECOND
    frames = samples[: samples.size // length * length].reshape(-1, length)
    levels: npt.NDArray[np.float64] = 10 * np.log10((frames**2).mean(axis=1) + 1e-9)
    return levels


def looks_of(scenes: Sequence[Scene], levels: npt.NDArray[np.float64]) -> list[Look]:
    """What each frame looks like."""
    looks: list[Look] = []
    for frame in range(scenes[-1].end_ms * FRAMES_PER_SECOND // 1000):
        at_ms = frame * 1000 // FRAMES_PER_SECOND
        scene = next(one for one in scenes if at_ms < one.end_ms)
        level = float(levels[min(frame, levels.size - 1)]) if scene.speaker is not None else MOUTHS[0][0]
        # Mouths move at half the rate of frames, as people draw them.
        mouth = max((height for from_db, height in MOUTHS if level >= from_db), default=MOUTHS[0][1])
        if frame % 2 and looks and looks[-1].scene is scene:
            mouth = looks[-1].mouth
        looks.append(Look(scene, mouth, (frame + 1) % BLINK_EVERY_FRAMES >= BLINK_EVERY_FRAMES - BLINK_FRAMES))
    return looks


def drawn(page: Page, looks: Sequence[Look]) -> Iterator[bytes]:
    """A PNG for each frame; each look is drawn once."""

    @cache
    def draw(look: Look) -> bytes:
        page.set_content(svg_of(look))
        return page.screenshot()

    return map(draw, looks)


def svg_of(look: Look) -> str:
    """The whole picture."""
    people = "".join(
        person(number, look.mouth if look.scene.speaker == number else MOUTHS[0][1], is_blinking=look.is_blinking)
        for number in (0, 1)
    )
    return f"""<style>body{{margin:0}} text{{font-family:'DejaVu Sans',sans-serif}}</style>
<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">
<rect width="640" height="360" fill="#e8ddcf"/>
<rect x="255" y="34" width="130" height="120" fill="#b9d4dd"/>
<path d="M320 34v120M255 94h130" stroke="#fbf7f0" stroke-width="6"/>
<rect x="252" y="31" width="136" height="126" fill="none" stroke="#fbf7f0" stroke-width="8"/>
<path d="M318 268c-26-34-34-70-30-96 18 20 28 52 30 96zM322 268c26-30 40-58 40-84-22 14-36 44-40 84z" fill="#5d8a5f"/>
<rect x="302" y="250" width="36" height="40" fill="#a65f42"/>
{people}
<rect y="286" width="640" height="74" fill="#8a6a4f"/>
<rect y="286" width="640" height="5" fill="#76583f"/>
<text x="20" y="30" font-size="15" fill="#6b5a48">{escape(look.scene.chapter)}</text>
{caption(look.scene.caption)}
</svg>"""


def person(number: int, mouth: int, *, is_blinking: bool) -> str:
    """Head and shoulders of one of the two."""
    x, skin, hair, shirt = ((160, "#e5b08c", "#4a3328", "#2f6f8f"), (480, "#b97f5b", "#22201f", "#b5533c"))[number]
    eyes = "".join(
        f'<rect x="{x + side - 7}" y="151" width="14" height="3" fill="{hair}"/>'
        if is_blinking
        else f'<ellipse cx="{x + side}" cy="152" rx="5" ry="7" fill="#2b211c"/>'
        for side in (-20, 20)
    )
    style = (
        f'<path d="M{x - 62} 170c-10-96 134-96 124 0l4 60h-132z" fill="{hair}"/>'
        if number == 0
        else f'<path d="M{x - 56} 150c0-80 112-80 112 0z" fill="{hair}"/>'
    )
    fringe = f'<path d="M{x - 51} 146c0-72 102-72 102 0-34-24-68-24-102 0z" fill="{hair}"/>'
    return f"""{style}
<path d="M{x - 100} 300c0-72 40-84 100-84s100 12 100 84z" fill="{shirt}"/>
<rect x="{x - 17}" y="196" width="34" height="36" fill="{skin}"/>
<ellipse cx="{x}" cy="158" rx="50" ry="60" fill="{skin}"/>{fringe}{eyes}
<path d="M{x - 27} 138h14M{x + 13} 138h14" stroke="{hair}" stroke-width="4"/>
<path d="M{x} 156l-5 16h8" stroke="#00000040" stroke-width="3" fill="none"/>
<ellipse cx="{x}" cy="191" rx="17" ry="{mouth / 2 + 1}" fill="#6e2b2b"/>
<rect x="{x + (70 if number == 0 else -78)}" y="232" width="8" height="60" fill="#3b3f45"/>
<rect x="{x + (64 if number == 0 else -84)}" y="214" width="20" height="30" rx="10" fill="#23262b"/>"""


def caption(text: str) -> str:
    """What is said, in one line or two."""
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 42:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    first = 330 if len(lines) == 1 else 318
    return "".join(
        f'<text x="320" y="{first + 24 * number}" font-size="19" fill="#fff" text-anchor="middle">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )


def chapters_of(scenes: Sequence[Scene]) -> str:
    """The chapters as ffmpeg reads them; the format is described in its manual under "metadata"."""
    starts = [one for number, one in enumerate(scenes) if number == 0 or one.chapter != scenes[number - 1].chapter]
    ends = [one.start_ms for one in starts[1:]] + [scenes[-1].end_ms]
    parts = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={one.start_ms}\nEND={end_ms}\ntitle={one.chapter}\n"
        for one, end_ms in zip(starts, ends, strict=True)
    ]
    return ";FFMETADATA1\n" + "".join(parts)


def mux(sound: Path, chapters: Path, pictures: Iterator[bytes], target: Path) -> None:
    """A small mp4, cut to whole frames."""
    command = [
        *("ffmpeg", "-y", "-v", "error", "-i", str(sound), "-f", "image2pipe", "-framerate", str(FRAMES_PER_SECOND)),
        *("-c:v", "png", "-i", "pipe:0", "-f", "ffmetadata", "-i", str(chapters)),
        *("-map", "1:v", "-map", "0:a", "-map_chapters", "2", "-map_metadata:g", "-1"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "veryslow",
            "-tune",
            "animation",
            "-bf",
            "2",
            "-crf",
            "27",
            "-pix_fmt",
            "yuv420p",
        ),
        *("-g", "250", "-c:a", "copy", "-timecode", "01:00:00:00", "-movflags", "+faststart"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", str(target)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for picture in pictures:
            encoder.stdin.write(picture)
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise SystemExit("ffmpeg could not write the sample.")
