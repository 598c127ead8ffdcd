"""The pages of people, places and things: who is told of, when, with whom, and what is plainly said.

They are made of the texts of the episodes that are listed, and stored nowhere; only what the user merged and
renamed is (storage/names.py). Each text is read once, a tenth of a millisecond each, and kept as long as it
stays the same; when the database has changed, what is new is read. No model is needed.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from nowprint.errors import NotFound, UserError
from nowprint.language.people.candidates import ME, Reading
from nowprint.language.people.names import Named, names_of, reading_of
from nowprint.language.people.told import Said, facts_in
from nowprint.memory.storage.conversations import clean
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes
from nowprint.memory.storage.names import Choice, NameChoices, page_of
from nowprint.people_records import MOST_TOLD, Name, NameList, NamePage, PlainFact, Together, ToldOf

PATIENCE = 0.3
MOST_TOGETHER = 12
"""How many of the names that are told of together with one come with its page."""
LONGEST = 80
"""Characters of the longest name that the user gives a page."""
YOU = "You"


@dataclass(frozen=True, slots=True)
class _Read:
    """One episode that was read."""

    text: str
    created: float
    reading: Reading
    facts: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page, with the keys of its names and the ids of its episodes."""

    name: Name
    names: tuple[Named, ...]
    keys: frozenset[str]
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class _State:
    changes: int
    read: Mapping[int, _Read]
    pages: Mapping[str, _Page]
    choices: Mapping[str, Choice]
    unread: int = 0
    """Episodes that weren't read yet."""


class People:
    """Thread-safe."""

    def __init__(self, database: Database, episodes: Episodes) -> None:
        self._database = database
        self._episodes = episodes
        self._choices = NameChoices(database)
        self._lock = Lock()
        self._last = _State(-1, {}, {}, {})

    def names(self, said: str = "") -> NameList:
        """The names that somebody may mean by ``said``: the one with that key or called so, else those that
        hold it; all, if it is empty. Those told of most often come first. New episodes are read for at most
        ``PATIENCE`` seconds."""
        state = self._state(PATIENCE)
        names = sorted(
            (page.name for page in state.pages.values()),
            key=lambda name: (not name.page, -name.episodes, name.shown.lower()),
        )
        low = clean(said).strip().lower().replace("’", "'")
        same = [one for one in names if low in (one.key, one.shown.lower())]
        found = same or [one for one in names if low in one.shown.lower()]
        return NameList(tuple(found), state.unread)

    def page(self, key: str, oldest_first: bool = False) -> NamePage:
        """NotFound if nothing is told of such a name (any more)."""
        state = self._state()
        page = _page(state, key)
        newest = sorted(page.ids, key=lambda id: (state.read[id].created, id), reverse=True)
        shown = newest[:MOST_TOLD]
        there = self._episodes.many(shown)
        before = self._episodes.many(
            one.replaces for one in there.values() if one.replaces is not None
        )
        told = [
            ToldOf(there[id], before.get(there[id].replaces or 0)) for id in shown if id in there
        ]
        return NamePage(
            name=page.name,
            also=tuple(
                dict.fromkeys(one.shown for one in page.names if one.shown != page.name.shown)
            ),
            relations=tuple(dict.fromkeys(rel for one in page.names for rel in one.relations)),
            told=tuple(reversed(told) if oldest_first else told),
            ids=tuple(newest),
            together=_together(state, page),
            facts=self._facts(state, page, newest),
        )

    # --- what the user chooses -------------------------------------------------------------

    def merge(self, keys: tuple[str, ...], into: str) -> Name:
        """Tell of these names on one page. Returns what it is now."""
        state = self._state()
        target = _page(state, into).name.key
        others = {_page(state, key).name.key for key in keys} - {target}
        if not others:
            raise UserError("It takes two names to make one page of them: choose another.")
        if ME in {target, *others}:
            raise UserError("Your own page stays by itself: choose two others.")
        self._choices.merge(sorted(others), target)
        return _page(self._state(), target).name

    def split(self, key: str) -> tuple[Name, ...]:
        """Take apart what was merged. Returns the pages that this makes."""
        page = _page(self._state(), key)
        if page.name.merged < 2:
            raise UserError(f"“{page.name.shown}” is one name: there is nothing to take apart.")
        self._choices.split(page.name.key)
        state = self._state()
        return tuple(state.pages[key].name for key in sorted(page.keys) if key in state.pages)

    def rename(self, key: str, shown: str) -> Name:
        """Call a page something else; with an empty name, what it is called where it is told of."""
        page = _page(self._state(), key)
        if page.name.key == ME:
            raise UserError("Your own page keeps its name.")
        self._choices.rename(page.name.key, " ".join(clean(shown).split())[:LONGEST])
        return _page(self._state(), key).name

    # --- reading ---------------------------------------------------------------------------

    def _state(self, patience: float = math.inf) -> _State:
        """What is known now; of texts that weren't read before, as many as can be read in ``patience``
        seconds."""
        with self._lock:
            changes = self._database.changes()
            if self._last.changes == changes and not self._last.unread:
                return self._last
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT id, text, created FROM live ORDER BY id"
                ).fetchall()
            choices = self._choices.all()
            until = time.monotonic() + patience
            read: dict[int, _Read] = {}
            for id, text, created in rows:
                one = self._known(id, text, created)
                if one is not None:
                    read[id] = one
                elif time.monotonic() < until:
                    reading = reading_of(text)
                    read[id] = _Read(text, created, reading, facts_in(text, reading))
            same = read == self._last.read and choices == self._last.choices
            pages = self._last.pages if same else _pages(read, choices)
            self._last = _State(changes, read, pages, choices, len(rows) - len(read))
            return self._last

    def _known(self, id: int, text: str, created: float) -> _Read | None:
        known = self._last.read.get(id)
        return known if known and (known.text, known.created) == (text, created) else None

    def _facts(self, state: _State, page: _Page, newest: list[int]) -> tuple[PlainFact, ...]:
        """What is plainly said on a page, the newest first; what is said again in the same words, once."""
        telling = [
            id for id in newest if any(said.of in page.keys for said in state.read[id].facts)
        ]
        there = self._episodes.many(telling)
        found: dict[tuple[str, str, bool], PlainFact] = {}
        for id in telling:
            read = state.read[id]
            for said in read.facts:
                if said.of in page.keys and id in there:
                    replaced = there[id].replaced_by is not None
                    sentence = read.text[said.start : said.end]
                    fact = PlainFact(
                        said.kind, said.value, sentence, id, read.created, replaced, said.whose
                    )
                    found.setdefault((said.kind, said.value.lower(), replaced), fact)
        return tuple(
            sorted(found.values(), key=lambda fact: (fact.replaced, fact.kind, -fact.told))
        )


