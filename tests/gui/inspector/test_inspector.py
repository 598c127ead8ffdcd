from __future__ import annotations

import itertools
from typing import Any

from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from nowprint import records as r
from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m


def with_facts(client: FakeClient, count: int = 6) -> list[r.Episode]:
    return [client.keep(f"fact number {n} about tea", created=1000.0 + n) for n in range(count)]


def with_cat(client: FakeClient) -> r.Episode:
    conversation = client.converse("Pickwick")
    message = client.say(
        conversation.id, "user", "Hello there. My cat Pickwick has kidney disease."
    )
    return client.keep(
        "My cat Pickwick has kidney disease.", message, surprising={"Pickwick": 11.2, "kidney": 7.6}
    )


def button(opened: Opened, name: str) -> QPushButton:
    found = opened.window.inspector.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    return found


def show(opened: Opened, qtbot: Any, row: int) -> r.EpisodeDetail:
    inspector = opened.window.inspector
    with qtbot.waitSignal(inspector.shown) as shown:
        inspector.show_episode(inspector.model.rows[row].id)
    detail: r.EpisodeDetail = shown.args[0]
    return detail


def point_at(widget: QWidget, at: QPointF) -> None:
    none = Qt.MouseButton.NoButton
    still = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        widget, QMouseEvent(QEvent.Type.MouseMove, at, widget.mapToGlobal(at), none, none, still)
    )


def select(opened: Opened, *rows: int) -> None:
    inspector = opened.window.inspector
    inspector.list.clearSelection()
    for row in rows:
        inspector.list.selectionModel().select(
            inspector.model.index(row), QItemSelectionModel.SelectionFlag.Select
        )


