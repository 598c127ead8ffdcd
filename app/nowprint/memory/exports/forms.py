"""The forms of other programs' files: how an element of each is recognised, and how it is read.

To add a program, add a line here: whether an element is of the form, and a function that reads all elements
of a part. ``each`` makes that of one that reads a single element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.programs import (
    chatgpt,
    claude,
    claude_memory,
    facts,
    gemini,
    jan,
    lm_studio,
    open_webui,
    sillytavern,
)
from nowprint.memory.exports.records import Damaged, LeftOut, Record

Elements = Iterable[Any]
LIST = "a list of facts"


@dataclass(frozen=True, slots=True)
class Form:
    """``alone``: only in a file that was chosen by itself, or whose name says that it holds memories; there
    are other lists that look like it."""

    program: str
    is_one: Callable[[Any], bool]
    read: Callable[[Elements, Beside, LeftOut], Iterator[Record]]
    alone: bool = False


def each(
    is_one: Callable[[Any], bool],
    read_one: Callable[[Any, LeftOut], Iterable[Record]],
) -> Callable[[Elements, Beside, LeftOut], Iterator[Record]]:
    """Read the elements one by one; one that is damaged, or something else, costs itself alone."""

    def read(elements: Elements, _: Beside, told: LeftOut) -> Iterator[Record]:
        for element in elements:
            if not is_one(element):
                told.add("record that is no chat", "records that are no chats")
                continue
            try:
                yield from read_one(element, told)
            except Damaged as problem:
                told.add(f"chat that {problem}", f"chats, each of which {problem}")

    return read


FORMS = (
    Form("ChatGPT", chatgpt.is_chat, chatgpt.records),
    Form("Claude", claude.is_chat, each(claude.is_chat, claude.chat)),
    Form("Claude", claude.is_design_chat, each(claude.is_design_chat, claude.design_chat)),
    Form("Claude", claude_memory.is_memory, claude_memory.records),
    Form("Claude", claude_memory.is_project, each(claude_memory.is_project, claude_memory.project)),
    Form("Claude", claude_memory.is_manifest, claude_memory.links),
    Form("Gemini", gemini.is_activity, gemini.records),
    Form("Open WebUI", open_webui.is_chat, each(open_webui.is_chat, open_webui.chat)),
    Form("Open WebUI", open_webui.is_memory, each(open_webui.is_memory, open_webui.memory)),
    Form("LM Studio", lm_studio.is_chat, each(lm_studio.is_chat, lm_studio.chat)),
    Form("Jan", jan.is_message, jan.records),
    Form("SillyTavern", sillytavern.is_line, sillytavern.records),
    Form("SillyTavern", sillytavern.is_card, each(sillytavern.is_card, sillytavern.card)),
    Form("SillyTavern", sillytavern.is_lore, each(sillytavern.is_lore, sillytavern.lore)),
    Form("mem0", facts.is_change, facts.changed),
    Form("mem0", facts.is_mem0, facts.records),
    Form("OpenMemory", facts.is_openmemory, facts.records),
    Form(LIST, facts.is_fact, facts.records, alone=True),
)


def form_of(element: Any, *, alone: bool) -> Form | None:
    """The form that the element is of; None if it is of none."""
    found = (one for one in FORMS if (alone or not one.alone) and one.is_one(element))
    return next(found, None)
