"""The memory that the fake client answers from: episodes, what they changed in answers, and an
episodic head that knows two features and a list of passages with their saliences."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fake_looking import FakeLooking

from nowprint import events
from nowprint import records as r
from nowprint.errors import NotFound, UserError
from nowprint.language.dates import spoken_times
from nowprint.service import protocol as p

NOW = time.time()
STARTING = (
    r.HeadWeight("framed surprise", 1.82, 1.82),
    r.HeadWeight("self-reference", 0.74, 0.74),
    r.HeadWeight("question", -1.1, -1.1),
    r.HeadWeight("length", 0.21, 0.21),
)
"""The weights of a head that nobody has taught anything."""


def scores(text: str, surprising: dict[str, float] | None = None) -> tuple[r.TokenScore, ...]:
    """Words as tokens; surprisal by a word's length unless named."""
    found, at = [], 0
    for number, word in enumerate(text.split(" ")):
        token = word if number == 0 else " " + word
        value = (surprising or {}).get(word.strip(".,"), min(6.0, 0.35 * len(word)))
        alternatives = tuple(
            r.Alternative(n, other, p)
            for n, (other, p) in enumerate(
                ((" dog", 0.31), (" friend", 0.12), (" name", 0.07), (" the", 0.04), ("\n", 0.02))
            )
        )
        found.append(
            r.TokenScore(
                number, token, at, at + len(token), value, value * 0.6, 1.2, 0.4, alternatives
            )
        )
        at += len(token)
    return tuple(found)


