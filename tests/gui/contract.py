"""What a front end is promised, asked of the core and of the fake client alike.

A ``Side`` is one of the two, with an account of all that it answered, refused and told. Accounts can
be compared: an id is told by its turn ("episode 2"), and left out is what may differ: times, figures,
what the model writes and thinks, and the words in which something is refused.
"""

from __future__ import annotations

import dataclasses
import queue
from array import array
from collections.abc import Callable
from types import UnionType
from typing import Any, get_args

import pytest
from fake_client import FakeClient

from nowprint import settings
from nowprint.errors import CoreDied, UserError
from nowprint.events import Answer, AnswerText, Progress, Started, TurnEvent
from nowprint.inspection import ImportItem
from nowprint.service.protocol import TurnRequest
from nowprint.service.requests.memory import FindIds

SECONDS = 90.0
FREE = {
    *("at", "created", "updated", "last_recalled", "start", "weeks", "seconds_left"),
    *("salience", "why", "score", "parts", "nats", "x", "y", "tokens", "gist", "spans", "weights"),
    *("tokens_per_second", "prompt_tokens", "reused_tokens", "context_used", "finish", "fraction"),
    *("bytes", "model", "path", "reason", "notes", "history", "task"),
    *("influential", "measured", "influence", "Replay.done", "Replay.kept"),  # by and by
    *("ImportReview.source", "Import.source", "ForgettingPlan.answers"),
    *(
        "ForgettingPlan.said",
        "ForgettingPlan.emptied",
        "ForgettingPlan.own",
    ),  # these depend on answers
    *("made", "program", "contents", "now", "newer", "RestorePreview.forgotten"),
    *("HubModelFile.memory", "bytes_per_second", "PlainFact.told", "Name.first", "Name.last"),
}
"""Fields whose values may differ."""
OPAQUE = {"ModelInfo", "AnswerText", "MemoryStats", "ChatContext", "SleepState"}
"""Of these only the type is compared."""
TEXTS = {"RenderChat"}
"""Of these replies, which are texts, only whether there is one."""
KINDS = {
    "conversation_id": "conversation",
    "message_id": "message",
    "answer_id": "message",
    "episode_id": "episode",
    "replaced_by": "episode",
    "previous_id": "episode",
    "next_id": "episode",
    "with_id": "episode",
    "project": "project",
    "origin": "import",
    "batch": "batch",
    "Conversation.id": "conversation",
    "Message.id": "message",
    "Message.sources": "episode",
    "Message.replaces": "message",
    "Message.parent": "message",
    "Message.siblings": "message",
    "Answer.sources": "episode",
    "Episode.id": "episode",
    "Episode.replaces": "episode",
    "Message.kept": "episode",
    "EpisodePlot.ids": "episode",
    "EpisodePlot.conversations": "conversation",
    "ForgettingPlan.ids": "episode",
    "NamePage.ids": "episode",
    "ForgettingPlan.messages": "message",
    "PlannedMessage.id": "message",
    "EmptiedChat.id": "conversation",
    "Project.id": "project",
    "Persona.id": "persona",
    "Conversation.persona": "persona",
    "Project.persona": "persona",
    "ImportReview.id": "review",
    "Import.id": "import",
    "Replay.id": "reading",
}
"""What the ids in a field are ids of."""


