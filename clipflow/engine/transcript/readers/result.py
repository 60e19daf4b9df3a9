"""What every reader gives back."""

from dataclasses import dataclass

from clipflow.engine.transcript.cues import Caption, Cue
from clipflow.engine.transcript.words import Word


@dataclass(frozen=True, slots=True)
class ReadTranscript:
    """What a file says: words that have times of their own, captions whose words have none, and the language it names.

    ``cues`` are the captions as the file shows them, where it is one of captions.
    """

    words: tuple[Word, ...] = ()
    captions: tuple[Caption, ...] = ()
    language: str | None = None
    cues: tuple[Cue, ...] = ()
