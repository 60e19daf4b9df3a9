"""Each format that is read: the same words, with the times and the speakers that it has a place for."""

import contextlib
import json
from typing import Any, NamedTuple

import pytest

from clipflow.engine import TranscriptError, read_transcript
from clipflow.engine.transcript.readers.table import FORMAT_NAMES


class Said(NamedTuple):
    """A word without its punctuation, what follows it, when, and by whom."""

    word: str
    after: str
    start_ms: int
    end_ms: int
    speaker: int


SAID = (
    Said("Shall", "", 1000, 1300, 0), Said("we", "", 1300, 1500, 0), Said("start", "?", 1500, 2000, 0),
    Said("In", "", 3000, 3200, 1), Said("1999", ",", 3200, 3800, 1), Said("yes", ".", 3800, 4200, 1),
)  # fmt: skip
TURNS = (SAID[:3], SAID[3:])
WORDS = [(one.word + one.after, one.start_ms, one.end_ms) for one in SAID]
SENTENCES = [("Shall we start?", 1000, 2000), ("In 1999, yes.", 3000, 4200)]


def text_of(turn: tuple[Said, ...]) -> str:
    return " ".join(one.word + one.after for one in turn)


def whisper() -> Any:
    return {
        "language": "english",
        "segments": [
            {
                "start": turn[0].start_ms / 1000, "end": turn[-1].end_ms / 1000, "text": f" {text_of(turn)}",
                "words": [
                    {"word": f" {one.word}{one.after}", "start": one.start_ms / 1000, "end": one.end_ms / 1000}
                    for one in turn
                ],
            }
            for turn in TURNS
        ],
    }  # fmt: skip


def whisper_cpp() -> Any:
    def token(text: str, start: int, end: int) -> Any:
        return {"text": text, "offsets": {"from": start, "to": end}, "id": 1, "p": 0.9}

    return {
        "result": {"language": "en"},
        "transcription": [
            {
                "offsets": {"from": turn[0].start_ms, "to": turn[-1].end_ms}, "text": f" {text_of(turn)}",
                "tokens": [
                    token("[_BEG_]", turn[0].start_ms, turn[0].start_ms),
                    *(token(f" {one.word}{one.after}", one.start_ms, one.end_ms) for one in turn),
                ],
            }
            for turn in TURNS
        ],
    }  # fmt: skip


def deepgram() -> Any:
    words = [
        {
            "word": one.word.lower(), "punctuated_word": one.word + one.after, "start": one.start_ms / 1000,
            "end": one.end_ms / 1000, "confidence": 0.9, "speaker": one.speaker,
        }
        for one in SAID
    ]  # fmt: skip
    alternative = {"transcript": "…", "confidence": 0.9, "words": words}
    return {"metadata": {"duration": 5.0, "channels": 1}, "results": {"channels": [{"alternatives": [alternative]}]}}


def aws() -> Any:
    items: list[Any] = []
    for one in SAID:
        items.append(
            {
                "type": "pronunciation", "alternatives": [{"confidence": "0.9", "content": one.word}],
                "start_time": str(one.start_ms / 1000), "end_time": str(one.end_ms / 1000),
                "speaker_label": f"spk_{one.speaker}",
            }
        )  # fmt: skip
        if one.after:
            items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": one.after}]})
    return {"jobName": "j", "results": {"language_code": "en-US", "transcripts": [{"transcript": "…"}], "items": items}}


def google() -> Any:
    return {
        "results": [
            {
                "alternatives": [
                    {
                        "transcript": text_of(turn),
                        "words": [
                            {
                                "startTime": f"{one.start_ms / 1000:.3f}s", "endTime": f"{one.end_ms / 1000:.3f}s",
                                "word": one.word + one.after, "speakerTag": one.speaker + 1,
                            }
                            for one in turn
                        ],
                    }
                ],
                "languageCode": "en-us",
            }
            for turn in TURNS
        ]
    }  # fmt: skip


