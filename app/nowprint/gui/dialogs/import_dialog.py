"""Importing: the core reads a file or a pasted text, the user reviews it, and only then does the core apply
it, in one step that one undo takes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from nowprint.errors import CoreDied, PassphraseNeeded, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.dialogs.import_review import ReviewPage
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import Import, ImportReview
    from nowprint.service.requests.memory import ReviewImport, ReviewText

PASTED = (
    "A list of facts, one per line, or what another assistant says it remembers about you. It writes such a "
    "list if you put the question to it that you can copy here."
)


CHARACTER = (
    "This describes a character, not you: nothing of it becomes a memory. A persona can be made of it; you "
    "see what the model is told before you save it."
)
NOW_READ = 0
"""Stands for the review that the core is still preparing: dropping it breaks that off."""


class ImportDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        imported: Callable[[Import, bool], object],
        to_persona: Callable[[str, str], object],
        parent: QWidget,
    ) -> None:
        """``imported`` gets the Import, even after the dialog was closed, and whether a replay of its
        conversations begins; ``to_persona`` the name and description of a character."""
        super().__init__(theme, "Import", "import.dialog", parent, width=720)
        self._bridge = bridge
        self._imported = imported
        self._to_persona = to_persona
        self._reading = self._applying = False
        self._path = ""
        self._tried = False
        self._review: ImportReview | None = None
        self._page: QWidget | None = None
        self.heading = self.add_heading("")
        self.column.addStretch()
        self._summary = words("", "quiet", name="import.summary")
        self.foot.insertWidget(0, self._summary, 1)
        self.question = button(
            "&Copy question", "outlined", self._copy_question, name="import.question",
            about="Paste it into the other assistant, and its answer here",
        )  # fmt: skip
        self.question.hide()
        self.foot.insertWidget(0, self.question)
        self.confirm = button("", "primary", self._go_on, name="import.confirm")
        self.cancel = button("Cancel", "outlined", self.reject, name="import.cancel")
        self.cancel.setAccessibleDescription("Nothing is imported")
        self.add_buttons(self.confirm, self.cancel, default=self.confirm)
        self.confirm.hide()
        bridge.announced.connect(self._on_event)
        self.finished.connect(self._drop)

    # --- the steps -------------------------------------------------------------------------

    def review_file(self, path: str) -> None:
        from nowprint.service.requests.memory import ReviewImport

        self._path = path
        self._ask(ReviewImport(path), f"Reading {show_invisible(Path(path).name)}…")

    def paste(self) -> None:
        """Ask the user for a text."""
        self.heading.setText("Import pasted text")
        self.field = QPlainTextEdit()
        self.field.setObjectName("import.text")
        self.field.setProperty("boxed", True)
        self.field.setTabChangesFocus(True)
        self.field.setPlaceholderText("Paste it here")
        self.field.setAccessibleName("The text to import")
        self.field.setMinimumHeight(220)
        self.field.textChanged.connect(self._enable)
        self._put(self.field, PASTED)
        self._offer("&Review")
        self._enable()
        self.field.setFocus()
        self.fit()

    def _copy_question(self) -> None:
        from nowprint.gui.widgets.clipboard import copy_plain
        from nowprint.settings import memory_question

        copy_plain(memory_question())
        self.question.setText("Copied")
        self.question.setAccessibleName("Copied: paste it into the other assistant")

    def _ask(self, request: ReviewImport | ReviewText, what: str) -> None:
        self._reading = True
        self.say_fault("")
        self.busy(what)
        if self._page is None:
            self.heading.setText(what)
            self.fit(least=180)
        self.inner.setEnabled(False)
        self.confirm.setEnabled(False)
        self._bridge.call(request, self._reviewed, self._refused)

    def _reviewed(self, review: ImportReview) -> None:
        self._review = review
        self._reading = False
        if self.closed:
            self._drop()
            return
        self.busy("")
        self.inner.setEnabled(True)
        name = show_invisible(Path(review.path).name) if review.path else "The pasted text"
        self.heading.setText(f"{name} · {review.source}" if review.path else name)
        if review.character:
            told = "\n\n".join((CHARACTER, *map(show_invisible, review.notes)))
            self._put(words(told, name="import.character"))
            self._offer("&Make a persona of it")
            self.confirm.setEnabled(True)
            self.fit()
            self.confirm.setFocus()
            return
        page = ReviewPage(self.theme, self._bridge, review)
        page.changed.connect(self._refresh)
        self._put(page)
        self._offer("&Import")
        self._refresh()
        if not review.messages and not any(group.count for group in review.groups):
            self.say_fault("It contains nothing to import.")
        self.fit(least=720 if review.groups else 0)
        self.confirm.setFocus()

    def _refused(self, error: UserError) -> None:
        self._reading = self._applying = False
        if self.closed:
            return
        if isinstance(error, CoreDied):
            self.reject()
            return
        self.busy("")
        self.inner.setEnabled(True)
        if isinstance(error, PassphraseNeeded):
            self._ask_passphrase(str(error))
            return
        self.say_fault(str(error))
        self._enable()
        if self._page is None:
            self.heading.setText(f"{show_invisible(Path(self._path).name)} can't be imported")
            self.cancel.setText("Close")
            self.cancel.setAccessibleName("Close")
            self.cancel.setFocus()
        self.fit()

    def _ask_passphrase(self, sentence: str) -> None:
        if not self._tried:
            self._tried = True
            self.heading.setText(f"{show_invisible(Path(self._path).name)} is locked")
            self.passphrase = QLineEdit()
            self.passphrase.setObjectName("import.passphrase")
            self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
            self.passphrase.setPlaceholderText("Passphrase")
            self.passphrase.setAccessibleName("Passphrase")
            self.passphrase.textChanged.connect(lambda _: self._enable())
            self._put(self.passphrase, "Enter the passphrase it was exported with.")
            self._offer("&Unlock")
        else:
            self.say_fault(sentence)
        self._enable()
        self.passphrase.selectAll()
        self.passphrase.setFocus()
        self.fit()

    # --- what is shown ---------------------------------------------------------------------

    def _put(self, page: QWidget, about: str = "") -> None:
        """Show a page instead of the one before, with a sentence ``about`` it."""
        if self._page is not None:
            self._page.hide()
            self._page.deleteLater()
        self.question.setVisible(isinstance(page, QPlainTextEdit))
        holder = Page(page, about)
        self._page = holder
        self.column.insertWidget(1, holder, 1)
        holder.show()  # at once, so that it counts when the dialog is fitted

    def _offer(self, text: str) -> None:
        self.confirm.setText(text)
        self.confirm.setAccessibleName(text.replace("&", ""))
        self.confirm.show()
        self.confirm.setDefault(True)

    def _enable(self) -> None:
        """Let the user go on if the page has what it asks for."""
        field = self._field
        if isinstance(field, QPlainTextEdit):
            self.confirm.setEnabled(bool(field.toPlainText().strip()))
        elif isinstance(field, QLineEdit):
            self.confirm.setEnabled(bool(field.text()))
        else:
            self._refresh()

    @property
    def _field(self) -> QWidget | None:
        return self._page.content if isinstance(self._page, Page) else None

    def _refresh(self) -> None:
        page = self._field
        if isinstance(page, ReviewPage):
            self._summary.setText(page.summary())
            chats = page.bring.isChecked() or page.read.isChecked()
            something = page.number("import", "hold back") > 0 or chats
            self.confirm.setEnabled(something)

    # --- doing it --------------------------------------------------------------------------

    def _go_on(self) -> None:
        from nowprint.service.requests.memory import ReviewImport, ReviewText

        field = self._field
        if isinstance(field, QPlainTextEdit):
            self._ask(ReviewText(field.toPlainText()), "Reading the text…")
        elif isinstance(field, QLineEdit):
            self._ask(ReviewImport(self._path, field.text()), "Unlocking it…")
        elif isinstance(field, ReviewPage):
            self._apply(field)
        elif self._review and self._review.character:
            name, description = self._review.character
            self.accept()
            self._to_persona(name, description)

    def _apply(self, page: ReviewPage) -> None:
        from nowprint.service.requests.memory import ApplyImport

        assert self._review
        self._applying = True
        self.say_fault("")
        self.busy("Importing")
        self.inner.setEnabled(False)
        self.confirm.setEnabled(False)
        read = page.read.isChecked()

        def applied(made: Import) -> None:
            self._imported(made, read)
            if not self.closed:
                self.accept()

        choices = tuple(page.choices.items())
        request = ApplyImport(self._review.id, choices, read, page.bring.isChecked())
        self._bridge.call(request, applied, self._refused)

    def _drop(self) -> None:
        """If the dialog was closed without importing, tell the core to drop the review."""
        from nowprint.service.requests.memory import DropReview

        if self._reading:
            self._bridge.call(DropReview(NOW_READ), None, lambda _: None)
        if self._review is not None and not self._applying:
            self._bridge.call(DropReview(self._review.id), None, lambda _: None)
            self._review = None

    def done(self, result: int) -> None:
        if isinstance(self._field, ReviewPage):
            self._field.leave()
        super().done(result)

    def _on_event(self, event: object) -> None:
        from nowprint.events import Progress

        if isinstance(event, Progress) and not self.closed and self.bar.isVisible():
            self.busy(event.task, event.fraction)


class Page(QWidget):
    """What is asked for or shown, under a sentence about it."""

    def __init__(self, content: QWidget, about: str) -> None:
        super().__init__()
        self.content = content
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        if about:
            column.addWidget(words(about, "quiet"))
        column.addWidget(content, 1)
        if isinstance(content, QLineEdit):
            column.addStretch()
