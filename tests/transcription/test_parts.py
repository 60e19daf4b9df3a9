"""Cutting sound into parts at silences, and packing them."""

import io
import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipflow.engine import SAMPLE_RATE, AnalysisOptions, analyze
from clipflow.transcription import encoding
from clipflow.transcription.encoding import LARGEST_BYTES, pack
from clipflow.transcription.errors import PackingError
from clipflow.transcription.parts import FRAME_SAMPLES, PartCutter, PartLengths, SoundPart
from scripts.fake_openai import duration_of_opus_s
from tests.conftest import SAMPLE

SHORT = PartLengths(shortest_s=10.0, longest_s=20.0)


def parts_of(
    samples: np.ndarray, probabilities: np.ndarray, lengths: PartLengths, block: int = 4096
) -> list[SoundPart]:
    parts: list[SoundPart] = []
    cutter = PartCutter(parts.append, lengths)
    for start in range(0, samples.size, block):
        frames = slice(start // FRAME_SAMPLES, (start + block) // FRAME_SAMPLES)
        cutter.hear(samples[start : start + block], probabilities[frames])
    cutter.finish()
    assert cutter.count == len(parts)
    return parts


def test_parts_of_the_sample_are_cut_in_its_silences() -> None:
    parts: list[SoundPart] = []
    analysis = analyze(SAMPLE, AnalysisOptions(), listener=PartCutter(parts.append, SHORT))
    silences = [(one.start_ms, one.end_ms) for one in analysis.segments if one.type.value == "silence"]
    assert len(parts) >= 3
    for part in parts[1:]:
        assert any(start <= part.start_ms <= end for start, end in silences), part.start_ms
    assert sum(part.samples.size for part in parts) == pytest.approx(57.4 * SAMPLE_RATE, abs=FRAME_SAMPLES * 4)


@settings(max_examples=30)
@given(
    st.integers(1, 70),
    st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 9),
)
def test_parts_tile_the_sound_and_keep_to_their_lengths(
    seconds: int, turns: list[tuple[int, bool]], block: int
) -> None:
    frames = seconds * SAMPLE_RATE // FRAME_SAMPLES
    probabilities = np.concatenate(
        [np.full(length, 0.9 if is_speech else 0.1, np.float32) for length, is_speech in turns]
    )
    probabilities = np.resize(probabilities, frames)
    samples = np.arange(frames * FRAME_SAMPLES, dtype=np.int64).astype(np.int16)
    parts = parts_of(samples, probabilities, SHORT, block * 4096)
    assert np.array_equal(np.concatenate([part.samples for part in parts]), samples)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(parts))
    assert all(part.samples.size <= 20 * SAMPLE_RATE for part in parts)
    assert all(part.samples.size >= 10 * SAMPLE_RATE for part in parts[:-1])


def test_the_usual_parts_are_shorter_than_twenty_minutes() -> None:
    assert PartLengths().longest_s < 20 * 60


def test_a_part_without_speech_is_known() -> None:
    (part,) = parts_of(np.zeros(5 * 512, np.int16), np.full(5, 0.2, np.float32), SHORT)
    assert not part.has_speech


def test_where_nobody_pauses_it_cuts_where_it_is_least_like_speech() -> None:
    frames = 25 * SAMPLE_RATE // FRAME_SAMPLES
    probabilities = np.full(frames, 0.9, np.float32)
    probabilities[500:508] = 0.5
    first, _ = parts_of(np.zeros(frames * FRAME_SAMPLES, np.int16), probabilities, SHORT)
    assert first.samples.size // FRAME_SAMPLES == pytest.approx(504, abs=4)


def test_a_packed_part_is_small_and_exactly_as_long(tmp_path: Path) -> None:
    click = np.zeros(60 * SAMPLE_RATE, np.int16)
    click[30 * SAMPLE_RATE : 30 * SAMPLE_RATE + 160] = 20_000
    packed = io.BytesIO()
    pack(click, packed)
    content = packed.getvalue()
    assert duration_of_opus_s(content) == pytest.approx(60.0, abs=0.03)
    assert len(content) * 20 < LARGEST_BYTES, "twenty minutes fit easily"
    file = tmp_path / "part.ogg"
    file.write_bytes(content)
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-f", "s16le", "-ar", "16000", "-ac", "1", "pipe:1"]
    sound = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)
    assert abs(int(np.argmax(np.abs(sound))) - 30 * SAMPLE_RATE) < 0.02 * SAMPLE_RATE, "the sound has not moved"


def test_an_encoder_that_is_ended_from_outside_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = tmp_path / "ffmpeg"
    encoder.write_text("#!/bin/sh\nkill -9 $$\n")
    encoder.chmod(0o755)
    segment_class, _ = encoding._pydub()
    monkeypatch.setattr(segment_class, "converter", str(encoder))
    with pytest.raises(PackingError, match="analyse the recording again"):
        pack(np.zeros(SAMPLE_RATE, np.int16), io.BytesIO())
