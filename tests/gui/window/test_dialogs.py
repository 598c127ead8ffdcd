"""What holds for every dialog: names for screen readers, the keyboard, the smallest and the largest text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_client import NOW, FakeClient
from opened import Open
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDateEdit,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from nowprint.gui.dialogs.help import AboutDialog
from nowprint.gui.widgets.dialog import DialogBase
from nowprint.gui.window.window import MainWindow
from nowprint.inspection import Check, Forgetting, Import, ImportItem, Receipt
from nowprint.service.requests.backups import MakeBackup

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
CONTROLS = (
    QAbstractButton, QAbstractItemView, QComboBox, QDateEdit, QLineEdit, QPlainTextEdit,
)  # fmt: skip
OPEN: dict[str, Callable[[MainWindow], object]] = {
    "forget": lambda window: window.dialogs.forget(Forgetting(everything=True)),
    "span": lambda window: window.dialogs.forget_period(),
    "retention": lambda window: window.dialogs.retention(),
    "receipts": lambda window: window.dialogs.receipts(),
    "export": lambda window: window.dialogs.export(),
    "import": lambda window: window.dialogs.import_file("/home/me/mine.nowprint"),
    "paste": lambda window: window.dialogs.import_text(),
    "imports": lambda window: window.dialogs.imports(),
    "models": lambda window: window.dialogs.models(),
    "backups": lambda window: window.dialogs.backups.open(),
    "context": lambda window: (window.chat.open(1), window.dialogs.context.open()),
    "people": lambda window: window.dialogs.people.open(),
    "project": lambda window: window.projects.ask_new(),
    "report": lambda window: window.dialogs.report("Something went wrong."),
    "about": lambda window: AboutDialog(
        window.theme, window.profile, window.notice.say, window
    ).open(),
}


def with_all(client: FakeClient) -> None:
    client.projects[900] = "Thesis"
    talk = client.converse("The cat")
    for number in range(3):
        client.keep(f"fact {number}", client.say(talk.id, "user", f"fact {number}"))
    assert talk.id == 1
    client.read(client.say(talk.id, "user", "What do I know?"), ())
    client.items = {"new": [ImportItem("a fact", NOW, "", None)]}
    client.talks = (1, 2)
    client.imports = [Import(7, NOW, "mine", "memory file", 2, False)]
    client.reply(MakeBackup())
    client.receipts = [Receipt(1, NOW, NOW, 1, 0, 0, ("memory.db",), (Check("text", 0),))]


def shown(open_window: Open, qtbot: Any, which: str) -> DialogBase:
    window = open_window(with_all).window
    OPEN[which](window)
    dialog = next(one for one in window.findChildren(DialogBase) if one.isVisible())
    qtbot.waitUntil(lambda: not dialog.bar.isVisible())
    return dialog


@pytest.mark.parametrize("which", OPEN)
def test_every_control_has_a_name_and_can_be_reached(
    which: str, open_window: Open, qtbot: Any
) -> None:
    dialog = shown(open_window, qtbot, which)
    assert dialog.windowTitle()
    controls = [
        part for part in dialog.findChildren(QWidget)
        if isinstance(part, CONTROLS) and part.isVisible() and part.focusProxy() is None
        and not isinstance(part.parentWidget(), QDateEdit)
        and not isinstance(part, QHeaderView)  # it only names the columns
    ]  # fmt: skip
    assert controls
    for part in controls:
        assert part.accessibleName() or getattr(part, "text", str)(), part.objectName()
        by_arrows = isinstance(part, QRadioButton)  # Tab goes to the chosen one only
        assert by_arrows or part.focusPolicy() & Qt.FocusPolicy.TabFocus, part.objectName()


@pytest.mark.parametrize("which", OPEN)
def test_escape_closes_it(which: str, open_window: Open, qtbot: Any) -> None:
    dialog = shown(open_window, qtbot, which)
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_what_comes_late_pushes_no_edge_off_the_screen(open_window: Open, qtbot: Any) -> None:
    dialog = shown(open_window, qtbot, "receipts")
    room = dialog.screen().availableGeometry()
    dialog.move(dialog.x(), room.bottom() - dialog.height())
    before = dialog.height()
    dialog.fit(least=before + 200)
    qtbot.waitUntil(lambda: room.contains(dialog.frameGeometry()))
    assert dialog.height() == before + 200


def test_a_title_above_the_screen_comes_into_view(open_window: Open, qtbot: Any) -> None:
    window = open_window(with_all).window
    OPEN["receipts"](window)
    dialog = next(one for one in window.findChildren(DialogBase) if one.isVisible())
    dialog.move(-40, -40)
    qtbot.waitUntil(lambda: dialog.screen().availableGeometry().contains(dialog.frameGeometry()))


@pytest.mark.parametrize("which", OPEN)
def test_nothing_is_cut_off_where_it_is_narrow(which: str, open_window: Open, qtbot: Any) -> None:
    dialog = shown(open_window, qtbot, which)
    dialog.resize(dialog.minimumSize())
    qtbot.wait(20)
    least = dialog.inner.minimumSizeHint().width()
    assert least <= dialog.area.viewport().width(), which
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width() - 1, label.text()


def mnemonics(texts: list[str]) -> list[str]:
    """The letters that Alt presses, in lower case; "&&" is no mnemonic."""
    plain = [text.replace("&&", "") for text in texts]
    return [text[text.index("&") + 1].lower() for text in plain if "&" in text]


def test_no_two_entries_of_a_menu_answer_to_the_same_letter(open_window: Open) -> None:
    for top in open_window(with_all).window.menuBar().actions():
        letters = mnemonics([action.text() for action in top.menu().actions()])
        assert sorted(letters) == sorted(set(letters)), top.text()


@pytest.mark.parametrize("which", OPEN)
def test_no_two_controls_answer_to_the_same_letter(
    which: str, open_window: Open, qtbot: Any
) -> None:
    dialog = shown(open_window, qtbot, which)
    parts = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLabel)]
    letters = mnemonics([part.text() for part in parts if part.isVisible()])
    assert sorted(letters) == sorted(set(letters))
