"""What the model has before it: opened from the status bar, to scale, held there and brought back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTreeWidget

from nowprint.context_records import ChatContext, ContextPart, LeftPart
from nowprint.errors import NotFound
from nowprint.gui.dialogs.context.context_dialog import ContextDialog
from nowprint.gui.widgets.theme import contrast
from nowprint.service.requests.context import GetContext, HoldMessage

CAT = "My cat Pickwick has kidney disease."
KITCHEN = "I was thinking of painting the kitchen, in a light blue."
QUESTION = "What does my cat need to eat?"


def full(client: FakeClient) -> ChatContext:
    """A chat from which three things have left."""
    talk = client.converse("The cat").id
    hello = client.say(talk, "user", "Hello there")
    cat = client.say(talk, "user", CAT)
    long = client.say(talk, "assistant", "Poor thing. " * 40)
    kitchen = client.say(talk, "user", KITCHEN)
    last = client.say(talk, "user", QUESTION)
    client.keep("I live in Bergen.", pinned=True)
    client.keep("The vet is Dr. Okafor.")
    now = time.time()
    parts = (
        ContextPart("system", "You are Nowprint.", 100),
        ContextPart("pinned", "I live in Bergen.", 20, 901, salience=0.9),
        ContextPart("chat", CAT, 50, cat.id, salience=0.86),
        ContextPart("chat", "Poor thing.", 30, long.id, "assistant", shortened=True),
        ContextPart("recalled", "The vet is Dr. Okafor.", 40, 902),
        ContextPart("message", QUESTION, 10, last.id),
    )
    left = (
        LeftPart(long.id, "assistant", "Poor thing. " * 39, 300, now - 60, "rest of an answer"),
        LeftPart(kitchen.id, "user", KITCHEN, 24, now - 1500, "least salient", 0.14),
        LeftPart(hello.id, "user", "Hello there", 4, now - 7200, "oldest"),
    )
    made = ChatContext(talk, now, 1000, 250, parts, left, 94_000_000, 2, 31_000_000)
    client.contexts[talk] = made
    return made


class Shown:
    def __init__(self, opened: Opened, dialog: ContextDialog, qtbot: Any) -> None:
        self.opened, self.dialog, self._qtbot = opened, dialog, qtbot
        self.client = opened.client

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: not self.dialog.bar.isVisible())

    def button(self, name: str) -> QPushButton:
        return self.dialog.findChild(QPushButton, name)

    def word(self, name: str) -> str:
        return str(self.dialog.findChild(QLabel, name).text())

    def choose(self, rows: QTreeWidget, number: int) -> None:
        rows.setCurrentItem(rows.topLevelItem(number))

    def click(self, name: str) -> None:
        before = len(self.opened.asked(HoldMessage))
        self.button(name).click()
        self._qtbot.waitUntil(lambda: len(self.opened.asked(HoldMessage)) > before)
        self._qtbot.waitUntil(lambda: not self.client.unanswered)
        self._qtbot.wait(20)

    def asked(self) -> list[tuple[int, bool]]:
        return [(one.message_id, one.held) for one in self.opened.asked(HoldMessage)]


def opening(open_window: Open, qtbot: Any, make: Callable[[FakeClient], ChatContext]) -> Opened:
    made: list[ChatContext] = []
    opened = open_window(lambda client: made.append(make(client)))
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(made[0].conversation)
    return opened


@pytest.fixture
def shown(open_window: Open, qtbot: Any) -> Callable[..., Shown]:
    def show(make: Callable[[FakeClient], ChatContext] = full) -> Shown:
        opened = opening(open_window, qtbot, make)
        opened.window.dialogs.context.open()
        result = Shown(opened, opened.window.findChild(ContextDialog), qtbot)
        result.settle()
        return result

    return show


def column(rows: QTreeWidget, which: int) -> list[str]:
    return [rows.topLevelItem(at).text(which) for at in range(rows.topLevelItemCount())]


def of(rows: QTreeWidget, name: str) -> list[str]:
    """The texts of the column with this name."""
    heads = [rows.headerItem().text(at) for at in range(rows.columnCount())]
    return column(rows, heads.index(name))


# --- opening it --------------------------------------------------------------------------------


def test_a_click_on_the_figure_or_on_the_meter_opens_it(open_window: Open, qtbot: Any) -> None:
    window = opening(open_window, qtbot, full).window
    for part in (window.status.context, window.status._meter):
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
        dialog = window.findChild(ContextDialog)
        assert dialog.isVisible()
        with qtbot.waitSignal(dialog.destroyed):
            dialog.close()


def test_the_keyboard_reaches_the_meter_and_opens_it(open_window: Open, qtbot: Any) -> None:
    window = opening(open_window, qtbot, full).window
    figure = window.status.context
    assert figure in window.tab_order()
    assert figure.accessibleName() == "Context: 0 of 4,096 tokens"
    assert "what the model has before it" in figure.accessibleDescription()
    figure.setFocus()
    QTest.keyClick(figure, Qt.Key.Key_Space)
    assert window.findChild(ContextDialog).isVisible()


def test_the_menu_opens_it_and_only_once(open_window: Open, qtbot: Any) -> None:
    window = opening(open_window, qtbot, full).window
    action = next(a for a in window.menus if "before it" in a.text())
    action.trigger()
    action.trigger()
    assert len(window.findChildren(ContextDialog)) == 1
    assert action.shortcut().toString() in window.status.context.toolTip()


# --- what it shows -----------------------------------------------------------------------------


def test_every_part_stands_in_the_order_of_the_prompt(shown: Callable[..., Shown]) -> None:
    it = shown()
    parts = it.dialog.parts
    assert of(parts, "Part") == ["System", "Pinned", "You", "Answer", "Recalled", "Message"]
    assert of(parts, "Tokens") == ["100", "20", "50", "30", "40", "10"]
    assert of(parts, "Salience") == ["", "0.90", "0.86", "", "", ""]
    assert of(parts, "Note") == ["", "", "", "shortened", "", ""]
    assert "250 of 1,000 tokens" in it.word("context.note")


def test_the_bar_is_to_scale(shown: Callable[..., Shown]) -> None:
    bar = shown().dialog.scale
    wide = [bar.box(number).width() for number in range(len(bar.segments))]
    kinds = [one.kind for one in bar.segments]
    assert kinds == ["system", "pinned", "chat", "chat", "recalled", "message", "answer", "free"]
    assert wide == pytest.approx(
        [sum(wide) * n / 1000 for n in (100, 20, 50, 30, 40, 10, 250, 500)]
    )


def test_the_legend_says_without_colours_how_much_there_is(shown: Callable[..., Shown]) -> None:
    it = shown()
    words = [it.word(f"context.legend.{kind}") for kind in ("system", "chat", "answer", "free")]
    assert words == [
        "System text 100",
        "This chat 80, filled by salience",
        "Kept free for the answer 250",
        "Free 500",
    ]
    spoken = it.dialog.scale.accessibleName()
    assert "Pinned memories 20" in spoken
    assert "Recalled memories 40" in spoken


def test_the_more_salient_a_message_the_more_of_it_is_filled(
    open_window: Open, qtbot: Any, shown: Callable[..., Shown]
) -> None:
    it = shown()
    bar = it.dialog.scale
    accent = it.dialog.theme.colours.accent
    picture = bar.grab().toImage()
    ratio = picture.devicePixelRatio()

    def filled(number: int) -> int:
        at = bar.box(number).center().x()
        ys = range(int(bar.height() * ratio))
        return sum(picture.pixelColor(int(at * ratio), y).name() == accent for y in ys)

    assert filled(3) == 0  # an answer, which wasn't judged
    assert filled(2) == pytest.approx(0.86 * bar.box(2).height() * ratio, abs=3)


def test_pointing_and_the_arrow_keys_say_what_a_part_is(shown: Callable[..., Shown]) -> None:
    it = shown()
    bar = it.dialog.scale
    at = QPoint(int(bar.box(2).center().x()), 10)
    QTest.mouseMove(bar, at)
    it._qtbot.waitUntil(lambda: CAT in it.word("context.pointed"))
    QApplication.sendEvent(bar, QHelpEvent(QHelpEvent.Type.ToolTip, at, QPoint()))
    assert "salience 0.86" in bar.toolTip()
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Home)
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert it.dialog.parts.number() == 1
    QTest.keyClick(bar, Qt.Key.Key_End)
    assert bar.segments[bar.current].told == "Free: 500 tokens, 50% of the context"


def test_a_chosen_row_is_shown_in_the_bar(shown: Callable[..., Shown]) -> None:
    it = shown()
    it.choose(it.dialog.parts, 4)
    assert it.dialog.scale.current == 4
    assert "The vet is Dr. Okafor." in it.word("context.pointed")


def test_what_has_left_says_when_and_why(shown: Callable[..., Shown]) -> None:
    it = shown()
    left = it.dialog.left
    assert of(left, "Left") == ["1 min ago", "25 min ago", "2 h ago"]
    assert of(left, "Why") == ["rest of an answer", "least salient", "oldest"]
    it.choose(left, 1)
    told = it.word("context.left.about")
    assert "25 min ago" in told
    assert "it was the least salient then (salience 0.14)" in told


def test_nothing_has_left_while_there_is_room(shown: Callable[..., Shown]) -> None:
    def roomy(client: FakeClient) -> ChatContext:
        made = full(client)
        client.contexts[made.conversation] = replace(made, left=())
        return made

    it = shown(roomy)
    assert it.word("context.left.about").startswith("Nothing has left so far")
    assert not it.button("context.back").isVisible()
    assert not it.dialog.left.isVisible()


def test_four_memories_say_what_they_hold_now(shown: Callable[..., Shown]) -> None:
    it = shown()
    it._qtbot.waitUntil(lambda: it.word("context.long") != "…")
    assert it.word("context.short") == (
        "250 tokens; the whole cache takes 94 MB. 2 other chats are kept ready, in 31 MB."
    )
    assert it.word("context.working") == "250 tokens of 1,000."
    assert it.word("context.long") == "2 memories, 1 of them pinned."
    assert it.word("context.parametric") == "134 million parameters in 98 MB."


def test_a_chat_that_the_model_has_not_read_says_so(shown: Callable[..., Shown]) -> None:
    def unread(client: FakeClient) -> ChatContext:
        made = full(client)
        client.contexts.clear()
        return made

    it = shown(unread)
    assert it.word("context.note").startswith("The model has read nothing of this chat since")
    assert not it.dialog.parts.isVisible()
    assert it.word("context.working") == "Nothing of this chat."


def test_a_new_chat_has_nothing_and_asks_nothing(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.dialogs.context.open()
    dialog = opened.window.findChild(ContextDialog)
    assert dialog.note.text().startswith("The model has read nothing")
    assert not opened.asked(GetContext)


# --- holding, and bringing back ----------------------------------------------------------------


def test_what_has_left_last_comes_back_with_one_click(shown: Callable[..., Shown]) -> None:
    it = shown()
    context = it.client.contexts[it.opened.window.chat.conversation_id]
    it.click("context.back")
    assert it.asked() == [(context.left[0].message_id, True)]
    assert of(it.dialog.left, "Note") == ["comes back", "", ""]
    assert "With your next message it comes back" in it.word("context.left.about")
    assert it.button("context.back").text() == "Don't bring it back"
    it.click("context.back")
    assert it.asked()[-1] == (context.left[0].message_id, False)
    assert of(it.dialog.left, "Note") == ["", "", ""]


def test_a_message_is_held_and_let_go(shown: Callable[..., Shown]) -> None:
    it = shown()
    it.choose(it.dialog.parts, 2)
    cat = it.client.contexts[it.opened.window.chat.conversation_id].parts[2].id
    assert it.button("context.hold").text() == "Hold it here"
    it.click("context.hold")
    assert it.asked() == [(cat, True)]
    assert of(it.dialog.parts, "Note")[2] == "held"
    assert "next message" in it.word("context.parts.about")
    assert it.dialog.parts.number() == 2, "it stays the current row"
    assert it.button("context.hold").text() == "Stop holding"
    it.click("context.hold")
    assert it.asked()[-1] == (cat, False)
    assert of(it.dialog.parts, "Note")[2] == ""


def test_enter_on_a_row_does_what_the_button_says(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown()
    it.choose(it.dialog.left, 2)
    QTest.keyClick(it.dialog.left, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: of(it.dialog.left, "Note") == ["", "", "comes back"])
    assert it.dialog.isVisible()


@pytest.mark.parametrize("number", [0, 1, 4, 5])
def test_only_earlier_messages_can_be_held(shown: Callable[..., Shown], number: int) -> None:
    it = shown()
    it.choose(it.dialog.parts, number)
    assert not it.button("context.hold").isEnabled()
    assert it.word("context.parts.about").endswith(".")
    QTest.keyClick(it.dialog.parts, Qt.Key.Key_Return)
    assert it.asked() == []


def test_a_message_that_is_gone_cannot_be_held(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown()
    it.client.faults[HoldMessage] = NotFound("There is no message 3: it may have been deleted.")
    it.choose(it.dialog.parts, 2)
    it.click("context.hold")
    qtbot.waitUntil(it.dialog.fault.isVisible)
    assert it.dialog.fault.text().startswith("There is no message 3")
    assert of(it.dialog.parts, "Note")[2] == ""


# --- while the chat goes on --------------------------------------------------------------------


def test_it_shows_the_next_message_when_its_answer_has_ended(
    shown: Callable[..., Shown], qtbot: Any
) -> None:
    it = shown()
    window = it.opened.window
    it.choose(it.dialog.parts, 2)
    it.click("context.hold")
    it.client.hold.clear()
    window.composer.put("And tomorrow?")
    with qtbot.waitSignal(window.turnStarted):
        window.composer.send_button.click()
    assert "And tomorrow?" not in of(it.dialog.parts, "Beginning")
    with qtbot.waitSignal(window.turnFinished):
        it.client.hold.set()
    qtbot.waitUntil(lambda: of(it.dialog.parts, "Beginning")[-1] == "And tomorrow?")
    notes = dict(zip(of(it.dialog.parts, "Beginning"), of(it.dialog.parts, "Note"), strict=True))
    assert notes[CAT] == "held"


def test_it_follows_the_chat_on_the_screen(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown()
    it.opened.window.chat.new()
    assert it.word("context.note").startswith("The model has read nothing")
    it.opened.window.chat.open(1)
    it.settle()
    assert it.dialog.parts.topLevelItemCount() == 6


def test_another_core_has_read_nothing_yet(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown()
    with qtbot.waitSignal(it.opened.window.modelReady):
        it.client.die()
    qtbot.waitUntil(lambda: it.word("context.note").startswith("The model has read nothing"))


# --- what others wrote, and where there is little room -----------------------------------------


def hostile(client: FakeClient) -> ChatContext:
    made = full(client)
    text = "<b>bold</b> \u202eevil\u200b " + "long " * 500
    parts = (*made.parts[:2], replace(made.parts[2], text=text), *made.parts[3:])
    left = (replace(made.left[0], text=text), *made.left[1:])
    client.contexts[made.conversation] = replace(made, parts=parts, left=left)
    return made


def test_what_somebody_wrote_shows_as_text(shown: Callable[..., Shown]) -> None:
    it = shown(hostile)
    it.choose(it.dialog.parts, 2)
    for rows, at in ((it.dialog.parts, 2), (it.dialog.left, 0)):
        told = rows.topLevelItem(at)
        assert told.text(1).startswith("<b>bold</b> ⟨right-to-left override⟩evil")
        assert len(told.text(1)) < 250
        assert "&lt;b&gt;bold" in told.toolTip(1)
        assert "\u202e" not in told.toolTip(1)
    assert it.dialog.pointed.textFormat() == Qt.TextFormat.PlainText
    assert "⟨right-to-left override⟩" in it.word("context.pointed")


def test_a_narrow_dialog_leaves_room_for_the_words(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown(hostile)
    it.dialog.resize(it.dialog.minimumWidth(), 700)
    it._qtbot.wait(20)
    for rows in (it.dialog.parts, it.dialog.left):
        assert rows.columnWidth(1) >= 80
        assert rows.header().length() <= rows.viewport().width()
    button, about = it.button("context.back"), it.dialog.about_left
    assert not button.geometry().intersects(about.geometry())
    assert about.width() > 200


def test_all_kinds_are_told_apart_in_the_dark(shown: Callable[..., Shown], qtbot: Any) -> None:
    it = shown()
    it.opened.window.session.change(theme="dark")
    theme = it.dialog.theme
    assert theme.dark
    bar = it.dialog.scale
    picture = bar.grab().toImage()
    ratio = picture.devicePixelRatio()
    places = [QPointF(bar.box(n).center().x(), bar.box(n).bottom() - 3) for n in (0, 1, 2, 4, 5)]
    inks = [picture.pixelColor((at * ratio).toPoint()).name() for at in places]
    assert len(set(inks)) == 5
    assert all(contrast(ink, theme.colours.card) >= 3 for ink in inks), inks
    row = it.dialog.parts.palette()
    assert contrast(row.text().color().name(), row.base().color().name()) >= 4.5
    assert contrast(row.highlightedText().color().name(), row.highlight().color().name()) >= 4.5
