"""Gemini's chats from Google Takeout (``My Activity`` as JSON, or as a web page: gemini_page.py).

It is a list of activities, the newest first, each a prompt with its answer in HTML. It doesn't say which
activities were one chat: those with less than an hour in between are taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.formats.validation import time_of

PAUSE = 3600.0
"""Seconds after which a new chat begins."""
_PROMPTED = re.compile(
    r"^(?:(?:Prompted|Said|Asked|Gesagt|Gav instruktionen)\s?[:：]?"
    r"|[^\n:：\xa0]{0,30}(?:[Pp]rompt|メッセージ|プロンプト|프롬프트|提示)[^\n:：\xa0]{0,20}[:：\xa0])(?:\s+|$)"
)
_VERB = re.compile(r"^[^\xa0\n]{2,40}\xa0")
"""What Takeout writes in front of a prompt, in any language: a fixed space follows it."""
_MARKS = {"code": "`", "b": "**", "strong": "**", "i": "*", "em": "*"}
"""What stands in Markdown before and after the text of these tags."""
_BLOCKS = frozenset(("p", "div", "ul", "ol", "table", "blockquote", "pre"))


def is_activity(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and isinstance(element.get("title"), str)
        and isinstance(element.get("time"), str)
        and ("header" in element or "products" in element)
    )


def records(elements: Iterable[Any], _: Beside, told: LeftOut) -> Iterator[Chat]:
    """The chats of these activities. Only those of one chat are held at a time."""
    held: list[dict[str, Any]] = []
    last = 0.0
    for element in elements:
        if not is_activity(element) or not time_of(element["time"]):
            told.add("damaged activity", "damaged activities")
            continue
        if not _is_gemini(element):
            told.add("activity of another program", "activities of other programs")
            continue
        at = time_of(element["time"])
        if held and abs(at - last) >= PAUSE:
            yield from _chat(held, told)
            held = []
        held.append(element)
        last = at
    if held:
        yield from _chat(held, told)


def _is_gemini(element: dict[str, Any]) -> bool:
    products = element.get("products")
    named = [element.get("header"), *(products if isinstance(products, list) else ())]
    return any(isinstance(name, str) and ("Gemini" in name or name == "Bard") for name in named)


def _chat(held: list[dict[str, Any]], told: LeftOut) -> Iterator[Chat]:
    nodes: dict[Any, Node] = {}
    before: Any = None
    for number, one in enumerate(sorted(held, key=lambda one: time_of(one["time"]))):
        at = time_of(one["time"])
        files = one.get("attachedFiles")
        for _ in files if isinstance(files, list) else ():
            told.add("picture or file", "pictures and files")
        items = one.get("safeHtmlItem")
        answers = [
            as_text(item["html"])
            for item in (items if isinstance(items, list) else ())
            if isinstance(item, dict) and isinstance(item.get("html"), str)
        ]
        if not answers and not _PROMPTED.match(one["title"]):
            told.add("activity that is no message", "activities that are no messages")
            continue
        known = _PROMPTED.match(one["title"]) or _VERB.match(one["title"])
        prompt = one["title"][known.end() :] if known else one["title"]
        nodes[number, 0] = Node(before, said("user", prompt, at, told))
        nodes[number, 1] = Node((number, 0))
        if answers:
            nodes[number, 1].message = said(
                "assistant", "\n\n".join(answers), at, told, model="Gemini"
            )
        before = (number, 1)
    if nodes:
        yield from chat_of("", (0.0, 0.0), nodes, before, told)


def as_text(html: str) -> str:
    """The HTML of an answer as Markdown, as far as that matters for reading it on."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._code = False
        self._lists: list[int] = []
        """Of each list that is open the number of its next item; 0 for one without numbers."""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ul" else 1)
            self.parts.append("\n")
        elif tag == "li":
            self._item()
        elif tag == "pre":
            self._code = True
            self.parts.append("\n\n```\n")
        elif tag in _MARKS and not (tag == "code" and self._code):
            self.parts.append(_MARKS[tag])
        elif re.fullmatch(r"h[1-6]", tag):
            self.parts.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n" if not self._lists else "")

    def _item(self) -> None:
        depth = max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        self.parts.append(f"\n{'   ' * depth}{f'{number}.' if number else '-'} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            if self._lists:
                self._lists.pop()
            self.parts.append("\n")
        elif tag == "pre":
            self._code = False
            self.parts.append("\n```\n\n")
        elif tag in _MARKS and not (tag == "code" and self._code):
            self.parts.append(_MARKS[tag])
        elif tag in _BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self.parts.append("\n\n" if not self._lists else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data if self._code else re.sub(r"\s+", " ", data))
