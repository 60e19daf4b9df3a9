"""What is said in a line of a transcript: without tags, sounds and music; unclear speech stays, as it is speech."""

import html
import re

from clipflow.engine.transcript.words import LONGEST_WORD, clean_word

LONGEST_LINE = 10_000
# Most of what is said needs no second look.
_NOTHING_SPECIAL = re.compile(r"[A-Za-z0-9 .,;:!?'\"]{1,200}")
_TAG = re.compile(
    r"</?(?:[ibuvcs]|font|ruby|rt|lang|span|em|strong)\b[^<>]{0,200}>|</?[A-Za-z][\w.]{0,20}>|\{\\?[^{}]{0,200}\}",
    re.IGNORECASE,
)
_MUSIC = re.compile(r"[♪♫♬#*]?[♪♫♬][^♪♫♬]{0,500}[♪♫♬]|^\s*[♪♫♬].*$|[♪♫♬]")
_BRACKETS = re.compile(r"\[[^\[\]]{0,100}\]|【[^【】]{0,100}】|<(?:unk|inaudible|crosstalk|[A-Z_ ]{2,30})>")
_WHOLE_LINE = re.compile(r"^\s*(?:\([^()]{0,200}\)|（[^（）]{0,200}）|\*[^*]{1,100}\*)\s*$")
_IN_PARENTHESES = re.compile(r"[(（*]([^()（）*]{1,60})[)）*]")
_DASH = re.compile(r"^\s*[-–—]\s+")
# Someone speaks there, but nobody has understood it.
_UNCLEAR = re.compile(
    r"inaudible|unintelligible|indistinct|cross\s?talk|overlapping|unclear|unverst|unv\.|inintelligible|ininteligible|"
    r"inaudible|incomprensib|неразборчиво|聞き取|听不清|聽不清|<unk>|foreign language|\bPII\b|^\s*\?+\s*$",
    re.IGNORECASE,
)
_SOUNDS = re.compile(
    r"(?<!\w)(?:(?:laugh|giggl|chuckl|clap|cough|sigh|sniff|sneez|cheer|beep|knock|breath|applaud)(?:e?s|e?d|p?ing|ter|e)?|"
    r"rings?|ringing|applause|clears? (?:his |her |their )?throat|music|noises?|wind|silence|pauses?|door|typing|"
    r"lacht|lachen|musik|applaus|hustet|husten|seufzt|rires?|musique|applaudissements|toux|risas?|música|aplausos|"
    r"смех|музыка)(?!\w)|笑|音楽|音乐|音樂|拍手|박수|음악|웃음",
    re.IGNORECASE,
)
# A longer remark in parentheses is something that someone says.
_MOST_WORDS_OF_A_SOUND = 3
HESITATION = "[*]"
UNCLEAR = "[inaudible]"


def bare(line: str) -> str:
    """What is said in a line: without tags, entities, music and sounds in brackets."""
    if _NOTHING_SPECIAL.fullmatch(line):
        return " ".join(one[:LONGEST_WORD] for one in line.split())
    text = html.unescape(_TAG.sub(" ", line[:LONGEST_LINE]))
    text = _MUSIC.sub(" ", text)
    text = _BRACKETS.sub(_kept_bracket, _DASH.sub("", text))
    if _WHOLE_LINE.match(text) and not _UNCLEAR.search(text):
        return ""
    text = _IN_PARENTHESES.sub(_kept_parentheses, text)
    words = (clean_word(one) for one in text.split())
    return " ".join(one for one in words if one)


def without_tags(line: str) -> str:
    """The text of a line as it is shown."""
    return " ".join(html.unescape(_TAG.sub(" ", line[:LONGEST_LINE])).split())


def _kept_bracket(found: re.Match[str]) -> str:
    """Of a remark in brackets only what proves that someone speaks."""
    if found[0] == HESITATION:
        return f" {HESITATION} "
    return f" {UNCLEAR} " if _UNCLEAR.search(found[0][1:-1]) else " "


def _kept_parentheses(found: re.Match[str]) -> str:
    if _UNCLEAR.search(found[1]):
        return f" {UNCLEAR} "
    is_short = len(found[1].split()) <= _MOST_WORDS_OF_A_SOUND
    return " " if is_short and _SOUNDS.search(found[1]) else found[0]
