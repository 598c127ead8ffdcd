"""Recognises a question that one plain fact answers: "Where do I work?", "What is Marta allergic to?".

The whole sentence must be such a question: what asks for more ("Where did I live before Leeds?", "Why am I
allergic to cats?") asks for something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.language.people.asked_lexicon import questions
from nowprint.language.people.candidates import ME, OWN
from nowprint.language.people.whose import key_in
from nowprint.language.sentences import sentences
from nowprint.people_records import FactKind

MOST_ASKED = 160
"""Characters of the longest message that is read: a longer one asks for more than a fact."""


@dataclass(frozen=True, slots=True)
class FactQuestion:
    """What is asked, of whom: ``ME``, ``OWN`` and a relation, or the key of a name."""

    kind: FactKind
    of: str


def asked_fact(text: str) -> FactQuestion | None:
    """What the message asks, if its last sentence is such a question."""
    said = text.strip()
    if not said or len(said) > MOST_ASKED:
        return None
    known = questions()
    last = sentences(said)[-1].of(said)
    led, trail = known.lead.match(last), known.trail.search(last)
    asks = last[led.end() if led else 0 : trail.start() if trail else len(last)]
    for kind, question in known.kinds:
        match = question.fullmatch(asks)
        if match is None:
            continue
        who = match.groupdict().get("who")
        of = ME if who is None else key_in(who)
        if of and (kind != "called" or _has_name(of, asks, who)):
            return FactQuestion(kind, of)
    return None


def _has_name(of: str, question: str, who: str | None) -> bool:
    """Whether it asks for a name: "Who is my dentist?" does, "Who is Marta?" and "Who am I?" don't."""
    return of.startswith(OWN) or (
        of == ME and (who is None or not question.lower().startswith("who"))
    )
