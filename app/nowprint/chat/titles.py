"""Makes a title from the first exchange of a conversation, with the loaded model, when nothing waits.

The model is asked after the exchange, as the next message would be: what it reads on the way stays in the
conversation's cache, and only the few tokens of the request and the title are read in vain. A title is used
only if it is short, on one line, and about what was said (``usable``); else the message's first words stay.
Models below ``LEAST_PARAMETERS`` aren't asked: of twenty first exchanges in eight languages
(tests/chat/data/first_messages.txt) the starter model and one of 270 million parameters named the
subject of two at most, one of 494 million that of sixteen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Stopped
from nowprint.engine.sampler import Sampling
from nowprint.inspection import Announcement, Retitled
from nowprint.language.words import content_words
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Message

REQUEST = (
    "Give this conversation a short title that names its subject, in the language of my message above. "
    "Reply with the title only."
)
LEAST_PARAMETERS = 400_000_000
TOKENS = 24
"""The most tokens of a title."""
LONGEST = 60
"""Characters."""
STEM = 5
"""Letters by which a word is recognised in another form."""
HEED = 0.1
"""Seconds after which reading the request looks whether something waits."""
_LABEL = re.compile(
    r"^(?:(?:short |chat |conversation )?title|titel|titre|t[íi]tulo|titolo|заголовок|标题|標題"
    r"|タイトル|제목)\s*[:：]\s*",
    re.IGNORECASE,
)
_AROUND = " \t*_#`-–—:.。\"'“”„‚‘’«»「」『』《》"


class TitleMaker:
    """Titles for conversations whose first answer has just ended. One thread may use it."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        announce: Callable[[Announcement], None],
    ) -> None:
        self._conversation = store.conversation
        self._memory = memory
        self._announce = announce
        self._answered: int | None = None

    def note(self, conversation_id: int) -> None:
        """The last answer was in this conversation; its cache holds that one."""
        self._answered = conversation_id

    def make(self, engine: Engine, builder: PromptBuilder, wanted: Event) -> None:
        """Make the title of the conversation that was noted, if it has no more than its first exchange."""
        conversation = self._answered
        if conversation is None or engine.info.parameters < LEAST_PARAMETERS:
            return
        arrangement = self._memory.arrangement
        if exchange := arrangement.first_exchange(conversation):
            asked, answer = exchange
            try:
                said = self.ask(engine, builder, asked, answer, wanted)
            except Stopped:
                return  # it is asked again when nothing waits, if this is still all that was said
            except RuntimeError as fault:  # llama.cpp failed
                log(fault)
                said = ""
            title = usable(said, asked.text, answer.text)
            if title and (titled := arrangement.give_title(asked, answer, title)):
                self._announce(Retitled(titled))
        self._answered = None

    def ask(
        self, engine: Engine, builder: PromptBuilder, asked: Message, answer: Message, wanted: Event
    ) -> str:
        """What the model says. Stopped if ``wanted`` was set before its end."""
        conversation = self._conversation(asked.conversation_id)
        pinned = self._memory.pinned(conversation.project) if conversation.recalls else ()
        thinks, engine.thinks = engine.thinks, False
        try:
            base = builder.base(pinned, (asked, answer), REQUEST)
            prompt = engine.build(builder.with_recollections(base, ())[0])
            engine.prefill(prompt, wanted, score=False, heed=HEED)
            generation = engine.generate(prompt, Sampling(temperature=0), TOKENS, wanted)
            said = "".join(step.text for step in generation) + generation.rest
        finally:
            engine.thinks = thinks
        if generation.finish == "stopped":
            raise Stopped
        return said


def usable(said: str, asked: str, answer: str) -> str:
    """The title in what a model said; empty if it is none: too long, or without any word of the exchange."""
    line = next((line for line in said.splitlines() if line.strip(_AROUND)), "")
    title = " ".join(_LABEL.sub("", line.strip(_AROUND)).strip(_AROUND).split())
    title = "".join(c for c in title if c.isprintable())
    return title if len(title) <= LONGEST and _about(title, f"{asked}\n{answer}".casefold()) else ""


def _about(title: str, said: str) -> bool:
    """Whether a word of the title begins as one of what was ``said``; where a script has no capitals, and
    mostly no spaces, whether two neighbouring letters do."""
    for word in content_words(title):
        if word.upper() == word.lower():
            if any(a + b in said for a, b in pairwise(word)):
                return True
        elif len(word) > 2 and word[:STEM] in said:
            return True
    return False
