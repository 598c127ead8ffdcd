"""How probable is it that a telling changes an older one? A logistic model over what both say and how.

Two things must come together: the newer text says that something is different (``SIGNS`` of
``language/change_words.py``: "now", "no longer", "again", "sorry, it's"), and both are about the same (shared
words, names, topics, people; the cosine; and the old rules of contradictions.py, which hardly ever err). The
weights are in ``resources/changes.json``; ``bench/fitting/fit_changes.py`` fitted them.

The model's likelihoods add nothing to that, so it isn't asked: with the starter model, ln p(new | old, "This
is no longer true:") less ln p(new | old, "Another fact:"), in the text's language, has an AUC of .66 in
English and of .57 in eleven other languages; with the words .965, the words alone .966.

What the encoder (embedding/encoder.py) says of both is a ``Reading``: its reranker reads them together,
and its cosine knows other languages than English, too. It was fitted to changes that are told without words
of change. So where the words are sure by themselves, either may see one, and the encoder only has a say
against: of lists that nothing was fitted on .39 of the changes are sure so, .30 by the encoder alone, and .04
instead of .01 of different facts.

From ``SURE`` on the newer telling takes the older one's place. From ``UNCLEAR`` on both may be recalled, the
newer first (retrieval/newest.py), and where it is likely enough the inspector asks which holds
(storage/doubts.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from nowprint.language.change_words import SIGNS, Told, languages_of, told
from nowprint.language.sentences import ends_asking, sentences
from nowprint.memory.capture.contradictions import change
from nowprint.settings import resources

SURE = 0.4
"""By words alone; where the rules of contradictions.py see a change, it is always sure. On two lists that
nothing was fitted on .32 of the changes are then sure, .04 of different facts about one matter, and .006 of
what has nothing to do with each other."""
SURE_READ = 0.8
"""The same where the encoder was asked: it looks at every text, also at those without a word of change, of
which most change nothing. By folds .36 of the changes are sure, .01 of different facts about one matter, and
one in 1,000 of the pairs of a text and a near one that has nothing to do with it: of 200 tellings beside 60
facts, 6 took the place of a wrong one from .7 on. A likely change comes first all the same (newest.py)."""
SURE_BESIDE = 0.6
"""From here on words are sure, too, where the encoder was asked and does not deny it."""
UNCLEAR = 0.05
MOST_UNCLEAR = 3
"""The most older episodes of which it is unclear whether a new one changes them."""

MOST_READ = 8.0
"""Nats: more than this, either way, counts as this."""

_OF_CHANGE = ("changed", "ended", "corrected", "now", "again")
_UNSPACED = ("zh", "ja")
_PART = re.compile(r"\w+")


class Reading(NamedTuple):
    """What the encoder says of a newer text and an older one: the log-odds, in ``nats``, that the one changes
    the other, and their ``cosine``."""

    nats: float
    cosine: float


def probability(new: str, old: str, cosine: float, read: Reading | None = None) -> float:
    """The probability that ``new`` changes what ``old`` says. ``cosine`` is the embedder's, of the two texts;
    without what the encoder ``read`` only words of change tell."""
    new, old = stated(new), stated(old)
    if not new or not old:
        return 0.0
    if read is None and not (tells_of_change(new) or change(new, old, cosine)):
        return 0.0  # most texts, which need no features
    values = features(new, old, cosine)
    by_words = _logistic("words", values) if values["rule"] or tells_of_change(new) else 0.0
    if values["rule"]:
        by_words = max(by_words, SURE)
    if read is None:
        return by_words
    by_reading = _logistic("read", values | read_features(new, old, cosine, read))
    if by_words < SURE:
        return by_reading
    both = 1 - (1 - by_words) * (1 - by_reading)
    surest = by_words >= SURE_BESIDE and by_reading >= UNCLEAR
    return max(both, SURE_READ) if surest else both


def _logistic(kind: str, values: Mapping[str, float]) -> float:
    mean, scale, weights, bias = _model(kind)
    logit = bias + sum(
        weights[name] * (value - mean[name]) / scale[name] for name, value in values.items()
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@lru_cache(512)  # the same text is compared with many others
def stated(text: str) -> str:
    """The sentences of a text that aren't questions, which state nothing."""
    said = (span.of(text) for span in sentences(text))
    return " ".join(part for part in said if not ends_asking(part))


