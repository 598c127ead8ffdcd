"""``bench endless``: a conversation that outgrows the context, and what the model still knows of it.

Each LoCoMo conversation is cut into chats of some six thousand tokens, which the limit's context holds whole;
one speaker is the user, the other the assistant. Each way of making room goes through a chat turn by turn
in a context of a quarter of that, and is then asked the questions whose whole evidence the chat holds, with
and without recall of what has left. An answer isn't written but judged: how likely is the right one, in
nats, under the prompt. (Questions about dates and those without an answer are left out: the chats hold no
dates.) All turns are judged, those of the assistant, too, since both speak as users do here.

- *salience*: what Nowprint does (chat/prompt/leaving.py)
- *oldest*: the oldest turns leave; the cache is read anew behind them, as before
- *window*: the oldest turns leave, and the cache moves up: StreamingLLM's sinks (the system text) and window
- *random*: turns leave by chance
- *limit*: nothing leaves
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.ingest import Ingested, ReadTurn, read, worth
from nowprint.bench.locomo import Conversation, Question, read_conversations
from nowprint.bench.readings import Readings
from nowprint.bench.samples import even, mean
from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.chat.prompt.leaving import Marks
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Prompt
from nowprint.errors import UserError
from nowprint.records import Message, Recollection

LIMIT = 8192
PART = 4
"""The limit's context is so many times as long as the others'."""
ANSWER = 128
"""Tokens that prompts leave free for an answer."""
CHAT = 0.72
"""The share of the limit's context that a chat may fill."""
SAMPLE = 150
"""How many questions are asked if no ``--limit`` is given."""
CATEGORIES = (1, 3, 4)
SEED = 7
WAYS = ("salience", "oldest", "window", "random", "limit")


@dataclass(frozen=True, slots=True)
class _Chat:
    """Some of a conversation's turns, as the messages of a chat, and the questions about them."""

    name: str
    turns: tuple[ReadTurn, ...]
    messages: tuple[Message, ...]
    questions: tuple[Question, ...]

    @property
    def ids(self) -> dict[str, int]:
        """Id of a turn -> id of its message."""
        return {t.turn.id: m.id for t, m in zip(self.turns, self.messages, strict=True)}


@dataclass(slots=True)
class _Asked:
    """Of one way, by question: nats of the right answer's tokens, and the share of its evidence that is in
    the prompt, word for word in the chat or as a recollection."""

    nats: list[float] = field(default_factory=list)
    evidence: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """What going through the chats took: for each message its place in the chat (0..1), the seconds until its
    first token could come, and the tokens read beyond its own and the answer's before it."""

    places: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    again: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        def middle(first: float, last: float) -> float:
            some = [s for p, s in zip(self.places, self.seconds, strict=True) if first <= p < last]
            return mean(some)

        return {
            "read again": float(sum(self.again)),
            "first token, s": mean(self.seconds),
            "at first": middle(0.0, 0.25),
            "at last": middle(0.75, 1.01),
            "slowest": max(self.seconds, default=0.0),
        }


