"""What kind of file something is, by its name and by its first bytes."""

import unicodedata
from pathlib import PurePosixPath

import puremagic

from clipflow.engine.file_signature import MP4_FIRST_ATOMS

HEAD_BYTES = 8192
MAXIMUM_NAME_CHARACTERS = 255
_FALLBACK_NAME = "recording"
# Kinds of one family share their container and cannot always be told apart by their first bytes.
_FAMILIES = {
    "mp4": ({"mp4", "m4a", "mov", "m4v", "3gp", "3g2", "f4a", "f4v", "m4b", "qt"}),
    "matroska": ({"mkv", "webm", "mka"}),
    "avi": ({"avi"}),
    "mp3": ({"mp3", "mpga", "mp2"}),
    "wav": ({"wav", "wave"}),
    "transport stream": ({"ts", "mts", "m2ts"}),
    "program stream": ({"mpg", "mpeg", "vob"}),
    "mxf": ({"mxf"}),
    "asf": ({"wmv", "wma", "asf"}),
    "flv": ({"flv"}),
    "aac": ({"aac"}),
    "flac": ({"flac"}),
    "ogg": ({"ogg", "oga", "opus", "spx"}),
    "aiff": ({"aiff", "aif", "aifc"}),
    "caf": ({"caf"}),
    "amr": ({"amr"}),
    "w64": ({"w64"}),
    "au": ({"au", "snd"}),
    "wavpack": ({"wv"}),
    "tta": ({"tta"}),
    "ac3": ({"ac3", "eac3"}),
    "dv": ({"dv"}),
}
_MIME_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/x-m4v",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "m4a": "audio/mp4",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "mka": "audio/x-matroska",
    "avi": "video/x-msvideo",
    "ts": "video/mp2t",
    "mts": "video/mp2t",
    "m2ts": "video/mp2t",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "mxf": "application/mxf",
    "wmv": "video/x-ms-wmv",
    "flv": "video/x-flv",
    "dv": "video/x-dv",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wma": "audio/x-ms-wma",
    "aiff": "audio/aiff",
    "aif": "audio/aiff",
    "aifc": "audio/aiff",
    "caf": "audio/x-caf",
    "amr": "audio/amr",
    "w64": "audio/x-w64",
    "au": "audio/basic",
    "wv": "audio/x-wavpack",
    "tta": "audio/x-tta",
    "ac3": "audio/ac3",
    "eac3": "audio/eac3",
}
# What stands at the very beginning, by the ending of one kind of its family.
_SIGNATURES = (
    (b"\x00\x00\x01\xba", "mpg"),
    (b"\x00\x00\x01\xb3", "mpg"),
    (b"\x06\x0e\x2b\x34", "mxf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    (b"FLV\x01", "flv"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"caff", "caf"),
    (b"#!AMR", "amr"),
    (b"RF64", "wav"),
    (b"BW64", "wav"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b".snd", "au"),
    (b"wvpk", "wv"),
    (b"TTA1", "tta"),
    (b"\x0b\x77", "ac3"),
    (b"\x1f\x07\x00", "dv"),
    (b"ADIF", "aac"),
)
# A tag in front says nothing about what comes after it.
_TAGGED_KINDS = {"mp3", "aac", "flac", "tta", "aiff"}
_TRANSPORT_SYNC = 0x47
_TRANSPORT_LAYOUTS = ((0, 188), (4, 192), (0, 204))
_CLIENT_PREFIXES = ("video/", "audio/")
_UNDECIDED_TYPES = (
    "",
    "application/mxf",
    "application/ogg",
    "application/octet-stream",
    "application/mp4",
    "application/x-matroska",
    "binary/octet-stream",
)
# Characters that turn the direction of the text after them, and so can disguise an ending.
_DIRECTION_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def title_of(name: str) -> str:
    """What a recording is called at first: the name of its file without the ending."""
    return name.rpartition(".")[0] or name


def extension_of(filename: str) -> str:
    """The ending of a name in lower case, without its dot."""
    return PurePosixPath(filename).suffix.lower().removeprefix(".")


def mime_type_of(extension: str) -> str:
    """The media type of a kind that is accepted."""
    return _MIME_TYPES[extension]


def is_plausible_type(client_type: str) -> bool:
    """Whether the media type that a client announces may belong to a recording."""
    kind = client_type.split(";", maxsplit=1)[0].strip().lower()
    return kind.startswith(_CLIENT_PREFIXES) or kind in _UNDECIDED_TYPES


def has_content_of(extension: str, head: bytes) -> bool:
    """Whether the first bytes of a file agree with its ending."""
    family = next(members for members in _FAMILIES.values() if extension in members)
    return bool(_kinds_by_content(head) & family)


def sanitised_name(filename: str) -> str:
    """A file's own name for display: no path, no control or direction characters, at most 255 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", "".join(one for one in name if _is_shown(one))).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:MAXIMUM_NAME_CHARACTERS] or _FALLBACK_NAME
    ending = ending[:MAXIMUM_NAME_CHARACTERS]
    return f"{stem[: MAXIMUM_NAME_CHARACTERS - len(ending) - 1] or _FALLBACK_NAME}.{ending}"


def _kinds_by_content(head: bytes) -> set[str]:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    # Weaker matches only share a container: a wav looks a little like an avi.
    surest = max((match.confidence for match in matches), default=0.0)
    kinds = {match.extension.removeprefix(".") for match in matches if match.confidence == surest}
    if head[4:8] in MP4_FIRST_ATOMS:
        kinds.add("mp4")
    kinds |= {kind for signature, kind in _SIGNATURES if head.startswith(signature)}
    if head.startswith(b"ID3"):
        kinds |= _TAGGED_KINDS
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        kinds.add("aiff")
    if _is_transport_stream(head):
        kinds.add("ts")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # noqa: PLR2004  a frame of AAC
        kinds.add("aac")
    if _begins_with_mp3_frame(head):
        kinds.add("mp3")
    return kinds


def _is_transport_stream(head: bytes) -> bool:
    """Whether every packet begins with the byte that marks them; on Blu-ray it comes four bytes late."""
    for first, size in _TRANSPORT_LAYOUTS:
        marks = head[first::size][:5]
        if len(marks) > 1 and set(marks) == {_TRANSPORT_SYNC}:
            return True
    return False


def _begins_with_mp3_frame(head: bytes) -> bool:
    """Eleven set bits, then a layer III that is not reserved, a bit rate and a sample rate."""
    if len(head) < 4:  # noqa: PLR2004  a frame header has four bytes
        return False
    is_layer_3 = head[0] == 0xFF and head[1] & 0xE6 == 0xE2  # noqa: PLR2004
    return is_layer_3 and head[1] & 0x18 != 0x08 and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C  # noqa: PLR2004


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _DIRECTION_OVERRIDES