class Side:
    """The core or the fake client, behind a client's interface."""

    def __init__(self, client: Callable[..., Any], profile: settings.Profile) -> None:
        self.account: list[str] = []
        self.told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.folder = profile.home.parent / f"{profile.home.name}-files"
        self.folder.mkdir()
        self._names: dict[str, list[int]] = {}
        self.client = client(profile, on_event=self.told.put, on_death=self.told.put)

    def expect(
        self,
        *,
        keeps: str = "",
        recalls: tuple[int, ...] = (),
        duplicates: tuple[tuple[str, int], ...] = (),
        talks: tuple[int, int] = (0, 0),
        passphrase: str = "",
    ) -> None:
        """What the next message leads to, or the next file holds: the fake has to be told."""
        if isinstance(fake := self.client, FakeClient):
            fake.keeps, fake.recalls = keeps, recalls
            items = [ImportItem(text, 0.0, "", id) for text, id in duplicates]
            fake.items = {"duplicate": items} if items else {}
            fake.talks, fake.passphrase = talks, passphrase

    # --- asking ----------------------------------------------------------------------------

    def ask(self, request: Any) -> Any:
        """The reply, of the type that the request's class names."""
        return self._noted(request, self.client.call(request))

    def turn(
        self, request: TurnRequest, on_event: Callable[[TurnEvent], None] = lambda _: None
    ) -> tuple[Answer, list[TurnEvent]]:
        """The answer, and the events before it; in the account the pieces of its text are one."""
        events: list[TurnEvent] = []

        def take(event: TurnEvent) -> None:
            events.append(event)
            on_event(event)

        answer: Answer = self._noted(request, self.client.turn(request, take))
        for before, event in zip([None, *events], events, strict=False):
            if type(before) is not type(event) and not isinstance(event, Progress):
                self._note("event", event)
        begun = "".join(event.answer.text for event in events if isinstance(event, Started))
        said = "".join(event.text for event in events if isinstance(event, AnswerText))
        assert begun + said == answer.message.text
        return answer, events

    def refuses(self, *requests: Any) -> None:
        """Each fails with a sentence for the user."""
        for request in requests:
            ask = self.turn if isinstance(request, TurnRequest) else self.ask
            with pytest.raises(UserError, match=r"(?s)^([A-Z“/\d]|[\w-]+/).*\.$"):
                ask(request)

    def until(self, kind: type, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """Wait for an announcement, and note it."""
        while not (isinstance(event := self.told.get(timeout=SECONDS), kind) and wanted(event)):
            assert not isinstance(event, CoreDied), event
        self._note("told", event)
        return event

    # --- the account -----------------------------------------------------------------------

    def _noted(self, request: Any, future: Any) -> Any:
        name = type(request).__name__
        try:
            reply = future.result(SECONDS)
        except UserError as refusal:
            self._note(f"{name} refused", type(refusal).__name__)
            raise
        assert _is(reply, promised(type(request))), (request, reply)
        told = bool(reply) if name in TEXTS else reply
        self._note(name, told, "episode" if isinstance(request, FindIds) else "")
        return reply

    def _note(self, place: str, value: Any, kind: str = "") -> None:
        """A line for each part of the value; ``kind`` is what its numbers are ids of."""
        if dataclasses.is_dataclass(value):
            name = type(value).__name__
            self.account.append(f"{place}: {name}")
            for field in dataclasses.fields(value) if name not in OPAQUE else ():
                inner = getattr(value, field.name)
                if field.name == "text" and getattr(value, "role", "") == "assistant":
                    inner = bool(inner)
                if not {field.name, f"{name}.{field.name}"} & FREE:
                    kind = KINDS.get(f"{name}.{field.name}", KINDS.get(field.name, ""))
                    self._note(f"{place}.{field.name}", inner, kind)
        elif isinstance(value, tuple | array):
            self.account.append(f"{place}: {len(value)}")
            for number, one in enumerate(value):
                self._note(f"{place}[{number}]", one, kind)
        else:
            told = self._name(kind, value) if kind and value else repr(value)
            self.account.append(f"{place}: {told}")

    def _name(self, kind: str, id: int) -> str:
        known = self._names.setdefault(kind, [])
        if id not in known:
            known.append(id)
        return f"{kind} {known.index(id) + 1}"


def promised(request: type) -> Any:
    """The type of the reply, as the request's class names it."""
    (base,) = request.__orig_bases__
    return get_args(base)[0]


def _is(value: Any, kind: Any) -> bool:
    if kind is type(None):
        return value is None
    if isinstance(kind, UnionType):
        return any(_is(value, one) for one in get_args(kind))
    if inner := getattr(kind, "__args__", None):
        return isinstance(value, tuple) and all(type(one) is inner[0] for one in value)
    return type(value) is kind
