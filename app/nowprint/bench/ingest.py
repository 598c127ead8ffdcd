"""Long conversations entered into the app: read, judged and kept like the messages of a chat.

Each LoCoMo session becomes a conversation of the app with the session's date, and each LoCoMo turn a
message. The model reads it after the session's turns before it, so that the trace is what the app's
would be. A turn is kept whole or not at all, with the speaker's name before it, as in a pasted chat. A
share of the conversation is kept: the turns with the greatest expected worth, which is the sum over a
turn's spans of salience times number of words. (A turn of three spans, each of which may be asked for,
is worth more than one with a single, very salient span.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nowprint.bench.locomo import Conversation, LocomoTurn
from nowprint.bench.readings import Readings
from nowprint.chat.judge import read_turn
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.language.words import words
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Message, Source, TokenScore
from nowprint.salience import frames
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import added_draft, judge, spans_of
from nowprint.salience.frames import Framed
from nowprint.salience.head import starting_head
from nowprint.salience.sensitivity import share_threshold


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """A turn as the model read it and the head judged it. ``values`` are the features of its best span;
    ``worth`` is the number of words that the head expects to be worth keeping."""

    turn: LocomoTurn
    session: int
    at: float
    tokens: tuple[TokenScore, ...]
    framed: tuple[Framed, ...]
    draft: EpisodeDraft
    values: dict[str, float]
    worth: float

    @property
    def salience(self) -> float:
        return self.draft.salience


def read(
    conversation: Conversation,
    readings: Readings,
    builder: PromptBuilder,
    *,
    judged: bool,
    on_progress: Callable[[float], None],
) -> list[ReadTurn]:
    """Read every turn of a conversation. With ``judged`` framed surprise is measured, too; if everything is
    kept anyway, that isn't needed. ``on_progress`` is called with the fraction done."""
    usual = Baseline.warm("user")
    turns = sum(len(session.turns) for session in conversation.sessions)
    done: list[ReadTurn] = []
    for number, session in enumerate(conversation.sessions):
        history: list[Message] = []
        for turn in session.turns:
            id = len(done) + 1
            message = Message(id, number, "user", turn.text, session.at, "complete", "", (), None)
            base = builder.base((), history, turn.text)
            prompt, _ = builder.with_recollections(base, ())
            tokens = readings.trace(prompt, turn.text)
            heard = read_turn(message, tokens, history)
            framed = readings.framed(turn.text, spans_of(heard, usual)) if judged else ()
            drafts = judge(heard, usual, head=starting_head(), framed=framed)
            draft, values = _whole(turn, drafts)
            worth = sum(one.salience * len(words(one.text)) for one in drafts)
            done.append(ReadTurn(turn, number, session.at, tokens, framed, draft, values, worth))
            usual = usual.after(tokens)
            history.append(message)
            on_progress(len(done) / turns)
    return done


def worth(turns: Sequence[ReadTurn], keep: float) -> list[bool]:
    """Which turns are kept if the best share ``keep`` is kept, however little it is worth. With the app's own
    threshold more than half of a chat between two friends would be left out, and the shares couldn't be
    compared."""
    least = share_threshold([one.worth for one in turns], keep)
    return [keep > 0 and one.worth >= least for one in turns]


class Ingested:
    """A LoCoMo conversation in a separate store and memory; in the process's memory if ``path`` is None."""

    def __init__(
        self,
        path: Path | None,
        index: Path | None,
        embedder: Embedder,
        encoder: Embedder | None = None,
    ) -> None:
        self._now = 0.0
        self.store = ConversationStore(path)
        self.memory = Memory(
            self.store,
            embedder,
            index,
            lambda event: None,
            encoder=encoder,
            clock=lambda: self._now,
        )
        self._turns: dict[int, LocomoTurn] = {}
        self.episodes: dict[str, int] = {}
        """Id of a turn that was kept -> its episode."""

    def tell(
        self, turns: Sequence[ReadTurn], kept: Sequence[bool], on_progress: Callable[[float], None]
    ) -> None:
        """Store all turns as messages, and make episodes of those that are ``kept``."""
        chats: dict[int, int] = {}
        for number, (one, worth) in enumerate(zip(turns, kept, strict=True)):
            self._now = one.at
            if one.session not in chats:
                chats[one.session] = self.store.create_conversation().id
            message = self.store.add_message(chats[one.session], "user", one.turn.text)
            self._turns[message.id] = one.turn
            self.memory.hear(message.id, one.tokens, {})
            drafts = [_placed(one.draft, message)] if worth else []
            dumped = frames.dump(one.framed) if one.framed else None
            for result in self.memory.judge(message.id, dumped, (), drafts):
                self.episodes[one.turn.id] = result.episode.id
            on_progress((number + 1) / len(turns))
        self._now += 3600.0  # questions come after the last session

    def places(self, ids: Sequence[int], most: int) -> list[str]:
        """The ids of the first ``most`` turns of these episodes, in the order of the episodes; "" for a turn
        whose text isn't in its episode."""
        there = {one.id: one for one in self.memory.episodes(ids)}
        places: dict[str, str] = {}
        for id in ids:
            for source in there[id].sources if id in there else ():
                turn = self._turns[source.message_id]
                places.setdefault(turn.id, turn.id if turn.text in there[id].text else "")
            if len(places) >= most:
                break
        return list(places.values())[:most]

    def only(self, turns: Collection[str]) -> list[int]:
        """Hide the episodes of all other turns; return their ids for ``memory.undo_forget``."""
        wanted = {id for turn, id in self.episodes.items() if turn in turns}
        others = sorted(set(self.episodes.values()) - wanted)
        self.memory.forget(others)
        return others

    def close(self) -> None:
        self.memory.close()


def _whole(
    turn: LocomoTurn, drafts: Sequence[EpisodeDraft]
) -> tuple[EpisodeDraft, dict[str, float]]:
    """A single draft for the whole turn, with the ``why`` of its best span and the moments of all spans; and
    that span's features. A turn without a span, since it only quotes, is worth nothing."""
    if not drafts:
        return replace(added_draft(turn.message, None), salience=0.0, kind="captured"), {}
    best = max(drafts, key=lambda draft: draft.salience)
    moments = tuple(moment for draft in drafts for moment in draft.why.moments)
    values = {c.feature: c.value for c in best.why.contributions}
    draft = replace(
        best, text=turn.message, why=replace(best.why, moments=moments), sources=(), kind="captured"
    )
    return draft, values


def _placed(draft: EpisodeDraft, message: Message) -> EpisodeDraft:
    """The draft with ``message`` as its source and in its moments."""
    source = Source(message.id, message.conversation_id, message.role, 0, len(message.text))
    moments = tuple(replace(moment, message_id=message.id) for moment in draft.why.moments)
    return replace(draft, why=replace(draft.why, moments=moments), sources=(source,))
