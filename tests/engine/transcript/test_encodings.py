"""The encodings that transcripts come in: recognised by their bytes, or given by a person."""

import pytest

from clipflow.engine import TranscriptError, read_transcript

SENTENCES = {
    "cp1250": "Dobrý den, vítejte u naší nahrávky. Žluťoučký kůň šel přes řeku a nikdo to nečekal.",
    "cp1251": "Добрый день, это наша первая запись. Сегодня мы говорим о погоде и о том, что будет завтра.",
    "cp1252": "Guten Tag und schön, dass ihr da seid. Das ist nicht die größte Überraschung für die Hörer.",
    "cp1253": "Καλημέρα σας, αυτή είναι η πρώτη μας εκπομπή και σήμερα μιλάμε για τον καιρό.",
    "koi8_r": "Добрый день, это наша первая запись. Сегодня мы говорим о погоде и о том, что будет завтра.",
    "gbk": "大家好，欢迎来到我们的节目。今天我们要谈谈天气，还有明天会发生什么事情。",
    "big5": "大家好，歡迎來到我們的節目。今天我們要談談天氣，還有明天會發生什麼事情。",
    "shift_jis": "皆さん、こんにちは。今日は天気の話をします。明日はどうなるでしょうか。",
    "euc_jp": "皆さん、こんにちは。今日は天気の話をします。明日はどうなるでしょうか。",
    "euc_kr": "여러분 안녕하세요. 오늘은 날씨에 대해 이야기하겠습니다. 내일은 어떻게 될까요.",
}


def srt(text: str) -> str:
    return f"1\n00:00:01,000 --> 00:00:05,000\n{text}\n"


def said(content: bytes, encoding: str | None = None) -> str:
    return " ".join(one.text for one in read_transcript(content, encoding).captions)


@pytest.mark.parametrize("encoding", SENTENCES)
def test_what_was_written_before_unicode_is_recognised(encoding: str) -> None:
    text = SENTENCES[encoding]
    assert said(srt(text).encode(encoding)).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8", "utf-8-sig", "utf-32"])
def test_unicode_is_recognised_with_and_without_its_mark(encoding: str) -> None:
    assert said(srt("Grüße aus Łódź, 123.").encode(encoding)) == "Grüße aus Łódź, 123."


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_one_broken_byte_does_not_turn_utf_8_into_something_else(at: float) -> None:
    content = bytearray(srt("Schöne Grüße, während wir über Äpfel, Öl und Übermut sprechen.").encode())
    position = len(content) - 1 - int(at * 50)
    content.insert(position, 0xFF)
    text = said(bytes(content))
    assert "Ã" not in text
    assert "Schöne Grüße" in text


def test_what_was_recognised_is_told() -> None:
    assert read_transcript(srt(SENTENCES["cp1251"]).encode("cp1251")).encoding == "cp1251"
    assert read_transcript(srt("plain").encode()).encoding == "utf-8"


def test_a_person_may_name_the_encoding() -> None:
    content = srt("Ñandú y señor").encode("cp850")
    assert said(content, "cp850") == "Ñandú y señor"


@pytest.mark.parametrize("name", ["klingon", "base64", "idna", "utf-16", "a\x00b"])
def test_an_encoding_that_does_not_fit_is_refused(name: str) -> None:
    content = srt("Ñandú y señor").encode("cp1252")
    with pytest.raises(TranscriptError):
        read_transcript(content, name)


@pytest.mark.parametrize("text", ["Ñandú y señor", "C'est déjà l'été", "Müßiggang für alle", "Så är det på ön"])
def test_a_few_words_of_a_western_language_are_enough(text: str) -> None:
    assert said(srt(text).encode("cp1252")) == text


def test_lines_of_an_old_mac_are_lines() -> None:
    assert said(srt("Two\nlines").replace("\n", "\r").encode()) == "Two lines"
