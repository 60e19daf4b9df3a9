"""What encoding a text is written in: told by its marks, its bytes, and at last by whether it reads as a language."""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from clipflow.engine.errors import TranscriptError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 64 * 1024
_JUDGED_BYTES = 16 * 1024
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_MOST_ZEROS_ELSEWHERE = 0.1
_LEAST_ZEROS = 0.25
_DEFAULT = "cp1252"
_CANDIDATES = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874", "koi8_r", "koi8_u"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "gb18030", "big5", "cp932", "euc_jp", "cp949"),
]
# Encodings of one byte share most letters; only small words tell which language, and so which of them, it is.
_SMALL_WORDS = {
    "cp1252": "the and you that der die das und ist nicht ein ich les des est une dans pour vous je le la que los las "
    "una para con por como muy os uma com mas che di il per non het een van en det och som ikke jeg".split(),
    "cp1250": "je se na to jak ale tak nie sie jest co po do za ve od az egy hogy nem van ez az is da su nije ne sa bi "
    "sa este si ca nu pe din".split(),
    "cp1254": "ve bir bu da de ile ama ben sen var yok daha mi".split(),
}
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MOST_LATIN_PER_CJK = 3
_LETTERS = re.compile(r"[^\W\d_]+")


class DecodedText(NamedTuple):
    """A text with the name of its encoding; line ends are line feeds, and there are no NUL characters."""

    text: str
    encoding: str


def decode_text(content: bytes, encoding: str | None = None) -> DecodedText:
    """Turn bytes into text.

    Args:
        content: of a file.
        encoding: its name, where somebody knows it.

    Raises:
        TranscriptError: there is no such encoding, or the text is not written in it.
    """
    name = encoding or _recognised(content)
    try:
        text = content.decode(name) if encoding else content.decode(name, "replace").replace(_REPLACED, "")
    except LookupError:
        raise TranscriptError(f"There is no encoding {name!r}; give one such as utf-8, cp1251 or gbk.") from None
    except UnicodeDecodeError:
        raise TranscriptError(f"The transcript is not written in {name}; leave the encoding out to find it.") from None
    text = text.removeprefix("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return DecodedText(text, codecs.lookup(name).name)


def _recognised(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    return _without_mark(content) or ("utf-8" if _is_utf8(content) else _legacy(content))


def _without_mark(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of what is written in Latin letters, digits and blanks is zero."""
    sample = content[:_SAMPLE_BYTES]
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd >= _LEAST_ZEROS and even <= _MOST_ZEROS_ELSEWHERE:
        return "utf-16-le"
    if even >= _LEAST_ZEROS and odd <= _MOST_ZEROS_ELSEWHERE:
        return "utf-16-be"
    return None


def _is_utf8(content: bytes) -> bool:
    """Whether it is UTF-8, perhaps with a byte or two that some tool has broken."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # What is no UTF-8 hardly ever holds a sequence of it.
        good = len(_UTF8_SEQUENCE.findall(content))
        bad = content.decode("utf-8", "replace").count(_REPLACED)
        return good > 0 and good >= bad
    return True


def _legacy(content: bytes) -> str:
    """The encoding of a text from before Unicode, by what its lines with other than ASCII characters look like."""
    lines = b"\n".join(line for line in content.split(b"\n") if not line.isascii())
    best = from_bytes(lines[:_JUDGED_BYTES], cp_isolation=_CANDIDATES).best()
    name = _DEFAULT if best is None else best.encoding
    text = content.decode(name, "replace")
    foreign = len(_CJK.findall(text))
    latin = sum(len(word) for word in _LETTERS.findall(text) if word.isascii())
    if foreign and latin <= _MOST_LATIN_PER_CJK * foreign:
        return name
    letters = [word for word in _LETTERS.findall(text) if not word.isascii()]
    is_latin = all(_is_latin(word) for word in letters)
    return _by_small_words(content, name) if foreign or is_latin or best is None else name


def _is_latin(word: str) -> bool:
    return all(ord(one) < 0x250 for one in word)  # noqa: PLR2004  the end of Latin Extended-B


def _by_small_words(content: bytes, guessed: str) -> str:
    words = re.findall(r"[a-z]+", content.decode("ascii", "replace").lower())
    found = {name: sum(words.count(one) for one in set(small)) for name, small in _SMALL_WORDS.items()}
    best = max(found, key=lambda name: found[name])
    is_sure = found[best] > max(count for name, count in found.items() if name != best)
    if is_sure:
        return best
    return guessed if guessed in _SMALL_WORDS else _DEFAULT
