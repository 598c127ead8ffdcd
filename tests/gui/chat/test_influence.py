"""What memories changed in answers, and what changed in memories, as the window tells it."""

from __future__ import annotations

from typing import Any

from fake_client import DAY, NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from nowprint import records as r
from nowprint.gui.inspector.search.episode_model import in_words
from nowprint.service import protocol as p
from nowprint.service.requests.memory import Forget

ANSWER = "Pickwick needs the low-phosphorus food."


def with_memories(client: FakeClient) -> list[r.Episode]:
    """Three that every answer is given."""
    kept = [
        client.keep("My cat Pickwick needs the low-phosphorus food.", recalled=4),
        client.keep("My sister lives in Ghent.", recalled=1),
        client.keep("Answer in short sentences.", pinned=True),
    ]
    client.recalls = tuple(episode.id for episode in kept)
    client.answer = ANSWER
    return kept


def with_change(client: FakeClient) -> tuple[r.Episode, r.Episode]:
    old = client.keep("We moved the launch to the 4th of June.", created=NOW - 20 * DAY)
    new = client.keep("The launch moved to April 17.", created=NOW - 2 * DAY, replaces=old.id)
    return client.episodes[old.id], new


def say(opened: Opened, qtbot: Any, text: str = "What does my cat need?") -> Any:
    """One turn; the view of its answer."""
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()
    return opened.window.transcript.views[-1]


def chip(view: Any) -> QPushButton:
    found = view.findChild(QPushButton, "message.memories")
    assert isinstance(found, QPushButton)
    return found


def spoken(opened: Opened) -> list[str]:
    model = opened.window.inspector.model
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.data(model.index(row), role)) for row in range(model.rowCount())]


def show(opened: Opened, qtbot: Any, episode_id: int) -> r.EpisodeDetail:
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        opened.window.inspector.show_episode(episode_id)
    detail: r.EpisodeDetail = shown.args[0]
    return detail


def part(opened: Opened, kind: type, name: str) -> Any:
    return opened.window.inspector.findChild(kind, name)


def figures(opened: Opened) -> list[str]:
    names = ("recalled", "prompts", "mattered")
    return [part(opened, QLabel, f"figure.{name}").text() for name in names]


# --- influence ----------------------------------------------------------------------------------


def test_how_many_mattered_is_told_once_it_is_measured(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.extend(with_memories(client)))
    view = say(opened, qtbot)
    assert chip(view).text() == "From memory: 3"
    opened.client.measure(view.message.id, {kept[0].id: 14.2, kept[1].id: 0.1})
    qtbot.waitUntil(lambda: chip(view).text() == "From memory: 3 · 1 mattered")
    assert chip(view).accessibleName() == "From memory: 3 · 1 mattered"
    opened.client.measure(view.message.id, {kept[0].id: 0.9, kept[1].id: -3.0})
    qtbot.waitUntil(lambda: chip(view).text() == "From memory: 3 · none mattered")


def test_an_answer_that_is_opened_again_tells_it_too(open_window: Open, qtbot: Any) -> None:
    ids: list[int] = []

    def prepare(client: FakeClient) -> None:
        kept = with_memories(client)
        conversation = client.converse("Earlier")
        client.say(conversation.id, "user", "What does my cat need?")
        sources = tuple(episode.id for episode in kept)
        answer = client.say(conversation.id, "assistant", ANSWER, sources=sources)
        client.say(conversation.id, "user", "Thanks!")
        client.say(conversation.id, "assistant", "You are welcome.")
        client.influences[answer.id] = (r.Influence(kept[0].id, 6.0), r.Influence(kept[1].id, 1.0))
        ids.extend((conversation.id, answer.id))

    opened = open_window(prepare)
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(ids[0])
    view = opened.window.transcript.view(ids[1])
    qtbot.waitUntil(lambda: chip(view).text() == "From memory: 3 · 2 mattered")
    assert [request.answer_id for request in opened.asked(p.GetInfluence)] == [ids[1]]


