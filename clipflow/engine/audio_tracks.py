"""Which audio track is analysed when nobody names one: the file's default, unless it is silent."""

from pathlib import Path

from clipflow.engine.decode import PcmDecoder, SoundSource
from clipflow.engine.errors import CorruptMediaError, UnsupportedMediaError
from clipflow.engine.ffmpeg import ShouldStop
from clipflow.engine.media_info import MediaInfo, default_track
from clipflow.engine.options import AnalysisOptions, MediaLimits

# -60 dBFS: no room in which someone speaks stays below it.
_AUDIBLE_SAMPLE = 33
_MOST_LISTENED_SAMPLES = 600 * 16_000


def choose_track(
    path: Path, info: MediaInfo, options: AnalysisOptions, limits: MediaLimits, should_stop: ShouldStop
) -> int:
    """The track that the options name, or else the default one, or the first with any sound where that is silent.

    Raises:
        InvalidOptionError: there is no track of the number that was named.
        AnalysisCancelledError, MediaToolError: as :class:`~clipflow.engine.decode.PcmDecoder`.
    """
    if options.audio_track is not None:
        info.audio_stream(options.audio_track)
        return options.audio_track
    first = default_track(info)
    others = [number for number, one in enumerate(info.audio_streams) if one.is_decodable and number != first]
    if not others:
        return first
    audible = (
        number for number in (first, *others) if _is_audible(SoundSource(path, info, number), limits, should_stop)
    )
    return next(audible, first)


def _is_audible(source: SoundSource, limits: MediaLimits, should_stop: ShouldStop) -> bool:
    """Whether there is any sound in the first ten minutes; the first block of an ordinary track says so already."""
    try:
        with PcmDecoder(source, limits, should_stop) as decoder:
            for block in decoder.blocks():
                if int(block.max()) > _AUDIBLE_SAMPLE:
                    return True
                if decoder.sample_count > _MOST_LISTENED_SAMPLES:
                    return False
    except (CorruptMediaError, UnsupportedMediaError):
        pass
    return False