def azure() -> Any:
    return {
        "durationMilliseconds": 5000,
        "combinedPhrases": [{"text": "…"}],
        "phrases": [
            {
                "speaker": turn[0].speaker, "offsetMilliseconds": turn[0].start_ms,
                "durationMilliseconds": turn[-1].end_ms - turn[0].start_ms, "text": text_of(turn), "locale": "en-US",
                "words": [
                    {
                        "text": one.word + one.after, "offsetMilliseconds": one.start_ms,
                        "durationMilliseconds": one.end_ms - one.start_ms,
                    }
                    for one in turn
                ],
            }
            for turn in TURNS
        ],
    }  # fmt: skip


def rev() -> Any:
    def elements(turn: tuple[Said, ...]) -> list[Any]:
        found: list[Any] = []
        for one in turn:
            found.append(
                {"type": "text", "value": one.word, "ts": one.start_ms / 1000, "end_ts": one.end_ms / 1000,
                 "confidence": 0.9}
            )  # fmt: skip
            found.append({"type": "punct", "value": one.after + " "})
        return found

    return {"monologues": [{"speaker": turn[0].speaker, "elements": elements(turn)} for turn in TURNS]}


def elevenlabs() -> Any:
    words: list[Any] = []
    for one in SAID:
        start, end = one.start_ms / 1000, one.end_ms / 1000
        speaker = f"speaker_{one.speaker}"
        words.append({"text": one.word + one.after, "start": start, "end": end, "type": "word", "speaker_id": speaker})
        words.append({"text": " ", "start": end, "end": end, "type": "spacing", "speaker_id": speaker})
    words.append({"text": "(laughs)", "start": 4.5, "end": 4.9, "type": "audio_event", "speaker_id": "speaker_1"})
    return {"language_code": "eng", "language_probability": 0.9, "text": "…", "words": words}


def assemblyai() -> Any:
    words = [
        {"text": one.word + one.after, "start": one.start_ms, "end": one.end_ms, "confidence": 0.9,
         "speaker": "AB"[one.speaker]}
        for one in SAID
    ]  # fmt: skip
    return {"id": "x", "language_code": "en_us", "status": "completed", "audio_url": "…", "text": "…", "words": words}


def speechmatics() -> Any:
    results: list[Any] = []
    for one in SAID:
        content = {"confidence": 1.0, "content": one.word, "language": "en", "speaker": f"S{one.speaker + 1}"}
        times = {"start_time": one.start_ms / 1000, "end_time": one.end_ms / 1000}
        results.append({"type": "word", **times, "alternatives": [content]})
        if one.after:
            at = {"start_time": one.end_ms / 1000, "end_time": one.end_ms / 1000, "attaches_to": "previous"}
            results.append({"type": "punctuation", **at, "alternatives": [{**content, "content": one.after}]})
    return {
        "format": "2.9",
        "metadata": {"type": "transcription", "transcription_config": {"language": "en"}},
        "results": results,
    }


def hugging_face() -> Any:
    chunks = [
        {"text": f" {one.word}{one.after}", "timestamp": [one.start_ms / 1000, one.end_ms / 1000]} for one in SAID
    ]
    return {"text": "…", "chunks": chunks}


def youtube() -> Any:
    return {
        "wireMagic": "pb3",
        "events": [
            {
                "tStartMs": turn[0].start_ms, "dDurationMs": 2000,
                "segs": [
                    {"utf8": ("" if one is turn[0] else " ") + one.word + one.after,
                     "tOffsetMs": one.start_ms - turn[0].start_ms}
                    for one in turn
                ],
            }
            for turn in TURNS
        ],
    }  # fmt: skip


def vosk() -> Any:
    return {
        "result": [
            {"conf": 1.0, "start": one.start_ms / 1000, "end": one.end_ms / 1000, "word": one.word} for one in SAID
        ],
        "text": " ".join(one.word for one in SAID),
    }


