"""Long chats on the real model: what it has before it, what comes back, and what is dropped."""

from __future__ import annotations

import pytest

from nowprint.chat.prompt import chat_caches
from nowprint.errors import NotFound
from nowprint.events import AnswerText
from nowprint.inspection import Forgetting

from .conftest import Talk, pin

CAT = "My cat Pickwick needs the kidney food from Dr. Alvarez every morning."


def chatter(talk: Talk, conversation: int, count: int, first: int = 0) -> None:
    """Turns of about 40 tokens in which nothing is said."""
    for n in range(first, first + count):
        talk.store.add_message(conversation, "user", f"And what else is there, number {n}?")
        said = f"Number {n} is one more thing that one may look at when there is time for it."
        talk.store.add_message(conversation, "assistant", said)


def hold(talk: Talk, message: int, held: bool) -> None:
    talk.chat.contexts.hold(talk.store, message, held)


@pytest.fixture
def short_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats that are shorter than those that are worth a copy are copied, too."""
    monkeypatch.setattr(chat_caches, "LEAST", 64)


def reads(talk: Talk, conversation: int) -> list[str]:
    context = talk.chat.context(conversation)
    assert context is not None
    return [part.text for part in context.parts]


# --- what it has before it ---------------------------------------------------------------------


def test_a_context_adds_up_in_the_order_of_the_prompt(talk: Talk) -> None:
    pin(talk, "I take no sugar in my coffee.")
    talk.say(CAT)
    conversation = talk.new()
    assert talk.chat.context(conversation) is None
    chatter(talk, conversation, 2)
    answer = talk.say("What does my cat need to eat?", conversation)
    context = talk.chat.context(conversation)
    assert context is not None
    kinds = [part.kind for part in context.parts]
    assert kinds == ["system", "pinned", *["chat"] * 4, "recalled", "message"]
    assert context.tokens == answer.prompt_tokens
    assert (context.size, context.answer_room) == (512, 8)
    assert context.tokens < context.size
    assert context.left == ()
    there = {part.kind: part for part in context.parts}
    assert there["recalled"].text == CAT
    assert there["recalled"].id in answer.sources
    assert there["message"].text == "What does my cat need to eat?"
    assert all(part.tokens > 0 for part in context.parts)
    assert 1 << 20 < context.cached_bytes < 1 << 30


def test_what_matters_is_before_the_model_to_the_end(talk: Talk) -> None:
    conversation = talk.new()
    talk.say(CAT, conversation)
    chatter(talk, conversation, 25)
    talk.say("Good. Go on, please.", conversation)
    context = talk.chat.context(conversation)
    assert context is not None
    (fact,) = [part for part in context.parts if part.text == CAT]
    assert fact.salience is not None
    assert fact.salience > 0.5
    assert "And what else is there, number 0?" not in reads(talk, conversation)
    assert "And what else is there, number 24?" in reads(talk, conversation)
    assert {part.why for part in context.left} == {"least salient"}


def test_what_left_comes_back_as_a_recollection(talk: Talk) -> None:
    conversation = talk.new()
    talk.say(CAT, conversation)
    chatter(talk, conversation, 2)
    talk.say("heron " * 150, conversation)
    assert CAT not in reads(talk, conversation)
    answer = talk.say("What does my cat need to eat?", conversation)
    assert len(answer.sources) == 1


def test_an_edited_message_finds_the_room_that_the_old_one_had_taken(talk: Talk) -> None:
    conversation = talk.new()
    chatter(talk, conversation, 4)
    talk.say("heron " * 210, conversation)
    long = talk.store.messages(conversation)[-2]
    talk.chat.edit(long.id, "Well?", talk.stop, lambda _: None)
    context = talk.chat.context(conversation)
    assert context is not None
    assert context.left == ()
    assert sum(part.kind == "chat" for part in context.parts) == 8


def test_an_answer_is_continued_where_the_chat_is_full(talk: Talk) -> None:
    conversation = talk.new()
    chatter(talk, conversation, 12)
    talk.store.add_message(conversation, "user", "Tell me a story.")
    begun = "Once there was a heron. " * 30
    long = talk.store.add_message(conversation, "assistant", begun, model="m", state="stopped")
    answer = talk.chat.go_on(long.id, talk.stop, lambda _: None)
    assert answer.message.text.startswith(begun)
    assert answer.context_used <= 512


# --- holding -----------------------------------------------------------------------------------


def test_what_the_user_holds_comes_with_the_next_message(talk: Talk) -> None:
    conversation = talk.new()
    chatter(talk, conversation, 25)
    talk.say("Well?", conversation)
    context = talk.chat.context(conversation)
    assert context is not None
    wanted = next(part for part in context.left if part.text.endswith("number 3?"))
    hold(talk, wanted.message_id, True)
    seen = talk.chat.context(conversation)
    assert seen is not None
    assert [part.message_id for part in seen.left if part.held] == [wanted.message_id]
    talk.say("And now?", conversation)
    now = talk.chat.context(conversation)
    assert now is not None
    (held,) = [part for part in now.parts if part.held]
    assert (held.id, held.text) == (wanted.message_id, wanted.text)
    hold(talk, wanted.message_id, False)
    after = talk.chat.context(conversation)
    assert after is not None
    assert not any(part.held for part in after.parts)
    with pytest.raises(NotFound):
        hold(talk, 99_999, True)


# --- coming back -------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_chats")
def test_coming_back_to_a_chat_costs_no_second_reading(talk: Talk) -> None:
    some, other = talk.new(), talk.new()
    chatter(talk, some, 4)
    chatter(talk, other, 4, first=50)
    first = talk.say("Well?", some)
    away = talk.say("Well?", other)
    assert away.reused_tokens < 100
    back = talk.say("And?", some)
    assert back.reused_tokens > 0.95 * first.prompt_tokens
    context = talk.chat.context(some)
    assert context is not None
    assert context.other_chats == 1
    assert 1 << 20 < context.other_bytes < 1 << 30


@pytest.mark.usefixtures("short_chats")
def test_the_oldest_caches_go_when_they_are_too_many(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [talk.new() for _ in range(3)]
    for n, conversation in enumerate(chats):
        chatter(talk, conversation, 4, first=50 * n)
        read = talk.say("Well?", conversation).prompt_tokens
    assert len(talk.chat.contexts.caches) == 2
    monkeypatch.setattr(chat_caches, "MOST", int(1.3 * talk.chat.contexts.caches.bytes))
    assert talk.say("And?", chats[0]).reused_tokens > 0.9 * read
    assert len(talk.chat.contexts.caches) == 2
    assert talk.say("And?", chats[1]).reused_tokens > 0.9 * read
    monkeypatch.setattr(chat_caches, "MOST", int(0.8 * talk.chat.contexts.caches.bytes))
    talk.say("Well?", talk.new())
    assert len(talk.chat.contexts.caches) == 1
    assert talk.say("And?", chats[0]).reused_tokens < 100


# --- dropped -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_chats")
def test_forgetting_drops_what_is_held_in_memory(talk: Talk) -> None:
    some, other = talk.new(), talk.new()
    talk.say(CAT, some)
    chatter(talk, some, 3)
    talk.say("Well?", some)
    chatter(talk, other, 3, first=50)
    talk.say("Well?", other)
    assert len(talk.chat.contexts.caches) == 1
    told = talk.store.messages(some)[0]
    talk.memory.forgetting.forget(Forgetting(messages=(told.id,)), messages=True, answers=True)
    assert talk.chat.context(some) is None
    assert talk.chat.context(other) is None, "it may have been recalled there"
    talk.chat.idle()
    assert len(talk.chat.contexts.caches) == 0
    assert talk.chat.engine.context.used == 0
    assert talk.chat.context(some) is None
    assert CAT not in "\n".join(m.text for m in talk.store.messages(some))
    answer = talk.say("And?", some)
    assert answer.reused_tokens == 0
    assert CAT not in reads(talk, some)


@pytest.mark.usefixtures("short_chats")
def test_a_deleted_chat_leaves_no_cache_even_a_temporary_one(talk: Talk) -> None:
    some = talk.new(temporary=True)
    talk.say("Say, what is a heron, and where does it live? " * 8, some)
    talk.say("Well?")
    assert len(talk.chat.contexts.caches) == 1
    talk.chat.store_of(some).delete_conversation(some)
    talk.chat.idle()
    assert len(talk.chat.contexts.caches) == 0
    assert talk.chat.engine.context.used == 0


def test_only_what_takes_something_away_empties_the_caches(talk: Talk) -> None:
    conversation = talk.new()
    talk.set(memory=False)
    talk.say("What is a heron?", conversation)
    talk.set(seed=5)
    assert talk.say("And a stork?", conversation).reused_tokens > 0


def test_what_was_forgotten_while_a_message_was_answered(talk: Talk) -> None:
    """The prompt was made before; after the answer nothing of it is there any more."""
    conversation = talk.new()
    talk.say(CAT, conversation)
    told = talk.store.messages(conversation)[0]

    def forget(event: object) -> None:
        if isinstance(event, AnswerText):
            talk.on_event = lambda _: None
            what = Forgetting(messages=(told.id,))
            talk.memory.forgetting.forget(what, messages=True, answers=True)

    talk.on_event = forget
    talk.say("Well?", conversation)
    assert talk.chat.context(conversation) is None
    talk.chat.idle()
    assert talk.chat.engine.context.used == 0


def test_with_memory_off_nothing_of_what_was_recalled_stays_cached(talk: Talk) -> None:
    talk.say(CAT)
    conversation = talk.new()
    assert talk.say("What does my cat need to eat?", conversation).sources
    talk.set(memory=False)
    answer = talk.say("And now?", conversation)
    assert (answer.sources, answer.reused_tokens) == ((), 0)
