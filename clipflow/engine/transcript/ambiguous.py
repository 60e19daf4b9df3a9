"""English words that are fillers only at times. Each rule looks at what stands around one and says how sure it is.

The rules are our own, made and measured with the sentences in ``benchmarks/fillers``.
"""

from collections.abc import Callable

from clipflow.engine.transcript.context import Context

Verdict = tuple[float, str] | None
Rule = Callable[[Context], Verdict]

_BOTH, _CLEAR, _LIKELY = 0.92, 0.85, 0.7

_SUBJECTS = frozenset(
    "i we he she they it it's i'm i've i'd i'll we're we've we'd we'll he's she's they're they've you're there there's "
    "that that's let let's nobody everybody everyone".split()
)
_BE = frozenset("is was are were be been being 's am it's he's she's that's there's they're we're you're i'm".split())
_JOINING = frozenset("and but because or then so".split())
_DETERMINERS = frozenset("a an the this these those my your his her our their".split())
_INTENSIFIERS = frozenset(
    "really very totally super completely so too kind sort just maybe probably literally basically actually not almost "
    "every".split()
)
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy "
    "eighty ninety hundred thousand million half".split()
)


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word[:1].isdigit()


def judge_like(near: Context) -> Verdict:
    """A filler when set off, or where nothing can be compared or liked."""
    if near.is_repeated and near.before not in _LIKING:
        return _CLEAR, "“like” is said twice"
    if near.is_quoting or _asks_what_it_is_like(near):
        return None
    if near.ends_sentence and not near.has_comma_before:
        return None
    if near.has_comma_before and near.is_set_off_after:
        return _BOTH, "“like” set off on both sides"
    if near.before in _LIKING or near.before in _LIKE_VERBS or _tells_what_was_said(near):
        return None
    return _judge_set_off_like(near) if near.is_set_off_after else _judge_unmarked_like(near)


def _judge_set_off_like(near: Context) -> Verdict:
    if near.starts_sentence:
        return _CLEAR, "“like” before the sentence begins"
    if near.is_set_off_before:
        return _BOTH, "“like” set off on both sides"
    return None if near.after in _LIKED else (_LIKELY, "“like” with a pause after it")


def _tells_what_was_said(near: Context) -> bool:
    """Whether it is the “like” of “she was like, no way”."""
    if not near.has_comma_after or near.is_set_off_before:
        return False
    return near.before in _SOMEBODY_IS or (near.before in _BE and near.second_before in _SOMEBODY)


def _asks_what_it_is_like(near: Context) -> bool:
    return near.second_before in _BE and near.before in {"it", "that", "this", "he", "she", "they"}


def _judge_unmarked_like(near: Context) -> Verdict:
    if near.starts_sentence:
        return None
    hedges = _is_number(near.after) or near.after in _INTENSIFIERS
    if _is_number(near.after) or (near.before in _BE | _JOINING | _HAVING and hedges):
        return _LIKELY, "“like” before an estimate"
    if near.before in {"it", "was", "were", "been"} and near.after.endswith("ing"):
        return _LIKELY, "“like” within the sentence"
    if near.before in _HAVING and near.after in {"no", "an", "a", "this", "nine"}:
        return _LIKELY, "“like” within the sentence"
    if near.before in _DETERMINERS and near.second_before != "and" and near.after not in {"button", "buttons"}:
        return _LIKELY, "“like” within the sentence"
    return None


_SOMEBODY = frozenset("i he she they we you who everyone everybody people guy guys mom mum dad".split())
_SOMEBODY_IS = frozenset("i'm he's she's they're we're you're who's all go goes went".split())
_LIKING = frozenset(
    "i you we they people would 'd i'd you'd he'd she'd we'd they'd to don't didn't doesn't really not do "
    "does did more "
    "nothing something anything someone anybody who nobody everyone feel if also always never still might "
    "may can could "
    "should will who'd just-as".split()
)
_LIKE_VERBS = frozenset(
    "look looks looked looking sound sounds sounded sounding feel feels felt feeling taste tastes tasted smell smells "
    "smelled seem seems seemed act acts acted acting behave behaves treat treats treated".split()
)
_HAVING = frozenset("has have had got need needs want took take went with for at about been are".split())
_LIKED = frozenset("a an the this that it him her me you them us".split())


