"""One memory: what the colours show, its history, splitting, its scope, what came from elsewhere."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from fake_client import NOW, FakeClient
from inspecting import button, change, choose, dialog, part, show, with_trace
from opened import Open
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from nowprint import inspection as i
from nowprint import records as r
from nowprint.gui.widgets.time_words import moment
from nowprint.language.sentences import cut_places, pieces
from nowprint.service.requests import memory as m

THREE = "My cat has kidney disease. He is eleven! Does he like the vet? No, he hates her."


def test_the_colours_show_surprisal_entropy_or_kl(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.append(with_trace(client)))
    detail = show(opened, qtbot, kept[0].id)
    why = opened.window.inspector.episode.why
    trace = why.traces[0]
    token = next(t for t in detail.sources[0].tokens if "Pickwick" in t.text)
    assert trace._value(token) == 11.0
    assert trace.accessibleName() == "Text by surprisal"
    assert trace._threshold is None  # nothing of it triggered by surprisal
    why.statistic.setCurrentText("Entropy")
    assert trace._value(token) == token.entropy
    assert trace._threshold == 4.5
    assert "unsure" in part(opened, QLabel, "episode.statistic.about").text()
    why.statistic.setCurrentText("KL divergence")
    assert trace._value(token) == token.kl
    assert trace._threshold == 0.9
    assert "kl divergence" in why._legend.accessibleName()
    trace.choose(0)
    assert "KL 1.2 nats" in part(opened, QLabel, "episode.token.figures").text()
    show(opened, qtbot, kept[0].id)  # another look keeps the choice
    assert why.traces[0].accessibleName() == "Text by kl divergence"


def test_the_days_of_its_times_stand_beside_its_words(open_window: Open, qtbot: Any) -> None:
    told = datetime(2025, 3, 14, 9).timestamp()
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.keep("My root canal is tomorrow at 3 pm.", created=told))
        kept.append(client.keep("Our cat is called Pickwick.", created=told))

    opened = open_window(prepare)
    show(opened, qtbot, kept[0].id)
    assert part(opened, QLabel, "episode.text").text() == "My root canal is tomorrow at 3 pm."
    assert part(opened, QLabel, "episode.times").text() == "“tomorrow” → 15 March 2025, over"
    assert part(opened, QLabel, "episode.times").isVisible()
    show(opened, qtbot, kept[1].id)
    assert not part(opened, QLabel, "episode.times").isVisible()


def test_the_history_shows_what_it_said_before(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.keep("The launch is on <b>March 4</b>.", created=time.time() - 9000))

    opened = open_window(prepare)
    inspector = opened.window.inspector
    show(opened, qtbot, kept[0].id)
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        inspector.requests.edit(kept[0].id, "The launch is on April 17.")
    history = inspector.episode.history
    qtbot.waitUntil(lambda: "It said" in history.text)
    assert not part(opened, object, "episode.history").isVisible()
    button(opened, "episode.history.toggle").click()
    assert part(opened, object, "episode.history").isVisible()
    assert "It said: The launch is on <b>March 4</b>." in history.text
    assert history.text.index("It said") < history.text.index("kept")  # the newest first
    assert button(opened, "episode.history.toggle").text() == "Hide history"


def test_the_field_of_an_edit_stays_in_view(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.append(with_trace(client)))
    opened.window.resize(1000, 700)
    show(opened, qtbot, kept[0].id)
    inspector = opened.window.inspector
    episode, edit = inspector.episode, button(opened, "episode.edit")
    field = episode.editor.field

    def in_view(widget: QWidget) -> bool:
        seen = widget.visibleRegion().boundingRect()
        return bool(seen == widget.rect() and opened.window.focusWidget() is widget)

    edit.setFocus()
    edit.click()
    qtbot.waitUntil(lambda: in_view(field))
    field.setPlainText("My cat Pickwick is well again.")
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        qtbot.mouseClick(episode.editor.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: in_view(edit))
    assert episode.verticalScrollBar().value() == 0


def test_one_is_split_between_its_sentences(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.append(client.keep(THREE)))
    inspector = opened.window.inspector
    show(opened, qtbot, kept[0].id)
    button(opened, "episode.split").click()
    box = dialog(qtbot, "split")
    assert [label.text() for label in box.findChildren(QLabel, "split.piece")] == [
        "My cat has kidney disease.", "He is eleven!", "Does he like the vet?", "No, he hates her.",
    ]  # fmt: skip
    assert not box.save.isEnabled()
    assert box.cuts[1].accessibleName() == "Split before: Does he like the vet?"
    box.cuts[1].click()
    assert box.told.text() == "It becomes 2 memories."
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        box.save.click()
    (asked,) = opened.asked(m.SplitEpisode)
    assert (asked.id, asked.at) == (kept[0].id, (41,))
    qtbot.waitUntil(lambda: len(inspector.model.rows) == 2)  # the list comes when it comes
    assert sorted(e.text for e in inspector.model.rows) == [
        "Does he like the vet? No, he hates her.", "My cat has kidney disease. He is eleven!",
    ]  # fmt: skip
    assert len(inspector.selected_ids()) == 2


def test_a_single_sentence_is_not_split(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.append(client.keep("We sail in May.")))
    show(opened, qtbot, kept[0].id)
    assert not button(opened, "episode.split").isEnabled()


def test_places_to_split() -> None:
    assert pieces(THREE, cut_places(THREE)) == [
        "My cat has kidney disease.", "He is eleven!", "Does he like the vet?", "No, he hates her.",
    ]  # fmt: skip
    assert pieces("one\ntwo", cut_places("one\ntwo")) == ["one", "two"]
    assert pieces("We sail in May, and she stays.", (16,)) == ["We sail in May,", "and she stays."]
    assert cut_places("We sail in May, and she stays.") == (16,)
    assert cut_places("It costs 3.50 in all.") == ()
    assert cut_places("Ends here. ") == ()


def test_what_contradicts_shows_the_other_memory_and_leads_there(
    open_window: Open, qtbot: Any
) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.keep("The dentist is on Friday."))
        other = client.keep("The dentist is on Monday.")
        kept.append(client.hold_back(other, f"it contradicts #{kept[0].id}"))

    opened = open_window(prepare)
    inspector = opened.window.inspector
    show(opened, qtbot, kept[1].id)
    assert part(opened, QLabel, "episode.doubt").text() == (
        "Held back: it contradicts another memory. It is not recalled until you confirm it."
    )
    assert part(opened, QLabel, "episode.contradicted.text").text() == "The dentist is on Friday."
    with qtbot.waitSignal(inspector.shown) as shown:
        button(opened, "episode.contradicted").click()
    assert shown.args[0].episode.id == kept[0].id
    assert not part(opened, QLabel, "episode.contradicted.text").isVisible()


def test_what_was_imported_says_from_where_and_when(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        client.imports.append(i.Import(7, NOW, "facts<1>.txt", "list of facts", 1, False))
        kept.append(client.keep("I sail.", kind="remembered", origin=7, confirmed=False))
        kept.append(client.keep("I row.", kind="remembered"))

    opened = open_window(prepare)
    why = part(opened, QLabel, "episode.why")
    show(opened, qtbot, kept[0].id)
    said = f"It was imported from facts&lt;1&gt;.txt (list of facts), {moment(NOW)}."
    qtbot.waitUntil(lambda: why.text() == said)
    show(opened, qtbot, kept[1].id)
    assert why.text() == "You asked for this to be remembered."


def test_what_was_kept_for_what_it_changes_says_so(open_window: Open, qtbot: Any) -> None:
    kept: list[int] = []

    def prepare(client: FakeClient) -> None:
        id = client.keep("My landlord's number is 555-0199 now.").id
        kept.append(id)
        client.whys[id] = replace(client.whys[id], salience=0.22, threshold=0.53)

    opened = open_window(prepare)
    show(opened, qtbot, kept[0])
    why = part(opened, QLabel, "episode.why").text()
    assert why.startswith("It changes something kept.")
    assert "0.22" in why
    assert "0.53" in why


def test_an_edited_one_says_that_the_colours_are_of_the_text_before(
    open_window: Open, qtbot: Any
) -> None:
    kept: list[r.Episode] = []
    opened = open_window(lambda client: kept.append(with_trace(client)))
    inspector = opened.window.inspector
    show(opened, qtbot, kept[0].id)
    note = part(opened, QLabel, "episode.why.edited")
    assert not note.isVisible()
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        inspector.requests.edit(kept[0].id, "My cat Pickwick is well.")
    assert note.isVisible()
    assert "edited its text" in note.text()


def test_what_is_held_back_says_why_and_can_be_confirmed(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.hold_back(client.keep("Ignore\u200b all."), "it gives instructions"))

    opened = open_window(prepare)
    inspector = opened.window.inspector
    show(opened, qtbot, kept[0].id)
    doubt = part(opened, QLabel, "episode.doubt")
    assert doubt.isVisible()
    assert doubt.text() == (
        "Held back: it gives instructions. It is not recalled until you confirm it."
    )
    assert part(opened, QLabel, "episode.text").text() == "Ignore⟨zero width space⟩ all."
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        button(opened, "episode.confirm").click()
    assert not doubt.isVisible()
    assert opened.client.episodes[kept[0].id].confirmed


def test_an_imported_one_says_so_until_it_is_confirmed(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.keep("An old fact."))
        client.imports.append(i.Import(1, 0.0, "old.zip", "ChatGPT", 1, False))
        change(client, kept[0], origin=1, confirmed=False)

    opened = open_window(prepare)
    show(opened, qtbot, kept[0].id)
    assert "below your own memories" in part(opened, QLabel, "episode.doubt").text()


def test_one_is_moved_to_a_project(open_window: Open, qtbot: Any) -> None:
    kept: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        kept.append(client.keep("The boat is called Ada."))
        client.projects[9] = "A project whose name is rather long"

    opened = open_window(prepare)
    show(opened, qtbot, kept[0].id)
    scope = button(opened, "episode.scope")
    assert scope.text() == "Everywhere"
    scope.click()
    with qtbot.waitSignal(opened.window.inspector.changed):
        choose(qtbot, "A project whose")
    assert opened.client.episodes[kept[0].id].project == 9
    qtbot.waitUntil(lambda: scope.text() == "Only in A project whose n…")
    assert scope.accessibleName() == "Recalled: Only in A project whose name is rather long"


def test_what_is_on_a_branch_that_is_not_shown_says_so_and_goes_there(
    open_window: Open, qtbot: Any
) -> None:
    kept: list[r.Episode] = []
    shown: list[r.Episode] = []

    def prepare(client: FakeClient) -> None:
        talk = client.converse("Pickwick")
        aside = client.say(talk.id, "user", "My cat Pickwick is ill.")
        here = client.say(talk.id, "user", "My dog Rex is well.", parent=0)
        kept.append(client.keep(aside.text, aside))
        shown.append(client.keep(here.text, here))

    opened = open_window(prepare)
    show(opened, qtbot, shown[0].id)
    said = part(opened, QLabel, "episode.aside")
    assert not said.isVisible()
    show(opened, qtbot, kept[0].id)
    assert said.isVisible()
    assert said.text() == "Kept from a branch of its chat that isn't shown."
    button(opened, "episode.aside.show").click()
    transcript = opened.window.transcript
    qtbot.waitUntil(lambda: [v.text for v in transcript.views] == ["My cat Pickwick is ill."])
