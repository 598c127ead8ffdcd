"""Recognises what somebody else said or wrote: quotation marks, quoted mail, a dialogue's lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from nowprint.language.own_words.lines import Line, covering, paragraphs
from nowprint.language.phrases import phrases
from nowprint.language.sentences import Span
from nowprint.language.words import words

_PAIRS = ("“”", "„“", "„”", "«»", "»«", "「」", "『』", "《》", "‹›", "‘’", '""', "‚‘")
LONG = 4
"""The fewest words of a quotation that says something; fewer are a name or a single word."""
_LONG_UNSPACED = 8
_REPLY = re.compile(r"^\s*(?:>|\|\s>)")
_FORWARDED = re.compile(r"^[\s>]*(?:-{2,}|_{2,}).*\w.*(?:-{2,}|_{2,})\s*$")
_HEADER = re.compile(r"^[\s>*]*(?P<name>[^\W\d_][^:：]{0,24}?)\*?\s?[:：]\s*\S")
_TIMED = re.compile(r"\d")
_BREAKS_OFF = re.compile(r"(?:[,;，、]|…|\.\.\.)\s*$")
_SPEAKER = re.compile(r"^\s*(?P<name>[^\W\d_][\w .’'-]{0,24}?)\s?[:：]\s+\S")


def quotations(text: str) -> list[Span]:
    """What stands in quotation marks, with them, if it has at least ``LONG`` words. A mark that is never
    closed opens nothing, nor does one within a word: an apostrophe."""
    found: list[Span] = []
    at = 0
    while at < len(text):
        closes = [pair[1] for pair in _PAIRS if pair[0] == text[at]]
        end = _closed(text, at, closes) if closes else -1
        if end < 0:
            at += 1
            continue
        inside = text[at + 1 : end]
        if len(words(inside)) >= LONG or sum(ord(c) > 0x2E7F for c in inside) >= _LONG_UNSPACED:
            found.append(Span(at, end + 1))
        at = end + 1
    return found


def _closed(text: str, at: int, closes: Sequence[str]) -> int:
    """Where the quotation that begins at ``at`` ends; -1 if it is none. It may have several paragraphs only
    in marks that differ at both ends."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if (before.isalnum() and ord(before) < 0x2E80) or after.isspace() or not after:
        return -1
    for end in range(at + 1, len(text)):
        if text[end] in closes and not (text[end] in "’'" and text[end + 1 : end + 2].isalnum()):
            return end
        if text[end] == "\n" and text[at] == '"' and text[end : end + 2] == "\n\n":
            return -1
    return -1


def mail(listed: Sequence[Line]) -> list[Span]:
    """Quoted lines, and messages with their headers: from the first header to the end of the text, since a
    mail has as many paragraphs as it likes (tasks.py looks for what the user says after it)."""
    found = [covering([line]) for line in listed if _REPLY.match(line.text)]
    names, said = phrases("mail.headers"), phrases("mail.introduced")
    for n, line in enumerate(listed):
        following = [other.text for other in listed[n + 1 : n + 3] if not other.blank]
        introduced = line.text.rstrip(" *").endswith((":", "：")) and said.search(line.text)
        if introduced and _TIMED.search(line.text):
            if following and _REPLY.match(following[0]):
                found.append(covering([line]))
                continue
            return [*found, Span(line.start, listed[-1].end)]
        if _REPLY.match(line.text):
            continue
        headed = [_is_header(names, text) for text in (line.text, *following[:1])]
        if (len(headed) == 2 and all(headed)) or (
            _FORWARDED.match(line.text) and phrases("mail.forwarded").search(line.text)
        ):
            return [*found, Span(line.start, listed[-1].end)]
    return found


def _is_header(names: re.Pattern[str], line: str) -> bool:
    match = _HEADER.match(line)
    return bool(match and names.fullmatch(match["name"].strip()))


def verse(listed: Sequence[Line]) -> list[Span]:
    """Poems and songs: short lines that break off in the middle of a sentence; or, in Chinese, clauses that
    all have the same length."""
    found: list[Span] = []
    for paragraph in paragraphs(listed):
        run: list[Line] = []
        for line in paragraph:
            if not _is_verse_line(line.text):
                break
            run.append(line)
        breaks = sum(bool(_BREAKS_OFF.search(line.text)) for line in run)
        if len(run) >= 2 and breaks >= max(2, len(run) / 2):
            found.append(covering(run))
        found += [covering([line]) for line in paragraph if _is_metre(line.text)]
    return found


def _is_verse_line(line: str) -> bool:
    said = line.strip()
    return 10 <= len(said) <= 64 and said[0].isalpha() and not re.search(r"\d|[:?：？]$", said)


def _is_metre(line: str) -> bool:
    clauses = [clause for clause in re.split(r"[，。！？；、\s]+", line) if clause]
    lengths = {len(clause) for clause in clauses}
    return len(clauses) >= 4 and lengths in ({5}, {7}) and ord(line.strip()[0]) > 0x2E7F


def dialogue(listed: Sequence[Line]) -> list[Span]:
    """The lines of a conversation, each with its speaker, of whom one speaks twice."""
    found: list[Span] = []
    for paragraph in paragraphs(listed):
        speakers = [
            match["name"] if (match := _SPEAKER.match(line.text)) else "" for line in paragraph
        ]
        spoken = Counter(filter(None, speakers))
        if len(spoken) >= 2 and max(spoken.values()) >= 2:
            first = next(n for n, name in enumerate(speakers) if name)
            found.append(covering(paragraph[first:]))
    return found
