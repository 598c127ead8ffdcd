"""Forgetting by rule in the window: nothing is saved or forgotten before it was shown what goes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from fake_client import DAY, FakeClient
from opened import Open, Opened
from PySide6.QtWidgets import QLabel

from nowprint.forgetting_plan import RetentionRules
from nowprint.gui.dialogs.forgetting.receipts_dialog import ReceiptsDialog
from nowprint.gui.dialogs.forgetting.retention_dialog import RetentionDialog
from nowprint.inspection import Forgotten, Receipt
from nowprint.service.requests import retention as rt

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
OLD = "The boiler is serviced by Tomasz."


def with_old(client: FakeClient) -> None:
    client.projects[900] = "Thesis & moss"
    talk = client.converse("Boiler")
    old = client.keep(OLD, client.say(talk.id, "user", OLD)).id
    pinned = client.keep("My cat is Pickwick.", pinned=True).id
    new = client.keep("I live in Lisbon.").id
    for id, days in ((old, 400), (pinned, 400), (new, 0)):
        client.episodes[id] = replace(client.episodes[id], updated=time.time() - days * DAY)


def opened_dialog(opened: Opened, qtbot: Any) -> RetentionDialog:
    opened.window.dialogs.retention()
    (dialog,) = opened.window.findChildren(RetentionDialog)
    qtbot.waitUntil(dialog.save.isEnabled)
    return dialog


def tick(dialog: RetentionDialog, qtbot: Any, months: int) -> None:
    dialog.older.value = months
    assert not dialog.save.isEnabled(), "first it is shown what goes"
    assert not dialog.now.isEnabled()
    qtbot.waitUntil(dialog.save.isEnabled)


def test_it_is_off_and_says_what_a_rule_would_take(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_old)
    dialog = opened_dialog(opened, qtbot)
    assert dialog.rules == RetentionRules()
    assert dialog.goes.text() == "Tick a rule first."
    assert not dialog.now.isEnabled()
    tick(dialog, qtbot, 12)
    assert dialog.goes.text() == "This would be forgotten: 1 memory."
    assert dialog.counts.text() == (
        "•  older than 12 months: 1 memory\n•  1 memory stays, since it is pinned"
    )
    assert next(one.text() for one in dialog.box.findChildren(QLabel)) == OLD
    dialog.along["messages"].click()
    assert dialog.goes.text() == "This would be forgotten: 1 memory and 1 message."
    assert opened.client.rules == RetentionRules()


def test_what_is_saved_is_there_again(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_old)
    dialog = opened_dialog(opened, qtbot)
    tick(dialog, qtbot, 12)
    dialog.projects[900].value = 3
    qtbot.waitUntil(dialog.save.isEnabled)
    dialog.along["chats"].click()
    dialog.daily.click()
    with qtbot.waitSignal(dialog.finished):
        dialog.save.click()
    assert opened.client.rules == RetentionRules(12, 0, ((900, 3),), chats=True, on=True)
    qtbot.waitUntil(lambda: not opened.window.findChildren(RetentionDialog))
    assert opened_dialog(opened, qtbot).rules == opened.client.rules


def test_forgetting_now_can_be_undone(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_old)
    dialog = opened_dialog(opened, qtbot)
    tick(dialog, qtbot, 12)
    with qtbot.waitSignal(dialog.finished):
        dialog.now.click()
    assert opened.asked(rt.ForgetByRules) == [rt.ForgetByRules(RetentionRules(12))]
    undo = opened.window.inspector.undo
    qtbot.waitUntil(undo.isVisible)
    assert undo.text.text() == "Forgotten: 1 memory. You can undo this for one minute."
    with qtbot.waitSignal(opened.window.inspector.requests.returned):
        undo.undo_button.click()
    assert len(opened.client.there()) == 3
    assert opened.client.rules == RetentionRules(), "forgetting once switches nothing on"


def test_the_window_says_what_a_rule_forgot(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_old)
    opened.client.on_event(Forgotten(7, 2, 1, 0))
    notice = opened.window.notice
    qtbot.waitUntil(notice.isVisible)
    assert notice.text.text().startswith("Forgotten by your rule: 2 memories and 1 message.")
    assert notice.action.text() == "Undo"


def test_a_receipt_names_the_rule(open_window: Open, qtbot: Any) -> None:
    def with_receipt(client: FakeClient) -> None:
        client.receipts = [Receipt(1, 1.0, 2.0, 1, 0, 0, (), (), rule="older than 12 months")]

    opened = open_window(with_receipt)
    opened.window.dialogs.receipts()
    (dialog,) = opened.window.findChildren(ReceiptsDialog)
    qtbot.waitUntil(
        lambda: any(
            "Forgotten by your rule: older than 12 months." in one.text()
            for one in dialog.findChildren(QLabel)
        )
    )
