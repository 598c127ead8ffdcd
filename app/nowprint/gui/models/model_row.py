"""A model as the models dialog lists it: its name, what is to be known of it, what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nowprint.gui.core.downloading import Downloading
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.download_row import DownloadRow
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import file_size


class ModelRow(QWidget):
    """Names come from files and from the hub: what is invisible in them is shown."""

    def __init__(self, name: str, *facts: str) -> None:
        """Each of ``facts`` is a line."""
        super().__init__()
        self.local: LocalModelActions | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addStretch()
        texts.addWidget(words(show_invisible(name), "heading"))
        texts.addWidget(words(show_invisible("\n".join(facts)), "quiet"))
        texts.addStretch()
        self._row.addLayout(texts, 1)

    def add(self, part: QWidget) -> None:
        """Put it at the right."""
        self._row.addWidget(part, alignment=Qt.AlignmentFlag.AlignVCenter)

    def offer_download(self, key: str, name: str, size: int, downloading: Downloading) -> None:
        part = DownloadRow(key, name, size)
        part.wanted.connect(downloading.ask)
        downloading.changed.connect(part.show_download)
        part.show_download(downloading.download)
        self._row.addWidget(part)

    def offer_use(self, name: str, path: str, size: int, *, removable: bool) -> LocalModelActions:
        self.local = LocalModelActions(show_invisible(name), path, size, removable=removable)
        self.add(self.local)
        return self.local

    def take_focus(self) -> None:
        """Give the keyboard's focus to the first thing that can be done."""
        if part := self.nextInFocusChain():
            while part is not self and self.isAncestorOf(part):
                if part.isEnabled() and part.isVisible() and part.focusPolicy():
                    part.setFocus()
                    return
                part = part.nextInFocusChain()


class LocalModelActions(QWidget):
    """Use a model that is on this computer, set it up; remove it, which is asked about here, if Nowprint got
    it. The signals carry the model's path."""

    used = Signal(str)
    settings = Signal(str)
    removed = Signal(str)

    def __init__(self, name: str, path: str, size: int, *, removable: bool) -> None:
        super().__init__()
        self._path, self._removable = path, removable
        self.in_use: QLabel = words("In use", "quiet")
        self.use = button(
            "Use",
            "outlined",
            lambda: self.used.emit(path),
            name="models.use",
            label=f"Use {name}",
        )
        self.set_up = button(
            "Settings…",
            "outlined",
            lambda: self.settings.emit(path),
            name="models.settings",
            label=f"Settings of {name}",
        )
        self.remove = button(
            "Remove…", "outlined", self._ask, name="models.remove", label=f"Remove {name}"
        )
        question = f"Delete {file_size(size)} from this computer?"
        self._question = words(question, "quiet", name="models.question")
        self._delete = button(
            "Delete",
            "destroy",
            lambda: self.removed.emit(path),
            name="models.delete",
            label=f"Delete {name}, {file_size(size)}, from this computer",
        )
        self._keep = button(
            "Keep", "outlined", self._leave, name="models.keep", label=f"Keep {name}"
        )
        self._asked = (self._question, self._delete, self._keep)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._question.setWordWrap(False)
        self.in_use.setWordWrap(False)
        for part in (self.in_use, self.use, self.set_up, self.remove, *self._asked):
            row.addWidget(part)
        self.show_in_use("")

    def show_in_use(self, path: str) -> None:
        """``path`` is that of the model that answers; that one isn't removed."""
        used = path == self._path
        had_focus = self.use.hasFocus()
        self.in_use.setVisible(used)
        self.use.setVisible(not used)
        self.remove.setVisible(self._removable and not used)
        for part in self._asked:
            part.hide()
        if used and had_focus:
            self.window().setFocus()  # and not to what happens to come next

    def _ask(self) -> None:
        for part in self._asked:
            part.show()
        self._keep.setFocus()
        for part in (self.use, self.set_up, self.remove):
            part.hide()

    def _leave(self) -> None:
        for part in (self.use, self.set_up, self.remove):
            part.show()
        self.remove.setFocus()
        for asked in self._asked:
            asked.hide()
