"""Facts that answer an exact question: "Where do I work?", "What is my sister allergic to?".

The question names a kind of fact and a person (language/people/asked.py). The facts were found when the
texts were read (storage/reading.py). Somebody is known by a name, by a relation, or by both: "My sister
Hannah …" lets what is told of Hannah answer for the sister, if no other sister is named. Of kinds that have
one value, the newest telling stands. What a newer episode replaced, or likely changed, is no answer: it is
better to have none than a wrong one.

Such an episode's score has a part *stated*, and it passes the floor (ranking.py): what a reranker makes of it
counts for its place alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from nowprint.language.people.asked import FactQuestion, asked_fact
from nowprint.language.people.candidates import ME, OWN
from nowprint.language.people.told import Said
from nowprint.language.people.whose import key_in
from nowprint.memory.retrieval.newest import LIKELY
from nowprint.memory.retrieval.ranking import FLOOR, Scored, moved, ordered
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import THESE, Scope, id_array, within
from nowprint.memory.storage.names import Choice, NameChoices, page_of
from nowprint.people_records import FactKind, PlainFact

READ = 300
"""The most facts, the newest, that are looked at."""
STATED = 3.0
"""What is added to the score of an episode that states what is asked: more than others differ by."""
ONE = frozenset(
    (
        "mother",
        "father",
        "wife",
        "husband",
        "partner",
        "mother-in-law",
        "father-in-law",
        "boss",
        "landlord",
        "doctor",
        "dentist",
        "therapist",
        "physiotherapist",
        "vet",
        "lawyer",
        "accountant",
        "hairdresser",
    )
)
"""Relations in which one person stands at a time: the one who was told of last by the user."""


def stated_first(ranked: Sequence[Scored], ids: Set[int]) -> list[Scored]:
    """The candidates with the part *stated* in the scores of ``ids``."""
    if not ids:
        return list(ranked)
    lifted = (moved(one, "stated", one.score + STATED) if one.id in ids else one for one in ranked)
    return believed(ordered(lifted), ids)


def believed(ranked: Sequence[Scored], ids: Set[int]) -> list[Scored]:
    """The same candidates, where those in ``ids`` pass the floor with as much evidence as any that passes."""
    most = max([FLOOR, *(one.evidence for one in ranked if one.passes)])
    return [one._replace(evidence=most, passes=True) if one.id in ids else one for one in ranked]


class _Told(NamedTuple):
    id: int
    created: float
    confirmed: bool
    sentence: str
    said: Said


class Stated:
    """Finds facts in the episodes of a profile. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._choices = NameChoices(database)
        self._doubts = Doubts(database)

    def answers(
        self, text: str, scope: Scope = None, *, archived: bool = False
    ) -> tuple[PlainFact, ...]:
        """The facts that answer a question, the newest first; none if it is no exact question, or if nothing
        is plainly said that answers it. ``archived``: archived episodes answer, too."""
        question = asked_fact(text)
        if question is None:
            return ()
        search = _Search(self._database, self._choices.all(), scope, archived)
        found = search.facts(question)
        doubted = self._doubted([one.id for one in found])
        return tuple(
            PlainFact(
                kind=one.said.kind,
                value=one.said.value,
                sentence=one.sentence,
                episode_id=one.id,
                told=one.created,
                whose=one.said.whose,
            )
            for one in found
            if one.id not in doubted
        )

    def ids(self, text: str, scope: Scope = None, *, archived: bool = False) -> frozenset[int]:
        """The episodes that say these facts."""
        return frozenset(one.episode_id for one in self.answers(text, scope, archived=archived))

    def _doubted(self, ids: Sequence[int]) -> set[int]:
        """Those that a newer episode may have changed: likely, or in a text that plainly says nothing, since
        changes are often told in passing ("First week with the ambulance service done!")."""
        doubts = [one for those in self._doubts.newer_of(ids).values() for one in those]
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT episode FROM plain_fact WHERE kind != 'called' AND episode {THESE}",
                [id_array(one.newer for one in doubts)],
            )
            plain = {row[0] for row in rows}
        return {one.older for one in doubts if one.probability >= LIKELY or one.newer not in plain}


