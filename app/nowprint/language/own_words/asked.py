"""What the user asks to have remembered ("Remember that …", "Note for the future: …").

Such a request counts in the user's own words alone, never in quotation marks, code, quoted mail or the text
of a task. "Remember this morning, the bus was late." asks for nothing: a colon or a clause has to follow, or
the sentence holds only the request.
"""

from __future__ import annotations

import re

from nowprint.language import cue_lexicon
from nowprint.language.own_words import told
from nowprint.language.own_words.lines import lines, paragraphs
from nowprint.language.own_words.message import share_borrowed
from nowprint.language.phrases import phrases
from nowprint.language.sentences import Span, ends_asking, sentences

_WISHES = re.compile(
    r"(?:i(?: want|'d like| would like| need) you to|can (?:you|u)|could you)\b ", re.IGNORECASE
)
_COLON = re.compile(r"[^:：?？.!。！\n]{0,32}?\s*[:：]\s*")
_CLAUSE = re.compile(
    r"(?i:(?:that )?(?:i|i'm|i've|i'd|i'll|my|we|we're|we've|our)\b)"
    r"|that (?:(?i:he|she|they|it|the|a|an|there|no|none|every\w*|nobody|his|her|their)\b|[A-Z\d])"
)
_DASH = re.compile(r"\s*(?:this|that)\s*[-–—,]\s*(?!\d)(?=\S)", re.IGNORECASE)
_FILLED = re.compile(r"[^,.:?!。！？\n]{0,24}?[\s,]*$")
_STOPS = " .!。！:：~ー"
_FILLER = 24
"""How many signs may stand between "please" and the request ("do me a favour and …")."""
_FOR_LATER = 28
"""How many may follow it after "I'd like you to": "… know this for next time, too"."""
_LEAST = 3
"""A sentence that ends with the request has to hold more signs than this before it."""


def explicit(text: str) -> str | None:
    """What the user asks to have remembered, or None."""
    found = asked_for(text)
    return found[1].of(text) if found else None


def asked_for(text: str) -> tuple[int, Span] | None:
    """Where the request to remember something begins, and the span to be remembered; None without one.

    Without a colon it counts at the beginning of a message, and later on only for what the user says about
    themselves: "Note that it fails on Windows." is about the task.
    """
    straight = text.replace("’", "'")  # has the same length, so that positions hold for both
    parts = sentences(text)
    for n, span in enumerate(parts):
        said = span.of(straight)
        if share_borrowed(span, text) > 0.5 and not _holds_colon(said):
            continue
        if (at := _begins(said, first=n == 0)) is not None:
            start = span.start + at
            if share_borrowed(Span(span.start, max(start, span.start + 1)), text) > 0.5:
                continue
            if at < len(said):
                return span.start, Span(start, _end(text, start))
            if n + 1 < len(parts):
                return span.start, Span(parts[n + 1].start, _end(text, parts[n + 1].start))
        elif _ends(said):
            return span.start, span
    return None


def _holds_colon(said: str) -> bool:
    return bool(re.search(r"[:：]", said))


def _begins(said: str, *, first: bool) -> int | None:
    """Where in a sentence what is to be remembered begins, its length if that is the next sentence; None if
    it asks for nothing."""
    asks = ends_asking(said)
    at = len(said) - len(told.bare(said))
    room = 0
    for _ in range(3):
        if found := _WISHES.match(said, at):
            room = _FOR_LATER
        else:
            found = phrases("task.polite").match(said, at)
        if found:
            at = found.end()
            at += len(said[at:]) - len(said[at:].lstrip(" ,!"))
    alone = phrases("remember.alone").search(said, at)
    if alone and alone.start() <= at + _FILLER:
        more = said[alone.end() :].strip(_STOPS)
        if not more or (len(more) <= room and not alone.group().lower().endswith("that")):
            return len(said)
    strong, weak = (
        phrases("remember.strong").match(said, at),
        phrases("remember.weak").match(said, at),
    )
    if not (found := strong or (weak if first else None)):
        return None
    if (colon := _COLON.match(said, found.end())) and (first or strong):
        return colon.end()
    if not strong or asks:
        return None
    if first and (dash := _DASH.match(said, found.end())):
        return None if re.match(r"this|that", said[dash.end() :]) else dash.end()
    return _clause(said, found.end(), first=first)


def _clause(said: str, at: int, *, first: bool) -> int | None:
    """Where the clause begins that is to be remembered."""
    rest = said[at:].lstrip()
    start = len(said) - len(rest)
    if english := _CLAUSE.match(rest):
        start += len("that ") if english.group().lower().startswith("that") else 0
    else:
        for that in phrases("remember.that").finditer(said, at):
            if that.group().lower() != "that" and _FILLED.fullmatch(said[at : that.start()]):
                start = that.start() if that.group().endswith("我") else that.end()
                break
        else:
            return None
    start += len(said[start:]) - len(said[start:].lstrip(" ，"))
    personal = first or cue_lexicon.SELF.search(said[start:])
    return start if start < len(said) and personal else None


def _ends(said: str) -> bool:
    """Whether a sentence ends with the request, and what is to be remembered stands before it."""
    plain = said.rstrip(" .!。！~")
    for found in phrases("remember.ends").finditer(plain):
        if found.end() == len(plain) and found.start() > _LEAST:
            return True
    return False


def _end(text: str, start: int) -> int:
    """Where what is to be remembered ends: before a later paragraph that asks something else or isn't the
    user's own."""
    end = len(text.rstrip())
    for run in paragraphs(lines(text)):
        first = run[0]
        if first.start <= start:
            continue
        span = Span(first.start, run[-1].end)
        if told.speaks_to_the_model(first.text) or share_borrowed(span, text) > 0.5:
            return len(text[: first.start].rstrip())
    return end
