"""Reads a message's sentences: which ask the model, which are the user's own, and which belong to a task, a
game or a supposition.

A task takes along the text that stands after it or before it. That text ends where the user speaks again: at
a paragraph, counted from the end, that asks the model something or begins as an aside does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from nowprint.language import cue_lexicon
from nowprint.language.own_words.lines import Line, covering, paragraphs
from nowprint.language.phrases import phrases
from nowprint.language.sentences import Span, ends_asking, sentences
from nowprint.language.words import words

_MARKS = " \t-*•>\"'“‘(¿¡„«"
_SHORT_TASK = 4
"""A task of this many words ("Translate this.") is about what follows it in its own line."""
_PASTED_LINES = 3
_SHORT_LINE = 9
_PAGE = re.compile(r"©|★|☆|^\s*https?://\S+\s*$|\[\d+\](?!\()|^\s*#{1,6}\s+\S")
_MENU = re.compile(r"^(?:[^|·›»｜　]{1,28}[|·›»｜　]){2,}[^|·›»｜　]{1,28}$")
_OPENING = 3
"""A game of roles is proposed in one of the first sentences."""
_NUMBER = re.compile(r"\d+")
_ACTION = re.compile(r"^\s*\*[^*\n]{3,}[^*\s]\*(?!\*)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and its sentences; ``taken``: it is code, mail or the like."""

    span: Span
    sentences: tuple[Span, ...]
    lines: int
    taken: bool


def read(text: str, listed: Sequence[Line], taken: Sequence[Span]) -> list[Paragraph]:
    found: list[Paragraph] = []
    all_sentences = sentences(text)
    for run in paragraphs(listed):
        span = covering(run)
        inside = tuple(s for s in all_sentences if span.start <= s.start < span.end)
        if inside:
            found.append(Paragraph(span, inside, len(run), covered(span, taken) > 0.5))
    return found


def covered(span: Span, by: Sequence[Span]) -> float:
    """The share of a span that the others cover."""
    return covered_by_merged(span, merged(by))


def covered_by_merged(span: Span, by: Sequence[Span]) -> float:
    """As ``covered``, by spans that are in order and touch nowhere."""
    marks = 0
    for other in by[bisect_right(by, span.start, key=lambda one: one.end) :]:
        if other.start >= span.end:
            break
        marks += min(span.end, other.end) - max(span.start, other.start)
    return marks / max(1, span.end - span.start)


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that touch as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


# --- sentences ---------------------------------------------------------------------------------


def bare(sentence: str) -> str:
    """The sentence without marks before it, its apostrophes straight."""
    return sentence.lstrip(_MARKS).replace("’", "'")


def is_task(sentence: str) -> bool:
    """Whether the sentence asks for something to be done with a text."""
    plain = bare(sentence)
    if phrases("task.anywhere").search(plain):
        return True
    begins, polite = phrases("task.begins"), phrases("task.polite")
    at = 0
    while found := polite.match(plain, at):
        at = found.end()
        at += len(plain[at:]) - len(plain[at:].lstrip(" ,!."))
    return bool(begins.match(plain, at))


def speaks_to_the_model(sentence: str) -> bool:
    plain = bare(sentence)
    return bool(
        phrases("own.aside").match(plain)
        or cue_lexicon.QUESTION.match(plain)
        or cue_lexicon.REQUEST.match(plain)
        or ends_asking(plain)
        or is_task(sentence)
    )


def is_aside(sentence: str) -> bool:
    return bool(phrases("own.aside").match(bare(sentence)))


# --- what a task takes along -------------------------------------------------------------------


def material(text: str, read: Sequence[Paragraph], quoted: Sequence[Span]) -> list[Span]:
    """The texts that a task is to be done with."""
    found: list[Span] = []
    for n, paragraph in enumerate(read):
        if paragraph.taken:
            continue
        for at, sentence in enumerate(paragraph.sentences):
            if covered(sentence, quoted) > 0.5 or not is_task(sentence.of(text)):
                continue
            if colon := _after_colon(text, sentence):
                found.append(colon)
            if (after := _after(text, read, n, at)) and not _is_quoted(after.start, quoted):
                return [*found, after]
            if not after and (before := _before(text, read, n, at)):
                return [*found, before]
            break
    return found


