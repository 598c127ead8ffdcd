"""Forgetting in the window: what goes at once, what is looked at first, what can be undone."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from fake_client import DAY, NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.dialogs.forget_dialog import FEW, ForgetDialog, _told
from nowprint.gui.dialogs.forget_period_dialog import ForgetPeriodDialog
from nowprint.gui.dialogs.receipts_dialog import PAGE, ReceiptsDialog
from nowprint.inspection import Check, EpisodeFilter, Forgetting, ForgettingPlan, Receipt
from nowprint.records import Recollection
from nowprint.service.requests import memory as m

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
SIGNS = "<b>Ana</b> & <i>me</i>"


def with_told(client: FakeClient) -> None:
    """Three memories, each from a message of its own; one was repeated in an answer."""
    for number, text in enumerate((SIGNS, "I live in Lisbon.", "The key is under the pot.")):
        talk = client.converse(f"Talk {number}", updated=NOW - number)
        client.keep(text, client.say(talk.id, "user", text), created=NOW - number * DAY)
    client.say(talk.id, "assistant", "It is under the pot.", sources=(max(client.episodes),))


def plan(opened: Opened, qtbot: Any, what: Forgetting, title: str = "") -> ForgetDialog:
    dialog = opened.window.dialogs.forget(what, title)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    return dialog


@pytest.mark.parametrize(
    ("ids", "made", "conversations", "words"),
    [
        (1, 0, 0, "1 memory"),
        (1, 1, 0, "1 memory and 1 more that is linked to it by merging or splitting"),
        (3, 2, 1, "3 memories, 2 more that are linked to them by merging or splitting, "
                  "and 1 conversation with all its messages"),
    ],
)  # fmt: skip
def test_what_would_be_forgotten_is_counted(
    ids: int, made: int, conversations: int, words: str
) -> None:
    told = _told(ForgettingPlan(tuple(range(ids)), made, (), (), conversations, ()), conversations)
    assert told == f"This would be forgotten: {words}."


def everything(opened: Opened, qtbot: Any) -> ForgetDialog:
    return plan(opened, qtbot, Forgetting(tuple(opened.client.episodes)))


def test_it_says_what_goes_and_keeps_messages_unless_asked(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = everything(opened, qtbot)
    assert dialog.goes.text() == "This would be forgotten: 3 memories."
    assert dialog.messages.accessibleName().startswith(
        "Also the 3 messages that they came from or that repeat them"
    )
    assert dialog.answers.accessibleName() == "Also the 1 answer that repeats them"
    assert not dialog.messages.isChecked()
    assert not dialog.answers.isChecked()
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    (asked,) = opened.asked(m.Forget)
    assert (asked.messages, asked.answers) == (False, False)
    assert len(opened.client.messages) == 4
    assert opened.window.inspector.undo.text.text().startswith("Forgotten: 3 memories.")


def test_enter_confirms_what_was_picked_and_escape_keeps_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = everything(opened, qtbot)
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog = everything(opened, qtbot)
    dialog.keep.setFocus()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog.keep, Qt.Key.Key_Return)
    assert not opened.asked(m.Forget)
    dialog = everything(opened, qtbot)
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert opened.client.hidden == set(opened.client.episodes)


@pytest.mark.parametrize(
    "what", [Forgetting(everything=True), Forgetting(filter=EpisodeFilter("e"))]
)
def test_enter_keeps_what_nobody_picked_by_hand(
    open_window: Open, qtbot: Any, what: Forgetting
) -> None:
    opened = open_window(with_told)
    dialog = plan(opened, qtbot, what, "Forget")
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not opened.asked(m.Forget)


def test_what_is_unticked_stays(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = everything(opened, qtbot)
    kept = dialog.samples[0].episode.id
    dialog.samples[0].tick.click()
    assert not dialog.confirm.isEnabled()
    qtbot.waitUntil(dialog.confirm.isEnabled)
    assert dialog.confirm.text() == "&Forget 2 memories"
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    assert opened.client.hidden == set(opened.client.episodes) - {kept}


def test_nothing_ticked_forgets_nothing(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = everything(opened, qtbot)
    for sample in dialog.samples:
        sample.tick.setChecked(False)
    qtbot.waitUntil(lambda: dialog.goes.text() == "Nothing is ticked.")
    assert not dialog.confirm.isEnabled()


def test_messages_and_answers_go_if_chosen_and_come_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    last = max(c.id for c in opened.client.conversations.values())
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(last)
    dialog = everything(opened, qtbot)
    dialog.messages.click()
    dialog.answers.click()
    with qtbot.waitSignal(opened.window.chat.opened):
        dialog.confirm.click()
    assert opened.window.chat.conversation_id is None  # it had no other message
    assert opened.window.transcript.views == []
    undo = opened.window.inspector.undo
    assert undo.text.text().startswith("Forgotten: 3 memories, 3 messages and 1 answer.")
    with qtbot.waitSignal(opened.window.session.conversations):
        undo.undo_button.click()
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(last)
    assert len(opened.window.transcript.views) == 2
    assert not opened.client.hidden
    assert opened.asked(m.UndoForgetting)[0].batch == 1


def test_each_batch_is_undone_by_itself_the_last_first(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    inspector, (one, other, _) = opened.window.inspector, tuple(opened.client.episodes)
    for id in (one, other):
        with qtbot.waitSignal(inspector.requests.forgotten):
            inspector.requests.drop(m.Forget(Forgetting((id,))))
    for left in ({one}, set()):
        with qtbot.waitSignal(inspector.requests.returned):
            opened.window.inspector.undo.undo()
        assert opened.client.hidden == left
    assert not inspector.undo.isVisible()


def test_after_the_minute_it_says_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    inspector = opened.window.inspector
    with qtbot.waitSignal(inspector.requests.forgotten):
        inspector.requests.drop(m.Forget(Forgetting((next(iter(opened.client.episodes)),))))
    opened.client.too_late = True
    opened.window.inspector.undo.undo()
    qtbot.waitUntil(lambda: "The minute is over" in opened.window.notice.text.text())


def test_one_is_looked_at_first_wherever_it_is_forgotten(open_window: Open, qtbot: Any) -> None:
    """Or nobody would learn that the message and the answer stay."""
    opened = open_window(with_told)
    changes, id = opened.window.inspector.requests, max(opened.client.episodes)
    with qtbot.waitSignal(changes.look_first) as asked:
        changes.forget((id,))
    assert asked.args[0] == Forgetting((id,))
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    assert dialog.messages.isVisible()
    assert dialog.answers.isVisible()
    assert not opened.client.hidden


def test_texts_of_memories_are_no_markup(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = everything(opened, qtbot)
    label = next(part for part in dialog.findChildren(QLabel) if part.text() == SIGNS)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert SIGNS in [sample.tick.accessibleName() for sample in dialog.samples]


def test_many_are_only_shown_in_part(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        for number in range(FEW + 10):
            client.keep(f"fact {number}")

    opened = open_window(prepare)
    dialog = plan(opened, qtbot, Forgetting(everything=True), "Forget everything")
    assert dialog.samples == []
    assert dialog.goes.text() == f"This would be forgotten: {FEW + 10} memories."
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    assert opened.asked(m.Forget)[0].what.everything


def test_nothing_that_matches_is_said(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    dialog = opened.window.dialogs.forget(Forgetting(span=(0.0, 1.0)), "Forget a day")
    qtbot.waitUntil(lambda: "No memory matches" in dialog.goes.text())
    assert not dialog.confirm.isEnabled()
    assert dialog.keep.text() == "Close"


def test_a_fault_is_told_in_the_dialog(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    opened.client.faults[m.Forget] = UserError("The disk is full: make room, then try again.")
    dialog = everything(opened, qtbot)
    dialog.confirm.click()
    qtbot.waitUntil(dialog.fault.isVisible)
    assert dialog.fault.text() == "The disk is full: make room, then try again."
    assert dialog.confirm.isEnabled()
    assert not opened.window.inspector.undo.isVisible()


def test_forget_that_in_the_chat_only_opens_the_dialog(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    matches = tuple(Recollection(e, 0.9, ()) for e in list(opened.client.episodes.values())[:2])
    opened.client.matches = matches
    opened.window.composer.put("Forget that.")
    with qtbot.waitSignal(opened.window.chat.forget_asked):
        opened.window.composer.send_button.click()
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    assert dialog.what.ids == tuple(match.episode.id for match in matches)
    assert not opened.client.hidden


def test_forget_that_without_a_match_opens_nothing(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    opened.client.matches = ()
    opened.window.composer.put("Forget that.")
    with qtbot.waitSignal(opened.window.chat.forget_asked):
        opened.window.composer.send_button.click()
    assert opened.window.findChild(ForgetDialog) is None


# --- a span of time -----------------------------------------------------------------------------


def span(opened: Opened) -> ForgetPeriodDialog:
    opened.window.dialogs.forget_period()
    return opened.window.findChild(ForgetPeriodDialog)  # type: ignore[no-any-return]


def test_a_span_of_time_is_shown_before_it_goes(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_told)
    chosen = span(opened)
    with qtbot.waitSignal(chosen.finished):
        qtbot.keyClick(chosen, Qt.Key.Key_Return)
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    assert dialog.heading.text() == "Forget the last hour"
    assert dialog.goes.text() == "This would be forgotten: 1 memory."


def test_days_are_whole_ones_in_either_order(open_window: Open) -> None:
    chosen = span(open_window(with_told))
    chosen.first.setDate(QDate(2026, 3, 12))
    chosen.last.setDate(QDate(2026, 3, 10))
    assert chosen.choices["days"].isChecked()
    what, title = chosen.forgetting()
    assert what.span
    begin, end = (datetime.datetime.fromtimestamp(at).astimezone() for at in what.span)
    assert (begin.day, begin.hour, end.day, end.hour) == (10, 0, 13, 0)
    assert title == "Forget 10 Mar 2026 to 12 Mar 2026"
    chosen.choices["all"].click()
    assert chosen.forgetting() == (Forgetting(everything=True), "Forget everything")


# --- receipts -----------------------------------------------------------------------------------


def receipt(batch: int, hits: int = 0) -> Receipt:
    checks = (Check("text in UTF-8", hits, 3), Check("token ids", 0, 3))
    return Receipt(batch, NOW - 60, NOW, 2, 1, 0, ("nowprint.db", "index.hnsw"), checks, searched=9)


def receipts(opened: Opened, qtbot: Any) -> str:
    opened.window.dialogs.receipts()
    dialog = opened.window.findChild(ReceiptsDialog)
    qtbot.waitUntil(lambda: not dialog.bar.isVisible())
    return "\n".join(part.text() for part in dialog.findChildren(QLabel))


def test_a_receipt_says_what_when_from_where_and_how_it_was_checked(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(lambda client: client.receipts.append(receipt(4)))
    said = receipts(opened, qtbot)
    for part in (
        "2 memories and 1 message", "From nowprint.db and index.hnsw.", "raw bytes of 9 files",
        "text in UTF-8: not found", "token ids: not found", "nowprint memory receipts",
    ):  # fmt: skip
        assert part in said
    assert "still in" not in said
    assert "forget --verify" not in said, "that would forget the episode of this number"


def test_what_was_found_again_is_not_passed_over(open_window: Open, qtbot: Any) -> None:
    left = replace(receipt(4, hits=2), found_in=("old.db",), deleted=("nowprint.db.damaged-1",))
    left = replace(left, episodes=0)
    opened = open_window(lambda client: client.receipts.append(left))
    said = receipts(opened, qtbot)
    assert "text in UTF-8: found in 2 places" in said
    assert "· 1 message\n" in said
    assert "Also deleted, because it contained some of it: nowprint.db.damaged-1." in said
    assert "Traces are still in old.db: delete this file if" in said


def with_kept(client: FakeClient) -> None:
    """A memory went; the message that it came from, and the answer to it, were kept."""
    talk = client.converse("The garage", updated=NOW)
    ids = (
        client.say(talk.id, "user", "The code of the garage is 471109.").id,
        client.say(talk.id, "assistant", "Noted: 471109.").id,
    )
    checks = (Check("text in UTF-8", 0, 3, kept=2), Check("embedding, 8 bits", 0, 3))
    client.receipts.append(replace(receipt(4), checks=checks, kept_in=ids))


def test_a_receipt_says_what_still_holds_the_words(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_kept)
    said = receipts(opened, qtbot)
    assert "Still in 2 messages that you kept" in said
    assert "text in UTF-8: only in what you kept" in said
    assert "text in UTF-8: not found" not in said
    assert "embedding, 8 bits: not found" in said
    dialog = opened.window.findChild(ReceiptsDialog)
    qtbot.waitUntil(lambda: len(dialog.findChildren(QPushButton, "receipts.show")) == 2)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "You: The code of the garage is 471109." in texts
    assert "Answer: Noted: 471109." in texts
    with qtbot.waitSignal(opened.window.conversationShown):
        dialog.findChildren(QPushButton, "receipts.show")[1].click()
    assert opened.window.chat.title() == "The garage"
    assert dialog.closed


def test_what_was_kept_is_forgotten_from_its_receipt(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_kept)
    receipts(opened, qtbot)
    shown = opened.window.findChild(ReceiptsDialog)
    shown.findChild(QPushButton, "receipts.forget").click()
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    (asked,) = opened.asked(m.Forget)
    assert asked.what == Forgetting(messages=opened.client.receipts[0].kept_in)
    assert not opened.client.messages


def test_what_was_kept_and_forgotten_later_is_no_message(open_window: Open, qtbot: Any) -> None:
    left = replace(receipt(4), checks=(Check("text in UTF-8", 0, 3, kept=2),))
    said = receipts(open_window(lambda client: client.receipts.append(left)), qtbot)
    assert "Still in" not in said
    assert "What you kept then also held some of it" in said


def test_receipts_come_in_pages(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.receipts.extend(map(receipt, range(1, PAGE + 6))))
    assert receipts(opened, qtbot).count("memory receipts") == PAGE
    dialog = opened.window.findChild(ReceiptsDialog)
    dialog._more.click()

    def shown() -> int:
        return sum("memory receipts" in part.text() for part in dialog.findChildren(QLabel))

    qtbot.waitUntil(lambda: shown() == PAGE + 5)
    assert not dialog._more.isVisible()


def test_of_a_search_no_more_goes_than_was_shown(open_window: Open, qtbot: Any) -> None:
    """Meanwhile something may have been kept that matches too."""
    opened = open_window(with_told)
    dialog = plan(opened, qtbot, Forgetting(filter=EpisodeFilter("e")))
    shown = dialog._plan.ids
    assert len(shown) > 1
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    (asked,) = opened.asked(m.Forget)
    assert asked.what == Forgetting(ids=shown)
