"""Small GGUF models that always say the same, with whatever vocabulary a test is about.

Such a model is a table "after this token comes that one": one-hot embeddings, an output matrix that
holds the table, all other weights zero. So what a prompt ends with decides what is answered. With some
noise in the other weights the answer stays, but its probabilities depend on everything that was read.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .tiny_layers import ARCHITECTURES, HEAD, INNER, Shape

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
Token = tuple[str, int]
"""Its text as the file writes it, and its type."""
BYTES: tuple[Token, ...] = tuple((f"<0x{byte:02X}>", BYTE) for byte in range(256))
MARKERS: tuple[Token, ...] = (("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL))
"""Where llama.cpp looks for them in a vocabulary of kind "llama"."""

_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_NUMBERS = {_U32: "<I", _I32: "<i", _F32: "<f", _BOOL: "<?"}
_ALIGNMENT = 32
_SURE = 3.0
"""What the output matrix holds where one token follows another."""


def write_tiny(
    path: Path,
    tokens: Sequence[Token],
    follows: Mapping[str, str],
    *,
    kind: str = "llama",
    architecture: str = "llama",
    named: str = "",
    noisy: bool = False,
    context: int = 2048,
    template: str = "",
    **tokenizer: Any,
) -> Path:
    """``follows`` tells by their texts which token comes after which; after any other comes the last
    one. ``architecture`` is one of tiny_layers.py, ``named`` another one that the
    file is to claim; ``noisy`` weights make what was read before matter.
    ``template`` is the chat template, ``tokenizer`` are more entries of metadata under
    ``tokenizer.ggml``."""
    ids = {text: id for id, (text, _) in enumerate(tokens)}
    table = {ids[before]: ids[after] for before, after in follows.items()}
    width = -(-len(tokens) // HEAD) * HEAD
    plan = ARCHITECTURES[architecture]
    layers = plan.layers(width)
    own: dict[str, Any] = {
        "context_length": context,
        "embedding_length": width,
        "block_count": len(layers),
        "feed_forward_length": INNER,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "vocab_size": len(tokens),
        **plan.metadata(width),
    }
    name = named or architecture
    metadata: dict[str, Any] = {
        "general.architecture": name,
        **{f"{name}.{key}": value for key, value in own.items()},
        "tokenizer.ggml.model": kind,
        "tokenizer.ggml.tokens": [text for text, _ in tokens],
        "tokenizer.ggml.scores": [0.0 for _ in tokens],
        "tokenizer.ggml.token_type": [type for _, type in tokens],
    } | {f"tokenizer.ggml.{key}": value for key, value in tokenizer.items()}
    if template:
        metadata["tokenizer.chat_template"] = template
    size = len(tokens)
    answers = [table.get(id, size - 1) for id in range(size)]
    tensors: dict[str, tuple[Shape, bytes]] = {
        "token_embd.weight": ((width, size), _one_hot(range(size), width, 1.0)),
        "output.weight": ((width, size), _one_hot_columns(answers, width, size)),
        f"{plan.output_norm}.weight": ((width,), _constant(1.0, (width,))),
    }
    noise = plan.noise if noisy else 0.0
    random = np.random.default_rng(size)
    for i, layer in enumerate(layers):
        for name, shape in layer.items():
            tensors[f"blk.{i}.{name}"] = (shape, _weights(name, shape, noise, random))
    path.write_bytes(_file(metadata, tensors))
    return path


def _one_hot(columns: Sequence[int], width: int, value: float) -> bytes:
    """A row a column: 0 but for it."""
    rows = bytearray(4 * width * len(columns))
    for row, column in enumerate(columns):
        struct.pack_into("<f", rows, 4 * (row * width + column), value)
    return bytes(rows)


def _one_hot_columns(rows: Sequence[int], width: int, height: int) -> bytes:
    """A column a row: 0 but for it."""
    data = bytearray(4 * width * height)
    for column, row in enumerate(rows):
        struct.pack_into("<f", data, 4 * (row * width + column), _SURE)
    return bytes(data)


def _weights(name: str, shape: Shape, noise: float, random: np.random.Generator) -> bytes:
    if name.startswith("post_"):
        return _constant(noise, shape)  # what comes out of a layer has this size
    if "norm" in name:
        return _constant(1.0, shape)
    if name == "ssm_a":
        return _constant(-0.01, shape)  # a state that fades slowly
    return random.normal(0.0, noise, shape).astype("<f4").tobytes()


def _constant(value: float, shape: Shape) -> bytes:
    return np.full(shape, value, "<f4").tobytes()


def _file(metadata: Mapping[str, Any], tensors: Mapping[str, tuple[Shape, bytes]]) -> bytes:
    """A GGUF of version 3; a tensor's shape is written with its rows' length first."""
    head = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        head += _string(key) + struct.pack("<I", _type(value)) + _value(value)
    body = bytearray()
    for name, (shape, data) in tensors.items():
        head += _string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", 0, len(body))  # float32
        body += data + bytes(-len(data) % _ALIGNMENT)
    return bytes(head) + bytes(-len(head) % _ALIGNMENT) + bytes(body)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _type(value: object) -> int:
    if isinstance(value, bool):  # before int, which it is
        return _BOOL
    return {str: _STRING, list: _ARRAY, float: _F32, int: _U32}[type(value)]


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return _string(value)
    if not isinstance(value, list):
        return struct.pack(_NUMBERS[_type(value)], value)
    inner = _I32 if isinstance(value[0], int) else _type(value[0])
    items = (_string(v) if inner == _STRING else struct.pack(_NUMBERS[inner], v) for v in value)
    return struct.pack("<IQ", inner, len(value)) + b"".join(items)


# --- vocabularies of all kinds, of models that say "Hi." -----------------------------------------

_SAYS = "Hi."
_LETTERS = "abcdefghijklmnopqrstuvwxyzACHMPRTWZ:.,?!\n"


def _saying(form: Callable[[str], str], *, end: str = "") -> dict[str, str]:
    """It is said after the colon of "Assistant:", where the template of last resort ends."""
    spoken = [":", *_SAYS]
    follows = {form(before): form(after) for before, after in itertools.pairwise(spoken)}
    return follows | ({form(_SAYS[-1]): end} if end else {})


def _plain(characters: Iterable[str]) -> tuple[Token, ...]:
    return tuple((character, NORMAL) for character in characters)


def _byte(character: str) -> str:
    return f"<0x{ord(character):02X}>"


def _gpt2_byte(byte: int) -> str:
    """The character that stands for a byte there: itself if it shows, else one from U+0100 on."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [other for other in range(0x100) if other not in shown]
    return chr(byte if byte in shown else 0x100 + hidden.index(byte))


