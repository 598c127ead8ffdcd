"""The chat template of a model file, rendered so that nothing in a message can act as a control token.

A template is Jinja code from an untrusted file, so it runs in Jinja's immutable sandbox. Before
rendering, each message's content is replaced by a placeholder of private-use characters, and the
result is cut at the placeholders. Only the template's own text is then tokenised with control tokens.

When the model is loaded, the template is tried on a small conversation. If it is broken, raises or
doesn't come to an end, a fallback template takes its place, and ``fault`` says why.

Templates are written for Hugging Face's ``apply_chat_template`` (transformers/utils/chat_template_utils.py):
what that gives them (``tools``, ``documents``, ``strftime_now``, its ``tojson``, ``{% generation %}``), this
module gives them, too.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Literal, NoReturn, TypeVar

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nowprint.records import Role

T = TypeVar("T")
Origin = Literal["template", "system", "pinned", "history", "recalled", "message"]
"""Where a part of the prompt comes from. Only ``message`` is new information of this turn."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{{ '<|im_start|>assistant\n' }}"  # an expression, because Jinja drops a line end at the very end
)
PLAIN = (
    "{% for m in messages %}{{ m.role | capitalize }}: {{ m.content }}\n\n{% endfor %}Assistant:"
)
PLAIN_STOP = "\nUser:"
"""The stop text for PLAIN: a model without a template doesn't end its answer, and goes on by writing the
user's next message."""

RENDER_SECONDS = 1.0
"""A template takes milliseconds; one that takes this much of the processor's time is taken to be endless.
On a busy machine that may be many times as long by the clock."""
LONGEST = 1_000_000
"""The most characters or elements that a template may make with one multiplication."""

_SWITCHES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    (
        "thinking",  # Qwen's and most others' name; Granite's and DeepSeek's
        {"enable_thinking": True, "thinking": True},
        {"enable_thinking": False, "thinking": False},
    ),
    ("thinking_budget", {}, {"thinking_budget": 0}),  # Seed-OSS
    ("thinking_mode", {"thinking_mode": "enabled"}, {"thinking_mode": "disabled"}),  # MiniMax
    ("no_think", {"reasoning_effort": "high"}, {"reasoning_effort": "no_think"}),  # Hunyuan
    ("reasoning_effort", {}, {"reasoning_effort": "low"}),  # gpt-oss, which thinks always
    ("reasoning_effort", {"reasoning_effort": "high"}, {"reasoning_effort": "none"}),  # Mistral
)
"""How templates are asked to let a model think before it answers, and not to: a word that such a template
holds, and the variables for either."""
_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text with one origin."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class PromptMessage:
    role: Role
    parts: tuple[Part, ...]


class TemplateFault(Exception):
    """The template can't render these messages."""


