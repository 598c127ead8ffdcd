"""The chat template that a model file brings, rendered so that text stays text.

A template is Jinja from an untrusted file: it runs in Jinja's immutable sandbox. Each message's
content is replaced by a placeholder of private-use characters before rendering, and the result is
cut at the placeholders; only the template's own text is then tokenised with control tokens on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nowprint.records import Role

Origin = Literal["template", "system", "pinned", "history", "recalled", "message"]
"""Where a token of the prompt came from. Only ``message`` is new information of this turn."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
PLAIN = (
    "{% for m in messages %}{{ m.role | capitalize }}: {{ m.content }}\n\n{% endfor %}Assistant:"
)
PLAIN_STOP = "\nUser:"
"""A model without a template doesn't know when its turn is over: it goes on with the user's."""

_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a message's text with one origin."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class PromptMessage:
    role: Role
    parts: tuple[Part, ...]


class TemplateFault(Exception):
    """The template can't render these messages."""


class ChatTemplate:
    def __init__(self, source: str | None, *, chatml: bool, bos: str, eos: str) -> None:
        """``source`` from the model file, or None; ``chatml``: the vocabulary has its markers."""
        self._tokens = {"bos_token": bos, "eos_token": eos}
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = time.strftime
        fallback = environment.from_string(CHATML if chatml else PLAIN)
        self._templates = [fallback]
        self.stop = "" if source or chatml else PLAIN_STOP
        if source:
            try:
                self._templates.insert(0, environment.from_string(source))
            except jinja2.TemplateError:
                self.stop = "" if chatml else PLAIN_STOP

    def render(self, messages: Sequence[PromptMessage]) -> list[Part]:
        """The prompt as parts in order, ending where the answer begins."""
        for template in self._templates:
            for form in (messages, _system_folded(messages)):
                try:
                    return self._render(template, form)
                except TemplateFault:
                    continue
        raise AssertionError("the fallback templates render any messages")

    def _render(self, template: jinja2.Template, messages: Sequence[PromptMessage]) -> list[Part]:
        listed: list[dict[str, Any]] = [
            {"role": m.role, "content": f"\ue000{i}\ue001"} for i, m in enumerate(messages)
        ]
        try:
            text = template.render(messages=listed, add_generation_prompt=True, **self._tokens)
        except Exception as fault:  # the file's code: whatever it raises, it can't be used
            raise TemplateFault(str(fault)) from fault
        pieces = _PLACEHOLDER.split(text)
        if [int(i) for i in pieces[1::2]] != list(range(len(messages))):
            raise TemplateFault("the template leaves out or repeats a message")
        parts: list[Part] = []
        for i, piece in enumerate(pieces):
            if i % 2:
                parts.extend(messages[int(piece)].parts)
            elif piece:
                parts.append(Part(piece, "template"))
        return parts


def _system_folded(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    """For templates that refuse a system message: its text opens the first user message."""
    if not messages or messages[0].role != "system":
        return list(messages)
    system, first, *rest = messages
    return [PromptMessage(first.role, (*system.parts, Part("\n\n", "system"), *first.parts)), *rest]


def _refuse(reason: str) -> NoReturn:
    raise TemplateFault(reason)
