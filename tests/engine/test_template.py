"""Chat templates of every kind a model file may bring, the broken and hostile ones included."""

from __future__ import annotations

import time

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from nowprint.engine import template as module
from nowprint.engine.template import (
    CHATML,
    PLAIN_STOP,
    ChatTemplate,
    Origin,
    Part,
    PromptMessage,
)
from nowprint.records import Role


def message(role: Role, text: str, origin: Origin = "history") -> PromptMessage:
    return PromptMessage(role, (Part(text, origin),))


TALK = (
    message("system", "Be brief.", "system"),
    message("user", "Hello."),
    message("assistant", "Hi."),
    PromptMessage("user", (Part("You said: x.", "recalled"), Part("And now?", "message"))),
)
AS_CHATML = (
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello.<|im_end|>\n"
    "<|im_start|>assistant\nHi.<|im_end|>\n<|im_start|>user\nYou said: x.And now?<|im_end|>\n"
    "<|im_start|>assistant\n"
)
AS_PLAIN = "System: Be brief.\n\nUser: Hello.\n\nAssistant: Hi.\n\nUser: You said: x.And now?\n\nAssistant:"


def chat_template(source: str | None, *, chatml: bool = False) -> ChatTemplate:
    return ChatTemplate(source, chatml=chatml, bos="<s>", eos="</s>")


def text_of(parts: list[Part]) -> str:
    return "".join(part.text for part in parts)


def fell_back(template: ChatTemplate) -> bool:
    return text_of(template.render(TALK)) == AS_PLAIN and template.stop == PLAIN_STOP


# --- with and without a template ---------------------------------------------------------------


def test_the_file_s_own_template_is_used() -> None:
    source = (
        "{{ bos_token }}{% for message in messages %}\n"
        "    {% if message['role'] == 'user' %}\n"
        "[U] {{ message['content'] | trim }} [/U]\n"
        "    {% else %}\n"
        "{{ message.role | upper }}: {{ message.content }}{{ eos_token }}\n"
        "    {% endif %}\n"
        "{% endfor %}\n"
        "{% if add_generation_prompt %}{{ 'A:' }}{% endif %}"
    )
    template = chat_template(source)
    assert text_of(template.render(TALK)) == (
        "<s>SYSTEM: Be brief.</s>\n[U] Hello. [/U]\nASSISTANT: Hi.</s>\n"
        "[U] You said: x.And now? [/U]\nA:"
    )
    assert template.stop == ""


def test_every_part_keeps_its_origin_and_its_text() -> None:
    parts = chat_template(CHATML).render(TALK)
    assert [(p.text, p.origin) for p in parts if p.origin != "template"] == [
        ("Be brief.", "system"),
        ("Hello.", "history"),
        ("Hi.", "history"),
        ("You said: x.", "recalled"),
        ("And now?", "message"),
    ]


def test_a_vocabulary_with_chatml_s_markers_falls_back_to_chatml() -> None:
    template = chat_template(None, chatml=True)
    assert text_of(template.render(TALK)) == AS_CHATML
    assert template.stop == ""


def test_any_other_vocabulary_falls_back_to_plain_words_and_a_stop_text() -> None:
    template = chat_template(None)
    assert text_of(template.render(TALK)) == AS_PLAIN
    assert template.stop == PLAIN_STOP


# --- templates that can't be used --------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}{{ m.content }}",
        "{{ messages | no_such_filter }}",
        "{{ no_such_thing.at_all }}",
        "{{ 1 / 0 }}",
        "{{ raise_exception('never') }}",
        "{% include 'other.txt' %}",
        "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}",
        "no message in it at all",
        "{% for m in messages[1:] %}{{ m.content }}{% endfor %}",
        "{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}",
        "{% for m in messages | reverse %}{{ m.content }}{% endfor %}",
        "{{ messages[0].content[:1] }}",
    ],
    ids=[
        "no end", "unknown filter", "undefined", "division", "refuses", "includes", "deep",
        "no message", "drops one", "doubles", "reverses", "cuts",
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_used_gives_way(source: str) -> None:
    assert fell_back(chat_template(source))


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ raise_exception.__globals__['sys'].exit() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update(content='x') }}",
        "{{ range(10 ** 9) | list }}",
        "{{ range(1000000000) | list }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a' * 10000000000 }}",
        "{{ 10000000000 * [1] }}",
    ],
)
def test_a_hostile_template_reaches_nothing_and_gives_way(source: str) -> None:
    """It would be usable, if it weren't for what it tries."""
    assert fell_back(chat_template(source + CHATML))


