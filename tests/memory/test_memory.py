"""What a turn leaves behind, what the inspector sees, and what repeats itself."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.inspection import EpisodeFilter
from nowprint.memory.browse.details import MOST_HISTORY, MOST_SHOWN
from nowprint.records import Why
from nowprint.settings import Profile

from .conftest import CAT, CELLO, Draft, Profiled, score, texts


def nearly(stored: Why, made: Why) -> bool:
    """The same, but for a signature's probabilities: those have one byte each."""
    moments = []
    for one, other in zip(stored.moments, made.moments, strict=True):
        probabilities = other.signature.probabilities
        assert one.signature.probabilities == pytest.approx(probabilities, abs=0.003)
        signature = replace(one.signature, probabilities=probabilities)
        moments.append(replace(one, signature=signature))
    numbers = [n for c in made.contributions for n in (c.value, c.contribution)]
    found = [n for c in stored.contributions for n in (c.value, c.contribution)]
    assert found == pytest.approx(numbers, rel=0.001)
    return replace(stored, moments=tuple(moments), contributions=made.contributions) == made


def test_a_turn_is_all_there_after_reopening(home: Profiled, make_draft: Draft) -> None:
    asked, answer = home.turn(make_draft, CAT, CELLO)
    home.reopen()
    assert home.store.message(answer.id).text == "Okay."
    assert home.store.message(answer.id).state == "complete"
    assert [t.token for t in home.store.trace(asked.id)] == [5]
    assert home.store.has_trace(asked.id)
    assert not home.store.has_trace(answer.id)
    assert home.store.baselines("m1", "user") == b"figures"
    assert home.store.baselines("m2", "user") is None
    first, second = home.memory.query.page(sort="oldest").episodes
    draft = make_draft(CAT, asked)
    detail = home.memory.detail(first.id)
    assert detail.episode.text == CAT
    assert nearly(detail.why, draft.why)
    assert detail.episode.sources == draft.sources
    assert replace(detail.sources[0].message, kept=()) == asked
    assert asked.text[detail.sources[0].start : detail.sources[0].end] == CAT
    assert (detail.previous_id, detail.next_id) == (None, second.id)
    assert home.memory.detail(second.id).previous_id == first.id
    assert [line.action for line in detail.history] == ["kept"]


def test_what_was_heard_outlives_a_kill_in_the_answer(
    home: Profiled, make_draft: Draft, tmp_path: Path
) -> None:
    conversation = home.store.create_conversation().id
    asked = home.store.add_message(conversation, "user", CAT)
    answer = home.store.add_message(conversation, "assistant", "", state="writing")
    home.memory.hear(asked.id, [score(CAT)], {("m1", "user"): b"figures"})
    (kept,) = home.memory.judge(asked.id, None, (), [make_draft(CAT, asked)])
    killed = Profile(Path(shutil.copytree(home.profile.home, tmp_path / "killed")))
    again = Profiled(killed, home.embedder, home.encoder)
    assert again.store.message(answer.id).state == "broken"
    assert [t.token for t in again.store.trace(asked.id)] == [5]
    assert again.store.baselines("m1", "user") == b"figures"
    detail = again.memory.detail(kept.episode.id)
    assert detail.episode == kept.episode
    assert nearly(detail.why, kept.why)
    assert [line.action for line in detail.history] == ["kept"]
    assert again.memory.retrieval.recall("What does my cat need to eat?", limit=1)
    again.memory.close()


def test_a_message_that_was_not_read_leaves_no_trace(home: Profiled, make_draft: Draft) -> None:
    conversation = home.store.create_conversation().id
    asked = home.store.add_message(conversation, "user", CAT)
    home.memory.judge(asked.id, None, (), [make_draft(CAT, asked)])
    assert texts(home) == [CAT]
    assert not home.store.has_trace(asked.id)
    with pytest.raises(NotFound):
        home.memory.judge(99, None, (), [make_draft(CAT, asked)])
    assert home.memory.query.page(sort="oldest").episodes[0].reinforced == 0


