"""Replay: imported conversations read through the model like a live chat, with trace and judging.

It runs on the generating thread while no request waits. When the model has read a message to its end,
the message is stored together with its trace and then judged. When a request comes, it gets the thread
after the present batch, which takes about ``HEED`` seconds. If that interrupts the reading of a
message, the message is read again later; if it interrupts the judging, the message is judged later
(Judge.judge_left). Replay writes no answers, recalls nothing and teaches the episodic head nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.judge import Judge, read_turn
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.prompt.chat_caches import READING, ChatCaches
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Stopped
from nowprint.errors import MessageTooLong, NotFound
from nowprint.inspection import Announcement, ReplayProgress
from nowprint.memory.files.replays import Waiting
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Message, TokenScore

HEED = 0.06
"""Seconds that a batch may take, after which a waiting request is noticed."""
TELL_SECONDS = 0.5
"""The least time between two announcements of progress."""
HISTORY = 200
"""How many earlier messages are fetched as a message's history; a prompt has no room for more."""
_LEAST_SECONDS = 2.0
"""How long to read before the speed is good enough to estimate the time that is left."""


class Replayer:
    """Reads the messages of a profile's imports that are still to be read."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        judge: Judge,
        announce: Callable[[Announcement], None],
        wanted: Event,
        caches: ChatCaches,
    ) -> None:
        self._store = store
        self._caches = caches
        self._replays = memory.files.replays
        self._judge = judge
        self._announce = announce
        self._wanted = wanted
        self._characters = 0
        self._seconds = 0.0
        self._told = 0.0

    def run(self, engine: Engine, prompts: PromptBuilder, keep: float) -> None:
        """Read until all is read, everything is paused, or a request waits.

        ModelFileError when there is not enough memory for judging beside the conversation.
        """
        while not self._wanted.is_set() and (waiting := self._replays.next()):
            began = time.monotonic()
            try:
                if not self._one(engine, prompts, waiting, keep):
                    break
            finally:
                self._seconds += time.monotonic() - began
            self._characters += len(waiting.text)
            self._tell(waiting.reading)

    def _one(self, engine: Engine, prompts: PromptBuilder, waiting: Waiting, keep: float) -> bool:
        """Read and judge one message; False if a request waited and interrupted the reading."""
        if waiting.role != "user":
            self._replays.take(waiting, None, {})
            return True
        history: tuple[Message, ...] = ()
        if waiting.conversation is not None:
            try:
                history = self._store.messages(
                    waiting.conversation, before=waiting.message, limit=HISTORY
                )
            except NotFound:  # the user deleted it meanwhile: the rest becomes a new conversation
                if waiting.message is not None:
                    self._replays.take(waiting, None, {})
                    return True
                waiting = replace(waiting, conversation=None)
        try:
            tokens = self._read(engine, prompts, history, waiting.text)
        except Stopped:
            return False
        if tokens is None:
            self._replays.take(waiting, None, {})
            return True
        baselines = self._judge.heard(engine.info.id, "user", tokens)
        message = self._replays.take(waiting, tokens, baselines)
        if message is not None:
            turn = read_turn(message, tokens, history)
            self._judge.judge(engine, turn, keep=keep, stop=self._wanted)
        return True

    def _read(
        self, engine: Engine, prompts: PromptBuilder, history: tuple[Message, ...], text: str
    ) -> tuple[TokenScore, ...] | None:
        """The message's trace; None if this model can't read the message. Stopped if a request waits."""
        try:
            prompts.check(text)
            messages, _ = prompts.with_recollections(prompts.base((), history, text), ())
            prompt = engine.build(messages)
            self._caches.turn_to(engine.context, READING)
            return engine.prefill(prompt, self._wanted, score=True, heed=HEED).scores
        except MessageTooLong:
            return None
        except RuntimeError as fault:  # llama.cpp failed: one message must not hold up the others
            log(fault)
            return None

    def _tell(self, id: int) -> None:
        left = self._replays.left(id)
        if left and time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        try:
            reading = self._replays.get(id)
        except NotFound:
            return
        seconds = None
        if self._seconds >= _LEAST_SECONDS and self._characters:
            seconds = left * self._seconds / self._characters
        if not left:
            reading, seconds = replace(reading, done=reading.total), 0.0
        self._announce(ReplayProgress(replace(reading, seconds_left=seconds)))
