"""Tells which words carry evidence, and whether two texts say the same.

Function words, question words and everyday words never count as evidence that an episode answers a message.
A new text is a near-duplicate only if it says nothing that the old one lacks: a changed number, name, date,
negation or preposition makes it another episode.
"""

from __future__ import annotations

import re

from nowprint.language.finding import pairs
from nowprint.language.stems import singular

_WORD = re.compile(r"\w+")

_COMMON = """
    a about above after again all almost already also always am an and another any anybody anyone
    anything are aren around as at away back be because been before being below between both but by
    can cannot could couldn did didn do does doesn doing don done down each either else enough even
    ever every everybody everyone everything few first for from further get gets getting give given
    go goes going gone good got great had hadn has hasn have haven having he hello hence her here
    hers herself hey hi him himself his how however i if in instead into is isn it its itself just
    keep kind know known last least less let like likely little ll lot lots made make makes making
    many may maybe me mean might mine more most much must my myself near need needs never new next
    no none nor not nothing now of off often oh ok okay old on once one only onto or other others
    our ours ourselves out over own part perhaps please possible put quite rather re really right
    said same say says see seem seems several shall she should shouldn since so some somebody
    someone something sometimes soon still such sure take tell than thank thanks that the their
    theirs them themselves then there these they thing things think this those though thought
    through thus to today together told tomorrow tonight too toward two under until up upon us use
    used uses using usually ve very via want wants was wasn way we well went were weren what whatever
    when where whether which while who whoever whole whom whose why will with within without won
    would wouldn yeah yes yesterday yet you your yours yourself
    answer ask call called describe difference example explain find help helps idea list mention
    mentioned name named question read recommend remember remind remembered short show start
    suggest summarize talk translate try understand word words work works write wrote
    best better bit big bring come day days different easy fine half happen happened hard high hour
    hours large life live long look looking low man minute minutes month months morning nice night
    number people person place real small time times week weeks woman world year years
    """
COMMON = frozenset(_COMMON.split())
"""Words that are never evidence by themselves; the embedder still reads them."""

_FUNCTION_WORDS = """
    a am an and are as at be been being but by can could did do does doing for from had has have he
    her him his how i in into is it its me may might my of on or our she so than that the their them
    then these they this those to us was we were what when where which who whom whose why will with
    would you your
    """
FUNCTION = frozenset(_FUNCTION_WORDS.split())
"""Words that only connect others: they don't show that two texts are about the same."""

_GENERAL = re.compile(
    r"\s*(?:please |pls |hey,? |ok,? |so,? |and |now )*(?:"
    r"(?:can|could|would|will) you\b|write\b|give me\b|tell me (?:a|about|some)\b|explain\b|list\b"
    r"|translate\b|summari[sz]e\b|suggest\b|rewrite\b|compare\b|describe\b|draft\b|convert\b"
    r"|define\b|recommend\b|make\b|create\b|generate\b"
    r"|how (?:do|does|can|could|should|would|to)\b|how (?:far|big|high|fast|deep|long) (?:is|are|do)\b"
    r"|why (?:do|does|is|are|can)\b|what should i\b|what(?: is|'s|’s|s| are) (?:a|an|the best|the"
    r" difference|the capital|the meaning|the rules|the population|\d)\b|what (?:does|do) .* mean\b"
    r"|who (?:wrote|invented|discovered|won|painted)\b|is (?:a|an|there|it)\b)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?…\n]\s)(?<![.!?…\n\"'“‘]{2})\b(?!I\b)[^\W\d_a-z][\w’'-]*")

_JOINS = re.compile(r"^[\u3040-\u309f]{2}$|[的了是我你您他她它在有和就也都吗呢吧这那]")
"""Two characters that mostly only connect others: two hiragana, or one of Chinese grammar."""

_PERSONAL = frozenset({"i", "my", "mine", "myself", "we", "our", "ours"})

_TRIVIAL_WORDS = """
    a an the is are am be been being s m re ve has have does do did and that so also just really
    very well oh ah please actually basically btw again by way
    """
_TRIVIAL = frozenset(_TRIVIAL_WORDS.split())
_NEGATIONS = frozenset({"no", "not", "never", "none", "nor", "neither", "cannot", "without", "t"})


def words(text: str) -> list[str]:
    """The words of a text as they are written, in their order."""
    return _WORD.findall(text)


def all_words(text: str) -> list[str]:
    """The words of a text in lower case, in their order; ``_`` separates words, as in FTS5's tokenizer."""
    return _WORD.findall(text.lower().replace("_", " "))


def searched_words(text: str) -> list[str]:
    """``all_words``, and in the place of a run without spaces each two characters of it that stand side by
    side: most words of Chinese have two."""
    return [piece for word in all_words(text) for piece in pairs(word)]


def _is_word(word: str) -> bool:
    return len(word) > 1 or word.isdigit() or ord(word) > 0x2E7F


def content_words(text: str, limit: int = 48) -> list[str]:
    """The different words that may count as evidence, the first ``limit`` of them."""
    found: dict[str, None] = {}
    for word in searched_words(text):
        if word not in COMMON and not _JOINS.search(word) and _is_word(word):
            found[word] = None
            if len(found) == limit:
                break
    return list(found)


def weighty_words(text: str) -> frozenset[str]:
    """The words that may count as evidence, without a plural's ending."""
    return frozenset(singular(word) for word in content_words(text))


def query_words(text: str, limit: int = 48) -> list[str]:
    """The different words that an episode about the same may share with a message."""
    found = dict.fromkeys(word for word in searched_words(text) if word not in FUNCTION)
    return [word for word in found if _is_word(word)][:limit]


def names(text: str) -> frozenset[str]:
    """Words written with a capital where no sentence begins, in lower case and without "'s"."""
    found = (re.sub(r"['’]s?$", "", name.lower()) for name in _NAME.findall(text))
    return frozenset(word for name in found for word in all_words(name) if word not in COMMON)


def is_general(text: str) -> bool:
    """Whether anybody might send this message: a task, or a question about the world (English only)."""
    return _GENERAL.match(text) is not None


def is_personal(text: str) -> bool:
    """Whether a message speaks of its user ("I", "my", "we"; English only). "me" doesn't count: "tell me"
    asks the assistant for something."""
    return not _PERSONAL.isdisjoint(all_words(text))


def says_nothing_new(new: str, old: str) -> bool:
    """Whether every word of ``new`` but trivial ones is in ``old``, in the same order, and both have the same
    negations."""
    ours, theirs = _weighty(new), _weighty(old)
    if [w for w in ours if w in _NEGATIONS] != [w for w in theirs if w in _NEGATIONS]:
        return False
    rest = iter(theirs)
    return all(word in rest for word in ours)


def _weighty(text: str) -> list[str]:
    return [singular(word) for word in all_words(text) if word not in _TRIVIAL]
