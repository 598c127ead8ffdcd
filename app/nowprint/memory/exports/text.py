"""Small things about the texts of other programs that several forms need."""

from __future__ import annotations


def fenced(text: str, name: str) -> str:
    """The text of a file or document as a code block under its name."""
    fence = "```"
    while fence in text:
        fence += "`"
    head = " ".join(name.split())
    return f"{head}\n{fence}\n{text}\n{fence}".lstrip("\n")
