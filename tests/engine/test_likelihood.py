"""Texts judged side by side, against the surprisals of the conversation's own context."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event

import numpy as np
import pytest

from nowprint.engine import likelihood, sequences
from nowprint.engine.engine import JUDGING, Engine
from nowprint.engine.generation import Prompt
from nowprint.engine.likelihood import FRAMES, Likelihood
from nowprint.engine.model import Model
from nowprint.engine.sequences import Place

QUESTION = "Which bird stood by the lake?\n"
TEXTS = (
    "A heron stood in the shallows of lake Vico.",
    "Marta counted eleven of her young.",
    "No",
    "The tax office closes at noon on Fridays, and the forms are yellow.",
)
UNHEARD = "Nobody had told the plumber of the third kitchen."
NOISE = 0.025
"""Relative: other batch sizes make noise in quantised arithmetic, and the variants for AVX-512, which have
other code for few tokens than for many, make the most of it."""


@pytest.fixture(scope="module")
def judge(loaded: Engine) -> Iterator[Likelihood]:
    judge = Likelihood(loaded.model, cells=256)
    yield judge
    judge.close()


@pytest.fixture(autouse=True)
def nothing_read(judge: Likelihood) -> None:
    judge.clear()


def alone(engine: Engine, prefix: list[int], continuation: list[int]) -> float:
    """Σ ln p from the conversation's context, one text after the other."""
    tokens = (*prefix, *continuation)
    places = ((0, 0),) * len(continuation)
    prompt = Prompt(tokens, len(prefix), len(tokens), places, "")
    engine.context.clear()
    scores = engine.prefill(prompt, Event(), score=True).scores
    assert len(scores) == len(continuation)
    return -sum(score.surprisal for score in scores)


def test_side_by_side_as_one_after_the_other(engine: Engine, judge: Likelihood) -> None:
    prefix = judge.tokens(QUESTION)
    continuations = [judge.tokens(text) for text in TEXTS]
    assert [len(c) for c in continuations][2] == 1
    sums = judge.sums(prefix, continuations)
    expected = [alone(engine, prefix, c) for c in continuations]
    assert sums == pytest.approx(expected, rel=NOISE)
    assert judge.tokens_per_second > 0


def test_nats_are_of_each_token(judge: Likelihood) -> None:
    prefix, continuation = judge.tokens(QUESTION), judge.tokens(TEXTS[0])
    (nats,) = judge.nats(prefix, [continuation])
    assert nats.shape == (len(continuation),)
    assert nats.max() < 0
    assert judge.sums(prefix, [continuation]) == pytest.approx([float(nats.sum())], rel=NOISE)