def _rwkv(byte: int) -> Token:
    return f"\\x{byte:02x}", NORMAL


def _bytes(path: Path, **tokenizer: Any) -> Path:
    """No token stands for a space: it is cut into three bytes."""
    return write_tiny(path, (*MARKERS, *BYTES), _saying(_byte, end="</s>"), **tokenizer)


def _rwkv_bytes(path: Path, count: int, **tokenizer: Any) -> Path:
    follows = _saying(lambda character: _rwkv(ord(character))[0])
    return write_tiny(path, tuple(map(_rwkv, range(count))), follows, kind="rwkv", **tokenizer)


def _gpt2(path: Path, characters: Iterable[str], *ends: Token) -> Path:
    tokens = (*_plain(characters), *ends)
    follows = _saying(str, end=ends[0][0] if ends else "")
    known = {"eos_token_id": len(tokens) - 1} if ends else {}
    return write_tiny(path, tokens, follows, kind="gpt2", pre="default", merges=["a b"], **known)


def write_letters(path: Path, **more: Any) -> Path:
    """The smallest one: a hundred kilobytes or two."""
    tokens = (*MARKERS, *_plain(_LETTERS + "\u2581"))
    return write_tiny(path, tokens, _saying(str, end="</s>"), **more)


WHOLE: dict[str, Callable[[Path], Path]] = {
    "bytes alone": _bytes,
    "bytes alone, no space before": lambda path: _bytes(path, add_space_prefix=False),
    "bytes alone, no BOS wanted": lambda path: _bytes(path, add_bos_token=False),
    "bytes alone, no markers": lambda path: write_tiny(path, BYTES, _saying(_byte)),
    "RWKV, neither BOS nor EOS": lambda path: _rwkv_bytes(path, 256),
    "RWKV, a BOS wanted that isn't there": lambda path: _rwkv_bytes(path, 256, add_bos_token=True),
    "GPT-2, no EOS": lambda path: _gpt2(path, map(_gpt2_byte, range(256))),
}
"""They have tokens for every text."""
PARTIAL: dict[str, Callable[[Path], Path]] = {
    "llama without bytes": write_letters,
    "GPT-2 with few letters": lambda path: _gpt2(
        path, [_gpt2_byte(ord(c)) for c in _LETTERS + " "], ("</s>", CONTROL)
    ),
    "RWKV with ASCII alone": lambda path: _rwkv_bytes(path, 128),
    "T5, a BOS wanted that isn't there": lambda path: write_tiny(
        path,
        (("<pad>", CONTROL), ("</s>", CONTROL), ("<unk>", UNKNOWN), *_plain(_LETTERS + "\u2581")),
        _saying(str, end="</s>"),
        kind="t5",
        add_bos_token=True,
    ),
    "BERT without its unknown": lambda path: write_tiny(
        path, _plain(_LETTERS + "\u2581"), _saying(str), kind="bert"
    ),
}
"""They lack tokens for most characters."""
EVERY = WHOLE | PARTIAL
