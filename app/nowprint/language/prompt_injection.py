"""Finds texts that could be prompt injections, and says why they are suspicious.

A recalled episode stands in the prompt. The engine makes sure that its text never becomes a control token,
but a small model may still obey what it reads, and the user can't see invisible characters. So a text,
imported or captured, is held back until the user has looked at it if it gives the model orders, or holds
parts of chat templates or characters that don't show. A false alarm costs the user a click; nothing is lost.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nowprint.language import cue_lexicon
from nowprint.language.phrases import phrases
from nowprint.language.sentences import sentences

LONGEST = 4_000
"""Code points: a longer text is suspicious, since captured episodes have a few hundred."""

_SPECIAL = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
    r"|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<｜[^｜\n]{1,40}｜>"
    r"|</?(?:think|tool_call|tool_response|function_call)>|<(?:fim|begin|end)[▁_][^>\n]{1,30}>"
    r"|^[^\S\n]*#{2,}[^\S\n]*(?:instructions?|system|response|input)(?:[^\S\n]*:|\b.*(?:#|override))"
    r"|^[^\S\n]*(?:system|assistant|human|user)[^\S\n]*:",
    re.IGNORECASE | re.MULTILINE,
)
_HTML = re.compile(
    r"!\[[^\]\n]{0,80}\]\(\s*(?:https?:)?//|<\s*(?:script|iframe|img|object|embed|svg|link|meta)\b"
    r"|\b(?:javascript|vbscript|data:text/html)\s*:|<!--",
    re.IGNORECASE,
)
_FORGET_ALL = re.compile(
    r"\b(?:ignore|disregard|forget|override)\W+(?:(?:all|any|every|everything|the|my|your|of|these|previous|prior"
    r"|earlier|preceding|above|former|other|system|that|which|came|is|was)\W+){0,6}"
    r"(?:instructions?|prompts?|rules?|guidelines?|above|before|previous|prior)\b"
)
_ENCODED = re.compile(
    r"(?<![\w/+])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{32,}={0,2}(?![\w/])"
)
_MARKS = " \t-*•>\"'“‘(¿¡„«"
_PLACE = re.compile(r"https?://|\b[\w.+-]+@[\w-]+\.\w+|~/\.\w|\b\w+://")
_LABEL = re.compile(r"^[\s\W]{0,6}(?P<name>[^\W_][^:：\n]{0,60}?)\s?[:：]\s*(?=\S)")
_I = re.compile(
    r"(?<!')\bI\b|\bi (?:am|have|had|was|will|would|can|do|did|don't|need|want|like|love|hate|work|live|use"
    r"|run|eat|keep|take|get|got|go|must|just|also|always|never|only|think|prefer|should|say|said|told|play|write|send)\b"
)
"""The English "I", which small is a word of other languages."""
_COMMAND = re.compile(
    r"(?:^[\s\W]*|[,;:.!?—–(]\s*|\b(?:please|kindly|and|or|then|always|never|must|should|shall|to|you|quietly"
    r"|just|only|immediately|first|also|will|not|don't|instead|would|could|it,?)\s+)$",
    re.IGNORECASE,
)
"""What stands before an English verb that is a command: most of these verbs are nouns, or tell, elsewhere."""
_YOU_MUST = re.compile(
    r"\byou\s+(?:must|shall|have\s+to|are\s+to)(?:\s+(?:always|never|only|also|now))*\s+$",
    re.IGNORECASE,
)


_BIDI = frozenset(
    map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that look like blank space."""
_JOINERS = frozenset("\u200c\u200d")
_PLAIN = frozenset("\n\t\r")
_JOINED = re.compile(
    "[\u0590-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufeff\ufe0f\u2190-\u2bff"
    "\U0001f000-\U0001faff]"
)
"""Characters between which joiners are normal: Arabic, the scripts of India, emoji and others."""


ORDERS = "it gives instructions"


def suspicion(text: str) -> str:
    """Why the text is to be held back, worded to follow "held back: "; empty if it isn't suspicious."""
    reasons = []
    plain = _plain(text)
    if _SPECIAL.search(text) or (plain is not text and _SPECIAL.search(plain)):
        reasons.append("it holds special tokens of a model")
    if _ENCODED.search(plain):
        reasons.append("it holds an encoded text")
    if _orders(plain):
        reasons.append(ORDERS)
    kinds = frozenset(unseen(text).values())
    if "bidirectional" in kinds:
        reasons.append("it holds characters that change the direction of text")
    if "invisible" in kinds:
        reasons.append("it holds invisible characters")
    if "control" in kinds:
        reasons.append("it holds control characters")
    if len(text) > LONGEST:
        reasons.append(f"it is {len(text):,} characters long")
    return "; ".join(reasons)


def may_order(text: str) -> bool:
    """Whether a text from elsewhere, in which nobody speaks of themselves, begins with a command or speaks to
    somebody. Such texts are mostly orders; the encoder tells them apart better (memory/files/orders.py)."""
    plain = _plain(text)
    return _begins_with_order(plain) or _speaks_to_somebody(plain)


