"""``bench dialogue``: do facts from one conversation help in another?

All facts are sent to the real chat, among small talk, in conversations of a few messages. Then each
question opens a new conversation. A fact counts as recalled at k if an episode from its message is among
the first k that entered the prompt; if the fact contains the keyword, so must the episode. pairs.py says
when a question counts as answered. Much harder are questions in other words than the fact's, and
unanswerable questions that share words with a fact: "by wording" reports these separately. The voice of an
answer is right if it doesn't take over the user's first person ("my"); "right_voice" is the share of these
among the answered ones.

The ablations answer the questions again with the same recollections, but with other settings: one row
for each. They generate the answers without a turn, so that nothing more is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from nowprint.bench.context import BenchContext
from nowprint.bench.pairs import (
    SEED,
    Pair,
    conversations,
    first_sentences,
    in_right_voice,
    is_answer,
    read_data,
)
from nowprint.bench.samples import mean, trade_off
from nowprint.chat.chat import Chat
from nowprint.chat.prompt.wording import wording
from nowprint.chat.prompt.wording_choice import WordingChoice
from nowprint.chat.sampling import contrast_of, sampling_of
from nowprint.events import Answer, Recalled, Started, Stored, TurnEvent
from nowprint.language.words import weighty_words
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import Scored
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Episode, NewConversation, Recollection

REPLY_TOKENS = 24
"""The length of the answers to facts and small talk, which only serve as history."""
ANSWER_TOKENS = 64
"""The length of the answers to questions: more than two sentences need."""

ALL = 1000
FIRST = 3
FLOORS = tuple(round(0.2 + 0.03 * n, 2) for n in range(11))

Recollections = tuple[Recollection, ...]


@dataclass(frozen=True, slots=True)
class AskedPair:
    """A question, the recollections for it, and the answer. ``rank`` is the place of the fact among the
    recollections, counted from 1; 0 if it is not among them."""

    pair: Pair
    recollections: Recollections
    rank: int
    answer: str

    @property
    def answered(self) -> bool:
        return _answers(self.pair, self.answer, self.recollections)

    @property
    def in_right_voice(self) -> bool:
        texts = [one.episode.text for one in self.recollections]
        return in_right_voice(self.answer, self.pair.question, texts)

    @property
    def named(self) -> bool:
        """Whether the keyword is in the first two sentences, even if these only repeat the recollections."""
        return self.pair.keyword.lower() in first_sentences(self.answer).lower()


def dialogue(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench; answers are greedy. UserError if the data has another form."""
    read = read_data(data, context.limit)
    began = time.monotonic()
    keep = context.settings.keep if context.keep is None else context.keep
    settings = replace(context.settings, memory=True, temperature=0.0, seed=SEED, keep=keep)
    store = ConversationStore(context.profile.database)
    memory = Memory(
        store, context.embedder, context.profile.index, lambda _: None, encoder=context.encoder
    )
    chat = Chat(store, memory, settings)
    try:
        chat.borrow(context.engine)
        context.report("Choosing the wording", None)
        WordingChoice(store).measure(context.engine, chat.builder, Event())
        chosen = chat.builder.recalled
        talk = _Talk(context, chat, memory)
        told = talk.tell(conversations(read))
        asked = talk.ask(read.pairs, told)
        false = talk.ask_in_vain(read.unanswerable)
        curves = talk.trade_offs(asked, told, read.unanswerable)
        table = talk.ablations(asked)
    finally:
        chat.close()
        memory.close()
    return {
        "n": len(asked),
        "wording": chosen.name,
        "unanswerable": len(false),
        "kept": mean(told[pair].kept for pair in read.pairs),
        "recalled@1": mean(one.rank == 1 for one in asked),
        "recalled@3": mean(0 < one.rank <= 3 for one in asked),
        "answered": mean(one.answered for one in asked),
        "named": mean(one.named for one in asked),
        "answered_when_recalled": table["as it is"]["answered_when_recalled"],
        "right_voice": table["as it is"]["right_voice"],
        "answered_without_memory": table["no memory"]["answered"],
        "false_recall": mean(bool(recollections) for recollections in false),
        "recollections": sum(len(one.recollections) for one in asked) / len(asked),
        "seconds": time.monotonic() - began,
        **curves,
        "by wording": _by_wording(asked, read.unanswerable, false),
        "ablations": table,
        "questions": [_line(one) for one in asked],
    }


