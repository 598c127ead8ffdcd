"""The backups in the window: listed, made, made by themselves, deleted, restored after a look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_client import NOW
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton

from nowprint.backup_records import Backup, BackupList, Contents, CopyElsewhere, Restored
from nowprint.errors import UserError
from nowprint.gui.backups.backups_dialog import BackupsDialog
from nowprint.gui.backups.restore_dialog import RestoreDialog
from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog
from nowprint.inspection import Check, Forgetting, Receipt
from nowprint.service.requests import backups as bk

OLD = Backup("/p/backups/old.zip", NOW - 86400, "automatic", "0.1.0", 1_300_000, Contents(1, 20, 3))
USB = CopyElsewhere("/usb/copy.zip", NOW - 3600)


def with_one(client: Any) -> None:
    client.backups = BackupList("/p/backups", (OLD,), ("broken.zip",), (USB,))


@pytest.fixture
def opened(open_window: Open) -> Opened:
    return open_window(with_one)


def dialog_of(opened: Opened, qtbot: Any) -> BackupsDialog:
    dialog = opened.window.dialogs.backups.open()
    qtbot.waitUntil(lambda: bool(dialog.place.text()))
    return dialog


def texts(dialog: Any) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def buttons(dialog: Any, name: str) -> list[QPushButton]:
    return dialog.findChildren(QPushButton, name)


def test_what_there_is(opened: Opened, qtbot: Any) -> None:
    dialog = dialog_of(opened, qtbot)
    assert dialog.place.text() == "1 backup, 1.3 MB, in /p/backups"
    shown = texts(dialog)
    assert "1 chat, 20 messages and 3 memories · 1.3 MB · automatic" in shown
    assert "broken.zip" in shown
    assert "/usb/copy.zip" in shown
    assert {
        one.accessibleName().partition(":")[0] for one in buttons(dialog, "backups.delete")
    } == {"Delete"}


def test_one_is_made_from_the_keyboard(opened: Opened, qtbot: Any) -> None:
    dialog = dialog_of(opened, qtbot)
    qtbot.keyClick(dialog.now, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.place.text().startswith("2 backups"))
    assert opened.asked(bk.MakeBackup) == [bk.MakeBackup()]
    assert dialog.now.isEnabled()


def test_one_is_made_elsewhere(opened: Opened, qtbot: Any, tmp_path: Path) -> None:
    dialog = dialog_of(opened, qtbot)
    buttons(dialog, "backups.file")[0].click()
    chooser = dialog.findChild(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "mine.zip"))
    chooser.reject()
    qtbot.waitUntil(lambda: str(tmp_path / "mine.zip") in texts(dialog))


def test_a_full_disk_is_told(opened: Opened, qtbot: Any) -> None:
    dialog = dialog_of(opened, qtbot)
    opened.client.faults[bk.MakeBackup] = UserError("The disk is full: free some space.")
    dialog.now.click()
    qtbot.waitUntil(lambda: dialog.fault.text() == "The disk is full: free some space.")
    assert dialog.now.isEnabled()


def test_how_often_is_a_setting(opened: Opened, qtbot: Any) -> None:
    dialog = dialog_of(opened, qtbot)
    assert dialog.every.currentText() == "Every day"
    dialog.every.setCurrentText("Never")
    dialog.every.activated.emit(dialog.every.currentIndex())
    qtbot.waitUntil(lambda: opened.client.settings.backup_days == 0)


def test_deleting_asks_first(opened: Opened, qtbot: Any) -> None:
    dialog = dialog_of(opened, qtbot)
    buttons(dialog, "backups.delete")[0].click()
    box = dialog.findChild(QMessageBox)
    assert box.defaultButton().text() == "Keep"
    next(one for one in box.buttons() if one.text() == "Delete").click()
    qtbot.waitUntil(lambda: dialog.place.text().startswith("0 backups"))
    buttons(dialog, "backups.i")[0].click()
    qtbot.waitUntil(lambda: opened.client.backups.elsewhere == ())


def test_restoring_shows_what_would_change_and_starts_the_core_again(
    opened: Opened, qtbot: Any
) -> None:
    opened.client.forgotten_since = 2
    dialog = dialog_of(opened, qtbot)
    buttons(dialog, "backups.restore")[0].click()
    preview = dialog.findChild(RestoreDialog)
    qtbot.waitUntil(preview.confirm.isEnabled)
    assert preview.keep.isDefault()
    shown = texts(preview)
    assert "1 chat, 20 messages and 3 memories" in shown
    assert "by Nowprint 0.1.0" in shown
    assert "2 memories and messages in it were forgotten since, and stay forgotten." in shown
    starts = opened.client.starts
    preview.confirm.click()
    qtbot.waitUntil(lambda: opened.client.starts > starts)
    notice = opened.window.notice.text
    qtbot.waitUntil(lambda: notice.text().startswith("The backup was restored."))
    assert opened.asked(bk.Restore) == [bk.Restore(OLD.path)]
    assert dialog.closed


def test_what_cant_be_restored_is_told(opened: Opened, qtbot: Any) -> None:
    fault = UserError("The file can't be used: its zip is damaged.")
    opened.client.faults[bk.PreviewRestore] = fault
    dialog = dialog_of(opened, qtbot)
    buttons(dialog, "backups.restore")[0].click()
    preview = dialog.findChild(RestoreDialog)
    qtbot.waitUntil(lambda: preview.fault.text() == str(fault))
    assert not preview.confirm.isEnabled()
    preview.reject()
    dialog.reject()
    opened.client.faults.clear()
    opened.client.restored = (Restored(OLD.path, fault=str(fault)),)
    opened.window.dialogs.backups._start_again()
    qtbot.waitUntil(lambda: opened.window.notice.text.text() == str(fault))


def test_the_forget_dialog_and_the_receipt_name_backups(opened: Opened, qtbot: Any) -> None:
    client = opened.client
    cat = client.keep("My cat is Pickwick.", client.say(client.converse("Cat").id, "user", "x"))
    client.receipts = [
        Receipt(
            1, NOW, NOW, 1, 0, 0, ("memory.db",), (Check("text", 0),),
            rewritten=("backups/a.zip",), elsewhere=(USB,),
        )
    ]  # fmt: skip
    opened.window.dialogs.forget(Forgetting((cat.id,)), "Forget")
    forget = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(forget.confirm.isEnabled)
    assert "It goes from the backup in the profile, too" in texts(forget)
    assert "/usb/copy.zip may hold it" in texts(forget)
    forget.reject()
    opened.window.dialogs.receipts()
    receipts = opened.window.findChild(QLabel, "receipts.note").window()
    qtbot.waitUntil(lambda: "And from 1 backup in the profile." in texts(receipts))
    assert "/usb/copy.zip may still contain it" in texts(receipts)