def _plain(text: str) -> str:
    """The text as it reads: normalised (NFKC), without combining marks and characters that don't show.

    (Combining marks are removed first, since normalising sorts them: a run of 200,000 takes a minute.)
    """
    if text.isascii():
        return text
    shown = "".join(c for c in text if not (_unseen_kind(c) or unicodedata.combining(c)))
    return unicodedata.normalize("NFKC", shown)


def _orders(text: str) -> bool:
    """Whether the text gives the model orders."""
    return bool(
        _HTML.search(text)
        or _FORGET_ALL.search(text.lower())
        or any(_commands(span.of(text)) for span in sentences(text))
    )


def _is_impersonal(text: str) -> bool:
    """Whether nobody speaks of themselves in the text, or of the style of answers."""
    spoken = (
        phrases("order.mine").search(text) or _I.search(text) or phrases("order.style").search(text)
    )
    straight = text.replace("’", "'")
    return not (
        spoken or cue_lexicon.SELF.search(straight) or cue_lexicon.FIRST_PERSON.search(straight)
    )


def _speaks_to_somebody(text: str) -> bool:
    return _is_impersonal(text) and bool(
        cue_lexicon.YOU.search(text) or phrases("order.harm").search(text)
    )


def _begins_with_order(text: str) -> bool:
    """Whether one of its sentences begins with a command, perhaps after "please", "always" or a condition."""
    return _is_impersonal(text) and any(_begins(span.of(text)) for span in sentences(text))


def _begins(sentence: str) -> bool:
    said = sentence.lstrip(_MARKS)
    before = [phrases(name) for name in ("task.polite", "order.always", "order.trigger")]
    for _ in range(2):
        found = next((m for form in before if (m := form.match(said))), None)
        said = said[found.end() :].lstrip(" ,") if found else said
    return bool(phrases("order.act").match(said))


def _commands(sentence: str) -> bool:
    """Whether a sentence gives the model an order that its user wouldn't give.

    One sign alone says little: "I always start with tea", "our model ships in May". So two have to meet: an
    act that is commanded, and who is spoken of (the user as somebody else, the model), when it is to happen,
    where something is to be sent, or a way that nobody wishes for. Where the user speaks of themselves, or of
    the style of answers, it is told or wished.
    """

    def holds(concern: str) -> bool:
        return bool(phrases(f"order.{concern}").search(sentence))

    label = _LABEL.match(sentence)
    labelled = bool(label and phrases("order.label").fullmatch(label["name"].strip(" [](){}*#-")))
    mine = holds("mine") or bool(_I.search(sentence))
    if not mine and (holds("persona") or (holds("override") and holds("rules"))):
        return True
    if _is_told_to(sentence):
        return True
    user, model, harm = holds("user"), holds("assistant"), holds("harm")
    act = _is_commanded(sentence)
    if labelled and not mine and (act or user or model or harm or holds("rules")):
        return True
    if harm and user and act:
        return True
    if harm and not mine and (act or user or model or holds("trigger") or holds("wants")):
        return True
    if mine and not (user and model):
        return False
    if holds("style") and not harm:
        return False
    if user and (act or holds("wants")):
        return True
    if act and (model or holds("trigger") or _PLACE.search(sentence)):
        return True
    return holds("always") and _is_commanded(sentence, "order.speak")


def _is_told_to(sentence: str) -> bool:
    """Whether it says in English that "you must" do what orders are about, whoever else it speaks of."""
    acts = phrases("order.act", only="en").finditer(sentence)
    return any(_YOU_MUST.search(sentence[: act.start()]) for act in acts)


def _is_commanded(sentence: str, acts: str = "order.act") -> bool:
    if phrases(acts, without="en").search(sentence):
        return True
    english = phrases(acts, only="en")
    return any(_COMMAND.search(sentence[: m.start()]) for m in english.finditer(sentence))


def visible(text: str) -> str:
    """The text with a sign in the place of each character that doesn't show: ⟨U+202E⟩."""
    places = unseen(text)
    if not places:
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if i in places else c for i, c in enumerate(text))


def unseen(text: str) -> dict[int, str]:
    """The places of characters that don't show, each with its kind ("bidirectional", "control" or
    "invisible"). A joiner where it belongs, within an emoji or a Persian word, doesn't count."""
    if not any(map(_unseen_kind, set(text))):
        return {}
    found = {}
    for at, character in enumerate(text):
        if character in _JOINERS and _belongs(text, at):
            continue
        if kind := _unseen_kind(character):
            found[at] = kind
    return found


@lru_cache(4096)
def _unseen_kind(character: str) -> str:
    if character in _PLAIN or (character.isascii() and character.isprintable()):
        return ""
    if character in _BIDI:
        return "bidirectional"
    category = unicodedata.category(character)
    if category == "Cc":
        return "control"
    code = ord(character)
    if category in ("Cf", "Cn", "Co", "Zl", "Zp") or character in _BLANK:
        return "invisible"
    if 0xE0100 <= code <= 0xE01EF or 0xFE00 <= code <= 0xFE0D:
        return "invisible"  # variation selectors that no emoji needs
    return ""


def _belongs(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(_JOINED.match(before or " ") and _JOINED.match(after or " "))
