"""The pages of people, places and things in the fake client's world, found as the core does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fake_context import FakeContext

from nowprint import people_records as pr
from nowprint import records as r
from nowprint.errors import NotFound, UserError
from nowprint.language.people.asked import asked_fact
from nowprint.language.people.candidates import ME
from nowprint.language.people.names import Named, names_of, reading_of
from nowprint.language.people.told import facts_in
from nowprint.service.requests import people as pl


class FakePeople(FakeContext):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.name_pages: dict[str, str] = {}
        """By the key of a name, that of the page it was merged into."""
        self.name_shown: dict[str, str] = {}
        self.unread: Iterator[int] = iter(())
        """How many episodes the core says it hasn't read yet, each time it is asked."""

    def reply(self, request: Any) -> Any:
        match request:
            case pl.ListNames(said):
                names = sorted(map(self._told_name, self._told_pages()), key=_order)
                low = said.strip().lower()
                same = [one for one in names if low in (one.key, one.shown.lower())]
                found = same or [one for one in names if low in one.shown.lower()]
                return pr.NameList(tuple(found), next(self.unread, 0))
            case pl.GetNamePage(key, oldest_first):
                return self._told_page(self._page_key(key), oldest_first=oldest_first)
            case pl.AskFacts(question):
                asked = asked_fact(question)
                return tuple(
                    pr.PlainFact(
                        said.kind, said.value, one.text[said.start : said.end], one.id, one.created,
                        whose=said.whose,
                    )
                    for one in reversed(self._told_episodes()) for said in facts_in(one.text)
                    if asked and (said.kind, said.of) == (asked.kind, asked.of)
                )  # fmt: skip
            case pl.MergeNames(keys, into):
                others = {self._page_key(key) for key in keys} - {self._page_key(into)}
                if not others:
                    raise UserError("It takes two names to make one page of them: choose another.")
                moved = others | {key for key, page in self.name_pages.items() if page in others}
                self.name_pages |= dict.fromkeys(moved, self._page_key(into))
                return self._told_name(self._page_key(into))
            case pl.SplitName(key):
                page = self._page_key(key)
                names = self._told_pages()[page]
                if len(names) < 2:
                    raise UserError(f"“{page}” is one name: there is nothing to take apart.")
                self.name_pages = {k: v for k, v in self.name_pages.items() if v != page}
                return tuple(
                    self._told_name(one.key) for one in sorted(names, key=lambda one: one.key)
                )
            case pl.RenameName(key, shown):
                self.name_shown[self._page_key(key)] = " ".join(shown.split())
                return self._told_name(self._page_key(key))
        return super().reply(request)

    def _told_pages(self) -> dict[str, list[Named]]:
        pages: dict[str, list[Named]] = {}
        for one in names_of({one.id: reading_of(one.text) for one in self._told_episodes()}):
            pages.setdefault(self.name_pages.get(one.key, one.key), []).append(one)
        own = {
            one.id: ()
            for one in self._told_episodes()
            if any(f.of == ME for f in facts_in(one.text))
        }
        return pages | ({ME: [Named(ME, "You", "person", (), True, own)]} if own else {})

    def _told_episodes(self) -> list[r.Episode]:
        return [one for one in self.there() if not one.held_back]

    def _page_key(self, key: str) -> str:
        page = self.name_pages.get(key, key)
        if page not in self._told_pages():
            raise NotFound(f"Nothing is told of “{key}”: it may have been forgotten.")
        return page

    def _told_name(self, key: str) -> pr.Name:
        names = sorted(self._told_pages()[key], key=lambda one: one.key != key)
        times = [self.episodes[id].created for one in names for id in one.texts]
        episodes = len({id for one in names for id in one.texts})
        kinds = [one.kind for one in names if one.kind != "thing"]
        return pr.Name(
            key, self.name_shown.get(key) or names[0].shown, kinds[0] if kinds else "thing",
            next((one.relation for one in names if one.relation), ""), episodes, min(times), max(times),
            episodes > 1 or any(one.certain for one in names), bool(self.name_shown.get(key)), len(names),
        )  # fmt: skip

    def _told_page(self, key: str, *, oldest_first: bool) -> pr.NamePage:
        pages = self._told_pages()
        names, name = sorted(pages[key], key=lambda one: one.key != key), self._told_name(key)
        keys, ids = {one.key for one in names}, {id for one in names for id in one.texts}
        newest = sorted((self._episode(id) for id in ids), key=lambda one: (-one.created, -one.id))
        facts = {
            (said.kind, said.value.lower()): pr.PlainFact(
                said.kind, said.value, one.text[said.start : said.end], one.id, one.created,
                one.replaced_by is not None, said.whose,
            )
            for one in reversed(newest) for said in facts_in(one.text) if said.of in keys
        }  # fmt: skip
        shared = Counter(
            {
                other: len(ids & {id for one in of for id in one.texts})
                for other, of in pages.items()
                if other not in (ME, key)
            }
        )
        told = [
            pr.ToldOf(one, None if one.replaces is None else self.episodes.get(one.replaces))
            for one in newest
        ]
        return pr.NamePage(
            name,
            tuple(dict.fromkeys(one.shown for one in names if one.shown != name.shown)),
            tuple(dict.fromkeys(relation for one in names for relation in one.relations)),
            tuple(reversed(told) if oldest_first else told),
            tuple(one.id for one in newest),
            tuple(
                pr.Together(other, self._told_name(other).shown, often)
                for other, often in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))
                if often
            ),
            tuple(sorted(facts.values(), key=lambda fact: (fact.replaced, fact.kind, -fact.told))),
        )


def _order(name: pr.Name) -> tuple[bool, int, str]:
    return not name.page, -name.episodes, name.shown.lower()
