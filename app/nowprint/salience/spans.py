"""Cuts a message into the spans that are judged: the user's own sentences, and the lines of their lists.

What isn't the user's own telling (language/own_words/) and what mostly echoes the prompt is left out. A short
message is cut only where it changes between telling and asking. In a long one each sentence is judged alone,
since a fact may stand anywhere among other things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nowprint.language import cue_lexicon
from nowprint.language.own_words.lines import Line, lines
from nowprint.language.own_words.message import share_borrowed
from nowprint.language.sentences import Span, ends_asking, sentences
from nowprint.salience.cues import SentenceKind, kind_of, takes_material

LONG = 320
"""Characters. A message of more own words than this is judged sentence by sentence; those that are kept and
stand side by side become one episode, until it has this many."""
ECHO_SHARE = 0.5
"""A sentence is left out if more than this share of it echoes the prompt, or isn't the user's own."""
_LISTED = re.compile(r"^\s*(?:[-*•–—+・·]|\(?\d{1,2}[.)、．]|[a-z]\))\s*(?=\S)")
_PAIR = re.compile(r"\S\s?[-–—:：=]\s?\S")
_MOST_ITEM = 160
_MOST_ITEMS = 60
_ENDS = (".", "!", "?", "。", "！", "？", ":", "：")


@dataclass(frozen=True, slots=True)
class Item(Span):
    """A line of a list, which is read together with the list's ``heading``: "These are my kids: Ben, 7"."""

    heading: Span

    def of(self, text: str) -> str:
        return f"{text[self.heading.start : self.heading.end]} {text[self.start : self.end]}"


Kinds = list[tuple[Span, SentenceKind]]


def spans(text: str, echoed: Sequence[Span]) -> Kinds:
    """The spans of a text in their order, each with its kind. ``echoed`` are its places that only repeat what
    the prompt held."""
    own = [part for part in _parts(text) if not _is_left_out(part, text, echoed)]
    long = sum(part.end - part.start for part in own) > LONG
    found: Kinds = []
    for before, part in zip([None, *own], own, strict=False):
        kind = _kind(part, text)
        joins = before is not None and not text[before.end : part.start].strip()
        if joins and not long and not isinstance(part, Item) and not isinstance(before, Item):
            last, held = found[-1]
            if held.asks == kind.asks:
                share = (part.end - part.start) / (part.end - last.start)
                found[-1] = (Span(last.start, part.end), _joined(held, kind, share))
                continue
        found.append((part, kind))
    return _among_questions(found, text) if long else found


def _among_questions(found: Kinds, text: str) -> Kinds:
    """In a long message that mostly asks, what isn't about the user mostly belongs to the question."""
    share = sum(kind.asks for _, kind in found) / len(found)
    return [
        (span, kind if cue_lexicon.SELF.search(said) else replace(kind, among=share))
        for span, kind in found
        for said in [span.of(text).replace("’", "'")]
    ]


def _is_left_out(part: Span, text: str, echoed: Sequence[Span]) -> bool:
    place = Span(part.start, part.end)
    return _share(place, echoed) > ECHO_SHARE or share_borrowed(place, text) > ECHO_SHARE


def _share(span: Span, others: Sequence[Span]) -> float:
    covered = sum(max(0, min(span.end, s.end) - max(span.start, s.start)) for s in others)
    return covered / max(1, span.end - span.start)


def _kind(part: Span, text: str) -> SentenceKind:
    if isinstance(part, Item):  # "What I can't eat:" asks nothing
        head = kind_of(part.heading.of(text))
        asks = ends_asking(part.heading.of(text))
        return SentenceKind(asks, head.request, head.asking if asks or head.request else 0.0)
    said = part.of(text)
    kind = kind_of(said)
    if takes_material(said) and kind.asking == 1.0:
        return SentenceKind(kind.question, request=True, asking=1.0, material=True)
    return kind


def _joined(before: SentenceKind, after: SentenceKind, share: float) -> SentenceKind:
    """The kind of two joined sentences; ``share`` is the part of their length that is ``after``'s."""
    return SentenceKind(
        before.question or after.question,
        before.request or after.request,
        (1 - share) * before.asking + share * after.asking,
        before.material or after.material,
    )


# --- lists -------------------------------------------------------------------------------------


def _parts(text: str) -> list[Span]:
    """The sentences of a text, and the lines of its lists in the place of theirs."""
    items = _items(text)
    listed = [Span(text.rfind("\n", 0, i.start) + 1, i.end) for i in items]  # with their marks
    listed += [i.heading for i in items]
    rest = [
        s for s in sentences(text) if not any(s.start < o.end and o.start < s.end for o in listed)
    ]
    return sorted([*rest, *items], key=lambda part: part.start)


def _items(text: str) -> list[Item]:
    found: list[Item] = []
    listed = [line for line in lines(text) if not line.blank]
    at = 0
    while at + 2 < len(listed):
        run = _run(listed[at + 1 : at + 1 + _MOST_ITEMS], text, listed[at])
        if run:
            heading = _heading(listed[at], text)
            found += [Item(*_unmarked(line), heading) for line in run]
        at += 1 + len(run)
    return found


def _run(following: Sequence[Line], text: str, head: Line) -> list[Line]:
    """The lines after ``head`` that are its list; none if it heads none."""
    if _LISTED.match(head.text) or _looks_like_an_item(head.text):
        return []
    marked: list[Line] = []
    plain: list[Line] = []
    for n, line in enumerate(following):
        gap = text[following[n - 1].end : line.start].count("\n") > 1 if n else False
        if gap:
            break
        if _LISTED.match(line.text) and len(marked) == n:
            marked.append(line)
        elif not marked and not line.text.rstrip().endswith(_ENDS) and len(line.text) <= _MOST_ITEM:
            plain.append(line)
        else:
            break
    if len(marked) >= 2:
        return marked
    colon = head.text.rstrip().endswith((":", "："))
    told = bool(cue_lexicon.SELF.search(head.text.replace("’", "'")))
    near = text[head.end : following[0].start].count("\n") == 1
    pairs = all(_PAIR.search(line.text) for line in plain)
    if len(plain) >= (2 if colon or pairs else 3) and (colon or (told and near)):
        return plain
    return []


def _looks_like_an_item(line: str) -> bool:
    return line.lstrip().startswith(("#", ">", "|"))


def _heading(line: Line, text: str) -> Span:
    """The last sentence of the line before a list."""
    inside = [s for s in sentences(text) if line.start <= s.start < line.end]
    return Span(inside[-1].start, inside[-1].end) if inside else Span(line.start, line.end)


def _unmarked(line: Line) -> tuple[int, int]:
    """Where the line's text stands without its list mark and the space around it."""
    mark = _LISTED.match(line.text)
    start = line.start + (mark.end() if mark else len(line.text) - len(line.text.lstrip()))
    return start, line.start + len(line.text.rstrip())
