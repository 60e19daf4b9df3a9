"""What is made of recordings: a copy on the same clock that browsers play, and pictures."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from clipflow import engine
from clipflow.engine.errors import AnalysisCancelledError, CorruptMediaError, MediaToolError
from clipflow.engine.renditions import encoding, pictures, proxy
from clipflow.engine.renditions.encoders import HardwareEncoding, chosen_encoder
from clipflow.engine.renditions.pictures import badness, best_of, make_poster, make_thumbnail
from clipflow.engine.renditions.playback import Work, playback_work
from clipflow.engine.renditions.proxy import Original, Proxy, ProxyOptions, make_proxy
from clipflow.engine.renditions.storyboard import make_storyboard, step_of, web_vtt
from tests.conftest import ROOT, MakeMedia

SECONDS = 4
# Eight bars that are black or white: the number of the frame in binary.
FRAMES = (
    "nullsrc=s={size}:r={rate}:d={seconds},"
    "geq=lum='if(mod(floor(N/pow(2\\,floor(X*8/W)))\\,2)\\,220\\,30)':cb=128:cr=128"
)
# A click every half second, from the first quarter on.
CLICKS = f"aevalsrc='if(lt(mod(t+0.25\\,0.5)\\,0.0015)\\,0.8\\,0)':s=48000:d={SECONDS}"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-tag:v", "hvc1")
AAC = ("-c:a", "aac", "-b:a", "192k")
PCM = ("-c:a", "pcm_s16le")


def hdr(transfer: str) -> tuple[str, ...]:
    colours = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")
    said = f"log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    return (*HEVC, "-pix_fmt", "yuv420p10le", "-x265-params", said, *colours)


QUIET_HEVC = (*HEVC, "-x265-params", "log-level=error")


def never() -> bool:
    return False


def ignore(share: float) -> None:
    pass


class Coded:
    """Makes recordings whose frames say their numbers and whose sound clicks."""

    def __init__(self, make_media: MakeMedia) -> None:
        self._make_media = make_media

    def __call__(
        self, name: str, *coding: str, size: str = "320x180", rate: str = "30", delays: tuple[str, str] = ("0", "0"),
        after: tuple[str, ...] = ("-map", "0:v", "-map", "1:a"),
    ) -> Path:  # fmt: skip
        frames = FRAMES.format(size=size, rate=rate, seconds=SECONDS)
        inputs = (
            "-itsoffset",
            delays[0],
            "-f",
            "lavfi",
            "-i",
            frames,
            "-itsoffset",
            delays[1],
            "-f",
            "lavfi",
            "-i",
            CLICKS,
        )
        return self._make_media(name, *inputs, *after, *coding)


@pytest.fixture(scope="session")
def coded(make_media: MakeMedia) -> Coded:
    return Coded(make_media)


def earliest_s(path: Path) -> float:
    """Where a player begins to count."""
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=start_time", "-of", "csv=p=0", path]
    said = subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()
    return 0.0 if said == "N/A" else float(said)


def frames_of(path: Path) -> dict[int, float]:
    """The moment of each frame in seconds, by the number that it says."""
    command = ["ffmpeg", "-v", "info", "-copyts", "-i", str(path), "-map", "0:V:0", "-fps_mode", "passthrough"]
    filters = ["-vf", "format=gray,scale=8:1:flags=area,showinfo", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run([*command, *filters], capture_output=True, check=True)
    moments = [float(found) for found in re.findall(rb"pts_time:([-.\d]+)", done.stderr)]
    bars = np.frombuffer(done.stdout, np.uint8).reshape(-1, 8) > 120
    numbers = (bars * (1 << np.arange(8))).sum(axis=1)
    begin_s = earliest_s(path)
    return {int(number): moment - begin_s for number, moment in zip(numbers, moments, strict=True)}


def clicks_of(path: Path) -> npt.NDArray[np.float64]:
    """The moments of the clicks in seconds, as a player that counts from the earliest time stamp hears them."""
    info = engine.probe(path)
    index = info.audio_streams[engine.default_track(info)].index
    plain = [
        "-map",
        f"0:{index}",
        "-af",
        "aresample=async=1:first_pts=0",
        "-ac",
        "1",
        "-ar",
        "48000",
        "-f",
        "f32le",
        "-",
    ]
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *plain], capture_output=True, check=True)
    loud = np.flatnonzero(np.abs(np.frombuffer(done.stdout, np.float32)) > 0.2)
    first = loud[np.insert(np.diff(loud) > 4800, 0, True)]
    return np.asarray(first / 48000)


def copy_of(path: Path, folder: Path, work: Work | None = None) -> tuple[Proxy, Path]:
    info = engine.probe(path)
    needed = playback_work(info, is_webm=path.suffix == ".webm")
    target = folder / "proxy"
    return make_proxy(Original(path, info), work or needed, target, ProxyOptions(), ignore, never), target


def swapped(path: Path) -> tuple[str, ...]:
    return ("-map", "0:v", "-map", "1:a", "-map", "1:a", "-disposition:a:0", "0", "-disposition:a:1", "default")


RECORDINGS: dict[str, Callable[[Coded], Path]] = {
    "HEVC of a phone": lambda coded: coded("hevc.mov", *QUIET_HEVC, *AAC),
    "HDR10": lambda coded: coded("pq.mov", *hdr("smpte2084"), *AAC),
    "HLG": lambda coded: coded("hlg.mp4", *hdr("arib-std-b67"), *AAC),
    "10 bit": lambda coded: coded("ten.mkv", *H264, "-pix_fmt", "yuv420p10le", *AAC),
    "ProRes": lambda coded: coded("prores.mov", "-c:v", "prores_ks", *PCM),
    "interlaced MPEG-2": lambda coded: coded(
        "tape.mpg", "-c:v", "mpeg2video", "-b:v", "4M", "-flags", "+ilme+ildct", "-c:a", "mp2", rate="25"
    ),
    "anamorphic": lambda coded: coded(
        "wide.avi", "-vf", "setsar=64/45", "-c:v", "mpeg4", "-q:v", "2", *PCM, size="720x576"
    ),
    "variable rate": lambda coded: coded(
        "vfr.mp4", "-vf", "select='not(eq(mod(n\\,7)\\,3))',setpts='PTS+0.004*sin(N)/TB'", "-fps_mode", "vfr",
        "-enc_time_base", "1/90000", *QUIET_HEVC, *AAC,
    ),
    "odd size": lambda coded: coded("odd.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv444p", *PCM, size="321x181"),
    "late picture": lambda coded: coded("late.mp4", *QUIET_HEVC, *AAC, delays=("0.7", "0")),
    "late sound": lambda coded: coded("late-sound.mp4", *QUIET_HEVC, *AAC, delays=("0", "0.6")),
    "5.1": lambda coded: coded("surround.mkv", *H264, "-pix_fmt", "yuv420p", "-ac", "6", "-c:a", "ac3", "-b:a", "448k"),
    "two tracks": lambda coded: coded("two.mkv", *H264, "-pix_fmt", "yuv420p", *PCM, after=swapped(Path())),
    "one frame a second": lambda coded: coded("slow.mp4", *H264, "-pix_fmt", "yuv422p", *AAC, rate="1"),
    "59.94": lambda coded: coded("fast.mov", *QUIET_HEVC, *AAC, rate="60000/1001"),
    "another box": lambda coded: coded("box.mkv", *H264, "-pix_fmt", "yuv420p", *AAC),
    "a transport stream": lambda coded: coded("stream.ts", *H264, "-pix_fmt", "yuv420p", *AAC),
    "other sound": lambda coded: coded("sound.mov", *H264, "-pix_fmt", "yuv420p", *PCM),
}  # fmt: skip


# The others are the same again for more inputs.
ALWAYS = {
    "HEVC of a phone", "HDR10", "interlaced MPEG-2", "variable rate", "odd size", "late picture", "two tracks",
    "another box", "other sound",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.exhaustive) for one in RECORDINGS]
)
def test_frames_and_clicks_of_a_copy_are_where_those_of_the_recording_are(
    coded: Coded, tmp_path: Path, name: str
) -> None:
    original = RECORDINGS[name](coded)
    made, target = copy_of(original, tmp_path)
    video = made.info.video
    assert video is not None
    assert (video.codec, video.pixel_format, video.field_order) == ("h264", "yuv420p", engine.FieldOrder.PROGRESSIVE)
    assert (video.pixel_aspect, made.info.audio_streams[0].codec, made.warnings) == (1, "aac", ())
    ours, theirs = frames_of(target), frames_of(original)
    assert len(theirs) > 2
    assert set(ours) == set(theirs)
    assert max(abs(ours[number] - theirs[number]) for number in theirs) <= 0.001
    assert clicks_of(target) == pytest.approx(clicks_of(original), abs=0.001)
    assert playback_work(made.info, is_webm=False) == Work.NONE


def test_a_copy_is_upright_and_never_enlarged(coded: Coded, make_media: MakeMedia, tmp_path: Path) -> None:
    lying = coded("lying.mp4", *H264, "-pix_fmt", "yuv420p", *AAC)
    upright = make_media("upright.mov", "-i", lying, "-c", "copy", "-metadata:s:v", "rotate=90")
    assert engine.probe(upright).video.height == 320  # type: ignore[union-attr]
    made, _ = copy_of(upright, tmp_path, Work.FULL)
    assert made.info.video is not None
    assert (made.info.video.width, made.info.video.height, made.info.video.rotation_degrees) == (180, 320, 0)


def test_a_large_picture_is_made_smaller(coded: Coded, tmp_path: Path) -> None:
    made, _ = copy_of(coded("large.mp4", *H264, "-pix_fmt", "yuv420p", *AAC, size="2560x1440", rate="2"), tmp_path)
    assert made.info.video is not None
    assert (made.work, made.info.video.width, made.info.video.height) == (Work.FULL, 1920, 1080)


def test_sound_alone_becomes_sound_alone(make_media: MakeMedia, tmp_path: Path) -> None:
    original = make_media("clicks.wma", "-f", "lavfi", "-i", CLICKS, "-c:a", "wmav2", "-b:a", "192k")
    made, target = copy_of(original, tmp_path)
    assert (made.work, made.box, made.info.video) == (Work.SOUND, "m4a", None)
    assert clicks_of(target) == pytest.approx(clicks_of(original), abs=0.001)


def test_what_less_work_does_not_copy_whole_is_made_with_more(
    coded: Coded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = coded("box.mkv", *H264, "-pix_fmt", "yuv420p", *AAC)
    check, looked_at = proxy._check, []

    def suspicious(path: Path, info: engine.MediaInfo, made: engine.MediaInfo, read: Callable[[], float]) -> None:
        looked_at.append(made)
        if len(looked_at) < 3:
            raise CorruptMediaError("Not like it.")
        check(path, info, made, read)

    monkeypatch.setattr(proxy, "_check", suspicious)
    assert copy_of(original, tmp_path)[0].work == Work.FULL


def test_a_copy_that_is_shorter_than_the_recording_is_none(
    coded: Coded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = proxy._arguments
    monkeypatch.setattr(proxy, "_arguments", lambda *given: [*whole(*given), "-t", "1"])
    with pytest.raises(CorruptMediaError, match=r"is not like it: it is \d\.\d{3} s shorter"):
        copy_of(coded("box.mkv", *H264, "-pix_fmt", "yuv420p", *AAC), tmp_path)


def test_a_track_that_is_left_out_may_be_longer(make_media: MakeMedia, tmp_path: Path) -> None:
    picture, tone = FRAMES.format(size="320x180", rate="30", seconds=SECONDS), "sine=duration={}"
    original = make_media(
        "two.mkv", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone.format(SECONDS + 3), "-f", "lavfi", "-i",
        tone.format(SECONDS), "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx265", "-x265-params",
        "log-level=error", *AAC, "-disposition:a:0", "0", "-disposition:a:1", "default",
    )  # fmt: skip
    made, _ = copy_of(original, tmp_path)
    assert made.info.duration_s == pytest.approx(SECONDS, abs=0.3)


@pytest.mark.parametrize("fate", ["cut off", "joined"])
def test_what_is_written_down_of_its_length_may_be_wrong(coded: Coded, tmp_path: Path, fate: str) -> None:
    if fate == "cut off":
        whole = coded("whole.mkv", *H264, "-pix_fmt", "yuv420p", *AAC).read_bytes()
        original = tmp_path / "damaged.mkv"
        original.write_bytes(whole[: len(whole) // 2])
    else:
        original = tmp_path / "damaged.ts"
        original.write_bytes(2 * coded("whole.ts", *H264, "-pix_fmt", "yuv420p", *AAC).read_bytes())
    made, target = copy_of(original, tmp_path)
    assert made.work == Work.REMUX
    assert 0.5 < (made.info.duration_s or 0) < 2.2 * SECONDS
    assert target.stat().st_size > 0


def test_what_a_browser_has_recorded_gets_its_length_and_its_key_frames(tmp_path: Path) -> None:
    original = tmp_path / "recorded.webm"
    picture, sound = FRAMES.format(size="320x180", rate="30", seconds=SECONDS), CLICKS
    coding = ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm", "pipe:1"]
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *coding]
    with original.open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
    info = engine.probe(original)
    assert info.duration_s is None
    assert playback_work(info, is_webm=True) == Work.REMUX
    _, target = copy_of(original, tmp_path)
    assert engine.probe(target).duration_s == pytest.approx(SECONDS, abs=0.5)


def test_a_wide_picture_is_as_wide_as_a_page_shows(coded: Coded, tmp_path: Path) -> None:
    made, _ = copy_of(coded("wide.mp4", *H264, "-pix_fmt", "yuv420p", *AAC, size="3840x1080", rate="2"), tmp_path)
    assert made.info.video is not None
    assert (made.info.video.width, made.info.video.height) == (1920, 540)


def test_a_very_tall_picture_has_pictures(coded: Coded, tmp_path: Path) -> None:
    original = coded("tall.mkv", "-c:v", "ffv1", *PCM, size="16x16384", rate="1")
    info = engine.probe(original)
    assert make_storyboard(original, info, never).sheets
    assert make_poster(original, info, None, never).jpeg


def test_the_picture_of_long_sound_is_drawn_from_how_loud_it_is(
    make_media: MakeMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = make_media("clicks.wav", "-f", "lavfi", "-i", CLICKS)
    plain = make_poster(original, engine.probe(original), None, never).jpeg
    monkeypatch.setattr(pictures, "_LONG_S", 0.5)
    picture = make_poster(original, engine.probe(original), None, never)
    assert size_of(picture.jpeg, tmp_path) == (640, 360)
    assert len(picture.jpeg) > len(plain) / 4, "nothing is drawn"


def test_it_stops_when_it_is_to(coded: Coded, tmp_path: Path) -> None:
    original = coded("prores.mov", "-c:v", "prores_ks", *PCM)
    original_info = Original(original, engine.probe(original))
    with pytest.raises(AnalysisCancelledError):
        make_proxy(original_info, Work.FULL, tmp_path / "proxy", ProxyOptions(), ignore, lambda: True)


def test_what_stands_still_is_given_up(coded: Coded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_patience_s", lambda source: 0.0)
    with pytest.raises(MediaToolError, match="Nothing has come of the file"):
        copy_of(coded("prores.mov", "-c:v", "prores_ks", *PCM), tmp_path)


def test_a_picture_that_no_camera_takes_is_refused(coded: Coded, tmp_path: Path) -> None:
    original = coded("box.mkv", *H264, "-pix_fmt", "yuv420p", *AAC)
    info = engine.probe(original)
    assert info.video is not None
    huge = replace(info, video=replace(info.video, width=65_535, height=65_535))
    with pytest.raises(MediaToolError, match="larger than any camera's"):
        make_thumbnail(original, huge, never)
    with pytest.raises(MediaToolError, match="larger than any camera's"):
        make_proxy(Original(original, huge), Work.FULL, tmp_path / "proxy", ProxyOptions(), ignore, never)


def test_encoding_that_does_not_work_here_is_left_aside() -> None:
    assert chosen_encoder(HardwareEncoding.VIDEOTOOLBOX, "veryfast", 23).name == "libx264"


MP4, MKV = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"
# As ffmpeg calls what the page calls so.
CONTAINERS = {"MP4, MOV": MP4, "WebM": MKV, "Matroska": MKV, "transport stream": "mpegts", "M4A": MP4}
PAGE = (ROOT / "docs" / "renditions.md").read_text(encoding="utf-8")


def played() -> list[tuple[str, ...]]:
    """The lines of the table in the documentation: container, picture, pixels, sound, and what that takes."""
    table = PAGE.split("| container |")[1].split("\n\n")[0]
    lines = [tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in table.splitlines()[2:]]
    return [(*cells[:3], sound.strip("`"), cells[4]) for cells in lines for sound in cells[3].split(", ")]


def test_the_documentation_has_a_line_for_each_amount_of_work() -> None:
    assert {line[-1] for line in played()} == {*map(str, Work)}
    assert len(played()) >= 30


def info_of(container: str, picture: str | None, pixels: str | None, sound: str) -> engine.MediaInfo:
    video = None if picture is None else engine.VideoStream(
        0, picture, 1920, 1080, 0, Fraction(25), False, None, False, 0.0, 10.0, pixel_format=pixels
    )  # fmt: skip
    stream = engine.AudioStream(1, sound, 48_000, 2, None, None, 0.0, 10.0)
    return engine.MediaInfo(container, 10.0, False, 1000, 0.0, 0.0, (stream,), video, ())


@pytest.mark.parametrize(("container", "picture", "pixels", "sound", "work"), played())
def test_it_takes_the_work_that_the_documentation_says(
    container: str, picture: str, pixels: str, sound: str, work: str
) -> None:
    info = info_of(CONTAINERS.get(container, container.lower()), picture or None, pixels or None, sound)
    assert playback_work(info, is_webm=container == "WebM") == work


@pytest.mark.parametrize(
    "change",
    [
        {"width": 3840, "height": 2160}, {"field_order": engine.FieldOrder.UPPER_FIRST}, {"codec": "mjpeg"},
    ],
)  # fmt: skip
def test_a_picture_that_is_too_much_for_a_page_is_encoded_anew(change: dict[str, object]) -> None:
    info = info_of(MP4, "h264", "yuv420p", "aac")
    assert info.video is not None
    assert playback_work(replace(info, video=replace(info.video, **change)), is_webm=False) == Work.FULL  # type: ignore[arg-type]


def test_so_is_one_that_no_line_carries_and_a_tall_one_is_none() -> None:
    info = info_of(MP4, "h264", "yuv420p", "aac")
    assert info.video is not None
    assert playback_work(replace(info, bit_rate=20_000_001), is_webm=False) == Work.FULL
    tall = replace(info, video=replace(info.video, width=1080, height=1920))
    assert playback_work(tall, is_webm=False) == Work.NONE


def size_of(jpeg: bytes, tmp_path: Path) -> tuple[int, int]:
    path = tmp_path / "picture.jpg"
    path.write_bytes(jpeg)
    asked = ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]
    width, height = subprocess.run(asked, capture_output=True, check=True, text=True).stdout.split(",")
    return int(width), int(height)


def test_a_thumbnail_shows_the_tenth_in_a_box(coded: Coded, tmp_path: Path) -> None:
    original = coded("box.mkv", *H264, "-pix_fmt", "yuv420p", *AAC)
    picture = make_thumbnail(original, engine.probe(original), never)
    assert size_of(picture.jpeg, tmp_path) == (picture.width, picture.height) == (320, 180)
    assert picture.at_ms == pytest.approx(400, abs=40)
    [number] = frames_of(tmp_path / "picture.jpg")
    assert number == 12


def test_the_picture_of_sound_is_its_waveform(make_media: MakeMedia, tmp_path: Path) -> None:
    original = make_media("clicks.wav", "-f", "lavfi", "-i", CLICKS)
    picture = make_poster(original, engine.probe(original), None, never)
    assert size_of(picture.jpeg, tmp_path) == (640, 360)
    assert picture.at_ms is None


def test_a_poster_is_neither_black_nor_white_nor_blurred(make_media: MakeMedia) -> None:
    scenes = ["color=black:", "color=white:", "testsrc2=", "color=gray:", "color=black:"]
    inputs = [text for one in scenes for text in ("-f", "lavfi", "-t", "2", "-i", f"{one}s=320x180:r=10")]
    joined = "".join(f"[{number}:v]format=yuv420p[v{number}];" for number in range(5))
    graph = f"{joined}{''.join(f'[v{number}]' for number in range(5))}concat=n=5:v=1:a=0[v]"
    original = make_media(
        "scenes.mp4", *inputs, "-f", "lavfi", "-t", "10", "-i", "anullsrc=r=48000", "-filter_complex", graph,
        "-map", "[v]", "-map", "5:a", *H264, *AAC,
    )  # fmt: skip
    info = engine.probe(original)
    assert make_poster(original, info, None, never).at_ms == pytest.approx(5000, abs=200)
    assert make_poster(original, info, 9000, never).at_ms == 9000


def test_of_pictures_that_are_as_good_the_first_is_taken() -> None:
    random = np.random.default_rng(1)
    sharp = random.integers(60, 200, (90, 160)).astype(np.uint8)
    black, grey = np.zeros((90, 160), np.uint8), np.full((90, 160), 128, np.uint8)
    judged = [badness(one) for one in (black, sharp, sharp[::-1], grey)]
    assert best_of(judged) == 1


def test_a_storyboard_has_a_picture_for_every_step(coded: Coded, tmp_path: Path) -> None:
    original = coded("box.mkv", *H264, "-g", "30", "-pix_fmt", "yuv420p", *AAC)
    board = make_storyboard(original, engine.probe(original), never)
    assert (board.tile_count, board.step_s, board.tile_width, board.tile_height) == (2, 2.0, 160, 90)
    [sheet] = board.sheets
    assert size_of(sheet, tmp_path) == (1600, 900)
    numbers = []
    for place in range(3):
        tile = tmp_path / f"{place}.png"
        cut = ["-vf", f"crop=160:90:{160 * place}:0"]
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", tmp_path / "picture.jpg", *cut, tile], check=True)
        numbers += frames_of(tile)
    # The key frames at 0 and 2 s, and nothing beside them.
    assert numbers == [0, 60, 0]


def test_a_storyboard_goes_on_to_the_end_where_no_key_frame_does(coded: Coded) -> None:
    original = coded("one-key.mp4", *H264, "-g", "1000", "-keyint_min", "1000", "-sc_threshold", "0", *AAC)
    assert make_storyboard(original, engine.probe(original), never).tile_count == 2


@pytest.mark.parametrize(("duration_s", "step_s"), [(10, 2), (1200, 2), (7200, 12)])
def test_no_storyboard_has_more_than_six_hundred_pictures(duration_s: float, step_s: float) -> None:
    assert step_of(duration_s) == step_s


def test_cues_name_the_place_of_each_picture() -> None:
    text = web_vtt(205.0, 2.0, 103, (160, 90), ["storyboard/0.jpg", "storyboard/1.jpg"])
    blocks = text.split("\n\n")
    assert blocks[:2] == ["WEBVTT", "00:00:00.000 --> 00:00:02.000\nstoryboard/0.jpg#xywh=0,0,160,90"]
    assert blocks[12] == "00:00:22.000 --> 00:00:24.000\nstoryboard/0.jpg#xywh=160,90,160,90"
    assert blocks[-1].strip() == "00:03:24.000 --> 00:03:25.000\nstoryboard/1.jpg#xywh=320,0,160,90"
