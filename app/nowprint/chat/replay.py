"""Conversations from elsewhere, read as if they were told now: the same prompt, trace, gate and judging.

Runs on the generating thread while nothing else waits. A message is stored together with its trace
when the model has read it whole, and judged then; whoever waits gets the thread within a batch of
``HEED`` seconds. What breaks off in the reading of a message begins with it again, what breaks off in
its judging is made up for as after any kill. Nothing of what is read answers, recalls or teaches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.judge import Judge, read_turn
from nowprint.chat.prompt import PromptBuilder
from nowprint.engine.context import Stopped
from nowprint.engine.engine import Engine
from nowprint.errors import MessageTooLong, NotFound
from nowprint.inspection import Announcement, ReplayProgress
from nowprint.memory.files.replays import Waiting
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Message, TokenScore

HEED = 0.06
"""Seconds until it is seen that somebody waits."""
TELL_SECONDS = 0.5
HISTORY = 200
"""Messages before one: more than any prompt has room for is never read."""
_LEAST_SECONDS = 2.0
"""Before that the speed says little."""


class Replayer:
    """What is left to read of a profile's imports."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        judge: Judge,
        announce: Callable[[Announcement], None],
        wanted: Event,
    ) -> None:
        self._store = store
        self._readings = memory.files.replays
        self._judge = judge
        self._announce = announce
        self._wanted = wanted
        self._characters = 0
        self._seconds = 0.0
        self._told = 0.0

    def run(self, engine: Engine, prompts: PromptBuilder, keep: float) -> None:
        """Read on until all is read, everything is paused, or somebody waits.

        ModelFileError when there is no room for judging beside the conversation.
        """
        while not self._wanted.is_set() and (waiting := self._readings.next()):
            began = time.monotonic()
            try:
                if not self._one(engine, prompts, waiting, keep):
                    break
            finally:
                self._seconds += time.monotonic() - began
            self._characters += len(waiting.text)
            self._tell(waiting.reading)

    def _one(self, engine: Engine, prompts: PromptBuilder, waiting: Waiting, keep: float) -> bool:
        """One message; False if somebody waits and it was not read."""
        if waiting.role != "user":
            self._readings.take(waiting, None, {})
            return True
        history: tuple[Message, ...] = ()
        if waiting.conversation is not None:
            try:
                history = self._store.messages(waiting.conversation, limit=HISTORY)
            except NotFound:  # deleted meanwhile: what is left of it is a conversation of its own
                waiting = replace(waiting, conversation=None)
        try:
            tokens = self._read(engine, prompts, history, waiting.text)
        except Stopped:
            return False
        if tokens is None:
            self._readings.take(waiting, None, {})
            return True
        baselines = self._judge.heard(engine.info.id, "user", tokens)
        message = self._readings.take(waiting, tokens, baselines)
        if message is not None:
            turn = read_turn(message, tokens, history)
            self._judge.judge(engine, turn, keep=keep, stop=self._wanted)
        return True

    def _read(
        self, engine: Engine, prompts: PromptBuilder, history: tuple[Message, ...], text: str
    ) -> tuple[TokenScore, ...] | None:
        """The trace; None for a message that this model can't read. Stopped if somebody waits."""
        try:
            prompts.check(text)
            messages, _ = prompts.with_recollections(prompts.base((), history, text), ())
            prompt = engine.build(messages)
            return engine.prefill(prompt, self._wanted, score=True, heed=HEED).scores
        except MessageTooLong:
            return None
        except RuntimeError as fault:  # llama.cpp could not: one message holds up nothing else
            log(fault)
            return None

    def _tell(self, id: int) -> None:
        left = self._readings.left(id)
        if left and time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        try:
            reading = self._readings.get(id)
        except NotFound:
            return
        seconds = None
        if self._seconds >= _LEAST_SECONDS and self._characters:
            seconds = left * self._seconds / self._characters
        if not left:
            reading, seconds = replace(reading, done=reading.total), 0.0
        self._announce(ReplayProgress(replace(reading, seconds_left=seconds)))