class _Search:
    """One search for facts in the episodes that may be recalled in ``scope``."""

    def __init__(
        self,
        database: Database,
        choices: Mapping[str, Choice],
        scope: Scope,
        archived: bool,
    ) -> None:
        self._database = database
        self._choices = choices
        self._scope = scope
        self._archived = archived

    def facts(self, question: FactQuestion) -> list[_Told]:
        """The facts that stand, the newest first, those that the user told or confirmed before others."""
        kind, of = question.kind, self._page(self._renamed(question.of))
        keys = self._keys(of)
        found = self._said(kind, keys)
        if not found and of in keys and not of.startswith(OWN) and of != ME:
            found = self._by_first_name(kind, of)
        found.sort(key=_weight, reverse=True)
        distinct: dict[str, _Told] = {}
        for one in found:
            distinct.setdefault(one.said.value.lower(), one)
        several = kind in _SEVERAL and not (kind == "called" and _relation(of) in ONE)
        return list(distinct.values())[: None if several else 1]

    def _keys(self, of: str) -> set[str]:
        """Under which keys facts tell of somebody: a name, and the relation that it alone bears."""
        keys = {of}
        if of.startswith(OWN):
            names = self._bearers(of)
            return keys | names if len(names) == 1 else keys
        if of != ME:
            said = json.dumps(sorted(self._all_names({of})))
            called = self._rows(f"f.named != '' AND f.named {THESE}", [said])
            for relation in {one.said.of for one in called}:
                if self._bearers(relation) == {of}:
                    keys.add(self._page(relation))
        return keys

    def _bearers(self, relation: str) -> set[str]:
        """The names of those who stand in a relation."""
        told = sorted(self._said("called", {relation}), key=_weight)
        if _relation(relation) in ONE:
            told = told[-1:]
        names = {self._page(key_in(one.said.value)) for one in told} - {""}
        return {name for name in names if not any(other.startswith(f"{name} ") for other in names)}

    def _by_first_name(self, kind: FactKind, of: str) -> list[_Told]:
        """What is said of somebody with more names ("Marta Kowalska"), if only one is called so."""
        told = self._rows("f.of >= ? AND f.of < ?", [f"{of} ", f"{of}!"])
        only = len({self._page(one.said.of) for one in told}) == 1
        return [one for one in told if only and one.said.kind == kind]

    def _said(self, kind: FactKind, keys: Iterable[str]) -> list[_Told]:
        """The facts of this kind about somebody."""
        names = json.dumps(sorted(self._all_names(keys)))
        return self._rows(f"f.of {THESE} AND f.kind = ?", [names, kind])

    def _rows(self, condition: str, parameters: Sequence[str]) -> list[_Told]:
        """The newest facts of which this holds, in episodes that none replaced."""
        view = "live" if self._archived else "active"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT e.id, e.created, e.confirmed, substr(e.text, f.start + 1, f."end" - f.start),
                    f.of, f.kind, f.value, f.start, f."end", f.who
                FROM plain_fact f JOIN {view} e ON e.id = f.episode
                WHERE {condition} AND {within(self._scope)} AND NOT EXISTS (
                    SELECT 1 FROM episode n WHERE n.replaces = e.id AND n.forgotten IS NULL
                    AND n.held_back = '' AND {within(self._scope, "n")})
                ORDER BY e.created DESC, e.id DESC LIMIT ?""",
                [*parameters, READ],
            )
            return [
                _Told(id, created, bool(confirmed), sentence, Said(*said))
                for id, created, confirmed, sentence, *said in rows
            ]

    # --- names -----------------------------------------------------------------------------

    def _page(self, key: str) -> str:
        return page_of(key, self._choices)

    def _renamed(self, of: str) -> str:
        """The key of the page that the user calls so."""
        return next((key for key, one in self._choices.items() if one.shown.lower() == of), of)

    def _all_names(self, keys: Iterable[str]) -> set[str]:
        """The keys, and those that the user merged with them."""
        keys = set(keys)
        return keys | {key for key in self._choices if self._page(key) in keys}


_SEVERAL: frozenset[FactKind] = frozenset(("allergic to", "called"))
"""Kinds of which several values hold at a time."""


def _weight(one: _Told) -> tuple[bool, float, int]:
    """The newest counts most, but what was imported less than what the user told or confirmed."""
    return one.confirmed, one.created, one.id


def _relation(key: str) -> str:
    return key.removeprefix(OWN)
