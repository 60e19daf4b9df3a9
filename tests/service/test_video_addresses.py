"""Addresses of YouTube videos as people paste them, and moments as people write them."""

import pytest

from clipflow.core.errors import NotAYoutubeVideoError, PlaylistNotSupportedError
from clipflow.notes.timestamps import parse_timestamp
from clipflow.notes.youtube import video_id_of

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID} ",
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch?v={ID}&t=42s",
        f"https://m.youtube.com/watch?app=desktop&v={ID}",
        f"https://music.youtube.com/watch?v={ID}&list=RDAMVM{ID}",
        f"https://www.youtube.com/watch?v={ID}&list=PL123&index=2",
        f"https://youtu.be/{ID}?si=abc",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/live/{ID}?feature=share",
        f"https://www.youtube.com/embed/{ID}",
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"https://youtube-nocookie.com/embed/{ID}",
        f"https://YouTube.com/watch?v={ID}",
        f"https://www.youtube.com:443/watch?v={ID}",
        f"www.youtube.com/watch?v={ID}",
        f"youtu.be/{ID}",
        f"https://www.youtube.com/watch/?v={ID}#t=5",
    ],
)
def test_it_knows_every_address_of_a_video(text: str) -> None:
    assert video_id_of(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "https://www.youtube.com/playlist?list=PL123",
        "https://www.youtube.com/watch?list=PL123",
        "https://www.youtube.com/embed/videoseries?list=PL123",
        "https://youtu.be/?list=PL123",
    ],
)
def test_a_list_of_videos_is_refused_as_one(text: str) -> None:
    with pytest.raises(PlaylistNotSupportedError):
        video_id_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "talk",
        "https://example.org/watch?v=dQw4w9WgXcQ",
        "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.evil.org/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.org/watch?v=dQw4w9WgXcQ",
        "https://evil.org@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://evil.org#youtube.com/watch?v=dQw4w9WgXcQ",
        "https://evil.org\\@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com./watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:x/watch?v=dQw4w9WgXcQ",
        "https://[youtube.com/watch?v=dQw4w9WgXcQ",
        "ftp://youtube.com/watch?v=dQw4w9WgXcQ",
        "javascript://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXc",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXc%2F",
        "https://www.youtube.com/@dQw4w9WgXcQ",
        "https://www.youtube.com/embed/live_stream?channel=UC123",
        "live_stream",
        "videoseries",
        "https://www.youtube.com/",
        "https://youtu.be/",
        "https://www.youtube.com/watch?v=dQw4\nw9WgXcQ",
        "https://yоutube.com/watch?v=dQw4w9WgXcQ",
    ],
)
def test_what_is_no_address_of_a_video_is_refused(text: str) -> None:
    with pytest.raises(NotAYoutubeVideoError):
        video_id_of(text)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [("12:07", 727_000), ("1:02:03.5", 3_723_500), ("0:00", 0), ("5:09.04", 309_040), ("100:00:00", 360_000_000),
     (" 00:59.999 ", 59_999)],
)  # fmt: skip
def test_it_reads_moments(text: str, expected_ms: int) -> None:
    assert parse_timestamp(text) == expected_ms


@pytest.mark.parametrize(
    "text",
    ["", "12", "60:00", "12:60", "1:60:00", "1:02:3", "-1:00", "1:00.0000", "1:00.", "1:2:03:04", "１:00", "1:00 am"],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no moment"):
        parse_timestamp(text)
