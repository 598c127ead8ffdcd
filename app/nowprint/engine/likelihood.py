"""How likely texts are after a beginning: several continuations at once, nothing written.

A second llama.cpp context over the model's weights, so that the conversation's KV cache stays as it
is. What precedes is read once and kept; each continuation is a sequence that shares its cells, and
the tokens of many ride in one batch. A continuation's first token is judged by the distribution
after the prefix, its last token is not read at all. ln p is worked out row by row; logits never
leave this file.

Batches are filled in the order of the continuations, so that with a deadline the first ones are
done first. Each is as large as the time left allows, by the speed measured so far. Without a deadline
but with somebody who may stop it, a batch takes ``HEED`` seconds at most.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import llama_cpp
import numpy as np
import numpy.typing as npt

from nowprint.engine.model import Model
from nowprint.engine.sequences import BATCH, Place, Row, Sequences
from nowprint.engine.threads import Threads

ROWS = 64
"""Tokens of a batch of continuations: each needs its logits."""
PROBE = 16
"""Tokens of the first batch that has a deadline or may be stopped, when the speed isn't known yet."""
HEED = 0.08
"""Seconds until ``stop`` is looked at again."""
FRAMES = 8
"""Frames that stay read."""
SEQUENCES = 32
"""One for the prefix, FRAMES for the frames, the others for continuations."""
_FIRST_LANE = 1 + FRAMES
SHARE = 32
"""Tokens of a text that there must be room for beside each of several frames."""

Nats = npt.NDArray[np.float64]


class Stop(Protocol):
    """A threading.Event, or several in one."""

    def is_set(self) -> bool: ...


@dataclass(slots=True)
class _Begun:
    """What a sequence has read, and what follows it."""

    sequence: int
    tokens: tuple[int, ...] = ()
    row: Row | None = None


