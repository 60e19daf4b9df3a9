"""The sounds people make while they think, in some languages, with their stretched spellings."""

import re

# One pattern for each sound: its plain spelling, and what transcripts write for it.
_ENGLISH = {
    "um": "u+h*m+|e+h+m+",
    "uh": "u+h+",
    "er": "e+r|e+r{3,}",
    "erm": "e+r+m+|u+r+m+",
    "hmm": "h+m+|m{3,}|h+r+m{2,}",
}
_SOUNDS: dict[str, dict[str, str]] = {
    "en": _ENGLISH,
    "de": {"äh": "ä+h+|ä{2,}", "ähm": "(ä|e)+h*m+", "öh": "ö+h+|ö{2,}", "öhm": "ö+h*m+", "hm": "h+m+|m{3,}"},
    "fr": {"euh": "e+u+h+", "heu": "h+e+u+", "hum": "h+u+m+", "hmm": "h+m+|m{3,}"},
    "es": {"eh": "e+h+", "em": "e+h+m+|e+m{2,}|e{2,}m+", "mmm": "m{2,}|h+m+"},
    "it": {"ehm": "e+h+m+", "eh": "e+h+", "mmm": "m{2,}|h+m+"},
    "pt": {"hã": "h?ã+h?", "hum": "h+u+m+", "eh": "e+h+", "mmm": "m{2,}|h+m+"},
    "nl": {"eh": "e+h+", "ehm": "e+h*m+", "uh": "u+h+", "uhm": "u+h*m+", "hmm": "h+m+|m{3,}"},
    "sv": {"öh": "ö+h+|ö{2,}", "eh": "e+h+", "ehm": "e+h*m+|ö+h*m+", "hmm": "h+m+|m{3,}"},
    "da": {"øh": "ø+h+|ø{2,}", "øhm": "ø+h*m+", "hmm": "h+m+|m{3,}"},
    "no": {"øh": "ø+h+|ø{2,}", "eh": "e+h+", "ehm": "e+h*m+", "hmm": "h+m+|m{3,}"},
    "pl": {"yyy": "y{2,}", "eee": "e{2,}", "hmm": "h+m+|m{3,}"},
    "ru": {"эм": "э+м+", "э": "э{2,}", "ммм": "м{2,}|х+м+"},
}
# Of a language without a list: what is a word in hardly any.
_ANYWHERE = {"uhm": "u+h+m+", "hmm": "h+m{2,}|m{3,}"}
# Codes of three letters, and names as speech recognition gives them.
_NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no", "polish": "pl", "russian": "ru",
    "castilian": "es", "flemish": "nl", "nynorsk": "no",
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt",
    "nld": "nl", "dut": "nl", "swe": "sv", "dan": "da", "nor": "no", "pol": "pl", "rus": "ru",
}  # fmt: skip
_CODE_LENGTH = 2


def language_code(name: str | None) -> str | None:
    """A language's two letters, from its name, its code or a tag such as en-GB; None where it is none of these."""
    if not name or not name.strip():
        return None
    first = re.split(r"[-_\s]", name.strip().lower())[0]
    code = _NAMES.get(first, first)
    return code[:_CODE_LENGTH] if code.isascii() and code.isalpha() and len(code) <= _CODE_LENGTH + 1 else None


def sound_patterns(language: str) -> dict[str, re.Pattern[str]]:
    """Plain spelling and pattern of each sound of a language."""
    return {sound: re.compile(pattern) for sound, pattern in _SOUNDS.get(language, _ANYWHERE).items()}