def _page(state: _State, key: str) -> _Page:
    page = state.pages.get(page_of(key, state.choices))
    if page is None:
        raise NotFound(f"Nothing is told of “{key}”: it may have been forgotten.")
    return page


def _pages(read: Mapping[int, _Read], choices: Mapping[str, Choice]) -> dict[str, _Page]:
    """The pages by the keys of their names."""
    grouped: dict[str, list[Named]] = {}
    for one in names_of({id: each.reading for id, each in read.items()}):
        grouped.setdefault(page_of(one.key, choices), []).append(one)
    own = {id: () for id, each in read.items() if any(said.of == ME for said in each.facts)}
    if own:
        grouped[ME] = [Named(ME, YOU, "person", (), True, own)]
    return {
        key: _made(key, sorted(names, key=lambda one: one.key != key), read, choices)
        for key, names in grouped.items()
    }


def _made(
    key: str, names: list[Named], read: Mapping[int, _Read], choices: Mapping[str, Choice]
) -> _Page:
    """The page of some names; the one that gave it its key comes first."""
    first = names[0]
    ids = frozenset(id for one in names for id in one.texts)
    times = [read[id].created for id in ids]
    chosen = choices[key].shown if key in choices else ""
    kinds = [one.kind for one in names if one.kind != "thing"]
    name = Name(
        key=key,
        shown=chosen or first.shown,
        kind=kinds[0] if kinds else "thing",
        relation=next((one.relation for one in names if one.relation), ""),
        episodes=len(ids),
        first=min(times),
        last=max(times),
        page=len(ids) > 1 or any(one.certain for one in names),
        renamed=bool(chosen),
        merged=len(names),
    )
    return _Page(name, tuple(names), frozenset(one.key for one in names) | {key}, ids)


def _together(state: _State, page: _Page) -> tuple[Together, ...]:
    shared = Counter(
        {
            key: len(page.ids & other.ids)
            for key, other in state.pages.items()
            if key not in (ME, page.name.key) and page.ids & other.ids
        }
    )
    return tuple(
        Together(key, state.pages[key].name.shown, often)
        for key, often in sorted(
            shared.items(),
            key=lambda pair: (-pair[1], not state.pages[pair[0]].name.page, pair[0]),
        )[:MOST_TOGETHER]
    )
