"""``nowprint chat``: what it sends, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nowprint.cli import chat
from nowprint.errors import CoreDied, MessageTooLong, ModelFileError
from nowprint.events import AnswerText, HistoryTrimmed, Recalled, Stored, TurnEvent
from nowprint.records import NewConversation
from nowprint.service.protocol import (
    GetSettings,
    LoadModel,
    Prepare,
    Send,
)
from nowprint.settings import Settings

from .conftest import episode


def events(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_say_is_one_turn_each_in_one_new_conversation(core, run) -> None:
    status, out, err = run("chat", "--model", "m.gguf", "--say", "One", "--say", "Two")
    assert (status, err) == (0, "")
    assert core.requests == [
        LoadModel("m.gguf"), GetSettings(), Prepare(),
        Send(NewConversation(), "One"), Send(1, "Two"),
    ]  # fmt: skip
    assert out.count("nowprint: Low phosphorus food.\n") == 2
    assert "  from memory: #3 My cat is Pickwick.\n  kept: #4 It needs the food.\n" in out


def test_the_embedder_is_loaded_only_where_memory_is_at_work(core, run) -> None:
    assert run("chat", "--say", "One")[0] == 0
    assert core.requests[:3] == [GetSettings(), LoadModel(""), Prepare()]
    assert run("chat", "--temporary", "--say", "One")[0] == 0
    core.replies[GetSettings] = Settings(memory=False)
    assert run("chat", "--say", "One")[0] == 0
    assert core.requests.count(Prepare()) == 1


def test_json_is_three_objects_a_turn_in_order(core, run) -> None:
    status, out, _ = run("chat", "--say", "One", "--say", "Two", "--json")
    assert status == 0
    told = events(out)
    assert [one["event"] for one in told] == ["recalled", "answer", "stored"] * 2
    (memory,) = told[0]["memories"]
    assert (memory["id"], memory["text"], memory["score"]) == (3, "My cat is Pickwick.", 0.9)
    assert memory["parts"] == {"embedding": 0.6, "words": 0.3}
    assert told[1]["text"] == "Low phosphorus food."
    assert told[1]["sources"] == [3]
    assert (told[1]["tokens"], told[1]["tokens_per_second"], told[1]["finish"]) == (4, 31.5, "end")
    (kept,) = told[2]["episodes"]
    assert (kept["id"], kept["salience"], kept["reinforced"]) == (4, 0.81, False)
    trigger = kept["why"]["tokens"][0]
    assert trigger["text"] == " Pickwick"
    assert (trigger["statistic"], trigger["value"], trigger["threshold"]) == (
        "surprisal",
        11.5,
        6.25,
    )
    assert kept["why"]["tokens"][1]["value"] is None, "JSON has no infinity"


def test_json_has_three_objects_where_nothing_was_recalled_and_kept(core, run) -> None:
    core.events = [e for e in core.events if not isinstance(e, Recalled | Stored)]
    core.events.append(Stored((), 7))
    told = events(run("chat", "--say", "One", "--json")[1])
    assert [one["event"] for one in told] == ["recalled", "answer", "stored"]
    assert told[0]["memories"] == []
    assert told[2]["episodes"] == []


def test_a_turn_is_over_when_its_own_message_is_judged(core, run) -> None:
    """Also where what was said before this core began is judged in between."""
    stored = core.events.pop()
    (kept,) = stored.kept
    early = Stored((replace(kept, episode=episode(9)),), 3)
    core.events = [early, *core.events, early, stored]
    status, out, _ = run("chat", "--say", "One", "--say", "Two", "--json")
    assert status == 0
    told = events(out)
    assert [one["event"] for one in told] == ["recalled", "answer", "stored"] * 2
    for one in told[2::3]:
        assert [episode["id"] for episode in one["episodes"]] == [4]


def test_a_core_that_dies_while_it_judges_is_told_after_the_answer(core, run) -> None:
    core.events[-1] = CoreDied("The model process stopped.")
    status, out, err = run("chat", "--say", "One", "--say", "Two", "--json")
    assert (status, err) == (1, "nowprint: The model process stopped.\n")
    assert [one["event"] for one in events(out)] == ["recalled", "answer"]
    assert Send(1, "Two") not in core.requests


def test_a_trimmed_history_is_told_on_stderr(core, run) -> None:
    core.events.insert(1, HistoryTrimmed(6))
    _, out, err = run("chat", "--say", "One", "--json")
    assert len(events(out)) == 3
    assert "6 messages of" in err
    core.events[1] = HistoryTrimmed(1)
    assert "1 message of" in run("chat", "--say", "One", "--json")[2]


def test_text_cannot_steer_the_terminal(core, run) -> None:
    core.events[2:4] = [AnswerText("a\x1b[2Jb\rc\u202ed", 1, 1.0, 1)]
    _, out, _ = run("chat", "--say", "\x1b]0;owned\x07 hello")
    assert "a␛[2Jb␍c\ufffdd" in out
    assert not any(character < " " and character != "\n" for character in out)
    assert core.requests[-1] == Send(NewConversation(), "\x1b]0;owned\x07 hello"), (
        "the core gets it as it was"
    )


def test_a_bad_model_ends_before_anything_is_made(core, run) -> None:
    core.replies[LoadModel] = ModelFileError("notes.txt is no GGUF file:\nchoose another.")
    status, out, err = run("chat", "--model", "notes.txt", "--say", "Hello", "--json")
    assert (status, out) == (1, "")
    assert err == "nowprint: notes.txt is no GGUF file: choose another.\n"
    assert core.requests == [LoadModel("notes.txt")]


def test_a_refused_first_message_leaves_no_conversation(core, run) -> None:
    core.events = []
    core.replies[Send] = MessageTooLong("The message is too long.")
    status, _, err = run("chat", "--say", "x" * 200_000)
    assert (status, err) == (1, "nowprint: The message is too long.\n")
    assert core.requests[-1] == Send(NewConversation(), "x" * 200_000), "which the core then undoes"


def test_a_dead_core_ends_a_script_and_keeps_the_conversation(core, run) -> None:
    core.events = core.events[:3]
    core.replies[Send] = CoreDied("The model process stopped.")
    status, _, err = run("chat", "--say", "Hello")
    assert (status, err) == (1, "nowprint: The model process stopped.\n")
    assert isinstance(core.requests[-1], Send)


@pytest.mark.parametrize("text", ["", " \n "])
def test_there_must_be_something_to_say(run, text: str) -> None:
    status, _, err = run("chat", "--say", text)
    assert status == 2
    assert "it is empty" in err


def test_bytes_that_are_no_text_become_text(core, run) -> None:
    run("chat", "--say", "caf\udce9")
    assert core.requests[-1] == Send(NewConversation(), "caf\ufffd")


@pytest.fixture
def press(core, monkeypatch) -> Callable[[int], None]:
    """Press Ctrl+C so many times when the answer's first text is shown."""
    show = chat.JsonTurn.show

    def press(times: int) -> None:
        core.waits_for_stop = True

        def show_and_press(self: chat.JsonTurn, event: TurnEvent) -> None:
            show(self, event)
            if isinstance(event, AnswerText) and event.tokens == 2:
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(chat.JsonTurn, "show", show_and_press)

    return press


