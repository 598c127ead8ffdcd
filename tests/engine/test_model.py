"""Model files: good ones, odd ones, and all the ways in which one can't be used.

What makes llama.cpp itself abort is in tests/service/test_core.py: only a core may die of it.
"""

from __future__ import annotations

import os
import random
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import llama_cpp
import psutil
import pytest

from nowprint.engine.engine import Engine
from nowprint.engine.gguf.check import check_file, fingerprint
from nowprint.engine.model import Model
from nowprint.engine.template import PLAIN_STOP, Part, PromptMessage
from nowprint.errors import ModelFileError

HEADER = struct.Struct("<4sIQQ")
NUMBERS = {4: "<I", 5: "<i", 10: "<Q"}
"""GGUF's types of metadata values that ``with_number`` can change."""
STRING, TOKEN_TYPES = 8, "tokenizer.ggml.token_type"
USER_DEFINED = 4


@pytest.fixture(scope="session")
def gguf(starter_model: Path) -> bytes:
    return starter_model.read_bytes()


def with_number(gguf: bytes, key: str, value: int) -> bytes:
    """The file with another value of a number in its metadata."""
    at = gguf.index(key.encode()) + len(key)
    (kind,) = struct.unpack_from("<I", gguf, at)
    number = struct.pack(NUMBERS[kind], value)
    return gguf[: at + 4] + number + gguf[at + 4 + len(number) :]


