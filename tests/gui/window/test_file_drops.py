"""Files that are dropped on the window, opened by the system, or named when it is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFileOpenEvent
from PySide6.QtWidgets import QApplication

from nowprint.gui.dialogs.import_dialog import ImportDialog
from nowprint.gui.window.file_drops import FileOpener, kind_of
from nowprint.gui.window.window import MainWindow
from nowprint.service import protocol as p
from nowprint.service.requests.memory import ReviewImport

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def mime(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def drop(opened: Opened, data: QMimeData) -> bool:
    """Whether the window takes it."""
    given = (
        QPoint(200, 200), Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    entered = QDragEnterEvent(*given)
    entered.ignore()
    opened.window.dragEnterEvent(entered)
    opened.window.dropEvent(QDropEvent(*given))
    return entered.isAccepted()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.gguf", "model"), ("a.NOWPRINT", "memories"), ("conversations.json", "memories"),
        ("export.zip", "memories"), ("facts.txt", "memories"), ("facts.md", "memories"),
        ("facts.csv", "memories"), ("card.png", "memories"), ("cat.jpg", None), ("nowprint", None),
    ],
)  # fmt: skip
def test_which_files_it_opens(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def test_a_dropped_memory_file_is_reviewed(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    assert drop(opened, mime("/home/me/cat.jpg", "/home/me/mine.nowprint"))
    qtbot.waitUntil(lambda: bool(opened.asked(ReviewImport)))
    assert opened.asked(ReviewImport)[0].path == "/home/me/mine.nowprint"
    assert opened.window.findChild(ImportDialog).isVisible()


def test_a_dropped_model_is_loaded_and_a_picture_is_refused(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    assert not drop(opened, mime("/home/me/cat.jpg"))
    with qtbot.waitSignal(opened.window.modelReady):
        assert drop(opened, mime("/models/other.gguf"))
    assert opened.asked(p.LoadModel)[-1].path == "/models/other.gguf"
    assert not opened.asked(ReviewImport)


def test_the_message_field_leaves_files_to_the_window(open_window: Open) -> None:
    field = open_window().window.composer.input
    assert not field.canInsertFromMimeData(mime("/home/me/mine.nowprint"))
    text = QMimeData()
    text.setText("hello")
    assert field.canInsertFromMimeData(text)


def test_a_file_named_at_the_start_waits_for_the_core(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window._answering = False
    opened.window.open_file("/home/me/mine.nowprint")
    assert opened.window.findChild(ImportDialog) is None
    opened.window.session.conversations.connect(opened.window._first_list)
    opened.window.session.refresh_conversations()
    qtbot.waitUntil(lambda: opened.window.findChild(ImportDialog) is not None)


def test_a_model_named_at_the_start_is_the_first_that_is_loaded(qtbot: Any, profile: Any) -> None:
    window = MainWindow(profile, FakeClient)
    window.open_file("/models/own.gguf")
    with qtbot.waitSignals([window.modelReady, window.built]):
        window.show()
    assert window.session.model.path == "/models/own.gguf"
    qtbot.waitUntil(lambda: window.session.settings.model == "/models/own.gguf")
    window.close()
    window.deleteLater()


def test_the_system_can_open_a_file(qapp: QApplication, tmp_path: Path) -> None:
    opened: list[str] = []
    opener = FileOpener(opened.append, qapp)
    assert opener.eventFilter(qapp, QFileOpenEvent(str(tmp_path / "mine.nowprint")))
    assert opened == [str(tmp_path / "mine.nowprint")]
    opener.deleteLater()
