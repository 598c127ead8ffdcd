"""The episodic head: is this span worth keeping? A logistic model that can explain itself.

Surprise alone does not tell a fact from a task: on messages balanced for length it reaches AUC .69,
plain word cues .86, both together more. So the head weighs how surprising the span was together
with what kind of sentence it is. Every feature is bounded, so that none outweighs all others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nowprint.records import Contribution, Moment, TokenScore
from nowprint.salience.spans import words

_SELF = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|myself|we|we're|we've|our|ours|us|ich|mein\w*|mir|mich|wir"
    r"|unser\w*|je|j'|mon|ma|mes|moi|nous|notre|nos|yo|mi|mis|nosotr\w+|nuestr\w+|io|mio|mia|noi)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|ok|okay|hey|hi|well|now)[, ]+)?(?:what|what's|who|who's|whose|whom|where"
    r"|where's|when|why|how|how's|which|is|are|am|was|were|do|does|did|can|could|would|will|should"
    r"|shall|may|might|has|have you|had)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:(?:please|pls|ok|okay|hey|hi|now|then|so|and|also)[, ]+)*(?:(?:can|could|would|will) you\b"
    r"|i(?:'d| would)? (?:want|need|like) you to\b|let's\b|let us\b|write|rewrite|explain|tell|give"
    r"|show|make|create|generate|translate|summari[sz]e|describe|list|find|fix|help|compare|convert"
    r"|calculate|solve|suggest|recommend|draft|edit|improve|continue|imagine|pretend|act as|define"
    r"|name|outline|classify|sort|implement|debug|code|design|propose|correct|proofread|shorten"
    r"|expand|answer|try|use|add|remove|change|repeat|stop|go on|look up|search|play|sing|choose"
    r"|pick|plan|compose|provide|analy[sz]e|discuss|identify|paraphrase|brainstorm)\b",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|great|cool|nice|ok|okay|yes|yeah|yep|no|nope|sure|hello|hi"
    r"|hey|bye|goodbye|good (?:morning|night|evening|afternoon)|sorry|please|lol|haha\w*|wow"
    r"|awesome|perfect|got it|i see|makes sense|exactly|right|danke|merci|gracias|hola|hallo"
    r"|that(?:'s| is)? (?:helps?|helpful|great|fine|good|all|right|funny|interesting)|see you"
    r"|i don't (?:understand|get it|know)|not what i (?:asked|meant|said)|i (?:have|had) a question"
    r"|(?:that|this|it)(?:'s| is) (?:wrong|not right|incorrect)|how are you|what's up"
    r"|well done|good job|never mind|no problem|you're welcome|welcome)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b(?!I\b|I')[^\W\d_a-z][\w'’-]+")
_NUMBER = re.compile(
    r"\d|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april"
    r"|june|july|august|september|october|november|december|tomorrow|yesterday|tonight"
    r"|next (?:week|month|year)|last (?:week|month|year)|birthday|anniversary)\b",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(
    r"^\s*(?:please[, ]+)?(?:remember|don't forget|note|keep in mind)"
    r"(?:\s*:\s*|\s+(?:this|that)\b\s*[:,-]?\s*)(?P<text>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)

BIAS = -2.4
WEIGHTS: dict[str, float] = {
    "surprising tokens": 1.6,
    "summed surprisal": 1.0,
    "about you": 2.2,
    "names": 0.7,
    "numbers and dates": 0.5,
    "answers a question": 1.6,
    "question": -4.0,
    "request": -4.0,
    "small talk": -3.0,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """The kind of a sentence, from plain cues: what splits a message into spans."""

    question: bool
    request: bool

    @property
    def asks(self) -> bool:
        return self.question or self.request


def kind_of(sentence: str) -> Sentence:
    """Read one sentence's cues; quotation marks and list marks before it don't count."""
    text = sentence.lstrip(" \t-*•>\"'“‘(").replace("’", "'")
    ends = text.rstrip(" \"'”’)").endswith(("?", "？"))
    return Sentence(
        question=ends or bool(_QUESTION.match(text)),
        request=bool(_REQUEST.match(text)),
    )


def explicit(text: str) -> str | None:
    """The text that the user asks to keep ("Remember this: …"), or None."""
    match = _EXPLICIT.match(text)
    if match is None or text.rstrip().endswith("?"):
        return None
    return match["text"].strip()


def features(
    text: str,
    tokens: Sequence[TokenScore],
    moments: Sequence[Moment],
    kind: Sentence,
    *,
    answers: bool,
) -> dict[str, float]:
    """The features of a span, each in 0..1. ``tokens`` and ``moments`` are the span's fresh ones."""
    surprising = sum(any(t.statistic == "surprisal" for t in m.triggers) for m in moments)
    count = max(1, len(words(text)))
    idle = sum(len(words(m.group())) for m in _SMALL_TALK.finditer(text))
    return {
        "surprising tokens": 1 - math.exp(-surprising / 2),
        "summed surprisal": 1 - math.exp(-sum(t.surprisal for t in tokens) / 40),
        "about you": float(bool(_SELF.search(text.replace("’", "'")))),
        "names": 1 - math.exp(-len(_NAME.findall(text))),
        "numbers and dates": float(bool(_NUMBER.search(text))),
        "answers a question": float(answers),
        "question": float(kind.question),
        "request": float(kind.request),
        "small talk": min(1.0, 2 * idle / count),
    }


def score(values: dict[str, float]) -> tuple[float, tuple[Contribution, ...]]:
    """Salience in 0..1, and the contributions whose sum with ``BIAS`` is its logit."""
    contributions = tuple(
        Contribution(name, value, WEIGHTS[name] * value) for name, value in values.items() if value
    )
    logit = BIAS + sum(c.contribution for c in contributions)
    return 1 / (1 + math.exp(-logit)), contributions
