"""Shows what a file holds before any of it is imported, in groups; the user chooses what becomes of each.

Texts are shown as plain text, with their invisible characters made visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.dialogs.import_items import ImportDelegate, ImportItems, foot_words
from nowprint.gui.widgets.buttons import Check, Choice, button
from nowprint.gui.widgets.dialog import bullets, words
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.inspection import ImportChoice, ImportGroup, ImportGroupName, ImportReview
    from nowprint.records import EpisodeDetail

GROUPS: dict[ImportGroupName, tuple[str, str]] = {
    "new": ("new", "Your memory holds nothing like these."),
    "duplicate": ("already known", "Your memory already holds these."),
    "conflicting": ("conflicting", "These contradict something in your memory."),
    "forgotten": (
        "forgotten before",
        "You had Nowprint forget these. It knows them again by a keyed hash, not by their text.",
    ),
    "suspicious": (
        "suspicious",
        "These look like instructions for the model, or contain invisible characters. If held back, "
        "they are not recalled until you confirm them.",
    ),
}
CHOICES: tuple[tuple[ImportChoice, str, str], ...] = (
    ("import", "Import them", "import"),
    ("hold back", "Import them, but hold them back", "hold back"),
    ("skip", "Leave them out", "leave out"),
)


LEFT_OUT = "Left out: "
"""What the core's note begins with of what an export had and an import hasn't."""


class ReviewPage(QWidget):
    changed = Signal()
    """The user changed a choice."""

    def __init__(self, theme: Theme, bridge: Bridge, review: ImportReview) -> None:
        super().__init__()
        self._bridge = bridge
        self._groups = {group.name: group for group in review.groups if group.count}
        self._review = review
        self.choices: dict[ImportGroupName, ImportChoice] = {
            name: group.choice for name, group in self._groups.items()
        }
        self._shown: ImportGroup | None = None
        self._looked_up = 0  # counts requests: replies to older ones are dropped
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        if review.notes:
            notes = bullets(map(show_invisible, joined(review.notes)))
            column.addWidget(words(notes, name="review.notes"))
        self.bring = self._check(theme, "bring", _bringing(review))
        self.read = self._check(theme, "read", "&Read memories from them")
        if review.conversations:
            self._build_chats(column)
        if self._groups:
            self._build_groups(column)
            self._build_choice(theme, column)
            self._build_list(theme, column)
            self.show_group(next(iter(self._groups)))

    # --- building --------------------------------------------------------------------------

    def _check(self, theme: Theme, name: str, text: str) -> Check:
        made = Check(theme, text)
        made.setObjectName(f"review.{name}")
        made.setAccessibleName(text.replace("&", ""))
        made.toggled.connect(lambda _: self.changed.emit())
        return made

    def _build_chats(self, column: QVBoxLayout) -> None:
        self.bring.setChecked(True)
        self.read.setChecked(not self._groups)
        for check, told in (
            (self.bring, "They stand in the list with yours, and you can go on with them."),
            (
                self.read,
                "The model reads them like a chat whenever it is idle, and keeps what stands out. "
                "This takes a while; you can pause it, even across a restart.",
            ),
        ):
            note = words(told, "quiet")
            note.setContentsMargins(27, 0, 0, 4)
            part = QVBoxLayout()
            part.setSpacing(0)
            part.addWidget(check)
            part.addWidget(note)
            column.addLayout(part)

    def _build_groups(self, column: QVBoxLayout) -> None:
        row = FlowLayout(across=8, down=8)
        self._buttons = QButtonGroup(self)
        self.tabs: dict[ImportGroupName, QPushButton] = {}
        for name in GROUPS:
            if name in self._groups:
                tab = button("", "tab", name=f"review.{name}")
                tab.setCheckable(True)
                tab.clicked.connect(lambda _=False, name=name: self.show_group(name))
                self._buttons.addButton(tab)
                self.tabs[name] = tab
                row.addWidget(tab)
        column.addLayout(row)

    def _build_choice(self, theme: Theme, column: QVBoxLayout) -> None:
        self._about = words("", name="review.about")
        self.choice = Choice(theme)
        self.choice.setObjectName("review.choice")
        for key, text, _ in CHOICES:
            self.choice.addItem(text, key)
        self.choice.currentIndexChanged.connect(lambda _: self._choose())
        label = QLabel("What to &do with them")
        label.setBuddy(self.choice)
        self.choice.setAccessibleName("What to do with them")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.choice)
        row.addStretch()
        column.addWidget(self._about)
        column.addLayout(row)

    def _build_list(self, theme: Theme, column: QVBoxLayout) -> None:
        self.items = ImportItems(self._bridge, self)
        self.list = QListView()
        self.list.setObjectName("review.list")
        self.list.setProperty("boxed", True)
        self.list.setModel(self.items)
        self.list.setItemDelegate(ImportDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(150)
        self.list.selectionModel().currentChanged.connect(self._show_item)
        self.items.dataChanged.connect(lambda *_: self._show_item(self.list.currentIndex()))
        self.text = QPlainTextEdit()
        self.text.setObjectName("review.text")
        self.text.setReadOnly(True)
        self.text.setProperty("boxed", True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Full text of the selected memory")
        self.text.setFixedHeight(92)
        self.reason = words("", "quiet", name="review.reason")
        self.own = words("", name="review.own")
        self.own.hide()
        column.addWidget(self.list, 1)
        for part in (self.text, self.reason, self.own):
            column.addWidget(part)

    # --- what is shown ---------------------------------------------------------------------

    def show_group(self, name: ImportGroupName) -> None:
        group = self._shown = self._groups[name]
        self.tabs[name].setChecked(True)
        self._about.setText(GROUPS[name][1])
        self.choice.blockSignals(True)
        self.choice.setCurrentIndex(self.choice.findData(self.choices[name]))
        self.choice.blockSignals(False)
        self.list.setAccessibleName(
            f"{count(group.count, 'memory', 'memories')}, {GROUPS[name][0]}"
        )
        self.items.show_group(self._review.id, group)
        self.list.setCurrentIndex(self.items.index(0))
        self._name_tabs()

    def _choose(self) -> None:
        if self._shown:
            self.choices[self._shown.name] = self.choice.currentData()
            self._name_tabs()
            self.changed.emit()

    def _name_tabs(self) -> None:
        becomes = {key: short for key, _, short in CHOICES}
        for name, tab in self.tabs.items():
            what = f"{self._groups[name].count:,} {GROUPS[name][0]}"
            tab.setText(f"{what}\n{becomes[self.choices[name]]}")
            tab.setAccessibleName(f"{what}: {becomes[self.choices[name]]}")

    def _show_item(self, index: QModelIndex) -> None:
        from nowprint.service.protocol import ShowEpisode

        item = self.items.item(index.row()) if index.isValid() else None
        if item is None:
            return
        self._looked_up += 1
        looked_up = self._looked_up
        if self.text.toPlainText() != show_invisible(item.text):
            self.text.setPlainText(show_invisible(item.text))
        self.reason.setText(foot_words(item))
        self.own.hide()

        def found(detail: EpisodeDetail) -> None:
            if looked_up == self._looked_up:
                self.own.setText(f"In your memory: {show_invisible(detail.episode.text)}")
                self.own.show()

        if item.with_id is not None:
            self._bridge.call(ShowEpisode(item.with_id), found, lambda _: None)

    def leave(self) -> None:
        """The dialog closes: drop the replies that are still on their way."""
        self._looked_up += 1
        if self._groups:
            self.items.leave()

    # --- what is chosen --------------------------------------------------------------------

    def number(self, *choices: ImportChoice) -> int:
        return sum(g.count for name, g in self._groups.items() if self.choices[name] in choices)

    def summary(self) -> str:
        """``14 to import (2 of them held back), 3 to leave out.``"""
        parts = []
        if self._groups:
            imported, held = self.number("import", "hold back"), self.number("hold back")
            some = f"{held:,} of them " if held < imported else ""
            parts.append(f"{imported:,} to import" + (f" ({some}held back)" if held else ""))
            if out := self.number("skip"):
                parts.append(f"{out:,} to leave out")
        if self.bring.isChecked():
            parts.append(f"{count(self._review.conversations, 'chat')} to bring in")
        if self.read.isChecked():
            parts.append(f"{count(self._review.messages, 'message')} to read")
        return f"{', '.join(parts)}." if parts else ""


def joined(notes: Sequence[str]) -> list[str]:
    """The notes, with all that was left out in one, after the others."""
    left_out = [one.removeprefix(LEFT_OUT) for one in notes if one.startswith(LEFT_OUT)]
    others = [one for one in notes if not one.startswith(LEFT_OUT)]
    return others + (
        [LEFT_OUT + "; ".join(one.rstrip(".") for one in left_out) + "."] * bool(left_out)
    )


def _bringing(review: ImportReview) -> str:
    chats = count(review.conversations, "chat")
    return f"&Bring in the {chats} ({count(review.messages, 'message')})"
