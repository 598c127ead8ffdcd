"""Requests of forgetting, answered over a real store and memory: what is hidden, and what is learned."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nowprint.chat.chat import Chat
from nowprint.errors import NotFound, UserError
from nowprint.forgetting_plan import RetentionRules
from nowprint.inspection import EpisodeFilter, Forgetting, Forgotten, Receipt
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Contribution, EpisodeDraft, NewConversation, Source, Why
from nowprint.service import protocol as p
from nowprint.service.forgetting_handlers import ForgettingHandlers
from nowprint.service.handlers import open_profile
from nowprint.service.requests import memory as m
from nowprint.service.requests import retention as rt
from nowprint.service.router import Router
from nowprint.settings import Profile, Settings, prepare_profile

from ..memory.marked import WordEmbedder

TEXTS = ("My sister Marta plays the cello.", "The boiler is serviced in May.", "I like plums.")


class Asked:
    """The handlers over a profile of three episodes, each of a message of one conversation."""

    def __init__(self, folder: Path) -> None:
        self.store = ConversationStore(folder / "memory.db")
        self.memory = Memory(self.store, WordEmbedder(), folder / "index.hnsw", lambda _: None)
        self.chat = Chat(self.store, self.memory, Settings())
        self.router = Router()
        ForgettingHandlers(self.store, self.memory, self.chat).register(self.router)
        self.conversation = self.store.create_conversation().id
        self.ids = tuple(map(self._keep, TEXTS))

    def _keep(self, text: str) -> int:
        message = self.store.add_message(self.conversation, "user", text)
        why = Why(0.8, 0.5, -1.0, (Contribution("names", 1.0, 0.7),), ())
        source = Source(message.id, self.conversation, "user", 0, len(text))
        draft = EpisodeDraft(text, text, "captured", 0.8, why, (source,))
        return self.memory.judge(message.id, None, (), [draft])[0].episode.id

    def ask(self, request: Any) -> Any:
        return self.router.answer(request)

    def taught(self) -> tuple[int, float]:
        """How many examples, and how far the bias moved."""
        state = self.chat.judge.state()
        return state.not_worth, state.weights[0].learned - state.weights[0].starting


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    asked = Asked(tmp_path)
    yield asked
    asked.chat.close()
    asked.memory.close()


def test_forget_teaches_and_undo_takes_it_back(asked: Asked) -> None:
    hint = asked.ask(m.Forget(Forgetting(asked.ids[:2])))
    count, little = asked.taught()
    assert count == 2
    assert little < 0
    assert asked.ask(m.UndoForgetting(hint.batch)).episodes == 2
    assert asked.taught() == (0, 0.0)
    plain = m.Forget(Forgetting(filter=EpisodeFilter("boiler")), teaches="not worth")
    assert asked.ask(plain).episodes == 1
    count, much = asked.taught()
    assert count == 1
    assert much < little
    with pytest.raises(UserError, match="minute is over"):
        asked.ask(m.UndoForgetting(99))
    with pytest.raises(NotFound):
        asked.ask(m.Forget(Forgetting((99,))))
    assert asked.taught() == (1, much)


@pytest.mark.parametrize("what", ["conversation", "everything", "span"])
def test_what_names_no_episode_teaches_nothing(asked: Asked, what: str) -> None:
    wanted: dict[str, Any] = {
        "conversation": asked.conversation,
        "everything": True,
        "span": (0.0, 1e12),
    }
    forgetting = Forgetting(**{what: wanted[what]})
    assert asked.ask(m.PlanForgetting(forgetting)).ids == asked.ids
    assert asked.ask(m.Forget(forgetting)).episodes == 3
    assert asked.taught() == (0, 0.0)


def test_forget_now_gives_the_receipt(asked: Asked) -> None:
    receipt: Receipt = asked.ask(m.ForgetNow(Forgetting(asked.ids[:1]), messages=True))
    assert (receipt.episodes, receipt.messages) == (1, 1)
    assert receipt.checks
    assert not any(check.hits for check in receipt.checks)
    assert asked.ask(m.ListReceipts()) == (receipt,)
    with pytest.raises(UserError, match="minute is over"):
        asked.ask(m.UndoForgetting(receipt.batch))
    with pytest.raises(UserError, match="Nothing matches"):
        asked.ask(m.ForgetNow(Forgetting(filter=EpisodeFilter("zeppelin"))))
    waiting = asked.ask(m.Forget(Forgetting(asked.ids[1:2])))
    asked.ask(m.ForgetNow(Forgetting(asked.ids[2:])))
    assert asked.ask(m.UndoForgetting(waiting.batch)).episodes == 1, "another batch waits on"


def test_the_first_requests_do_the_same(asked: Asked) -> None:
    assert asked.ask(p.ForgetEpisodes(asked.ids[:1])) == 1
    assert asked.ask(p.NotWorthKeeping(asked.ids[1:2])) == 1
    assert asked.ask(p.UndoForget(asked.ids[1:2])) == 1
    assert asked.memory.query.ids() == (asked.ids[2], asked.ids[1])
    assert asked.ask(p.DeleteConversation(asked.conversation, forget=False)).episodes == 0
    with pytest.raises(NotFound):
        asked.store.conversation(asked.conversation)
    assert asked.ask(p.PurgeForgotten()) == 1
    assert asked.memory.episodes(asked.ids[1:2])[0].sources == ()
    again = asked.store.create_conversation().id
    assert asked.ask(p.DeleteConversation(again, forget=True)).batch == 0
    temporary = asked.chat.create_conversation(NewConversation(temporary=True)).id
    assert asked.ask(p.DeleteConversation(temporary, forget=True)).batch == 0


def test_a_rule_is_no_opinion_on_what_it_forgets(asked: Asked) -> None:
    rules = RetentionRules(older=1)
    with asked.store.database.writing() as connection:
        connection.execute("UPDATE episode SET updated = 0 WHERE id = ?", [asked.ids[0]])
    assert asked.ask(rt.PlanRetention(rules)).plan.ids == asked.ids[:1]
    done = asked.ask(rt.ForgetByRules(rules))
    assert (done.episodes, asked.taught()) == (1, (0, 0.0))
    assert asked.ask(m.UndoForgetting(done.batch)).episodes == 1


def test_rules_are_applied_when_nothing_waits_and_the_front_end_is_told(profile: Profile) -> None:
    prepare_profile(profile)
    told: list[Any] = []
    wanted = Event()
    with contextlib.closing(open_profile(profile, told.append, wanted)) as handlers:
        draft = EpisodeDraft(TEXTS[0], TEXTS[0], "remembered", 1, Why(1, 0, 0, (), ()), ())
        database = handlers._store.database
        with database.writing():
            handlers._memory._writer.drafts([draft], None, None, 0.0)
        rules = RetentionRules(older=1)
        handlers.answer(rt.PlanRetention(rules))
        handlers.answer(rt.UseRetention(replace(rules, on=True)))
        wanted.set()
        assert not handlers.idle(), "a request waits"
        wanted.clear()
        assert handlers.idle()
        assert not handlers.idle(), "once a day"
        events = [event for event in told if isinstance(event, Forgotten)]
        assert [event.episodes for event in events] == [1]
        handlers.answer(m.UndoForgetting(events[0].batch))