_TRIAL = tuple(
    PromptMessage(role, (Part(role, "history"),))
    for role in ("system", "user", "assistant", "user")
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox allows only safe attributes; this one also prevents huge numbers and texts."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SecurityError("powers of numbers are not for chat templates")
        for one, other in ((left, right), (right, left)):
            if isinstance(other, int) and hasattr(one, "__len__") and len(one) * other > LONGEST:
                raise SecurityError("the text would be too long")
        return super().call_binop(context, operator, left, right)


class _Generation(jinja2.ext.Extension):
    """``{% generation %} … {% endgeneration %}`` marks what a model is trained on; it renders its inside."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja wants it

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


class ChatTemplate:
    def __init__(self, source: str | None, *, chatml: bool, bos: str, eos: str) -> None:
        """``source`` is the model file's template, or None; ``chatml`` says whether the vocabulary has the
        control tokens of ChatML, for the fallback."""
        self._tokens = {"bos_token": bos, "eos_token": eos}
        environment = _Sandbox(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = time.strftime
        self._templates = [environment.from_string(CHATML if chatml else PLAIN)]
        self.stop = "" if chatml else PLAIN_STOP
        self.fault = ""
        """Why the file's template is not used; "" if it is, or if there is none."""
        _, *self._switch = _SWITCHES[0]
        self.switches_thinking = False
        """Whether the template can be asked to let the model think before it answers, or not to."""
        if source:
            try:
                template = _guarded(lambda: environment.from_string(source))
                self._rendered(template, _TRIAL, thinks=True)
            except TemplateFault as fault:
                self.fault = str(fault)
                return
            self._templates.insert(0, template)
            self.stop = ""
            self._find_switch(template, source)

    def render(self, messages: Sequence[PromptMessage], *, thinks: bool = True) -> list[Part]:
        """The parts of the prompt in order, up to where the answer begins. ``thinks``: whether the model
        should think first, where the template can tell it."""
        for template in self._templates:
            with contextlib.suppress(TemplateFault):
                return self._rendered(template, messages, thinks=thinks)
        raise AssertionError("the fallback templates render any messages")

    def _find_switch(self, template: jinja2.Template, source: str) -> None:
        """Take the first one that makes a difference: some templates name a variable and ignore it."""
        for word, *switch in _SWITCHES:
            if word not in source:
                continue
            before, self._switch = self._switch, switch
            with contextlib.suppress(TemplateFault):  # a value that this template refuses
                on, off = (
                    self._rendered(template, _TRIAL, thinks=thinks) for thinks in (True, False)
                )
                if on != off:
                    self.switches_thinking = True
                    return
            self._switch = before

    def _rendered(
        self, template: jinja2.Template, messages: Sequence[PromptMessage], *, thinks: bool
    ) -> list[Part]:
        fault: TemplateFault | None = None
        without_tools: tuple[list[Any] | None, ...] = (None, [])
        forms = (messages, _system_folded(messages))
        for tools, told, as_parts in itertools.product(without_tools, forms, (False, True)):
            try:
                return self._render(template, told, tools, as_parts=as_parts, thinks=thinks)
            except TemplateFault as found:
                fault = fault or found  # the first is about what the template was written for
        assert fault
        raise fault

    def _render(
        self,
        template: jinja2.Template,
        messages: Sequence[PromptMessage],
        tools: list[Any] | None,
        *,
        as_parts: bool,
        thinks: bool,
    ) -> list[Part]:
        """``tools``: None, or an empty list for templates that take some for granted. ``as_parts``: each
        content as a list of parts, as some templates for pictures want it."""

        def content(i: int) -> Any:
            text = f"\ue000{i}\ue001"
            return [{"type": "text", "text": text}] if as_parts else text

        listed = [{"role": m.role, "content": content(i)} for i, m in enumerate(messages)]
        on, off = self._switch
        text = _guarded(
            lambda: template.render(
                messages=listed,
                add_generation_prompt=True,
                tools=tools,
                documents=None,
                **(on if thinks else off),
                **self._tokens,
            )
        )
        pieces = _PLACEHOLDER.split(text)
        order = [int(i) for i in pieces[1::2]]
        said = [i for i in order if messages[i].role != "system"]  # Mistral's puts that one last
        if sorted(order) != list(range(len(messages))) or said != sorted(said):
            raise TemplateFault("the template leaves out or repeats a message")
        parts: list[Part] = []
        for i, piece in enumerate(pieces):
            if i % 2:
                parts.extend(messages[int(piece)].parts)
            elif piece:
                parts.append(Part(piece, "template"))
        return parts


def _system_folded(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    """For templates that refuse a system message: put its text before the first user message's."""
    if not messages or messages[0].role != "system":
        return list(messages)
    system, first, *rest = messages
    return [PromptMessage(first.role, (*system.parts, Part("\n\n", "system"), *first.parts)), *rest]


def _guarded(run: Callable[[], T]) -> T:
    """Run the template's code. TemplateFault for whatever it raises, and after ``RENDER_SECONDS``."""
    deadline = time.thread_time() + RENDER_SECONDS

    def enter(frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        return at_line if frame.f_code.co_filename == "<template>" else None

    def at_line(_frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any]:
        if time.thread_time() > deadline:
            raise TemplateFault("the template does not come to an end")
        return at_line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        return run()
    except Exception as fault:
        raise TemplateFault(str(fault)) from fault
    finally:
        sys.settrace(before)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """As transformers has it: Jinja's own would write ``<`` as an escape, for web pages."""
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _refuse(reason: str) -> NoReturn:
    raise TemplateFault(reason)
