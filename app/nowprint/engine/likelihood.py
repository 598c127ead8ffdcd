"""The likelihood of texts after a prefix: several continuations at once, without generating anything.

This uses a second llama.cpp context over the model's weights, so that the conversation's KV cache
stays untouched. The prefix is read once and kept. Each continuation is a sequence that shares the
prefix's cells, and one batch holds tokens of many continuations. The distribution after the prefix
gives the ln p of a continuation's first token; its last token needn't be read at all. ln p is worked
out row by row; logits never leave this file.

Batches are filled in the order of the continuations, so that with a deadline the first ones are
done first. Each batch is as large as the time left allows, by the speed measured so far. Without a
deadline, but with a ``stop`` event, a batch takes about ``HEED`` seconds at most.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import llama_cpp
import numpy as np
import numpy.typing as npt

from nowprint.engine.cache.sequence_state import State
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.model import Model
from nowprint.engine.sequences import (
    BATCH,
    Continuation,
    Place,
    ReadPrefix,
    Row,
    Sequences,
    Stop,
)
from nowprint.engine.threads import Threads

ROWS = 64
"""The most tokens in a batch of continuations, each of which needs its logits."""
PROBE = 16
"""Tokens of the first batch with a deadline or a ``stop`` event, while the speed isn't known yet."""
HEED = 0.08
"""Seconds after which ``stop`` is checked again."""
FRAMES = 8
"""The most frames that stay in the cache."""
SEQUENCES = 32
"""One for the prefix, FRAMES for the frames, the others for continuations."""
_FIRST_LANE = 1 + FRAMES
SHARE = 32
"""Frames stay in the cache together only if each leaves room for this many tokens of the text."""

Nats = npt.NDArray[np.float64]
Frames = Sequence[Sequence[int]]


