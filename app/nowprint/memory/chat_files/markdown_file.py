"""Chats as Markdown: the branch that is shown, each message as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.chat_files.readable import author, facts, shown, title

_MARKS = frozenset("\\`*_[]<>#|~$")


def written(chats: Iterable[Chat], *, thoughts: bool) -> Iterator[str]:
    between = ""
    for chat in chats:
        yield f"{between}# {_escaped(title(chat))}\n"
        if line := facts(chat):
            yield f"\n*{_escaped(line)}*\n"
        for one in shown(chat):
            yield f"\n## {_escaped(author(one))}\n\n"
            if thoughts and one.thought.strip():
                yield "> Thought:\n>\n" + _quoted(one.thought.strip()) + "\n\n"
            yield one.text.strip("\n") + "\n"
        between = "\n---\n\n"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in _MARKS else sign for sign in text)
