"""Exporting chats in the window: which, in which format, where to; and copying one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.chat_files.chat_export_dialog import ChatExportDialog
from nowprint.gui.chat_files.pdf_file import PdfFile
from nowprint.service.requests import chat_files as cf

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def with_chats(client: FakeClient) -> None:
    for title in ("Trip to Porto", "Python: lists/tuples", "Porto again"):
        id = client.converse(title).id
        client.say(id, "user", f"About {title}.")
        client.say(id, "assistant", "Some *thing*.")


def dialog_of(opened: Opened, qtbot: Any) -> ChatExportDialog:
    def there() -> ChatExportDialog | None:
        return opened.window.findChild(ChatExportDialog)

    qtbot.waitUntil(lambda: there() is not None)
    dialog = there()
    assert dialog is not None
    return dialog


def test_a_chat_from_its_menu(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened = open_window(with_chats)
    (wanted,) = [c.id for c in opened.client.conversations.values() if "Python" in c.title]
    opened.window.dialogs.chat_files.export((wanted,))
    dialog = dialog_of(opened, qtbot)
    assert dialog.chats.chosen() == (wanted,)
    assert Path(dialog.place.path.text()).name == "Python lists tuples.json"
    dialog.format.setCurrentIndex(2)
    dialog.thoughts.click()
    assert dialog.place.path.text().endswith(".html")
    dialog.place.path.setText(str(tmp_path / "a.html"))
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "chats.done") is not None)
    (asked,) = opened.asked(cf.ExportChats)
    assert asked == cf.ExportChats(str(tmp_path / "a.html"), (wanted,), "html", True)
    assert dialog.findChild(QLabel, "chats.done").text().startswith("1 chat written")
    assert dialog.findChild(QPushButton, "chats.show") is not None


def test_all_or_those_that_a_filter_lists(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened = open_window(with_chats)
    opened.window.dialogs.chat_files.export(None)
    dialog = dialog_of(opened, qtbot)
    chats = dialog.chats
    assert chats.everything
    chats.every.click()
    assert chats.chosen() == ()
    assert not dialog.export.isEnabled()
    qtbot.keyClicks(chats.filter, "porto")
    chats.every.click()
    assert len(chats.chosen()) == 2
    chats.filter.clear()
    assert not chats.every.isChecked()
    dialog.place.path.setText(str(tmp_path / "a.json"))
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "chats.done") is not None)
    (asked,) = opened.asked(cf.ExportChats)
    assert len(asked.ids) == 2
    assert not asked.thoughts


def test_space_ticks_the_current_chat(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chats)
    opened.window.dialogs.chat_files.export(())
    dialog = dialog_of(opened, qtbot)
    assert dialog.chats.chosen() == ()
    dialog.chats.list.setFocus()
    qtbot.keyClick(dialog.chats.list, Qt.Key.Key_Space)
    assert len(dialog.chats.chosen()) == 1
    place = dialog.chats.list.visualRect(dialog.chats.list.currentIndex()).center()
    qtbot.mouseClick(dialog.chats.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.chats.chosen() == ()


def test_a_pdf_of_several_chats(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened = open_window(with_chats)
    opened.window.dialogs.chat_files.export(None)
    dialog = dialog_of(opened, qtbot)
    dialog.format.setCurrentIndex(3)
    dialog.place.path.setText(str(tmp_path / "a.pdf"))
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "chats.done") is not None)
    assert [(one.form, one.thoughts) for one in opened.asked(cf.RenderChat)] == [
        ("print", False)
    ] * 3
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 3
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".new"] == []


def test_a_pdf_that_is_cancelled_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"the one before")
    printed: list[int] = []
    pdf = PdfFile(str(tmp_path / "a.pdf"), "Chats", lambda: printed.append(1))
    pdf.add("<p>Hello</p>")
    pdf.cancel()
    with pytest.raises(UserError, match="nothing was written"):
        pdf.write()
    assert [file.name for file in tmp_path.iterdir()] == ["a.pdf"]
    assert (tmp_path / "a.pdf").read_bytes() == b"the one before"


def test_long_chats_take_several_pages(tmp_path: Path) -> None:
    pdf = PdfFile(str(tmp_path / "a.pdf"), "Chats", lambda: None)
    pdf.add("".join(f"<p>Line {n}</p>" for n in range(300)))
    pdf.close()
    assert pdf.write() == (tmp_path / "a.pdf").stat().st_size
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type /Page\n") > 3


def test_what_can_not_be_written_is_told(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened = open_window(with_chats)
    opened.window.dialogs.chat_files.export(None)
    dialog = dialog_of(opened, qtbot)
    dialog.place.path.setText("somewhere")
    dialog.export.click()
    assert dialog.fault.text() == "Choose where to save the file."
    for number in (0, 3):  # the core writes the one, the window the other
        dialog.format.setCurrentIndex(number)
        dialog.place.path.setText(str(tmp_path / "none" / "a.json"))
        dialog.export.click()
        qtbot.waitUntil(lambda: "can't be written" in dialog.fault.text())
        assert dialog.export.isEnabled()
        dialog.say_fault("")


def test_without_a_chat_there_is_nothing_to_export(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.dialogs.chat_files.export_this()
    qtbot.waitUntil(lambda: "no chat to export" in opened.window.notice.text.text())
    assert opened.window.findChild(ChatExportDialog) is None


def test_the_chat_on_the_screen_is_copied(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chats)
    window, openers = opened.window, opened.window.dialogs.chat_files
    openers.copy_markdown()
    qtbot.waitUntil(lambda: "no message yet" in window.notice.text.text())
    (id,) = [c.id for c in opened.client.conversations.values() if c.title == "Trip to Porto"]
    window.chat.open(id)
    qtbot.waitUntil(lambda: len(window.transcript.views) == 2)
    clipboard = QGuiApplication.clipboard()
    openers.copy_markdown()
    qtbot.waitUntil(lambda: clipboard.text() == "About Trip to Porto.\n\nSome *thing*.")
    openers.copy_rich()
    qtbot.waitUntil(lambda: clipboard.mimeData().hasHtml())
    assert clipboard.text() == "About Trip to Porto.\n\nSome *thing*."


def test_an_answer_is_copied_as_rich_text(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chats)
    window = opened.window
    (id,) = [c.id for c in opened.client.conversations.values() if c.title == "Trip to Porto"]
    window.chat.open(id)
    qtbot.waitUntil(lambda: len(window.transcript.views) == 2)
    menu = window.chat.branches.menu(window.transcript.views[1])
    entries = {action.text(): action for action in menu.actions()}
    entries["Copy as &rich text"].trigger()
    data = QGuiApplication.clipboard().mimeData()
    assert "<em>thing</em>" in data.html()
    assert data.text() == "Some *thing*."
    entries["Copy as &Markdown"].trigger()
    assert not QGuiApplication.clipboard().mimeData().hasHtml()
