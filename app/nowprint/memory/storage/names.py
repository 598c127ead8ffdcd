"""What the user chose for the pages of people, places and things: which names are one, and what it is called.

The names themselves are found in the episodes (browse/people.py); what reading.py stores of them goes with
each episode. So a choice is all that could stay behind of somebody who was forgotten: with the last episode
that tells of a name, its choices go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nowprint.language.people.candidates import OWN
from nowprint.language.people.names import reading_of
from nowprint.memory.storage.database import Database


@dataclass(frozen=True, slots=True)
class Choice:
    """A name is told of on the page of the name ``page``. ``shown`` is what the user calls that page, if this
    is the page's own name; else it is empty."""

    page: str
    shown: str


class NameChoices:
    """Reads and writes the table ``name_choice``. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Choice]:
        """The choices by the key of the name."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT key, page, shown FROM name_choice ORDER BY key")
            return {key: Choice(page, shown) for key, page, shown in rows}

    def merge(self, keys: Iterable[str], into: str) -> None:
        """From now on these names, and those that were told of on their pages, are on the page ``into``."""
        with self._database.writing() as connection:
            for key in keys:
                connection.execute("UPDATE name_choice SET page = ? WHERE page = ?", [into, key])
                connection.execute(
                    "INSERT OR REPLACE INTO name_choice (key, page) VALUES (?, ?)", [key, into]
                )
            self._database.want_wipe()  # what the merged pages were called is gone

    def rename(self, page: str, shown: str) -> None:
        """Call a page so; with an empty name, as it is told."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM name_choice WHERE key = ?", [page])
            if shown:
                connection.execute("INSERT INTO name_choice VALUES (?, ?, ?)", [page, page, shown])
            self._database.want_wipe()

    def split(self, page: str) -> None:
        """Give each name of a page one of its own again."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM name_choice WHERE page = ? AND key != page", [page])
            self._database.want_wipe()

    def drop_untold(self) -> None:
        """Delete what was chosen for names that no episode tells of any more, hidden ones included. What
        remains of a page whose own name went becomes a page of the next one."""
        there = self.all()
        if not there:
            return
        names = {*there, *(choice.page for choice in there.values())}
        gone = names - self._told(names)
        kept = {key: choice for key, choice in there.items() if key not in gone}
        pages = {choice.page for choice in kept.values()}
        heirs = {page: min(k for k, c in kept.items() if c.page == page) for page in pages & gone}
        left = {
            key: Choice(heirs.get(choice.page, choice.page), _without(choice.shown, gone))
            for key, choice in kept.items()
        }
        left = {key: one for key, one in left.items() if one.page != key or one.shown}
        if left == there:
            return
        with self._database.writing() as connection:
            connection.execute("DELETE FROM name_choice")
            connection.executemany(
                "INSERT INTO name_choice VALUES (?, ?, ?)",
                [(key, one.page, one.shown) for key, one in left.items()],
            )

    def _told(self, names: Iterable[str]) -> set[str]:
        """Those of the names that an episode still tells of, by their words or as a relation."""
        relations = {name for name in names if name.startswith(OWN)}
        words = {name: name.split() for name in names if name not in relations}
        told: set[str] = set()
        with self._database.reading() as connection:
            rows: Sequence[tuple[str]] = connection.execute("SELECT text FROM episode").fetchall()
        for (text,) in rows:
            low = text.lower().replace("’", "'")
            told |= {name for name, parts in words.items() if all(part in low for part in parts)}
            words = {name: parts for name, parts in words.items() if name not in told}
            if relations - told:
                told |= relations & {OWN + one.relation for one in reading_of(text).kin}
        return told


def _without(shown: str, gone: Iterable[str]) -> str:
    """What a page is called, unless it has a word of a name that went."""
    words = {word for name in gone if not name.startswith(OWN) for word in name.split()}
    return "" if any(word in shown.lower() for word in words) else shown


def page_of(key: str, choices: Mapping[str, Choice]) -> str:
    """The key of the page on which a name is told of."""
    return choices[key].page if key in choices else key