@pytest.mark.parametrize(
    "loop",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{% for i in range(9999) %}{{ m() }}{% endfor %}{% endmacro %}{{ m() }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{% endfor %}{% endfor %}",
    ],
)
def test_an_endless_template_gives_way_soon(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENDER_SECONDS", 0.1)
    began = time.thread_time()
    assert fell_back(chat_template(loop + CHATML))
    assert time.thread_time() - began < 5


def test_a_template_without_a_system_role_gets_its_text_in_the_first_message() -> None:
    refuses = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    )
    parts = chat_template(refuses + CHATML).render(TALK)
    assert text_of(parts).startswith("<|im_start|>user\nBe brief.\n\nHello.<|im_end|>\n")
    assert [p.origin for p in parts if p.text in ("Be brief.", "Hello.")] == ["system", "history"]

    drops = (
        "{% for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}<a>"
    )
    assert text_of(chat_template(drops).render(TALK)).startswith("<user>Be brief.\n\nHello.")


def test_a_template_that_insists_on_taking_turns() -> None:
    insists = (
        "{% for m in messages %}{% if m.role != 'system' and (m.role == 'user') != "
        "(loop.index0 % 2 == 1) %}{{ raise_exception('take turns') }}{% endif %}{% endfor %}"
    )
    assert text_of(chat_template(insists + CHATML).render(TALK)) == AS_CHATML


def test_one_conversation_that_a_template_refuses_falls_back_alone() -> None:
    short = "{% if messages | length > 4 %}{{ raise_exception('too many') }}{% endif %}" + CHATML
    template = chat_template(short)
    assert text_of(template.render(TALK)) == AS_CHATML
    longer = (*TALK[:3], *TALK[1:])
    assert text_of(template.render(longer)).startswith("System: Be brief.\n\nUser: Hello.")


def test_a_template_may_put_the_system_text_last() -> None:
    """Mistral's models were trained so."""
    last = (
        "{% for m in messages[1:] %}{% if loop.last %}[{{ messages[0].content }}] {% endif %}"
        "{{ m.content }};{% endfor %}"
    )
    assert text_of(chat_template(last).render(TALK)) == (
        "Hello.;Hi.;[Be brief.] You said: x.And now?;"
    )


def test_a_template_that_takes_tools_for_granted() -> None:
    template = chat_template("{% for tool in tools %}{{ tool }}{% endfor %}" + CHATML)
    assert text_of(template.render(TALK)) == AS_CHATML


@pytest.mark.parametrize(
    ("source", "on", "off"),
    [
        ("{{ '<think>' if enable_thinking }}", "<think>", ""),
        (
            "{{ '<think>' if thinking is defined and thinking else '</think>' }}",
            "<think>",
            "</think>",
        ),
        ("{{ thinking_budget if thinking_budget is defined }}", "", "0"),
        ("{{ thinking_mode }}", "enabled", "disabled"),
        ("{{ '<>' if reasoning_effort == 'no_think' else reasoning_effort }}", "high", "<>"),
        ("{{ reasoning_effort | default('medium') }}", "medium", "low"),
        (
            "{% set reasoning_effort = reasoning_effort | default('none') %}"
            "{% if reasoning_effort == 'low' %}{{ raise_exception('no such effort') }}{% endif %}"
            "{{ reasoning_effort }}",
            "high",
            "none",
        ),
    ],
)
def test_a_template_with_a_switch_for_thinking(source: str, on: str, off: str) -> None:
    template = chat_template(CHATML + source)
    assert template.switches_thinking
    assert text_of(template.render(TALK, thinks=True)) == AS_CHATML + on
    assert text_of(template.render(TALK, thinks=False)) == AS_CHATML + off


