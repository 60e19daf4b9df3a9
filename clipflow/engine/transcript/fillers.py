"""Finding filler words: a pure function of words, their pauses, and lists."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from clipflow.engine.transcript.ambiguous import RULES
from clipflow.engine.transcript.context import Surroundings
from clipflow.engine.transcript.marks import HESITATION
from clipflow.engine.transcript.sounds import sound_patterns
from clipflow.engine.transcript.words import Filler, Word, plain

DEFAULT_FILLER_WORDS = (
    "um", "uh", "er", "erm", "hmm",
    "like", "so", "well", "actually", "basically", "literally", "you know", "i mean",
)  # fmt: skip
_SOUND_CONFIDENCE = 0.98
_LISTED_CONFIDENCE = 0.8
_ENGLISH = "en"
# Small words that hardly any other language has.
_ONLY_ENGLISH = frozenset(
    "the and you that this with have it's what not but they my your because there i'm don't we're that's".split()
)
_LEAST_SHARE = 0.04
_ARTICLES = frozenset({"the", "an", "a"})


@dataclass(frozen=True, slots=True)
class FillerOptions:
    """What counts as a filler, and how it is cut.

    Attributes:
        is_on: whether fillers are looked for at all.
        words: sounds and English words to look for; the words that are often meant count only where
            what stands around them says so.
        custom_words: words and phrases of any language that always count.
        padding_ms: how far a cut reaches beyond the filler, where no other word is.
    """

    is_on: bool = True
    words: tuple[str, ...] = DEFAULT_FILLER_WORDS
    custom_words: tuple[str, ...] = ()
    padding_ms: int = 50


@dataclass(slots=True)
class _Lists:
    """Phrases by their first word, the longest first."""

    phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, phrase: str) -> None:
        words = tuple(one for one in (plain(part) for part in phrase.split()) if one)
        if words:
            known = self.phrases.setdefault(words[0], [])
            if words not in known:
                known.append(words)
                known.sort(key=len, reverse=True)

    def found_at(self, number: int, plain_words: Sequence[str]) -> tuple[str, ...] | None:
        for phrase in self.phrases.get(plain_words[number], ()):
            if tuple(plain_words[number : number + len(phrase)]) == phrase:
                return phrase
        return None


def find_fillers(
    words: Sequence[Word], options: FillerOptions | None = None, language: str | None = None
) -> tuple[Filler, ...]:
    """The fillers among the words, in the order of time, without overlap.

    Args:
        words: placed; what has no place in the speech is never a filler.
        options: which words to look for.
        language: two letters; without them English is recognised by its small words.
    """
    options = options or FillerOptions()
    if not options.is_on or not words:
        return ()
    plain_words = [plain(one.text) for one in words]
    spoken = language or (_ENGLISH if _looks_english(plain_words) else "")
    sounds = _sounds(words, plain_words, options, spoken)
    around = Surroundings(words, [one is not None for one in sounds])
    ambiguous, always = _lists(options, spoken)
    return tuple(_found(words, plain_words, sounds, around, (ambiguous, always)))


def _found(
    words: Sequence[Word],
    plain_words: Sequence[str],
    sounds: Sequence[str | None],
    around: Surroundings,
    lists: tuple[_Lists, _Lists],
) -> Iterator[Filler]:
    ambiguous, always = lists
    number = 0
    while number < len(words):
        found = _listed_at(number, plain_words, always) or _sound_at(number, sounds)
        found = found or _judged_at(number, plain_words, around, ambiguous)
        if found is None:
            number += 1
            continue
        word, confidence, reason, size = found
        group = words[number : number + size]
        around.take_for_sound(number, number + size - 1)
        if all(one.is_placed for one in group):
            yield Filler(group[0].start_ms, group[-1].end_ms, word, confidence, reason, number, number + size - 1)
        number += size


_Found = tuple[str, float, str, int]


def _listed_at(number: int, plain_words: Sequence[str], always: _Lists) -> _Found | None:
    phrase = always.found_at(number, plain_words)
    if phrase is None:
        return None
    word = " ".join(phrase)
    return word, _LISTED_CONFIDENCE, f"“{word}” is on your list", len(phrase)


def _sound_at(number: int, sounds: Sequence[str | None]) -> _Found | None:
    sound = sounds[number]
    if sound == HESITATION:
        return sound, _SOUND_CONFIDENCE, "a hesitation that the transcript marks", 1
    return None if sound is None else (sound, _SOUND_CONFIDENCE, f"the sound “{sound}”", 1)


def _judged_at(number: int, plain_words: Sequence[str], around: Surroundings, ambiguous: _Lists) -> _Found | None:
    phrase = ambiguous.found_at(number, plain_words)
    if phrase is None:
        return None
    word = " ".join(phrase)
    verdict = RULES[word](around.of(number, number + len(phrase) - 1))
    return None if verdict is None else (word, *verdict, len(phrase))


def _sounds(
    words: Sequence[Word], plain_words: Sequence[str], options: FillerOptions, language: str
) -> list[str | None]:
    """For each word the sound that it is, or None."""
    patterns = sound_patterns(language)
    if language == _ENGLISH:
        # The list names the English sounds one by one.
        wanted = {plain(one) for one in options.words}
        patterns = {sound: pattern for sound, pattern in patterns.items() if sound in wanted}
    known: dict[str, str | None] = {}
    sounds: list[str | None] = []
    for number, text in enumerate(plain_words):
        if text not in known:
            known[text] = next((sound for sound, pattern in patterns.items() if pattern.fullmatch(text)), None)
        sound = HESITATION if words[number].text == HESITATION else known[text]
        is_marked = sound == HESITATION
        sounds.append(sound if is_marked or (sound and not _is_no_sound(number, words, plain_words)) else None)
    return sounds


def _is_no_sound(number: int, words: Sequence[Word], plain_words: Sequence[str]) -> bool:
    """Whether something else is written like a sound: a name, the “er” of a hospital, half of an “uh-huh”."""
    if _is_capitals(number, words):
        return True
    following = words[number + 1].text if number + 1 < len(words) else ""
    if following.startswith("-") or plain_words[number + 1 : number + 2] == ["huh"]:
        return True
    is_bare = words[number].text[-1:].isalnum()
    return plain_words[number] == "er" and is_bare and number > 0 and words[number - 1].text.lower() in _ARTICLES


def _is_capitals(number: int, words: Sequence[Word]) -> bool:
    """Whether a word is written in capitals where its neighbours are not, as the ER of a hospital is."""
    letters = "".join(c for c in words[number].text if c.isalpha())
    around = [one.text for one in (*words[max(0, number - 1) : number], *words[number + 1 : number + 2])]
    return len(letters) > 1 and letters.isupper() and not all(text.isupper() for text in around)


def _lists(options: FillerOptions, language: str) -> tuple[_Lists, _Lists]:
    """What counts by its context, and what always counts."""
    ambiguous, always = _Lists(), _Lists()
    sounds = sound_patterns(_ENGLISH)
    for phrase in options.words:
        word = " ".join(plain(part) for part in phrase.split())
        if word == "er" and language == _ENGLISH:
            # A verb, too.
            ambiguous.add("err")
        if word in RULES:
            if language == _ENGLISH:
                ambiguous.add(word)
        elif word not in sounds:
            always.add(word)
    for phrase in options.custom_words:
        always.add(phrase)
    return ambiguous, always


def _looks_english(plain_words: Iterable[str]) -> bool:
    """Whether enough of the words are small ones that only English has."""
    words = [one for one in plain_words if one]
    return sum(one in _ONLY_ENGLISH for one in words) > _LEAST_SHARE * len(words)
