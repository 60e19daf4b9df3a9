"""Rooms that are not silent: labelled speech with its pauses emptied, mixed with noise, and with events in the pauses.

Everything is made from fixed seeds, so that two runs say the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import silero_vad
import torch

from benchmarks.accuracy import load_stock_model
from benchmarks.inputs import SAMPLE_RATE, LabelledFile
from benchmarks.table import Row
from clipflow.engine import Action, AnalysisOptions, Segment, Tracks, segment
from clipflow.engine.gain import adjusted
from clipflow.engine.levels import LevelMeter
from clipflow.engine.runs import bridge_short_silences, drop_short, find_speech, gaps_between, pad, runs_where
from clipflow.engine.tracks import BIN_MS, TracksBuilder
from clipflow.engine.vad import SpeechDetector, load_model

HEADINGS = (
    "Room", "Speech above it dB", "Stock: speech removed", "pauses removed", "Earlier rules: speech removed",
    "pauses removed", "suggestions", "Ours: speech removed", "pauses removed", "suggestions", "Stretches of speech",
)  # fmt: skip
AGGRESSIVENESS_HEADINGS = (
    "Aggressiveness", "Speech above the room dB", "Speech kept", "suggested", "removed", "Pauses removed", "suggested",
    "Suggestions for 100 stretches of speech",
)  # fmt: skip
_BIN_SAMPLES = SAMPLE_RATE * BIN_MS // 1000
_PAUSE_S = 3.0
_LEVELS_DB = (30, 20, 10)
# What counts as a pause: it lasts for half a second, without the padding that speech is given.
_LEAST_PAUSE_BINS, _PADDING_BINS = 50, 10
_EVENT_AFTER_S = 0.7
_EVENT_BELOW_SPEECH_DB = 3.0
# Speech that may go without asking, and pauses that must go, by how far the speech is above the room.
_GOALS = {None: (0.01, 0.92), 30: (0.02, 0.92), 20: (0.02, 0.92), 10: (0.09, 0.90)}
_EARLIER_ENTER, _EARLIER_LIMIT_DB = 0.65, -40.0

Sound = npt.NDArray[np.float64]
MakeSound = Callable[[int, np.random.Generator], Sound]
Mask = npt.NDArray[np.bool_]
Actions = npt.NDArray[np.int8]
_KEPT, _REMOVED, _SUGGESTED = 0, 1, 2
_CODES = {Action.KEEP: _KEPT, Action.REMOVE: _REMOVED, Action.SUGGEST_REMOVE: _SUGGESTED}


@dataclass(frozen=True)
class Mix:
    """Speech in a room; ``level_db`` is how far the speech is above it, None without a room."""

    room: str
    level_db: int | None
    sound: Sound
    is_speech: Mask
    events: tuple[tuple[int, int], ...] = ()


class _Outcome(NamedTuple):
    speech_removed: float
    pauses_removed: float
    suggestions: int


def measure_rooms(files: list[LabelledFile]) -> tuple[list[tuple[str, ...]], list[Row]]:
    """A line for each room and level, and rows with the goals."""
    stock, lines, ours = load_stock_model(), list[tuple[str, ...]](), list[tuple[Mix, _Outcome]]()
    for mix in _mixes(files):
        tracks = _tracks_of(mix.sound)
        outcome = _outcome(mix, _actions(segment(tracks), mix.is_speech.size))
        earlier = _outcome(mix, _earlier_actions(tracks))
        plain = _outcome(mix, _stock_actions(mix, stock))
        ours.append((mix, outcome))
        lines.append(
            (
                mix.room, "–" if mix.level_db is None else str(mix.level_db), *_shares(plain), *_shares(earlier),
                str(earlier.suggestions), *_shares(outcome), str(outcome.suggestions), str(_stretches(mix)),
            )
        )  # fmt: skip
    return lines, [*_goal_rows(ours), *_event_rows(files)]


def measure_aggressiveness(files: list[LabelledFile]) -> list[tuple[str, ...]]:
    """What becomes of speech and of pauses at each level, as the mean over all rooms."""
    mixes = [(mix, _tracks_of(mix.sound)) for mix in _mixes(files)]
    lines: list[tuple[str, ...]] = []
    for level_db in _GOALS:
        alike = [(mix, tracks) for mix, tracks in mixes if mix.level_db == level_db]
        for aggressiveness in (1, 2, 3):
            options = AnalysisOptions(vad_aggressiveness=aggressiveness)
            found = [(mix, _actions(segment(tracks, options), mix.is_speech.size)) for mix, tracks in alike]
            shares = np.mean([_shares_of_actions(mix, actions) for mix, actions in found], axis=0)
            asked = sum(_outcome(mix, actions).suggestions for mix, actions in found)
            stretches = sum(_stretches(mix) for mix, _ in found)
            lines.append(
                (
                    str(aggressiveness), "–" if level_db is None else str(level_db), *(f"{one:.1%}" for one in shares),
                    f"{100 * asked / stretches:.0f}",
                )
            )  # fmt: skip
    return lines


def _shares_of_actions(mix: Mix, actions: Actions) -> list[float]:
    """Speech that is kept, suggested and removed, then pauses that are removed and suggested."""
    spoken, paused = actions[mix.is_speech], actions[_pauses(mix.is_speech)]
    shares = [spoken == _KEPT, spoken == _SUGGESTED, spoken == _REMOVED, paused == _REMOVED, paused == _SUGGESTED]
    return [float(one.mean()) for one in shares]


def _stretches(mix: Mix) -> int:
    return int(drop_short(bridge_short_silences(runs_where(mix.is_speech), 300), 250).starts.size)


def _goal_rows(found: list[tuple[Mix, _Outcome]]) -> list[Row]:
    rows: list[Row] = []
    for level, (most_lost, least_gone) in _GOALS.items():
        outcomes = [outcome for mix, outcome in found if mix.level_db == level]
        name = "without a room" if level is None else f"{level} dB above the room"
        rows += [
            Row.at_most(f"speech removed without asking, {name}, worst room %",
                        100 * max(one.speech_removed for one in outcomes), 100 * most_lost),
            Row.at_least(f"pauses removed without asking, {name}, worst room %",
                         100 * min(one.pauses_removed for one in outcomes), 100 * least_gone),
        ]  # fmt: skip
    return rows


def _event_rows(files: list[LabelledFile]) -> list[Row]:
    """The share of the energy of doors, applause and laughter that a person is asked about."""
    rows: list[Row] = []
    for name, make in _EVENTS.items():
        sound, is_speech = _talk(files)
        mix = _with_events(sound, is_speech, make)
        actions = _actions(segment(_tracks_of(mix.sound)), is_speech.size)
        power = np.square(mix.sound - sound).reshape(-1, _BIN_SAMPLES).sum(axis=1)[: actions.size]
        asked = power[actions == _SUGGESTED].sum() / power.sum()
        rows.append(Row.at_least(f"{name} in the pauses suggested, % of the energy", 100 * float(asked), 95))
    return rows


def _actions(segments: list[Segment], bins: int) -> Actions:
    actions = np.zeros(bins, dtype=np.int8)
    for one in segments:
        actions[one.start_ms // BIN_MS : -(-one.end_ms // BIN_MS)] = _CODES[one.action]
    return actions


def _earlier_actions(tracks: Tracks) -> Actions:
    """Speech by one threshold, and silence judged by a fixed level of its loudest second, as until version 0.1."""
    options, bins = AnalysisOptions(), len(tracks.speech_codes)
    speech = drop_short(find_speech(tracks.speech_codes, _EARLIER_ENTER), options.min_speech_duration_ms)
    speech = pad(bridge_short_silences(speech, options.min_silence_duration_ms), 100, 100, bins)
    actions = np.zeros(bins, dtype=np.int8)
    power = 10 ** (tracks.level_db.astype(np.float64) / 10)
    for start, end in zip(*(edges.tolist() for edges in gaps_between(speech, bins)), strict=True):
        length = min(100, end - start)
        means = np.convolve(power[start:end], np.ones(length) / length, "valid")
        actions[start:end] = _SUGGESTED if 10 * np.log10(means.max()) > _EARLIER_LIMIT_DB else _REMOVED
    return actions


def _stock_actions(mix: Mix, model: Callable[..., torch.Tensor]) -> Actions:
    sound = torch.from_numpy(mix.sound.astype(np.float32) / 32768)
    actions = np.full(mix.is_speech.size, _REMOVED, dtype=np.int8)
    for span in silero_vad.get_speech_timestamps(sound, model):
        actions[span["start"] // _BIN_SAMPLES : -(-span["end"] // _BIN_SAMPLES)] = _KEPT
    return actions


def _outcome(mix: Mix, actions: Actions) -> _Outcome:
    actions = actions[: mix.is_speech.size]
    is_asked = actions == _SUGGESTED
    return _Outcome(
        float((actions == _REMOVED)[mix.is_speech].mean()),
        float((actions == _REMOVED)[_pauses(mix.is_speech)].mean()),
        int(is_asked[0]) + int((is_asked[1:] & ~is_asked[:-1]).sum()),
    )


def _shares(outcome: _Outcome) -> tuple[str, str]:
    return f"{outcome.speech_removed:.1%}", f"{outcome.pauses_removed:.1%}"


def _pauses(is_speech: Mask) -> Mask:
    inside = np.zeros(is_speech.size, dtype=bool)
    for start, end in zip(*runs_where(~is_speech), strict=True):
        if end - start >= _LEAST_PAUSE_BINS:
            inside[start + _PADDING_BINS : end - _PADDING_BINS] = True
    return inside


def _tracks_of(sound: Sound) -> Tracks:
    samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    detector, meter, builder = SpeechDetector(load_model()), LevelMeter(), TracksBuilder()
    builder.add(detector.feed(adjusted(samples)), meter.feed(samples))
    builder.add(detector.finish(), meter.finish())
    return builder.build(round(samples.size * 1000 / SAMPLE_RATE))


def _talk(files: list[LabelledFile]) -> tuple[Sound, Mask]:
    """All files one after another with long pauses between them; what is no speech is digital silence."""
    sounds: list[Sound] = []
    labels: list[Mask] = []
    for file in files:
        samples = file.samples[: file.is_speech.size * _BIN_SAMPLES].astype(np.float64)
        sounds += [samples * np.repeat(file.is_speech, _BIN_SAMPLES), np.zeros(round(_PAUSE_S * SAMPLE_RATE))]
        labels += [file.is_speech, np.zeros(round(_PAUSE_S * 1000) // BIN_MS, dtype=bool)]
    return np.concatenate(sounds), np.concatenate(labels)


def _mixes(files: list[LabelledFile]) -> Iterator[Mix]:
    sound, is_speech = _talk(files)
    power = sound[np.repeat(is_speech, _BIN_SAMPLES)].std()
    yield Mix("none", None, sound, is_speech)
    random = np.random.default_rng(7)
    rooms: dict[str, MakeSound] = {**_ROOMS, "babble": partial(_babble, files=files)}
    for name, make in rooms.items():
        noise = make(sound.size, random)
        noise /= noise.std()
        for level in _LEVELS_DB:
            yield Mix(name, level, sound + noise * power * 10 ** (-level / 20), is_speech)


def _with_events(sound: Sound, is_speech: Mask, make: Callable[[np.random.Generator], Sound]) -> Mix:
    random = np.random.default_rng(11)
    mixed = sound.copy()
    power = sound[np.repeat(is_speech, _BIN_SAMPLES)].std()
    events: list[tuple[int, int]] = []
    for start, end in zip(*runs_where(~is_speech), strict=True):
        if (end - start) * BIN_MS < 1000 * (_PAUSE_S - 0.2):
            continue
        event = make(random) * power * 10 ** (-_EVENT_BELOW_SPEECH_DB / 20)
        first = int(start) * _BIN_SAMPLES + round(_EVENT_AFTER_S * SAMPLE_RATE)
        mixed[first : first + event.size] += event
        events.append((first, first + event.size))
    return Mix("events", None, mixed, is_speech, tuple(events))


def _shaped(size: int, exponent: float, random: np.random.Generator) -> Sound:
    """Noise whose power falls with the frequency to this power."""
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 20.0)
    spectrum = random.standard_normal(frequencies.size) + 1j * random.standard_normal(frequencies.size)
    noise: Sound = np.fft.irfft(spectrum * frequencies ** (-exponent / 2), size)
    noise /= noise.std()
    return noise


def _fan(size: int, random: np.random.Generator) -> Sound:
    time_s = np.arange(size) / SAMPLE_RATE
    tones = ((96, 1.0), (192, 0.6), (288, 0.35), (384, 0.2), (23.5, 0.5))
    hum = sum(level * np.sin(2 * np.pi * hertz * time_s) for hertz, level in tones)
    return _shaped(size, 1.6, random) + 0.5 * hum * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time_s))


def _street(size: int, random: np.random.Generator) -> Sound:
    """A distant road on which a car passes now and then."""
    time_s = np.arange(size) / SAMPLE_RATE
    cars = ((17, 6, 2.2, 1.2), (29, 20, 3.0, 1.6), (41, 11, 2.5, 1.0))
    swell = sum(level * np.exp(-(((time_s % every - at) / width) ** 2)) for every, at, width, level in cars)
    return _shaped(size, 1.4, random) * (1 + swell)


def _music(size: int, random: np.random.Generator) -> Sound:
    """A bed of slow chords."""
    chords, beat_s = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (247, 311, 370)), 1.5
    music = np.zeros(size)
    for number in range(int(size / SAMPLE_RATE / beat_s) + 1):
        first, last = int(number * beat_s * SAMPLE_RATE), min(size, int((number + 1.3) * beat_s * SAMPLE_RATE))
        time_s = np.arange(last - first) / SAMPLE_RATE
        envelope = np.minimum(time_s / 0.05, 1) * np.exp(-time_s / 1.2)
        for hertz in chords[number % len(chords)]:
            for harmonic in range(1, 6):
                wave = np.sin(2 * np.pi * hertz * harmonic * time_s + number)
                music[first:last] += envelope * wave / harmonic**1.3
    return music


def _babble(size: int, random: np.random.Generator, files: list[LabelledFile]) -> Sound:
    """Twelve people who talk at once."""
    babble = np.zeros(size)
    for voice in range(12):
        said = [files[(voice * 5 + part * 7) % len(files)].samples.astype(np.float64) for part in range(4)]
        talk = np.concatenate([part / part.std() for part in said])
        talk = np.tile(talk, size // talk.size + 2)
        first = int(random.integers(0, talk.size - size))
        babble += talk[first : first + size]
    return babble


def _door(random: np.random.Generator) -> Sound:
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    return 2 * _shaped(time_s.size, 1.2, random) * np.exp(-time_s / 0.08)


def _applause(random: np.random.Generator) -> Sound:
    seconds = 2.0
    size = int(seconds * SAMPLE_RATE)
    claps = np.zeros(size)
    for _ in range(int(120 * seconds)):
        first, length = int(random.integers(0, size - 400)), int(random.integers(80, 300))
        clap = random.standard_normal(length) * np.exp(-np.arange(length) / 60)
        claps[first : first + length] += clap * random.uniform(0.3, 1)
    time_s = np.arange(size) / SAMPLE_RATE
    claps *= np.minimum(time_s / 0.4, 1) * np.minimum((seconds - time_s) / 0.8, 1) / claps.std()
    return claps


def _laughter(random: np.random.Generator) -> Sound:
    """Voiced bursts, five a second, that fall in pitch."""
    size = int(1.6 * SAMPLE_RATE)
    time_s = np.arange(size) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(240 - 40 * time_s) / SAMPLE_RATE
    voice = sum(
        np.sin(k * phase) * (np.exp(-(((k * 240 - 700) / 500) ** 2)) + 0.5 * np.exp(-(((k * 240 - 1700) / 400) ** 2)))
        for k in range(1, 16)
    )
    bursts = np.maximum(0, np.sin(2 * np.pi * 4.8 * time_s)) ** 0.7
    laughter = (voice / voice.std() + 0.6 * random.standard_normal(size)) * bursts
    result: Sound = laughter / laughter.std()
    return result


def _pink(size: int, random: np.random.Generator) -> Sound:
    return _shaped(size, 1.0, random)


_ROOMS = {"pink noise": _pink, "fan": _fan, "street": _street, "music bed": _music}
_EVENTS = {"doors": _door, "applause": _applause, "laughter": _laughter}
