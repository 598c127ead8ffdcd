"""Small things about the texts of other programs that several forms need."""

from __future__ import annotations

from nowprint.language.prompt_injection import visible
from nowprint.memory.formats.validation import MOST_NAME
from nowprint.memory.storage.conversations import clean


def name_of(text: str) -> str:
    """A name from a file: one line, without what isn't seen."""
    return visible(clean(" ".join(text[:MOST_NAME].split())))


def fenced(text: str, name: str) -> str:
    """The text of a file or document as a code block under its name."""
    fence = "```"
    while fence in text:
        fence += "`"
    head = " ".join(name.split())
    return f"{head}\n{fence}\n{text}\n{fence}".lstrip("\n")
