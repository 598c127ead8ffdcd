"""What is worth keeping, on the real model: heard, judged after the answer, judged again later."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from nowprint.events import Answer, Recalled, Stored, TurnEvent
from nowprint.records import Source
from nowprint.salience import learning
from nowprint.salience.head import Head

from .conftest import Talk, kept

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
FERRY = "My sister Ingrid lives in Tromsø and works on a ferry."
QUESTIONS = (
    "What does my cat need to eat?",
    "What's wrong with Pickwick?",
    "Where does my sister live?",
    "What does Ingrid do for work?",
    "Do you remember what I told you about my cat?",
)


class Killed(BaseException):
    pass


def test_what_was_said_is_stored_before_the_answer_and_judged_after_it(talk: Talk) -> None:
    order: list[tuple[str, bool, int]] = []

    def look(event: TurnEvent) -> None:
        user = talk.store.messages(conversation)[0]
        seen = (type(event).__name__, talk.store.has_trace(user.id), len(kept(talk)))
        order.append(seen)

    conversation = talk.new()
    talk.on_event = look
    talk.say(CAT, conversation)
    assert ("AnswerText", True, 0) in order
    assert ("Answer", True, 0) in order
    assert order[-1] == ("Stored", True, 1)
    assert talk.memory.verdicts.unjudged() == ()


def test_what_a_kill_left_unjudged_is_judged_when_nothing_waits(talk: Talk) -> None:
    def kill(event: TurnEvent) -> None:
        if isinstance(event, Answer):
            raise Killed

    talk.on_event = kill
    with pytest.raises(Killed):
        talk.say(CAT)
    talk.on_event = lambda _: None
    assert [m.text for m in talk.memory.verdicts.unjudged()] == [CAT]
    talk.wanted.set()
    talk.chat.idle()
    assert kept(talk) == []  # somebody waits
    talk.wanted.clear()
    talk.chat.idle()
    assert kept(talk) == [CAT]
    assert talk.memory.verdicts.unjudged() == ()


def test_what_was_not_read_to_its_end_is_judged_too(talk: Talk) -> None:
    def end(event: TurnEvent) -> None:
        if isinstance(event, Recalled):
            talk.stop.set()

    def kill(event: TurnEvent) -> None:
        if isinstance(event, Recalled):
            raise Killed

    conversation = talk.new()
    for text, ending in ((CAT, end), (FERRY, kill)):
        talk.on_event = ending
        with contextlib.suppress(Killed):
            assert talk.say(text, conversation).message.state == "stopped"
    assert not any(talk.store.has_trace(m.id) for m in talk.store.messages(conversation))
    assert [m.text for m in talk.memory.verdicts.unjudged()] == [CAT, FERRY]
    talk.on_event = lambda _: None
    talk.chat.idle()
    assert kept(talk) == [CAT, FERRY]
    assert talk.memory.verdicts.unjudged() == ()

    talk.retry(conversation)  # read now, with its surprises, and kept already
    assert talk.stored() == [[]]
    assert kept(talk) == [CAT, FERRY]
    assert talk.memory.verdicts.unjudged() == ()
    talk.set(memory=False)
    talk.say(FERRY)
    assert talk.memory.verdicts.unjudged() == ()


def test_what_stands_before_a_request_to_remember_is_judged_as_usual(talk: Talk) -> None:
    key = "the key is under the mat."
    talk.say(f"{FERRY} Remember this: {key}")
    (stored,) = talk.told(Stored)
    assert isinstance(stored, Stored)
    assert [one.episode.text for one in stored.kept] == [key]
    assert talk.chat.judge.state().worth == 1
    talk.chat.idle()
    episodes = talk.memory.query.page(sort="oldest").episodes
    assert [(one.text, one.kind) for one in episodes] == [(key, "remembered"), (FERRY, "captured")]
    assert [one.reinforced for one in episodes] == [0, 0]
    assert [span.text for span in talk.chat.preview(0.75, 9).spans] == [key, FERRY]
    assert talk.chat.judge.state().worth == 1
    assert talk.memory.verdicts.unjudged() == ()


def test_a_preview_reads_each_conversation_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = talk.new(), talk.new()
    for text in (CAT, FERRY):
        for conversation in (first, second):
            talk.say(text, conversation)
    talk.retry(first)
    quoted = talk.store.messages(first)[1].text
    talk.say(f"You said: {quoted}", first)
    judging = talk.memory.verdicts
    read: list[int] = []
    message = talk.store.message
    monkeypatch.setattr(talk.store, "message", lambda id: read.append(id) or message(id))
    known: dict[int, tuple[str, ...]] = {}
    hearings = list(judging.hearings(99))
    assert max(Counter(read).values()) <= 2  # by itself, and for its trace
    assert judging.unjudged() == ()
    for one in hearings:
        here = one.message.conversation_id
        known[here] = known.get(here, ()) + one.known
        again = judging.heard_message(one.message.id)
        assert again is not None
        assert known[here] == again.known
        assert (one.message, one.tokens, one.frames, one.before) == (
            again.message, again.tokens, again.frames, again.before,
        )  # fmt: skip
    assert [one.message.id for one in judging.hearings(1)] == [max(read)]
    spans = talk.chat.preview(0.75, 99).spans
    assert [span.message_id for span in spans] == sorted(
        (span.message_id for span in spans), reverse=True
    )
    assert quoted not in " ".join(span.text for span in spans)


def test_questions_about_what_is_remembered_add_nothing(talk: Talk) -> None:
    for fact in (CAT, FERRY):
        talk.say(fact)
    before = kept(talk)
    assert before == [CAT, FERRY]
    again = QUESTIONS[:2]
    for questions in ((*QUESTIONS, QUESTIONS[0]), again):
        conversation = talk.new()
        for question in questions:
            talk.say(question, conversation)
            assert kept(talk) == before, question


def test_what_is_told_again_reinforces_and_what_changed_is_the_newer_of_two(talk: Talk) -> None:
    talk.say("The launch of our new shop is on April 3.")
    talk.say("The launch of our new shop is on April 3.")
    (first,) = talk.memory.query.page(sort="oldest").episodes
    assert first.reinforced == 1
    talk.say("The launch of our new shop moved to April 17.")
    old, new = talk.memory.query.page(sort="oldest").episodes
    assert (new.replaces, old.replaced_by) == (old.id, new.id)
    recalled = talk.memory.retrieval.recall("When is the launch of our shop?", limit=3)
    assert recalled[0].episode.id == new.id
    assert old.id not in [one.episode.id for one in recalled]


def test_what_changes_something_kept_is_kept_whatever_its_salience(talk: Talk) -> None:
    """Alone, neither change would reach the threshold, since little is to be kept after the first telling."""
    number = "My landlord's phone number is {}"
    tellings = "555-0134.", "555-0199 now.", "555-0134 again, the other one was wrong."
    for telling in tellings:
        talk.say(number.format(telling))
        talk.set(keep=0.05)
        (newest,) = talk.memory.retrieval.recall("What is my landlord's phone number?", limit=5)
        assert newest.episode.text == number.format(telling)
    first, *changes = talk.memory.query.page(sort="oldest").episodes
    assert [one.replaces for one in changes] == [first.id, changes[0].id]
    for one in changes:
        why = talk.memory.why(one.id)
        assert why.salience < why.threshold
    for other in ("Never mind, it works now.", "What's my landlord's number now?"):
        talk.say(other)
    assert len(kept(talk)) == len(tellings)


def test_the_share_to_keep_is_obeyed_and_can_be_looked_at_before(talk: Talk) -> None:
    small_talk = "Thanks, that helps!"
    conversation = talk.new()
    for text in (CAT, small_talk):
        talk.say(text, conversation)
    assert kept(talk) == [CAT]
    usual = talk.chat.preview(0.75, 10)
    assert [(span.text, span.kept) for span in usual.spans] == [(small_talk, False), (CAT, True)]
    assert (usual.kept, usual.dropped) == (1, 1)
    nothing, everything = talk.chat.preview(0.0, 10), talk.chat.preview(1.0, 1)
    assert (nothing.kept, nothing.dropped) == (0, 2)
    assert (everything.kept, everything.dropped, len(everything.spans)) == (2, 0, 1)
    assert kept(talk) == [CAT]  # looking changes nothing

    talk.set(keep=0.0)
    talk.say(FERRY)
    talk.say(f"Remember this: {FERRY}")
    assert kept(talk) == [CAT, FERRY]
    talk.set(keep=1.0)
    talk.say("Good morning to you.")
    assert kept(talk)[-1] == "Good morning to you."


def test_a_preview_tells_what_the_turn_told(talk: Talk) -> None:
    talk.say(CAT)
    (stored,) = talk.told(Stored)
    assert isinstance(stored, Stored)
    (span,) = talk.chat.preview(0.75, 10).spans
    assert span.salience == pytest.approx(stored.kept[0].episode.salience, abs=0.1)


def test_the_head_learns_from_the_user_and_forgets_it_again(talk: Talk) -> None:
    talk.say(CAT)
    (episode,) = talk.memory.query.page(sort="oldest").episodes
    judge = talk.chat.judge
    before = talk.chat.preview(0.75, 1).spans[0].salience
    judge.teach([episode.id], worth=False)
    assert (judge.state().worth, judge.state().not_worth) == (0, 1)
    after = talk.chat.preview(0.75, 1).spans[0].salience
    assert after < before
    reopened = type(judge)(talk.store, talk.memory)
    assert reopened.state() == judge.state()
    judge.unteach([episode.id + 1])
    assert judge.state() == reopened.state()  # that was another lesson
    judge.unteach([episode.id])
    assert judge.state().not_worth == 0
    assert talk.chat.preview(0.75, 1).spans[0].salience == pytest.approx(before)
    for _ in range(100):
        judge.teach([episode.id], worth=False)
    assert all(abs(w.learned - w.starting) <= 1.5 for w in judge.state().weights)
    reset = judge.reset()
    assert (reset.worth, reset.not_worth) == (0, 0)
    assert all(w.learned == w.starting for w in reset.weights)
    assert talk.chat.preview(0.75, 1).spans[0].salience == pytest.approx(before)


def test_what_two_threads_teach_at_once_is_all_learned(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = learning.learned

    def slowly(*args: Any, **options: Any) -> Head:
        time.sleep(0.001)  # lets the other thread go on, if nothing holds it
        return learned(*args, **options)

    monkeypatch.setattr(learning, "learned", slowly)
    talk.say(CAT)
    talk.say(FERRY)
    ids = [one.id for one in talk.memory.query.page(sort="oldest").episodes]
    judge = talk.chat.judge

    def teach(id: int) -> None:
        for _ in range(20):
            judge.teach([id], worth=True)

    threads = [threading.Thread(target=teach, args=[id]) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert judge.state().worth == 40
    # stored as a difference, a weight comes back but for its last digit
    stored, known = type(judge)(talk.store, talk.memory).state(), judge.state()
    assert (stored.worth, stored.not_worth) == (known.worth, known.not_worth)
    assert [(one.feature, one.starting) for one in stored.weights] == [
        (one.feature, one.starting) for one in known.weights
    ]
    assert [one.learned for one in stored.weights] == pytest.approx(
        [one.learned for one in known.weights], rel=1e-12
    )


def test_what_is_chosen_in_a_message_is_worth_keeping(talk: Talk) -> None:
    talk.set(keep=0.0)
    small = "The heron stood by the pond again. Is that usual?"
    conversation = talk.say(small).message.conversation_id
    told, answer = talk.store.messages(conversation)
    judge = talk.chat.judge
    before = [span.salience for span in talk.chat.preview(0.75, 9).spans]
    place = Source(told.id, conversation, "user", 0, 10)
    judge.teach_place(place)
    assert judge.state().worth == 1  # the other span isn't touched
    after = [span.salience for span in talk.chat.preview(0.75, 9).spans]
    assert after[-1] > before[-1]
    for _ in range(100):
        judge.teach_place(place)
    assert all(abs(w.learned - w.starting) <= 1.5 for w in judge.state().weights)
    judge.teach_place(Source(answer.id, conversation, "assistant", 0, 5))
    judge.teach_place(replace(place, message_id=9999))
    assert judge.state().worth == 101