def premiere() -> Any:
    ids = ("8ba28b4b-0000-4000-8000-000000000001", "8ba28b4b-0000-4000-8000-000000000002")
    return {
        "language": "en-us",
        "segments": [
            {
                "start": turn[0].start_ms / 1000, "duration": (turn[-1].end_ms - turn[0].start_ms) / 1000,
                "language": "en-us", "speaker": ids[turn[0].speaker],
                "words": [
                    {
                        "start": one.start_ms / 1000, "duration": (one.end_ms - one.start_ms) / 1000,
                        "text": one.word + one.after, "type": "word", "confidence": 0.9, "eos": one is turn[-1],
                        "tags": [],
                    }
                    for one in turn
                ],
            }
            for turn in TURNS
        ],
        "speakers": [{"id": one, "name": name} for one, name in zip(ids, ("Anna", "Ben"), strict=True)],
    }  # fmt: skip


NOBODY = (None, None)
# The content, and how the format calls the two speakers.
JSON: dict[str, tuple[Any, tuple[str | None, str | None]]] = {
    "verbose_json": (whisper(), NOBODY),
    "whisper_cpp": (whisper_cpp(), NOBODY),
    "deepgram": (deepgram(), ("Speaker 0", "Speaker 1")),
    "aws": (aws(), ("spk_0", "spk_1")),
    "google": (google(), ("Speaker 1", "Speaker 2")),
    "azure": (azure(), ("Speaker 0", "Speaker 1")),
    "rev": (rev(), ("Speaker 0", "Speaker 1")),
    "elevenlabs": (elevenlabs(), ("speaker_0", "speaker_1")),
    "assemblyai": (assemblyai(), ("Speaker A", "Speaker B")),
    "speechmatics": (speechmatics(), ("S1", "S2")),
    "hugging_face": (hugging_face(), NOBODY),
    "youtube": (youtube(), NOBODY),
    "vosk": (vosk(), NOBODY),
    "premiere": (premiere(), ("Anna", "Ben")),
}
# Formats that leave punctuation to others, or the end of a word to the next one.
BARE = {"vosk"}
WITHOUT_ENDS = {"youtube"}

TEXTS: dict[str, tuple[str, tuple[str | None, str | None]]] = {
    "srt": (
        "1\n00:00:01,000 --> 00:00:02,000\nShall we start?\n\n2\n00:00:03,000 --> 00:00:04,200\nIn 1999, yes.\n",
        NOBODY,
    ),
    "vtt": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Shall we start?\n\n00:03.000 --> 00:04.200\n<v Ben>In 1999, yes.\n",
        ("Anna", "Ben"),
    ),
    "ass": (
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,{\\i1}Shall{\\i0} we\\Nstart?\n"
        "Comment: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,nobody says this\n"
        "Dialogue: 0,0:00:03.00,0:00:04.20,Default,Ben,0,0,0,,In 1999, yes.\n",
        ("Anna", "Ben"),
    ),
    "ttml": (
        '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        '<p begin="00:00:01.000" end="2s">Shall we<br/>start?</p><p begin="3000ms" dur="1.2s">In 1999, yes.</p>'
        "</div></body></tt>",
        NOBODY,
    ),
    "sbv": ("0:00:01.000,0:00:02.000\nShall we start?\n\n0:00:03.000,0:00:04.200\nIn 1999, yes.\n", NOBODY),
    "tsv": ("start\tend\ttext\n1000\t2000\tShall we start?\n3000\t4200\tIn 1999, yes.\n", NOBODY),
    "labels": ("1.000000\t2.000000\tShall we start?\n3.000000\t4.200000\tIn 1999, yes.\n", NOBODY),
    "lrc": ("[ti:A talk]\n[00:01.00]Shall we start?\n[00:02.00]\n[00:03.00]In 1999, yes.\n[00:04.20]\n", NOBODY),
    "turns": ("Anna  0:01\nShall we start?\n\nBen  0:03\nIn 1999, yes.\n", ("Anna", "Ben")),
}
# Minutes say when someone begins, not when they end.
WITHOUT_LENGTHS = {"turns"}


