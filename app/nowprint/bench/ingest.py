"""Long conversations told to the app: read, judged, kept, as messages of a chat are.

A session becomes a chat, at the session's date. Each turn is a message, read behind the session's
turns before it, so that the model's statistics are those that the app would have. Turns are kept
whole or not at all, behind the speaker's name, as a pasted chat would have it. What is kept is a share of
the whole conversation: the turns with the most words that the head thinks worth keeping, which is the
sum over a turn's spans of salience times words. (A turn of three spans that may all be asked for is
worth more than one of a single span, however salient that is.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nowprint.bench.locomo import Conversation, LocomoTurn
from nowprint.bench.readings import Readings
from nowprint.chat.judge import read_turn
from nowprint.chat.prompt import PromptBuilder
from nowprint.language.words import words
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Message, Source, TokenScore
from nowprint.salience import frames
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import judge, spans_of
from nowprint.salience.frames import Framed
from nowprint.salience.head import starting_head
from nowprint.salience.sensitivity import share_threshold


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """A turn as the model read it and the head judged it; ``values`` are its features, ``worth`` the
    words that the head expects to be worth keeping."""

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
    """Every turn of a conversation. ``judged``: with the frames, which decide what is worth keeping;
    where all of it is kept they are left out."""
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
    """Which are kept when the worthiest share ``keep`` is, however little it is worth: in a chat of two
    friends the app's own threshold would leave out more than half, and shares couldn't be compared."""
    least = share_threshold([one.worth for one in turns], keep)
    return [keep > 0 and one.worth >= least for one in turns]


class Ingested:
    """A conversation in a memory of its own."""

    def __init__(self, path: Path | None, index: Path | None, embedder: Embedder) -> None:
        self._now = 0.0
        self.store = ConversationStore(path)
        self.memory = Memory(
            self.store, embedder, index, lambda event: None, clock=lambda: self._now
        )
        self._turns: dict[int, LocomoTurn] = {}
        self.episodes: dict[str, int] = {}
        """The episode of each turn that was kept."""

    def tell(
        self, turns: Sequence[ReadTurn], kept: Sequence[bool], on_progress: Callable[[float], None]
    ) -> None:
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
        """The first ``most`` turns of these episodes, laid out in order; "" for a turn whose text
        isn't in its episode."""
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
        """Forget, for now, all other turns; the ids that ``memory.undo_forget`` brings back."""
        wanted = {id for turn, id in self.episodes.items() if turn in turns}
        others = sorted(set(self.episodes.values()) - wanted)
        self.memory.forget(others)
        return others

    def close(self) -> None:
        self.memory.close()


def _whole(
    turn: LocomoTurn, drafts: Sequence[EpisodeDraft]
) -> tuple[EpisodeDraft, dict[str, float]]:
    """One draft of the whole turn, with the reasons of its best span."""
    best = max(drafts, key=lambda draft: draft.salience)
    moments = tuple(moment for draft in drafts for moment in draft.why.moments)
    values = {c.feature: c.value for c in best.why.contributions}
    draft = replace(
        best, text=turn.message, why=replace(best.why, moments=moments), sources=(), kind="captured"
    )
    return draft, values


def _placed(draft: EpisodeDraft, message: Message) -> EpisodeDraft:
    """With its source, and its moments in that message."""
    source = Source(message.id, message.conversation_id, message.role, 0, len(message.text))
    moments = tuple(replace(moment, message_id=message.id) for moment in draft.why.moments)
    return replace(draft, why=replace(draft.why, moments=moments), sources=(source,))
