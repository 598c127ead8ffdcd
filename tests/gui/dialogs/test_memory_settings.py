"""The dialog in which one says how much is kept, and sees what that would have meant."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from nowprint import records as r
from nowprint.gui.dialogs.memory_settings import BRINGING, STOPS, MemorySettingsDialog
from nowprint.gui.widgets.bars import Bars
from nowprint.gui.widgets.theme import DARK, LIGHT
from nowprint.service import protocol as p

SAID = [("My cat Pickwick is ill.", 0.93), ("Thanks!", 0.04), ("We sail in May.", 0.35)]
USUAL = 4


def talked(client: FakeClient) -> None:
    client.said = list(SAID)


def taught(client: FakeClient) -> None:
    talked(client)
    weights = (
        r.HeadWeight("names", 0.5, 0.75),
        r.HeadWeight("question", -1.0, -1.1),
        r.HeadWeight("length", 0.2, 0.201),
    )
    client.head = r.HeadState(weights, 12, 1)


def show(opened: Opened, qtbot: Any) -> MemorySettingsDialog:
    """Opened as by the menu, and filled."""
    asked = len(opened.asked(p.PreviewKeep))
    opened.window.dialogs.memory_settings()
    dialog = opened.window.findChild(MemorySettingsDialog)
    assert isinstance(dialog, MemorySettingsDialog)
    qtbot.waitUntil(lambda: len(opened.asked(p.PreviewKeep)) > asked)
    qtbot.waitUntil(lambda: bool(dialog.learned.text().strip() and dialog.passages.text()))
    return dialog


def previews(opened: Opened) -> list[float]:
    return [request.keep for request in opened.asked(p.PreviewKeep)]


def drag(widget: QWidget, to: QPointF) -> None:
    left, still = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(
        QEvent.Type.MouseMove, to, widget.mapToGlobal(to), Qt.MouseButton.NoButton, left, still
    )
    QApplication.sendEvent(widget, move)


def test_the_keyboard_and_a_button_open_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    action = next(a for a in opened.window.menus if a.shortcut().toString() == "Ctrl+,")
    action.trigger()
    dialog = opened.window.findChild(MemorySettingsDialog)
    assert dialog.isVisible()
    dialog.close()
    qtbot.waitUntil(lambda: opened.window.findChild(MemorySettingsDialog) is None)
    button = opened.window.inspector.findChild(QPushButton, "inspector.settings")
    assert button.accessibleName() == "Memory settings"
    button.click()
    assert opened.window.findChild(MemorySettingsDialog).isVisible()


def test_a_fresh_profile_says_what_will_come(open_window: Open, qtbot: Any) -> None:
    dialog = show(open_window(), qtbot)
    assert "Once you have chatted" in dialog.passages.text()
    assert dialog.learned.text() == "Nothing yet."
    assert not dialog.reset.isEnabled()
    assert dialog.keep.value() == USUAL


def test_what_would_be_kept_is_shown(open_window: Open, qtbot: Any) -> None:
    dialog = show(open_window(talked), qtbot)
    qtbot.waitUntil(lambda: "1 would be kept" in dialog.preview.text())
    assert dialog.preview.text().startswith("Of the 3 passages that you have said so far")
    shown = dialog.passages.text()
    assert shown.count("✓ kept") == 1
    assert shown.count("left out") == 2
    assert shown.index("✓ kept") < shown.index("Pickwick") < shown.index("Thanks")


def test_markup_in_a_passage_is_text(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.said = [("<b>bold</b> & <img src=x>", 0.9)]

    dialog = show(open_window(prepare), qtbot)
    qtbot.waitUntil(lambda: "&lt;b&gt;bold" in dialog.passages.text())
    assert "<img" not in dialog.passages.text()


def test_arrow_keys_move_the_slider_and_ask_once(open_window: Open, qtbot: Any) -> None:
    opened = open_window(talked)
    dialog = show(opened, qtbot)
    qtbot.keyClick(dialog.keep, Qt.Key.Key_Right)
    qtbot.keyClick(dialog.keep, Qt.Key.Key_Right)
    assert dialog.keep.value() == len(STOPS) - 1
    assert dialog.words.text() == "Everything you say, small talk included."
    qtbot.waitUntil(lambda: "3 would be kept" in dialog.preview.text())
    assert previews(opened) == [0.75, 1.0]
    assert [request.settings.keep for request in opened.asked(p.ChangeSettings)] == [0.9, 1.0]
    qtbot.keyClick(dialog.keep, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: "0 would be kept" in dialog.preview.text())
    assert opened.window.session.settings.keep == 0
    assert dialog.words.text() == "Only what you ask it to remember."


def test_how_sure_it_must_be_is_chosen_in_words(open_window: Open, qtbot: Any) -> None:
    opened = open_window(talked)
    dialog = show(opened, qtbot)
    assert dialog.sure.currentText() == "usually"
    dialog.sure.setFocus()
    qtbot.keyClick(dialog.sure, Qt.Key.Key_Down)
    assert opened.window.session.settings.recall_from == BRINGING[-1][0]
    assert dialog.sure_words.text() == BRINGING[-1][2]
    assert dialog.sure.accessibleDescription() == BRINGING[-1][2]
    dialog.close()
    qtbot.waitUntil(lambda: opened.window.findChild(MemorySettingsDialog) is None)
    again = show(opened, qtbot)
    assert again.sure.currentText() == "only when sure"


def test_a_click_goes_to_the_stop_under_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window(talked)
    dialog = show(opened, qtbot)
    at = dialog.keep.at(2).toPoint() + QPoint(6, 2)
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton, pos=at)
    assert opened.window.session.settings.keep == STOPS[2][0]
    drag(dialog.keep, dialog.keep.at(5))
    assert dialog.keep.value() == 5
    drag(dialog.keep, QPointF(-50, 10))
    assert dialog.keep.value() == 0
    assert dialog.keep.hasFocus()


def test_a_share_that_was_set_elsewhere_is_told_and_stays(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        talked(client)
        client.settings = dataclasses.replace(client.settings, keep=0.6, resonance_ms=333)

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: opened.window.session.settings.keep == 0.6)
    dialog = show(opened, qtbot)
    assert previews(opened) == [0.6]
    assert dialog.words.text() == "At most 60% of what you say (set elsewhere)."
    assert dialog.pause.currentText() == "0.333 seconds"
    dialog.close()
    assert not opened.asked(p.ChangeSettings)


def test_recall_is_given_time_or_none(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = show(opened, qtbot)
    assert dialog.pause.currentText() == "0.4 seconds (usual)"
    qtbot.keyClick(dialog.pause, Qt.Key.Key_Home)
    assert dialog.pause.currentText() == "no time (off)"
    qtbot.keyClick(dialog.while_writing, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.client.settings.resonate_while_writing)
    assert opened.client.settings.resonance_ms == 0


def test_what_it_has_learned_is_seen_and_can_be_reset(open_window: Open, qtbot: Any) -> None:
    opened = open_window(taught)
    dialog = show(opened, qtbot)
    assert dialog.learned.text().startswith("You have shown it 12 things worth keeping and 1 not.")
    bars = dialog.findChild(Bars, "settings.weights")
    assert bars.accessibleName() == "names +0.25; question −0.10"
    asked = len(previews(opened))
    qtbot.keyClick(dialog.reset, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: dialog.learned.text() == "Nothing yet.")
    assert opened.asked(p.ResetHead)
    assert not dialog.reset.isEnabled()
    assert bars.isHidden()
    qtbot.waitUntil(lambda: len(previews(opened)) == asked + 1)


def test_tab_goes_through_it_from_top_to_bottom(open_window: Open, qtbot: Any) -> None:
    dialog = show(open_window(taught), qtbot)
    assert dialog.keep.hasFocus()
    seen = []
    for _ in range(11):
        seen.append(dialog.focusWidget().objectName())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert seen == [
        "settings.keep", "settings.box", "settings.sure", "settings.resonance",
        "settings.while_writing", "settings.reset", "settings.sleep", "settings.archive_below",
        "settings.most_episodes", "settings.most_megabytes", "memory.settings.close",
    ]  # fmt: skip
    assert dialog.focusWidget() is dialog.keep


def test_all_that_takes_the_focus_has_a_name(open_window: Open, qtbot: Any) -> None:
    dialog = show(open_window(taught), qtbot)
    reached = [
        part for part in dialog.findChildren(QWidget)
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and part.focusProxy() is None  # the line within a spin box isn't reached by itself
    ]  # fmt: skip
    assert len(reached) == 11
    assert [part.objectName() for part in reached if not _name(part)] == []
    assert dialog.keep.accessibleDescription().startswith("Usual: Whatever is worth keeping")
    assert "chance" in dialog.while_writing.accessibleDescription()
    assert "your memories stay" in dialog.reset.accessibleDescription()


def _name(part: QWidget) -> str:
    return part.accessibleName() or getattr(part, "text", str)()


def test_escape_closes_it_and_no_answer_is_stopped(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.hold.clear())
    with qtbot.waitSignal(opened.window.turnStarted):
        opened.window.composer.put("go on")
        opened.window.composer.send_button.click()
    dialog = show(opened, qtbot)
    qtbot.keyClick(dialog.keep, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened.window.findChild(MemorySettingsDialog) is None)
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.client.hold.set()
    assert opened.window.transcript.views[-1].message.state == "complete"


def test_replies_to_a_closed_dialog_are_dropped(open_window: Open, qtbot: Any) -> None:
    opened = open_window(taught)
    opened.client.slow.clear()
    opened.window.dialogs.memory_settings()
    opened.window.findChild(MemorySettingsDialog).close()
    qtbot.waitUntil(lambda: opened.window.findChild(MemorySettingsDialog) is None)
    with qtbot.waitSignal(opened.window.session.conversations):
        opened.window.session.refresh_conversations()
        opened.client.slow.set()
    assert opened.asked(p.GetHead)
    assert opened.window.notice.isHidden()


def test_a_low_dialog_scrolls_and_a_narrow_one_cuts_nothing_off(
    open_window: Open, qtbot: Any
) -> None:
    dialog = show(open_window(taught), qtbot)
    dialog.resize(360, 320)
    area = dialog.findChild(QScrollArea, "settings.scroll")
    qtbot.waitUntil(lambda: dialog.height() == 320)
    assert dialog.width() < 480
    assert area.verticalScrollBar().maximum() > 0
    assert area.widget().width() <= area.viewport().width()
    close = dialog.findChild(QPushButton, "memory.settings.close")
    assert dialog.rect().contains(close.geometry())
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Backtab)
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Backtab)
    last = dialog.tidying.megabytes
    assert dialog.focusWidget() is last  # and the area has scrolled to it
    at = last.mapTo(area.viewport(), last.rect().center())
    assert area.viewport().rect().contains(at)


def test_it_obeys_the_theme(open_window: Open, qtbot: Any) -> None:
    opened = open_window(talked)
    dialog = show(opened, qtbot)
    qtbot.waitUntil(lambda: LIGHT.accent_text in dialog.passages.text())
    opened.window.session.change(theme="dark")
    assert DARK.accent_text in dialog.passages.text()
    assert LIGHT.accent_text not in dialog.passages.text()
    heading = dialog.findChildren(QLabel)[0]
    assert heading.palette().windowText().color().name() == DARK.text


def test_a_move_of_the_dial_says_what_would_be_another(open_window: Open, qtbot: Any) -> None:
    dialog = show(open_window(talked), qtbot)
    qtbot.waitUntil(lambda: "1 would be kept:" in dialog.preview.text())
    assert " now<" not in dialog.passages.text()
    dialog.keep.setValue(len(STOPS) - 1)
    qtbot.waitUntil(lambda: "3 would be kept (2 more than before):" in dialog.preview.text())
    assert dialog.passages.text().count("✓ kept now") == 2
    assert dialog.shares.accessibleName() == "3 kept, 0 left out"
    dialog.keep.setValue(0)
    qtbot.waitUntil(lambda: "0 would be kept (1 fewer than before):" in dialog.preview.text())
    assert dialog.passages.text().count("left out now") == 1
    assert LIGHT.accent_soft not in dialog.passages.text()


def test_how_much_is_recalled_is_set_in_words(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    tidying = show(opened, qtbot).tidying
    tidying.sleep.click()
    tidying.below.setCurrentIndex(tidying.below.findText("not needed for about a year"))
    tidying.episodes.setValue(20_000)
    tidying.megabytes.setValue(50)

    def taken() -> bool:
        now = opened.client.settings
        set_so = (now.sleep, now.archive_below, now.most_episodes, now.most_megabytes)
        return set_so == (False, 0.5, 20_000, 50)

    qtbot.waitUntil(taken)
    tidying.episodes.setValue(0)
    assert tidying.episodes.text() == "no limit"
    first = tidying.findChild(QLabel, "settings.first")
    assert "Nothing is deleted" in first.text()


def test_a_bound_that_was_set_elsewhere_stays(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.settings = dataclasses.replace(client.settings, archive_below=0.31)

    tidying = show(open_window(prepare), qtbot).tidying
    assert tidying.below.currentText() == "below a retrievability of 0.31"
