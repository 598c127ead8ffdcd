"""Signature resonance: while an answer is written, each distribution is compared with stored moments.

The model's distribution before a token is drawn may resemble the one at a stored moment. The strength
of this resemblance is summed per episode over the answer. When an episode reaches ``ENOUGH`` nats of
shared rarity, that is an event: once per episode, and never for an episode that the prompt already
holds. Then the episode enters the prompt at the next end of a sentence; the model reads the answer so
far again after the new prompt and goes on writing (``ResonatingGeneration``).

Besides, where the model is uncertain and a moment is very similar, the next distribution is drawn toward
the token that followed at that moment, as kNN-LM does (Khandelwal et al. 2019, arXiv:1911.00172):
(1 - λ) p + λ [token], with λ at most ``MOST``. This is done only for names and numbers, and then also
for the remaining tokens of that word.

Measured on LoCoMo (Maharana et al. 2024, arXiv:2402.17753), stored moments find next to nothing that
recall for the message hadn't found (``bench resonance``). So the setting ``resonate_while_writing`` is
off by default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.engine.distribution import Distribution, FloatArray, TokenReading
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Contrast, Finish, Generation, Prompt, Step, Stopped
from nowprint.engine.sampler import Sampling
from nowprint.events import Resonated
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episodes import scope_of
from nowprint.memory.storage.measurements import Signatures
from nowprint.records import Episode, Recollection, TokenScore
from nowprint.salience.signatures import Match, SignatureIndex

ENOUGH = 1.0
"""The summed strength, in nats of shared rarity, that makes an event for an episode."""
UNCERTAIN = 2.0
"""The least entropy, in nats, at which the next distribution may be drawn toward a moment's token."""
ALIKE = 0.3
"""The least similarity of a moment for that."""
MOST = 0.25
"""The share λ of the next distribution is this times the moment's similarity."""
ENDS = (".", "!", "?", "\n")
"""How the text of a token ends that ends a sentence."""


class StoredSignatures:
    """The stored signatures as an index, which is built again when the store's episodes have changed.

    A signature doesn't say which model made it, and the index holds those of all models. Listening drops
    a match if the token that followed is a different one in the present model's vocabulary.
    """

    def __init__(self, store: ConversationStore, memory: Memory) -> None:
        self._store = store
        self._memory = memory
        self._made_of: object = None
        self._index: SignatureIndex | None = None
        self._signatures: Signatures | None = None

    def listen(
        self,
        engine: Engine,
        in_prompt: Callable[[Episode], bool],
        *,
        adjusts: bool = True,
        project: int | None = None,
        alone: bool = False,
        off: Event | None = None,
    ) -> SignatureHook | None:
        """The hook for one answer in a conversation of ``project`` (``alone`` as in recall); None if no
        signature is stored.

        ``in_prompt`` says whether the prompt already holds an episode. With ``adjusts`` False no
        distribution is changed. When ``off`` is set, the hook does nothing any more.
        """
        made_of = self._store.database.meta("generation"), project, alone
        if self._index is None or made_of != self._made_of:
            scope = scope_of(project, alone=alone)
            stored = self._signatures = self._memory.measurements.signatures(scope)
            self._index = SignatureIndex(
                stored.episodes, stored.starts, stored.tokens, stored.probabilities
            )
            self._made_of = made_of
        if not len(self._index):
            return None
        return SignatureHook(self, self._index, engine, in_prompt, adjusts, off)

    def episode(self, id: int) -> Episode | None:
        """The episode, or None if the user has forgotten it meanwhile."""
        return next(iter(self._memory.episodes([id])), None)

    def came(self, row: int) -> tuple[TokenScore, ...]:
        """The trace of the message of signature ``row``, from the signature's token on; empty if the message
        is gone."""
        assert self._signatures is not None
        message = int(self._signatures.messages[row])
        return self._store.trace(message)[int(self._signatures.indices[row]) :]


class SignatureHook:
    """The hook for one answer that compares each distribution with the stored ones, and may adjust it
    (engine/logit_adjustment.py)."""

    def __init__(
        self,
        moments: StoredSignatures,
        index: SignatureIndex,
        engine: Engine,
        in_prompt: Callable[[Episode], bool],
        adjusts: bool,
        off: Event | None = None,
    ) -> None:
        self._moments = moments
        self._index = index
        self._engine = engine
        self._in_prompt = in_prompt
        self._adjusts = adjusts
        self.off = off or Event()
        self.events = 0
        """How many events there were."""
        self.drawn = 0
        """How many distributions were drawn toward a token."""
        self._strengths: dict[int, float] = {}
        self._told: set[int] = set()
        self._waiting: list[Resonated] = []
        """Events that ``wrote`` hasn't returned yet."""
        self._coming: tuple[int, ...] = ()
        """The tokens, the next one first, that the distributions are drawn toward."""
        self._share = 0.0

    def __call__(self, logits: FloatArray, distribution: Distribution) -> None:
        if self.off.is_set():
            return
        match = self._index.nearest(distribution.ids, distribution.p)
        if match:
            self._note(match)
            if (
                self._adjusts
                and not self._coming
                and distribution.entropy >= UNCERTAIN
                and match.similarity >= ALIKE
            ):
                self._coming = self._word(match.row)
                self._share = MOST * match.similarity
        if self._coming:
            draw(logits, self._coming[0], self._share)
            self.drawn += 1

    def wrote(self, token: int) -> list[Resonated]:
        """Note the token that was drawn; return the events since the last call."""
        follows = bool(self._coming) and token == self._coming[0]
        self._coming = self._coming[1:] if follows else ()
        waiting, self._waiting = self._waiting, []
        return waiting

    def _note(self, match: Match) -> None:
        id = match.episode
        self._strengths[id] = self._strengths.get(id, 0.0) + match.strength
        if self._strengths[id] < ENOUGH or id in self._told:
            return
        self._told.add(id)
        episode = self._moments.episode(id)
        if episode and not self._in_prompt(episode) and self._came(match.row):
            self.events += 1
            self._waiting.append(Resonated(episode, match.similarity))

    def _word(self, row: int) -> tuple[int, ...]:
        """The tokens of the name or number at this moment; empty if there was another word."""
        came = self._came(row)
        if not came or not _names(came[0].text):
            return ()
        word = [came[0].token]
        for score in came[1:]:
            if not score.text[:1].isalnum():
                break
            word.append(score.token)
        return tuple(word)

    def _came(self, row: int) -> tuple[TokenScore, ...]:
        """The trace from this moment on; empty if its message is gone, or if a model with another vocabulary
        read it."""
        came = self._moments.came(row)
        known = came and self._engine.model.text(came[0].token) == came[0].text
        return came if known else ()