def test_only_where_something_was_kept_the_alternatives_stay(
    home: Profiled, make_draft: Draft
) -> None:
    conversation = home.store.create_conversation().id
    surprising = replace(score(CAT), surprisal=9.0)
    alternatives = []
    for drafted in (False, True):
        message = home.store.add_message(conversation, "user", CAT)
        home.memory.hear(message.id, [surprising], {})
        assert home.store.trace(message.id)[0].top
        drafts = [make_draft(CAT, message)] if drafted else []
        home.memory.judge(message.id, None, (), drafts)
        home.memory.judge(message.id, None, (), ())  # again, with another sensitivity
        (token,) = home.store.trace(message.id)
        assert token.surprisal == pytest.approx(9.0, abs=0.1)
        alternatives.append(bool(token.top))
    assert alternatives == [False, True]


def test_of_a_message_that_was_let_go_nothing_is_captured(
    home: Profiled, make_draft: Draft
) -> None:
    """Whatever was on its way: it is decided where it is written."""
    conversation = home.store.create_conversation().id
    asked = home.store.add_message(conversation, "user", CAT)
    answer = home.store.add_message(conversation, "assistant", "", state="writing")
    home.memory.begin_answer(answer.id, (), ())
    assert home.memory.verdicts.unjudged() == (asked,)
    home.memory.verdicts.let_go(asked.id)
    assert home.memory.verdicts.unjudged() == ()
    home.memory.hear(asked.id, [score(CAT)], {("m1", "user"): b"figures"})
    assert not home.store.has_trace(asked.id)
    assert home.store.baselines("m1", "user") is None
    assert home.memory.keep_asked(asked.id, [make_draft(CAT, asked)]) == ()
    assert home.memory.judge(asked.id, None, (), [make_draft(CAT, asked)]) == ()
    assert texts(home) == []
    home.memory.begin_answer(answer.id, (), ())  # it is answered again, with memory on
    (kept,) = home.memory.keep_asked(asked.id, [make_draft(CAT, asked)])
    assert kept.episode.text == CAT


def test_an_answer_keeps_its_trace_where_an_episode_was_read_from_it(
    home: Profiled, make_draft: Draft
) -> None:
    conversation = home.store.create_conversation().id
    answers = []
    for text in ("Good.", "What day is it?"):
        home.store.add_message(conversation, "user", "Hello.")
        answer = home.store.add_message(conversation, "assistant", "", state="writing")
        finish = {"recollections": (), "pinned": (), "baselines": {}}
        traces = {answer.id: [score(text)]}
        home.memory.finish_turn(
            answer_id=answer.id, answer_text=text, state="complete", traces=traces, **finish
        )
        answers.append(home.store.message(answer.id))
    reply = home.store.add_message(conversation, "user", "Friday.")
    home.memory.hear(reply.id, [score("Friday.")], {})
    assert all(home.store.has_trace(answer.id) for answer in answers)
    question, told = make_draft("What day is it?", answers[1]), make_draft("Friday.", reply)
    joined = replace(told, sources=(*question.sources, *told.sources))
    (kept,) = home.memory.judge(reply.id, None, (), [joined])
    assert [home.store.has_trace(answer.id) for answer in answers] == [False, True]
    first, second = home.memory.detail(kept.episode.id).sources
    assert first.tokens
    assert second.tokens


def test_a_turn_that_fails_leaves_nothing(home: Profiled, make_draft: Draft) -> None:
    conversation = home.store.create_conversation().id
    asked = home.store.add_message(conversation, "user", CAT)
    with pytest.raises(NotFound):
        home.memory.finish_turn(
            answer_id=99,
            answer_text="",
            state="complete",
            traces={asked.id: [score(CAT)]},
            baselines={},
            recollections=(),
            pinned=(),
        )
    with pytest.raises(NotFound):
        home.memory.judge(99, None, (), [make_draft(CAT, asked)])
    assert texts(home) == []
    assert not home.store.has_trace(asked.id)


def test_an_answer_names_what_entered_its_prompt(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT)
    home.turn(make_draft, CELLO)
    cello = home.memory.query.page(EpisodeFilter("cello")).episodes[0]
    home.memory.pin([cello.id], True)
    found = home.memory.retrieval.recall("What does my cat need to eat?", limit=3)
    _, answer = home.turn(make_draft, recollections=found)
    cat = found[0].episode
    assert answer.sources == (cat.id, cello.id)
    detail = home.memory.detail(cat.id)
    assert detail.episode.recalled == 1
    assert detail.episode.last_recalled is not None
    assert detail.answers == (answer,)
    assert detail.history[-1].action == "recalled"
    assert home.memory.detail(cello.id).episode.recalled == 0
    home.memory.forget([cat.id])
    assert home.store.message(answer.id).sources == (cello.id,)
    home.memory.undo_forget([cat.id])
    assert home.store.message(answer.id).sources == (cat.id, cello.id)


