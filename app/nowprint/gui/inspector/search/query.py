"""What the user looks for in the memory: one filter and one order, shared by all views."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from nowprint.gui.widgets.time_words import count, day
from nowprint.inspection import EpisodeFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nowprint.inspection import FoundSort, SavedFilter

DAY = 86400.0
EVERYTHING = EpisodeFilter()


@dataclasses.dataclass(frozen=True)
class Names:
    """What conversations, projects and imports are called, by id."""

    conversations: Mapping[int, str] = dataclasses.field(default_factory=dict)
    projects: Mapping[int, str] = dataclasses.field(default_factory=dict)
    imports: Mapping[int, str] = dataclasses.field(default_factory=dict)

    def know(self, wanted: EpisodeFilter) -> bool:
        """Whether everything that a filter refers to has a name here."""
        return (
            (wanted.conversation is None or wanted.conversation in self.conversations)
            and (not wanted.project or wanted.project in self.projects)
            and (not wanted.origin or wanted.origin in self.imports)
        )


class Query(QObject):
    """While ``aside`` is true, the views show a few given episodes, whatever the ``main`` filter says."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.sort: FoundSort = "newest"
        self.answer: int | None = None
        """Id of the answer whose memories are shown aside."""
        self._main = EVERYTHING
        self._aside: EpisodeFilter | None = None

    @property
    def filter(self) -> EpisodeFilter:
        return self._aside or self._main

    @property
    def main(self) -> EpisodeFilter:
        """The filter that holds when nothing is shown aside."""
        return self._main

    @property
    def aside(self) -> bool:
        return self._aside is not None

    @property
    def narrowed(self) -> bool:
        return self.filter != EVERYTHING

    def set(self, sort: FoundSort | None = None, **fields: Any) -> None:
        """Change parts of the filter, or the order; nothing is shown aside any more."""
        before = (self.filter, self.sort, self.answer)
        self._main = dataclasses.replace(self._main, **fields)
        self.sort = sort or self.sort
        self._aside = self.answer = None
        self._tell(before)

    def apply(self, saved: SavedFilter) -> None:
        before = (self.filter, self.sort, self.answer)
        self._main, self.sort = saved.filter, saved.sort
        self._aside = self.answer = None
        self._tell(before)

    def only(self, **fields: Any) -> None:
        """Filter by these parts and no others; the order stays."""
        none = {
            field.name: getattr(EVERYTHING, field.name) for field in dataclasses.fields(EVERYTHING)
        }
        self.set(**none | fields)

    def clear(self) -> None:
        """Remove all filters; the order stays."""
        self.only()

    def show_only(self, ids: tuple[int, ...], answer: int | None = None) -> None:
        self._aside, self.answer = EpisodeFilter(ids=ids), answer
        self.changed.emit()

    def look_at_all(self) -> None:
        """Return to the filter that held before something was shown aside."""
        self.set()

    def _tell(self, before: object) -> None:
        if before != (self.filter, self.sort, self.answer):
            self.changed.emit()


def told(wanted: EpisodeFilter, names: Names) -> list[tuple[str, dict[str, Any]]]:
    """The parts of a filter except the text or meaning that it searches for: each in words, with the fields
    for ``Query.set`` that remove it."""
    parts: list[tuple[str, dict[str, Any]]] = []

    def part(words: str, *fields: str) -> None:
        parts.append((words, {field: getattr(EVERYTHING, field) for field in fields}))

    since, until = wanted.kept_since, wanted.kept_until
    if since is not None and until is not None:
        part(f"{day(since)} – {day(until - 1)}", "kept_since", "kept_until")
    elif since is not None:
        part(f"since {day(since)}", "kept_since")
    elif until is not None:
        part(f"until {day(until - 1)}", "kept_until")
    if wanted.recalls != "any":
        part("never recalled" if wanted.recalls == "never" else "recalled", "recalls")
    if (wanted.salience_from, wanted.salience_to) != (0.0, 1.0):
        part(
            f"salience {wanted.salience_from:.2f} – {wanted.salience_to:.2f}",
            "salience_from",
            "salience_to",
        )
    if wanted.pinned_only:
        part("pinned", "pinned_only")
    if wanted.conversation is not None:
        name = names.conversations.get(wanted.conversation, "one conversation")
        part(f"from “{_short(name)}”", "conversation")
    if wanted.project is not None:
        name = names.projects.get(wanted.project, "one project") if wanted.project else "no project"
        part(_short(name), "project")
    if wanted.origin is not None:
        name = names.imports.get(wanted.origin, "one import") if wanted.origin else ""
        part(f"imported from {_short(name)}" if name else "imported", "origin")
    if wanted.held_back:
        part("held back", "held_back")
    if wanted.archived:
        part("in the archive", "archived")
    if wanted.ids is not None:
        part(f"{count(len(wanted.ids), 'chosen memory', 'chosen memories')}", "ids")
    return parts


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27].rstrip()}…"