def test_what_was_read_before_is_reused(judge: Likelihood, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix, continuations = judge.tokens(QUESTION), [judge.tokens(TEXTS[0])]
    first = judge.sums(prefix, continuations)
    longer = [*prefix, *judge.tokens("I think: ")]
    after_longer = judge.sums(longer, continuations)
    read = _Counting(judge, monkeypatch)
    assert judge.sums(longer, continuations) == pytest.approx(after_longer, rel=NOISE)
    assert read() == len(continuations[0]) - 1
    assert judge.sums(prefix, continuations) == pytest.approx(first, rel=NOISE)
    assert read() == 1 + len(continuations[0]) - 1  # for the distribution after the prefix


def test_none_and_nothing(judge: Likelihood) -> None:
    prefix = judge.tokens(QUESTION)
    assert judge.sums(prefix, []) == []
    sums = judge.sums(prefix, [[], judge.tokens("No"), []])
    assert [sums[0], sums[2]] == [0.0, 0.0]
    assert sums[1] < 0


def test_without_a_prefix_a_text_is_at_the_beginning(judge: Likelihood) -> None:
    continuation = judge.tokens(TEXTS[1])
    beginning = judge.sums([], [continuation])
    assert beginning == judge.sums([judge._least()], [continuation])
    assert beginning[0] < judge.sums(judge.tokens(TEXTS[1] + "\n" + QUESTION), [continuation])[0]


def test_more_continuations_than_sequences(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = judge.tokens(QUESTION)
    continuations = [judge.tokens(text)[:6] for text in TEXTS] * 2
    together = judge.sums(prefix, continuations)
    monkeypatch.setattr(likelihood, "SEQUENCES", likelihood._FIRST_LANE + 3)
    assert judge.sums(prefix, continuations) == pytest.approx(together, rel=NOISE)


def test_more_tokens_than_cells(judge: Likelihood) -> None:
    assert judge.size == 256
    prefix = judge.tokens(QUESTION)
    long = judge.tokens(" ".join(TEXTS)) * 8
    assert len(long) > judge.size
    room = judge.size - len(prefix)
    short = judge.tokens(TEXTS[0])
    nats = judge.nats(prefix, [short, long, short])
    assert [n.size for n in nats] == [len(short), room, len(short)]
    assert nats[0].sum() == pytest.approx(nats[2].sum(), rel=NOISE)
    with pytest.raises(ValueError, match="256 fit"):
        judge.sums(long[: judge.size], [short])


def test_models_that_cannot_forget_a_part_read_again(
    engine: Engine, judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The starter model could; it is made to be as those are."""
    monkeypatch.setattr(judge, "_together", False)
    prefix = judge.tokens(QUESTION)
    continuations = [judge.tokens(text) for text in TEXTS[:2]]
    expected = [alone(engine, prefix, c) for c in continuations]
    assert judge.sums(prefix, continuations) == pytest.approx(expected, rel=NOISE)
    framed = judge.framed([prefix, judge.tokens("Birds: ")], continuations[0])
    assert framed[0] == pytest.approx(expected[0], rel=NOISE)
    assert len(framed) == 2


# --- frames ------------------------------------------------------------------------------------


def test_one_text_in_several_frames(engine: Engine, judge: Likelihood) -> None:
    frames = [judge.tokens(text) for text in ('Of birds and lakes: "', 'Of taxes and offices: "')]
    bird, tax = judge.tokens(TEXTS[0]), judge.tokens(TEXTS[3])
    in_birds, in_taxes = judge.framed(frames, bird)
    assert [in_birds, in_taxes] == pytest.approx([alone(engine, f, bird) for f in frames], NOISE)
    assert in_birds > in_taxes
    other = judge.framed(frames, tax)
    assert other[1] > other[0]
    assert [n.shape for n in judge.framed_nats(frames, bird)] == [(len(bird),)] * 2


def test_frames_are_read_once(judge: Likelihood, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [judge.tokens(f"Frame {n}: ") for n in range(FRAMES)]
    text = judge.tokens(TEXTS[1])
    first = judge.framed(frames, text)
    judge.sums(judge.tokens(QUESTION), [text])
    read = _Counting(judge, monkeypatch)
    assert judge.framed(frames, text) == pytest.approx(first, rel=NOISE)
    assert read() == FRAMES * (len(text) - 1)
    judge.clear()
    judge.begin(frames)
    read()
    assert judge.framed(frames, text) == pytest.approx(first, rel=NOISE)
    assert read() == FRAMES * (len(text) - 1)
    others = [judge.tokens(f"Other {n}: ") for n in range(3)]
    assert len(judge.framed(others, text)) == 3
    assert judge.framed(frames[:2], text) == pytest.approx(first[:2], rel=NOISE)


def test_frames_and_prefix_make_room_for_each_other(judge: Likelihood) -> None:
    frames = [judge.tokens(f"Frame {n}: ") for n in range(2)]
    long = judge.tokens(" ".join(TEXTS)) * 8
    held = sum(map(len, frames))
    assert judge.sums(long[:100], [long[:20]])
    nats = judge.framed_nats(frames, long)
    assert [n.size for n in nats] == [(judge.size - held) // 2] * 2
    assert [n.size for n in judge.nats(long[:250], [long[:5]])] == [5]
    assert judge.framed(frames, long[:10]) == pytest.approx(
        [float(n[:10].sum()) for n in nats], rel=NOISE
    )


def test_frames_too_long_to_be_held_at_once_are_read_one_by_one(
    engine: Engine, judge: Likelihood
) -> None:
    words = judge.tokens(" ".join(TEXTS) * 8)
    frames = [words[:90], words[1:150], words[2:90]]
    text = judge.tokens(UNHEARD)
    expected = [alone(engine, frame, text) for frame in frames]
    assert judge.framed(frames, text) == pytest.approx(expected, rel=NOISE)
    short = [frame[:5] for frame in frames]
    expected = [alone(engine, frame, text) for frame in short]
    assert judge.framed(short, text) == pytest.approx(expected, rel=NOISE)


def test_of_a_frame_too_long_for_all_cells_the_end_counts(
    engine: Engine, judge: Likelihood
) -> None:
    words = judge.tokens(" ".join(TEXTS) * 8)
    text = judge.tokens(UNHEARD)
    assert len(words) > judge.size
    frames = [words, words[:20]]
    nats = judge.framed_nats(frames, text)
    assert [n.size for n in nats] == [len(text)] * 2
    ends = [words[len(text) - judge.size :], words[:20]]
    expected = [alone(engine, end, text) for end in ends]
    assert [float(n.sum()) for n in nats] == pytest.approx(expected, rel=NOISE)
    assert [n.size for n in judge.framed_nats(frames, words)] == [likelihood.SHARE] * 2


def test_frames_that_are_the_same_are_told_the_same(judge: Likelihood) -> None:
    frame, text = judge.tokens(QUESTION), judge.tokens(TEXTS[0])
    (once,) = judge.framed([frame], text)
    assert judge.framed([frame, frame], text) == pytest.approx([once] * 2, rel=NOISE)


# --- cut off -----------------------------------------------------------------------------------


def test_a_deadline_leaves_the_first_ones(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood, "ROWS", 16)
    clock = _Clock(monkeypatch)
    monkeypatch.setattr(judge._sequences, "seconds_per_token", 0.01)
    prefix = judge.tokens(QUESTION)
    continuations = [judge.tokens(TEXTS[3])] * 12
    each = len(continuations[0]) - 1
    whole = judge.sums(prefix, continuations)
    judge.clear()
    clock.now = 0.0
    seconds = 0.01 * (len(prefix) + 3.5 * each)
    assert judge.sums(prefix, continuations, until=seconds) == pytest.approx(whole[:3], rel=NOISE)
    assert clock.now <= seconds
    assert judge.sums(prefix, continuations, until=clock.now) == []
    assert judge.sums([*prefix, 9, 9], continuations, until=clock.now) == []
    assert judge.framed([prefix], continuations[0], until=clock.now) == []
    assert judge.sums(prefix, continuations) == pytest.approx(whole, rel=NOISE)


def test_the_first_batch_with_a_deadline_is_short(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock(monkeypatch)
    monkeypatch.setattr(judge._sequences, "seconds_per_token", 0.0)
    texts = [judge.tokens(TEXTS[3])] * 12
    (first, *others) = judge.sums([], texts, until=0.4)
    assert len(others) < len(texts) - 1
    assert clock.now <= 0.4
    assert [first] == pytest.approx(judge.sums([], texts[:1]), rel=NOISE)


def test_stop_ends_it_between_two_batches(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Event()
    prefix, continuation = judge.tokens(QUESTION), judge.tokens(TEXTS[3])
    whole = judge.sums(prefix, [continuation])
    monkeypatch.setattr(likelihood, "ROWS", 16)
    monkeypatch.setattr(judge._sequences, "seconds_per_token", 0.001)
    monkeypatch.setattr(judge._sequences, "read", _before(judge._sequences.read, stop.set))
    cut = judge.sums(prefix, [continuation[:9], *[continuation] * 3], stop=stop)
    assert len(cut) == 1
    assert judge.sums(prefix, [continuation], stop=stop) == []
    assert judge.framed([prefix], continuation, stop=stop) == []
    stop.clear()
    monkeypatch.undo()
    assert judge.sums(prefix, [continuation]) == pytest.approx(whole, rel=NOISE)


def test_whoever_may_stop_it_is_heard_soon(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock(monkeypatch)
    prefix = judge.tokens(" ".join(TEXTS))
    continuations = [judge.tokens(TEXTS[3])] * 6
    asked: list[float] = []

    class Asked(Event):
        def is_set(self) -> bool:
            asked.append(clock.now)
            return False

    monkeypatch.setattr(judge._sequences, "seconds_per_token", 0.01)
    stopped = judge.sums(prefix, continuations, stop=Asked())
    assert max(np.diff([*asked, clock.now])) <= likelihood.HEED + 1e-9
    judge.clear()
    read = _Counting(judge, monkeypatch)
    assert judge.sums(prefix, continuations) == pytest.approx(stopped, rel=NOISE)
    assert len(read.counts) == 1 + -(-6 * (len(continuations[0]) - 1) // likelihood.ROWS)


def test_a_speed_that_was_underrated_is_measured_again(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Clock(monkeypatch)
    read = _Counting(judge, monkeypatch)
    monkeypatch.setattr(judge._sequences, "seconds_per_token", 1.0)
    judge.sums([], [judge.tokens(" ".join(TEXTS))] * 2, stop=Event())
    assert read.counts[0] == read.counts[1] == 1
    assert max(read.counts) >= 7


# --- the engine's ------------------------------------------------------------------------------


def test_the_conversation_s_cache_stays_as_it_is(engine: Engine) -> None:
    prompt = Prompt(tuple(engine.model.tokenize_text(TEXTS[0])), 0, 0, (), "")
    engine.prefill(prompt, Event(), score=False)
    engine.likelihood.sums([], [engine.likelihood.tokens(TEXTS[1])])
    assert engine.likelihood is engine.likelihood
    assert engine.prefill(prompt, Event(), score=False).reused == len(prompt.tokens) - 1


def test_a_row_that_overflows_is_read_all_the_same(
    judge: Likelihood, loaded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, continuation = judge.tokens(QUESTION), judge.tokens(TEXTS[1])
    usual = judge.sums(prefix, [continuation])
    judge.clear()
    pointer_of = sequences.llama_cpp.llama_get_logits_ith
    vocabulary = loaded.model.vocabulary

    def raised(context: object, index: int) -> object:
        pointer = pointer_of(context, index)
        array = np.ctypeslib.as_array(pointer, (vocabulary,))
        array += 100
        return pointer

    monkeypatch.setattr(sequences.llama_cpp, "llama_get_logits_ith", raised)
    assert judge.sums(prefix, [continuation]) == pytest.approx(usual, rel=NOISE)


def test_after_a_batch_that_failed_everything_is_read_again(
    judge: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, continuation = judge.tokens(QUESTION), judge.tokens(TEXTS[1])
    usual = judge.sums(prefix, [continuation])
    with monkeypatch.context() as failing:
        failing.setattr(sequences.llama_cpp, "llama_decode", lambda *_: 1)
        with pytest.raises(RuntimeError, match="returned 1"):
            judge.sums(prefix, [continuation])
    assert judge.sums(prefix, [continuation]) == pytest.approx(usual, rel=NOISE)


def test_a_model_without_room_says_so(model_without_memory: Model) -> None:
    with pytest.raises(sequences.ModelFileError, match="not enough memory"):
        Likelihood(model_without_memory)


def test_it_takes_no_more_room_for_a_longer_conversation(
    loaded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded, "_likelihood", None)
    monkeypatch.setattr(loaded.context, "size", 8192)
    assert loaded.likelihood.size == JUDGING
    loaded.likelihood.close()


def test_room_that_is_not_there_is_asked_for_twice(
    loaded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    monkeypatch.setattr(loaded, "_likelihood", None)
    monkeypatch.setattr(loaded, "_without_room", [])
    monkeypatch.setattr(sequences.llama_cpp, "llama_init_from_model", lambda *_: asked.append(None))
    for _ in range(4):
        with pytest.raises(sequences.ModelFileError, match="not enough memory"):
            loaded.likelihood  # noqa: B018
    assert len(asked) == 2


@pytest.fixture
def model_without_memory(loaded: Engine, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(sequences.llama_cpp, "llama_init_from_model", lambda *_: None)
    return loaded.model


class _Clock:
    """Time that passes with the tokens read alone: a hundredth of a second each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        decode = sequences.llama_cpp.llama_decode

        def timed(context: object, batch: sequences.llama_cpp.llama_batch) -> int:
            self.now += 0.01 * batch.n_tokens
            return int(decode(context, batch))

        monkeypatch.setattr(sequences.llama_cpp, "llama_decode", timed)
        monkeypatch.setattr("nowprint.engine.likelihood.time.monotonic", lambda: self.now)


class _Counting:
    """How many tokens were read since it was last asked, batch by batch."""

    def __init__(self, judge: Likelihood, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: list[int] = []
        self._read = judge._sequences.read
        monkeypatch.setattr(judge._sequences, "read", self._counted)

    def _counted(self, places: Sequence[Place]) -> None:
        self.counts.append(len(places))
        self._read(places)

    def __call__(self) -> int:
        total = sum(self.counts)
        self.counts.clear()
        return total


def _before(
    read: Callable[[Sequence[Place]], None], then: Callable[[], None]
) -> Callable[[Sequence[Place]], None]:
    def both(places: Sequence[Place]) -> None:
        read(places)
        then()

    return both