def test_an_answer_that_breaks_off_names_what_entered_its_prompt(
    home: Profiled, make_draft: Draft
) -> None:
    cat = home.memory.keep(make_draft(CAT)).episode.id
    cello = home.memory.keep(make_draft(CELLO)).episode.id
    pinned = home.memory.pin([cello], True)
    found = home.memory.retrieval.recall("What does my cat need to eat?", limit=3)
    conversation = home.store.create_conversation().id
    home.store.add_message(conversation, "user", "What does my cat need to eat?")
    answer = home.store.add_message(conversation, "assistant", "", state="writing")
    home.memory.begin_answer(answer.id, found, pinned)
    home.reopen()
    assert home.store.message(answer.id).state == "broken"
    assert home.store.message(answer.id).sources == (cat, cello)
    assert home.memory.detail(cat).episode.recalled == 0
    for _ in range(2):  # it may be there already
        home.memory.begin_answer(answer.id, found, pinned)
    home.memory.finish_turn(
        answer_id=answer.id,
        answer_text="Okay.",
        state="complete",
        traces={},
        baselines={},
        recollections=found,
        pinned=pinned,
    )
    assert home.store.message(answer.id).sources == (cat, cello)
    detail = home.memory.detail(cat)
    assert detail.episode.recalled == 1
    assert [line.action for line in detail.history] == ["kept", "recalled"]
    with pytest.raises(NotFound):
        home.memory.begin_answer(99, found, pinned)


def test_what_was_forgotten_while_the_model_wrote_is_no_source(
    home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT)
    found = home.memory.retrieval.recall("What does my cat need to eat?", limit=3)
    home.memory.forget([found[0].episode.id])
    home.memory.purge(all=True)
    _, answer = home.turn(make_draft, recollections=found)
    assert answer.sources == ()


@pytest.mark.parametrize(
    ("again", "reinforces"),
    [
        (CAT, True),
        ("My cat Pickwick has kidney disease, and needs the low phosphorus food!", True),
        ("my cat Pickwick really has kidney disease and needs low phosphorus food", True),
        ("My cat Pickwick has heart disease and needs the low phosphorus food.", False),
        ("My cat Bertram has kidney disease and needs the low phosphorus food.", False),
        ("My cat Pickwick has no kidney disease and needs the low phosphorus food.", False),
        (CAT[:-1] + " at 7.", False),
    ],
)
def test_only_what_says_nothing_new_reinforces(
    home: Profiled, make_draft: Draft, again: str, reinforces: bool
) -> None:
    first = home.memory.keep(make_draft(CAT))
    second = home.memory.keep(make_draft(again, kind="remembered", salience=0.9))
    assert second.reinforced is reinforces
    assert len(texts(home)) == (1 if reinforces else 2)
    if reinforces:
        assert second.episode.id == first.episode.id
        assert second.episode.reinforced == 1
        assert second.episode.text == CAT
        assert second.episode.salience == 0.9
        assert second.episode.kind == "remembered"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The rent is 950 euros a month.", "The rent is 990 euros a month."),
        ("We meet on Tuesday at the brewery.", "We meet on Thursday at the brewery."),
        ("Anna is older than Ben.", "Ben is older than Anna."),
        ("I fly to Berlin on Monday.", "I fly from Berlin on Monday."),
        ("I don't like mushrooms.", "I like mushrooms."),
        ("She is allergic to bees.", "He is allergic to bees."),
    ],
)
def test_a_change_of_one_word_is_another_episode(
    home: Profiled, make_draft: Draft, old: str, new: str
) -> None:
    home.memory.keep(make_draft(old))
    assert not home.memory.keep(make_draft(new)).reinforced


def test_a_repetition_within_one_turn_reinforces(home: Profiled, make_draft: Draft) -> None:
    asked, _ = home.turn(make_draft, CAT, CAT)
    assert texts(home) == [CAT]
    (episode,) = home.memory.query.page().episodes
    assert episode.reinforced == 1
    assert [source.message_id for source in episode.sources] == [asked.id, asked.id]


