"""What the fake memory answers to looking and changing: filters, plots, chains, merging, splitting."""

from __future__ import annotations

import dataclasses
import itertools
import time
from array import array
from collections.abc import Callable
from typing import Any

from nowprint import inspection as i
from nowprint import records as r
from nowprint.errors import NotFound, UserError
from nowprint.service.requests import changes as c
from nowprint.service.requests import memory as m

WEEK = 7 * 86400.0
ALIKE = {"health": ("kidney", "dentist", "allerg", "knee", "doctor"), "sea": ("ferry", "sail")}
"""What a meaning is near to, in this small world: a word for some that stand for it."""
Place = Callable[[r.Episode], tuple[float, float]]


class FakeLooking:
    """The half of FakeMemory that looks; what it looks at is declared here and kept there."""

    messages: dict[int, r.Message]
    episodes: dict[int, r.Episode]
    hidden: set[int]
    keep: Callable[..., r.Episode]
    _change: Callable[..., r.Episode]
    _episode: Callable[[int], r.Episode]
    _whole: Callable[..., list[r.Episode]]
    _ids: Any

    def __init__(self) -> None:
        self.saved: dict[str, i.SavedFilter] = {}
        self.old_texts: dict[int, list[i.OldText]] = {}
        self.made: dict[int, tuple[int, ...]] = {}
        """Child: parents."""
        self.merged: set[int] = set()
        self.doubts: list[tuple[int, int]] = []
        """Pairs of which it is unclear which holds: the newer, the older."""
        self.answered = (40, 22, 18, 9, 0, 0)
        """Answers: all, with memories in the prompt, measured, influenced."""
        self.place: Place = lambda e: (((e.id * 37) % 100) / 50 - 1, ((e.id * 61) % 100) / 50 - 1)
        """Where an episode stands on the map."""
        self.mapped = True

    # --- finding ---------------------------------------------------------------------------

    def there(self) -> list[r.Episode]:
        gone = self.hidden | self.merged
        return [self._episode(id) for id in self.episodes if id not in gone]

    def found(self, wanted: i.EpisodeFilter, sort: str = "newest") -> list[r.Episode]:
        words = wanted.text.lower().split()
        near = _near(wanted.meaning)
        only = None if wanted.ids is None else set(wanted.ids)

        def lets(e: r.Episode) -> bool:
            return (
                bool(e.held_back) == wanted.held_back
                and (only is None or e.id in only)
                and all(word in e.text.lower() for word in words)
                and (not near or any(word in e.text.lower() for word in near))
                and (wanted.kept_since is None or e.created >= wanted.kept_since)
                and (wanted.kept_until is None or e.created < wanted.kept_until)
                and {"any": True, "never": not e.recalled, "ever": bool(e.recalled)}[wanted.recalls]
                and wanted.salience_from <= e.salience <= wanted.salience_to
                and (e.pinned or not wanted.pinned_only)
                and (e.archived or not wanted.archived)
                and _of(wanted.project, e.project)
                and (wanted.origin is None or e.origin == wanted.origin
                     or (wanted.origin == 0 and e.origin is not None))
                and (wanted.conversation is None
                     or any(s.conversation_id == wanted.conversation for s in e.sources))
            )  # fmt: skip

        keys: dict[str, Callable[[r.Episode], float]] = {
            "salience": lambda e: -e.salience, "recalled": lambda e: -e.recalled,
            "nearest": lambda e: e.id if near else 0,
        }  # fmt: skip
        by_age = sorted(filter(lets, self.there()), key=_age, reverse=sort != "oldest")
        return sorted(by_age, key=keys.get(sort, lambda _: 0.0))

    def look(self, request: Any) -> Any:
        match request:
            case m.FindEpisodes(wanted, sort, offset, limit):
                rows = self.found(wanted, sort)
                return r.EpisodePage(tuple(rows[offset : offset + limit]), len(rows))
            case m.FindIds(wanted, sort):
                return tuple(e.id for e in self.found(wanted, sort))
            case m.PlotEpisodes(wanted):
                return self._plot(self.found(wanted, "oldest"))
            case m.GetChain(id):
                return self._chain(self._episode(id))
            case m.GetOldTexts(id):
                return tuple(self.old_texts.get(self._episode(id).id, ()))
            case m.GetDashboard():
                return self._dashboard()
            case m.ListFilters():
                return self._filters()
            case m.SaveFilter(name, wanted, sort):
                if not name.strip():
                    raise UserError("A saved filter needs a name: write one.")
                self.saved[name] = i.SavedFilter(name, wanted, sort)
                return self._filters()
            case m.DeleteFilter(name):
                if self.saved.pop(name, None) is None:
                    raise NotFound(f"There is no saved filter “{name}”: it may have been deleted.")
                return self._filters()
        return self._rearrange(request)

    def _filters(self) -> tuple[i.SavedFilter, ...]:
        return tuple(self.saved[name] for name in sorted(self.saved))

    def _plot(self, rows: list[r.Episode]) -> i.EpisodePlot:
        places = [self.place(e) for e in rows] if self.mapped else []
        return i.EpisodePlot(
            array("q", [e.id for e in rows]),
            array("q", [e.sources[0].conversation_id if e.sources else 0 for e in rows]),
            array("d", [e.created for e in rows]),
            array("d", [e.salience for e in rows]),
            array("b", [e.kind == "remembered" for e in rows]),
            array("b", [e.archived for e in rows]),
            array("d", [x for x, _ in places]),
            array("d", [y for _, y in places]),
        )

    def beside(self, episode: r.Episode) -> tuple[list[r.Episode], list[r.Episode]]:
        """Told before and after it in its conversation, the nearest first."""
        talk = _talk_of(episode)
        mine = [one for one in self.there() if talk is not None and _talk_of(one) == talk]
        before = [one for one in mine if _age(one) < _age(episode)]
        after = [one for one in mine if _age(one) > _age(episode)]
        return sorted(before, key=_age, reverse=True), sorted(after, key=_age)

    def _chain(self, episode: r.Episode) -> i.Chain:
        before, after = self.beside(episode)

        def follow(field: str) -> tuple[r.Episode, ...]:
            found: list[r.Episode] = []
            one = getattr(episode, field)
            while one is not None:
                found.append(self.episodes[one])
                one = getattr(self.episodes[one], field)
            return tuple(found)

        return i.Chain(
            tuple(before[:3]), tuple(after[:3]),
            follow("replaces"), follow("replaced_by"),
            tuple(self.episodes[id] for id in self.made.get(episode.id, ())),
            tuple(self.episodes[id] for id, of in self.made.items() if episode.id in of),
        )  # fmt: skip

    def _dashboard(self) -> i.Dashboard:
        rows = self.there()
        thursday = 3 * 86400  # the first day of 1970 was one
        monday = (time.time() + thursday) // WEEK * WEEK - thursday
        weeks = tuple(
            i.Week(
                start,
                sum(start <= e.created < start + WEEK for e in rows),
                sum(e.last_recalled is not None and start <= e.last_recalled < start + WEEK for e in rows),
            )
            for start in (monday - n * WEEK for n in range(11, -1, -1))
        )  # fmt: skip
        held = sum(bool(e.held_back) for e in rows)
        never = sum(not e.recalled for e in rows)
        return i.Dashboard(len(rows), 2_610 * len(rows), never, held, weeks, *self.answered)

    # --- changing --------------------------------------------------------------------------

    def _rearrange(self, request: Any) -> Any:
        match request:
            case m.MergeEpisodes(ids, text):
                if len(ids) < 2:
                    raise UserError("Choose at least two episodes to merge.")
                parents = self._whole(*ids)
                text = text or "\n".join(one.text for one in parents)
                made = self._make(text, "remembered", *parents)
                self.merged.update(ids)
                return made
            case m.SplitEpisode(id, at):
                (episode,) = self._whole(id)
                text = episode.text
                ends = sorted({0, *at, len(text)})
                if len(ends) < 3 or ends[-1] > len(text):
                    raise UserError("Choose places within the text to split it at.")
                pieces = [text[a:b].strip() for a, b in itertools.pairwise(ends)]
                self.merged.add(id)
                return tuple(self._make(piece, episode.kind, episode) for piece in pieces)
            case m.MoveEpisodes(ids, project):
                return self._change_some(ids, project=project)
            case m.ConfirmEpisodes(ids):
                return self._change_some(ids, confirmed=True, held_back="")
            case c.GetDoubts(id):
                pairs = [pair for pair in self.doubts if id in pair]
                return tuple(i.Doubt(self._episode(new), self._episode(old)) for new, old in pairs)
            case c.SettleDoubt(newer, older, holds):
                return self._settle(newer, older, holds)
        raise AssertionError(f"the fake knows no {request}")

    def _settle(self, newer: int, older: int, holds: i.Holds) -> tuple[r.Episode, ...]:
        pair = [self._episode(newer), self._episode(older)]
        if any(one.replaced_by for one in pair):
            raise UserError("One of them has changed since: look at the newest one instead.")
        self.doubts = [one for one in self.doubts if one != (newer, older)]
        if holds != "both":
            top, under = pair if holds == "newer" else reversed(pair)
            self._change(top.id, replaces=under.id)
            self._change(under.id, replaced_by=top.id)
        return self._episode(newer), self._episode(older)

    def _change_some(self, ids: tuple[int, ...], **fields: Any) -> int:
        """How many are there and were otherwise."""
        found = [self.episodes[id] for id in ids if id in self.episodes and id not in self.hidden]
        changed = [one for one in found if dataclasses.replace(one, **fields) != one]
        return len([self._change(one.id, **fields) for one in changed])

    def _make(self, text: str, kind: r.EpisodeKind, *parents: r.Episode) -> r.Episode:
        made = self.keep(
            text, kind=kind, salience=max(one.salience for one in parents), created=parents[-1].created,
            pinned=all(one.pinned for one in parents), project=parents[0].project,
        )  # fmt: skip
        self.made[made.id] = tuple(one.id for one in parents)
        places = {source: None for one in parents for source in one.sources}
        return self._change(made.id, sources=tuple(places))

    def change_text(self, id: int, text: str) -> r.Episode:
        if not text.strip():
            raise UserError("An episode needs a text: write one, or forget the episode.")
        (episode,) = self._whole(id)
        if text == episode.text:
            return episode
        old = i.OldText(time.time(), episode.text)
        self.old_texts.setdefault(id, []).insert(0, old)
        return self._change(id, text=text, gist=text, edited=True)

    def hold_back(self, episode: r.Episode, reason: str) -> r.Episode:
        held = dataclasses.replace(episode, held_back=reason, confirmed=False)
        self.episodes[episode.id] = held
        return held


def _talk_of(episode: r.Episode) -> int | None:
    return episode.sources[0].conversation_id if episode.sources else None


def _age(episode: r.Episode) -> tuple[float, int]:
    return episode.created, episode.id


def _of(wanted: int | None, project: int | None) -> bool:
    return wanted is None or (project or 0) == wanted


def _near(meaning: str) -> tuple[str, ...]:
    if not meaning.strip():
        return ()
    return next((words for about, words in ALIKE.items() if about in meaning), (meaning,))
