"""``/context`` in ``nowprint chat``: what the model has before it, as text and as JSON."""

from __future__ import annotations

import io
import json
import sys
import time

import pytest

from nowprint.context_records import ChatContext, ContextPart, LeftPart
from nowprint.errors import CoreDied
from nowprint.service.protocol import Send
from nowprint.service.requests.context import GetContext


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def context() -> ChatContext:
    parts = (
        ContextPart("system", "You are Nowprint.", 96),
        ContextPart("pinned", "I live in Bergen.", 14, 901, salience=0.95),
        ContextPart("chat", "My cat is \x1b[31mPickwick.", 23, 5, "user", 0.86, held=True),
        ContextPart("chat", "Poor thing.", 48, 6, "assistant", shortened=True),
        ContextPart("message", "What does it eat?", 11, 7),
    )
    left = LeftPart(2, "user", "Hello there", 4, time.time() - 7200, "least salient", 0.05)
    return ChatContext(1, time.time(), 2048, 512, parts, (left,), 94_000_000)


def say(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines)))


def test_it_shows_each_part_and_what_has_left(core, run, monkeypatch) -> None:
    core.replies[GetContext] = context()
    say(monkeypatch, "One", "/context")
    status, out, _ = run("chat")
    assert status == 0
    assert core.requests[-1] == GetContext(1)
    lines = [line.rstrip() for line in out.splitlines()]
    first = lines.index("192 of 2,048 tokens before the model; 512 kept free for the answer.")
    told = [line.split(maxsplit=3) for line in lines[first + 1 :]]
    assert told[1] == ["96", "system", "text", "You are Nowprint."]
    assert told[3] == ["23", "0.86", "you", "held       My cat is ␛[31mPickwick."]
    assert told[4] == ["48", "answer", "shortened", "Poor thing."]
    assert lines[first + 7 :][:2] == ["", "Has left, the last first:"]
    assert "2 h  the least salient then  you  Hello there" in lines[-1]


def test_before_the_first_message_there_is_nothing(core, run, monkeypatch) -> None:
    say(monkeypatch, "/context")
    _, out, _ = run("chat")
    assert out.startswith("The model has read nothing of this chat yet")
    assert not any(isinstance(one, GetContext) for one in core.requests)


def test_as_json_it_has_every_field(core, run, monkeypatch) -> None:
    core.replies[GetContext] = context()
    say(monkeypatch, "/context", "One", "/context")
    _, out, _ = run("chat", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert told[0] == {"event": "context", "context": None}
    seen = told[-1]["context"]
    assert (seen["size"], seen["answer_room"]) == (2048, 512)
    assert seen["parts"][2]["held"] is True
    assert seen["left"][0]["why"] == "least salient"


def test_a_core_that_dies_of_it_is_started_again(core, run, monkeypatch) -> None:
    core.replies[GetContext] = CoreDied("It died.")
    monkeypatch.setattr(sys, "stdin", Keyboard("One\n/context\nTwo\n"))
    status, _, err = run("chat")
    assert (status, core.starts) == (0, 2)
    assert "nowprint: It died." in err
    assert core.requests[-1] == Send(1, "Two")