def draw(logits: FloatArray, token: int, share: float) -> None:
    """Mix the distribution with one that has all its weight on ``token``: p becomes (1 - share) p +
    share [token]. Changes ``logits``, shape (V,), in place; they needn't be normalised."""
    highest = float(logits.max())
    total = highest + math.log(float(np.exp(logits - np.float32(highest)).sum()))
    logits[token] = np.logaddexp(float(logits[token]), math.log(share / (1 - share)) + total)


@dataclass(frozen=True, slots=True)
class AnswerPrompt:
    """The prompt of an answer, its parts, the recollections in it, and the contrast."""

    base: Base
    recollections: tuple[Recollection, ...]
    prompt: Prompt
    contrast: Contrast | None


class ResonatingGeneration:
    """An answer whose prompt may gain episodes while it is written. It is used like a ``Generation``;
    ``brought`` are the recollections that were added. With ``brings`` False none are."""

    def __init__(
        self,
        engine: Engine,
        builder: PromptBuilder,
        asked: AnswerPrompt,
        sampling: Sampling,
        limit: int,
        stop: Event,
        listening: SignatureHook,
        on_event: Callable[[Resonated], None],
        *,
        brings: bool = True,
    ) -> None:
        self._engine = engine
        self._builder = builder
        self._asked = asked
        self._sampling = sampling
        self._limit = limit
        self._stop = stop
        self._listening = listening
        self._on_event = on_event
        self._brings = brings
        self._waiting: list[Recollection] = []
        self.brought: tuple[Recollection, ...] = ()
        self.readings: list[TokenReading] = []
        self.finish: Finish = "length"
        self.rest = self.rest_of_thought = ""

    def __iter__(self) -> Iterator[Step]:
        length = 0
        prompt, contrast = self._asked.prompt, self._asked.contrast
        while True:
            generation = self._generate(prompt, contrast)
            again: Prompt | None = None
            for step in generation:
                reading = _moved(step.reading, length)
                self.readings.append(reading)
                self._hear(reading.place[0])
                yield Step(step.text, reading)
                if self._waiting and self._ends(step):
                    again = self._brought_in()
                    if again is not None:
                        break
            if again is None:
                self.finish, self.rest = generation.finish, generation.rest
                return
            length = self.readings[-1].place[3]
            # no contrast from here on: it was for the recollections that recall had found
            prompt, contrast = again, None
            try:
                self._engine.prefill(prompt, self._stop, score=False)
            except Stopped:
                self.finish = "stopped"
                return

    def _generate(self, prompt: Prompt, contrast: Contrast | None) -> Generation:
        return self._engine.generate(
            prompt,
            self._sampling,
            self._limit - len(self.readings),
            self._stop,
            contrast=contrast,
            adjust=self._listening,
        )

    def _hear(self, token: int) -> None:
        for event in self._listening.wrote(token):
            parts = (("resonance", event.similarity),)
            self._waiting.append(Recollection(event.episode, event.similarity, parts))
            self._on_event(event)

    def _ends(self, step: Step) -> bool:
        """Whether a sentence ends with this token, and no part of the token's text is held back."""
        token = step.reading.place[0]
        return step.text.endswith(ENDS) and step.text == self._engine.model.text(token)

    def _brought_in(self) -> Prompt | None:
        """The prompt with the waiting recollections added and the answer so far at its end; None if nothing
        is to be added, or there is no room for it."""
        waiting, self._waiting = tuple(self._waiting), []
        left = self._limit - len(self.readings)
        if not self._brings or self._listening.off.is_set() or left <= 0:
            return None
        recalled = (*self._asked.recollections, *self.brought)
        messages, fitted = self._builder.with_recollections(self._asked.base, (*recalled, *waiting))
        brought = fitted[len(recalled) :]
        prompt = self._engine.build(messages)
        tokens = prompt.tokens + tuple(reading.place[0] for reading in self.readings)
        if not brought or len(tokens) + left > self._engine.context.size:
            return None
        self.brought += brought
        return replace(prompt, tokens=tokens)

    @property
    def scores(self) -> tuple[TokenScore, ...]:
        """The scores of the tokens decoded so far."""
        return self._engine.context.scores_of(self.readings)


def _moved(reading: TokenReading, by: int) -> TokenReading:
    """The reading with its place moved ``by`` code points later."""
    token, text, start, end = reading.place
    return replace(reading, place=(token, text, start + by, end + by)) if by else reading


def _names(text: str) -> bool:
    """Whether a token begins a name or a number."""
    word = text.strip()
    return bool(word) and (word[0].isupper() or word[0].isdigit())
