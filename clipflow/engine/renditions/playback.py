"""How much work it takes until every browser plays a recording: an allow list, never a deny list."""

from enum import StrEnum

from clipflow.engine.media_info import AudioStream, FieldOrder, MediaInfo, VideoStream, default_track

# The most that is played as it is; above this every page would wait for its line.
MOST_LINES = 1080
_MOST_COLUMNS = 1920
_MOST_BITS_PER_S = 20_000_000
_MP4 = frozenset({"mov", "mp4"})
_MATROSKA = "matroska"
_EIGHT_BIT_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_MP4_PICTURES = frozenset({"h264"})
_WEBM_PICTURES = frozenset({"vp8", "vp9", "av1"})
_MP4_SOUNDS = frozenset({"aac", "mp3", "opus"})
_WEBM_SOUNDS = frozenset({"opus", "vorbis"})
# Of sound alone: by the first of ffmpeg's names of the container.
_SOUND_FILES = {
    "mov": frozenset({"aac", "mp3"}),
    "mp3": frozenset({"mp3"}),
    "wav": frozenset({"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_u8", "pcm_f32le"}),
    "ogg": frozenset({"vorbis", "opus"}),
    "flac": frozenset({"flac"}),
}


class Work(StrEnum):
    """What a copy takes, the least first."""

    NONE = "none"
    REMUX = "remux"
    SOUND = "sound"
    FULL = "full"


class Box(StrEnum):
    """The container of a copy, which is the ending of its name too."""

    MP4 = "mp4"
    WEBM = "webm"
    M4A = "m4a"


def playback_work(info: MediaInfo, *, is_webm: bool) -> Work:
    """The least work that makes a recording playable in every browser.

    Args:
        info: what the recording is. Where it does not say how a pixel is stored, a full copy is made.
        is_webm: whether a Matroska file says of itself that it is WebM; ffmpeg tells no difference.
    """
    sound = info.audio_streams[default_track(info)]
    names = info.container.split(",")
    if info.video is None:
        return _work_of_sound(sound, names)
    if not is_light(info.video, info.bit_rate):
        return Work.FULL
    box = box_of(info)
    is_boxed = not _MP4.isdisjoint(names) if box == Box.MP4 else is_webm and _MATROSKA in names
    sounds = _MP4_SOUNDS if box == Box.MP4 else _WEBM_SOUNDS
    if sound.codec not in sounds:
        return Work.SOUND
    # As a browser records it, it says neither how long it is nor where its key frames are.
    is_endless = box == Box.WEBM and info.duration_s is None
    return Work.NONE if is_boxed and not is_endless else Work.REMUX


def box_of(info: MediaInfo) -> Box:
    """The container that a copy of a recording comes in, where its picture is not encoded anew."""
    if info.video is None:
        return Box.M4A
    return Box.WEBM if info.video.codec in _WEBM_PICTURES else Box.MP4


def is_light(video: VideoStream, bit_rate: int | None) -> bool:
    """Whether a picture is one that every browser shows and most lines carry."""
    is_known = video.codec in _MP4_PICTURES | _WEBM_PICTURES and video.pixel_format in _EIGHT_BIT_FORMATS
    is_small = min(video.width, video.height) <= MOST_LINES and max(video.width, video.height) <= _MOST_COLUMNS
    is_progressive = video.field_order == FieldOrder.PROGRESSIVE
    return is_known and is_small and is_progressive and (bit_rate or 0) <= _MOST_BITS_PER_S


def _work_of_sound(sound: AudioStream, names: list[str]) -> Work:
    if sound.codec in _SOUND_FILES.get(names[0], frozenset()):
        return Work.NONE
    return Work.REMUX if sound.codec in ("aac", "mp3") else Work.SOUND
