"""Recognises questions about all that the user told of a matter or in a time, in eleven languages.

"When did I last mention my knee?", "how often …", "what did I say about the flat in spring?", "what do you
know about Marta?", "what did we talk about on Tuesday?" want an overview, in order of time. A question for a
fact ("When is Marta's birthday?") wants one memory and is none of these. Two parts must come together in a
sentence: what is asked for, and the user's own telling to the assistant ("I told you"); or it asks what the
assistant knows of a matter. Either is a whole phrase or two of one language with a gap between them, who told
and a verb of telling ("I … mentioned"). What is quoted, or asks for something to be made of it, is none of
these. The phrases are in ``resources/past-questions.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from nowprint.language import cue_lexicon
from nowprint.language.dates import Period, day_of, periods
from nowprint.language.own_words.quoted import quotations
from nowprint.language.own_words.told import speaks_to_the_model
from nowprint.language.phrases import phrases
from nowprint.language.sentences import ends_asking, sentences
from nowprint.language.times.resolver import times
from nowprint.language.words import content_words, words

MOST_ASKED = 200
"""A longer message wants more than an overview."""
_TELLING = 5
"""A sentence of fewer words beside the question is a remark."""
_JOIN = 5
"""A clause that joins them may begin with so short a word ("…, that I told you")."""
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "zh")
_GAP = r"([^,;:.!?。，；：！？\n]{0,60}?)"
_SENTENCE = re.compile(r"[.!?]\s+|[。！？]")
_CLAUSE = re.compile(r"[,;:–—-]\s")
_PART = re.compile(r"[\n.!?¿¡。，？！、()]+|[,;:]\s")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_EDGES = " \t\n,.;:!?¿¡…\"'“”‘’„«»()-–—。，？！、"


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """``about``: the user's words for the matter, empty for all that was told; ``periods``: the times that it
    is limited to, in seconds; ``told``: it asks for what the user told, and not for what is known, which
    might also be a question about the world."""

    about: str
    periods: tuple[Period, ...]
    told: bool


def asked_of_past(text: str, now: float) -> PastQuestion | None:
    """What the message, sent at ``now``, asks of the past; None if it is another message."""
    said = text.strip()
    if not said or len(said) > MOST_ASKED or "\n" in said:
        return None
    if phrases("past.others").search(said) or phrases("past.tasks").search(said):
        return None
    known = _either("past.known", "past.keeps", "past.knows").search(said)
    told = () if known else _told(said)
    if not known and not told:
        return None
    found = (known,) if known else told
    asked, close = min(one.start() for one in found), max(one.end() for one in found)
    if any(quote.start <= asked < quote.end for quote in quotations(said)):
        return None
    begin, end = _sentence(said, asked, close)
    if _tells(said[:begin]) or _tells(said[end:]):
        return None
    taken = [span for one in found for span in _own(one)]
    dated = times(said[begin:end], day_of(now), asks=True)
    taken += [(begin + time.start, begin + time.end) for time in dated]
    about = _rest(said, taken, asked, close)
    about = about if content_words(about) else ""
    of_user = bool(known) and not about and phrases("past.me").search(said) is not None
    if known and not about and not of_user:
        return None
    return PastQuestion(about, tuple(periods(said[begin:end], now)), told=not known or of_user)


@cache
def _either(whole: str, first: str, then: str) -> re.Pattern[str]:
    """A phrase of the first concern, or of one language one of the second and, in the same clause, one of the
    third."""
    pairs = (
        f"(?:{phrases(first, only=one).pattern}){_GAP}(?:{phrases(then, only=one).pattern})"
        for one in _LANGUAGES
    )
    return re.compile("|".join((phrases(whole).pattern, *pairs)), re.IGNORECASE)


def _told(said: str) -> tuple[re.Match[str], ...]:
    """What is asked for and the user's telling, in one sentence that asks; empty if they aren't there."""
    for telling in _either("past.told", "past.self", "past.tells").finditer(said):
        for asks in phrases("past.asks").finditer(said):
            if asks.end() <= telling.start():
                between = said[asks.end() : telling.start()]
                if not _CLAUSE.search(between) or len(between.strip(_EDGES)) <= _JOIN:
                    return asks, telling
            elif asks.start() < telling.end() or (
                ends_asking(said) and not _CLAUSE.search(said[telling.end() : asks.start()])
            ):
                return asks, telling
        if surely := phrases("past.surely").search(said, telling.start()):
            return surely, telling
    return ()


def _own(found: re.Match[str]) -> list[tuple[int, int]]:
    """The spans of a phrase's own words, without what "…" stands for."""
    own, at = [], found.start()
    for group in range(1, found.re.groups + 1):
        if found.start(group) >= 0:
            own.append((at, found.start(group)))
            at = found.end(group)
    return [*own, (at, found.end())]


def _rest(said: str, taken: list[tuple[int, int]], asked: int, told: int) -> str:
    """What is left outside the spans, without words that only stand around a matter: the first part after the
    phrases, which begin at ``asked`` and end at ``told``, if there is any in that sentence; else the longest
    between them, before them, or in another sentence."""
    kept = list(said)
    for start, end in taken:
        kept[start:end] = "\n" * (end - start)
    left = "".join(kept)
    begin, close = _sentence(said, asked, told)
    after = filter(content_words, map(bare, _PART.split(left[told:close])))
    if about := next(after, ""):
        return about
    for stretch in (left[asked:told], left[begin:asked], left[close:], left[:begin]):
        if about := max(map(bare, _PART.split(stretch)), key=len, default=""):
            return about
    return ""


def _sentence(said: str, asked: int, told: int) -> tuple[int, int]:
    """Where the sentence begins and ends that holds the phrases, which begin and end there."""
    ends = [one.end() for one in _SENTENCE.finditer(said)]
    begin = max((end for end in ends if end <= asked), default=0)
    return begin, min((end for end in ends if end >= told), default=len(said))


def _tells(said: str) -> bool:
    """Whether the user tells of themselves in a sentence beside the question: that is to be kept, and
    answered by the model."""
    return any(
        len(words(one)) >= _TELLING
        and cue_lexicon.SELF.search(one.replace("’", "'"))
        and not speaks_to_the_model(one)
        for one in (span.of(said) for span in sentences(said))
    )


def bare(part: str) -> str:
    """The part without what stands around a matter, at both ends."""
    patterns = phrases("past.around"), phrases("past.asks")
    before = None
    while before != part:
        before = part = _EMOJI.sub("", part).strip(_EDGES)
        for around in patterns:
            if found := around.match(part):
                part = part[found.end() :]
            ends = (one.start() for one in around.finditer(part) if one.end() == len(part))
            part = part[: next(ends, len(part))]
    return part