@dataclass(slots=True)
class _Told:
    message_id: int
    kept: bool


class _Talk:
    def __init__(self, context: BenchContext, chat: Chat, memory: Memory) -> None:
        self._context = context
        self._chat = chat
        self._memory = memory
        self._stop = Event()

    def tell(self, mixed: Sequence[Sequence[Pair | str]]) -> dict[Pair, _Told]:
        told: dict[Pair, _Told] = {}
        self._limit(REPLY_TOKENS)
        for number, messages in enumerate(mixed):
            self._context.report("Telling the facts", number / len(mixed))
            conversation = self._chat.create_conversation(NewConversation()).id
            for said in messages:
                events = self._say(said if isinstance(said, str) else said.fact, conversation)
                if isinstance(said, Pair):
                    told[said] = _told(events)
        return told

    def ask(self, pairs: Sequence[Pair], told: dict[Pair, _Told]) -> list[AskedPair]:
        asked = []
        self._limit(ANSWER_TOKENS)
        for number, pair in enumerate(pairs):
            self._context.report("Asking for them", number / len(pairs))
            recollections, answer = self._asked(pair.question)
            rank = _rank(recollections, pair, told[pair].message_id)
            asked.append(AskedPair(pair, recollections, rank, answer))
        return asked

    def ask_in_vain(self, questions: Sequence[str]) -> list[Recollections]:
        """The recollections for questions that no fact can answer."""
        found = []
        self._limit(REPLY_TOKENS)
        for number, question in enumerate(questions):
            self._context.report("Asking what was never told", number / len(questions))
            found.append(self._asked(question)[0])
        return found

    def trade_offs(
        self, asked: Sequence[AskedPair], told: dict[Pair, _Told], unanswerable: Sequence[str]
    ) -> dict[str, list[dict[str, float]]]:
        """What other values of the floor would find among the first ``FIRST``, and recall wrongly: with the
        reranker, and with the cosine alone."""
        ways: dict[str, Callable[[str], list[Scored]]] = {
            "trade-off of the floor": lambda text: self._memory.retrieval.weigh(
                text, self._memory.retrieval.gather(text)
            ),
            "trade-off of the cosine alone": lambda text: self._memory.retrieval.gather(
                text
            ).ranked(),
        }
        return {
            name: trade_off(
                [self._evidence(one, told[one.pair].message_id, way) for one in asked],
                [max((r.evidence for r in way(text)), default=0.0) for text in unanswerable],
                FLOORS,
            )
            for name, way in ways.items()
        }

    def _evidence(
        self, one: AskedPair, message: int, ranked: Callable[[str], list[Scored]]
    ) -> float:
        """The evidence of the fact if it is among the first ``FIRST``, else -inf."""
        first = ranked(one.pair.question)[:FIRST]
        episodes = {e.id: e for e in self._memory.episodes(r.id for r in first)}
        found = (r.evidence for r in first if _tells(episodes[r.id], one.pair, message))
        return next(found, -math.inf)

    def ablations(self, asked: Sequence[AskedPair]) -> dict[str, dict[str, float | None]]:
        usual = self._chat.settings.contrast
        ways = {
            "no memory": (0, usual),
            "no contrast": (ALL, 0.0),
            "half the contrast": (ALL, usual / 2),
            "only the best": (1, usual),
        }
        rows = {"as it is": _row(asked)}
        for name, (most, strength) in ways.items():
            self._chat.settings = replace(self._chat.settings, contrast=strength)
            again = []
            for number, one in enumerate(asked):
                self._context.report(f"Answering again: {name}", number / len(asked))
                fewer = one.recollections[:most]
                differs = fewer != one.recollections or (fewer and strength != usual)
                again.append(self._again(one, fewer) if differs else one)
            rows[name] = _row(again)
        self._chat.settings = replace(self._chat.settings, contrast=usual)
        chosen, first = self._chat.builder.recalled, wording().recalled[0]
        if chosen != first:
            self._chat.builder.recalled = first
            rows["the first wording"] = _row(
                [self._again(one, one.recollections) if one.recollections else one for one in asked]
            )
            self._chat.builder.recalled = chosen
        return rows

    def _asked(self, question: str) -> tuple[Recollections, str]:
        """Ask a question in a new conversation; return the recollections and the answer."""
        events = self._say(question, self._chat.create_conversation(NewConversation()).id)
        recalled = next(event for event in events if isinstance(event, Recalled))
        answer = next(event for event in events if isinstance(event, Answer))
        return recalled.memories, answer.message.text

    def _again(self, one: AskedPair, recollections: Recollections) -> AskedPair:
        answer = self._answer(one.pair.question, recollections)
        return replace(one, recollections=recollections, answer=answer)

    def _answer(self, question: str, recollections: Recollections) -> str:
        """The first sentences of an answer, generated without a turn, so that nothing is stored."""
        chat, engine = self._chat, self._context.engine
        base = chat.builder.base((), (), question)
        messages, recollections = chat.builder.with_recollections(base, recollections)
        prompt = engine.build(messages)
        engine.prefill(prompt, self._stop, score=False)
        contrast = contrast_of(chat.engine, chat.builder, chat.settings, base, recollections)
        text = ""
        generation = engine.generate(
            prompt, sampling_of(chat.model_settings), ANSWER_TOKENS, self._stop, contrast=contrast
        )
        for step in generation:
            text += step.text
            if first_sentences(text) != text.strip():
                return text
        return text + generation.rest

    def _say(self, text: str, conversation: int) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        self._chat.send(conversation, text, self._stop, events.append)
        return events

    def _limit(self, tokens: int) -> None:
        self._chat.settings = replace(self._chat.settings, answer_tokens=tokens)


