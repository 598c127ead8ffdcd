"""Messages that are labelled as worth keeping or not, and read in the same way as in the app.

They are mixed by a fixed seed into conversations of eight messages, each answered with "Okay.". The
model reads each message after the prompt that it would have in the app. The results are the features
of every span, which any episodic head can then score without the model.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nowprint.bench.readings import Readings
from nowprint.chat.judge import read_turn
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.errors import UserError
from nowprint.records import EpisodeDraft, Message, Role
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import judge, kept, spans_of
from nowprint.salience.features import FEATURES
from nowprint.salience.head import Head

SEED = 20260
CONVERSATION = 8
REPLY = "Okay."
FOLDS = 5
HELD_OUT = 0
FORM = (
    'The file must be {"worth": [texts], "junk": [texts]}, or a list of objects with "text" and '
    '"worth" (true or false).'
)

_EVERY = Head(0.0, dict.fromkeys(FEATURES, 0.0))
"""A head that knows all features, so that a draft's ``why`` lists their values; all its weights are 0."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with its label. ``kind``, ``topic`` and ``language`` are empty if the file doesn't give
    them; ``facts`` are the parts of the text that should be kept."""

    text: str
    worth: bool
    kind: str = ""
    topic: str = ""
    language: str = ""
    facts: tuple[str, ...] = ()

    @property
    def fold(self) -> int:
        """The number of the fold (0 to FOLDS - 1) that the message belongs to, from a hash of its text."""
        return int.from_bytes(hashlib.sha256(self.text.encode()).digest()[:4], "big") % FOLDS


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """A message as the head sees it: the features of each of its spans, in order, and their drafts. ``asked``
    means that the message asks to have something remembered, so that it is kept whatever its score."""

    label: Labelled
    spans: tuple[Mapping[str, float], ...]
    asked: bool
    drafts: tuple[EpisodeDraft, ...] = ()

    def salience(self, head: Head) -> float:
        """The salience of the best span; 0 without spans, 1 if ``asked``."""
        if self.asked:
            return 1.0
        return max((head.score(values)[0] for values in self.spans), default=0.0)

    def facts_kept(self, head: Head, least: float) -> int:
        """How many of the label's facts stand in an episode if the head keeps what reaches ``least``."""
        scored = [
            replace(draft, salience=head.score(values)[0])
            for draft, values in zip(self.drafts, self.spans, strict=True)
        ]
        texts = [_plain(draft.text) for draft in kept(scored, least, self.label.text)]
        return sum(any(_plain(fact) in text for text in texts) for fact in self.label.facts)


def read_labelled(data: object) -> tuple[Labelled, ...]:
    """The labelled messages of a bench's file. UserError if the data has another form (``FORM``)."""
    rows: list[tuple[Any, Any, Mapping[str, Any]]]
    match data:
        case {"worth": [*told], "junk": [*junk]}:
            rows = [(text, True, {}) for text in told] + [(text, False, {}) for text in junk]
        case [*objects]:
            known = [o for o in objects if isinstance(o, dict)]
            if len(known) < len(objects):
                raise UserError(FORM)
            rows = [(o.get("text"), o.get("worth"), o) for o in known]
        case _:
            raise UserError(FORM)
    found = []
    for text, worth, more in rows:
        if not isinstance(text, str) or not text.strip() or not isinstance(worth, bool):
            raise UserError(FORM)
        about = (str(more.get(name, "")) for name in ("kind", "topic", "language"))
        facts = more.get("facts", [])
        if not (isinstance(facts, list) and all(isinstance(fact, str) for fact in facts)):
            raise UserError(FORM)
        kind, topic, language = about
        found.append(Labelled(text, worth, kind, topic, language, tuple(facts)))
    if not found:
        raise UserError(FORM)
    return tuple(found)


def mixed(rows: Sequence[Labelled]) -> list[list[Labelled]]:
    """The messages in a random order (by ``SEED``), as conversations of ``CONVERSATION`` messages. If the
    file names their facts, they are long: then each is a conversation of its own."""
    order = list(rows)
    random.Random(SEED).shuffle(order)
    size = 1 if any(row.facts for row in rows) else CONVERSATION
    return [order[at : at + size] for at in range(0, len(order), size)]


def hear(
    rows: Sequence[Labelled],
    readings: Readings,
    builder: PromptBuilder,
    usual: Baseline,
    on_progress: Callable[[float], None],
) -> list[HeardMessage]:
    """The messages of ``mixed`` in their order, each read as the app would read it. ``usual`` is the
    baseline to begin with; ``on_progress`` is called with the fraction done."""
    heard: list[HeardMessage] = []
    for number, conversation in enumerate(mixed(rows)):
        history: list[Message] = []
        for row in conversation:
            first = len(heard) * 2
            message = _message(first + 1, number, "user", row.text)
            base = builder.base((), history, row.text)
            prompt, _ = builder.with_recollections(base, ())
            tokens = readings.trace(prompt, row.text)
            turn = read_turn(message, tokens, history)
            framed = readings.framed(row.text, spans_of(turn, usual))
            drafts = judge(turn, usual, head=_EVERY, framed=framed)
            spans = tuple({c.feature: c.value for c in d.why.contributions} for d in drafts)
            asked = any(d.kind == "remembered" for d in drafts)
            heard.append(HeardMessage(row, spans, asked, drafts))
            usual = usual.after(tokens)
            history += [message, _message(first + 2, number, "assistant", REPLY)]
            on_progress(len(heard) / len(rows))
    return heard


def _plain(text: str) -> str:
    """The text with one space for each stretch of white space."""
    return " ".join(text.split())


def _message(id: int, conversation: int, role: Role, text: str) -> Message:
    return Message(id, conversation, role, text, 0.0, "complete", "", (), None)
