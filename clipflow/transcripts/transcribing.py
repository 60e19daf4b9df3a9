"""Transcription of a recording by a service: what it is told, what it costs, and where its answers are kept."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.db import UNREACHABLE, connected
from clipflow.core.errors import UnavailableError
from clipflow.engine.transcript.sounds import language_code
from clipflow.media.models import MediaFile
from clipflow.transcription.client import ServiceAccess, TranscriptionRequest
from clipflow.transcription.running import Transcriber
from clipflow.transcription.sending import AnsweredPart, InFlightParts, request_name
from clipflow.transcripts import models

_KEEP_WITHIN_S = 120.0
_KEEP_PAUSE_S = 1.0
_MS_PER_MINUTE = 60_000


def request_of(options: Mapping[str, Any]) -> TranscriptionRequest:
    """Language and prompt as options say them."""
    return TranscriptionRequest(language_code(options.get("language")), options.get("prompt") or None)


def estimate(settings: Settings, access: ServiceAccess, media: MediaFile, options: Mapping[str, Any]) -> dict[str, Any]:
    """What a transcription would send and cost; parts that were paid for are not sent again."""
    total_ms = round((media.duration_seconds or 0) * 1000)
    request = request_name(access, request_of(options), options.get("audio_track") or 0)
    known_ms = models.transcribed_ms(media.id, request)
    minutes = Decimal(max(0, total_ms - known_ms)) / _MS_PER_MINUTE
    price = settings.transcription_price(minutes)
    return {
        "minutes": round(float(minutes), 1), "minutes_transcribed": round(min(known_ms, total_ms) / _MS_PER_MINUTE, 1),
        "price": float(price), "currency": settings.whisper_price_currency,
        "price_per_minute": float(settings.whisper_price_per_minute), "service": access.host, "model": access.model,
    }  # fmt: skip


def transcriber_for(
    access: ServiceAccess, media_id: UUID, options: Mapping[str, Any], in_flight: InFlightParts
) -> Transcriber:
    """What transcribes a recording under some options."""
    wanted = request_of(options)
    request = request_name(access, wanted, options.get("audio_track") or 0)
    return Transcriber(access, wanted, MediaParts(media_id, request), in_flight=in_flight)


@dataclass(frozen=True, slots=True)
class MediaParts:
    """The answers that a recording has been paid for, in the database."""

    media_id: UUID
    request: str

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer of this key, or None."""
        with connected():
            return models.transcribed_part(self.media_id, key)

    def keep(self, part: AnsweredPart) -> None:
        """Write an answer down; a database that is away is waited for, because the answer has been paid."""
        deadline_s = time.monotonic() + _KEEP_WITHIN_S
        values = {**asdict(part), "media_file": self.media_id, "request": self.request, "created_at": clock.now()}
        del values["number"]
        while True:
            try:
                with connected():
                    models.store_transcribed_part(**values)
                return
            except (UnavailableError, *UNREACHABLE):
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(_KEEP_PAUSE_S)
