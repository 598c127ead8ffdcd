"""From a message and its token trace to the episodes worth keeping.

A message is cut into spans of whole sentences: where it changes between telling and asking, and, when
it is long, at event boundaries. The episodic head scores each span, and the spans that pass the
threshold become episodes. The model's answers get a trace and a baseline, but no episodes: an answer
is the model's own prediction, and keeping it would be an echo. A user's short reply is joined to the
question in the answer before it, so that it can be understood alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from nowprint.language.sentences import Span, sentences
from nowprint.language.words import words
from nowprint.records import EpisodeDraft, Message, Moment, Source, TokenScore, Why
from nowprint.salience.baseline import Baseline
from nowprint.salience.cues import SentenceKind, asked_for, kind_of, takes_material
from nowprint.salience.echoes import Run, echoes, runs
from nowprint.salience.features import features
from nowprint.salience.frames import Framed
from nowprint.salience.head import Head
from nowprint.salience.moments import find_moments

SPAN_CHARACTERS = 320
"""Characters. A span longer than this ends before the next sentence with an event boundary…"""
SPAN_MOST = 700
"""…and one longer than this before the next sentence of any kind."""
REPLY_WORDS = 8
"""The most words of a reply that is joined to the question before it."""
ECHO_SHARE = 0.5
"""A sentence is left out if more than this share of it echoes the prompt."""


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """A new message with its trace, and what the prompt held before it.

    ``known`` are texts that the prompt held, ``held`` the word runs (echoes.py) of further ones: a
    caller that reads a whole conversation adds to them from turn to turn. ``before`` is the message
    before this one, None if it is the first.
    """

    message: Message
    tokens: tuple[TokenScore, ...]
    known: tuple[str, ...] = ()
    before: Message | None = None
    held: Collection[Run] = frozenset()


def spans_of(turn: JudgedTurn, usual: Baseline) -> tuple[Span, ...]:
    """The spans of a user's message that framed surprise is to be measured for. The part that the user
    asks to have remembered is none of them: it is kept anyway."""
    return tuple(span for span, _ in _read(turn, usual).spans)


def judge(
    turn: JudgedTurn, usual: Baseline, *, head: Head, framed: Sequence[Framed] = ()
) -> tuple[EpisodeDraft, ...]:
    """A draft for every span of a user's message in order, whether worth keeping or not; last, one for the
    part that the user asks to have remembered. ``framed`` are the frames' sums for ``spans_of``. The
    drafts' ``why.threshold`` is 0."""
    read = _read(turn, usual)
    scores = {(f.start, f.end): f for f in framed}
    drafts = [
        _draft(turn, read, span, kind, usual, head, scores.get((span.start, span.end)), asked=False)
        for span, kind in read.spans
    ]
    if asked := asked_for(turn.message.text):
        kind = kind_of(asked[1].of(turn.message.text))
        drafts.append(_draft(turn, read, asked[1], kind, usual, head, None, asked=True))
    return tuple(drafts)


def kept(drafts: Sequence[EpisodeDraft], threshold: float) -> tuple[EpisodeDraft, ...]:
    """The drafts that reach the threshold, and all that the user asks to have remembered; the threshold is
    noted in their ``why``."""
    return tuple(
        replace(draft, why=replace(draft.why, threshold=threshold))
        for draft in drafts
        if draft.kind == "remembered" or draft.salience >= threshold
    )


def added_draft(text: str, source: Source | None) -> EpisodeDraft:
    """A draft of a text that the user adds to memory by hand, so that there is no trace of it."""
    why = Why(1.0, 0.0, 0.0, (), ())
    sources = (source,) if source else ()
    return EpisodeDraft(text, gist_of(text, (), 0), "remembered", 1.0, why, sources)