@dataclass(slots=True)
class _Lane:
    """A continuation on its sequence, which holds ``start`` tokens already."""

    sequence: int
    start: int
    tokens: Sequence[int]
    read: int = 0
    nats: list[float] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Tokens still to be read; the last is only to be judged."""
        return max(0, len(self.tokens) - 1 - self.read)


class Likelihood:
    """ln p of continuations, in nats. Not thread-safe. ``cells`` tokens may be held at once."""

    def __init__(self, model: Model, *, threads: Threads | None = None, cells: int = 4096) -> None:
        """ModelFileError when there is not enough memory for ``cells`` tokens."""
        self._model = model
        self._sequences = Sequences(
            model, threads=threads or Threads(), cells=cells, count=SEQUENCES, rows=ROWS
        )
        self._together = self._sequences.can_cut  # else one after the other, each from the start
        self.size = self._sequences.size
        self._prefix = _Begun(0)
        self._frames: dict[tuple[int, ...], _Begun] = {}

    @property
    def tokens_per_second(self) -> float:
        """As measured lately; 0 before anything was read."""
        seconds = self._sequences.seconds_per_token
        return 1 / seconds if seconds else 0.0

    @property
    def model_id(self) -> str:
        return self._model.id

    @property
    def beginning(self) -> list[int]:
        """What every text of this model begins with: its BOS, or nothing."""
        return [] if self._model.bos is None else [self._model.bos]

    def tokens(self, text: str) -> list[int]:
        """The text's tokens; none of them is a control token."""
        return self._model.tokenize_text(text)

    def sums(
        self,
        prefix: Sequence[int],
        continuations: Sequence[Sequence[int]],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[float]:
        """Σ ln p(continuation | prefix) of each, in nats; 0 for an empty one.

        See ``nats`` for what is cut off, and when.
        """
        return [float(n.sum()) for n in self.nats(prefix, continuations, until=until, stop=stop)]

    def begin(self, frames: Sequence[Sequence[int]], *, stop: Stop | None = None) -> None:
        """Read the frames beforehand. Of a model that holds one at a time nothing would stay."""
        if self._together and sum(map(len, frames)) < self.size:
            self.framed_nats(frames, [], stop=stop)

    def nats(
        self,
        prefix: Sequence[int],
        continuations: Sequence[Sequence[int]],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[Nats]:
        """ln p of each token of each continuation after the prefix, shape (its tokens,).

        An empty prefix stands for the model's BOS, its end-of-text token, or any if it has none. The
        prefix stays read until the next call. Of a continuation that doesn't fit into ``size``
        beside the prefix only as many tokens are judged as fit. At ``until`` (time.monotonic) or
        when ``stop`` is set the list ends early: the first continuations are there, whole. Raises
        ValueError for a prefix of ``size`` tokens or more.
        """
        whole = tuple(prefix) or (self._least(),)
        if len(whole) >= self.size:
            raise ValueError(f"a prefix of {len(whole)} tokens, where {self.size} fit")
        done: list[Nats] = []
        if not continuations or not self._read(self._prefix, whole, until, stop):
            return done
        room = self.size - len(whole) - self._held()
        if room < max(map(len, continuations)):
            self._drop_frames()
            room = self.size - len(whole)
        at = 0
        while at < len(continuations):
            if not self._read(self._prefix, whole, until, stop):  # read again where it can't stay
                return done
            wave = self._wave(continuations[at:], room)
            lanes = []
            for i, tokens in enumerate(wave):
                sequence = _FIRST_LANE + i if self._together else 0
                lanes.append(_Lane(sequence, len(whole), tokens))
                if self._together:
                    self._sequences.copy(0, sequence)
            finished = self._run([(self._prefix, lane) for lane in lanes], until, stop)
            for lane in lanes:
                self._cut(self._prefix, lane)
            done += [np.array(lane.nats) for lane in lanes[:finished]]
            if finished < len(lanes):
                break
            at += len(lanes)
        return done

    def framed(
        self,
        frames: Sequence[Sequence[int]],
        tokens: Sequence[int],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[float]:
        """Σ ln p(tokens | frame) for each frame, in nats; see ``framed_nats``."""
        return [float(n.sum()) for n in self.framed_nats(frames, tokens, until=until, stop=stop)]

    def framed_nats(
        self,
        frames: Sequence[Sequence[int]],
        tokens: Sequence[int],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[Nats]:
        """ln p of each of the tokens after each of the frames (FRAMES at most), shape (T,) each.

        The frames stay read between calls, unless they are too long to be held at once. A text too
        long for ``size`` after all of them is judged as far as it fits. Cut off, the list holds the
        first frames only.
        """
        keys = [tuple(frame) or (self._least(),) for frame in frames]
        needed = sum(map(len, keys)) + len(keys) * min(len(tokens), SHARE)
        if not self._together or needed > self.size or len(set(keys)) < len(keys):
            return self._one_by_one(keys, tokens, until, stop)
        assert len(keys) <= FRAMES
        if len(self._frames.keys() | set(keys)) > FRAMES:
            self._drop_frames()
        begun: list[_Begun] = []
        for key in keys:
            known = self._frames.setdefault(key, _Begun(1 + len(self._frames)))
            if not self._read(known, key, until, stop):
                return []
            begun.append(known)
        room = self.size - self._held()
        share = room // max(1, len(keys))
        if len(keys) * min(len(tokens), share) > room - len(self._prefix.tokens):
            self._forget(self._prefix)
        lanes = [_Lane(b.sequence, len(b.tokens), tokens[:share]) for b in begun]
        finished = self._run(list(zip(begun, lanes, strict=True)), until, stop)
        for frame, lane in zip(begun, lanes, strict=True):
            self._cut(frame, lane)
        return [np.array(lane.nats) for lane in lanes[:finished]]

    def _one_by_one(
        self,
        frames: Sequence[tuple[int, ...]],
        tokens: Sequence[int],
        until: float | None,
        stop: Stop | None,
    ) -> list[Nats]:
        """Each frame as a prefix; of one that is too long even so, its end."""
        most = self.size - max(1, min(len(tokens), SHARE))
        prefixes = [frame[-most:] for frame in frames]
        tokens = tokens[: self.size - max(map(len, prefixes), default=0)]  # the same after each
        done: list[Nats] = []
        for prefix in prefixes:
            done += self.nats(prefix, [tokens], until=until, stop=stop)
        return done

    # --- what was read -------------------------------------------------------------------------

    def _least(self) -> int:
        """A token to begin with, since nothing can be read of no token at all."""
        if self._model.bos is not None:
            return self._model.bos
        eos = int(llama_cpp.llama_vocab_eos(self._model.vocab))
        return eos if eos >= 0 else 0  # without one, any: the texts compared begin alike

    def _read(
        self, begun: _Begun, tokens: tuple[int, ...], until: float | None, stop: Stop | None
    ) -> bool:
        """Let a sequence hold these tokens, reusing what it holds; False when time was up."""
        if begun.tokens == tokens and begun.row:
            return True
        same = 0
        for old, new in zip(begun.tokens, tokens[:-1], strict=False):
            if old != new:
                break
            same += 1
        held = len(begun.tokens)
        if held > same and not self._sequences.cut(begun.sequence, same):
            self._forget(begun)
            same = 0
        begun.tokens, begun.row = tokens[:same], None
        if begun is self._prefix:
            if len(tokens) + self._held() > self.size:
                self._drop_frames()
        elif len(tokens) + self._held() + len(self._prefix.tokens) > self.size:
            self._forget(self._prefix)
        while len(begun.tokens) < len(tokens):
            if stop and stop.is_set():
                return False
            at = len(begun.tokens)
            count = self._affordable(until, stop, BATCH)
            if until is not None and self._too_few(count, len(tokens) - at, BATCH):
                return False
            part = tokens[at : at + count]
            last = at + len(part) == len(tokens)
            self._read_batch(
                [
                    Place(token, at + i, begun.sequence, last and i == len(part) - 1)
                    for i, token in enumerate(part)
                ]
            )
            begun.tokens = tokens[: at + len(part)]
        begun.row = self._sequences.row(-1).copy()
        return True

    def _held(self) -> int:
        """Cells that the frames take."""
        return sum(len(f.tokens) for f in self._frames.values())

    def _read_batch(self, places: Sequence[Place]) -> None:
        try:
            self._sequences.read(places)
        except RuntimeError:
            self.clear()
            raise

    def _forget(self, begun: _Begun) -> None:
        self._sequences.drop(begun.sequence)
        begun.tokens, begun.row = (), None

    def _drop_frames(self) -> None:
        for frame in self._frames.values():
            self._forget(frame)
        self._frames.clear()

    def clear(self) -> None:
        """Forget what was read."""
        self._sequences.clear()
        self._prefix = _Begun(0)
        self._frames.clear()

    # --- continuations -------------------------------------------------------------------------

    def _wave(self, continuations: Sequence[Sequence[int]], room: int) -> list[Sequence[int]]:
        """As many of the next continuations as there are sequences and cells for."""
        most = SEQUENCES - _FIRST_LANE if self._together else 1
        wave: list[Sequence[int]] = []
        for tokens in continuations[:most]:
            if wave and len(tokens) > room:
                break
            wave.append(tokens[:room])
            room -= len(tokens)
        return wave

    def _run(
        self, lanes: Sequence[tuple[_Begun, _Lane]], until: float | None, stop: Stop | None
    ) -> int:
        """Judge the lanes' tokens, first lane first; return how many lanes were finished."""
        for begun, lane in lanes:
            if lane.tokens:
                assert begun.row
                lane.nats.append(begun.row.ln(lane.tokens[0]))
        finished = 0
        while finished < len(lanes):
            if not lanes[finished][1].left:
                finished += 1
                continue
            if stop and stop.is_set():
                break
            most = self._affordable(until, stop, ROWS)
            if until is not None and self._too_few(most, lanes[finished][1].left, ROWS):
                break
            places: list[Place] = []
            judged: list[tuple[_Lane, int]] = []
            for _, lane in lanes[finished:]:
                for i in range(lane.read, lane.read + min(lane.left, most - len(places))):
                    places.append(Place(lane.tokens[i], lane.start + i, lane.sequence, True))
                    judged.append((lane, lane.tokens[i + 1]))
                if len(places) == most:
                    break
            self._read_batch(places)
            for i, (lane, token) in enumerate(judged):
                lane.nats.append(self._sequences.row(i).ln(token))
                lane.read += 1
        return finished

    def _cut(self, begun: _Begun, lane: _Lane) -> None:
        """Let a sequence forget the continuation."""
        if not self._together:
            self._forget(begun)
        elif lane.sequence >= _FIRST_LANE:
            self._sequences.drop(lane.sequence)
        else:
            self._sequences.cut(lane.sequence, lane.start)

    def _affordable(self, until: float | None, stop: Stop | None, most: int) -> int:
        """Tokens that can be read before ``until``, or before ``stop`` is to be looked at again: then
        one at least. ``most`` at most."""
        if until is None and stop is None:
            return most
        left = HEED if until is None else until - time.monotonic()
        if left <= 0:
            return 0
        seconds = self._sequences.seconds_per_token
        count = min(most, int(left / seconds) if seconds else PROBE)
        return max(1, count) if until is None else count

    def _too_few(self, affordable: int, left: int, most: int) -> bool:
        """Whether time will be up before the next whole text, or batch of a long one, is read."""
        return not affordable or bool(self.tokens_per_second and affordable < min(left, most))

    def close(self) -> None:
        self._sequences.close()