class Likelihood:
    """ln p of continuations, in nats. The cache holds up to ``cells`` tokens. Not thread-safe."""

    def __init__(
        self,
        model: Model,
        *,
        threads: Threads | None = None,
        cells: int = 4096,
        options: ContextOptions | None = None,
    ) -> None:
        """ModelFileError when there is not enough memory for ``cells`` tokens."""
        self._model = model
        self._sequences = Sequences(
            model,
            threads=threads or Threads(),
            cells=cells,
            count=SEQUENCES,
            rows=ROWS,
            options=options,
        )
        # models that can't cut read one continuation after the other, each with the prefix again
        self._together = self._sequences.can_cut
        self.size = self._sequences.size
        self._prefix = ReadPrefix(0)
        self._frames: dict[tuple[int, ...], ReadPrefix] = {}

    @property
    def tokens_per_second(self) -> float:
        """The speed of recent readings; 0 before the first."""
        return 1 / self._sequences.seconds_per_token if self._sequences.seconds_per_token else 0.0

    @property
    def model_id(self) -> str:
        return self._model.id

    @property
    def beginning(self) -> list[int]:
        """The tokens that every text begins with for this model: its BOS, or none."""
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
        """Σ ln p(continuation | prefix) in nats for each continuation; 0 for an empty one. See ``nats``."""
        return [float(n.sum()) for n in self.nats(prefix, continuations, until=until, stop=stop)]

    def begin(self, frames: Frames, *, stop: Stop | None = None) -> None:
        """Read the frames, so that later calls find them in the cache. Does nothing if they don't fit
        together, or if the model can't keep several sequences."""
        if self._together and sum(map(len, frames)) < self.size:
            self.framed_nats(frames, [], stop=stop)

    def begun(self, frames: Frames) -> list[ReadPrefix]:
        """The frames as they were read, if all are in the cache; else none."""
        held = [self._frames.get(tuple(frame), ReadPrefix(0)) for frame in frames]
        return held if all(one.row for one in held) else []

    def state(self, begun: ReadPrefix) -> State:
        return self._sequences.state(begun.sequence)

    def go_on_from(self, frames: Frames, begun: Sequence[tuple[State, Row]]) -> bool:
        """Hold the frames as an earlier run did. False, with an empty cache, if llama.cpp refuses."""
        self.clear()
        for frame, (state, row) in zip(frames, begun, strict=True):
            known = ReadPrefix(1 + len(self._frames), tuple(frame), row)
            if not self._sequences.restore(known.sequence, state):
                self.clear()
                return False
            self._frames[known.tokens] = known
        return True

    def nats(
        self,
        prefix: Sequence[int],
        continuations: Sequence[Sequence[int]],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[Nats]:
        """ln p in nats of each token of each continuation after the prefix; shape (its tokens,), float64.

        An empty prefix stands for the model's BOS, else its end-of-text token, else token 0. The prefix
        stays in the cache for the next call. If a continuation doesn't fit into ``size`` beside the
        prefix, only as many of its tokens are judged as fit. At ``until`` (time.monotonic) or when
        ``stop`` is set the list ends early, and holds the continuations that were finished.

        Raises ValueError for a prefix of ``size`` tokens or more, RuntimeError if llama.cpp fails.
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
            if not self._read(self._prefix, whole, until, stop):  # nothing to do if still cached
                return done
            wave = self._wave(continuations[at:], room)
            lanes = []
            for i, tokens in enumerate(wave):
                sequence = _FIRST_LANE + i if self._together else 0
                lanes.append(Continuation(sequence, len(whole), tokens))
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
        frames: Frames,
        tokens: Sequence[int],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[float]:
        """Σ ln p(tokens | frame) in nats for each frame; see ``framed_nats``."""
        return [float(n.sum()) for n in self.framed_nats(frames, tokens, until=until, stop=stop)]

    def framed_nats(
        self,
        frames: Frames,
        tokens: Sequence[int],
        *,
        until: float | None = None,
        stop: Stop | None = None,
    ) -> list[Nats]:
        """ln p in nats of the T tokens after each frame; one array of shape (T,), float64, per frame.

        The frames (``FRAMES`` at most) stay in the cache between calls, unless they are too long to be
        held together. If the tokens don't fit into ``size`` after every frame, only as many are judged
        as fit. At ``until`` or when ``stop`` is set the list ends early, and holds the frames that
        were finished. Raises RuntimeError if llama.cpp fails.
        """
        keys = [tuple(frame) or (self._least(),) for frame in frames]
        needed = sum(map(len, keys)) + len(keys) * min(len(tokens), SHARE)
        if not self._together or needed > self.size or len(set(keys)) < len(keys):
            return self._one_by_one(keys, tokens, until, stop)
        assert len(keys) <= FRAMES
        if len(self._frames.keys() | set(keys)) > FRAMES:
            self._drop_frames()
        begun: list[ReadPrefix] = []
        for key in keys:
            known = self._frames.setdefault(key, ReadPrefix(1 + len(self._frames)))
            if not self._read(known, key, until, stop):
                return []
            begun.append(known)
        room = self.size - self._held()
        share = room // max(1, len(keys))
        if len(keys) * min(len(tokens), share) > room - len(self._prefix.tokens):
            self._forget(self._prefix)
        lanes = [Continuation(b.sequence, len(b.tokens), tokens[:share]) for b in begun]
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
        """Use each frame as a prefix, one after the other. Of a frame that is still too long, only its
        end is used."""
        most = self.size - max(1, min(len(tokens), SHARE))
        prefixes = [frame[-most:] for frame in frames]
        tokens = tokens[: self.size - max(map(len, prefixes), default=0)]  # as many for each frame
        done: list[Nats] = []
        for prefix in prefixes:
            done += self.nats(prefix, [tokens], until=until, stop=stop)
        return done

    # --- what was read -------------------------------------------------------------------------

    def _least(self) -> int:
        """A token for an empty prefix, since llama.cpp gives no distribution before the first token."""
        if self._model.bos is not None:
            return self._model.bos
        eos = int(llama_cpp.llama_vocab_eos(self._model.vocab))
        return eos if eos >= 0 else 0  # any token serves if all texts compared follow the same one

    def _read(
        self, begun: ReadPrefix, tokens: tuple[int, ...], until: float | None, stop: Stop | None
    ) -> bool:
        """Make a sequence hold these tokens, reusing those it holds already. False if the time was up, or
        ``stop`` was set, before all were read."""
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
        """The number of cells that the frames occupy."""
        return sum(len(f.tokens) for f in self._frames.values())

    def _read_batch(self, places: Sequence[Place]) -> None:
        try:
            self._sequences.read(places)
        except RuntimeError:
            self.clear()
            raise

    def _forget(self, begun: ReadPrefix) -> None:
        self._sequences.drop(begun.sequence)
        begun.tokens, begun.row = (), None

    def _drop_frames(self) -> None:
        for frame in self._frames.values():
            self._forget(frame)
        self._frames.clear()

    def clear(self) -> None:
        """Empty the cache: prefix, frames and continuations."""
        self._sequences.clear()
        self._prefix = ReadPrefix(0)
        self._frames.clear()

    # --- continuations -------------------------------------------------------------------------

    def _wave(self, continuations: Sequence[Sequence[int]], room: int) -> list[Sequence[int]]:
        """The next continuations, as many as there are sequences and cells for."""
        most = SEQUENCES - _FIRST_LANE if self._together else 1
        wave: list[Sequence[int]] = []
        for tokens in continuations[:most]:
            if wave and len(tokens) > room:
                break
            wave.append(tokens[:room])
            room -= len(tokens)
        return wave

    def _run(
        self,
        lanes: Sequence[tuple[ReadPrefix, Continuation]],
        until: float | None,
        stop: Stop | None,
    ) -> int:
        """Work out ln p of the lanes' tokens, first lane first; return how many lanes were finished."""
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
            judged: list[tuple[Continuation, int]] = []
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

    def _cut(self, begun: ReadPrefix, lane: Continuation) -> None:
        """Remove the continuation from its sequence."""
        if not self._together:
            self._forget(begun)
        elif lane.sequence >= _FIRST_LANE:
            self._sequences.drop(lane.sequence)
        else:
            self._sequences.cut(lane.sequence, lane.start)

    def _affordable(self, until: float | None, stop: Stop | None, most: int) -> int:
        """How many tokens, at most ``most``, can be read before ``until``. Without ``until``: before ``stop``
        must be checked again, and then at least one."""
        if until is None and stop is None:
            return most
        left = HEED if until is None else until - time.monotonic()
        if left <= 0:
            return 0
        seconds = self._sequences.seconds_per_token
        count = min(most, int(left / seconds) if seconds else PROBE)
        return max(1, count) if until is None else count

    def _too_few(self, affordable: int, left: int, most: int) -> bool:
        """Whether the time allows less than the ``left`` tokens of a text, or less than a full batch of
        ``most`` if the text is longer than that."""
        return not affordable or bool(self.tokens_per_second and affordable < min(left, most))

    def close(self) -> None:
        self._sequences.close()