def test_a_template_that_only_names_a_switch() -> None:
    source = "{% if messages[0].role != 'system' and thinking %}Think!{% endif %}" + CHATML
    template = chat_template(source)
    assert not template.switches_thinking
    assert text_of(template.render(TALK, thinks=False)) == AS_CHATML


# --- what templates are written with today ------------------------------------------------------

EACH = "{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}"
FEATURES = {
    "generation": "{% for m in messages %}{% generation %}{{ m.content }};{% endgeneration %}{% endfor %}",
    "generation inside a condition": (
        "{%- for m in messages %}\n    {%- if m.role == 'assistant' %}\n        {%- generation %}\n"
        "            {{- m.content + '<end>' }}\n        {%- endgeneration %}\n    {%- else %}\n"
        "        {{- m.content }}\n    {%- endif %}\n{%- endfor %}"
    ),
    "content as text or as parts": (
        "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}"
        "{% for part in m.content if part.type == 'text' %}{{ part.text }}{% endfor %}{% endif %};"
        "{% endfor %}"
    ),
    "no tools": EACH + "{{ '-' if tools is none }}{% if tools %}{{ tools | length }}{% endif %}",
    "no documents": EACH
    + "{{ '-' if documents is none }}{% if documents %}{{ documents[0] }}{% endif %}",
    "namespace": (
        "{% set ns = namespace(count=0, last='') %}{% for m in messages %}{{ m.content }}"
        "{% set ns.count = ns.count + 1 %}{% set ns.last = m.role %}{% endfor %}{{ ns.count }}{{ ns.last }}"
    ),
    "dates": EACH + "{{ strftime_now('%d %B %Y') }}",
    "tojson": EACH + "{{ {'b': '<ä>', 'a': [1, none]} | tojson }}",
    "tojson with all that it takes": (
        EACH + "{{ {'b': 'ä', 'a': 1} | tojson(ensure_ascii=True, indent=2, sort_keys=True) }}"
        "{{ [1, 2] | tojson(separators=(',', ':')) }}"
    ),
    "loop controls": (
        "{% for m in messages %}{{ m.content }}{% if loop.last %}{% break %}{% endif %}"
        "{% continue %}x{% endfor %}"
    ),
    "macros, items and attributes": (
        "{% macro say(m) %}{% for key, value in m.items() %}{{ key }}={{ value }};{% endfor %}{% endmacro %}"
        "{% for m in messages %}{{ say(m) }}{% endfor %}"
        "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"
        "{{ messages[-1].get('name', '-') }}"
    ),
}


@pytest.mark.parametrize("source", FEATURES.values(), ids=FEATURES)
def test_what_transformers_render_is_rendered_so(source: str) -> None:
    told = [{"role": m.role, "content": text_of(list(m.parts))} for m in TALK]

    def theirs() -> str:
        (text,), _ = render_jinja_template([told], chat_template=source, add_generation_prompt=True)
        return str(text)

    template = chat_template(source)
    assert template.fault == ""
    before = theirs()
    assert text_of(template.render(TALK)) in (before, theirs())  # at midnight the date changes
    assert all(str(m["content"]) in before for m in told)


# --- text stays text ---------------------------------------------------------------------------


def test_text_that_looks_like_a_template_or_a_placeholder_is_never_read_as_one() -> None:
    texts = ("{{ 7 * 7 }}{% raw %}", "\ue0000\ue001\ue0001\ue001", "<|im_end|>", "\x00\ue001")
    messages = [message("system", "S"), *(message("user", text, "message") for text in texts)]
    parts = chat_template(CHATML).render(messages)
    assert [part.text for part in parts if part.origin == "message"] == list(texts)
    own = text_of([part for part in parts if part.origin == "template"])
    assert own == "<|im_start|>system\n" + "<|im_end|>\n<|im_start|>user\n" * 4 + (
        "<|im_end|>\n<|im_start|>assistant\n"
    )
