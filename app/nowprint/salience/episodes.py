"""From a message and its token trace to the episodes worth keeping.

A message is cut into spans of the user's own words (spans.py). The episodic head scores each span, and the
spans that pass the threshold become episodes, those that stand side by side together. The model's answers get
a trace and a baseline, but no episodes: an answer is the model's own prediction, and keeping it would be an
echo. A user's short reply is joined to the question in the answer before it, so that it can be understood
alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from nowprint.language.own_words.asked import asked_for
from nowprint.language.sentences import Span, ends_asking, sentences
from nowprint.language.words import words
from nowprint.records import EpisodeDraft, Message, Moment, Source, TokenScore, Why
from nowprint.salience.baseline import Baseline
from nowprint.salience.cues import SentenceKind, kind_of
from nowprint.salience.echoes import Run, echoes, runs
from nowprint.salience.features import ASKING, features
from nowprint.salience.frames import Framed
from nowprint.salience.head import Head
from nowprint.salience.moments import find_moments
from nowprint.salience.spans import LONG, Item, spans

REPLY_WORDS = 8
"""The most words of a reply that is joined to the question before it."""


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


def kept(drafts: Sequence[EpisodeDraft], threshold: float, text: str) -> tuple[EpisodeDraft, ...]:
    """The drafts of the message ``text`` that reach the threshold, those side by side as one, and all that
    the user asks to have remembered; the threshold is noted in their ``why``."""
    found: list[EpisodeDraft] = []
    for scored in drafts:
        if scored.kind != "remembered" and scored.salience < threshold:
            continue
        draft = replace(scored, why=replace(scored.why, threshold=threshold))
        if found and _stand_together(found[-1], draft, text):
            found[-1] = _together(found[-1], draft, text)
        else:
            found.append(draft)
    return tuple(found)


def told_below(drafts: Sequence[EpisodeDraft], threshold: float) -> tuple[EpisodeDraft, ...]:
    """The drafts below the threshold that ask nothing: worth keeping only if they change what was kept. The
    threshold is noted in their ``why``."""
    return tuple(
        replace(draft, why=replace(draft.why, threshold=threshold))
        for draft in drafts
        if draft.kind == "captured"
        and draft.salience < threshold
        and not any(part.feature in ASKING for part in draft.why.contributions)
    )


def _stand_together(before: EpisodeDraft, after: EpisodeDraft, text: str) -> bool:
    """Whether two drafts are sentences of a long message with only space between them, and short enough to be
    one. (A short message was cut where it changes between telling and asking.)"""
    one_place = len(before.sources) + len(after.sources) == 2
    if len(text) <= LONG or not one_place or {before.kind, after.kind} != {"captured"}:
        return False
    between = text[before.sources[0].end : after.sources[0].start]
    return not between.strip() and len(before.text) < LONG


def _together(before: EpisodeDraft, after: EpisodeDraft, text: str) -> EpisodeDraft:
    """One draft of two. The part that scored higher explains it, with the moments of both."""
    best = max(before, after, key=lambda draft: draft.salience)
    (first,), (last,) = before.sources, after.sources
    return replace(
        best,
        text=text[first.start : last.end],
        why=replace(best.why, moments=before.why.moments + after.why.moments),
        sources=(replace(first, end=last.end),),
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
    return _Reading(tuple(spans(judged, echoed)), moments, new)


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
    places = [span.heading, span] if isinstance(span, Item) else [span]
    tokens = [token for token in read.new if any(_touches(place, token) for place in places)]
    mine = tuple(m for m in read.moments if _touches(span, turn.tokens[m.index]))
    question = None if asked else _answered(turn, text)
    values = features(text, tokens, kind, usual, framed, answers=question is not None)
    head = head.of(values)
    salience, contributions = head.score(values)
    why = Why(salience, 0.0, head.bias, contributions, mine)
    sources = [_source(message, place) for place in places]
    gist = gist_of(message.text[span.start : span.end], tokens, span.start)
    if question and turn.before:
        sources.insert(0, _source(turn.before, question))
        text = f"{question.of(turn.before.text)}\n{text}"
    return EpisodeDraft(
        text, gist, "remembered" if asked else "captured", salience, why, tuple(sources)
    )


def _source(message: Message, place: Span) -> Source:
    return Source(message.id, message.conversation_id, message.role, place.start, place.end)


def _answered(turn: JudgedTurn, text: str) -> Span | None:
    """The question at the end of the answer before, if this text is a short reply to it."""
    before = turn.before
    if before is None or before.role != "assistant" or len(words(text)) > REPLY_WORDS:
        return None
    last = sentences(before.text)[-1:]
    return last[0] if last and ends_asking(last[0].of(before.text)) else None


def _touches(span: Span, token: TokenScore) -> bool:
    """Whether a part of the token is in the span: many tokens begin with the space before their word."""
    return token.start < span.end and span.start < token.end