def gist_of(text: str, tokens: Sequence[TokenScore], offset: int) -> str:
    """The sentence with the most summed surprisal, verbatim. ``offset`` is where the text begins in the
    message of ``tokens``, in code points."""
    parts = sentences(text)
    if not parts:
        return text

    def surprise(span: Span) -> float:
        place = Span(span.start + offset, span.end + offset)
        return sum(t.surprisal for t in tokens if _touches(place, t))

    return max(parts, key=surprise).of(text)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A message's spans with their kinds, up to where the user asks to have something remembered; its
    moments; and its tokens that are new information."""

    spans: tuple[tuple[Span, SentenceKind], ...]
    moments: tuple[Moment, ...]
    new: tuple[TokenScore, ...]


def _read(turn: JudgedTurn, usual: Baseline) -> _Reading:
    message, tokens = turn.message, turn.tokens
    echoed = echoes(message.text, runs(turn.known), turn.held)
    fresh = [not any(_touches(span, token) for span in echoed) for token in tokens]
    moments = find_moments(message.id, message.text, tokens, fresh, usual)
    new = tuple(token for token, is_new in zip(tokens, fresh, strict=True) if is_new)
    asked = asked_for(message.text)
    judged = message.text[: asked[0]] if asked else message.text
    return _Reading(tuple(_spans(judged, moments, tokens, echoed)), moments, new)


def _spans(
    text: str, moments: Sequence[Moment], tokens: Sequence[TokenScore], echoed: Sequence[Span]
) -> list[tuple[Span, SentenceKind]]:
    """The message as spans of whole sentences of one kind, without sentences that mostly echo the prompt."""
    boundaries = [tokens[m.index] for m in moments]
    parts = sentences(text)
    # the text that a task is about ("Summarise this: …") belongs to the task, whatever its sentences are
    task = bool(parts) and takes_material(parts[0].of(text))
    spans: list[tuple[Span, SentenceKind]] = []
    follows = False
    for part in parts:
        if _share(part, echoed) > ECHO_SHARE:
            follows = False
            continue
        kind = kind_of(part.of(text))
        if task:
            kind = SentenceKind(kind.question, request=True, asking=1.0, material=True)
        joins, follows = follows, True
        if joins and spans[-1][1].asks == kind.asks:
            last, held = spans[-1]
            length = last.end - last.start
            boundary = any(_touches(part, token) for token in boundaries)
            if length < SPAN_CHARACTERS or (length < SPAN_MOST and not boundary):
                share = (part.end - part.start) / (part.end - last.start)
                spans[-1] = (Span(last.start, part.end), _joined(held, kind, share))
                continue
        spans.append((part, kind))
    return spans


def _joined(before: SentenceKind, after: SentenceKind, share: float) -> SentenceKind:
    """The kind of two joined sentences; ``share`` is the part of their length that is ``after``'s."""
    return SentenceKind(
        before.question or after.question,
        before.request or after.request,
        (1 - share) * before.asking + share * after.asking,
        before.material,
    )


def _draft(
    turn: JudgedTurn,
    read: _Reading,
    span: Span,
    kind: SentenceKind,
    usual: Baseline,
    head: Head,
    framed: Framed | None,
    *,
    asked: bool,
) -> EpisodeDraft:
    message = turn.message
    text = span.of(message.text)
    tokens = [token for token in read.new if _touches(span, token)]
    mine = tuple(m for m in read.moments if _touches(span, turn.tokens[m.index]))
    question = None if asked else _answered(turn, text)
    values = features(text, tokens, kind, usual, framed, answers=question is not None)
    salience, contributions = head.score(values)
    why = Why(salience, 0.0, head.bias, contributions, mine)
    sources = [Source(message.id, message.conversation_id, message.role, span.start, span.end)]
    gist = gist_of(text, tokens, span.start)
    if question and turn.before:
        before = turn.before
        place = Source(before.id, before.conversation_id, before.role, question.start, question.end)
        sources.insert(0, place)
        text = f"{question.of(before.text)}\n{text}"
    return EpisodeDraft(
        text, gist, "remembered" if asked else "captured", salience, why, tuple(sources)
    )


def _answered(turn: JudgedTurn, text: str) -> Span | None:
    """The question at the end of the answer before, if this text is a short reply to it."""
    before = turn.before
    if before is None or before.role != "assistant" or len(words(text)) > REPLY_WORDS:
        return None
    last = sentences(before.text)[-1:]
    return last[0] if last and last[0].of(before.text).endswith("?") else None


def _touches(span: Span, token: TokenScore) -> bool:
    """Whether a part of the token is in the span: many tokens begin with the space before their word."""
    return token.start < span.end and span.start < token.end


def _share(span: Span, spans: Sequence[Span]) -> float:
    covered = sum(max(0, min(span.end, s.end) - max(span.start, s.start)) for s in spans)
    return covered / max(1, span.end - span.start)
