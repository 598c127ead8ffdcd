"""The records in the form in which ``--json`` prints them; scripts may rely on the names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nowprint.context_records import ChatContext
from nowprint.events import Answer
from nowprint.records import (
    DoctorFinding,
    Episode,
    EpisodeDetail,
    HeadState,
    Kept,
    MemoryStats,
    Message,
    Preview,
    Recollection,
    SourceTrace,
    Why,
)

Form = dict[str, Any]


def recalled_event(memories: tuple[Recollection, ...]) -> Form:
    return {"event": "recalled", "memories": [recollection(memory) for memory in memories]}


def answer_event(answer: Answer) -> Form:
    return {
        "event": "answer",
        "text": answer.message.text,
        "sources": list(answer.sources),
        "tokens": answer.tokens,
        "tokens_per_second": answer.tokens_per_second,
        "prompt_tokens": answer.prompt_tokens,
        "reused_tokens": answer.reused_tokens,
        "context_used": answer.context_used,
        "finish": answer.finish,
        "conversation_id": answer.message.conversation_id,
        "message_id": answer.message.id,
        "model": answer.message.model,
    }


def stored_event(kept: tuple[Kept, ...]) -> Form:
    return {"event": "stored", "episodes": [kept_episode(one) for one in kept]}


def context_event(seen: ChatContext | None) -> Form:
    return {"event": "context", "context": asdict(seen) if seen else None}


def recollection(memory: Recollection) -> Form:
    return {
        "id": memory.episode.id,
        "text": memory.episode.text,
        "score": memory.score,
        "parts": dict(memory.parts),
        "pinned": memory.episode.pinned,
        "created": memory.episode.created,
    }


def kept_episode(kept: Kept) -> Form:
    return {
        "id": kept.episode.id,
        "text": kept.episode.text,
        "gist": kept.episode.gist,
        "kind": kept.episode.kind,
        "salience": kept.episode.salience,
        "why": why(kept.why),
        "sources": [asdict(source) for source in kept.episode.sources],
        "reinforced": kept.reinforced,
    }


def episode(one: Episode) -> Form:
    return asdict(one)


def why(score: Why) -> Form:
    """The explained score. ``tokens`` has one entry for each statistic that stood out at a token."""
    return {
        "salience": score.salience,
        "threshold": score.threshold,
        "bias": score.bias,
        "contributions": [asdict(part) for part in score.contributions],
        "tokens": [
            {
                "message_id": moment.message_id,
                "index": moment.index,
                "text": moment.text,
                **asdict(trigger),
            }
            for moment in score.moments
            for trigger in moment.triggers
        ],
    }


def detail(one: EpisodeDetail) -> Form:
    return {
        **episode(one.episode),
        "why": why(one.why),
        "sources": [source(trace) for trace in one.sources],
        "previous_id": one.previous_id,
        "next_id": one.next_id,
        "answers": [message(answer) for answer in one.answers],
        "history": [asdict(line) for line in one.history],
        "times": [asdict(time) for time in one.times],
    }


def source(trace: SourceTrace) -> Form:
    return {
        "message": message(trace.message),
        "start": trace.start,
        "end": trace.end,
        "tokens": [asdict(token) for token in trace.tokens],
    }


def message(one: Message) -> Form:
    return asdict(one)


def stats(counts: MemoryStats) -> Form:
    return asdict(counts)


def preview(told: Preview) -> Form:
    return asdict(told)


def head(state: HeadState) -> Form:
    return asdict(state)


def finding(one: DoctorFinding) -> Form:
    return asdict(one)
