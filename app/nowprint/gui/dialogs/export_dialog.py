"""Exports memories to a file: which of them, in which format, with what else, and with or without a
passphrase."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import Check, Choice, Radio
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.export_base import ExportBase
from nowprint.gui.widgets.save_place import SavePlace
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, file_size

if TYPE_CHECKING:
    from nowprint.inspection import EpisodeFilter, Exported, ExportFormat, ExportOptions, Project
    from nowprint.records import EpisodePage

FORMATS: tuple[tuple[ExportFormat, str, str], ...] = (
    ("nowprint", "Memory file (.nowprint)", ".nowprint"),
    ("markdown", "Markdown, to read (.md)", ".md"),
    ("csv", "Table, for a spreadsheet (.csv)", ".csv"),
    ("facts", "Table of what is plainly said (.csv)", ".csv"),
)
COMPLETE = (
    "Everything about them, for a backup or another copy of Nowprint. The file format is open."
)
READABLE = "Only texts and dates: this file can't restore the memories as they were."
PLAIN = "Who lives where, is allergic to what, and the like, with the sentences that say so: only to read."
LOST = (
    "Nobody can recover a lost passphrase, not even us: without it the file stays locked for good."
)
LOCK = "&Lock the file with a passphrase"


class ExportDialog(ExportBase):
    def __init__(
        self, theme: Theme, bridge: Bridge, chosen: EpisodeFilter | None, parent: QWidget
    ) -> None:
        super().__init__(theme, "Export memories", "export", parent)
        self._bridge = bridge
        self._chosen = chosen
        self._ticked: dict[Check, bool] = {}  # what was ticked before a format that can't hold it
        self._projects: tuple[Project, ...] = ()
        self._build_which()
        self._build_form()
        self._build_lock()
        self._build_file()
        self.column.addStretch()
        self.add_buttons(self.export, self.cancel, default=self.export)
        bridge.announced.connect(self.on_event)
        self._obey_format()
        self._count()
        self.fit()

    # --- building --------------------------------------------------------------------------

    def _build_which(self) -> None:
        column = self.add_card("Which memories")
        group = QButtonGroup(self)
        self.all = Radio(self.theme, "&All of them")
        self.all.setObjectName("export.all")
        self.all.setAccessibleName("All memories")
        self.found = Radio(self.theme, self._found_words())
        self.found.setObjectName("export.found")
        self.in_project = Radio(self.theme, "The memories of a &project:")
        self.in_project.setObjectName("export.in_project")
        self.in_project.setAccessibleName("The memories of a project")
        self.project = Choice(self.theme)
        self.project.setObjectName("export.project")
        self.project.setAccessibleName("Project")
        self.project.currentIndexChanged.connect(lambda _: self.in_project.setChecked(True))
        row = QHBoxLayout()
        row.addWidget(self.in_project)
        row.addWidget(self.project)
        row.addStretch()
        self._project_row = QWidget()
        self._project_row.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self._project_row.hide()
        for choice in (self.all, self.found, self.in_project):
            group.addButton(choice)
        for part in (self.all, self.found, self._project_row):
            column.addWidget(part)
        self.found.setVisible(self._chosen is not None)
        (self.found if self._chosen is not None else self.all).setChecked(True)

    def _build_form(self) -> None:
        column = self.add_card("Format and contents")
        self.format = Choice(self.theme)
        self.format.setObjectName("export.format")
        for key, text, _ in FORMATS:
            self.format.addItem(text, key)
        label = QLabel("For&mat")
        label.setBuddy(self.format)
        self.format.setAccessibleName("Format")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.format)
        row.addStretch()
        column.addLayout(row)
        self._about = words(COMPLETE, "quiet")
        column.addWidget(self._about)
        self.messages = self._check(column, "messages", "The me&ssages they came from")
        self.audit = self._check(column, "audit", "Their &history: kept, recalled, edited")
        self.vectors = self._check(
            column, "vectors", "Their &vectors, so that import needn't compute them again"
        )
        self.format.currentIndexChanged.connect(lambda _: self._obey_format())

    def _found_words(self) -> str:
        """What ``chosen`` is: a selection, a project, or what a search found."""
        from nowprint.inspection import EpisodeFilter

        chosen = self._chosen or EpisodeFilter()
        if chosen.ids is not None:
            return "The selecte&d memories"
        if chosen.project and chosen == EpisodeFilter(project=chosen.project):
            return "&This project's memories"
        return "Search &results"

    def _check(self, column: QVBoxLayout, name: str, text: str) -> Check:
        made = Check(self.theme, text)
        made.setObjectName(f"export.{name}")
        made.setAccessibleName(text.replace("&", ""))
        made.setChecked(True)
        column.addWidget(made)
        return made

    def _build_lock(self) -> None:
        self._lock_card = self.add_card()
        self.lock = self._check(self._lock_card, "lock", LOCK)
        self.lock.setChecked(False)
        self.passphrase, self.again = (
            self._secret(*given)
            for given in (("passphrase", "Passphrase"), ("again", "Repeat the passphrase"))
        )
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(27, 0, 0, 0)
        fields.setSpacing(8)
        for part in (self.passphrase, self.again, words(LOST, "quiet")):
            fields.addWidget(part)
        self._fields.hide()
        self._lock_card.addWidget(self._fields)
        self.lock.toggled.connect(self._on_lock)
        self.lock.clicked.connect(lambda on: self.passphrase.setFocus() if on else None)

    def _secret(self, name: str, text: str) -> QLineEdit:
        made = QLineEdit()
        made.setObjectName(f"export.{name}")
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setPlaceholderText(text)
        made.setAccessibleName(text)
        made.textChanged.connect(lambda _: self.say_fault(""))
        return made

    def _build_file(self) -> None:
        column = self.add_card("Save to")
        self.place = SavePlace("export", self)
        column.addWidget(self.place)

    # --- what is chosen --------------------------------------------------------------------

    def _count(self) -> None:
        """Show how many memories each choice holds."""
        from nowprint.inspection import EpisodeFilter
        from nowprint.service.requests.memory import FindEpisodes, ListProjects

        totals: dict[bool, int] = {}

        def all_counted(page: EpisodePage, *, held_back: bool) -> None:
            """What is held back is written, too."""
            totals[held_back] = page.total
            if len(totals) == 2 and isValid(self.all):
                note = f", {totals[True]:,} of them held back" if totals[True] else ""
                self.all.setText(f"&All of them ({sum(totals.values()):,}{note})")

        def found_counted(page: EpisodePage) -> None:
            if not self.closed:
                self.found.setText(f"{self._found_words()} ({page.total:,})")
                self.found.setAccessibleName(self.found.text().replace("&", ""))

        def projects_listed(projects: tuple[Project, ...]) -> None:
            if self.closed or not projects:
                return
            self._projects = projects
            self.project.blockSignals(True)
            for project in projects:
                self.project.addItem(f"{project.name} ({project.episodes:,})", project.id)
            self.project.blockSignals(False)
            self._project_row.show()
            self.fit()

        for held_back in (False, True):
            wanted = FindEpisodes(EpisodeFilter(held_back=held_back), limit=1)
            self._bridge.call(wanted, partial(all_counted, held_back=held_back))
        if self._chosen is not None:
            self._bridge.call(FindEpisodes(self._chosen, limit=1), found_counted)
        self._bridge.call(ListProjects(), projects_listed)

    def _filter(self) -> EpisodeFilter:
        from nowprint.inspection import EpisodeFilter

        if self.found.isChecked() and self._chosen is not None:
            return self._chosen
        if self.in_project.isChecked():
            return EpisodeFilter(project=self.project.currentData())
        return EpisodeFilter()

    def _options(self) -> ExportOptions:
        from nowprint.inspection import ExportOptions

        return ExportOptions(
            self.format.currentData(),
            self.messages.isChecked(),
            self.audit.isChecked(),
            self.vectors.isChecked(),
            self.passphrase.text() if self.lock.isChecked() else "",
        )

    def _obey_format(self) -> None:
        whole = self.format.currentData() == "nowprint"
        facts = self.format.currentData() == "facts"
        self._about.setText(COMPLETE if whole else PLAIN if facts else READABLE)
        choices = (self.messages, self.audit, self.vectors, self.lock)
        before = self._ticked
        if whole:
            self._ticked = {}
        elif not before:
            self._ticked = {choice: choice.isChecked() for choice in choices}
        for choice in choices:
            choice.setEnabled(whole)
            choice.setChecked(before.get(choice, choice.isChecked()) if whole else False)
        _, kind, ending = FORMATS[self.format.currentIndex()]
        what = (
            "plainly said" if facts else "memories"
        )  # two tables, so that none replaces the other
        title = f"Nowprint {what} {time.strftime('%Y-%m-%d')}"
        self.place.suggest(title, kind.partition(" (")[0], ending)

    def _on_lock(self, on: bool) -> None:
        self._fields.setVisible(on)
        self.fit()

    # --- doing it --------------------------------------------------------------------------

    def begin(self) -> None:
        from nowprint.service.requests.memory import ExportMemory

        if fault := self.place.fault() or self._fault():
            self.say_fault(fault)
            return
        self.begun()
        request = ExportMemory(self.place.path.text().strip(), self._filter(), self._options())
        self._bridge.call(request, self._exported, self.failed)

    def _fault(self) -> str:
        if self.lock.isChecked() and not self.passphrase.text():
            return f"Enter a passphrase, or untick “{LOCK.replace('&', '')}”."
        if self.lock.isChecked() and self.passphrase.text() != self.again.text():
            return "The two passphrases differ: enter the same one twice."
        return ""

    def _exported(self, exported: Exported) -> None:
        what = count(exported.episodes, "memory", "memories")
        if self.format.currentData() == "facts":
            what = "What is plainly said was"
        self.written(f"{what} written, {file_size(exported.bytes)}", exported.path)

    def break_off(self) -> None:
        from nowprint.service.requests.memory import DropReview

        self._bridge.call(DropReview(0), None, lambda _: None)
