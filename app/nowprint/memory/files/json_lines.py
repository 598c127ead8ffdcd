"""Writes the records of a memory file as lines of JSON; parsing.py reads them.

Figures that the database holds as float16 are written with five digits, which is enough to read back the
same float16.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nowprint.memory.files.file_format import (
    FileAudit,
    FileConversation,
    FileEpisode,
    FileLink,
    FileMessage,
)
from nowprint.records import Moment, TokenScore, Why


def line(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def episode_line(one: FileEpisode) -> bytes:
    origin = one.origin
    return line(
        {
            "id": one.id,
            "text": one.text,
            "gist": one.gist,
            "kind": one.kind,
            "salience": _finite(one.salience),
            "created": _finite(one.created),
            "updated": _finite(one.updated),
            "pinned": one.pinned,
            "edited": one.edited,
            "recalled": one.recalled,
            "last_recalled": one.last_recalled,
            "reinforced": one.reinforced,
            "measured": one.measured,
            "influential": one.influential,
            "influence": _finite(one.influence),
            "conversation": one.conversation,
            "project": one.project,
            "origin": origin
            and {"at": origin.at, "name": origin.name, "source": origin.source},
            "confirmed": one.confirmed,
            "held_back": one.held_back,
            "merged": one.merged,
            **({} if one.archived is None else {"archived": one.archived}),
            "why": _why(one.why),
            "old_texts": [{"at": at, "text": text} for at, text in one.old_texts],
            "sources": [
                {"message": place.message, "start": place.start, "end": place.end}
                for place in one.sources
            ],
            "vector": one.vector,
        }
    )  # fmt: skip


def _why(why: Why) -> dict[str, Any]:
    return {
        "salience": _finite(why.salience),
        "threshold": _finite(why.threshold),
        "bias": _finite(why.bias),
        "contributions": [
            {"feature": c.feature, "value": _half(c.value), "adds": _half(c.contribution)}
            for c in why.contributions
        ],
        "moments": [_moment(moment) for moment in why.moments],
    }


def _moment(moment: Moment) -> dict[str, Any]:
    signature = moment.signature
    return {
        "message": moment.message_id or None,
        "index": moment.index,
        "text": moment.text,
        "triggers": [
            {"statistic": t.statistic, "value": _half(t.value), "threshold": _half(t.threshold)}
            for t in moment.triggers
        ],
        "tokens": list(signature.tokens),
        "probabilities": [_half(p) for p in signature.probabilities],
        "entropy": _half(signature.entropy),
        "kl": _half(signature.kl),
        "context": signature.context_hash,
    }


def conversation_line(one: FileConversation) -> bytes:
    return line(
        {
            "type": "conversation",
            "id": one.id,
            "title": one.title,
            "created": _finite(one.created),
            "updated": _finite(one.updated),
            "project": one.project,
            "recalls": one.recalls,
            "captures": one.captures,
        }
    )


def message_line(one: FileMessage) -> bytes:
    branching = {} if one.parent is None else {"parent": one.parent}
    return line(
        {
            "type": "message",
            "id": one.id,
            "conversation": one.conversation,
            "role": one.role,
            "text": one.text,
            "created": _finite(one.created),
            "state": one.state,
            "model": one.model,
            **branching,
            "trace": None if one.trace is None else _trace(one.trace),
        }
    )


def _trace(tokens: Sequence[TokenScore]) -> dict[str, Any]:
    return {
        "tokens": [t.token for t in tokens],
        "starts": [t.start for t in tokens],
        "ends": [t.end for t in tokens],
        "surprisal": [_half(t.surprisal) for t in tokens],
        "entropy": [_half(t.entropy) for t in tokens],
        "kl": [_half(t.kl) for t in tokens],
        "shift": [_half(t.shift) for t in tokens],
        "expected": [
            {"index": index, "token": a.token, "text": a.text, "p": _half(a.p)}
            for index, token in enumerate(tokens)
            for a in token.top
        ],
    }


def link_line(one: FileLink) -> bytes:
    return line({"type": one.type, "newer": one.newer, "older": one.older})


def audit_line(one: FileAudit) -> bytes:
    return line(
        {"at": _finite(one.at), "action": one.action, "episode": one.episode, "detail": one.detail}
    )


@lru_cache(8192)  # most values lie on a scale of 256 steps
def _half(value: float) -> float:
    """The value with five digits, which tell any two neighbouring float16 values apart."""
    return float(f"{_finite(value):.5g}")


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0
