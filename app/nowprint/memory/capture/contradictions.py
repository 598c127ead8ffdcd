"""Does a text tell that what an older one told has changed? One pure function that can say why.

Nearness alone tells nothing: "My daughter is allergic to nuts" and "My daughter is in third grade" are
near, and both are true. So the words decide, sentence by sentence, and the cosine only confirms that
the two are about the same. Of what changes there are these kinds:

- *value*: the same sentence with another date, time, number or code ("The rent is 950 / 990 euros"), or
  the same subject with another one and a word of change ("The launch moved to April 17");
- *place*: what there is one of, told again with another value of its kind ("I live in Braga now", "My
  boss is …", "My favourite band is …");
- *correction*: "…, not 7241", "from Firefox to Chrome", where the older text has what is taken back;
- *ending*: "I no longer play the piano".

A wrong link is worse than a missed one, since the older of two stands behind the newer: where it is
unclear who or what is meant, it is no change.

The bounds and words were set on one half of ``tests/memory/data/changes.json`` (pairs in seven
languages). On the other half 23 of 27 changes are told and none of 37 pairs of other facts is taken for
one (all-MiniLM-L6-v2); in three LoCoMo conversations (1,451 turns), where hardly anything changes, none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nowprint.language import change_lexicon as lexicon
from nowprint.language.calendar import MONTHS, SHORT_MONTHS, WEEKDAYS
from nowprint.language.sentences import sentences
from nowprint.language.stems import stem

Change = Literal["value", "place", "correction", "ending"]

LEAST_COSINE = 0.5
LEAST_PLACE_COSINE = 0.3
"""Another place or name in a short sentence takes much of its meaning along."""
MOST_WORDS = 40
"""A longer sentence tells more than one thing."""

_LEFT = 3
"""So many words of the older sentence may be missing in the newer, which has less to explain."""
_WORD = re.compile(r"[^\W_]+(?:[.:@_/-][^\W_]+)*")
_SPEAKERS = re.compile(f"{lexicon.LIVES.pattern}|{lexicon.WORKS.pattern.replace('?P<me>', '')}")
"""Only where somebody lives or works can change without a word in common: "moved to" for "live in"."""


def change(new: str, old: str, cosine: float) -> Change | None:
    """What kind of change of ``old`` the text ``new`` tells, None for none."""
    if cosine < LEAST_PLACE_COSINE:
        return None
    before = [sentence for span in sentences(old) if (sentence := _read(span.of(old)))]
    for span in sentences(new):
        now = _read(span.of(new))
        if now is None or lexicon.UNSURE.search(now.text):
            continue
        for earlier in before:
            kind = _between(now, earlier)
            if kind == "place" or (kind and cosine >= LEAST_COSINE):
                return kind
    return None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """``text`` is in lower case and without hints and reasons; ``told`` the same as it was written.

    ``words`` are the stems of what it is about, in order, without ``values``: dates and codes.
    """

    text: str
    told: str
    hinted: bool
    words: tuple[str, ...]
    values: tuple[tuple[str, str], ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind for kind, _ in self.values)

    @property
    def kin(self) -> frozenset[str]:
        return lexicon.KIN & set(_WORD.findall(self.text))

    @property
    def own(self) -> bool:
        """Whether "I" or "we" speak of themselves."""
        return not lexicon.SELF.isdisjoint(re.findall(r"\w+", self.text))


@lru_cache(256)  # one text is compared with many
def _read(part: str) -> _Sentence | None:
    """None for what tells nothing: a question, nothing, too much."""
    told = part.strip().rstrip(".!")
    if not told or part.rstrip().endswith("?") or len(told.split()) > MOST_WORDS:
        return None
    reason = lexicon.REASON.search(told.lower())
    if reason and len(told.lower()) == len(told):
        told = told[: reason.start()]
    hinted = lexicon.HINTS.search(told.lower()) is not None
    told = re.sub(f"(?i:{lexicon.HINTS.pattern})", " ", told)
    told = " ".join(told.split()).strip(" ,;:")
    text = told.lower()
    return _Sentence(text, told, hinted, *_words(text))


def _words(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The stems of the words that the text is about, and its values by kind."""
    words, values = [], []
    for word in _WORD.findall(lexicon.CHANGED.sub(" ", text)):
        if word in WEEKDAYS or word.removesuffix("s") in WEEKDAYS or word == "tomorrow":
            values.append(("day", word))
        elif word in MONTHS or word in SHORT_MONTHS:
            values.append(("month", word))
        elif "@" in word or any(character.isdigit() for character in word):
            values.append(("code", word))
        elif word not in lexicon.FILLER:
            words.append(word if word in lexicon.ENDING else stem(word))
    return tuple(words), tuple(values)


def _between(new: _Sentence, old: _Sentence) -> Change | None:
    if set(new.words).isdisjoint(old.words) and not _SPEAKERS.search(new.text):
        return None
    if new.kin == old.kin:
        if _taken_back(new, old):
            return "correction"
        if _ended(new, old):
            return "ending"
    if lexicon.ENDED.search(new.text) or lexicon.ENDED.search(old.text):
        return None
    if new.kin == old.kin and _another_value(new, old):
        return "value"
    return "place" if _another_place(new, old) else None


