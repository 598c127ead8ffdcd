"""One loaded GGUF file: its vocabulary and its weights, through llama.cpp's C interface."""

from __future__ import annotations

import ctypes
import itertools
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import llama_cpp

from nowprint.engine import backends, log
from nowprint.engine.gguf.check import check_file, fingerprint
from nowprint.engine.gguf.file_kind import file_kind
from nowprint.engine.thinking import marks
from nowprint.engine.vocabulary_coverage import Alphabet
from nowprint.errors import ModelFileError
from nowprint.records import ModelInfo

LEAST_CONTEXT = 256
"""The smallest context in tokens: fewer leave no room for a message with its answer, and llama.cpp pads
to this number anyway."""


class Model:
    """Weights and vocabulary. ``close`` frees them; close the contexts made from the model before."""

    def __init__(
        self,
        path: Path,
        on_progress: Callable[[float], None] | None = None,
        *,
        device: backends.Device | None = None,
        layers: int = 0,
    ) -> None:
        """Load a GGUF file. With a ``device``, that many ``layers`` go to this graphics card, and the CPU
        computes the others.

        ``on_progress`` is called with the fraction loaded, 0..1. ModelFileError names the file and says
        what is wrong with it; UserError if there is no CPU back end to load.
        """
        found = file_kind(path)
        if not found.usable:
            raise ModelFileError(found.sentence)
        self.path = path = found.files[0]  # of a set the first part, of Ollama's manifest the blob
        size = check_file(path)
        backends.load()
        log.errors.clear()
        params = llama_cpp.llama_model_default_params()
        self._devices = backends.pointers(device)
        params.devices = ctypes.cast(self._devices, ctypes.c_void_p)
        params.n_gpu_layers = layers if device else 0

        @llama_cpp.llama_progress_callback  # type: ignore[untyped-decorator]
        def progress(fraction: float, _data: ctypes.c_void_p) -> bool:
            if on_progress:
                on_progress(fraction)
            return True

        params.progress_callback = progress
        handle = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not handle:
            raise ModelFileError(
                f"{path.name} is damaged, cut short or of a kind this Nowprint doesn't know"
                f"{_last_error()}: download it again or choose another model file."
            )
        self.handle = handle
        context = self.trained_context
        if context < LEAST_CONTEXT:
            self.close()
            raise ModelFileError(
                f"{path.name} is damaged or no chat model (it reads {context} tokens): "
                "download it again or choose another model file."
            )
        self.vocab = llama_cpp.llama_model_get_vocab(handle)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self._alphabet = Alphabet(self.vocab, self.vocabulary)
        self._pieces: dict[int, bytes] = {}
        self._texts: dict[int, str] = {}
        architecture = self.metadata("general.architecture") or ""
        if (
            not llama_cpp.llama_model_has_decoder(handle)
            or llama_cpp.llama_model_has_encoder(handle)
            or self.metadata(f"{architecture}.attention.causal") == "false"
            or llama_cpp.llama_vocab_type(self.vocab) == llama_cpp.LLAMA_VOCAB_TYPE_NONE
            or not self._alphabet.covers(" ")
        ):
            self.close()
            raise ModelFileError(
                f"{path.name} can't write text ({architecture}): choose a chat model."
            )
        self.id = fingerprint(path, size)
        self.size = size

    def info(self, context: int) -> ModelInfo:
        return ModelInfo(
            id=self.id,
            name=self.path.stem,
            path=str(self.path),
            context=context,
            trained_context=self.trained_context,
            vocabulary=self.vocabulary,
            parameters=llama_cpp.llama_model_n_params(self.handle),
            bytes=self.size,
        )

    @property
    def trained_context(self) -> int:
        return int(llama_cpp.llama_model_n_ctx_train(self.handle))

    @property
    def can_cut(self) -> bool:
        """Whether the cache can drop the last tokens it read; with recurrent and hybrid models it can't."""
        return not (
            llama_cpp.llama_model_is_recurrent(self.handle)
            or llama_cpp.llama_model_is_hybrid(self.handle)
        )

    @property
    def rotates_whole_heads(self) -> bool:
        """Whether all dimensions of an attention head say where a token is; False if that isn't known."""
        name = self.metadata("general.architecture") or ""

        def number(key: str) -> int:
            value = self.metadata(f"{name}.{key}") or ""
            return int(value) if value.isdigit() else 0

        heads = number("attention.head_count")
        head = number("attention.key_length") or (heads and number("embedding_length") // heads)
        return head > 0 and (number("rope.dimension_count") or head) == head

    @property
    def slides(self) -> bool:
        """Whether some layers attend only to the last tokens, within a window."""
        return bool(llama_cpp.llama_model_n_swa(self.handle))

    def metadata(self, key: str) -> str | None:
        buffer = ctypes.create_string_buffer(1024)
        length = llama_cpp.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if length >= 0 else None

    def chat_template(self) -> str | None:
        template = llama_cpp.llama_model_chat_template(self.handle, None)
        return _text(template) if template else None

    # --- tokens --------------------------------------------------------------------------------

    @property
    def bos(self) -> int | None:
        """The token that a prompt must begin with, if this model wants one."""
        if not llama_cpp.llama_vocab_get_add_bos(self.vocab):
            return None
        token = int(llama_cpp.llama_vocab_bos(self.vocab))
        return token if token >= 0 else None  # a file may ask for a BOS without defining one

    def token_text(self, token: int) -> str:
        """A token as the chat template writes it (control tokens included); "" for none."""
        if not 0 <= token < self.vocabulary:
            return ""
        return _text(llama_cpp.llama_vocab_get_text(self.vocab, token))

    def ends(self, token: int) -> bool:
        """Whether this token ends an answer."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token))

    def tokenize_template(self, text: str) -> list[int]:
        """Tokens of the template's own text, in which the text of a control token becomes that token."""
        return self._tokenize(text.encode(), special=True)

    def tokenize_text(self, text: str) -> list[int]:
        """Tokens of a text that isn't the template's own; none of them is ever a control token.

        Some files mark their control tokens as "user defined", and llama.cpp then parses those even
        with special tokens off; here such a token is split into the tokens of its characters.
        """
        tokens = self._tokenize(text.encode("utf-8", "replace"), special=False)
        if not any(self._controls(token) for token in set(tokens)):
            return tokens
        return list(itertools.chain.from_iterable(map(self._disarmed, tokens)))

    def piece(self, token: int) -> bytes:
        """The bytes that a token adds to the text; control tokens add none."""
        known = self._pieces.get(token)
        if known is None:
            length = 256
            while length > 0:  # for a buffer too small llama.cpp returns minus the length needed
                buffer = ctypes.create_string_buffer(length)
                length = -llama_cpp.llama_token_to_piece(
                    self.vocab, token, buffer, len(buffer), 0, False
                )
            known = self._pieces[token] = buffer.raw[:-length] if length else b""
        return known

    @cached_property
    def thought_marks(self) -> dict[int, bytes]:
        """The control tokens of this vocabulary that mark thoughts (thinking.py), with what they stand
        for: ``piece`` gives nothing for them."""
        tokens = {token for mark in marks() for token in self.tokenize_template(mark)}
        return {token: self.token_text(token).encode() for token in tokens if not self.piece(token)}

    def text(self, token: int) -> str:
        """A single token as readable text; bytes that don't form a whole character become U+FFFD."""
        known = self._texts.get(token)
        if known is None:
            known = self._texts[token] = self.piece(token).decode("utf-8", "replace")
        return known

    def _tokenize(self, text: bytes, *, special: bool) -> list[int]:
        text = self._alphabet.covered(text, special=special)
        size = len(text) + 8  # nearly always enough; a space may be three tokens
        count = -1
        while count < 0:  # for a buffer too small llama.cpp returns minus the size needed
            buffer = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(
                self.vocab, text, len(text), buffer, size, False, special
            )
            size = -count
        return [token for token in buffer[:count] if token >= 0]  # -1: no token, not even "unknown"

    def _controls(self, token: int) -> bool:
        if llama_cpp.llama_vocab_is_control(self.vocab, token) or self.ends(token):
            return True
        attributes = llama_cpp.llama_vocab_get_attr(self.vocab, token)
        own = attributes & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
        return bool(own and self.piece(token).strip())  # runs of spaces are "user defined" too

    def _disarmed(self, token: int) -> list[int]:
        if not self._controls(token):
            return [token]
        single = [self._tokenize(c.encode(), special=False) for c in self.token_text(token)]
        return list(itertools.chain.from_iterable(single))

    def close(self) -> None:
        if self.handle:
            llama_cpp.llama_model_free(self.handle)
            self.handle = None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _last_error() -> str:
    """The most specific line of the captured log, in parentheses with a space before; "" for none."""
    telling = [line for line in log.errors if "failed to load model" not in line]
    reason = "error loading model: "
    line = next((line for line in telling if reason in line), telling[0] if telling else "")
    text = line.rpartition(reason)[2].rstrip(". ")
    return f" ({text})" if text else ""