def judge_so(near: Context) -> Verdict:
    """A filler that gets a sentence started; not what joins, compares or measures."""
    if not near.starts_sentence and near.before not in _OPENERS:
        return None
    if near.is_set_off_after or near.after in _STARTERS:
        return _CLEAR, "“so” before the sentence begins"
    return (_LIKELY, "“so” is said twice") if near.is_repeated else None


_OPENERS = frozenset("okay ok alright yeah".split())
_STARTERS = frozenset("basically actually anyway anyways yeah okay ok".split())


def judge_well(near: Context) -> Verdict:
    """A filler that gets a sentence started or stands aside from it; not the adverb, nor the hole in the ground."""
    if near.before in _WELL_FIXED:
        return None
    if near.starts_sentence:
        if near.is_set_off_after and near.after not in {"done"} and not near.ends_sentence:
            return _BOTH, "“well” before the sentence begins"
        if near.after in _SUBJECTS:
            return _LIKELY, "“well” before the sentence begins"
        return None
    if near.is_set_off_before and near.is_set_off_after and not near.ends_sentence:
        return _CLEAR, "“well” set off on both sides"
    return None


_WELL_FIXED = frozenset("as very pretty quite so too how really not all fairly".split())


def judge_aside(word: str) -> Rule:
    """The rule of an adverb that is a filler when it is set off from the sentence."""

    def judge(near: Context) -> Verdict:
        if near.starts_sentence:
            return (_CLEAR, f"“{word}” before the sentence begins") if near.is_set_off_after else None
        if near.is_set_off_before and near.is_set_off_after:
            return _BOTH, f"“{word}” set off on both sides"
        if near.is_repeated:
            return _CLEAR, f"“{word}” is said twice"
        if near.has_pause_after and not near.ends_sentence:
            return _LIKELY, f"“{word}” with a pause after it"
        return None

    return judge


def judge_you_know(near: Context) -> Verdict:
    """A filler when set off; not what asks or tells about knowing."""
    is_asking = near.before in _KNOWING and not near.has_pause_before
    if is_asking or (near.after in _KNOWN and not near.is_set_off_after):
        return None
    if near.after == "what" and near.second_after in {"i", "that"}:
        return None
    if near.is_set_off_before and near.is_set_off_after:
        return _BOTH, "“you know” set off on both sides"
    if near.is_set_off_after and not near.ends_sentence:
        return _LIKELY, "“you know” with a pause after it"
    if near.before in _BE | _JOINING | _DETERMINERS | {"just"} or (near.is_set_off_before and near.after in _SUBJECTS):
        return _LIKELY, "“you know” within the sentence"
    return None


_KNOWING = frozenset(
    "do did does don't didn't if as what that when how all let before once because would should must until more least "
    "everything anything something nothing people one ones bet sure hope think things thing who where whatever as-far "
    "wanted want".split()
)
_KNOWN = frozenset(
    "what how who where why when that if whether him her them it this the a an any about of my your his "
    "their me us all "
    "better nothing everything something anything as which everybody everyone i'm".split()
)


def judge_i_mean(near: Context) -> Verdict:
    """A filler when set off; not what is meant, nor a correction of what was said."""
    if near.before in _MEANING and not (near.has_pause_before or near.has_comma_before):
        return None
    if near.is_set_off_after and not near.ends_sentence:
        return _BOTH, "“I mean” set off"
    if near.is_repeated:
        return _CLEAR, "“I mean” is said twice"
    if near.is_set_off_before and near.after in _SUBJECTS - {"it", "that"}:
        return _LIKELY, "“I mean” before the sentence begins"
    return None


_MEANING = frozenset("what who do did don't didn't which if how can could should say said when where that by".split())


def judge_err(near: Context) -> Verdict:
    """A sound when set off; otherwise what is human."""
    return (_CLEAR, "the sound “er”") if near.is_set_off_after and near.before != "to" else None


RULES: dict[str, Rule] = {
    "like": judge_like,
    "so": judge_so,
    "well": judge_well,
    "actually": judge_aside("actually"),
    "basically": judge_aside("basically"),
    "literally": judge_aside("literally"),
    "you know": judge_you_know,
    "i mean": judge_i_mean,
    "err": judge_err,
}