def test_ctrl_c_stops_the_answer_and_then_the_script(core, run, press) -> None:
    press(1)
    status, out, _ = run("chat", "--say", "One", "--say", "Two", "--json")
    assert (status, core.stops) == (130, 1)
    assert [one["event"] for one in events(out)] == ["recalled", "answer", "stored"]
    assert Send(1, "Two") not in core.requests
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_twice_ends_at_once(core, run, press) -> None:
    press(2)
    core.stopping.set()  # the fake's answer ends whatever the terminal does
    status, out, err = run("chat", "--say", "One", "--json")
    assert (status, err) == (130, "")
    assert "stored" not in out


# --- talking -----------------------------------------------------------------------------------


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_of_the_input_are_turns(core, run, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("One\n\n  Two \n/quit\nThree\n"))
    status, out, _ = run("chat", "--json")
    assert status == 0
    assert len(events(out)) == 6
    assert core.requests[-2:] == [Send(NewConversation(), "One"), Send(1, "Two")]


def test_talking_goes_on_after_a_fault(core, run, monkeypatch) -> None:
    answer = core.replies[Send]
    core.replies[Send] = [MessageTooLong("Too long."), answer, CoreDied("It died."), answer]
    monkeypatch.setattr(sys, "stdin", Keyboard("long\nOne\nTwo\nThree\n/quit\n"))
    status, out, err = run("chat")
    assert (status, core.starts) == (0, 2)
    assert "nowprint: Too long." in err
    assert "nowprint: It died." in err
    assert out.count("kept: #4") == 2
    assert [one for one in core.requests if isinstance(one, LoadModel)] == [LoadModel("")] * 2


def test_a_new_conversation_and_help(core, run, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("One\n/new\nTwo\n/help\n/contxt\n"))
    status, out, _ = run("chat")
    assert status == 0
    assert [one.conversation for one in core.requests if isinstance(one, Send)] == [
        NewConversation()
    ] * 2
    assert out.count("/quit ends") == 3