def test_the_details_of_a_much_used_episode_are_the_newest(
    home: Profiled, make_draft: Draft
) -> None:
    asked, _ = home.turn(make_draft, CAT)
    (cat,) = home.memory.query.page().episodes
    home.memory.pin([cat.id], True)
    conversation = asked.conversation_id
    for _ in range(MOST_SHOWN + 1):
        told, answer = home.turn(make_draft, CAT, conversation=conversation)
    for number in range(MOST_HISTORY):
        home.memory.pin([cat.id], bool(number % 2))
    detail = home.memory.detail(cat.id)
    assert len(detail.answers) == MOST_SHOWN
    assert detail.answers[0] == answer
    assert len(detail.sources) == MOST_SHOWN
    assert replace(detail.sources[-1].message, kept=()) == told
    assert len(detail.history) == MOST_HISTORY
    assert [line.action for line in detail.history[-2:]] == ["unpinned", "pinned"]


def test_the_list_sorts_pages_and_matches(home: Profiled, make_draft: Draft) -> None:
    a = home.memory.keep(make_draft(CAT, salience=0.6)).episode
    b = home.memory.keep(make_draft(CELLO, salience=0.9)).episode
    c = home.memory.keep(make_draft("The boiler is serviced in May.", salience=0.7)).episode
    assert texts(home, "pho") == [CAT]
    assert texts(home, "low cat") == [CAT]
    assert texts(home, "low cello") == []
    assert texts(home, "PORTO") == [CELLO]
    assert texts(home, '"') == []
    order = {
        sort: [e.id for e in home.memory.query.page(sort=sort).episodes]
        for sort in ("newest", "oldest", "salience", "recalled")
    }
    assert order["newest"] == [c.id, b.id, a.id]
    assert order["oldest"] == [a.id, b.id, c.id]
    assert order["salience"] == [b.id, c.id, a.id]
    page = home.memory.query.page(sort="oldest", offset=1, limit=1)
    assert ([e.id for e in page.episodes], page.total) == ([b.id], 3)
    home.memory.pin([c.id], True)
    home.memory.pin([a.id], True)
    assert texts(home, pinned=True) == [CAT, "The boiler is serviced in May."]
    assert [e.id for e in home.memory.pinned()] == [c.id, a.id]
    assert home.memory.pin([c.id, a.id], False)[0].pinned is False
    assert home.memory.pinned() == ()


def test_an_edited_episode_is_found_by_its_new_text_only(home: Profiled, make_draft: Draft) -> None:
    id = home.memory.keep(make_draft(CAT)).episode.id
    edited = home.memory.edit(id, "Our parrot speaks Basque with the postman.")
    assert edited.edited
    assert edited.gist == "Our parrot speaks Basque with the postman."
    assert texts(home, "phosphorus") == []
    assert texts(home, "parrot") == [edited.text]
    home.reopen()
    assert home.memory.retrieval.recall("What does my cat need to eat?", limit=3) == ()
    found = home.memory.retrieval.recall("What language does my parrot speak?", limit=3)
    assert [one.episode.id for one in found] == [id]
    with pytest.raises(UserError):
        home.memory.edit(id, "  \n ")


def test_unknown_ids_are_not_found(home: Profiled) -> None:
    for use in (
        lambda: home.memory.detail(9),
        lambda: home.memory.edit(9, "text"),
        lambda: home.memory.pin([9], True),
        lambda: home.memory.forget([9]),
        lambda: home.memory.delete_conversation(9, True),
    ):
        with pytest.raises(NotFound):
            use()


def test_stats_count(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    home.memory.pin([1], True)
    stats = home.memory.stats()
    assert (stats.episodes, stats.pinned, stats.recalled_never) == (2, 1, 2)
    assert (stats.conversations, stats.messages, stats.trace_tokens) == (1, 2, 1)
    assert stats.trace_bytes > 0
    assert stats.database_bytes > 0


def test_two_threads_may_use_one_memory(home: Profiled, make_draft: Draft) -> None:
    home.memory.keep(make_draft(CAT))
    faults: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                home.memory.query.page()
                assert home.memory.retrieval.recall("What does my cat need to eat?", limit=1)
                if home.memory.forget([1]):
                    home.memory.undo_forget([1])
        except BaseException as fault:  # noqa: BLE001 - a thread's edge: shown below
            faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        home.memory.keep(make_draft(f"Invoice {number} went to customer {number * 7}."))
    reader.join()
    assert faults == []
    assert len(texts(home)) == 21
    assert all(finding.ok for finding in home.memory.findings(False))
