"""What a model thinks aloud before it answers, told apart from the answer while both are written.

Families mark a thought in different ways, as text or as control tokens; where the template opens the
thought, the model writes only its end. The marks are looked for where the answer would begin and nowhere
else: an answer *about* ``<think>`` is an answer.

Sources: the chat templates of the models themselves (tests/engine/known_models.toml); for channels OpenAI's
harmony format (https://github.com/openai/harmony).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Piece(NamedTuple):
    text: str
    is_thought: bool


@dataclass(frozen=True, slots=True)
class Form:
    """How a family marks a thought. ``heads`` may stand before the answer and are no part of it;
    ``ends`` may stand after it."""

    opens: str
    closes: str
    heads: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    answers: str = ""
    """What to write after ``closes`` so that the model answers, where a closed thought alone won't do."""


TAGS = tuple(
    Form(f"<{name}>", f"</{name}>")
    for name in (
        "think", "thinking", "thought", "reasoning", "reason", "seed:think", "mm:think",
        "think:opensource",
    )
)  # fmt: skip
ANSWER_TAGS = {"<answer>": "</answer>", "<response>": "</response>"}
"""What some models write around an answer that follows a thought: Hunyuan; Granite and ERNIE."""
FORMS = (
    *TAGS,
    Form("[THINK]", "[/THINK]"),
    Form("◁think▷", "◁/think▷"),
    Form("<|inner_prefix|>", "<|inner_suffix|>"),
    Form("<|channel>thought\n", "<channel|>"),
    Form(
        "<|START_THINKING|>",
        "<|END_THINKING|>",
        heads=("<|START_RESPONSE|>", "<|START_TEXT|>"),
        ends=("<|END_RESPONSE|>", "<|END_TEXT|>"),
        answers="<|START_RESPONSE|>",
    ),
    Form("Here is my thought process:", "Here is my response:"),
    Form("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]", ends=("[END FINAL RESPONSE]",)),
    *(
        Form(
            f"<|channel|>{channel}<|message|>",
            "<|end|>",
            heads=("<|start|>assistant", "<|channel|>final<|message|>"),
            ends=("<|return|>",),
            answers="<|start|>assistant<|channel|>final<|message|>",
        )
        for channel in ("analysis", "commentary")
    ),
    Form(  # Solar Open
        "<|think|>",
        "<|end|>",
        heads=("<|begin|>assistant", "<|content|>"),
        answers="<|begin|>assistant<|content|>",
    ),
    Form(  # Kimi K3
        "<|open|>think<|sep|>",
        "<|close|>think<|sep|>",
        heads=("<|open|>response<|sep|>",),
        ends=("<|close|>response<|sep|>", "<|close|>message<|sep|>"),
        answers="<|open|>response<|sep|>",
    ),
)
"""After a thought another of the same family may begin: they share their ``closes``."""


def form_opened_by(prompt_end: str) -> Form | None:
    """The form of the thought that the template itself has opened at the end of the prompt."""
    end = prompt_end.rstrip()
    return next((form for form in FORMS if end.endswith(form.opens.rstrip())), None)


def joined(pieces: Iterable[Piece]) -> tuple[str, str]:
    """The text of the answer, and that of the thought."""
    texts = {False: "", True: ""}
    for text, is_thought in pieces:
        texts[is_thought] += text
    return texts[False], texts[True]


def marks() -> frozenset[str]:
    """Every mark as it is written. A vocabulary may have control tokens for them, or for parts of them."""
    of_forms = (
        mark for form in FORMS for mark in (form.opens, form.closes, *form.heads, *form.ends)
    )
    return frozenset((*of_forms, *ANSWER_TAGS, *ANSWER_TAGS.values()))


class _State(Enum):
    BEFORE = auto()
    """Nothing but white space and heads so far: a thought may begin."""
    THOUGHT = auto()
    ANSWER = auto()


class ThoughtSplitter:
    """Text in, as it becomes certain; out come pieces of the thought and of the answer.

    It holds back what may become a mark, so ``finish`` must follow the last text.
    """

    def __init__(self, opened: Form | None = None) -> None:
        self.form = opened
        """Of the present or last thought; None before the first."""
        self._state = _State.THOUGHT if opened else _State.BEFORE
        self._ends = opened.ends if opened else ()
        self._held = ""

    @property
    def is_thinking(self) -> bool:
        return self._state is _State.THOUGHT

    @property
    def is_answering(self) -> bool:
        return self._state is _State.ANSWER

    def feed(self, text: str) -> list[Piece]:
        self._held += text
        pieces: list[Piece] = []
        while self._held and self._advance(pieces):
            pass
        return pieces

    def finish(self) -> list[Piece]:
        """What was held back, as it turned out to be no mark."""
        text, self._held = self._held, ""
        if self._state is _State.BEFORE and not text.strip():
            return []
        return [Piece(text, self.is_thinking)] if text else []

    def close(self) -> str:
        """End the thought by force. What is to be written into the context so that the model answers."""
        form = self.form
        if form is None or not self.is_thinking:
            return ""
        self._held, self._state = "", _State.BEFORE
        return form.closes + (form.answers or "\n\n")

    def _advance(self, pieces: list[Piece]) -> bool:
        """One step; False when more text is needed."""
        if self._state is _State.BEFORE:
            return self._begin()
        if self._state is _State.THOUGHT:
            assert self.form is not None
            closed = self._take_until((self.form.closes,), pieces, is_thought=True)
            if closed:
                self._state = _State.BEFORE
            return closed
        return self._take_until(self._ends, pieces, is_thought=False)

    def _begin(self) -> bool:
        text = self._held.lstrip()
        known = self.form
        forms = [form for form in FORMS if known is None or form.closes == known.closes]
        openings = {form.opens: form for form in forms}
        heads = {head: form.ends for form in forms for head in form.heads}
        if known is not None:
            heads |= {tag: (end,) for tag, end in ANSWER_TAGS.items()}
        for opens, form in openings.items():
            if text.startswith(opens):
                self.form, self._state, self._held = form, _State.THOUGHT, text[len(opens) :]
                self._ends = form.ends
                return True
        for head, ends in heads.items():
            if text.startswith(head):
                self._held, self._ends = text[len(head) :], ends
                return True
        if not text or any(mark.startswith(text) for mark in (*openings, *heads)):
            return False
        self._state = _State.ANSWER
        if known is not None:
            self._held = text  # white space between thought and answer belongs to neither
        return True

    def _take_until(self, ends: Sequence[str], pieces: list[Piece], *, is_thought: bool) -> bool:
        """Give out the text up to one of the marks. True if there was one; what may become one is kept."""
        at, mark = min(
            ((at, end) for end in ends if (at := self._held.find(end)) >= 0), default=(-1, "")
        )
        if mark:
            text, self._held = self._held[:at], self._held[at + len(mark) :]
        else:
            kept = max((_overlap(self._held, end) for end in ends), default=0)
            cut = len(self._held) - kept
            text, self._held = self._held[:cut], self._held[cut:]
        if text:
            pieces.append(Piece(text, is_thought))
        return bool(mark)


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of ``text`` the mark begins with."""
    return next(n for n in range(min(len(text), len(mark) - 1), -1, -1) if text.endswith(mark[:n]))
