"""The prompt of one turn and its token budget.

The order is: system text, pinned episodes, history, recollections, new message. The parts that rarely
change come first, so that the KV cache of the turn before can be reused. What doesn't fit is left out
in this order: the lowest recollections, the oldest turns (whole), the newest pins; an episode that is
too long by itself is left out without the ones after it. The new message is never cut: if it doesn't
fit, it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from nowprint.chat.telling import Telling, telling
from nowprint.chat.wording import wording
from nowprint.engine.engine import Engine
from nowprint.engine.template import Part, PromptMessage
from nowprint.errors import MessageTooLong
from nowprint.language.cue_lexicon import SELF
from nowprint.records import Episode, Message, Recollection

PINNED_SHARE = 0.25
"""The share of the room for the prompt that pinned episodes may take."""
RECALLED_SHARE = 0.25
"""The share of that room that history leaves free for recollections."""
TRIM_TO = 0.7
"""When history must be trimmed, it is trimmed to this share of its room. The next turns then fit without
trimming and keep the KV cache, which every trimming loses."""


@dataclass(frozen=True, slots=True)
class Base:
    """A prompt before recollections are added to it. ``trimmed`` counts the messages of the history that
    were left out. ``now``: the time from which what was told is seen."""

    pinned: tuple[Episode, ...]
    history: tuple[Message, ...]
    trimmed: int
    text: str
    system: str = ""
    now: float = 0.0


class PromptBuilder:
    """Builds prompts for one engine, and remembers where each conversation's history was trimmed.
    ``answer_tokens`` is the most that the next answer may have; ``system`` is the system text, empty for
    Nowprint's own."""

    def __init__(self, engine: Engine, *, answer_tokens: int, system: str = "") -> None:
        self._engine = engine
        self.answer_tokens = answer_tokens
        self.system = system
        self.recalled = wording().recalled[0]
        """How recollections are put."""
        self._begins: dict[int, int] = {}

    @property
    def _room(self) -> int:
        context = self._engine.info.context
        return context - min(self.answer_tokens, context // 4)

    def openers(self, recollections: Sequence[Recollection], text: str) -> tuple[int, ...]:
        """The tokens that an answer to ``text`` may not begin with.

        With some it would recite the list of recollections. With others, such as "My", it would speak of the
        user in the user's own words: the first person that the recollections or ``text`` use.
        """
        heading = self.recalled.text.split()[0]
        said = " ".join([text, *(r.episode.text for r in recollections)])
        own = {word.strip().lower() for word in SELF.findall(said)}
        begun = [heading, _listed(["…"]), *sorted(own), *sorted(word.capitalize() for word in own)]
        return self._engine.first_tokens(space + word for word in begun for space in ("", " "))

    def check(self, text: str) -> None:
        """MessageTooLong if the message doesn't fit, even without pins, history and recollections."""
        needed = self._count((), (), (), text, time.time())
        if needed > self._room:
            raise MessageTooLong(
                f"The message is too long: with it the prompt has about {needed:,} tokens, and this "
                f"model reads {self._room:,} at once. Shorten it, or send it in parts."
            )

    def base(
        self,
        pinned: Sequence[Episode],
        history: Sequence[Message],
        text: str,
        now: float | None = None,
    ) -> Base:
        """The pins and as much history as fits beside the message, with room left for recollections."""
        now = time.time() if now is None else now
        kept_pins = self._fitting_pins(pinned, text, now)
        room = int(self._room * (1 - RECALLED_SHARE))
        turns = _turns(history)
        begin = self._begin_of(history, turns)
        if not self._fits(kept_pins, turns[begin:], text, room, now):
            begin = self._trimmed(kept_pins, turns, begin, text, int(room * TRIM_TO), now)
        if history and begin < len(turns):
            self._begins[history[0].conversation_id] = turns[begin][0].id
        kept = tuple(message for turn in turns[begin:] for message in turn)
        trimmed = sum(len(turn) for turn in turns[:begin])
        return Base(kept_pins, kept, trimmed, text, self.system, now)

    def with_recollections(
        self, base: Base, recollections: Sequence[Recollection]
    ) -> tuple[tuple[PromptMessage, ...], tuple[Recollection, ...]]:
        """The whole prompt, and the recollections that fit into it, best first."""
        kept: tuple[Recollection, ...] = ()
        for recollection in recollections:
            more = (*kept, recollection)
            if self._count(base.pinned, base.history, more, base.text, base.now) <= self._room:
                kept = more
        return self._whole(base, _told(kept, base.now)), kept

    def with_nothing(
        self, base: Base, recollections: Sequence[Recollection] = ()
    ) -> tuple[PromptMessage, ...]:
        """The prompt for the contrast: it has the same words around the list of recollections, but "…" for
        all entries that were told on the same day.

        If those words were missing as well, the contrast would strengthen them, too, instead of only the
        recollections.
        """
        notes = dict.fromkeys(one.note for one in _told(recollections, base.now)) or ("",)
        return self._whole(base, [Telling(wording().nothing, note) for note in notes])

    def _whole(self, base: Base, recalled: Sequence[Telling]) -> tuple[PromptMessage, ...]:
        """With the system text that held for the base: influence is measured later, when another may hold."""
        return self._messages(base.pinned, base.history, recalled, base.text, base.now, base.system)

    def alone(self, recalled: Sequence[str], text: str) -> tuple[PromptMessage, ...]:
        """The prompt of a first message ``text`` with these recollections and no pins."""
        tellings = [Telling(one) for one in recalled]
        return self._messages((), (), tellings, text, time.time())

    def _fitting_pins(
        self, pinned: Sequence[Episode], text: str, now: float
    ) -> tuple[Episode, ...]:
        kept: tuple[Episode, ...] = ()
        alone = self._count((), (), (), text, now)
        most = min(alone + self._room * PINNED_SHARE, self._room)
        for episode in pinned:
            if self._count((*kept, episode), (), (), text, now) <= most:
                kept = (*kept, episode)
        return kept

    def _begin_of(self, history: Sequence[Message], turns: Sequence[Sequence[Message]]) -> int:
        """The index of the turn with which the history began in this conversation's last prompt."""
        first = self._begins.get(history[0].conversation_id, 0) if history else 0
        return next((i for i, turn in enumerate(turns) if turn[0].id >= first), 0)

    def _trimmed(
        self,
        pinned: Sequence[Episode],
        turns: Sequence[Sequence[Message]],
        begin: int,
        text: str,
        room: int,
        now: float,
    ) -> int:
        """The first turn from which the history fits into ``room``, found by bisection."""
        low, high = begin, len(turns)
        while low < high:
            middle = (low + high) // 2
            if self._fits(pinned, turns[middle:], text, room, now):
                high = middle
            else:
                low = middle + 1
        return low

    def _fits(
        self,
        pinned: Sequence[Episode],
        turns: Sequence[Sequence[Message]],
        text: str,
        room: int,
        now: float,
    ) -> bool:
        return self._count(pinned, [m for turn in turns for m in turn], (), text, now) <= room

    def _count(
        self,
        pinned: Sequence[Episode],
        history: Sequence[Message],
        recollections: Sequence[Recollection],
        text: str,
        now: float,
    ) -> int:
        tellings = _told(recollections, now)
        return self._engine.count(self._messages(pinned, history, tellings, text, now))

    def _messages(
        self,
        pinned: Sequence[Episode],
        history: Sequence[Message],
        recalled: Sequence[Telling],
        text: str,
        now: float,
        system_text: str | None = None,
    ) -> tuple[PromptMessage, ...]:
        words = wording()
        told = self.system if system_text is None else system_text
        system = [Part(told or words.system, "system")]
        if pinned:
            tellings = [telling(episode, now) for episode in pinned]
            listed = _listed([one.text + one.note for one in tellings])
            system.append(Part(words.pinned.format(memories=listed), "pinned"))
        messages = [PromptMessage("system", tuple(system))]
        for turn in _turns(history):
            asked = "\n\n".join(m.text for m in turn if m.role == "user")
            answered = [m.text for m in turn if m.role == "assistant" and m.text]
            # many templates insist on user and assistant messages in turn
            messages.append(PromptMessage("user", (Part(asked, "history"),)))
            messages.append(
                PromptMessage("assistant", (Part("\n\n".join(answered) or "…", "history"),))
            )
        last = [Part(text, "message")]
        if recalled:
            listed = _listed([self.recalled.put(one.text) + one.note for one in recalled])
            last.insert(0, Part(self.recalled.text.format(memories=listed), "recalled"))
        messages.append(PromptMessage("user", tuple(last)))
        return tuple(messages)


def _told(recollections: Sequence[Recollection], now: float) -> list[Telling]:
    return [telling(r.episode, now) for r in recollections]


def _listed(texts: Sequence[str]) -> str:
    return "\n".join("- " + " / ".join(text.splitlines()) for text in texts)


def _turns(history: Sequence[Message]) -> list[list[Message]]:
    """The history's turns: each a user's message and the answers to it. Answers before the first message
    are dropped."""
    turns: list[list[Message]] = []
    for message in history:
        if message.role == "user":
            turns.append([message])
        elif turns:
            turns[-1].append(message)
    return turns
