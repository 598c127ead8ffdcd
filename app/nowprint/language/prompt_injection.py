"""Finds imported texts that could be prompt injections, and says why they are suspicious.

A recalled episode stands in the prompt. The engine makes sure that its text never becomes a control token,
but a small model may still obey what it reads, and the user can't see invisible characters. So an imported
text is held back until the user has looked at it if it gives the model orders, or holds parts of chat
templates or characters that don't show. A false alarm costs the user a click; nothing is lost.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 4_000
"""Code points: a longer text is suspicious, since captured episodes have a few hundred."""

_SPECIAL = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
    r"|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<｜[^｜\n]{1,40}｜>"
    r"|</?(?:think|tool_call|tool_response|function_call)>|<(?:fim|begin|end)[▁_][^>\n]{1,30}>"
    r"|^[^\S\n]*#{2,}[^\S\n]*(?:instructions?|system|response|input)[^\S\n]*:"
    r"|^[^\S\n]*(?:system|assistant|human|user)[^\S\n]*:",
    re.IGNORECASE | re.MULTILINE,
)
_EARLIER = (
    r"(?:all|any|every|the|my|your|these|those|previous|prior|earlier|preceding|above|former|other"
    r"|foregoing|system|safety|of|what)"
)
_ORDERS = (
    (
        ("ignor", "disregard", "forget", "overrid", "bypass", "neglect", "discard"),
        rf"\b(?:ignore|disregard|forget|override|bypass|neglect|discard)\b(?:\W+{_EARLIER}\b){{1,5}}"
        r"\W+(?:instructions?|prompts?|rules?|guidelines?|messages?|directions?|context|commands?"
        r"|told)\b|\b(?:ignore|disregard|forget)\W+(?:everything|anything|all)\W+(?:(?:that|which)\W+)?"
        r"(?:(?:is|was|came|stands)\W+)?(?:above|before|previous|prior)\b",
    ),
    (("you are",), r"\byou are (?:now|no longer|from now on)\b"),
    (
        ("from now on",),
        r"\bfrom now on,?\s+(?:you|always|never|answer|respond|reply|act|pretend|speak|say)\b",
    ),
    (
        ("prompt", "message", "instruction"),
        r"\b(?:system|developer|hidden|initial|secret) (?:prompt|message|instructions?)\b"
        r"|\b(?:new|updated|real|actual|following|important) instructions?\s*[:!]",
    ),
    (
        (" as ",),
        r"\b(?:act|behave|respond|answer|reply) as (?:if you|though you|an? (?:unrestricted|unfiltered"
        r"|evil|jailbroken|admin\w*|developer))\b",
    ),
    (("pretend",), r"\bpretend (?:to be|you are|that you)\b"),
    (
        ("jailbr", "anything now", " mode"),
        r"\b(?:jailbreak|jailbroken|do anything now|dan mode|developer mode|god mode)\b",
    ),
    (
        ("tell", "reveal", "mention", "disclose", "inform", "show"),
        r"\b(?:do not|don'?t|never|must not) (?:ever )?(?:tell|reveal|mention|disclose|inform|show)\b"
        r"(?:\W+\w+){0,4}\W+(?:the user|anyone|anybody|them|him|her|this|these|that you)\b",
    ),
    (
        ("when",),
        r"\bwhen(?:ever)? (?:the |a |your )?(?:user|human|person|someone|somebody|they|he|she|i) "
        r"(?:ask|say|mention|request|type|write|want)s?\b[^.!?\n]{0,80}\b(?:you (?:must|should|will)"
        r"|always|answer|reply|respond|say|tell|recommend|insert|add|include|ignore|refuse|pretend"
        r"|claim)\b",
    ),
    (
        ("you ",),
        r"\byou (?:must|shall|have to|are required to|are instructed to|are ordered to)\b",
    ),
    (
        ("always", "only", "never"),
        r"\b(?:always|only|never)\s+(?:answer|reply|respond|recommend|insert|append|begin|start|end"
        r"|include|output|print)\b",
    ),
    (
        (" ai", "artificial", "language model", "assistant", "chatbot", "llm", "model"),
        r"\b(?:as|you'?re) an? (?:ai|artificial intelligence|language model|assistant|chatbot|llm)\b"
        r"|\b(?:assistant|model|chatbot|ai) (?:must|shall|should|has to|is to|will)\b",
    ),
    (
        ("execute", "run ", "call ", "invoke", "eval "),
        r"\b(?:execute|run|call|invoke|eval) (?:the |this |these |following ){1,4}"
        r"(?:command|code|script|tool|function|shell)\b",
    ),
    (
        ("http", "to the "),
        r"\b(?:send|post|upload|forward|exfiltrate|leak)\b[^.\n]{0,80}\b(?:https?://|to the (?:url"
        r"|server|address|webhook))",
    ),
    (
        ("](", "<", "script:", "text/html"),
        r"!\[[^\]\n]{0,80}\]\(\s*(?:https?:)?//|<\s*(?:script|iframe|img|object|embed|svg|link|meta)\b"
        r"|\b(?:javascript|vbscript|data:text/html)\s*:",
    ),
    # orders in other languages
    (
        ("ignorier", "vergiss", "missacht", "beachte", "du bist", "sie sind", "ab "),
        r"\b(?:ignorier\w*|vergiss|missachte\w*|beachte nicht)\b[^.\n]{0,40}\b(?:anweisung|befehl|regel"
        r"|vorgabe|instruktion)|\b(?:du bist|sie sind) (?:ab )?(?:jetzt|sofort|nun)\b"
        r"|\bab (?:jetzt|sofort) (?:antworte|bist|sollst)",
    ),
    (
        (
            "ignor",
            "oublie",
            "olvida",
            "esquece",
            "dimentica",
            "tu es",
            "êtes",
            "eres",
            "você",
            "sei",
        ),
        r"\b(?:ignor(?:e|ez|er|a|ad|are|i|á)|oublie[zr]?|olvida|esquece|dimentica)\b[^.\n]{0,40}"
        r"\b(?:instru[ck]\w+|istruzion\w+|consignes?|r[eè]gles|reglas|regras|regole|[óo]rdenes"
        r"|ordini)|\b(?:tu es|vous êtes) (?:maintenant|désormais)\b"
        r"|\b(?:ahora eres|agora você é|ora sei)\b",
    ),
    (
        ("игнорир", "забуд"),
        r"\b(?:игнорируй|забудь)\w*\b[^.\n]{0,40}\b(?:инструкци|указани|правил)",
    ),
    (
        ("忽略", "无视", "無視", "忘"),
        r"(?:忽略|无视|無視|忘记|忘掉)[^。\n]{0,12}(?:指令|指示|规则|規則|提示)"
        r"|(?:指示|命令|ルール)を(?:無視|忘れ)",
    ),
    (("무시",), r"(?:지시|명령|규칙)[^.\n]{0,6}무시"),
    (("تجاهل", "انس"), r"(?:تجاهل|انس)[^.\n]{0,30}(?:التعليمات|الأوامر)"),
)
_ORDER = tuple((hints, re.compile(order)) for hints, order in _ORDERS)
"""Each pattern with substrings of which a text must hold one before the pattern is tried, which is quicker.
Both apply to text in lower case."""

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


def suspicion(text: str) -> str:
    """Why the text is to be held back, worded to follow "held back: "; empty if it isn't suspicious."""
    reasons = []
    plain = _plain(text)
    if _SPECIAL.search(text) or (plain is not text and _SPECIAL.search(plain)):
        reasons.append("it holds special tokens of a model")
    if _orders(plain):
        reasons.append("it gives instructions")
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
    text = text.lower()
    return any(order.search(text) for hints, order in _ORDER if any(hint in text for hint in hints))


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
