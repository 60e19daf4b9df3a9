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
    *("iso8859_2", "iso8859_5", "iso8859_7"),
]
# Encodings of one byte share most letters; only small words tell which language, and so which of them, it is.
_SMALL_WORDS = {
    "cp1252": "the and you that der die das und ist nicht ein ich les des est une dans pour vous je le la que los las "
    "y el es lo su sus al una para con por como muy os uma com mas che di il per non het een van en det och som ikke "
    "jeg".split(),
    "cp1250": "je se na to jak ale tak nie sie jest co po do za ve od az egy hogy nem van ez az is da su nije ne sa bi "
    "sa este si ca nu pe din".split(),
    "cp1254": "ve bir bu da de ile ama ben sen var yok daha mi".split(),
}
# What is written most in each encoding of two bytes; read in a wrong one, a text has hardly any of it.
_KANA = frozenset(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB))))
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身"
    "些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第"
    "门相次东政海口使教西再平真听世气信北少关并内加化由却代"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天"
    "而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身"
    "些與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第"
    "門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代"
)
_KOREAN = frozenset(
    "이다는을가하에의고지한기를도로서사어자그나은들아있해리니시대인수부일보정라여러분안녕요오늘내마할것게으음면만장제주구"
    "상전우무조과모데때말생소원습합입세비성방동되된신야와제후거려저까같은좋않없"
)
_COMMON_IN = {
    "euc_jp": _KANA,
    "cp932": _KANA,
    "gb18030": _SIMPLIFIED,
    "big5": _TRADITIONAL,
    "cp949": _KOREAN,
}
_LEAST_COMMON = 4
_COMMON_SHARE = 0.2
# The sample may end within a character, and a tool may have broken one.
_BROKEN_SHARE = 0.02
_LETTERS = re.compile(r"[^\W\d_]+")


class DecodedText(NamedTuple):
    """A text with the name of its encoding; line ends are line feeds, and there are no NUL characters."""

    text: str
    encoding: str


def decode_text(content: bytes, encoding: str | None = None) -> DecodedText:
    """Turn bytes into text.

    Args:
        content: of a file.
        encoding: its name, where someone knows it.

    Raises:
        TranscriptError: there is no such encoding, or the text is not written in it.
    """
    name = encoding or _recognised(content)
    try:
        text = content.decode(name) if encoding else content.decode(name, "replace").replace(_REPLACED, "")
    except LookupError:
        raise TranscriptError(f"There is no encoding {name!r}; give one such as utf-8, cp1251 or gbk.") from None
    except ValueError:
        # Some of Python's codecs raise less than UnicodeDecodeError, and a name may be none at all.
        sentence = f"The transcript is not written in {name!r}; leave the encoding out to find it."
        raise TranscriptError(sentence) from None
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
        # What ends within a character has been cut off.
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        # What is no UTF-8 hardly ever holds a sequence of it.
        good = len(_UTF8_SEQUENCE.findall(content))
        bad = content.decode("utf-8", "replace").count(_REPLACED)
        return good > 0 and good >= bad
    return True


def _legacy(content: bytes) -> str:
    """The encoding of a text from before Unicode, by what its lines with other than ASCII characters look like."""
    lines = b"\n".join(line for line in content.split(b"\n") if not line.isascii())[:_JUDGED_BYTES]
    of_two_bytes = _of_two_bytes(lines)
    if of_two_bytes is not None:
        return of_two_bytes
    best = from_bytes(lines, cp_isolation=_CANDIDATES).best()
    name = _DEFAULT if best is None else best.encoding
    letters = [word for word in _LETTERS.findall(content.decode(name, "replace")) if not word.isascii()]
    is_latin = all(_is_latin(word) for word in letters)
    return _by_small_words(content, name) if is_latin or best is None else name


def _of_two_bytes(lines: bytes) -> str | None:
    """The encoding of Chinese, Japanese or Korean in which a text has most of what is common there."""
    shares = {name: _common_share(lines, name, common) for name, common in _COMMON_IN.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _COMMON_SHARE else None


def _common_share(lines: bytes, name: str, common: frozenset[str]) -> float:
    text = lines.decode(name, "replace")
    foreign = [one for one in text if not one.isascii()]
    found = sum(one in common for one in foreign)
    is_whole = text.count(_REPLACED) <= 1 + _BROKEN_SHARE * len(foreign)
    return found / len(foreign) if is_whole and found >= _LEAST_COMMON else 0.0


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
