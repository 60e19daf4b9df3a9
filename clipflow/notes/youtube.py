"""Addresses of videos on YouTube, as people paste them.

Source: the forms that youtube.com itself writes into its share and embed dialogs, tried in November 2026.
"""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from clipflow.core.errors import NotAYoutubeVideoError, PlaylistNotSupportedError

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_SHORT_HOST = "youtu.be"
_HOSTS = {
    "youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}  # fmt: skip
_WITH_ID_IN_PATH = {"shorts", "live", "embed"}
_PLAYER_OF_PLAYLISTS = "videoseries"
# As long as an id, but the player of whatever a channel is sending.
_PLAYER_OF_CHANNELS = "live_stream"
_USUAL_PORTS = {None, 80, 443}
_NOT_A_VIDEO = "This is no address of a YouTube video; paste the one that the page of the video shows."


def video_id_of(text: str) -> str:
    """The id of the video that an address is of, or that was given itself.

    Raises:
        PlaylistNotSupportedError: it is the address of a list of videos.
        NotAYoutubeVideoError: it is anything else.
    """
    text = text.strip()
    if _is_video(text):
        return text
    address = _parsed(text)
    first, *rest = address.path.strip("/").split("/")
    query = parse_qs(address.query)
    if address.hostname == _SHORT_HOST:
        found = first
    elif first in _WITH_ID_IN_PATH:
        found = rest[0] if rest else ""
    else:
        found = query.get("v", [""])[0] if first == "watch" else ""
    if _is_video(found):
        return found
    if first == "playlist" or "list" in query:
        sentence = "This is a list of videos; open one of them and paste its address."
        raise PlaylistNotSupportedError(sentence, {"url": sentence})
    raise _no_video()


def _is_video(text: str) -> bool:
    return _VIDEO_ID.fullmatch(text) is not None and text not in (_PLAYER_OF_PLAYLISTS, _PLAYER_OF_CHANNELS)


def _parsed(text: str) -> SplitResult:
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in text):
        raise _no_video()
    try:
        address = urlsplit(text if "://" in text else f"https://{text}")
        host, port = address.hostname, address.port
    except ValueError:
        raise _no_video() from None
    is_usual = address.scheme in ("http", "https") and port in _USUAL_PORTS and "@" not in address.netloc
    if not is_usual or host not in _HOSTS | {_SHORT_HOST}:
        raise _no_video()
    return address


def _no_video() -> NotAYoutubeVideoError:
    return NotAYoutubeVideoError(_NOT_A_VIDEO, {"url": _NOT_A_VIDEO})
