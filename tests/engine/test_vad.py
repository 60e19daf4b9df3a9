"""The fast detector says what the stock model says."""

import subprocess

import numpy as np
import numpy.typing as npt
import pytest
import silero_vad
import torch

from clipflow.engine.vad import FRAME_SAMPLES, SpeechDetector, load_model
from tests.conftest import SAMPLE

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def samples() -> npt.NDArray[np.int16]:
    """The sample's sound, an odd number of samples long."""
    command = ["ffmpeg", "-v", "error", "-i", str(SAMPLE), "-ac", "1", "-ar", "16000", "-f", "s16le", "-"]
    pcm = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(pcm, dtype="<i2")[:-77]


@pytest.fixture(scope="module")
def stock(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """The stock model's probabilities, frame by frame, the last one filled up with zeros."""
    model = silero_vad.load_silero_vad()
    padded = np.pad(samples, (0, -samples.size % FRAME_SAMPLES)).astype(np.float32) / 32768
    frames = torch.from_numpy(padded).split(FRAME_SAMPLES)
    return np.array([model(frame, 16_000).item() for frame in frames], dtype=np.float32)


@pytest.mark.parametrize("piece_samples", [999_999_999, 262_144, 16_000, 4_999])
def test_it_equals_the_stock_model_in_pieces_of_any_size(
    piece_samples: int, samples: npt.NDArray[np.int16], stock: npt.NDArray[np.float32]
) -> None:
    detector = SpeechDetector.from_package()
    pieces = [detector.feed(samples[at : at + piece_samples]) for at in range(0, samples.size, piece_samples)]
    found = np.concatenate([*pieces, detector.finish()])
    assert found.shape == stock.shape
    assert np.abs(found - stock).max() <= TOLERANCE


def test_it_equals_the_stock_model_on_loud_noise() -> None:
    noise = np.random.default_rng(5).integers(-32768, 32767, FRAME_SAMPLES * 40).astype(np.int16)
    model = silero_vad.load_silero_vad()
    frames = torch.from_numpy(noise.astype(np.float32) / 32768).split(FRAME_SAMPLES)
    expected = np.array([model(frame, 16_000).item() for frame in frames])
    assert np.abs(SpeechDetector.from_package().feed(noise) - expected).max() <= TOLERANCE


def test_detectors_that_share_a_model_do_not_share_state(samples: npt.NDArray[np.int16]) -> None:
    model = load_model()
    first, second = SpeechDetector(model), SpeechDetector(model)
    head = samples[: FRAME_SAMPLES * 100]
    expected = SpeechDetector(model).feed(head)
    interleaved = [(first.feed(part), second.feed(part)) for part in np.split(head, 10)]
    for one in (0, 1):
        assert np.allclose(np.concatenate([pair[one] for pair in interleaved]), expected, atol=1e-6)


def test_it_answers_nothing_to_nothing() -> None:
    detector = SpeechDetector.from_package()
    assert detector.feed(np.empty(0, dtype=np.int16)).size == 0
    assert detector.finish().size == 0


def test_it_leaves_the_callers_samples_unchanged(samples: npt.NDArray[np.int16]) -> None:
    given = samples[:20_000].copy()
    SpeechDetector.from_package().feed(given)
    assert np.array_equal(given, samples[:20_000])