def test_the_list_of_an_answer_says_what_each_changed(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.extend(with_memories(client)))
    inspector = opened.window.inspector
    view = say(opened, qtbot)
    with qtbot.waitSignals([inspector.listed, inspector.shown]):
        chip(view).click()
    legend = part(opened, QLabel, "inspector.legend")
    assert legend.isVisible()
    assert "measured when Nowprint is idle" in legend.text()
    assert not any("mattered" in row for row in spoken(opened))
    with qtbot.waitSignals([inspector.listed, inspector.shown]):
        opened.client.measure(view.message.id, {kept[0].id: 14.2, kept[1].id: 0.1})
    assert [row.split(", ")[-1] for row in spoken(opened)] == [
        "mattered a lot (+14.2 nats)",
        "made no difference",
        "pinned",
    ]
    assert "longer the bar" in legend.text()
    assert figures(opened) == ["5", "5", "1 of 1"]
    assert part(opened, QLabel, "figure.mattered").toolTip() == (
        "It mattered in 1 of 1 measured answer: without it, that one would probably have been different"
    )
    with qtbot.waitSignal(inspector.listed):
        part(opened, QPushButton, "inspector.all").click()
    assert legend.isHidden()
    assert not any("mattered" in row for row in spoken(opened))


def test_rows_keep_their_meaning_until_the_answers_are_there(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_memories)
    view = say(opened, qtbot)
    opened.client.slow.clear()
    chip(view).click()
    assert opened.window.inspector.model.answer is None
    with qtbot.waitSignal(opened.window.inspector.listed):
        opened.client.slow.set()
    assert opened.window.inspector.model.answer == view.message.id


