"""A stand-in of a transcription service, spoken to over real HTTP."""

from collections.abc import Iterator

import pytest

from scripts.fake_openai import FakeOpenAI


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running