class FakeMemory(FakeLooking):
    def __init__(self, on_event: Callable[[events.CoreEvent], None]) -> None:
        super().__init__()
        self.on_event = on_event
        self.messages: dict[int, r.Message] = {}
        self.episodes: dict[int, r.Episode] = {}
        self.whys: dict[int, r.Why] = {}
        self.traces: dict[int, tuple[r.TokenScore, ...]] = {}
        self.hidden: set[int] = set()
        self.influences: dict[int, tuple[r.Influence, ...]] = {}
        self.said: list[tuple[str, float]] = []
        """What a preview judges: passages with their saliences, newest first."""
        self.head = r.HeadState(STARTING, 0, 0)
        self._ids: Iterator[int] = itertools.count(1)

    def hear(self, text: str, message: r.Message | None = None, **more: Any) -> r.Kept:
        """Keep it, or know it again."""
        known = next((one for one in self.there() if one.text == text), None)
        if known is None:
            episode = self.keep(text, message, created=time.time(), **more)
        else:
            episode = self._change(known.id, reinforced=known.reinforced + 1)
        return r.Kept(episode, self.whys[episode.id], known is not None)

    def keep(
        self,
        text: str,
        message: r.Message | None = None,
        *,
        kind: r.EpisodeKind = "captured",
        salience: float = 0.83,
        surprising: dict[str, float] | None = None,
        **more: Any,
    ) -> r.Episode:
        start = message.text.find(text) if message else 0
        sources: tuple[r.Source, ...] = ()
        moments: tuple[r.Moment, ...] = ()
        if message:
            sources = (
                r.Source(
                    message.id, message.conversation_id, message.role, start, start + len(text)
                ),
            )
            self.traces[message.id] = scores(message.text, surprising)
            moments = tuple(
                r.Moment(message.id, n, token.text, (r.Trigger("surprisal", token.surprisal, 6.4),),
                         r.Signature((1,), (0.3,), token.entropy, token.kl, "0"))
                for n, token in enumerate(self.traces[message.id]) if token.surprisal > 6.4
            )  # fmt: skip
        episode = r.Episode(
            next(self._ids), text, more.pop("gist", text), kind, salience, more.pop("created", NOW), NOW,
            more.pop("pinned", False), False, more.pop("recalled", 0), None, 0, sources, **more,
        )  # fmt: skip
        parts = (
            r.Contribution("framed surprise", 2.1, 1.9), r.Contribution("summed surprisal", 61.0, 1.2),
            r.Contribution("self-reference", 1.0, 0.7), r.Contribution("question mark", 1.0, -0.6),
        )  # fmt: skip
        self.whys[episode.id] = r.Why(salience, 0.5, -1.4, parts, moments)
        self.episodes[episode.id] = episode
        if (old := episode.replaces) is not None:
            self.episodes[old] = dataclasses.replace(self.episodes[old], replaced_by=episode.id)
        return episode

    def measure(self, answer_id: int, nats: dict[int, float]) -> None:
        """What an idle core does: each memory's influence on an answer, told when it is known."""
        self.influences[answer_id] = tuple(r.Influence(*one) for one in nats.items())
        for id, value in nats.items():
            episode = self.episodes[id]
            self.episodes[id] = dataclasses.replace(
                episode,
                measured=episode.measured + 1,
                influential=episode.influential + (value >= r.INFLUENTIAL_NATS),
            )
        self.on_event(events.InfluenceMeasured(answer_id, self.influences[answer_id]))

    # --- its replies -----------------------------------------------------------------------

    def _episode(self, id: int) -> r.Episode:
        if id not in self.episodes or id in self.hidden:
            raise NotFound(f"There is no episode {id}: it may have been forgotten.")
        episode = self.episodes[id]
        sources = tuple(one for one in episode.sources if one.message_id in self.messages)
        return dataclasses.replace(episode, sources=sources)

    def _whole(self, *ids: int) -> list[r.Episode]:
        """The oldest first; none that is a part of another already."""
        found = [self._episode(id) for id in ids]
        if behind := self.merged.intersection(ids):
            raise UserError(
                f"Episode {min(behind)} is behind another one already: change that one."
            )
        return sorted(found, key=lambda one: (one.created, one.id))

    def _message(self, id: int) -> r.Message:
        if id not in self.messages:
            raise NotFound(f"There is no message {id}: it may have been deleted.")
        message = self.messages[id]
        there = tuple(one for one in message.sources if one not in self.hidden)
        beside = [
            one.id
            for one in self.messages.values()
            if (one.conversation_id, one.parent) == (message.conversation_id, message.parent)
        ]
        kept = [
            one
            for one in self.there()
            if not one.held_back and any(place.message_id == id for place in one.sources)
        ]
        updates = sum(one.sources[0].message_id == id and one.replaces is not None for one in kept)
        return dataclasses.replace(
            message,
            sources=there,
            siblings=tuple(beside),
            kept=tuple(sorted(one.id for one in kept)),
            updates=updates,
        )

    def _change(self, id: int, **fields: Any) -> r.Episode:
        id = self._episode(id).id
        self.episodes[id] = dataclasses.replace(self.episodes[id], **fields)
        return self._episode(id)

    def reply(self, request: Any) -> Any:
        match request:
            case p.ShowEpisode(id):
                return self._detail(self._episode(id))
            case p.Remember(text, message_id, _, _):
                if not text.strip():
                    raise UserError("There is nothing to remember: choose or write some text.")
                message = self._message(message_id) if message_id else None
                return self.hear(text, message, kind="remembered", salience=1.0)
            case p.EditEpisode(id, text):
                return self.change_text(id, text)
            case p.PinEpisodes(ids, pinned):
                if pinned:
                    self.teach([id for id in ids if not self._episode(id).pinned], worth=True)
                return tuple(self._change(id, pinned=pinned) for id in ids)
            case p.GetInfluence(answer_id):
                return self.influences.get(answer_id, ())
            case p.SayNeeded(answer_id, needed):
                return self._say_needed(answer_id, needed=needed)
            case p.PreviewKeep(keep, limit):
                return self._preview(keep, limit)
            case p.GetHead():
                return self.head
            case p.ResetHead():
                self.head = r.HeadState(STARTING, 0, 0)
                return self.head
        return self.look(request)

    def _say_needed(self, answer_id: int, *, needed: bool) -> tuple[r.Influence, ...]:
        before = self.influences.get(answer_id, ())
        if needed:
            return before
        return tuple(r.Influence(one.episode_id, 0.0) for one in before)

    def _detail(self, episode: r.Episode) -> r.EpisodeDetail:
        sources = tuple(
            r.SourceTrace(
                self._message(s.message_id), s.start, s.end, self.traces.get(s.message_id, ())
            )
            for s in episode.sources
        )
        before, after = self.beside(episode)
        answers = tuple(m for m in self.messages.values() if episode.id in m.sources)
        history = (r.AuditLine(episode.created, "kept", f"salience {episode.salience:.2f}"),)
        return r.EpisodeDetail(
            episode, self.whys[episode.id], sources, before[0].id if before else None,
            after[0].id if after else None, answers, history,
            times=spoken_times(episode.text, episode.created, time.time()),
        )  # fmt: skip

    def teach(self, ids: Iterable[int], *, worth: bool) -> None:
        """Of what was written by hand nothing is learned."""
        count = sum(self.episodes[id].kind == "captured" for id in ids)
        if count:
            step = (0.05 if worth else -0.05) * count
            weights = tuple(
                dataclasses.replace(weight, learned=round(weight.learned + step, 2))
                for weight in self.head.weights
            )
            yes, no = self.head.worth + worth * count, self.head.not_worth + (not worth) * count
            self.head = r.HeadState(weights, yes, no)

    def _preview(self, keep: float, limit: int) -> r.Preview:
        """As the core: from .5 on, down to nothing when everything is wanted."""
        threshold = 0.5 if keep <= 0.75 else 2 * (1 - keep)
        threshold = 2.0 if keep == 0 else threshold
        judged = tuple(
            r.Judged(n, 0, len(text), text, salience, salience >= threshold)
            for n, (text, salience) in enumerate(self.said)
        )
        kept = sum(one.kept for one in judged)
        return r.Preview(keep, threshold, kept, len(judged) - kept, judged[:limit])
