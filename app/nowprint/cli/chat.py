"""``nowprint chat``: a conversation in the terminal, one line per message; ``--say`` for scripts."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol

from nowprint.cli import json_forms
from nowprint.cli.options import Options
from nowprint.cli.personas import find
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import (
    ago,
    complain,
    counted,
    dim,
    harmless,
    one_line,
    print_json,
    print_table,
    valid,
)
from nowprint.context_records import ChatContext
from nowprint.errors import CoreDied, UserError
from nowprint.events import (
    Answer,
    AnswerText,
    ForgettingAsked,
    HistoryTrimmed,
    Recalled,
    Started,
    Stored,
    ThoughtText,
    TurnEvent,
)
from nowprint.records import Kept, NewConversation, Recollection, Role
from nowprint.service.protocol import Send
from nowprint.service.requests.context import GetContext

HELP = (
    "A line is a message. /new opens a new conversation, /context shows what the model has before it, "
    "/quit ends; Ctrl+C stops an answer."
)
NOTHING = (
    "The model has read nothing of this chat yet; after your next message /context shows what it had "
    "before it."
)
PARTS = {
    "system": "system text",
    "pinned": "pinned memory",
    "recalled": "recalled memory",
    "message": "your message",
}
WHY = {
    "oldest": "the oldest",
    "least salient": "the least salient then",
    "rest of an answer": "the rest of a long answer",
}


def chat(options: Options) -> int:
    with CommandSession(options.profile) as session:
        persona = find(session, options.persona).id if options.persona else None
        session.make_ready(options.model, temporary=options.temporary)
        talk = Talk(session, options, persona)
        if options.say:
            return talk.say_all(options.say)
        return talk.converse()


class Display(Protocol):
    """Shows a turn: ``show`` is called with each of its events, then ``end``."""

    def show(self, event: TurnEvent) -> None: ...
    def end(self) -> None: ...


class Talk:
    """A conversation in the terminal. It is created with its first message, so that none stays empty."""

    def __init__(
        self, session: CommandSession, options: Options, persona: int | None = None
    ) -> None:
        self._session = session
        self._options = options
        self._persona = persona
        self._conversation_id: int | None = None

    def say_all(self, texts: Iterable[str]) -> int:
        for text in texts:
            if not self._options.json:
                print(f"{dim('you:')} {harmless(text)}")
            if self._turn(text):
                return 130
        return 0

    def converse(self) -> int:
        """Send each line of the input as a message, until the input ends or the user enters /quit; return
        the exit code. In a terminal a fault is printed and the conversation goes on."""
        at_terminal = sys.stdin.isatty() and not self._options.json
        if at_terminal:
            print(dim(HELP))
        for line in _lines(at_terminal):
            act = self._show_context if line == "/context" else partial(self._turn, line)
            if line == "/quit":
                break
            if line == "/new":
                self._conversation_id = None
            elif line == "/help" or (at_terminal and _is_slip(line)):
                print(dim(HELP))
            elif at_terminal:
                self._with_patience(act)
            elif act():
                return 130
        return 0

    def _with_patience(self, act: Callable[[], object]) -> None:
        try:
            act()
        except CoreDied as fault:
            complain(str(fault))
            if self._options.temporary:  # a temporary conversation is lost with the core
                self._conversation_id = None
            self._session.start_again(self._options.model, temporary=self._options.temporary)
        except UserError as fault:
            complain(str(fault))

    def _show_context(self) -> bool:
        """Show what the model had before it at the last message; Ctrl+C stops nothing here."""
        there = self._conversation_id
        context = None if there is None else self._session.ask(GetContext(there))
        if self._options.json:
            print_json(json_forms.context_event(context))
        elif context is None:
            print(dim(NOTHING))
        else:
            _print_context(context)
        return False

    def _turn(self, text: str) -> bool:
        """Send a message and show its turn; True if Ctrl+C stopped the answer."""
        new = NewConversation(temporary=self._options.temporary, persona=self._persona)
        there = self._conversation_id
        display: Display = JsonTurn() if self._options.json else ReadableTurn()

        def show(event: TurnEvent) -> None:
            if isinstance(event, Started):
                self._conversation_id = event.message.conversation_id
            display.show(event)

        _, stopped = self._session.turn(Send(new if there is None else there, text), show)
        display.end()
        return stopped


def _lines(at_terminal: bool) -> Iterator[str]:
    """The lines of the input, stripped, without empty ones."""
    if at_terminal:
        with contextlib.suppress(ImportError):  # Windows has no readline
            import readline  # noqa: F401 - gives input() a history and editing
    while True:
        try:
            line = input("you: " if at_terminal else "")
        except EOFError:
            return
        if text := valid(line).strip():
            yield text


class JsonTurn:
    """Prints exactly three JSON objects per turn, in this order: recalled, answer, stored."""

    def __init__(self) -> None:
        self._recalled_told = False
        self._kept: tuple[Kept, ...] = ()

    def show(self, event: TurnEvent) -> None:
        if isinstance(event, Recalled):
            self._tell_recalled(event.memories)
        elif isinstance(event, HistoryTrimmed):
            complain(_trimmed(event))
        elif isinstance(event, ForgettingAsked):
            complain(_to_forget(event))
        elif isinstance(event, Answer):
            self._tell_recalled(())
            print_json(json_forms.answer_event(event))
        elif isinstance(event, Stored):
            self._kept += event.kept

    def end(self) -> None:
        print_json(json_forms.stored_event(self._kept))

    def _tell_recalled(self, memories: tuple[Recollection, ...]) -> None:
        if not self._recalled_told:
            print_json(json_forms.recalled_event(memories))
            self._recalled_told = True


class ReadableTurn:
    """Prints the answer as it grows, then the episodes in its prompt and what was kept."""

    def __init__(self) -> None:
        self._memories: tuple[Recollection, ...] = ()
        self._kept: tuple[Kept, ...] = ()
        self._matches: tuple[Recollection, ...] = ()
        self._answer: Answer | None = None
        self._shown = False
        self._thought_seconds = 0.0

    def show(self, event: TurnEvent) -> None:
        if isinstance(event, Recalled):
            self._memories = event.memories
        elif isinstance(event, HistoryTrimmed):
            complain(_trimmed(event))
        elif isinstance(event, ThoughtText):
            if not self._thought_seconds:
                print(dim("thinking…"), end="", flush=True)
            self._thought_seconds = event.seconds
        elif isinstance(event, AnswerText) and event.text:
            self._write(event.text)
        elif isinstance(event, ForgettingAsked):
            self._matches = event.matches
        elif isinstance(event, Answer):
            self._answer = event
        elif isinstance(event, Stored):
            self._kept += event.kept

    def end(self) -> None:
        if self._answer is not None and self._answer.finish == "stopped":
            self._write(" …")
        print()
        texts = {memory.episode.id: memory.episode.text for memory in self._memories}
        for source in self._answer.sources if self._answer else ():
            print(dim(f"  from memory: #{source} {_short(texts.get(source, '(pinned)'))}"))
        for match in self._matches:
            print(dim(f"  #{match.episode.id} {_short(match.episode.text)}"))
        if self._matches:
            print(dim(f"  to forget them: {_command(self._matches)}"))
        for kept in self._kept:
            word = "reinforced" if kept.reinforced else "kept"
            if kept.episode.held_back:
                word = f"held back ({kept.episode.held_back})"
            print(dim(f"  {word}: #{kept.episode.id} {_short(kept.episode.text)}"))
        sys.stdout.flush()

    def _write(self, text: str) -> None:
        if not self._shown:
            if self._thought_seconds:
                print(dim(f" for {self._thought_seconds:.0f} s"))
            print(f"{dim('nowprint:')} ", end="")
            self._shown = True
        print(harmless(text), end="", flush=True)


def _is_slip(line: str) -> bool:
    """Whether a line is no message, but a command that was misspelt."""
    return line[:1] == "/" and line[1:].isalpha() and line != "/context"


def _print_context(context: ChatContext) -> None:
    print(
        f"{context.tokens:,} of {counted(context.size, 'token')} before the model; "
        f"{context.answer_room:,} kept free for the answer."
    )
    rows = []
    for part in context.parts:
        who = PARTS.get(part.kind) or _who(part.role)
        notes = [word for word, on in (("shortened", part.shortened), ("held", part.held)) if on]
        rows.append(
            (f"{part.tokens:,}", _figure(part.salience), who, ", ".join(notes), _short(part.text))
        )
    print_table(("TOKENS", "SALIENCE", "PART", "NOTE", "BEGINNING"), rows)
    if context.left:
        print("\nHas left, the last first:")
        left = [
            (f"{one.tokens:,}", ago(one.at), WHY[one.why], _who(one.role), _short(one.text))
            for one in context.left
        ]
        print_table(("TOKENS", "AGO", "WHY", "WHO", "BEGINNING"), left)


def _figure(salience: float | None) -> str:
    return "" if salience is None else f"{salience:.2f}"


def _who(role: Role) -> str:
    return "you" if role == "user" else "answer"


def _trimmed(event: HistoryTrimmed) -> str:
    return f"{counted(event.messages, 'message')} of this conversation did not fit into the prompt."


def _to_forget(event: ForgettingAsked) -> str:
    if not event.matches:
        return "No memory matches: nothing has been forgotten."
    return f"Nothing has been forgotten yet. To forget what matches: {_command(event.matches)}"


def _command(matches: tuple[Recollection, ...]) -> str:
    ids = " ".join(str(match.episode.id) for match in matches)
    return f"nowprint memory forget {ids} --messages --answers"


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= 72 else line[:71] + "…"