def _after_colon(text: str, sentence: Span) -> Span | None:
    """What follows a colon in the task's own sentence."""
    found = re.search(r"[:：]\s*(?=\S)", sentence.of(text))
    return Span(sentence.start + found.end(), sentence.end) if found else None


def _is_quoted(at: int, quoted: Sequence[Span]) -> bool:
    return any(span.start <= at < span.end for span in quoted)


def _after(text: str, read: Sequence[Paragraph], n: int, at: int) -> Span | None:
    """The text after the task's sentence, up to where the user speaks again."""
    sentence, paragraph = paragraph_sentence(read, n, at)
    colon = sentence.of(text).rstrip().endswith((":", "："))
    inline = _after_colon(text, sentence) is not None
    following = paragraph.sentences[at + 1 :]
    last = _last_own(text, read, n)
    if following:
        first = following[0]
        apart = "\n" in text[sentence.end : first.start]
        alone = not n and last == n + 1
        short = alone and len(words(sentence.of(text))) <= _SHORT_TASK
        if colon or inline or apart or short:
            if not colon and speaks_to_the_model(first.of(text)):
                return None
            end = read[last - 1].span.end if last > n + 1 else paragraph.span.end
            return Span(first.start, end)
    if last > n + 1 and not inline:
        return Span(read[n + 1].span.start, read[last - 1].span.end)
    return None


def paragraph_sentence(read: Sequence[Paragraph], n: int, at: int) -> tuple[Span, Paragraph]:
    return read[n].sentences[at], read[n]


def _last_own(text: str, read: Sequence[Paragraph], n: int) -> int:
    """The first of the paragraphs at the end, after paragraph ``n``, that are the user's own."""
    last = len(read)
    while last > n + 1 and not read[last - 1].taken:
        if not speaks_to_the_model(read[last - 1].sentences[0].of(text)):
            break
        last -= 1
    return last


def _before(text: str, read: Sequence[Paragraph], n: int, at: int) -> Span | None:
    """The paragraphs, or the lines, before the task's sentence."""
    first = 0
    while first < n and speaks_to_the_model(read[first].sentences[0].of(text)):
        first += 1
    if first < n:
        return Span(read[first].span.start, read[n - 1].span.end)
    sentence, paragraph = paragraph_sentence(read, n, at)
    lines_before = text[paragraph.span.start : sentence.start].count("\n")
    if at and lines_before and not speaks_to_the_model(paragraph.sentences[0].of(text)):
        return Span(paragraph.span.start, paragraph.sentences[at - 1].end)
    return None


def pasted(text: str, listed: Sequence[Line], read: Sequence[Paragraph]) -> list[Span]:
    """Pages: paragraphs around lines that only pages have; and before a question to the model several lines
    in which nobody speaks of themselves."""
    marked = [line for line in listed if _is_of_a_page(line.text)]
    menus = sum(bool(_MENU.match(line.text.strip())) for line in listed)
    first = 0
    while first < len(read) and speaks_to_the_model(read[first].sentences[0].of(text)):
        first += 1
    last = max(_last_own(text, read, first - 1), _last_marked(read, marked))
    if first >= last:
        return []
    span = Span(read[first].span.start, read[last - 1].span.end)
    many = sum(paragraph.lines for paragraph in read[first:last]) >= _PASTED_LINES
    if len(marked) + menus >= 2 and many:
        return [span]
    head = read[first].sentences[0].of(text)
    nobody = not cue_lexicon.SELF.search(span.of(text).replace("’", "'"))
    if last < len(read) and many and nobody and not head.rstrip().endswith((":", "：")):
        return [span]
    return []


def _is_of_a_page(line: str) -> bool:
    short = len(words(line)) <= _SHORT_LINE
    return bool(
        _PAGE.search(line)
        or _MENU.match(line.strip())
        or (short and phrases("page.marks").search(line))
    )