@lru_cache(512)
def tells_of_change(text: str) -> bool:
    """Whether a text says in any word that something is different."""
    found = told(text, languages_of(text)).signs
    return any(found[sign] for sign in _OF_CHANGE)


def features(new: str, old: str, cosine: float) -> dict[str, float]:
    languages = languages_of(f"{old} {new}")
    before, now = told(old, languages), told(new, languages)
    shared = before.stems & now.stems
    signs = sum(now.signs[sign] > 0 for sign in _OF_CHANGE)
    much = min(3, signs) / 3
    unspaced = languages[0] in _UNSPACED
    same = {
        "cosine": max(0.0, cosine),
        "shared": min(3, len(shared)) / 3,
        "old words": len(shared) / max(1, len(before.stems)),
        "topics": min(2, len(before.topics & now.topics)) / 2,
        "names": float(bool(before.names & now.names)),
        "long word": min(10, max((5 if unspaced else len(s) for s in shared), default=0)) / 10,
    }
    apart = float(_apart(before.people, now.people))
    return {
        "rule": float(bool(change(new, old, cosine))),
        **same,
        "new words": len(shared) / max(1, len(now.stems)),
        "begins alike": _alike_from_the_start(old, new),
        "other names": float(_apart(before.names, now.names)),
        "other topics": float(_apart(before.topics, now.topics) and not before.topics & now.topics),
        "same people": float(bool(before.people & now.people)),
        "other people": apart,
        "another": float(bool(now.people - before.people)),
        "any sign": float(signs > 0),
        "signs": much,
        "density": sum(now.signs[sign] for sign in _OF_CHANGE) / max(4, now.length),
        "length": math.log1p(now.length) / 3,
        "turned": _turned(before, now) if shared else 0.0,
        "negated": float((before.signs["not"] > 0) != (now.signs["not"] > 0)),
        **{f"new {sign}": min(2, now.signs[sign]) / 2 for sign in SIGNS},
        **{f"old {sign}": float(before.signs[sign] > 0) for sign in ("once", "past", "also")},
        **{f"signs × {name}": much * value for name, value in same.items()},
        "sign × other people": (signs > 0) * apart,
        "sign × also": (signs > 0) * float(now.signs["also"] > 0),
    }


def read_features(new: str, old: str, cosine: float, read: Reading) -> dict[str, float]:
    """Those that there are beside ``features`` where the encoder has read both."""
    foreign = "en" not in languages_of(f"{old} {new}")
    return {
        "read": max(-MOST_READ, min(MOST_READ, read.nats)),
        "encoder": read.cosine,
        "encoder, foreign": foreign * read.cosine,
        "cosine, foreign": foreign * max(0.0, cosine),
    }


def _apart(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether each has something that the other lacks."""
    return bool(some - others) and bool(others - some)


def _turned(before: Told, now: Told) -> float:
    """Whether what was liked is disliked now, or the other way round."""
    liked, disliked = before.signs["likes"] > 0, before.signs["dislikes"] > 0
    likes, dislikes = now.signs["likes"] > 0, now.signs["dislikes"] > 0
    return float((liked and dislikes) or (disliked and likes and not dislikes))


def _alike_from_the_start(old: str, new: str) -> float:
    """The share of the older text's words with which both begin."""
    ours, theirs = _PART.findall(new.lower()), _PART.findall(old.lower())
    same = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        same += 1
    return same / max(1, len(theirs))


@cache
def _model(kind: str) -> tuple[dict[str, float], dict[str, float], dict[str, float], float]:
    """Each feature's mean, scale and weight, and the bias: of the model over ``words`` alone, or with what
    the encoder ``read``."""
    with open(resources() / "changes.json", encoding="utf-8") as file:
        stored = json.load(file)[kind]
    rows: dict[str, list[float]] = stored["features"]
    mean, scale, weights = ({name: row[i] for name, row in rows.items()} for i in range(3))
    return mean, scale, weights, float(stored["bias"])
