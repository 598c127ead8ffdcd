"""Receipts of what was forgotten: how much, when, from which files, and how that was checked. They hold none
of its text. Messages that the user kept and that still say it are read from their chats to be shown here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, bullets, words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, listing, moment, shortened

if TYPE_CHECKING:
    from nowprint.inspection import Check, Receipt
    from nowprint.records import Message

PAGE = 20
"""Receipts that are shown at first, and added with each "Show earlier ones"."""
KEPT = "What you kept then also held some of it: messages, or other memories."
SHOWN = 3
"""Messages that still hold what was forgotten, of which a receipt shows the text."""


class ReceiptsDialog(DialogBase):
    message_wanted = Signal(object)
    """Message: the user wants to see it in its chat."""
    forget_wanted = Signal(tuple)
    """Ids of messages and answers that the user wants to forget, too."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        from nowprint.service.requests.memory import ListReceipts

        super().__init__(theme, "Receipts", "receipts.dialog", parent)
        self._bridge = bridge
        self._left: tuple[Receipt, ...] = ()
        self.add_heading("What was forgotten for good")
        self._note = words("", "quiet", name="receipts.note")
        self.column.addWidget(self._note)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.column.addLayout(self._rows)
        self._more = button("Show earlier ones", "outlined", self._show_more, name="receipts.more")
        self._more.hide()
        self.column.addWidget(self._more)
        self.column.addStretch()
        self.add_close().setFocus()
        self.busy("Reading the receipts")
        self.fit(least=340)
        bridge.call(ListReceipts(), self._show, self._failed)

    def _show(self, receipts: tuple[Receipt, ...]) -> None:
        if self.closed:
            return
        self._note.setText(
            "A receipt holds nothing of what was forgotten: only numbers, times and how it was "
            "checked."
            if receipts
            else "No receipts yet. Nowprint writes one when the minute for undoing is over."
        )
        self._left = receipts
        self._show_more()

    def _show_more(self) -> None:
        shown, self._left = self._left[:PAGE], self._left[PAGE:]
        self._more.setVisible(bool(self._left))
        self._show_next(shown)

    def _show_next(self, receipts: tuple[Receipt, ...]) -> None:
        """Add one receipt in each turn of the event loop: all at once would hold the window up."""
        if receipts and not self.closed:
            self._add(receipts[0])
            QTimer.singleShot(0, self, lambda: self._show_next(receipts[1:]))
        elif not self.closed:
            self.busy("")
            self.fit()

    def _add(self, receipt: Receipt) -> None:
        told = f"{moment(receipt.removed)} · {_removed(receipt)}"
        column = self.add_card(told, into=self._rows)
        column.parentWidget().setAccessibleName(f"Receipt: {told}")
        clean = not any(check.hits for check in receipt.checks)
        lines = [f"Requested {moment(receipt.asked)}, removed {moment(receipt.removed)}."]
        if receipt.rule:
            lines.append(f"Forgotten by your rule: {receipt.rule}.")
        if receipt.files:
            lines.append(f"From {listing(receipt.files)}.")
        if receipt.deleted:
            it = "it" if len(receipt.deleted) == 1 else "they"
            names = listing(receipt.deleted)
            lines.append(f"Also deleted, because {it} contained some of it: {names}.")
        if receipt.rewritten:
            lines.append(f"And from {count(len(receipt.rewritten), 'backup')} in the profile.")
        lines += (
            f"The backup made on {moment(one.made)} at {one.path} may still contain it: Nowprint can't "
            "reach that."
            for one in receipt.elsewhere
        )
        if not receipt.checks:
            lines.append(
                "Not checked: Nowprint was closed in between, and the data was erased at the next "
                "start."
            )
        column.addWidget(words("\n".join(lines)))
        if receipt.kept_in:
            self._add_kept(column, receipt)
        if receipt.checks:
            column.addWidget(words(_searched(receipt), "section"))
            column.addWidget(
                words(bullets(f"{check.form}: {_hits(check)}" for check in receipt.checks))
            )
            if not receipt.kept_in and any(check.kept for check in receipt.checks):
                column.addWidget(words(KEPT))
        if not clean:
            column.addWidget(
                words(
                    f"Traces are still in {listing(receipt.found_in)}: {_advice(receipt)}.", "fault"
                )
            )
        foot = f"Receipt {receipt.batch} · in a terminal: nowprint memory receipts"
        column.addWidget(words(foot, "quiet"))

    def _add_kept(self, column: QVBoxLayout, receipt: Receipt) -> None:
        """Say which messages still hold it, with a way to each of them, and one to forget them all."""
        from nowprint.service.protocol import GetMessage

        ids = receipt.kept_in
        column.addWidget(words(f"Still in {count(len(ids), 'message')} that you kept", "section"))
        rows = QGridLayout()
        rows.setColumnStretch(0, 1)
        column.addLayout(rows)
        for id in ids[:SHOWN]:
            self._bridge.call(GetMessage(id), lambda one: self._show_kept(rows, one), self._gone)
        if len(ids) > SHOWN:
            column.addWidget(words(f"… and {len(ids) - SHOWN:,} more", "quiet"))
        them = "it" if len(ids) == 1 else "them"
        forget = button(
            f"Forget {them}, too…",
            "outlined",
            lambda: self._leave_for(self.forget_wanted, ids),
            name="receipts.forget",
            about="Shows first what would be forgotten",
        )
        column.addWidget(forget, alignment=Qt.AlignmentFlag.AlignLeft)

    def _show_kept(self, rows: QGridLayout, message: Message) -> None:
        if self.closed:
            return
        text = shortened(message.text)
        who = "You" if message.role == "user" else "Answer"
        row = rows.rowCount()
        rows.addWidget(words(f"{who}: {text}"), row, 0)
        show = button(
            "Show", "plain", lambda: self._leave_for(self.message_wanted, message),
            name="receipts.show", label=f"Show “{text}” in its chat",
        )  # fmt: skip
        rows.addWidget(show, row, 1, Qt.AlignmentFlag.AlignTop)
        self.fit()

    def _gone(self, _: UserError) -> None:
        """The message was deleted just now: there is nothing to show."""

    def _leave_for(self, wanted: SignalInstance, what: object) -> None:
        self.accept()
        wanted.emit(what)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))


def _removed(receipt: Receipt) -> str:
    parts = []
    if receipt.episodes or not (receipt.messages or receipt.answers):
        parts.append(count(receipt.episodes, "memory", "memories"))
    if receipt.messages:
        parts.append(count(receipt.messages, "message"))
    if receipt.answers:
        parts.append(count(receipt.answers, "answer"))
    return listing(parts)


def _advice(receipt: Receipt) -> str:
    if len(receipt.found_in) == 1:
        return "delete this file if Nowprint doesn't need it"
    return "delete those of these files that Nowprint doesn't need"


def _searched(receipt: Receipt) -> str:
    where = count(receipt.searched, "file") if receipt.searched else "the profile"
    part = 0 < receipt.sampled < receipt.episodes + receipt.messages + receipt.answers
    of = f" for {receipt.sampled:,} of them, chosen at random" if part else ""
    return f"Searched the raw bytes of {where}{of}"


def _hits(check: Check) -> str:
    if check.hits:
        return f"found in {count(check.hits, 'place')}"
    return "only in what you kept" if check.kept else "not found"