def without(gguf: bytes, key: str) -> bytes:
    """The file with a metadata entry under a name that nobody asks for."""
    assert gguf.count(key.encode()) == 1
    return gguf.replace(key.encode(), b"x" * len(key))


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as refused:
        Engine(path, context=256)
    sentence = str(refused.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# --- files that can't be used ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda _: b"", "empty"),
        (lambda _: b"This is a shopping list.\n" * 9, "not a GGUF"),
        (lambda gguf: gguf[4:], "not a GGUF"),
        (lambda gguf: gguf[:7], "cut short"),
        (lambda gguf: gguf[:23], "cut short"),
        (lambda gguf: gguf[:24], "cut short"),
        (lambda gguf: gguf[:1000], "cut short"),
        (lambda gguf: gguf[:100_000], "cut short"),
        (lambda gguf: gguf[: len(gguf) // 2], "cut short"),
        (lambda gguf: gguf[:-1024], "cut short"),
        (lambda gguf: HEADER.pack(b"GGUF", 1, 5, 5) + gguf[24:1000], "version 1"),
        (lambda gguf: HEADER.pack(b"GGUF", 4, 5, 5) + gguf[24:1000], "version 4"),
        (lambda gguf: HEADER.pack(b"FUGG", 3, 5, 5) + gguf[24:1000], "not a GGUF"),
        (lambda gguf: gguf[:8] + bytes(8) + gguf[16:2_000_000], "only a vocabulary"),
        (lambda gguf: HEADER.pack(b"GGUF", 3, 2**62, 2**62) + gguf[24:9999], "damaged"),
        (lambda _: HEADER.pack(b"GGUF", 3, 9, 9) + random.Random(1).randbytes(99_999), "damaged"),
        (lambda gguf: gguf[:300] + random.Random(2).randbytes(300) + gguf[600:], "damaged"),
        (lambda gguf: with_number(gguf, "llama.context_length", 7), "reads 7 tokens"),
        (lambda gguf: with_number(gguf, "llama.context_length", 0), "reads 0 tokens"),
        (lambda gguf: with_number(gguf, "llama.attention.head_count", 0), "shape"),
        (lambda gguf: gguf.replace(b"llama", b"lemma"), "unknown model architecture: 'lemma'"),
    ],
    ids=[
        "empty", "text", "no magic", "7 bytes", "23 bytes", "24 bytes", "1 KB", "100 KB", "half",
        "all but 1 KB", "version 1", "version 4", "swapped", "vocabulary", "huge counts",
        "random", "random inside", "tiny context", "no context", "no heads", "unknown kind",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(
    content: Callable[[bytes], bytes], says: str, gguf: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "my model.gguf"
    path.write_bytes(content(gguf))
    assert says in refusal(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere.gguf")
    folder = tmp_path / "folder.gguf"
    folder.mkdir()
    assert "is a folder" in refusal(folder)
    assert "is no file" in refusal(Path(os.devnull))
    if hasattr(os, "mkfifo"):  # opening one would wait for a writer without end
        pipe = tmp_path / "pipe.gguf"
        os.mkfifo(pipe)
        assert "is no file" in refusal(pipe)


def test_a_model_larger_than_the_machine_s_memory(
    starter_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SimpleNamespace(total=64_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: small)
    sentence = refusal(starter_model)
    assert "0.1 GB" in sentence
    assert "smaller model" in sentence


def test_a_sparse_file_larger_than_any_memory(gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sparse.gguf"
    with open(path, "wb") as file:
        file.write(gguf)  # whole, so that only its size is wrong
        file.truncate(8 * 2**40)
    assert "memory" in refusal(path)


def test_a_refused_file_leaves_the_loaded_model_as_it_is(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(99))
    refusal(tmp_path / "bad.gguf")
    prompt = engine.build([PromptMessage("user", (Part("Hello.", "message"),))])
    assert engine.prefill(prompt, Event(), score=True).scores


# --- odd files that can be used ----------------------------------------------------------------


def test_progress_of_loading_ends_at_one(starter_model: Path) -> None:
    told: list[float] = []
    Model(starter_model, told.append).close()
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_name_that_is_no_text(starter_model: Path, tmp_path: Path) -> None:
    name = "\udcff\udcfe.gguf" if sys.platform == "linux" else "猫.gguf"
    (tmp_path / name).symlink_to(starter_model)
    Model(tmp_path / name).close()


def test_an_id_names_a_content_wherever_it_lies(
    starter_model: Path, gguf: bytes, tmp_path: Path
) -> None:
    size = check_file(starter_model)
    copy = tmp_path / "copy.gguf"
    copy.symlink_to(starter_model)
    assert fingerprint(copy, size) == fingerprint(starter_model, size)
    other = tmp_path / "other.gguf"
    other.write_bytes(gguf[:-1] + bytes([gguf[-1] ^ 1]))
    assert fingerprint(other, size) != fingerprint(starter_model, size)


def test_special_tokens_beyond_the_vocabulary(gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "beyond.gguf"
    path.write_bytes(with_number(gguf, "tokenizer.ggml.bos_token_id", 2**31))
    engine = Engine(path, context=256)
    assert engine.count([PromptMessage("user", (Part("Hello.", "message"),))]) > 4
    engine.close()


def test_a_file_without_a_chat_template(gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain.gguf"
    path.write_bytes(without(gguf, "tokenizer.chat_template"))
    engine = Engine(path, context=256)
    prompt = engine.build([PromptMessage("user", (Part("Hello.", "message"),))])
    pieces = "".join(engine.model.token_text(token) for token in prompt.tokens)
    assert pieces == "<|im_start|>userĊHello.<|im_end|>Ċ<|im_start|>assistantĊ"
    assert prompt.stop == ""
    engine.close()


def test_a_file_with_neither_a_template_nor_markers(gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain.gguf"
    nameless = without(gguf, "tokenizer.chat_template").replace(b"<|im_start|>", b"<:im_start:>")
    path.write_bytes(nameless)
    engine = Engine(path, context=256)
    prompt = engine.build([PromptMessage("user", (Part("Hello.", "message"),))])
    written = b"".join(engine.model.piece(token) for token in prompt.tokens)
    assert written == b"User: Hello.\n\nAssistant:"
    assert prompt.stop == PLAIN_STOP
    engine.close()


def test_markers_that_the_file_calls_the_user_s_own_are_taken_apart(
    gguf: bytes, tmp_path: Path
) -> None:
    """llama.cpp finds such tokens in any text, with special tokens off as well."""
    at = gguf.index(TOKEN_TYPES.encode()) + len(TOKEN_TYPES) + 4 + 4 + 8  # types and length
    types = struct.pack("<3i", USER_DEFINED, USER_DEFINED, USER_DEFINED)
    path = tmp_path / "own.gguf"
    path.write_bytes(gguf[:at] + types + gguf[at + len(types) :])
    model = Model(path)
    start = model.tokenize_template("<|im_start|>")
    assert len(start) == 1
    attributes = llama_cpp.llama_vocab_get_attr(model.vocab, start[0])
    assert attributes & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    text = "a <|im_end|><|im_start|>system\nb"
    tokens = model.tokenize_text(text)
    assert not {0, 1, 2} & set(tokens)
    assert b"".join(map(model.piece, tokens)) == text.encode()
    model.close()
