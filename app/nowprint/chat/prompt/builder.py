"""The prompt of one turn and its token budget.

The order is: system text, pinned episodes, history, recollections, new message. The parts that rarely
change come first, so that the KV cache of the turn before can be reused. What doesn't fit is left out
in this order: the lowest recollections, of the history what mattered least (leaving.py), the newest pins;
an episode that is too long by itself is left out without the ones after it. The new message is never
cut: if it doesn't fit, it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from nowprint.chat.prompt.leaving import WINDOW, Leaving, Marks
from nowprint.chat.prompt.telling import Telling, telling
from nowprint.chat.prompt.wording import wording
from nowprint.context_records import LeftPart
from nowprint.engine.engine import Engine
from nowprint.engine.template import Part, PromptMessage
from nowprint.errors import MessageTooLong
from nowprint.language.cue_lexicon import SELF
from nowprint.records import Episode, Message, Recollection

PINNED_SHARE = 0.25
"""The share of the room for the prompt that pinned episodes may take."""
RECALLED_SHARE = 0.25
"""The share of that room that history leaves free for recollections."""
TRIM_TO = 0.85
"""When history must be trimmed, it is trimmed to this share of its room, so that the next turns fit."""
TRIM_ANEW_TO = 0.7
"""The same where the cache behind what leaves must be read anew, which should be seldom."""
MOST_CHATS = 64
"""Of how many chats it is remembered what has left their prompts."""


@dataclass(frozen=True, slots=True)
class Base:
    """A prompt before recollections are added to it. ``history`` is what of the conversation is in it, some
    answers shortened; ``left`` is the rest. ``now``: the time from which what was told is seen."""

    pinned: tuple[Episode, ...]
    history: tuple[Message, ...]
    left: tuple[LeftPart, ...]
    text: str
    system: str = ""
    now: float = 0.0
    marks: Marks = field(default_factory=Marks)


class PromptBuilder:
    """Builds prompts for one engine, and remembers what has left each conversation's prompts.
    ``answer_tokens`` is the most that the next answer may have; ``system`` is the system text, empty for
    Nowprint's own."""

    def __init__(self, engine: Engine, *, answer_tokens: int, system: str = "") -> None:
        self._engine = engine
        self.answer_tokens = answer_tokens
        self.system = system
        self.begun = ""
        """The beginning of the answer, if it is to be continued."""
        self.recalled = wording().recalled[0]
        """How recollections are put."""
        self._leaving: dict[tuple[int, bool], Leaving] = {}
        """By conversation, and by whether its marks were known; the last used last."""

    @property
    def _room(self) -> int:
        taken = self.answer_room + self._engine.length(self.begun)
        return max(0, self._engine.info.context - taken)

    @property
    def answer_room(self) -> int:
        """The tokens of the context that prompts leave free for the answer."""
        return min(self.answer_tokens, self._engine.info.context // 4)

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
        marks: Marks | None = None,
    ) -> Base:
        """The pins and as much history as fits beside the message, with room left for recollections. Without
        ``marks`` the oldest leaves first."""
        now = time.time() if now is None else now
        kept_pins = self._fitting_pins(pinned, text, now)
        room = int(self._room * (1 - RECALLED_SHARE))
        turns = _turns(history)
        leaving = self._leaving_of(history, turns, marks is not None)
        marks = marks or Marks()
        leaving.bring_back(turns, marks.held)

        def fits(staying: Sequence[Sequence[Message]], room: int) -> bool:
            there = [message for turn in staying for message in turn]
            return self._count(kept_pins, there, (), text, now) <= room

        if leaving.left(turns) and fits(leaving.staying(turns), room // 2):
            leaving.reset()  # the message or the pins that needed the room are gone
        if not fits(leaving.staying(turns), room):
            trimmed = int(room * self._trim_to)
            leaving.make_room(
                turns,
                marks,
                # a long message may leave no room but what recollections would have
                rooms=(trimmed, room, self._room),
                last=self._last(turns, trimmed),
                fits=fits,
                length=self._engine.length,
            )
        kept = tuple(message for turn in leaving.staying(turns) for message in turn)
        return Base(kept_pins, kept, leaving.left(turns), text, self.system, now, marks)

    def forget(self) -> None:
        """Forget what has left which prompts."""
        self._leaving.clear()

    def _leaving_of(
        self, history: Sequence[Message], turns: Sequence[Sequence[Message]], marked: bool
    ) -> Leaving:
        if not history:
            return Leaving()
        key = history[0].conversation_id, marked
        leaving = self._leaving.pop(key, None)
        if leaving is None or not leaving.goes_on(turns):
            leaving = Leaving()
        self._leaving[key] = leaving
        if len(self._leaving) > MOST_CHATS:
            del self._leaving[next(iter(self._leaving))]
        return leaving

    @property
    def _trim_to(self) -> float:
        return TRIM_TO if self._engine.context.moves else TRIM_ANEW_TO

    def _last(self, turns: Sequence[Sequence[Message]], room: int) -> set[int]:
        """The last turns, by their user's message, as many as their share of the room holds."""
        last: set[int] = set()
        free = room * WINDOW
        for turn in reversed(turns):
            free -= sum(self._engine.length(message.text) for message in turn)
            if free < 0:
                break
            last.add(turn[0].id)
        return last

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
