"""The tree of a conversation: every branch, and the way to it."""

from __future__ import annotations

from typing import Any

from opened import Open, Opened
from PySide6.QtWidgets import QPushButton, QTreeWidgetItem

from nowprint.gui.dialogs.branches_dialog import BranchesDialog
from nowprint.service.requests import branches as b


def forked(opened: Opened) -> int:
    """One of two first messages has two answers."""
    client = opened.client
    talk = client.converse("Boats").id
    first = client.say(talk, "user", "one")
    client.say(talk, "assistant", "an answer")
    client.say(talk, "assistant", "another answer", parent=first.id)
    client.say(talk, "user", "two")
    client.say(talk, "user", "ONE", parent=0)
    return int(talk)


def rows(item: QTreeWidgetItem) -> list[Any]:
    """Its text, and those below it."""
    return [
        (child.text(0), rows(child)) if child.childCount() else child.text(0)
        for child in (item.child(at) for at in range(item.childCount()))
    ]


def dialog(opened: Opened, qtbot: Any, talk: int) -> BranchesDialog:
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(talk)
    opened.window.dialogs.branches()
    made = opened.window.findChild(BranchesDialog)
    qtbot.waitUntil(lambda: made.tree.topLevelItemCount() > 0)
    return made


def test_it_shows_every_branch_and_which_is_on_the_screen(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    made = dialog(opened, qtbot, forked(opened))
    assert made.note.text().startswith("It has 3 branches.")
    assert rows(made.tree.invisibleRootItem()) == [
        ("You: one", ["Fake 135M: an answer", "Fake 135M: another answer", "You: two"]),
        "You: ONE",
    ]
    assert made.tree.topLevelItem(1).font(0).bold()
    assert not made.tree.topLevelItem(0).font(0).bold()


def test_a_chosen_message_is_shown_with_its_branch(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    made = dialog(opened, qtbot, forked(opened))
    row = made.tree.topLevelItem(0).child(0)
    made.tree.setCurrentItem(row)
    with qtbot.waitSignal(opened.window.conversationShown):
        made.findChild(QPushButton, "branches.show").click()
    assert len(opened.asked(b.ShowBranch)) == 1
    assert [view.text for view in opened.window.transcript.views] == ["one", "an answer"]


def test_a_chat_without_a_message_has_none(open_window: Open) -> None:
    opened = open_window()
    opened.window.dialogs.branches()
    assert opened.window.findChild(BranchesDialog) is None
    assert "no message yet" in opened.window.notice.text.text()
