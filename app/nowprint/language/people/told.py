"""What a text plainly says of somebody: where they live, what they work as, what they are allergic to.

Only a name, or the user, right before one of a few verbs counts, in a sentence that neither asks nor doubts
nor denies: a table that is sometimes wrong is worth nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import TypeVar

from nowprint.language.people.candidates import ME, OWN, Candidate, Kin, Reading
from nowprint.language.people.fact_lexicon import (
    AROUND,
    CHINESE,
    FIRST_PERSON,
    FORMER,
    HAS,
    MARRIED,
    MAY_SAY,
    NAMED,
    TITLED,
    UNSURE,
    VERBS,
    being,
)
from nowprint.language.people.lexicon import lexicon
from nowprint.language.people.names import key_of, reading_of
from nowprint.language.people.unspaced import unspaced
from nowprint.language.people.whose import key_in
from nowprint.language.sentences import LONGEST, Span, ends_asking, sentences
from nowprint.people_records import FactKind

_ORDINAL = re.compile(r"\b\d{1,2}\.$")
_LEADING = 4
"""The most words with which it is said whose a name is ("meine kleine Schwester")."""
_SURROUNDING = re.compile(
    r"^\s*(?:ich\s+)?(?:(?:ist|bin)\s+(?:mit|gegen|in)|(?:hat|habe)\s+am|wurde\s+in)\s",
    re.IGNORECASE,
)
"""German verbs with a second part behind their value."""
_NEAR = 40
"""How many characters behind a name a word counts that stands beside its relation ("Tom, my old boss")."""

One = TypeVar("One", Candidate, Kin)
_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Said:
    """``of`` is the key of a name, ``ME``, or ``OWN`` and a relation; ``value`` is as it was written, as is
    the name ``who``. The sentence that says it is ``start`` to ``end``."""

    of: str
    kind: FactKind
    value: str
    start: int
    end: int
    who: str = ""

    @property
    def whose(self) -> str:
        """ "You", "Your sister", "Hannah"."""
        if self.of == ME:
            return "You"
        return f"Your {self.of[len(OWN) :]}" if self.of.startswith(OWN) else self.who


def facts_in(text: str, reading: Reading | None = None) -> tuple[Said, ...]:
    """What a text plainly says, in its order; ``reading`` saves reading it again. Sentences that are too long
    to say anything plainly are passed over, so that the longest text of an import takes a second at most."""
    low = text.lower()
    says = any(part in low for part in MAY_SAY)
    whole = reading or reading_of(text)
    candidates, kin = sorted(whole.candidates, key=_START), sorted(whole.kin, key=_START)
    found: list[Said] = []
    for span in _sentences(text):
        if span.end - span.start > LONGEST or ends_asking(span.of(text)):
            continue
        reading = replace(whole, candidates=_in(span, candidates), kin=_in(span, kin))
        if says:
            found += _of_others(text, span, reading)
            found += _of_the_user(text, span)
            if unspaced(span.of(text)):
                found += _in_chinese(text, span)
        found += _jobs(text, span, reading)
        found += _names_of_relations(text, span, reading)
    return tuple(found)


def _sentences(text: str) -> Iterator[Span]:
    """The sentences, where the point of a German date ("am 4. Oktober") ends none."""
    held: Span | None = None
    for one in sentences(text):
        span = one if held is None else Span(held.start, one.end)
        goes_on = span.end - span.start <= LONGEST and _ORDINAL.search(span.of(text))
        held = span if goes_on else None
        if held is None:
            yield span
    if held is not None:
        yield held


def _in(span: Span, found: Sequence[One]) -> tuple[One, ...]:
    """Those that begin in a sentence, of names in the order of their beginnings."""
    first, last = (bisect_left(found, at, key=_START) for at in (span.start, span.end))
    return tuple(found[first:last])


def _of_others(text: str, span: Span, reading: Reading) -> Iterator[Said]:
    for start, end, of in _subjects(reading):
        if _unsure(text[span.start : start]):
            continue
        who = text[start:end]
        for kind, verb in VERBS:
            match = verb.match(text, end, span.end)
            if match is not None and _whole(match.group(), text, match.end()):
                yield Said(of, kind, _value(match["v"]), span.start, span.end, who)
        led = text[span.start : _lead(text, span.start, start)]
        for kind, before, after in AROUND:
            match = after.match(text, end, span.end)
            if match is not None and before.search(led):
                yield Said(of, kind, _value(match["v"]), span.start, span.end, who)


def _subjects(reading: Reading) -> list[tuple[int, int, str]]:
    """Beginning, end and key of those whom a text may tell of."""
    named = [(one.start, one.end, key_of(one.words, one.title)) for one in reading.candidates]
    return named + [(one.start, one.end, OWN + one.relation) for one in reading.kin]


def _lead(text: str, begin: int, start: int) -> int:
    """Where the words begin that say whose the name at ``start`` is."""
    own = [one.start() for one in lexicon().own.finditer(text, begin, start)]
    return own[-1] if own and len(text[own[-1] : start].split()) <= _LEADING else start


def _of_the_user(text: str, span: Span) -> Iterator[Said]:
    for kind, verb in FIRST_PERSON:
        match = verb.search(text, span.start, span.end)
        if (
            match is not None
            and not _unsure(text[span.start : match.start()])
            and _whole(match.group(), text, match.end())
        ):
            yield Said(ME, kind, _value(match["v"]), span.start, span.end)


def _in_chinese(text: str, span: Span) -> Iterator[Said]:
    for kind, clause in CHINESE:
        for match in clause.finditer(text, span.start, span.end):
            of = key_in(match["of"])
            if of and not _unsure(text[span.start : match.start()]):
                yield Said(of, kind, match["v"], span.start, span.end, match["of"])


def _jobs(text: str, span: Span, reading: Reading) -> Iterator[Said]:
    of_user, of_others = _being()
    match = of_user.search(text, span.start, span.end)
    if match is not None and not _unsure(text[span.start : match.start()]):
        yield Said(ME, "works as", _value(match[match.lastindex or 0]), span.start, span.end)
    for start, end, of in _subjects(reading):
        match = of_others.match(text, end, span.end)
        if match is not None and not _unsure(text[span.start : start]):
            value = _value(match[match.lastindex or 0])
            yield Said(of, "works as", value, span.start, span.end, text[start:end])


@cache
def _being() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return being(lexicon().jobs)


# --- who stands in a relation to the user --------------------------------------------------------


def _names_of_relations(text: str, span: Span, reading: Reading) -> Iterator[Said]:
    for one in reading.candidates:
        if one.relation:
            own = _lead(text, span.start, one.start)
            beside = text[own : one.start] or text[one.end : min(span.end, one.end + _NEAR)]
            if not FORMER.search(beside) and not _unsure(text[span.start : own]):
                value = _value(text[one.start : one.end])
                yield Said(OWN + one.relation, "called", value, span.start, span.end)
    starts = {one.start for one in reading.candidates}
    known = lexicon()
    for kin in reading.kin:
        match = TITLED.match(text, kin.end, span.end)
        if match is None:
            continue
        sure = (match["title"] or "").lower() in known.titles | known.small_titles
        sure |= match.start("v") in starts and unspaced(span.of(text))
        if sure and not FORMER.search(kin.shown) and not _unsure(text[span.start : kin.start]):
            value = _value(match["v"])
            yield Said(OWN + kin.relation, "called", value, span.start, span.end)
    for has in _has().finditer(text, span.start, span.end):
        named = NAMED.match(text, has.end(), span.end)
        if named is not None and not _unsure(text[span.start : has.start()]):
            relation = known.relations["en"][" ".join(has["rel"].lower().split())]
            value = _value(named["v"])
            yield Said(OWN + relation, "called", value, span.start, span.end)


@cache
def _has() -> re.Pattern[str]:
    return re.compile(HAS + lexicon().relation["en"].pattern, re.IGNORECASE)


def _unsure(before: str) -> bool:
    """Whether what begins so is doubted, denied, or somebody else's words."""
    quoted = before.count('"') % 2 or any(
        before.count(left) > before.count(right) for left, right in ("“”", "«»", "„“", "「」")
    )
    return bool(quoted) or UNSURE.search(before) is not None


def _whole(said: str, text: str, end: int) -> bool:
    """German verbs that surround their value ("ist mit Ines verheiratet") have their second part."""
    return not _SURROUNDING.match(said) or MARRIED.match(text, end) is not None


def _value(said: str) -> str:
    return " ".join(said.split())
