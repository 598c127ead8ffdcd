"""Chats as one HTML file that needs nothing else: no script, and nothing is loaded from anywhere.

It is light or dark as the reader's system is. For printing, Qt reads it, which knows only simple styles; that
form has a style sheet of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from nowprint.memory.chat_files.chat import Chat, ChatMessage
from nowprint.memory.chat_files.readable import author, facts, shown, title, when
from nowprint.settings import resources

_SAFE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def written(
    chats: Iterable[Chat], titles: Sequence[str], *, thoughts: bool, printed: bool = False
) -> Iterator[str]:
    """The file, piece by piece. ``titles`` of several chats make a list at its top."""
    style = "chats-print.css" if printed else "chats.css"
    css = (resources() / "styles" / style).read_text(encoding="utf-8")
    name = escape(titles[0] if len(titles) == 1 else f"{len(titles):,} chats")
    yield (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SAFE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{name}</title>\n<style>\n{css}</style></head>\n<body>\n"
    )
    if len(titles) > 1:
        yield "<nav><h1>Chats</h1><ol>\n"
        for number, one in enumerate(titles, 1):
            yield f'<li><a href="#chat-{number}">{escape(one)}</a></li>\n'
        yield "</ol></nav>\n"
    for number, chat in enumerate(chats, 1):
        yield f'<article id="chat-{number}">\n<h1>{escape(title(chat))}</h1>\n'
        yield f'<p class="facts">{escape(facts(chat))}</p>\n'
        for message in shown(chat):
            yield _message(message, thoughts=thoughts, printed=printed)
        yield "</article>\n"
    yield "</body></html>\n"


def _message(one: ChatMessage, *, thoughts: bool, printed: bool) -> str:
    from nowprint.markdown.reader import whole_html  # slow to load

    head = (
        f"{escape(author(one))} <small>{escape(when(one.created) if one.created else '')}</small>"
    )
    thought = ""
    if thoughts and one.thought.strip():
        said = escape(one.thought.strip()).replace("\n", "<br>")
        thought = (
            f'<p class="thought">{said}</p>\n'
            if printed
            else f'<details><summary>Thought</summary><p class="thought">{said}</p></details>\n'
        )
    if one.role == "user":  # the window, too, shows it as it was typed
        typed = escape(one.text)
        text = f'<p class="typed">{typed.replace(chr(10), "<br>") if printed else typed}</p>'
    else:
        text = whole_html(one.text)
    return (
        f'<section class="{one.role}" dir="auto"><h2>{head}</h2>\n{thought}'
        f'<div class="text">{text}</div></section>\n'
    )