def _told(events: Sequence[TurnEvent]) -> _Told:
    message = next(event.message for event in events if isinstance(event, Started))
    kept = any(event.kept for event in events if isinstance(event, Stored))
    return _Told(message.id, kept)


def _rank(recollections: Recollections, pair: Pair, message_id: int) -> int:
    for rank, recollection in enumerate(recollections, 1):
        if _tells(recollection.episode, pair, message_id):
            return rank
    return 0


def _tells(episode: Episode, pair: Pair, message_id: int) -> bool:
    """Whether the episode comes from the fact's message, and has the keyword if the fact has it."""
    keyword = pair.keyword.lower()
    whole = keyword in episode.text.lower() or keyword not in pair.fact.lower()
    return whole and any(source.message_id == message_id for source in episode.sources)


def _answers(pair: Pair, answer: str, recollections: Recollections) -> bool:
    texts = [one.episode.text for one in recollections]
    headings = [one.text.partition("{memories}")[0] for one in wording().recalled]
    return is_answer(answer, pair.keyword, texts, headings)


def _by_wording(
    asked: Sequence[AskedPair], unanswerable: Sequence[str], false: Sequence[Recollections]
) -> dict[str, dict[str, float | None]]:
    """The figures separately for questions that share a weighty word with their fact (unanswerable ones: with
    any fact), and for those that share none."""
    told: frozenset[str] = frozenset().union(*(weighty_words(one.pair.fact) for one in asked))
    rows: dict[str, dict[str, float | None]] = {}
    for name, shares in (("in the same words", True), ("in other words", False)):
        those = [
            one
            for one in asked
            if bool(weighty_words(one.pair.question) & weighty_words(one.pair.fact)) == shares
        ]
        vain = [
            bool(recollections)
            for text, recollections in zip(unanswerable, false, strict=True)
            if bool(weighty_words(text) & told) == shares
        ]
        rows[name] = {
            "n": len(those),
            "recalled@1": mean(one.rank == 1 for one in those),
            "recalled@3": mean(0 < one.rank <= 3 for one in those),
            "answered": mean(one.answered for one in those),
            "unanswerable": len(vain),
            "false_recall": mean(vain),
        }
    return rows


def _row(asked: Sequence[AskedPair]) -> dict[str, float | None]:
    found = [one.answered for one in asked if one.rank]
    voices = [one.in_right_voice for one in asked if one.answered]
    return {
        "answered": mean(one.answered for one in asked),
        "answered_when_recalled": mean(found) if found else None,
        "right_voice": mean(voices) if voices else None,
    }


def _line(one: AskedPair) -> dict[str, Any]:
    return {
        "question": one.pair.question,
        "rank": one.rank,
        "of": len(one.recollections),
        "answered": one.answered,
        "answer": " ".join(first_sentences(one.answer).split()),
    }