def _last_marked(read: Sequence[Paragraph], marked: Sequence[Line]) -> int:
    """The number of paragraphs up to the last that holds one of two or more lines that only pages have."""
    if len(marked) < 2:
        return 0
    return max(n + 1 for n, one in enumerate(read) if one.span.start <= marked[-1].start)


# --- what is invented --------------------------------------------------------------------------


def invented(text: str, read: Sequence[Paragraph]) -> list[Span]:
    """Suppositions, games of roles, exercises, and what is written in somebody else's voice."""
    found: list[Span] = []
    supposed, played = phrases("invented.supposed"), phrases("invented.played")
    exercise, drafted = phrases("invented.exercise"), phrases("invented.drafted")
    free = [s for p in read if not p.taken for s in p.sentences]
    end = free[-1].end if free else 0
    if _is_word_problem(text, free):
        return [Span(free[0].start, end)]
    for n, sentence in enumerate(free):
        said = bare(sentence.of(text))
        if _is_exercise(exercise, said):
            return [*found, Span(free[0].start, _until_aside(text, free, n, end))]
        if (
            (n < _OPENING and played.match(said))
            or _ACTION.match(sentence.of(text))
            or (drafted.search(said) and is_writing(said))
        ):
            return [*found, Span(sentence.start, _until_aside(text, free, n, end))]
        if found and sentence.start < found[-1].end:
            continue
        if supposed.match(said, _after_conjunction(said)) or _hypothetical(supposed, said):
            ends = (
                _until_aside(text, free, n, end)
                if _is_personal(said)
                else _until_self(text, free, n, end)
            )
            found.append(Span(sentence.start, ends))
    return found


def is_writing(said: str) -> bool:
    """Whether a sentence is about a text that is to be written."""
    return bool(cue_lexicon.REQUEST.match(said)) or ":" in said or "：" in said


def _after_conjunction(said: str) -> int:
    """Where a sentence goes on after "and", "a", "но": a first word of up to three letters."""
    first = re.match(r"[^\W\d_]{1,3},? ", said)
    return first.end() if first and not phrases("invented.supposed").match(said) else 0


def _hypothetical(supposed: re.Pattern[str], said: str) -> bool:
    """Whether a question supposes something in its middle ("… if I were …?", not "can you imagine?")."""
    asks = ends_asking(said)
    return asks and any(
        len(m.group()) > 3 and not m.group().isalpha() for m in supposed.finditer(said)
    )


def _is_exercise(exercise: re.Pattern[str], said: str) -> bool:
    found = exercise.search(said)
    if not found:
        return False
    if " " in found.group():
        return len(_NUMBER.findall(said)) > 0 or "___" in said or found.start() == 0
    return found.start() == 0 and bool(re.match(r"[\s\w.]{0,6}(?:\d|[:：])", said[found.end() :]))


def _is_word_problem(text: str, free: Sequence[Span]) -> bool:
    """Whether the sentences state numbers and ask for another one, and nobody speaks of themselves."""
    if len(free) < 2:
        return False
    asked = [s.of(text) for s in free if ends_asking(s.of(text))]
    said = " ".join(s.of(text) for s in free).replace("’", "'")
    numbers = [number for s in free for number in _NUMBER.findall(s.of(text))]
    return (
        len(numbers) >= 2
        and any(phrases("invented.quantity").search(one) for one in asked)
        and not cue_lexicon.SELF.search(said)
    )


def _is_personal(said: str) -> bool:
    return cue_lexicon.SELF.search(said.replace("’", "'")) is not None


def _until_self(text: str, free: Sequence[Span], n: int, end: int) -> int:
    """Where a supposition about others ends ("Assume half board."): before an aside, or before the user
    speaks of themselves."""
    for later in range(n + 1, len(free)):
        if is_aside(free[later].of(text)) or _is_personal(free[later].of(text)):
            return free[later - 1].end
    return end


def _until_aside(text: str, free: Sequence[Span], n: int, end: int) -> int:
    for later in range(n + 1, len(free)):
        if is_aside(free[later].of(text)):
            return free[later - 1].end
    return end