def endless(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data isn't in LoCoMo's form."""
    conversations = read_conversations(data)
    with Cache(context.cache) as cache:
        bench = _Bench(context, cache)
        try:
            chats = bench.chats(conversations)
            if not chats:
                raise UserError("The conversations are too short: none fills half of the limit.")
            every = [(chat.name, q.text) for chat in chats for q in chat.questions]
            sample = set(even(every, context.limit or SAMPLE))
            for number, chat in enumerate(chats):
                some = tuple(q for q in chat.questions if (chat.name, q.text) in sample)
                if some:
                    bench.go_through(replace(chat, questions=some), (number, len(chats)))
            back = bench.coming_back(chats[0])
        finally:
            bench.close()
    return {**bench.report(), "coming back": back, "chats": len(chats), "questions": len(sample)}


class _Bench:
    def __init__(self, context: BenchContext, cache: Cache) -> None:
        self._context = context
        self._cache = cache
        self._readings = Readings(context.engine, cache, encoder=context.encoder)
        self._embedder = CachedEmbedder(context.embedder, cache)
        self._encoder = context.encoder and CachedEmbedder(context.encoder, cache)
        path, threads = Path(context.engine.info.path), context.settings.threads
        self._limit = Engine(path, context=LIMIT, threads=threads)
        size = self._limit.context.size // PART
        self._engines = {
            way: self._limit if way == "limit" else Engine(path, context=size, threads=threads)
            for way in ("limit", "short")
        }
        self._asked: dict[str, _Asked] = {}
        self._reading: dict[str, _Reading] = {}

    # --- chats -----------------------------------------------------------------------------

    def chats(self, conversations: Sequence[Conversation]) -> list[_Chat]:
        found: list[_Chat] = []
        for number, conversation in enumerate(conversations):
            task = f"Reading conversation {number + 1} of {len(conversations)}"
            turns = read(
                conversation,
                self._readings,
                PromptBuilder(self._context.engine, answer_tokens=ANSWER),
                judged=True,
                on_progress=lambda done, task=task: self._context.report(task, done),  # type: ignore[misc]
            )
            for part in self._parts(turns):
                found.append(_chat(conversation, part, len(found) + 1))
        return found

    def _parts(self, turns: Sequence[ReadTurn]) -> Iterator[list[ReadTurn]]:
        """The turns in parts that fill the limit's context; a short rest is left out."""
        most = self._limit.context.size * CHAT
        part: list[ReadTurn] = []
        tokens = 0
        for turn in turns:
            length = self._limit.length(turn.turn.text) + 8  # the template's marks
            if tokens + length > most:
                yield part
                part, tokens = [], 0
            part.append(turn)
            tokens += length
        if tokens > most / 2:
            yield part

    # --- going through a chat --------------------------------------------------------------

    def go_through(self, chat: _Chat, place: tuple[int, int]) -> None:
        told = Ingested(None, None, self._embedder, self._encoder)
        try:
            kept = worth(chat.turns, self._keep)
            told.tell(chat.turns, kept, lambda done: None)
            for number, way in enumerate(WAYS):
                done = (place[0] + number / len(WAYS)) / place[1]
                self._context.report(f"Going through {chat.name}: {way}", done)
                engine = self._engines["limit" if way == "limit" else "short"]
                engine.context.clear()
                engine.context.close_gaps(way != "oldest")
                builder = PromptBuilder(engine, answer_tokens=ANSWER)
                marks = _marks(way, chat)
                self._talk(way, engine, builder, chat, marks)
                for recalls in (False, True):
                    name = f"{way}, {'with' if recalls else 'without'} recall"
                    asked = self._asked.setdefault(name, _Asked())
                    for question in chat.questions:
                        self._ask(asked, engine, builder, chat, marks, question, recalls and told)
        finally:
            told.close()

    @property
    def _keep(self) -> float:
        keep = self._context.keep
        return self._context.settings.keep if keep is None else keep

    def _talk(
        self, way: str, engine: Engine, builder: PromptBuilder, chat: _Chat, marks: Marks | None
    ) -> None:
        """Read the chat as it would have been read: at each of the user's messages the prompt."""
        reading = self._reading.setdefault(way, _Reading())
        before = 0
        for number, message in enumerate(chat.messages):
            if message.role != "user":
                continue
            base = builder.base((), chat.messages[:number], message.text, marks=marks)
            prompt = engine.build(builder.with_recollections(base, ())[0])
            began = time.monotonic()
            reused = engine.prefill(prompt, Event(), score=False).reused
            reading.seconds.append(time.monotonic() - began)
            reading.places.append(number / len(chat.messages))
            new = sum(engine.length(m.text) + 8 for m in chat.messages[before : number + 1])
            reading.again.append(max(0, len(prompt.tokens) - reused - new))
            before = number + 1

    def _ask(
        self,
        asked: _Asked,
        engine: Engine,
        builder: PromptBuilder,
        chat: _Chat,
        marks: Marks | None,
        question: Question,
        told: Ingested | bool,
    ) -> None:
        base = builder.base((), chat.messages, question.text, marks=marks)
        there = _word_for_word(base, chat)
        recollections: tuple[Recollection, ...] = ()
        if isinstance(told, Ingested):
            turns = {id: turn for turn, id in told.episodes.items()}
            recollections = told.memory.retrieval.recall(
                question.text,
                limit=self._context.settings.recall_limit,
                in_prompt=lambda episode: turns.get(episode.id) in there,
            )
            there |= {turns[r.episode.id] for r in recollections if r.episode.id in turns}
        messages, _ = builder.with_recollections(base, recollections)
        asked.nats.append(-_nats(engine, engine.build(messages), question.answer))
        asked.evidence.append(len(question.evidence & there) / len(question.evidence))

    # --- coming back -----------------------------------------------------------------------

    def coming_back(self, chat: _Chat) -> dict[str, float]:
        """Seconds to have a chat of some 4,000 tokens before the model again: read anew, and from its saved
        cache."""
        engine = self._limit
        builder = PromptBuilder(engine, answer_tokens=ANSWER)
        half = chat.messages[: len(chat.messages) * 4096 // int(LIMIT * CHAT)]
        prompt = engine.build(builder.with_recollections(builder.base((), half, "Well?"), ())[0])
        engine.context.clear()
        began = time.monotonic()
        engine.prefill(prompt, Event(), score=False)
        anew = time.monotonic() - began
        began = time.monotonic()
        saved = engine.context.save()
        left = time.monotonic() - began
        engine.context.clear()
        began = time.monotonic()
        engine.context.restore(saved)
        engine.prefill(prompt, Event(), score=False)
        back = time.monotonic() - began
        return {
            "tokens": float(len(prompt.tokens)),
            "read anew, s": anew,
            "leaving, s": left,
            "coming back, s": back,
            "ratio": (left + back) / anew,
            "MB": saved.cells.nbytes / 1e6,
        }

    # --- figures ---------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        limit = mean(self._asked["limit, without recall"].nats)
        answers = {
            name: {
                "ln p": -mean(asked.nats),
                "of the limit's": limit / mean(asked.nats),
                "evidence": mean(asked.evidence),
            }
            for name, asked in self._asked.items()
        }
        reading = {way: one.figures() for way, one in self._reading.items()}
        return {
            "context": float(self._engines["short"].context.size),
            "answers": answers,
            "reading": reading,
        }

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()


def _chat(conversation: Conversation, part: Sequence[ReadTurn], number: int) -> _Chat:
    user = part[0].turn.speaker
    messages = tuple(
        Message(
            number * 10_000 + i,
            number,
            "user" if one.turn.speaker == user else "assistant",
            one.turn.text,
            one.at,
            "complete",
            "",
            (),
            None,
        )
        for i, one in enumerate(part)
    )
    there = {one.turn.id for one in part}
    questions = tuple(
        q
        for q in conversation.questions
        if q.category in CATEGORIES and q.answer and q.evidence <= there
    )
    return _Chat(f"{conversation.name} ({number})", tuple(part), messages, questions)


def _marks(way: str, chat: _Chat) -> Marks | None:
    if way == "salience":
        pairs = zip(chat.messages, chat.turns, strict=True)
        return Marks({message.id: turn.salience for message, turn in pairs})
    if way == "random":
        chance = random.Random(SEED)
        return Marks({message.id: chance.random() for message in chat.messages})
    return None


def _word_for_word(base: Base, chat: _Chat) -> set[str]:
    """The turns that the prompt holds whole."""
    left = {part.message_id for part in base.left}
    there = {message.id for message in base.history} - left
    return {turn for turn, id in chat.ids.items() if id in there}


def _nats(engine: Engine, prompt: Prompt, answer: str) -> float:
    """ln p of the answer after the prompt, summed over its tokens."""
    whole = engine.begun(prompt, answer)
    first, last = len(prompt.tokens), len(whole.tokens)
    places = ((0, 0),) * (last - first)
    asked = replace(whole, first=first, last=last, places=places)
    scores = engine.prefill(asked, Event(), score=True).scores
    return -sum(score.surprisal for score in scores)