def _taken_back(new: _Sentence, old: _Sentence) -> bool:
    """ "…, not 7241" and "switched from Firefox to Chrome", where the older text has that alone."""
    if set(new.words) <= set(old.words) and set(new.values) <= set(old.values):
        return False
    if denied := lexicon.NOT_THAT.search(new.text):
        rest, _ = _words(new.text[: denied.start()])
        return _holds(old, denied[1]) and bool(set(rest) & set(old.words))
    moved = lexicon.FROM_TO.search(new.text)
    if moved is None or not lexicon.CHANGED.search(new.text) or new.own != old.own:
        return False
    rest, _ = _words(new.text[: moved.start()])
    return _holds(old, moved[1]) and set(rest) <= set(old.words)


def _holds(old: _Sentence, part: str) -> bool:
    words, values = _words(part)
    return bool(words or values) and set(words) <= set(old.words) and set(values) <= set(old.values)


def _ended(new: _Sentence, old: _Sentence) -> bool:
    if not lexicon.ENDED.search(new.text) or lexicon.ENDED.search(old.text) or new.own != old.own:
        return False
    words = set(new.words) - lexicon.ENDING
    return (
        bool(words)
        and words <= set(old.words)
        and set(new.values) <= set(old.values)
        and len(set(old.words) - words) <= _LEFT
    )


def _another_value(new: _Sentence, old: _Sentence) -> bool:
    if not new.words or not (new.kinds & old.kinds or (_dated(new) and _dated(old))):
        return False
    if set(new.values) <= set(old.values):
        return False
    if not _leading(new) <= set(old.values):
        return False
    if lexicon.CHANGED.search(new.text):
        return _about(new, old, _LEFT)
    if new.kinds != old.kinds or lexicon.PAST.search(new.text):
        return False
    if new.hinted:
        return _about(new, old, 1)
    if _days(new) != _days(old) and not lexicon.ONCE.search(new.text):
        return False
    return set(new.words) == set(old.words) and all(
        lexicon.STATE.search(one.text) for one in (new, old)
    )


def _about(new: _Sentence, old: _Sentence, most: int) -> bool:
    """Whether the older sentence is about all that the newer is, and at most ``most`` words more:
    "launch" is no "launch party"."""
    words = set(new.words)
    if not words <= set(old.words) or len(set(old.words) - words) > most:
        return False
    followed = re.findall(r"(?=\b(\w+) (\w+))", old.text)
    return not any(
        stem(one) in words and stem(next) in old.words and stem(next) not in words
        for one, next in followed
    )


def _leading(sentence: _Sentence) -> set[tuple[str, str]]:
    """The values before the verb: which chapter, which room."""
    verbs = [p.search(sentence.text) for p in (lexicon.CHANGED, lexicon.STATE)]
    first = min((verb.start() for verb in verbs if verb), default=0)
    return set(_words(sentence.text[:first])[1])


def _days(sentence: _Sentence) -> set[tuple[str, str]]:
    """The date, if one is told."""
    return set(sentence.values) if _dated(sentence) else set()


def _dated(sentence: _Sentence) -> bool:
    return not sentence.kinds.isdisjoint(("day", "month"))


@dataclass(frozen=True, slots=True)
class _Statement:
    """Of whom or what (None: the speaker), in which relation, with which value."""

    subject: frozenset[str] | None
    relation: str
    value: str
    named: bool


def _another_place(new: _Sentence, old: _Sentence) -> bool:
    now, before = _statement(new), _statement(old)
    if now is None or before is None or now.value.lower() == before.value.lower():
        return False
    return (now.subject, now.relation, now.named) == (
        before.subject,
        before.relation,
        before.named,
    )


def _statement(sentence: _Sentence) -> _Statement | None:
    for relation, pattern in (("lives", lexicon.LIVES), ("works", lexicon.WORKS)):
        if verb := pattern.search(sentence.text):
            at = lexicon.AT.match(sentence.text, verb.end())
            start = verb.end() if at is None else at.end()
            name = _name(sentence.told[start:].lstrip())
            if not name or (at is None and not verb[0].endswith(" to") and verb[0] != "nach"):
                return None
            subject = _subject(sentence.text[: verb.start()])
            if subject:
                return _Statement(subject, relation, name, named=True)
            speaker = verb["me"] and _of_speaker(sentence.text[: verb.start()])
            return _Statement(None, relation, name, named=True) if speaker else None
    return _one_of_a_kind(sentence)


def _one_of_a_kind(sentence: _Sentence) -> _Statement | None:
    """ "My boss is …", "our dog is called …": of the one that there is, by its definite form."""
    called = lexicon.CALLED.search(sentence.text)
    verb = called or lexicon.IS.search(sentence.text)
    if verb is None:
        return None
    before, value = sentence.text[: verb.start()].strip(), sentence.told[verb.end() :].strip()
    subject = _subject(before)
    if not subject or not lexicon.OWN.search(before) or lexicon.HAVING.search(before):
        return None
    name = _name(value)
    if called or lexicon.ROLES.search(before):
        return _Statement(subject, "called", name, named=True) if name else None
    if lexicon.SINGLE.search(before) and 0 < len(value.split()) <= 4:
        return _Statement(subject, "is", value, named=bool(name))
    return None


def _subject(text: str) -> frozenset[str]:
    return frozenset(_words(text)[0])


def _of_speaker(before: str) -> bool:
    words = set(re.findall(r"\w+", before))
    return words.isdisjoint(lexicon.OTHERS) and not lexicon.OWN.search(before)


def _name(text: str) -> str:
    """The words with a capital that a text begins with, titles aside; empty for none."""
    found = re.match(
        r"(?:(?:Mr|Mrs|Ms|Dr|Herrn?|Frau)\.? )?((?:[^\W\d_a-zà-ÿ][\w’'-]*\s?)+)(?=$|\W|\w)", text
    )
    return found[1].strip() if found else ""
