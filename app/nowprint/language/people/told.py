"""What a text plainly says of somebody: where they live, what they work as, what they are allergic to.

Only a name, or the user, right before one of a few verbs counts, in a sentence that neither asks nor doubts
nor denies: a table that is sometimes wrong is worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nowprint.language.people.candidates import ME, OWN, Reading
from nowprint.language.people.fact_lexicon import FIRST_PERSON, MARRIED, MAY_SAY, UNSURE, VERBS
from nowprint.language.people.names import key_of, reading_of
from nowprint.language.sentences import Span, ends_asking, sentences
from nowprint.people_records import FactKind


@dataclass(frozen=True, slots=True)
class Said:
    """``of`` is the key of a name, or ``ME``; ``value`` is as it was written. The sentence that says it is
    ``start`` to ``end``."""

    of: str
    kind: FactKind
    value: str
    start: int
    end: int


def facts_in(text: str, reading: Reading | None = None) -> tuple[Said, ...]:
    """What a text plainly says, in its order; ``reading`` saves reading it again."""
    low = text.lower()
    if not any(part in low for part in MAY_SAY):
        return ()
    reading = reading or reading_of(text)
    subjects = [(one.start, one.end, key_of(one.words, one.title)) for one in reading.candidates]
    subjects += [(one.start, one.end, OWN + one.relation) for one in reading.kin]
    found: list[Said] = []
    for span in sentences(text):
        if not ends_asking(span.of(text)):
            found += _of_others(text, span, subjects)
            found += _of_the_user(text, span)
    return tuple(found)


def _of_others(text: str, span: Span, subjects: list[tuple[int, int, str]]) -> Iterator[Said]:
    for start, end, of in subjects:
        if not span.start <= start < span.end or _unsure(text[span.start : start]):
            continue
        for kind, verb in VERBS:
            match = verb.match(text, end, span.end)
            if match is not None and _whole(match.group(), text, match.end()):
                yield Said(of, kind, _value(match["v"]), span.start, span.end)


def _of_the_user(text: str, span: Span) -> Iterator[Said]:
    for kind, verb in FIRST_PERSON:
        match = verb.search(text, span.start, span.end)
        if (
            match is not None
            and not _unsure(text[span.start : match.start()])
            and _whole(match.group(), text, match.end())
        ):
            yield Said(ME, kind, _value(match["v"]), span.start, span.end)


def _unsure(before: str) -> bool:
    """Whether what begins so is doubted, denied, or somebody else's words."""
    quoted = before.count('"') % 2 or any(
        before.count(left) > before.count(right) for left, right in ("“”", "«»", "„“", "「」")
    )
    return bool(quoted) or UNSURE.search(before) is not None


def _whole(said: str, text: str, end: int) -> bool:
    """German verbs that surround their value ("ist mit Ines verheiratet") have their second part."""
    split = any(part in f" {said.lower()}" for part in (" ist mit ", " bin mit ", " hat am "))
    return not split or MARRIED.match(text, end) is not None


def _value(said: str) -> str:
    return " ".join(said.split())