def test_what_was_kept_of_a_message_has_no_influence(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.keeps = "my cat is Pickwick"

    opened = open_window(prepare)
    with qtbot.waitSignal(opened.window.stored):
        view = say(opened, qtbot, "well, my cat is Pickwick")
    user = opened.window.transcript.views[0]
    with qtbot.waitSignals([opened.window.inspector.listed, opened.window.inspector.shown]):
        user.findChild(QPushButton, "message.kept").click()
    assert part(opened, QLabel, "inspector.count").text() == "1 shown"
    assert part(opened, QLabel, "inspector.legend").isHidden()
    assert not opened.asked(p.GetInfluence)
    assert view.message.role == "assistant"


def test_influence_in_words() -> None:
    assert in_words(5.0) == "mattered a lot (+5.0 nats)"
    assert in_words(r.INFLUENTIAL_NATS) == "mattered (+1.0 nats)"
    assert in_words(-0.4) == "made no difference"
    assert in_words(-2.0) == "the answer goes against it (−2.0 nats)"


def test_an_episode_has_three_figures(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        episode = client.keep("seldom of use", recalled=2, measured=2, influential=0)
        client.keep("never recalled")
        for _ in range(3):  # pinned then: it was before the model without being recalled
            client.say(1, "assistant", "So it is.", sources=(episode.id,))

    opened = open_window(prepare)
    rows = {row.text: row.id for row in opened.window.inspector.model.rows}
    show(opened, qtbot, rows["seldom of use"])
    assert figures(opened) == ["2", "3", "0 of 2"]
    strip = part(opened, QLabel, "figure.recalled").parent()
    assert strip.accessibleName() == "recalled: 2, in the prompt: 3, mattered: 0 of 2"
    mattered = part(opened, QLabel, "figure.mattered")
    assert mattered.toolTip() == "It mattered in none of 2 measured answers"
    show(opened, qtbot, rows["never recalled"])
    assert figures(opened) == ["0", "0", "–"]
    assert strip.accessibleName().endswith("mattered: not measured yet")


# --- reminders ----------------------------------------------------------------------------------


def test_a_reminder_is_told_once_and_opens_the_memory(open_window: Open, qtbot: Any) -> None:
    text = "The key of the cabin is under the blue pot by the door, " * 3

    def prepare(client: FakeClient) -> None:
        episode = client.keep(text.strip())
        client.resonates = (episode.id, episode.id)

    opened = open_window(prepare)
    view = say(opened, qtbot)
    reminders = view.findChildren(QPushButton, "message.reminder")
    assert len(reminders) == 1
    assert reminders[0].accessibleName() == f"This reminds me of: {text.strip()}"
    qtbot.waitUntil(lambda: reminders[0].text().endswith("…"))
    assert reminders[0].text().startswith("This reminds me of: The key")
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        reminders[0].setFocus()
        qtbot.keyClick(reminders[0], Qt.Key.Key_Space)
    assert shown.args[0].episode.text == text.strip()


# --- changes ------------------------------------------------------------------------------------


def test_a_change_shows_what_it_changed(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_change)
    new, old = opened.window.inspector.model.rows
    assert new.replaces == old.id
    show(opened, qtbot, new.id)
    before = part(opened, QPushButton, "episode.older")
    assert before.isVisible()
    assert before.accessibleName() == "Open the memory that this one changed"
    assert before.accessibleDescription() == old.text
    assert part(opened, QLabel, "episode.older.text").text() == old.text
    assert not part(opened, QPushButton, "episode.newer").isVisible()
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        before.setFocus()
        qtbot.keyClick(before, Qt.Key.Key_Space)
    assert shown.args[0].episode.id == old.id
    assert part(opened, QPushButton, "episode.newer").isVisible()
    assert not before.isVisible()
    assert part(opened, QLabel, "episode.newer.text").text() == new.text
    changes = opened.window.inspector.findChildren(QWidget, "change")
    told = [
        label.text() for one in changes if one.isVisible() for label in one.findChildren(QLabel)
    ]
    assert "Changed since, 2 days ago" in told


def test_the_list_marks_both_sides_of_a_change(open_window: Open) -> None:
    opened = open_window(with_change)
    assert [row.rsplit(", ")[-1] for row in spoken(opened)] == [
        "updates an earlier memory",
        "changed since",
    ]


def test_the_other_side_of_a_change_may_be_forgotten(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_change)
    new, old = opened.window.inspector.model.rows
    opened.client.hidden.add(old.id)
    detail = show(opened, qtbot, new.id)
    assert detail.episode.replaces == old.id
    assert not part(opened, QPushButton, "episode.older").isVisible()
    assert opened.window.notice.isHidden()


def test_what_is_kept_and_changes_something_says_so(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        old, _ = with_change(client)
        client.keeps, client.changes = "the launch moved to May 2", old.id

    opened = open_window(prepare)
    with qtbot.waitSignal(opened.window.stored):
        say(opened, qtbot, "Sorry, the launch moved to May 2")
    kept = opened.window.transcript.views[0].findChild(QPushButton, "message.kept")
    assert kept.text() == "Kept in memory: 1 · 1 updates an older one"
    assert kept.accessibleName() == kept.text()


def test_what_was_kept_is_told_again_when_the_chat_is_opened_again(
    open_window: Open, qtbot: Any
) -> None:
    talks: list[int] = []

    def prepare(client: FakeClient) -> None:
        talks.append(client.converse("Another").id)
        client.say(talks[0], "user", "elsewhere")
        old, _ = with_change(client)
        client.keeps, client.changes = "the launch moved to May 2", old.id

    opened = open_window(prepare)
    window = opened.window
    with qtbot.waitSignal(window.stored):
        say(opened, qtbot, "Sorry, the launch moved to May 2")
    for talk in (talks[0], window.chat.conversation_id):
        with qtbot.waitSignal(window.conversationShown):
            window.chat.open(talk)
    told, answer = window.transcript.views
    kept = told.findChild(QPushButton, "message.kept")
    assert kept.isVisible()
    assert kept.text() == "Kept in memory: 1 · 1 updates an older one"
    assert answer.findChild(QPushButton, "message.kept").isHidden()
    with qtbot.waitSignal(window.inspector.shown) as shown:
        kept.click()
    assert shown.args[0].episode.text == "the launch moved to May 2"


# --- not worth keeping --------------------------------------------------------------------------


def test_not_worth_it_forgets_teaches_and_can_be_undone(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_memories)
    inspector = opened.window.inspector
    id = inspector.model.rows[0].id
    show(opened, qtbot, id)
    button = part(opened, QPushButton, "episode.not_worth")
    assert button.accessibleName() == "Not worth keeping"
    assert "teach" in button.accessibleDescription()
    with qtbot.waitSignal(inspector.changed):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    (request,) = opened.asked(Forget)
    assert (request.what.ids, request.teaches) == ((id,), "not worth")
    assert opened.client.head.not_worth == 1
    assert not inspector.episode_open
    assert inspector.undo.isVisible()
    with qtbot.waitSignal(inspector.changed):
        inspector.undo.undo_button.click()
    assert opened.client.hidden == set()


def test_nothing_of_a_memory_is_cut_off_in_the_narrowest_window(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(with_memories)
    window, inspector = opened.window, opened.window.inspector
    window.resize(640, 700)
    show(opened, qtbot, inspector.model.rows[0].id)
    qtbot.waitUntil(lambda: window.width() == 640)
    view = inspector.episode
    qtbot.waitUntil(lambda: view.widget().width() <= view.viewport().width())
    sort = inspector.sort
    paddings = 36
    texts = [sort.itemText(row) for row in range(sort.count())]
    longest = max(sort.fontMetrics().horizontalAdvance(text) for text in texts)
    qtbot.waitUntil(lambda: sort.width() >= longest + paddings)
    for name in ("filters", "saved", "meaning", "settings", "wide", "more"):
        control = inspector.findChild(QPushButton, f"inspector.{name}")
        assert control.width() >= control.sizeHint().width()


def test_what_one_does_with_a_memory_fits_into_a_narrow_panel(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(with_memories)
    window = opened.window
    window.resize(640, 700)
    show(opened, qtbot, window.inspector.model.rows[0].id)
    names = ("pin", "edit", "forget", "not_worth")
    buttons = [part(opened, QPushButton, f"episode.{name}") for name in names]
    row = buttons[0].parentWidget()
    width = buttons[0].sizeHint().width() + buttons[1].sizeHint().width() + 20
    row.setFixedSize(width, row.layout().heightForWidth(width))
    qtbot.waitUntil(lambda: buttons[2].y() > buttons[0].y())
    qtbot.waitUntil(lambda: all(row.rect().contains(button.geometry()) for button in buttons))
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    assert buttons[1].y() == buttons[0].y()


def test_memories_that_were_not_needed(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.extend(with_memories(client)))
    view = say(opened, qtbot)
    opened.client.measure(view.message.id, {kept[0].id: 14.2})
    qtbot.waitUntil(lambda: chip(view).text().endswith("1 mattered"))
    menu = opened.window.chat.branches.menu(view)
    entry = next(one for one in menu.actions() if "needed" in one.text())
    entry.trigger()
    qtbot.waitUntil(lambda: chip(view).text().endswith("none mattered"))
    assert opened.asked(p.SayNeeded) == [p.SayNeeded(view.message.id, needed=False)]
    assert "less easily" in opened.window.notice.text.text()
    opened.window.notice.action.click()
    qtbot.waitUntil(lambda: chip(view).text().endswith("1 mattered"))
    assert opened.asked(p.SayNeeded)[-1].needed
    # an answer that was given nothing has nothing to judge
    mine = opened.window.chat.branches.menu(opened.window.transcript.views[0])
    assert not any("needed" in one.text() for one in mine.actions())


def test_the_apps_own_list_was_given_to_no_model(open_window: Open, qtbot: Any) -> None:
    ids: list[int] = []

    def prepare(client: FakeClient) -> None:
        kept = with_memories(client)
        conversation = client.converse("Earlier")
        client.say(conversation.id, "user", "What do you know about my cat?")
        client.writer = r.APP
        listed = client.say(
            conversation.id, "assistant", "Three things:", sources=tuple(one.id for one in kept)
        )
        ids.extend((conversation.id, listed.id))

    opened = open_window(prepare)
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(ids[0])
    view = opened.window.transcript.view(ids[1])
    assert chip(view).text() == "Memories: 3"
    with qtbot.waitSignals([opened.window.inspector.listed, opened.window.inspector.shown]):
        chip(view).click()
    assert part(opened, QLabel, "inspector.count").text() == "3 shown"
    assert part(opened, QLabel, "inspector.legend").isHidden()
    menu = opened.window.chat.branches.menu(view)
    assert not any("needed" in one.text() for one in menu.actions())
