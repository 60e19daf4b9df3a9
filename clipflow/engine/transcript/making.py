"""From what was heard or read to a transcript: words in their places, fillers, speech that was left out."""

from collections.abc import Sequence

from clipflow.engine.tracks import Tracks
from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.fillers import FillerOptions, find_fillers
from clipflow.engine.transcript.left_out import find_left_out
from clipflow.engine.transcript.placing import place_words
from clipflow.engine.transcript.spreading import SpeechStretches, Stretch, spread
from clipflow.engine.transcript.words import Timing, Transcript, Word

_LEAST_SPEECH_MS = 100


def make_transcript(words: Sequence[Word], tracks: Tracks, options: FillerOptions, language: str | None) -> Transcript:
    """Hold the words against the speech track, and find what a person may want to cut."""
    return judge_words(place_words(words, tracks), tracks, options, language)


def judge_words(words: tuple[Word, ...], tracks: Tracks, options: FillerOptions, language: str | None) -> Transcript:
    """The fillers among words that are in their places, and the speech between them that has none."""
    if not options.is_on:
        return Transcript(words, (), language)
    found = (*find_fillers(words, options, language), *find_left_out(words, tracks))
    return Transcript(words, tuple(sorted(found, key=lambda one: one.start_ms)), language)


def words_in_order(words: Sequence[Word], captions: Sequence[Caption], tracks: Tracks) -> list[Word]:
    """Words that have times of their own, and those of captions where there are any, in the order they are said.

    Without captions the order stays that of the text: a time may be wrong, the text is not.
    """
    if not captions:
        return list(words)
    return sorted((*words, *words_of_captions(captions, tracks)), key=lambda one: one.start_ms)


def words_of_captions(captions: Sequence[Caption], tracks: Tracks) -> list[Word]:
    """Spread the words of each caption over the speech that is heard while it is shown.

    Of two captions that overlap the later one begins where the earlier one ends.
    """
    speech = SpeechStretches(tracks)
    words: list[Word] = []
    earliest_ms = 0
    for one in sorted(captions, key=lambda caption: caption.start_ms):
        start_ms = min(max(one.start_ms, earliest_ms), tracks.duration_ms)
        end_ms = max(start_ms, min(one.end_ms, tracks.duration_ms))
        heard = speech.within(start_ms, end_ms)
        is_heard = sum(stretch.length_ms for stretch in heard) >= _LEAST_SPEECH_MS
        texts = one.text.split()
        if end_ms > start_ms:
            places = spread(texts, heard if is_heard else [Stretch(start_ms, end_ms)])
        else:
            places = [Stretch(start_ms, start_ms)] * len(texts)
        words += [Word(*place, text, Timing.ESTIMATED) for text, place in zip(texts, places, strict=True)]
        earliest_ms = words[-1].end_ms if words else earliest_ms
    return words
