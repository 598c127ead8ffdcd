"""Does a text say that something in an older text has changed? A pure function that names the kind of change.

A high cosine alone is no evidence: "My daughter is allergic to nuts" and "My daughter is in third grade" are
close, and both are true. So the words decide, sentence by sentence, and the cosine only confirms that
both texts are about the same thing. There are four kinds of change:

- *value*: the same sentence with another date, time, number or code ("The rent is 950 / 990 euros"), or
  the same subject with another value and a word of change ("The launch moved to April 17");
- *place*: another value for something of which there is only one ("I live in Braga now", "My boss is …",
  "My favourite band is …");
- *correction*: "…, not 7241" or "from Firefox to Chrome", where the older text has the value taken back;
- *ending*: "I no longer play the piano".

A wrong link is worse than a missed one, since a replaced episode isn't recalled any more: where it is
unclear who or what is meant, there is no change.

The bounds and word lists were set on one half of ``tests/memory/data/changes.json`` (pairs in seven
languages). On the other half 23 of 27 changes are found, and none of 37 pairs of other facts is taken for
one (with all-MiniLM-L6-v2). In three LoCoMo conversations (1,451 turns), where hardly anything changes, none
is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nowprint.language import change_lexicon as lexicon
from nowprint.language.calendar import MONTHS, SHORT_MONTHS, WEEKDAYS
from nowprint.language.sentences import ends_asking, sentences
from nowprint.language.stems import stem

Change = Literal["value", "place", "correction", "ending"]

LEAST_COSINE = 0.5
LEAST_PLACE_COSINE = 0.3
"""The bound for *place*: another place or name changes much of a short sentence's meaning."""
MOST_WORDS = 40
"""A sentence with more words says more than one thing, and is left out."""

_LEFT = 3
"""How many words of the older sentence the newer one may lack, since it has less to explain."""
_WORD = re.compile(r"[^\W_]+(?:[.:@_/-][^\W_]+)*")
_SPEAKERS = re.compile(f"{lexicon.LIVES.pattern}|{lexicon.WORKS.pattern.replace('?P<me>', '')}")
"""Only sentences about where somebody lives or works can tell of a change without sharing a word with the
older one: "moved to" for "live in"."""


@lru_cache(64)  # changes.py asks twice about a pair
def change(new: str, old: str, cosine: float) -> Change | None:
    """The kind of change to ``old`` that ``new`` tells of; None for none. ``cosine`` is the two texts'."""
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
    """One sentence. ``text`` is in lower case, without hints ("now", ``hinted`` says whether it had any) and
    without a clause of reason; ``told`` is the same in its original case.

    ``words`` are the stems of the words that say what it is about, in their order. ``values`` are its dates
    and codes, each with its kind.
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
        """Whether the sentence is about its speaker ("I", "we", "my")."""
        return not lexicon.SELF.isdisjoint(re.findall(r"\w+", self.text))


@lru_cache(2048)  # the same text is compared with many others
def _read(part: str) -> _Sentence | None:
    """The parsed sentence; None for a blank one, a question, or one with too many words."""
    told = part.strip().rstrip(".!")
    if not told or ends_asking(part) or len(told.split()) > MOST_WORDS:
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
    """The stems of the words that say what the text is about, and its values as (kind, value)."""
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
    """Whether ``new`` takes back what ``old`` says: "…, not 7241", "switched from Firefox to Chrome"."""
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
    """Whether ``old`` has all words of ``new`` and at most ``most`` others, of which none directly follows a
    shared word: "launch" is no "launch party"."""
    words = set(new.words)
    if not words <= set(old.words) or len(set(old.words) - words) > most:
        return False
    followed = re.findall(r"(?=\b(\w+) (\w+))", old.text)
    return not any(
        stem(one) in words and stem(next) in old.words and stem(next) not in words
        for one, next in followed
    )


def _leading(sentence: _Sentence) -> set[tuple[str, str]]:
    """The values before the verb, which belong to the subject: "chapter 3 is …", "room 12 is …"."""
    verbs = [p.search(sentence.text) for p in (lexicon.CHANGED, lexicon.STATE)]
    first = min((verb.start() for verb in verbs if verb), default=0)
    return set(_words(sentence.text[:first])[1])


def _days(sentence: _Sentence) -> set[tuple[str, str]]:
    """The sentence's values if there is a date among them, otherwise none."""
    return set(sentence.values) if _dated(sentence) else set()


def _dated(sentence: _Sentence) -> bool:
    return not sentence.kinds.isdisjoint(("day", "month"))


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of which only one can be true: the stems of its subject (None: the speaker), the relation
    ("lives", "works", "called", "is") and the value; ``named`` if the value is a name."""

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


@lru_cache(2048)
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
    """The statement in "My boss is …" or "our dog is called …"; None if there may be several of the kind."""
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
    """The capitalised words that a text begins with, without a title such as "Dr"; empty for none."""
    found = re.match(
        r"(?:(?:Mr|Mrs|Ms|Dr|Herrn?|Frau)\.? )?((?:[^\W\d_a-zà-ÿ][\w’'-]*\s?)+)(?=$|\W|\w)", text
    )
    return found[1].strip() if found else ""
