"""Silero VAD 6.2 for recordings: the stock model's probabilities, many times faster.

The stock model is called once per 32 ms and carries its state along. Only its small LSTM is
recurrent; the short-time Fourier transform and the four convolutions before it see one frame each,
so here they run for hundreds of frames at once, the convolutions as matrix products, and the LSTM
takes a whole block in one call. The probabilities equal those of the stock model within 1e-4.

Source of the model: https://github.com/snakers4/silero-vad (MIT); the layer sizes and the order of
operations follow ``tinygrad_model.py`` in its package. The weights come from its TorchScript file:
the safetensors file beside it holds those of another version (as of 6.2.3).
"""

import importlib.util
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

FRAME_SAMPLES = 512
_CONTEXT_SAMPLES = 64
_WINDOW_SAMPLES = 256
_HOP_SAMPLES = 128
# What the reflection repeats: the samples before the last one, backwards.
_REFLECTED_SAMPLES = 64
_WINDOWS = 4
_HIDDEN_SIZE = 128
_FULL_SCALE = 32768.0
_BLOCK_FRAMES = 512

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SileroModel:
    """The weights, laid out for matrix products; never written to, so threads may share them.

    ``convolutions`` holds for each layer the bias and the three taps as (inputs, outputs) matrices.
    """

    convolutions: tuple[tuple[Tensor, tuple[Tensor, Tensor, Tensor]], ...]
    lstm: torch.nn.LSTM
    output_weight: Tensor
    output_bias: Tensor
    window: Tensor


def load_model(path: Path | None = None) -> SileroModel:
    """Read the weights from the installed silero-vad package, or from a TorchScript file of the same model.

    It also limits torch to one thread for the whole process: the matrices are so small that a
    second thread costs more than it brings, and other recordings want the other cores.
    """
    torch.set_num_threads(1)
    weights = _read_weights(path or _packaged_model())
    lstm = torch.nn.LSTM(_HIDDEN_SIZE, _HIDDEN_SIZE)
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(lstm, f"{name}_l0").copy_(weights[f"decoder.rnn.{name}"])
    return SileroModel(
        convolutions=tuple(_convolution(weights, f"encoder.{number}.reparam_conv") for number in range(4)),
        lstm=lstm.requires_grad_(False),
        output_weight=weights["decoder.decoder.2.weight"].reshape(_HIDDEN_SIZE),
        output_bias=weights["decoder.decoder.2.bias"],
        window=torch.hann_window(_WINDOW_SAMPLES),
    )


class SpeechDetector:
    """Speech probability of each 32 ms frame of a stream that comes in pieces of any size.

    A detector belongs to one recording and one thread.
    """

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._state: tuple[Tensor, Tensor] | None = None
        self._tail = np.zeros(_CONTEXT_SAMPLES, dtype=np.int16)

    @classmethod
    def from_package(cls) -> Self:
        """A detector with the weights of the installed silero-vad package."""
        return cls(load_model())

    def feed(self, samples: npt.NDArray[np.int16]) -> Probabilities:
        """Probabilities, 0 to 1, of the frames that these samples complete."""
        pending = np.concatenate((self._tail, samples))
        frame_count = (pending.size - _CONTEXT_SAMPLES) // FRAME_SAMPLES
        used = frame_count * FRAME_SAMPLES
        self._tail = pending[used:].copy()
        return self._detect(pending[: used + _CONTEXT_SAMPLES], frame_count)

    def finish(self) -> Probabilities:
        """The probability of a last, incomplete frame, filled up with digital silence as the stock model does."""
        missing = -(self._tail.size - _CONTEXT_SAMPLES) % FRAME_SAMPLES
        return self.feed(np.zeros(missing, dtype=np.int16))

    def _detect(self, samples: npt.NDArray[np.int16], frame_count: int) -> Probabilities:
        probabilities = np.empty(frame_count, dtype=np.float32)
        with torch.inference_mode():
            for first in range(0, frame_count, _BLOCK_FRAMES):
                count = min(_BLOCK_FRAMES, frame_count - first)
                start = first * FRAME_SAMPLES
                block = samples[start : start + count * FRAME_SAMPLES + _CONTEXT_SAMPLES]
                probabilities[first : first + count] = self._detect_block(block, count)
        return probabilities

    def _detect_block(self, block: npt.NDArray[np.int16], frame_count: int) -> Probabilities:
        model = self._model
        features = _encode(_spectra(block, frame_count, model.window), frame_count, model)
        hidden, self._state = model.lstm(features.unsqueeze(1), self._state)
        logits = hidden.squeeze(1).relu() @ model.output_weight + model.output_bias
        probabilities: Probabilities = logits.sigmoid().numpy()
        return probabilities


