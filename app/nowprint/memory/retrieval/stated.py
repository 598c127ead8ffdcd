"""Facts that answer an exact question: "Where do I work?", "What is my sister allergic to?".

The question names a kind of fact and a person (language/people/asked.py). Texts that may say such a fact of
them are found by their words and read (language/people/told.py); nothing is stored. Somebody is known by a
name, by a relation, or by both: "My sister Hannah …" lets what is told of Hannah answer for the sister, if no
other sister is named. Of kinds that have one value, the newest telling stands. What a newer episode replaced,
or likely changed, is no answer: it is better to have none than a wrong one.

Such an episode's score has a part *stated*, and it passes the floor (ranking.py): what a reranker makes of it
counts for its place alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cache
from typing import NamedTuple

from nowprint.language.finding import phrase
from nowprint.language.people.asked import FactQuestion, asked_fact
from nowprint.language.people.candidates import ME, OWN
from nowprint.language.people.fact_lexicon import HINTS
from nowprint.language.people.lexicon import lexicon
from nowprint.language.people.told import Said, facts_in, may_tell_of_user
from nowprint.language.people.whose import key_in
from nowprint.memory.retrieval.newest import LIKELY
from nowprint.memory.retrieval.ranking import FLOOR, Scored, moved, ordered
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import THESE, Scope, id_array, within
from nowprint.memory.storage.names import Choice, NameChoices, page_of
from nowprint.people_records import FactKind, PlainFact

READ = 300
"""The most texts, the newest, that are read in search of one fact."""
LOOKED_AT = 2_000
"""The most that are looked at before, where the user is asked about, whom no name tells from others."""
REMEMBERED = 2_000
"""How many texts that were read are remembered: that takes a third of a millisecond each."""
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
"""Relations in which one person stands at a time: the one who was told of last."""


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
    text: str
    said: Said


class Stated:
    """Finds facts in the episodes of a profile. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._choices = NameChoices(database)
        self._doubts = Doubts(database)
        self._read: dict[int, tuple[str, tuple[Said, ...]]] = {}

    def answers(
        self, text: str, scope: Scope = None, *, archived: bool = False
    ) -> tuple[PlainFact, ...]:
        """The facts that answer a question, the newest first; none if it is no exact question, or if nothing
        is plainly said that answers it. ``archived``: archived episodes answer, too."""
        question = asked_fact(text)
        if question is None:
            return ()
        search = _Search(self._database, self._choices.all(), self._said_in, scope, archived)
        found = search.facts(question)
        doubted = self._doubted([one.id for one in found])
        return tuple(
            PlainFact(
                kind=one.said.kind,
                value=one.said.value,
                sentence=one.text[one.said.start : one.said.end],
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
            texts: dict[int, str] = dict(
                connection.execute(
                    f"SELECT id, text FROM episode WHERE id {THESE}",
                    [id_array(one.newer for one in doubts)],
                ).fetchall()
            )
        plain = {
            id
            for id, text in texts.items()
            if any(said.kind != "called" for said in self._said_in(id, text))
        }
        return {one.older for one in doubts if one.probability >= LIKELY or one.newer not in plain}

    def _said_in(self, id: int, text: str) -> tuple[Said, ...]:
        known = self._read.get(id)
        if known is not None and known[0] == text:
            return known[1]
        if len(self._read) >= REMEMBERED:
            self._read.clear()
        said = facts_in(text)
        self._read[id] = text, said
        return said


class _Search:
    """One search for facts in the episodes that may be recalled in ``scope``."""

    def __init__(
        self,
        database: Database,
        choices: Mapping[str, Choice],
        said_in: Callable[[int, str], tuple[Said, ...]],
        scope: Scope,
        archived: bool,
    ) -> None:
        self._database = database
        self._choices = choices
        self._said_in = said_in
        self._scope = scope
        self._archived = archived

    def facts(self, question: FactQuestion) -> list[_Told]:
        """The facts that stand, the newest first, those that the user told or confirmed before others."""
        kind, of = question.kind, self._page(self._renamed(question.of))
        keys = self._keys(of)
        found = [
            one
            for one in self._said(kind, keys)
            if one.said.kind == kind and self._page(one.said.of) in keys
        ]
        if not found and of in keys and not of.startswith(OWN) and of != ME:
            found = self._by_first_name(kind, of)
        found.sort(key=lambda one: (one.confirmed, one.created, one.id), reverse=True)
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
            for relation in {one.said.of for one in self._said("called", {of})}:
                if self._bearers(relation) == {of}:
                    keys.add(self._page(relation))
        return keys

    def _bearers(self, relation: str) -> set[str]:
        """The names of those who stand in a relation."""
        told = sorted(
            (one for one in self._said("called", {relation}) if one.said.of == relation),
            key=lambda one: (one.created, one.id),
        )
        if _relation(relation) in ONE:
            told = told[-1:]
        names = {self._page(key_in(one.said.value)) for one in told} - {""}
        return {name for name in names if not any(other.startswith(f"{name} ") for other in names)}

    def _by_first_name(self, kind: FactKind, of: str) -> list[_Told]:
        """What is said of somebody with more names ("Marta Kowalska"), if only one is called so."""
        found = [
            one
            for one in self._said(kind, {of})
            if one.said.kind == kind and one.said.of.startswith(f"{of} ")
        ]
        return found if len({one.said.of for one in found}) == 1 else []

    def _said(self, kind: FactKind, keys: Iterable[str]) -> list[_Told]:
        """What the texts say that may say a fact of this kind of somebody."""
        of = [self._words(key) for key in self._all_names(keys) if key != ME]
        relations = kind == "called" and ME not in keys
        query = " AND ".join(
            f"({some})" for some in ("" if relations else _hints(kind), " OR ".join(of)) if some
        )
        rows = self._rows(query, LOOKED_AT if ME in keys else READ)
        if ME in keys:
            rows = [row for row in rows if may_tell_of_user(row[3], kind)]
        return [
            _Told(id, created, bool(confirmed), text, said)
            for id, created, confirmed, text in rows[:READ]
            for said in self._said_in(id, text)
        ]

    def _rows(self, query: str, most: int) -> list[tuple[int, float, int, str]]:
        view, tables = "active", ["episode_search"]
        if self._archived:
            view, tables = "live", ["episode_search", "archive_search"]
        matching = " UNION ".join(
            f"SELECT rowid FROM {name} WHERE {name} MATCH ?" for name in tables
        )
        with self._database.reading() as connection:
            return connection.execute(
                f"""SELECT e.id, e.created, e.confirmed, e.text FROM {view} e
                WHERE e.id IN ({matching}) AND {within(self._scope)} AND NOT EXISTS (
                    SELECT 1 FROM episode n WHERE n.replaces = e.id AND n.forgotten IS NULL
                    AND n.held_back = '' AND {within(self._scope, "n")})
                ORDER BY e.created DESC, e.id DESC LIMIT ?""",
                [*[query] * len(tables), most],
            ).fetchall()

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

    @staticmethod
    def _words(key: str) -> str:
        """The full-text query for what may tell of somebody."""
        if key.startswith(OWN):
            return _any(_relation_words(_relation(key).rsplit("'s ", 1)[-1]))
        return "(" + " AND ".join(phrase(word) + "*" for word in key.split()) + ")"


_SEVERAL: frozenset[FactKind] = frozenset(("allergic to", "called"))
"""Kinds of which several values hold at a time."""


def _relation(key: str) -> str:
    return key.removeprefix(OWN)


def _any(words: Iterable[str]) -> str:
    return " OR ".join(phrase(word.rstrip("*")) + "*" * word.endswith("*") for word in words)


@cache
def _hints(kind: FactKind) -> str:
    """The full-text query for what may say a fact of this kind."""
    return _any((*HINTS[kind], *(lexicon().job_words if kind == "works as" else ())))


@cache
def _relation_words(relation: str) -> tuple[str, ...]:
    """The words for a relation in all languages."""
    return tuple(
        {
            word
            for language in lexicon().relations.values()
            for word, name in language.items()
            if name == relation
        }
    )