def test_every_format_has_its_row() -> None:
    assert {*JSON, *TEXTS} == set(FORMAT_NAMES)


@pytest.mark.parametrize("name", JSON)
def test_the_words_of_a_service_are_read(name: str) -> None:
    content, speakers = JSON[name]
    raw = read_transcript(json.dumps(content).encode())
    assert raw.format == name
    expected = [one.word if name in BARE else one.word + one.after for one in SAID]
    assert [one.text for one in raw.words] == expected
    assert [one.start_ms for one in raw.words] == [one.start_ms for one in SAID]
    if name not in WITHOUT_ENDS:
        assert [one.end_ms for one in raw.words] == [one.end_ms for one in SAID]
    assert [one.speaker for one in raw.words] == [speakers[one.speaker] for one in SAID]


@pytest.mark.parametrize("name", TEXTS)
def test_the_captions_of_a_text_are_read(name: str) -> None:
    content, speakers = TEXTS[name]
    raw = read_transcript(content.encode())
    assert raw.format == name
    assert [one.text for one in raw.captions] == [text for text, _, _ in SENTENCES]
    assert [one.start_ms for one in raw.captions] == [start for _, start, _ in SENTENCES]
    if name not in WITHOUT_LENGTHS:
        assert [one.end_ms for one in raw.captions] == [end for _, _, end in SENTENCES]
    assert tuple(one.speaker for one in raw.captions) == speakers


@pytest.mark.parametrize("name", [*JSON, *TEXTS])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_an_encoding_is_recognised_in_every_format(name: str, encoding: str) -> None:
    text = json.dumps(JSON[name][0]) if name in JSON else TEXTS[name][0]
    assert read_transcript(text.encode(encoding)).format == name


def test_an_unknown_shape_is_told_which_are_known() -> None:
    with pytest.raises(TranscriptError, match=r"WebVTT.*Deepgram.*Whisper"):
        read_transcript(b'{"paragraphs": [{"said": "hello"}]}')


@pytest.mark.parametrize("name", JSON)
def test_a_json_with_odd_values_is_survived(name: str) -> None:
    """Whatever stands in the place of a number, a text or a list, no reader stumbles."""

    def spoilt(value: Any, odd: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(one, odd) for key, one in value.items()}
        if isinstance(value, list):
            return [spoilt(one, odd) for one in value]
        return odd

    for odd in (None, True, -1, 1e308, "x", [], {}, [None], "\ud800"):
        with contextlib.suppress(TranscriptError):
            read_transcript(json.dumps(spoilt(JSON[name][0], odd)).encode())


def test_what_people_transcribed_for_rev_has_times_of_the_clock_and_names() -> None:
    word = {"type": "text", "value": "Hello", "timestamp": "00:00:01,700", "end_timestamp": "00:00:02,100"}
    content = {"speakers": [{"id": 0, "name": "Anna"}], "monologues": [{"speaker": 0, "elements": [word]}]}
    (read,) = read_transcript(json.dumps(content).encode()).words
    assert (read.start_ms, read.end_ms, read.text, read.speaker) == (1_700, 2_100, "Hello", "Anna")


def test_utterances_of_deepgram_are_enough() -> None:
    words = deepgram()["results"]["channels"][0]["alternatives"][0]["words"]
    raw = read_transcript(json.dumps({"results": {"utterances": [{"start": 1.0, "words": words}]}}).encode())
    assert (raw.format, len(raw.words)) == ("deepgram", len(SAID))


def test_chunks_without_an_envelope_are_read() -> None:
    assert read_transcript(json.dumps(hugging_face()["chunks"]).encode()).format == "hugging_face"
