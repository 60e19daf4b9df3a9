"""How well speech is told from the rest on labelled files, the stock output against ours."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import silero_vad
import torch

from benchmarks.inputs import LabelledFile, Samples
from benchmarks.table import Row
from clipflow.engine import AnalysisOptions, SegmentType, Tracks, segment
from clipflow.engine.levels import LevelMeter
from clipflow.engine.segments import SURE_OF_SPEECH
from clipflow.engine.tracks import BIN_MS, TracksBuilder
from clipflow.engine.vad import FRAME_SAMPLES, SileroModel, SpeechDetector, load_model

SAMPLE_RATE = 16_000
FRAME_MS = 32
HALF = 0.5
SHARE_HEADINGS = (
    "Aggressiveness",
    "Speech kept, stock",
    "Silence removed, stock",
    "Speech kept, ours",
    "Silence removed, ours",
    "F1, stock",
    "F1, ours",
)

Scores = npt.NDArray[np.float32]
Labels = npt.NDArray[np.bool_]
StockModel = Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Judged:
    """One labelled file with the stock model's frames, ours, and our tracks."""

    file: LabelledFile
    stock_frames: Scores
    our_frames: Scores
    tracks: Tracks

    @property
    def labels(self) -> Labels:
        return self.file.is_speech

    @property
    def stock_grid(self) -> Scores:
        """The stock model's answer at the middle of each 10 ms, as it comes."""
        middle_ms = np.arange(self.labels.size) * BIN_MS + BIN_MS // 2
        return self.stock_frames[np.minimum(middle_ms // FRAME_MS, self.stock_frames.size - 1)]


def judge_files(files: Iterable[LabelledFile]) -> list[Judged]:
    """Run the stock model frame by frame and our detector over each file."""
    stock_model, model = load_stock_model(), load_model()
    return [_judge(one, stock_model, model) for one in files]


def measure_detector(judged: list[Judged]) -> list[Row]:
    """Rows on how well the probabilities tell speech from the rest."""
    labels = np.concatenate([one.labels for one in judged])
    stock = np.concatenate([one.stock_grid for one in judged])
    ours = np.concatenate([one.tracks.speech[: one.labels.size] for one in judged])
    furthest = max(float(np.abs(one.our_frames - one.stock_frames).max()) for one in judged)
    return [
        Row("hours with labels", f"{labels.size / 360_000:.3f}"),
        Row("ROC AUC, silero-vad as it comes", f"{roc_auc(stock, labels):.4f}"),
        Row.at_least("ROC AUC, ClipFlow", roc_auc(ours, labels), 0.971, digits=4),
        Row("F1 at 0.5, silero-vad as it comes", f"{f1_score(stock >= HALF, labels):.4f}"),
        Row("F1 at 0.5, ClipFlow", f"{f1_score(ours >= HALF, labels):.4f}"),
        Row.at_most("largest difference of a frame from the stock model", furthest, 1e-4, digits=7),
    ]


def measure_segments(judged: list[Judged]) -> list[tuple[str, ...]]:
    """Shares of speech kept and of the rest removed at each aggressiveness; see SHARE_HEADINGS."""
    stock_model = load_stock_model()
    return [_shares(judged, level, stock_model) for level in (1, 2, 3)]


def load_stock_model() -> StockModel:
    """The package's own model, as documented."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: StockModel = silero_vad.load_silero_vad()
    return model


def roc_auc(scores: Scores, labels: Labels) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney U), ties shared."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    positives, negatives = int(labels.sum()), int((~labels).sum())
    rank_sum = float(mean_ranks[inverse][labels].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def f1_score(found: Labels, labels: Labels) -> float:
    """Harmonic mean of precision and recall."""
    return float(2 * (found & labels).sum() / (found.sum() + labels.sum()))


def _judge(file: LabelledFile, stock_model: StockModel, model: SileroModel) -> Judged:
    detector, meter, builder = SpeechDetector(model), LevelMeter(), TracksBuilder()
    our_frames = np.concatenate((detector.feed(file.samples), detector.finish()))
    builder.add(our_frames, meter.feed(file.samples))
    builder.add(our_frames[:0], meter.finish())
    tracks = builder.build(round(file.samples.size * 1000 / SAMPLE_RATE))
    return Judged(file, _stock_frames(file.samples, stock_model), our_frames, tracks)


def _stock_frames(samples: Samples, stock_model: StockModel) -> Scores:
    stock_model.reset_states()  # type: ignore[attr-defined]
    padded = np.pad(samples, (0, -samples.size % FRAME_SAMPLES)).astype(np.float32) / 32768
    frames = torch.from_numpy(padded.reshape(-1, FRAME_SAMPLES))
    return np.array([stock_model(frame, SAMPLE_RATE).item() for frame in frames], np.float32)


def _shares(judged: list[Judged], aggressiveness: int, stock_model: StockModel) -> tuple[str, ...]:
    """Share of speech kept and of the rest removed, stock and ours, with the same thresholds and times."""
    options = AnalysisOptions(vad_aggressiveness=aggressiveness)
    labels = np.concatenate([one.labels for one in judged])
    stock = np.concatenate([_stock_speech(one, options, stock_model) for one in judged])
    ours = np.concatenate([_our_speech(one, options) for one in judged])
    shares = (stock[labels].mean(), (~stock)[~labels].mean(), ours[labels].mean(), (~ours)[~labels].mean())
    scores = (f1_score(stock, labels), f1_score(ours, labels))
    return (str(aggressiveness), *(f"{share:.1%}" for share in shares), *(f"{score:.4f}" for score in scores))


def _stock_speech(one: Judged, options: AnalysisOptions, stock_model: StockModel) -> Labels:
    found = silero_vad.get_speech_timestamps(
        torch.from_numpy(one.file.samples.astype(np.float32) / 32768),
        stock_model,
        threshold=SURE_OF_SPEECH[options.vad_aggressiveness],
        min_speech_duration_ms=options.min_speech_duration_ms,
        min_silence_duration_ms=options.min_silence_duration_ms,
        speech_pad_ms=options.speech_pad_start_ms,
    )
    return _covered(((span["start"] / 16, span["end"] / 16) for span in found), one.labels.size)


def _our_speech(one: Judged, options: AnalysisOptions) -> Labels:
    spoken = (part for part in segment(one.tracks, options) if part.type is SegmentType.SPEECH)
    return _covered(((part.start_ms, part.end_ms) for part in spoken), one.labels.size)


def _covered(spans_ms: Iterable[tuple[float, float]], bins: int) -> Labels:
    covered = np.zeros(bins, dtype=bool)
    for start_ms, end_ms in spans_ms:
        covered[round(start_ms / BIN_MS) : round(end_ms / BIN_MS)] = True
    return covered