def test_the_list_shows_all_newest_first_with_its_count(open_window: Open) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    assert inspector.count.text() == "6"
    assert inspector.model.rows[0].text == "fact number 5 about tea"
    spoken = inspector.model.data(inspector.model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert "fact number 5" in spoken
    assert "salience 0.83" in spoken


def test_typing_searches_after_a_pause_once(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    before = len(opened.asked(m.FindEpisodes))
    with qtbot.waitSignal(opened.window.inspector.listed) as listed:
        qtbot.keyClicks(opened.window.inspector.search, "number 3")
    assert listed.args == [1]
    assert opened.window.inspector.count.text() == "1 found"
    assert len(opened.asked(m.FindEpisodes)) == before + 1


def test_a_search_without_match_says_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    with qtbot.waitSignal(opened.window.inspector.listed):
        opened.window.inspector.search.setText("walrus")
    assert opened.window.inspector.count.text() == "0 found"
    assert "matches" in opened.window.inspector.findChild(QLabel, "inspector.empty").text()


def test_an_empty_memory_says_what_will_come(open_window: Open) -> None:
    inspector = open_window().window.inspector
    assert "Nothing is remembered yet" in inspector.findChild(QLabel, "inspector.empty").text()


def test_order_and_pinned_only(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        with_facts(client)
        client.keep("a pinned one", pinned=True, created=10.0)

    opened = open_window(prepare)
    inspector = opened.window.inspector
    with qtbot.waitSignal(inspector.listed):
        inspector.sort.setCurrentIndex(1)
    assert inspector.model.rows[0].text == "a pinned one"
    with qtbot.waitSignal(inspector.listed) as listed:
        inspector.query.set(pinned_only=True)
    assert listed.args == [1]


def test_a_long_list_is_read_where_it_is_looked_at(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: with_facts(client, 5000))
    inspector = opened.window.inspector
    model = inspector.model
    assert inspector.count.text() == "5,000"
    assert model.rowCount() == 5000
    assert len(model.rows) < 250
    inspector.list.scrollToBottom()
    qtbot.waitUntil(lambda: model.episode(4999) is not None)
    assert model.episode(4999).text == "fact number 0 about tea"
    assert model.episode(2500) is None  # what was only passed is not read
    inspector.list.scrollTo(model.index(2500))
    qtbot.waitUntil(lambda: model.episode(2500) is not None)
    assert model.episode(2500).text == "fact number 2499 about tea"


def test_a_change_leaves_the_list_where_it_is(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: with_facts(client, 1000))
    inspector = opened.window.inspector
    inspector.list.scrollTo(inspector.model.index(500))
    qtbot.waitUntil(lambda: inspector.model.episode(500) is not None)
    before = inspector.list.verticalScrollBar().value()
    with qtbot.waitSignal(inspector.listed):
        inspector.requests.pin((1,), True)
    assert before > 0
    assert inspector.list.verticalScrollBar().value() == before
    assert inspector.model.episode(500).text == "fact number 499 about tea"


def test_why_it_was_kept(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_cat)
    detail = show(opened, qtbot, 0)
    inspector = opened.window.inspector
    assert inspector.findChild(QLabel, "episode.text").text() == detail.episode.text
    assert "0.83" in inspector.findChild(QLabel, "episode.why").text()
    trace = inspector.episode.why.traces[0]
    assert len(trace.indexes) == len(detail.sources[0].tokens)
    moments = inspector.findChild(QLabel, "episode.moments").text()
    assert "Pickwick" in moments
    assert "surprisal 11.2 (threshold 6.4)" in moments
    row = inspector.model.index(0)
    assert "Salience 0.83" in inspector.model.data(row, Qt.ItemDataRole.ToolTipRole)


def test_tokens_are_looked_at_by_keyboard_and_pointer(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_cat)
    detail = show(opened, qtbot, 0)
    trace = opened.window.inspector.episode.why.traces[0]
    said = opened.window.inspector.findChild(QLabel, "episode.token")
    tokens = detail.sources[0].tokens
    index = next(n for n, token in enumerate(tokens) if "Pickwick" in token.text)
    assert "Pickwick" in said.text()  # before any is chosen: what surprised the model most
    trace.choose(0)
    assert "Pickwick" not in said.text()
    trace.choose(index)
    assert "Pickwick" in said.text()
    assert "0.001" in said.text() or "less than 0.01" in said.text()
    with qtbot.waitSignal(trace.chosen) as chosen:
        qtbot.keyClick(trace, Qt.Key.Key_Right)
    assert chosen.args == [index + 1]
    with qtbot.waitSignal(trace.chosen) as chosen:
        qtbot.keyClick(trace, Qt.Key.Key_T)
    assert "kidney" in tokens[chosen.args[0]].text
    with qtbot.waitSignal(trace.chosen) as chosen:
        point_at(trace, trace.box(0).center())
    assert chosen.args == [0]
    expected = opened.window.inspector.episode.findChild(object, "episode.token.expected")
    assert "dog 31%" in expected.accessibleName()


def test_every_token_has_a_place_inside_the_view(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_cat)
    show(opened, qtbot, 0)
    trace = opened.window.inspector.episode.why.traces[0]
    boxes = [trace.box(index) for index in trace.indexes]
    assert all(box.bottom() < trace.height() for box in boxes)
    rows = sorted({round(box.top()) for box in boxes})
    assert len(rows) >= 1
    for row in rows:
        line = [box for box in boxes if round(box.top()) == row]
        assert all(a.right() <= b.left() + 1 for a, b in itertools.pairwise(line))


def test_the_source_is_gone_to_and_marked(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_cat)
    show(opened, qtbot, 0)
    with qtbot.waitSignal(opened.window.conversationShown):
        button(opened, "episode.source").click()
    view = opened.window.transcript.views[0]
    marked = view._pieces[0].extraSelections()
    assert marked[0].cursor.selectedText() == "My cat Pickwick has kidney disease."


def test_pin_and_unpin(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    show(opened, qtbot, 2)
    id = opened.window.inspector.episode.episode_id
    with qtbot.waitSignal(opened.window.inspector.changed):
        button(opened, "episode.pin").click()
    assert opened.client.episodes[id].pinned
    assert button(opened, "episode.pin").text() == "Pinned"
    with qtbot.waitSignal(opened.window.inspector.changed):
        button(opened, "episode.pin").click()
    assert not opened.client.episodes[id].pinned


def test_edit_saves_and_cancel_does_not(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    show(opened, qtbot, 0)
    inspector = opened.window.inspector
    id = inspector.episode.episode_id
    button(opened, "episode.edit").click()
    inspector.episode.editor.field.setPlainText("wrong")
    qtbot.keyClick(inspector.episode.editor.field, Qt.Key.Key_Escape)
    assert opened.client.episodes[id].text != "wrong"
    button(opened, "episode.edit").click()
    inspector.episode.editor.field.setPlainText("corrected")
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        button(opened, "episode.save").click()
    assert opened.client.episodes[id].text == "corrected"
    assert inspector.findChild(QLabel, "episode.text").text() == "corrected"
    assert "edited by you" in inspector.findChild(QLabel, "episode.facts").text()


def test_an_edit_outlives_what_goes_on_around_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    window, inspector = opened.window, opened.window.inspector
    show(opened, qtbot, 0)
    button(opened, "episode.edit").click()
    field = inspector.episode.editor.field
    field.setPlainText("half a sentence")
    with qtbot.waitSignals([window.stored, inspector.shown]):
        window.composer.put("a turn meanwhile")
        window.composer.send_button.click()
    window.session.change(theme="dark")
    window.session.change(theme="light")
    assert field.isVisible()
    assert field.toPlainText() == "half a sentence"
    show(opened, qtbot, 1)
    assert not field.isVisible()


def test_what_is_written_to_be_remembered_outlives_another(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    inspector.begin_remember()
    inspector.remember_editor.field.setPlainText("not yet done")
    with qtbot.waitSignal(inspector.shown):
        inspector.requests.remember("another thing")
    inspector.begin_remember()
    assert inspector.remember_editor.isVisible()
    assert inspector.remember_editor.field.toPlainText() == "not yet done"


def confirm(opened: Opened, qtbot: Any) -> None:
    """Press Enter in the dialog that shows what would go."""
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_forget_one_and_undo(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    show(opened, qtbot, 0)
    id = inspector.episode.episode_id
    button(opened, "episode.forget").click()
    assert not opened.client.hidden
    with qtbot.waitSignal(inspector.changed):
        confirm(opened, qtbot)
    assert id in opened.client.hidden
    assert inspector.undo.isVisible()
    assert not inspector.episode.isVisible()
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        button(opened, "undo.button").click()
    assert id not in opened.client.hidden
    assert not inspector.undo.isVisible()
    qtbot.waitUntil(lambda: inspector.count.text() == "6")


def test_several_are_looked_at_before_they_are_forgotten(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    select(opened, 0, 2, 4)
    ids = set(inspector.selected_ids())
    assert button(opened, "many.forget").isVisible()
    with qtbot.waitSignal(inspector.forget_wanted) as wanted:
        button(opened, "many.forget").click()
    assert set(wanted.args[0].ids) == ids
    assert not opened.client.hidden


def test_delete_key_forgets(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    select(opened, 1)
    qtbot.keyClick(opened.window.inspector.list, Qt.Key.Key_Delete)
    assert not opened.client.hidden
    with qtbot.waitSignal(opened.window.inspector.changed):
        confirm(opened, qtbot)
    assert len(opened.client.hidden) == 1


def test_something_is_remembered_by_hand(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    inspector = opened.window.inspector
    button(opened, "inspector.remember").click()
    inspector.remember_editor.field.setPlainText("The key is under the pot.")
    with qtbot.waitSignal(inspector.shown) as shown:
        button(opened, "remember.save").click()
    assert shown.args[0].episode.kind == "remembered"
    assert "You asked" in inspector.findChild(QLabel, "episode.why").text()
    assert opened.asked(p.Remember)[0].message_id is None


def test_a_selection_is_remembered_with_its_place(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_cat)
    window = opened.window
    conversation = next(iter(opened.client.conversations))
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(conversation)
    text = window.transcript.views[0]._pieces[0]
    cursor = text.textCursor()
    cursor.setPosition(6)
    cursor.setPosition(12, cursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    with qtbot.waitSignal(window.inspector.shown):
        assert window.transcript.remember_selection()
    asked = opened.asked(p.Remember)[0]
    assert (asked.text, asked.start, asked.end) == ("there.", 6, 12)
    assert asked.message_id == window.transcript.views[0].message.id


def test_a_selection_of_a_formatted_answer_has_the_whole_as_its_place(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    window = opened.window
    opened.client.answer = "Feed it **low** phosphorus."
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("what to feed?")
        window.composer.send_button.click()
    answer = window.transcript.views[-1]
    answer._pieces[0].selectAll()
    with qtbot.waitSignal(window.inspector.shown):
        assert window.transcript.remember_selection()
    asked = opened.asked(p.Remember)[0]
    assert asked.text == "Feed it low phosphorus."
    assert (asked.message_id, asked.start, asked.end) == (answer.message.id, 0, 27)


def test_a_place_after_an_emoji_is_marked_where_it_is(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    opened.client.answer = "😀 well:\n\n```python\n'😀😀'\nreturn 1\n```\n"
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("😀😀 my cat is Pickwick")
        window.composer.send_button.click()
    user, answer = window.transcript.views
    user.mark(3, 9)
    assert user._pieces[0].extraSelections()[0].cursor.selectedText() == "my cat"
    answer.mark(2, 6)
    assert answer._pieces[0].extraSelections()[0].cursor.selectedText() == "well"
    code = answer._pieces[1].view.document()
    qtbot.waitUntil(lambda: bool(code.findBlockByNumber(1).layout().formats()))
    first = code.findBlockByNumber(0).layout().formats()[0]
    keyword, number = code.findBlockByNumber(1).layout().formats()
    assert (first.start, first.length) == (0, 6)
    assert (keyword.start, keyword.length) == (0, 6)
    assert (number.start, number.length) == (7, 1)


def test_a_low_panel_shows_one_thing_at_a_time(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    window = opened.window
    window.resize(1200, 520)
    show(opened, qtbot, 0)
    assert not window.inspector.list.isVisible()
    button(opened, "episode.close").click()
    assert window.inspector.list.isVisible()


def test_clicking_a_row_opens_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    at = inspector.list.visualRect(inspector.model.index(1)).topLeft() + QPoint(20, 10)
    with qtbot.waitSignal(inspector.shown) as shown:
        qtbot.mouseClick(inspector.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert shown.args[0].episode.id == inspector.model.rows[1].id
