"""A stand-in of a transcription service, spoken to over real HTTP."""

from collections.abc import Iterator

import pytest

from scripts.fake_openai import FakeOpenAI

SHORT_PAUSE_S = 0.05


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """Spoken to by a client that does not wait long before it tries again."""
    monkeypatch.setattr("clipflow.transcription.sending._FIRST_PAUSE_S", SHORT_PAUSE_S)
    with FakeOpenAI() as running:
        yield running
