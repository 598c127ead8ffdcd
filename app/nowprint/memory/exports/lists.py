"""Reads lists of facts in text and Markdown.

Each list item is a fact; points below an item belong to it, unless it is only their heading. Without list
items each paragraph is a fact, if blank lines separate paragraphs of several lines; otherwise each line is.
Headings are no facts. What an assistant says around its list is told apart in answers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nowprint.language.prompt_injection import suspicion
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.exports.shown_times import shown_time
from nowprint.memory.formats.validation import MOST_TEXT, fault, time_of
from nowprint.memory.storage.conversations import clean

MOST_LIST_BYTES = 16 * 2**20
MOST_LINES = 500_000
MOST_FACTS = 200_000

_ITEM = re.compile(
    r"^(\s{0,12})(?:(?:[-*+•‣◦·–—✓✔]|\(?\d{1,4}[.)])\s+|[・●○■◆▪]\s*|[\d①-⑳]{1,4}[、．]\s*|[①-⑳]\s*)"
    r"(?:\[[ xX]\]\s+)?(?=\S)"
)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s|^\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$|^\s*```")
_MARKED = re.compile(r"^\s*(?:\*\*[^*]+\*\*|__[^_]+__|\*[^*]+\*|_[^_]+_)\s*:?\s*$")
"""A line that is all bold or all italic, as assistants write headings."""
_QUOTE = re.compile(r"^\s{0,3}>\s?")
_DATED = re.compile(r"^(?:\*\*)?[\[(]([^\[\]()]{4,40})[\])](?:\*\*)?\s*[-–—:.]*\s*")
_UNKNOWN = re.compile(r"unknown|no date|not available|undated|n/a|unbekannt|kein datum", re.I)
_DAY = re.compile(r"^(?:\*\*)?(\d{4}-\d\d-\d\d)(?:\*\*)?\s*(?:[-–—:|]+|\s)\s*")
_SAVED = re.compile(r"\s*[\[(](?:[^\d\[\]()]{0,20})(\d{4}-\d\d-\d\d)[\])]\s*\.?$")
_FEW, _FEWER = 3, 2
"""A line of no more words than this is a heading if items stand below it, an item if points do."""


def staged_facts(facts: Iterable[Fact], now: float, told: LeftOut) -> Iterator[tuple[Fact, str]]:
    """The facts, each once, with the reason to hold it back (empty: none); those without a time get ``now``.
    MemoryFileError for a fact that is far too long, or too many."""
    seen: set[str] = set()
    for fact in facts:
        text = clean(fact.text).strip()
        if len(text) > MOST_TEXT:
            raise fault(f"one of its facts has {len(text):,} characters")
        if not text:
            told.add("memory without text", "memories without text")
        elif text in seen:
            told.add("memory that is there twice", "memories that are there twice")
        else:
            seen.add(text)
            if len(seen) > MOST_FACTS:
                raise fault(f"it has more than {MOST_FACTS:,} facts")
            yield Fact(text, fact.created or now, fact.project), suspicion(text)


def from_text(text: str, told: LeftOut) -> Iterator[Fact]:
    """The facts of a text or of Markdown."""
    lines = lines_of(text)
    if has_items(lines):
        found: Iterable[str] = _items(lines, told)
    elif any(not line.strip() for line in lines[:-1]) and _paragraphs(lines):
        found = (" ".join(part) for part in _blocks(lines, told))
    else:
        found = _single(lines, told)
    return map(dated, filter(str.strip, found))


def lines_of(text: str) -> list[str]:
    check_lines(text)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def check_lines(text: str) -> None:
    """Refuse too many lines before each becomes a string of its own."""
    if max(text.count("\n"), text.count("\r")) > MOST_LINES:
        raise fault(f"it has more than {MOST_LINES:,} lines")


def has_items(lines: Iterable[str]) -> bool:
    return any(_ITEM.match(line) for line in lines)


def is_item(line: str) -> bool:
    return _ITEM.match(line) is not None


def is_listed(line: str) -> bool:
    """Whether it is an item, or begins with a date."""
    return is_item(line) or dated(line).text != line.strip()


def is_heading(line: str) -> bool:
    return bool(_HEADING.match(line) or _MARKED.match(line))


def _single(lines: list[str], told: LeftOut) -> Iterator[str]:
    for line in lines:
        if is_heading(line):
            _count(line, told)
        else:
            yield _QUOTE.sub("", line)


def _count(line: str, told: LeftOut) -> None:
    if re.search(r"\w", line):
        told.add("heading")


def _paragraphs(lines: list[str]) -> bool:
    """Whether a block has several lines, as in wrapped text."""
    return any(len(block) > 1 for block in _blocks(lines, LeftOut()))


def _blocks(lines: list[str], told: LeftOut) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        heading = is_heading(line)
        if heading:
            _count(line, told)
        if heading or not line.strip():
            if block:
                yield block
            block = []
        else:
            block.append(_QUOTE.sub("", line).strip())


# --- items -------------------------------------------------------------------------------------


def _items(lines: list[str], told: LeftOut) -> Iterator[str]:
    """The items of a list. Indented lines continue an item; other lines are items of their own, but not
    headings or lines that end with a colon."""
    item, points, depth = "", list[str](), 0
    for at, line in enumerate(lines):
        mark = _ITEM.match(line)
        indent = len(mark[1].expandtabs(4)) if mark else 0
        if mark and item and depth >= 0 and indent > depth + 1:
            points.append(line[mark.end() :].strip())
            continue
        if not mark and item and line[:1] in (" ", "\t") and line.strip():
            if points:
                points[-1] += f" {line.strip()}"
            else:
                item += f" {line.strip()}"
            continue
        yield from _whole(item, points, told)
        item, points, depth = "", [], -1
        if mark:
            item, depth = line[mark.end() :].strip(), indent
        elif not line.strip():
            continue
        elif is_heading(line) or line.rstrip().endswith((":", "：")) or _heads(lines, at):
            _count(line, told)
        else:
            item = _QUOTE.sub("", line).strip()
    yield from _whole(item, points, told)


def _heads(lines: list[str], at: int) -> bool:
    """Whether a short line without a full stop stands directly above items."""
    line = lines[at].strip()
    below = next((one for one in lines[at + 1 : at + 3] if one.strip()), "")
    short = len(line.split()) <= _FEW and line[-1] not in ".!?。"
    return short and is_item(below) and not _QUOTE.match(lines[at])


def _whole(item: str, points: list[str], told: LeftOut) -> Iterator[str]:
    """An item with the points below it; each by itself if the item is only their heading."""
    if not points:
        if _MARKED.match(item):
            item = item.strip().strip("*_")
        yield item
    elif _MARKED.match(item) or len(item.strip("*_: ").split()) <= _FEWER:
        _count(item, told)
        yield from points
    else:
        yield f"{item} {'; '.join(points)}"


def dated(line: str) -> Fact:
    """The fact of a line, with the date at its beginning or end as its time."""
    line = line.strip()
    if mark := _DATED.match(line):
        at = shown_time(mark[1])
        if at or _UNKNOWN.search(mark[1]):
            return Fact(line[mark.end() :], at)
    if mark := _DAY.match(line):
        return Fact(line[mark.end() :], time_of(mark[1]))
    if mark := _SAVED.search(line):
        return Fact(line[: mark.start()], time_of(mark[1]))
    return Fact(line)
