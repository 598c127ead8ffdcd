"""What signature resonance does to answers, measured with a file of pairs as for ``bench dialogue``.

Every fact is sent to the real chat and kept. Then each question is answered greedily, with
recollections and without, in four ways: plainly; with distributions drawn toward the token of a
resonant moment; with resonant episodes added to the prompt at the end of a sentence; with both.

In the rows, ``keyword`` is the mean over the answers of the greatest probability that the keyword's first
token had, in the model's own distributions. ``events``, ``drawn`` and ``brought`` are the mean numbers
per answer of resonance events, of distributions that were drawn, and of episodes that were added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event

from nowprint.bench.context import BenchContext
from nowprint.bench.pairs import SEED, Pair, conversations, is_answer, read_data
from nowprint.chat.chat import Chat
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.signature_resonance import (
    AnswerPrompt,
    ResonatingGeneration,
    SignatureHook,
    StoredSignatures,
)
from nowprint.engine.distribution import TokenReading
from nowprint.engine.sampler import Sampling
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import NewConversation, Recollection

ANSWER_TOKENS = 40
REPLY_TOKENS = 1
"""The length of the answers to the facts, which aren't used."""
WAYS = {
    "plain": (False, False),
    "next token drawn": (True, False),
    "episode brought in": (False, True),
    "both": (True, True),
}
"""Whether distributions are drawn toward a token, and whether episodes are added to the prompt."""

Row = dict[str, float | None]


def draw_answers(context: BenchContext, data: object) -> dict[str, Row]:
    """A row for each way of answering. UserError if the data has another form."""
    read = read_data(data, context.limit)
    store = ConversationStore(context.profile.database)
    memory = Memory(
        store, context.embedder, context.profile.index, lambda _: None, encoder=context.encoder
    )
    settings = replace(context.settings, memory=True, keep=1.0, answer_tokens=REPLY_TOKENS)
    chat = Chat(store, memory, settings)
    try:
        chat.borrow(context.engine)
        told = [said for mixed in conversations(read) for said in mixed if isinstance(said, Pair)]
        for number, pair in enumerate(told):
            context.report("Telling the facts", number / len(told))
            talk = chat.create_conversation(NewConversation()).id
            chat.send(talk, pair.fact, Event(), lambda _: None)
        teller = _Answers(context, memory, StoredSignatures(store, memory))
        return {
            f"{name}, {with_or_without}": teller.row(read.pairs, recalls, *way)
            for with_or_without, recalls in (("with recall", True), ("without", False))
            for name, way in WAYS.items()
        }
    finally:
        chat.close()
        memory.close()


class _Answers:
    def __init__(self, context: BenchContext, memory: Memory, moments: StoredSignatures) -> None:
        self._context = context
        self._memory = memory
        self._moments = moments
        self._builder = PromptBuilder(context.engine, answer_tokens=ANSWER_TOKENS)
        self._found: dict[Pair, tuple[Recollection, ...]] = {}

    def row(self, pairs: Sequence[Pair], recalls: bool, draws: bool, brings: bool) -> Row:
        answered: list[bool] = []
        keyword: list[float] = []
        drawn = brought = resonated = 0
        for number, pair in enumerate(pairs):
            self._context.report("Answering", number / len(pairs))
            recalled = self._recalled(pair) if recalls else ()
            text, generation, listening = self._answer(pair, recalled, draws, brings)
            texts = [one.episode.text for one in (*recalled, *generation.brought)]
            heading = self._builder.recalled.text.partition("{memories}")[0]
            answered.append(is_answer(text, pair.keyword, texts, [heading]))
            keyword.append(self._likeliest(generation.readings, pair.keyword))
            drawn += listening.drawn if listening else 0
            resonated += listening.events if listening else 0
            brought += len(generation.brought)
        count = len(pairs)
        return {
            "answered": sum(answered) / count,
            "keyword": sum(keyword) / count,
            "events": resonated / count,
            "drawn": drawn / count,
            "brought": brought / count,
        }

    def _recalled(self, pair: Pair) -> tuple[Recollection, ...]:
        if pair not in self._found:
            limit = self._context.settings.recall_limit
            self._found[pair] = self._memory.retrieval.recall(pair.question, limit=limit)
        return self._found[pair]

    def _answer(
        self, pair: Pair, recalled: tuple[Recollection, ...], draws: bool, brings: bool
    ) -> tuple[str, ResonatingGeneration, SignatureHook | None]:
        engine, stop = self._context.engine, Event()
        base = self._builder.base((), (), pair.question)
        messages, recalled = self._builder.with_recollections(base, recalled)
        prompt = engine.build(messages)
        engine.prefill(prompt, stop, score=False)
        known = {one.episode.id for one in recalled}
        listening = self._moments.listen(engine, lambda e: e.id in known, adjusts=draws)
        assert listening is not None
        generation = ResonatingGeneration(
            engine,
            self._builder,
            AnswerPrompt(base, recalled, prompt, None),
            Sampling(temperature=0, seed=SEED),
            ANSWER_TOKENS,
            stop,
            listening,
            lambda _: None,
            brings=brings,
        )
        text = "".join(step.text for step in generation) + generation.rest
        return text, generation, listening

    def _likeliest(self, readings: Sequence[TokenReading], keyword: str) -> float:
        """The greatest probability of the keyword's first token, as the beginning of a word, in any case."""
        tokenize = self._context.engine.model.tokenize_text
        first = {tokenize(" " + form)[0] for form in (keyword, keyword.title(), keyword.upper())}
        return max(
            (
                float(p)
                for r in readings
                for id, p in zip(r.ids.tolist(), r.p.tolist(), strict=True)
                if id in first
            ),
            default=0.0,
        )
