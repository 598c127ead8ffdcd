"""The characters that a SentencePiece vocabulary (llama.cpp calls the kind "llama") can't express.

llama.cpp splits a character that is no token into its bytes, and aborts the process if one of these
bytes is no token either. So such characters are removed from a text before llama.cpp tokenises it;
with vocabularies of other kinds llama.cpp leaves them out itself.
"""

from __future__ import annotations

import re
from typing import Any

import llama_cpp

SPACE = "\u2581"
"""The character that stands for a space in such a vocabulary."""
_BYTES = [*range(0xC0), *range(0xC2, 0xF5)]
"""The bytes that occur in UTF-8."""
_SPECIAL = (
    llama_cpp.LLAMA_TOKEN_ATTR_CONTROL
    | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
)


class Alphabet:
    """Knows the characters that llama.cpp's ``vocab`` of ``size`` tokens can express."""

    def __init__(self, vocab: Any, size: int) -> None:
        self._lacking: frozenset[int] = frozenset()
        if llama_cpp.llama_vocab_type(vocab) != llama_cpp.LLAMA_VOCAB_TYPE_SPM:
            return
        lacking = {b"<0x%02X>" % byte: byte for byte in _BYTES}
        for token in range(size):
            lacking.pop(llama_cpp.llama_vocab_get_text(vocab, token), None)
            if not lacking:  # usually soon: the byte tokens come first
                return
        self._lacking = frozenset(lacking.values())
        texts = [
            llama_cpp.llama_vocab_get_text(vocab, token).decode("utf-8", "replace")
            for token in range(size)
        ]
        self._characters = frozenset(text for text in texts if len(text) == 1)
        special = [
            text
            for token, text in enumerate(texts)
            if llama_cpp.llama_vocab_get_attr(vocab, token) & _SPECIAL
        ]
        longest_first = sorted(map(re.escape, special), key=len, reverse=True)
        self._special = re.compile(f"({'|'.join(longest_first) or '(?!)'})")

    def covers(self, character: str) -> bool:
        if not self._lacking:
            return True
        character = SPACE if character == " " else character
        return character in self._characters or self._lacking.isdisjoint(character.encode())

    def covered(self, text: bytes, *, special: bool) -> bytes:
        """The text (UTF-8) without the characters that the vocabulary can't express. With ``special`` the
        texts of control tokens stay whole."""
        if not self._lacking:
            return text
        parts = self._special.split(text.decode()) if special else [text.decode()]
        kept = (
            part if number % 2 else "".join(filter(self.covers, part))
            for number, part in enumerate(parts)
        )
        return "".join(kept).encode()
