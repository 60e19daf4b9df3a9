"""What cannot be analysed is refused with a sentence of its own, and nothing else is opened."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clipflow.engine import (
    AnalysisOptions,
    CorruptMediaError,
    InvalidOptionError,
    MediaLimits,
    MediaNotFoundError,
    MediaToolError,
    MediaTooLongError,
    NoAudioTrackError,
    SegmentType,
    UnsupportedMediaError,
    analyze,
    probe,
)
from tests.conftest import SAMPLE, MakeMedia


@contextmanager
def unopened(path: Path) -> Iterator[None]:
    """A named pipe at ``path``; fails when anybody opens it for reading meanwhile."""
    os.mkfifo(path)
    was_opened = threading.Event()

    def wait_for_reader() -> None:
        with path.open("wb"):
            was_opened.set()

    thread = threading.Thread(target=wait_for_reader)
    thread.start()
    try:
        yield
        assert not was_opened.is_set(), "the file that the playlist points to was opened"
    finally:
        with path.open("rb"):
            thread.join()


def test_it_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match=r"There is no file “nothing.mp4”; check the path."):
        analyze(tmp_path / "nothing.mp4")


def test_it_refuses_a_path_with_a_nul_byte() -> None:
    with pytest.raises(MediaNotFoundError, match="There is no file"):
        analyze("a\0b.mp4")


def test_it_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match="is a folder; name a file in it"):
        analyze(tmp_path)


def test_it_refuses_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaNotFoundError, match="is a device or pipe"):
        analyze(tmp_path / "pipe.mp4")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_it_refuses_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    secret.chmod(0)
    with pytest.raises(MediaNotFoundError, match="cannot be read; check its permissions"):
        analyze(secret)


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(UnsupportedMediaError, match="is empty; copy or export the recording again"):
        analyze(tmp_path / "empty.mp4")


DISGUISES = {
    "text": (b"Dear diary, today I talked a lot. " * 300, "is text, not a recording"),
    "text in UTF-16": ("Dear diary".encode("utf-16"), "is text, not a recording"),
    "an SDP": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 1 RTP/AVP 0\n", "is a stream"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture, not a recording"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(100), "is a picture, not a recording"),
    "a WebP": (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(100), "is a picture, not a recording"),
    "noise": (bytes(range(1, 256)) * 40, "is not a recording that can be read"),
}


@pytest.mark.parametrize("kind", DISGUISES)
def test_it_says_what_a_file_in_disguise_is(kind: str, tmp_path: Path) -> None:
    content, sentence = DISGUISES[kind]
    (tmp_path / "video.mp4").write_bytes(content)
    with pytest.raises(UnsupportedMediaError, match=f"“video.mp4” {sentence}"):
        analyze(tmp_path / "video.mp4")


def test_it_refuses_a_real_picture(make_media: MakeMedia) -> None:
    picture = make_media("p.png", "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1")
    with pytest.raises(UnsupportedMediaError, match="is a picture, not a recording"):
        analyze(picture)


PLAYLISTS = {
    "an HLS playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "a DASH playlist": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="audio/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL>'
        "<SegmentList><SegmentURL/></SegmentList></Representation></AdaptationSet></Period></MPD>"
    ),
    "a list of files": "ffconcat version 1.0\nfile {target}\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_it_refuses_a_playlist_and_does_not_open_what_it_points_to(kind: str, tmp_path: Path) -> None:
    playlist = tmp_path / "video.mp4"
    with unopened(tmp_path / "private.ts"):
        playlist.write_text(PLAYLISTS[kind].format(target=tmp_path / "private.ts"))
        with pytest.raises(UnsupportedMediaError, match=f"“video.mp4” is {kind}, not a recording"):
            analyze(playlist)


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_it_does_not_call_the_server_that_a_playlist_names(kind: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/private.ts"
        (tmp_path / "video.mp4").write_text(PLAYLISTS[kind].format(target=url))
        with pytest.raises(UnsupportedMediaError):
            analyze(tmp_path / "video.mp4")
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("name", ["-i.mp4", "concat:a|b.mp4", "a%03d.mp4", "new\nline.mp4", "http:__x.mp4", "ü😀.mp4"])
def test_it_reads_a_file_whose_name_looks_like_something_else(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(SAMPLE.read_bytes())
    assert probe(tmp_path / name).duration_s == 57.4


def test_it_shows_names_without_control_characters(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError) as refusal:
        analyze(tmp_path / "a\x1b[2Jb\n\udce4.mp4")
    assert str(refusal.value) == "There is no file “a�[2Jb��.mp4”; check the path."


def test_it_refuses_a_video_without_sound(make_media: MakeMedia) -> None:
    video = make_media("mute.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64", "-t", "1", "-c:v", "mpeg4")
    with pytest.raises(NoAudioTrackError, match="has no sound; choose a recording with an audio track"):
        analyze(video)


def test_it_refuses_a_recording_whose_index_was_cut_off(make_media: MakeMedia, tmp_path: Path) -> None:
    whole = make_media("back.mp4", "-i", SAMPLE, "-c", "copy", "-movflags", "-faststart").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptMediaError, match="its index is missing or broken"):
        analyze(tmp_path / "half.mp4")


def test_it_refuses_a_recording_of_which_nothing_can_be_decoded(tmp_path: Path) -> None:
    content = bytearray(SAMPLE.read_bytes())
    start = content.index(b"mdat")
    content[start + 4 :] = bytes(len(content) - start - 4)
    (tmp_path / "zeroed.mp4").write_bytes(content)
    with pytest.raises(CorruptMediaError, match="Nothing of the sound") as refusal:
        analyze(tmp_path / "zeroed.mp4")
    assert refusal.value.decoded_ms == 0


def test_it_refuses_a_sound_track_without_samples(make_media: MakeMedia, tmp_path: Path) -> None:
    header = make_media("h.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "1").read_bytes()[:78]
    (tmp_path / "hollow.wav").write_bytes(header)
    with pytest.raises(CorruptMediaError, match="Nothing of the sound"):
        analyze(tmp_path / "hollow.wav")


@pytest.mark.parametrize("codec", ["magicyuv", "utvideo", "cinepak", "snow"])
def test_a_picture_codec_that_is_not_accepted_does_not_block_the_sound(codec: str, make_media: MakeMedia) -> None:
    pixels = {"cinepak": "rgb24", "utvideo": "yuv420p", "magicyuv": "yuv420p", "snow": "yuv420p"}[codec]
    video = make_media(
        "odd.avi", "-i", SAMPLE, "-t", "4", "-s", "160x88", "-c:v", codec, "-pix_fmt", pixels, "-c:a", "copy"
    )
    analysis = analyze(video)
    assert analysis.info.video is not None
    assert analysis.info.video.codec == codec
    assert any(one.type is SegmentType.SPEECH for one in analysis.segments)


def test_it_refuses_a_sound_codec_that_nobody_knows(make_media: MakeMedia, tmp_path: Path) -> None:
    known = make_media("pcm.mov", "-i", SAMPLE, "-t", "1", "-vn", "-c:a", "pcm_s16le").read_bytes()
    (tmp_path / "odd.mov").write_bytes(known.replace(b"sowt", b"zzzz"))
    with pytest.raises(UnsupportedMediaError, match=r"The sound of “odd.mov” uses the codec unknown"):
        analyze(tmp_path / "odd.mov")


def test_it_refuses_a_picture_in_the_container_of_a_video(tmp_path: Path) -> None:
    content = SAMPLE.read_bytes()
    (tmp_path / "photo.heic").write_bytes(content[:8] + b"heic" + content[12:])
    with pytest.raises(UnsupportedMediaError, match="is a picture, not a recording"):
        analyze(tmp_path / "photo.heic")


def test_it_refuses_a_track_that_does_not_exist() -> None:
    with pytest.raises(InvalidOptionError, match="audio_track 3 does not exist: the recording has only track 0"):
        analyze(SAMPLE, AnalysisOptions(audio_track=3))


def test_it_refuses_a_recording_that_announces_to_be_too_long() -> None:
    with pytest.raises(MediaTooLongError, match=r"longer than 0.01 hours; split it"):
        analyze(SAMPLE, limits=MediaLimits(max_duration_s=36))


def test_it_refuses_a_recording_that_turns_out_to_be_too_long(make_media: MakeMedia) -> None:
    unannounced = make_media("live.webm", "-i", SAMPLE, "-vn", "-c:a", "libopus", "-live", "1", "-f", "webm")
    assert probe(unannounced).duration_s is None
    with pytest.raises(MediaTooLongError):
        analyze(unannounced, limits=MediaLimits(max_duration_s=36))


def test_it_ends_a_decoder_that_uses_too_much_processor_time(long_silence: Path) -> None:
    with pytest.raises(MediaToolError, match="took longer than any genuine recording"):
        analyze(long_silence, limits=MediaLimits(base_s=0, cpu_s_per_media_s=1e-9))


def test_it_ends_a_decoder_that_takes_too_long_by_the_clock(long_silence: Path) -> None:
    with pytest.raises(MediaToolError, match="took longer than any genuine recording"):
        analyze(long_silence, limits=MediaLimits(base_s=0.3, wall_s_per_media_s=0, cpu_s_per_media_s=1))


def test_it_says_how_to_get_ffmpeg_when_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MediaToolError, match="ffprobe is not installed; run make"):
        analyze(SAMPLE)