def _spectra(block: npt.NDArray[np.int16], frame_count: int, window: Tensor) -> Tensor:
    """Magnitude spectra of shape (4 · frames, 129), all first windows before all second ones and so on.

    The basis that the stock model multiplies with is a Fourier transform under a Hann window. Each
    frame of 64 + 512 samples is continued by reflection, which the fourth window reaches into.
    """
    scaled = np.multiply(block, np.float32(1 / _FULL_SCALE), dtype=np.float32)
    frame_length = _CONTEXT_SAMPLES + FRAME_SAMPLES
    frames = torch.from_numpy(scaled).as_strided((frame_count, frame_length), (FRAME_SAMPLES, 1))
    windowed = torch.empty(_WINDOWS, frame_count, _WINDOW_SAMPLES)
    for number in range(_WINDOWS - 1):
        start = number * _HOP_SAMPLES
        torch.mul(frames[:, start : start + _WINDOW_SAMPLES], window, out=windowed[number])
    inside = _WINDOW_SAMPLES - _REFLECTED_SAMPLES
    torch.mul(frames[:, -inside:], window[:inside], out=windowed[-1, :, :inside])
    mirrored = frames[:, -_REFLECTED_SAMPLES - 1 : -1].flip(1)
    torch.mul(mirrored, window[inside:], out=windowed[-1, :, inside:])
    parts = torch.view_as_real(torch.fft.rfft(windowed))
    real, imaginary = parts[..., 0], parts[..., 1]
    # Four times faster than abs() of complex numbers, which guards against overflows that cannot happen here.
    return torch.addcmul(real * real, imaginary, imaginary).sqrt_().reshape(_WINDOWS * frame_count, -1)


def _encode(spectra: Tensor, frame_count: int, model: SileroModel) -> Tensor:
    """The four convolutions over each frame's four windows; shape (frames, 128).

    The rows of a window lie together, so a tap is one matrix product over the rows it meets. The
    second and third layer have stride 2, which leaves two positions and then one; what a tap would
    read outside the frame is zero and is left out.
    """
    first, second, third, fourth = model.convolutions
    n = frame_count

    bias, (before, centre, after) = first
    wide = torch.addmm(bias, spectra, centre)
    wide[n:].addmm_(spectra[:-n], before)
    wide[:-n].addmm_(spectra[n:], after)
    wide.relu_()

    bias, (before, centre, after) = second
    left = torch.addmm(bias, wide[:n], centre).addmm_(wide[n : 2 * n], after).relu_()
    right = torch.addmm(bias, wide[n : 2 * n], before)
    right.addmm_(wide[2 * n : 3 * n], centre).addmm_(wide[3 * n :], after).relu_()

    bias, (_, centre, after) = third
    narrow = torch.addmm(bias, left, centre).addmm_(right, after).relu_()

    bias, (_, centre, _) = fourth
    return torch.addmm(bias, narrow, centre).relu_()


def _convolution(weights: Mapping[str, Tensor], name: str) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    before, centre, after = (tap.t().contiguous() for tap in weights[f"{name}.weight"].unbind(2))
    return weights[f"{name}.bias"], (before, centre, after)


def _packaged_model() -> Path:
    # Looking the package up does not import it: its import would load helpers that are not needed.
    package = importlib.util.find_spec("silero_vad")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The package silero-vad is not installed; run make.")
    return Path(package.origin).with_name("data") / "silero_vad.jit"


def _read_weights(path: Path) -> dict[str, Tensor]:
    """The weights of the 16 kHz model; the file also holds one for 8 kHz."""
    prefix = "_model."
    with warnings.catch_warnings():
        # torch wants new models to be exported in another form; this file is what the package ships.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = torch.jit.load(path)  # type: ignore[no-untyped-call]
    return {
        name.removeprefix(prefix): tensor.detach()
        for name, tensor in model.state_dict().items()
        if name.startswith(prefix)
    }
