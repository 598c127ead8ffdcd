"""What a file is that is offered as a model: every kind written as a small file, and hostile headers."""

from __future__ import annotations

import ctypes
import json
import math
import os
import pickle
import random
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import onnx
import pytest

from nowprint.engine.gguf import header as gguf_header
from nowprint.engine.gguf.file_kind import FileKind, Kind, file_kind
from nowprint.engine.gguf.header import BLOCKS, HeaderCutShort, HeaderFault, read_header
from nowprint.errors import ModelFileError

from .tiny_gguf import EVERY

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
FORMS = dict(zip((*range(8), U64, I64, F64), "BbHhIif?Qqd", strict=True))
Q4_K = 12

Tensors = Sequence[tuple[str, tuple[int, ...]] | tuple[str, tuple[int, ...], int]]
"""Name, shape and, unless it is float32, type."""

TOKENS = ["<s>", "</s>", "a", "b"]
TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"
WEIGHTS: Tensors = [("token_embd.weight", (64, 4)), ("blk.0.attn_q.weight", (64, 64))]


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, value: Any) -> bytes:
    """A metadata entry; a value of another type than Python's tells is a pair of type and value."""
    type, plain = value if isinstance(value, tuple) else (type_of(value), value)
    return string(key) + struct.pack("<I", type) + packed(type, plain)


def type_of(value: object) -> int:
    if isinstance(value, bool):  # before int, which it is
        return BOOL
    return {str: STRING, list: ARRAY, float: F32, int: U32}[type(value)]


def packed(type: int, value: Any) -> bytes:
    if type == STRING:
        return string(value)
    if type != ARRAY:
        return struct.pack(f"<{FORMS[type]}", value)
    inner = type_of(value[0])
    return struct.pack("<IQ", inner, len(value)) + b"".join(packed(inner, v) for v in value)


def gguf(metadata: Mapping[str, Any], tensors: Tensors = (), *, version: int = 3) -> bytes:
    """A file whose tensors are all zero."""
    head = bytearray(struct.pack("<4sIQQ", b"GGUF", version, len(tensors), len(metadata)))
    head += b"".join(entry(key, value) for key, value in metadata.items())
    end = 0
    for name, shape, *other in tensors:
        type = other[0] if other else 0
        head += string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, type, end)
        weights, size = BLOCKS[type]
        end += -(-math.prod(shape) // weights * size // 32) * 32
    return bytes(head) + bytes(-len(head) % 32 + end) if tensors else bytes(head)


def model(architecture: str = "llama", **more: Any) -> dict[str, Any]:
    """Metadata of a language model; a name's "__" stands for a dot."""
    return {
        "general.architecture": architecture,
        f"{architecture}.context_length": 2048,
        "tokenizer.ggml.tokens": TOKENS,
    } | {key.replace("__", "."): value for key, value in more.items()}


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def told(path: Path) -> FileKind:
    kind = file_kind(path)
    check(kind.sentence)
    return kind


def check(sentence: str) -> None:
    """One line that says what it is, and after a colon what to do."""
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert ": " in sentence


# --- the header --------------------------------------------------------------------------------


def test_the_starter_model_s_header(starter_model: Path) -> None:
    header = read_header(starter_model)
    assert (header.architecture, header.type, header.file_type) == ("llama", "model", 3)
    assert (header.context_length, header.block_count, header.embedding_length) == (8192, 30, 576)
    assert (header.head_count, header.head_count_kv, header.key_length) == (9, 3, None)
    assert (header.vocabulary, header.split_count, header.pooling_type) == (49152, None, None)
    assert header.chat_template.startswith("{% for message in messages %}")
    assert header.own("rope.dimension_count") == 64
    assert header.own("no_such_key") is None
    assert len(header.tensors) == 272
    assert header.tensors[0].shape == (576, 49152)
    assert header.data_end == header.size == starter_model.stat().st_size
    assert told(starter_model).sentence == (
        f"{starter_model.name} is a chat model: it can be used as it is."
    )


def test_what_a_kv_cache_is_computed_from(tmp_path: Path) -> None:
    metadata = model(
        "gemma3",
        gemma3__block_count=3,
        gemma3__embedding_length=640,
        gemma3__attention__head_count=[4, 4, 8],
        gemma3__attention__head_count_kv=[1, 1, 2],
        gemma3__attention__key_length=256,
        gemma3__attention__value_length=128,
        gemma3__attention__sliding_window=512,
        gemma3__attention__sliding_window_pattern=[True, True, False],
        gemma3__rope__freq_base=1e6,
        gemma3__pooling_type=0,
        general__name="Gemma",
        general__license="apache-2.0",
    )
    header = read_header(written(tmp_path / "m.gguf", gguf(metadata, WEIGHTS)))
    assert (header.name, header.block_count, header.embedding_length) == ("Gemma", 3, 640)
    assert (header.head_count, header.head_count_kv) == ((4, 4, 8), (1, 1, 2))
    assert (header.key_length, header.value_length, header.pooling_type) == (256, 128, 0)
    assert header.own("attention.sliding_window") == 512
    assert header.own("attention.sliding_window_pattern") == (1, 1, 0)
    assert header.own("rope.freq_base") == 1e6
    assert "general.license" not in header.metadata
    assert [t.name for t in header.tensors] == ["token_embd.weight", "blk.0.attn_q.weight"]


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (U8, 255), (I8, -1), (U16, 65535), (I16, -2), (U32, 2**32 - 1), (I32, -3), (BOOL, True),
        (U64, 2**64 - 1), (I64, -4), (F32, 0.5), (F64, 0.1),
    ],
)  # fmt: skip
def test_a_number_of_every_type(type: int, value: Any, tmp_path: Path) -> None:
    metadata = model(llama__number=(type, value), general__file_type=7)
    header = read_header(written(tmp_path / "m.gguf", gguf(metadata)))
    assert header.own("number") == value
    assert header.file_type == 7


def test_a_value_of_another_type_than_it_should_have_is_none(tmp_path: Path) -> None:
    metadata = model(
        general__name=5,
        general__file_type="Q4_0",
        llama__block_count=0.5,
        llama__attention__head_count_kv="eight",
        tokenizer__chat_template=[1, 2],
    )
    header = read_header(written(tmp_path / "m.gguf", gguf(metadata, WEIGHTS)))
    assert (header.name, header.file_type, header.block_count) == ("", None, None)
    assert (header.head_count_kv, header.chat_template) == (None, "")


def test_tensor_types_are_those_of_the_installed_llama_cpp() -> None:
    folder = Path(llama_cpp.__file__).parent / "lib"
    (path,) = (file for file in folder.iterdir() if "ggml-base" in file.name)
    base = ctypes.CDLL(str(path))
    base.ggml_blck_size.restype = ctypes.c_int64
    base.ggml_type_size.restype = ctypes.c_size_t
    sizes = {
        type: (base.ggml_blck_size(type), base.ggml_type_size(type))
        for type in range(llama_cpp.GGML_TYPE_COUNT)
    }
    assert {type: block for type, block in sizes.items() if block[0]} == BLOCKS


def test_where_the_data_begins_and_ends(tmp_path: Path) -> None:
    tensors: Tensors = [("token_embd.weight", (256, 2), Q4_K), ("b", (3,)), ("scalar", ())]
    metadata = model(general__alignment=32, tokenizer__chat_template=TEMPLATE)
    content = gguf(metadata, tensors)
    header = read_header(written(tmp_path / "m.gguf", content))
    assert [tensor.size for tensor in header.tensors] == [2 * 144, 12, 4]
    assert header.data % 32 == 0
    assert header.data_end == header.data + 288 + 32 + 4
    assert told(written(tmp_path / "m.gguf", content[: header.data_end])).kind == "chat model"
    short = told(written(tmp_path / "m.gguf", content[: header.data_end - 1]))
    assert short.kind == "cut short"
    assert f"{header.data_end - 1:,} of {header.data_end:,} bytes" in short.sentence


def test_a_vocabulary_of_a_quarter_of_a_million_tokens_is_read_in_an_instant(
    tmp_path: Path,
) -> None:
    count = 262_144
    metadata = model(
        tokenizer__ggml__tokens=[f"token{i}" for i in range(count)],
        tokenizer__ggml__scores=[0.0] * count,
        tokenizer__ggml__token_type=[1] * count,
        tokenizer__ggml__merges=[f"a{i} b" for i in range(2 * count)],
        tokenizer__chat_template=TEMPLATE,
    )
    path = written(tmp_path / "m.gguf", gguf(metadata, WEIGHTS))
    seconds = []
    for _ in range(3):  # the machine may be busy
        began = time.perf_counter()
        kind = told(path)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.8  # 0.2 on one core of a Zen 4
    assert kind.header
    assert (kind.kind, kind.header.vocabulary) == ("chat model", count)


# --- what a GGUF is ----------------------------------------------------------------------------

LORA: Tensors = [("blk.0.attn_q.weight.lora_a", (64, 8)), ("blk.0.attn_q.weight.lora_b", (8, 64))]
BERT: Tensors = [("token_embd.weight", (64, 4)), ("position_embd.weight", (64, 512))]

GGUFS: list[tuple[str, Kind, str, dict[str, Any], Tensors]] = [
    ("chat", "chat model", "can be used as it is", model(tokenizer__chat_template=TEMPLATE), WEIGHTS),
    ("base", "base model", "continues text rather than answering", model(), WEIGHTS),
    ("blank template", "base model", "no chat template", model(tokenizer__chat_template=" \n"), WEIGHTS),
    ("BERT", "embedding model", "compares texts", model("nomic-bert"), BERT),
    ("mean pooling", "embedding model", "choose a chat model",
     model("qwen3", qwen3__pooling_type=3, tokenizer__chat_template=TEMPLATE), WEIGHTS),
    ("not causal", "embedding model", "can't write", model(llama__attention__causal=False), WEIGHTS),
    ("Qwen3 Embedding", "embedding model", "can't write",
     model(general__name="Qwen3 Embedding 0.6B", tokenizer__chat_template=TEMPLATE), WEIGHTS),
    ("openPangu Embedded", "chat model", "can be used",
     model("pangu-embedded", general__name="openPangu Embedded 1B", tokenizer__chat_template=TEMPLATE),
     WEIGHTS),
    ("rank pooling", "reranker", "rates texts", model("qwen3", qwen3__pooling_type=4), WEIGHTS),
    ("BERT with a head", "reranker", "choose a chat model", model("bert"),
     [*BERT, ("cls.weight", (64, 64)), ("cls.output.weight", (64, 1))]),
    ("mmproj", "projector", "mmproj", {"general.architecture": "clip", "general.type": "mmproj"},
     [("v.blk.0.attn_q.weight", (64, 64))]),
    ("mmproj of old", "projector", "choose the model it came with", {"general.name": "LLaVA"},
     [("v.blk.0.attn_q.weight", (64, 64)), ("mm.0.weight", (64, 64))]),
    ("LoRA", "LoRA adapter", "merged into",
     {"general.type": "adapter", "adapter.type": "lora", "general.architecture": "llama"}, LORA),
    ("LoRA by its tensors", "LoRA adapter", "merged into", {"general.architecture": "llama"}, LORA),
    ("control vector", "control vector", "steers", {"general.architecture": "controlvector"},
     [("direction.1", (64,))]),
    ("imatrix", "importance matrix", "imatrix", {"general.type": "imatrix", "imatrix.chunk_count": 8},
     [("blk.0.attn_q.weight.in_sum2", (64,)), ("blk.0.attn_q.weight.counts", (1,))]),
    ("flux", "picture model", "pictures", {"general.architecture": "flux"}, [("img_in.weight", (64, 64))]),
    ("wan", "picture model", "videos", {"general.architecture": "wan"}, [("blocks.0.ffn.weight", (64, 4))]),
    ("stable-diffusion.cpp", "picture model", "can't chat", {},
     [("model.diffusion_model.input_blocks.0.0.weight", (64, 4))]),
    ("VAE", "picture model", "can't chat", {}, [("first_stage_model.decoder.conv_in.weight", (64, 4))]),
    ("whisper", "sound model", "speech", {"general.architecture": "whisper"}, [("a", (64,))]),
    ("whisper by its tensors", "sound model", "speech", {}, [("encoder.conv1.weight", (64, 4))]),
    ("WavTokenizer", "sound model", "sound", model("wavtokenizer-dec"),
     [("token_embd.weight", (64, 4)), ("posnet.0.conv1.weight", (64, 4))]),
    ("Qwen3 TTS", "sound model", "can't chat", model("qwen3tts", tokenizer__chat_template=TEMPLATE), WEIGHTS),
    ("vocoder", "sound model", "can't chat", {}, [("vocoder.conv_pre.weight", (64, 4))]),
    ("vocabulary", "vocabulary", "no weights", model(), []),
    ("nothing", "other model", "neither weights nor a vocabulary", {"general.name": "?"}, []),
    ("T5", "other model", "encoder-decoder", model("t5"), WEIGHTS),
    ("draft", "other model", "a draft for a larger model", model("eagle3"), [("fc.weight", (64, 64))]),
    ("diffusion", "other model", "diffusion language model", model("llada"), WEIGHTS),
    ("no tokens", "other model", "no language model", {"general.architecture": "llama"}, WEIGHTS),
    ("something else", "other model", "no language model", {"general.architecture": "chess"},
     [("board", (64,))]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "says", "metadata", "tensors"),
    [pytest.param(*what, id=name) for name, *what in GGUFS],
)
@pytest.mark.parametrize("version", [2, 3])
def test_what_a_gguf_is(
    kind: Kind, says: str, metadata: dict[str, Any], tensors: Tensors, version: int, tmp_path: Path
) -> None:
    path = written(tmp_path / "file.gguf", gguf(metadata, tensors, version=version))
    found = told(path)
    assert (found.kind, found.usable) == (kind, kind in ("chat model", "base model"))
    assert found.sentence.startswith("file.gguf ")
    assert says in found.sentence
    assert (found.files, found.missing, found.size) == ((path,), (), path.stat().st_size)
    assert found.header == read_header(path)


def test_an_unknown_quantisation(tmp_path: Path) -> None:
    content = gguf(model(), WEIGHTS)
    known = struct.pack("<QQIQ", 64, 64, 0, 64 * 4 * 4)
    assert content.count(known) == 1
    other = content.replace(known, struct.pack("<QQIQ", 64, 64, 137, 64 * 4 * 4))
    found = told(written(tmp_path / "m.gguf", other))
    assert found.kind == "other model"
    assert "another quantisation" in found.sentence


@pytest.mark.parametrize("tiny", EVERY)
def test_models_that_the_engine_loads_are_base_models(tiny: str, tmp_path: Path) -> None:
    found = told(EVERY[tiny](tmp_path / "tiny.gguf"))
    assert found.kind == "base model"
    assert found.header
    assert found.header.data_end == found.size


LANGUAGE_MODELS = """
llama llama4 deci falcon grok gpt2 gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2
qwen2moe qwen2vl qwen3 qwen3moe qwen3next qwen3vl qwen35 qwen35moe phi2 phi3 phimoe plamo3 orion
internlm2 minicpm3 gemma gemma2 gemma3 gemma3n gemma4 mamba mamba2 jamba falcon-h1 command-r
cohere2 dbrx olmo2 olmoe openelm arctic deepseek deepseek2 deepseek2-ocr chatglm glm4 glm4moe
bitnet jais nemotron nemotron_h exaone4 rwkv6 rwkv7 granite granitemoe granitehybrid chameleon plm
bailingmoe dots1 arcee ernie4_5 hunyuan-moe smollm3 gpt-oss lfm2 smallthinker seed_oss apertus
minimax-m2 cogvlm pangu-embedded mistral3 mimo2 maincoder kimi-linear talkie
"""
"""Architectures in llama.cpp's src/llama-arch.cpp that write text, most of them."""


@pytest.mark.parametrize("architecture", LANGUAGE_MODELS.split())
def test_no_language_model_of_llama_cpp_is_taken_for_something_else(
    architecture: str, tmp_path: Path
) -> None:
    metadata = model(architecture, tokenizer__chat_template=TEMPLATE)
    assert told(written(tmp_path / "m.gguf", gguf(metadata, WEIGHTS))).kind == "chat model"


# --- parts and pieces --------------------------------------------------------------------------


def parts(
    folder: Path, count: int = 3, *, empty_first: bool = False, name: str = "big model"
) -> list[Path]:
    """A split set, as llama.cpp's gguf-split writes it: the first part alone has the metadata."""
    total = count - empty_first
    paths = []
    for no in range(count):
        split = {
            "split.no": (U16, no),
            "split.count": (U16, count),
            "split.tensors.count": (I32, total),
        }
        own = model(tokenizer__chat_template=TEMPLATE) if no == 0 else {}
        weights = "token_embd.weight" if no == int(empty_first) else f"blk.{no}.attn_q.weight"
        tensors: Tensors = [] if empty_first and no == 0 else [(weights, (64, 4))]
        path = folder / f"{name}-{no + 1:05d}-of-{count:05d}.gguf"
        paths.append(written(path, gguf(own | split, tensors)))
    return paths


@pytest.mark.parametrize("empty_first", [False, True])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_any_part_stands_for_the_whole_set(chosen: int, empty_first: bool, tmp_path: Path) -> None:
    paths = parts(tmp_path, empty_first=empty_first, name="a {0} %s")
    found = told(paths[chosen])
    assert (found.kind, found.files) == ("chat model", tuple(paths))
    assert found.sentence == (
        f"{paths[chosen].name}, with its other parts, is a chat model: it can be used as it is."
    )
    assert found.header == read_header(paths[0])
    assert found.size == sum(path.stat().st_size for path in paths)


@pytest.mark.parametrize("chosen", [0, 4])
def test_missing_parts_are_named(chosen: int, tmp_path: Path) -> None:
    paths = parts(tmp_path, 5)
    paths[1].unlink()
    paths[3].unlink()
    found = told(paths[chosen])
    assert (found.kind, found.usable) == ("incomplete set", False)
    assert found.missing == (paths[1].name, paths[3].name)
    assert found.files == (paths[0], paths[2], paths[4])
    assert f"is part {chosen + 1} of 5 of a model" in found.sentence
    assert f"{paths[1].name} and {paths[3].name}" in found.sentence


def test_of_many_missing_parts_the_first_are_named(tmp_path: Path) -> None:
    paths = parts(tmp_path, 9)
    for path in paths[1:]:
        path.unlink()
    found = told(paths[0])
    assert len(found.missing) == 8
    assert f"{paths[3].name} and 5 more." in found.sentence


@pytest.mark.parametrize("count", [1001, 99_999, 2**63])
def test_a_set_of_too_many_parts(count: int, tmp_path: Path) -> None:
    split = {"split.no": (U64, 0), "split.count": (U64, count)}
    path = written(tmp_path / f"m-00001-of-{count:05d}.gguf", gguf(model() | split, WEIGHTS))
    assert told(path).kind == "unreadable"


def test_a_part_under_another_name(tmp_path: Path) -> None:
    second = parts(tmp_path)[1].rename(tmp_path / "model (1).gguf")
    found = told(second)
    assert found.kind == "incomplete set"
    assert "is part 2 of 3 of a model" in found.sentence
    assert "like model-00002-of-00003.gguf." in found.sentence


@pytest.mark.parametrize("chosen", [0, 2])
def test_a_part_of_another_set(chosen: int, tmp_path: Path) -> None:
    paths = parts(tmp_path)
    paths[1].write_bytes(paths[2].read_bytes())
    found = told(paths[chosen])
    assert found.kind == "unreadable"
    assert f"{paths[1].name} is of another: download that one again." in found.sentence


def test_parts_that_lack_tensors(tmp_path: Path) -> None:
    paths = parts(tmp_path)
    split = {"split.no": (U16, 2), "split.count": (U16, 3), "split.tensors.count": (I32, 3)}
    paths[2].write_bytes(gguf(split))
    found = told(paths[0])
    assert found.kind == "unreadable"
    assert "don't belong together" in found.sentence


def test_another_part_that_is_cut_short(tmp_path: Path) -> None:
    paths = parts(tmp_path)
    paths[2].write_bytes(paths[2].read_bytes()[:-32])
    for chosen in (0, 2):
        found = told(paths[chosen])
        assert found.kind == "cut short"
        assert found.sentence.startswith(f"{paths[2].name} is cut short")
    paths[2].write_bytes(paths[2].read_bytes()[:30])
    assert told(paths[0]).kind == "cut short"


def test_a_set_of_one(tmp_path: Path) -> None:
    assert told(parts(tmp_path, 1)[0]).kind == "chat model"
    plain = written(tmp_path / "m-00001-of-00004.gguf", gguf(model(), WEIGHTS))
    assert told(plain).kind == "base model"


PIECES = {
    "part1of2": ("m.Q8_0.gguf.part1of2", "m.Q8_0.gguf.part2of2"),
    "split-a": ("m.gguf-split-a", "m.gguf-split-b"),
    "001": ("m.gguf.001", "m.gguf.002"),
    "aa": ("m.gguf.aa", "m.gguf.ab"),
    "partaa": ("m.gguf.partaa", "m.gguf.partab"),
    "part-01": ("M.GGUF.part-01", "M.GGUF.part-02"),
}


@pytest.mark.parametrize("names", PIECES.values(), ids=PIECES)
def test_pieces_are_to_be_joined(names: tuple[str, str], tmp_path: Path) -> None:
    content = gguf(model(), WEIGHTS)
    files = (
        written(tmp_path / names[0], content[:2000]),
        written(tmp_path / names[1], content[2000:]),
    )
    written(tmp_path / f"other.{names[1]}", b"of another model")
    for path in files:
        found = told(path)
        assert (found.kind, found.files, found.missing) == ("piece", files, ())
        assert found.size == len(content)
        assert f"join {names[0]} and {names[1]} in this order" in found.sentence
    whole = written(tmp_path / "joined.gguf", b"".join(file.read_bytes() for file in files))
    assert told(whole).kind == "base model"


def test_pieces_that_are_not_there(tmp_path: Path) -> None:
    second = written(tmp_path / "m.gguf.part10of12", b"\xff" * 99)
    written(tmp_path / "m.gguf.part9of12", b"\xff" * 99)
    found = told(second)
    assert found.files == (tmp_path / "m.gguf.part9of12", second)
    assert found.missing[-2:] == ("m.gguf.part11of12", "m.gguf.part12of12")
    assert "download m.gguf.part1of12, m.gguf.part2of12, " in found.sentence
    found = told(written(tmp_path / "n.gguf-split-b", b"\xff" * 99))
    assert found.sentence == (
        "n.gguf-split-b is a piece of n.gguf: download its other pieces too, then join all pieces in "
        "order into one file."
    )


def test_a_whole_model_that_is_named_like_a_piece(tmp_path: Path) -> None:
    assert told(written(tmp_path / "m.gguf.001", gguf(model(), WEIGHTS))).kind == "base model"


@pytest.mark.parametrize("end", [".part", ".crdownload", ".incomplete"])
def test_a_download_that_has_not_ended(end: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"m.gguf{end}", gguf(model(), WEIGHTS)[:-100])
    found = told(path)
    assert found.kind == "cut short"
    assert "unfinished download" in found.sentence


# --- what is no GGUF ---------------------------------------------------------------------------


def safetensors(**metadata: str) -> bytes:
    head = json.dumps(
        {
            "__metadata__": metadata,
            "w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]},
        }
    ).encode()
    return struct.pack("<Q", len(head)) + head + bytes(16)


def onnx_model() -> bytes:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node("Identity", ["x"], ["x"])
    graph = onnx.helper.make_graph([node], "g", [value], [value])
    return bytes(onnx.helper.make_model(graph, producer_name="pytorch").SerializeToString())


def torch_model(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr(f"{path.stem}/data/0", bytes(64))
    return path


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 4920734272\n" % (
    b"a" * 64
)
OTHERS: list[tuple[str, Kind, str, bytes]] = [
    ("model.safetensors", "safetensors", "in GGUF format", safetensors()),
    ("pytorch_model.bin", "PyTorch", "in GGUF format", pickle.dumps([1], protocol=2)),
    ("model.onnx", "ONNX", "in GGUF format", onnx_model()),
    ("ggml-model-q4_0.bin", "GGML", "old GGML format", b"tjgg" + struct.pack("<II", 3, 32_000)),
    ("ggml.bin", "GGML", "old GGML format", b"lmgg" + struct.pack("<I", 32_000) + bytes(99)),
    ("ggml-base.en.bin", "sound model", "speech", b"lmgg" + struct.pack("<I", 51_864) + bytes(99)),
    ("imatrix.dat", "importance matrix", "imatrix",
     struct.pack("<ii", 1, 19) + b"blk.0.attn_q.weight" + bytes(99)),
    ("page.gguf", "web page", "web page", b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><title>Sign in</title>"),
    ("s3.gguf", "web page", "error message", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>'),
    ("hub.gguf", "web page", "error message", b'{"error":"Repository not found"}'),
    ("gone.gguf", "web page", "error message", b"Entry not found"),
    ("pointer.gguf", "Git LFS pointer", "download the model file itself", POINTER),
    ("m.zip", "archive", "unpack", b"PK\x03\x04" + bytes(99)),
    ("m.gguf.gz", "archive", "unpack", b"\x1f\x8b" + bytes(99)),
    ("notes.txt", "no model", "not a GGUF", b"This is a shopping list.\n" * 99),
    ("list.json", "no model", "not a GGUF", b'{"layers": [1, {"digest": 2}]}'),
    ("deep.json", "no model", "not a GGUF", b'{"a":' * 100_000),
    ("random", "no model", "not a GGUF", random.Random(1).randbytes(99_999)),
    ("one byte", "no model", "not a GGUF", b"G"),
    ("empty.gguf", "cut short", "is empty", b""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "says", "content"), OTHERS, ids=[o[0] for o in OTHERS])
def test_what_is_no_gguf(name: str, kind: Kind, says: str, content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / name, content)
    found = told(path)
    assert (found.kind, found.usable, found.header) == (kind, False, None)
    assert found.sentence.startswith(f"{name} ")
    assert says in found.sentence
    with pytest.raises(ModelFileError, match=r"not a GGUF"):
        read_header(path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pth"])
def test_a_pytorch_model_is_a_zip_of_its_own_kind(name: str, tmp_path: Path) -> None:
    assert told(torch_model(tmp_path / name)).kind == "PyTorch"


def manifest(blob: str) -> bytes:
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "1" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{blob}", "size": 9},
    ]
    return json.dumps({"schemaVersion": 2, "layers": layers}).encode()


def test_an_ollama_manifest_names_the_model(tmp_path: Path) -> None:
    place = tmp_path / "models/manifests/registry.ollama.ai/library/llama3.2/1b"
    path = written(place, manifest("a" * 64))
    found = told(path)
    assert (found.kind, found.files) == ("Ollama manifest", ())
    assert f"choose the file sha256-{'a' * 64} in Ollama's folder “blobs”." in found.sentence
    blob = written(tmp_path / f"models/blobs/sha256-{'a' * 64}", gguf(model(), WEIGHTS))
    assert told(path).files == (blob,)
    assert told(blob).kind == "base model"


def test_a_manifest_that_points_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path / "manifests/x", manifest("../../../etc/passwd"))
    assert told(path).kind == "no model"


FOLDERS: list[tuple[str, Kind, str, dict[str, bytes]]] = [
    ("transformers", "safetensors", "in GGUF format",
     {"config.json": b"{}", "model.safetensors": safetensors(format="pt")}),
    ("MLX", "MLX folder", "for MLX",
     {"config.json": b'{"quantization": {"bits": 4}}', "model.safetensors": safetensors()}),
    ("MLX by its weights", "MLX folder", "for MLX",
     {"config.json": b"{}", "model.safetensors": safetensors(format="mlx")}),
    ("AWQ", "AWQ folder", "AWQ",
     {"config.json": b'{"quantization_config": {"quant_method": "awq"}}',
      "model.safetensors": safetensors()}),
    ("diffusers", "picture model", "pictures", {"model_index.json": b"{}"}),
    ("GGUF", "folder", "(a.gguf and b.gguf)", {"a.gguf": b"GGUF", "b.gguf": b"GGUF"}),
    ("nothing", "folder", "ends in .gguf", {"config.json": b"[" * 100_000}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "says", "files"), [pytest.param(*what, id=name) for name, *what in FOLDERS]
)
def test_folders(kind: Kind, says: str, files: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in files.items():
        written(tmp_path / "model" / name, content)
    found = told(tmp_path / "model")
    assert (found.kind, found.usable) == (kind, False)
    assert says in found.sentence


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="No such file") as fault:
        file_kind(tmp_path / "nowhere.gguf")
    check(str(fault.value))
    with pytest.raises(ModelFileError, match="is no file"):
        file_kind(Path(os.devnull))
    if hasattr(os, "mkfifo"):  # opening one would wait for a writer without end
        os.mkfifo(tmp_path / "pipe.gguf")
        with pytest.raises(ModelFileError, match="is no file"):
            file_kind(tmp_path / "pipe.gguf")


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_a_name_that_would_mislead_is_shown_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "a\nb\u202efugg.\x1b[31m {0} %s.gguf", gguf(model(), WEIGHTS))
    assert told(path).sentence.startswith(
        "a b⟨U+202E⟩fugg.⟨U+001B⟩[31m {0} %s.gguf is a base model"
    )
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.gguf"))
    assert told(written(odd, b"?")).sentence.startswith("?.gguf is not a GGUF")


# --- hostile headers ---------------------------------------------------------------------------

HUGE = 2**63


def raw(tensors: int = 0, entries: int = 1, rest: bytes = b"") -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", 3, tensors, entries) + rest


def tensor(name: str = "token_embd.weight", *numbers: int) -> bytes:
    """Its number of dimensions, its shape, type and offset."""
    dimensions, *shape, type, offset = numbers or (1, 4, 0, 0)
    return string(name) + struct.pack(f"<I{len(shape)}QIQ", dimensions, *shape, type, offset)


KEY = string("key")
HOSTILE: dict[str, tuple[bytes, str]] = {
    "entries": (raw(entries=HUGE), "claims"),
    "tensors": (raw(tensors=HUGE, entries=0), "claims"),
    "both": (raw(2**64 - 1, 2**64 - 1), "claims"),
    "a key": (raw(rest=struct.pack("<Q", HUGE)), "key has"),
    "an empty key": (raw(rest=string("") + struct.pack("<IB", U8, 1)), "empty"),
    "a key twice": (raw(entries=2, rest=2 * (KEY + struct.pack("<IB", U8, 1))), "twice"),
    "a string": (raw(rest=KEY + struct.pack("<IQ", STRING, HUGE)), "no end"),
    "a template": (
        raw(rest=string("tokenizer.chat_template") + struct.pack("<IQ", STRING, HUGE)),
        "tokenizer.chat_template has",
    ),
    "strings": (raw(rest=KEY + struct.pack("<IIQ", ARRAY, STRING, HUGE)), "too many strings"),
    "a string of an array": (
        raw(rest=KEY + struct.pack("<IIQQ", ARRAY, STRING, 1, HUGE)),
        "no end",
    ),
    "numbers": (raw(rest=KEY + struct.pack("<IIQ", ARRAY, U64, HUGE)), "no end"),
    "tokens": (
        raw(rest=string("tokenizer.ggml.tokens") + struct.pack("<IIQ", ARRAY, STRING, HUGE)),
        "too many strings",
    ),
    "arrays": (raw(rest=KEY + struct.pack("<IIQ", ARRAY, ARRAY, HUGE)), "a type"),
    "a type": (raw(rest=KEY + struct.pack("<I", 13)), "a type"),
    "an alignment": (raw(rest=entry("general.alignment", 48)), "power of two"),
    "no alignment": (raw(rest=entry("general.alignment", 0)), "power of two"),
    "a tensor's name": (raw(1, 0, struct.pack("<Q", HUGE)), "tensor's name has"),
    "dimensions": (raw(1, 0, string("w") + struct.pack("<I", 2**32 - 1)), "dimensions"),
    "a shape": (raw(1, 0, tensor("w", 2, 2**32, 2**31, 0, 0)), "larger than any file"),
    "a length": (raw(1, 0, tensor("w", 1, HUGE, 0, 0)), "larger than any file"),
    "an offset": (raw(1, 0, tensor("w", 1, 4, 0, HUGE)), "larger than any file"),
    "a tensor twice": (raw(2, 0, 2 * tensor()), "twice"),
    "version 1": (struct.pack("<4sIII", b"GGUF", 1, 1, 1), "version 1"),
    "version 4": (struct.pack("<4sIQQ", b"GGUF", 4, 1, 1), "version 4"),
    "big-endian": (struct.pack(">4sIQQ", b"GGUF", 3, 1, 1), "big-endian"),
}


@pytest.mark.parametrize(("content", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_header_is_told_of_at_once_and_costs_nothing(
    content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.gguf"
    with open(path, "wb") as file:
        file.write(content)
        file.truncate(8 << 30)  # as if there were a large model behind it
    began = time.perf_counter()
    tracemalloc.start()
    found = told(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.perf_counter() - began < 5
    assert peak < 8_000_000
    assert found.kind == "unreadable"
    assert says in found.sentence
    with pytest.raises(HeaderFault):
        read_header(path)


def test_strings_without_end_are_soon_given_up(tmp_path: Path) -> None:
    """A header as long as the limits allow, of which every byte is there."""
    path = tmp_path / "m.gguf"
    count = gguf_header.MOST_STRINGS
    with open(path, "wb") as file:
        file.write(raw(rest=KEY + struct.pack("<IIQ", ARRAY, STRING, count)))
        file.truncate(1 << 30)
    began = time.perf_counter()
    assert told(path).kind == "other model"
    with open(path, "r+b") as file:
        file.write(raw(rest=KEY + struct.pack("<IIQ", ARRAY, STRING, count + 1)))
    assert told(path).kind == "unreadable"
    assert time.perf_counter() - began < 5


def test_a_long_list_of_short_texts_and_of_long_ones(tmp_path: Path) -> None:
    """Chunks end anywhere: within a length, within a text, and long before a text ends."""
    for texts in (["a" * (i % 40) for i in range(90_000)], ["b" * 3_000_001, "", "c"] * 2):
        metadata = model(tokenizer__ggml__tokens=texts, llama__last=9)
        header = read_header(written(tmp_path / "m.gguf", gguf(metadata, WEIGHTS)))
        assert (header.vocabulary, header.own("last")) == (len(texts), 9)
        assert header.data_end == header.size


CUT: dict[str, Callable[[Path], Path]] = {
    "a tiny model": EVERY["bytes alone"],
    "a chat model": lambda path: written(
        path, gguf(model(tokenizer__chat_template=99 * TEMPLATE, llama__heads=[1, 2, 3]), WEIGHTS)
    ),
    "a part of a set": lambda path: parts(path.parent)[1],
}


@pytest.mark.parametrize("write", CUT.values(), ids=CUT)
def test_a_file_cut_at_every_64th_byte_of_its_header(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / "m.gguf")
    slowest = 0.0
    for length in range(read_header(path).data // 64 * 64, -1, -64):
        os.truncate(path, length)
        began = time.perf_counter()
        assert told(path).kind == "cut short", length
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 1


def test_a_header_that_ends_too_soon_is_told_from_one_that_is_damaged(tmp_path: Path) -> None:
    content = gguf(model(), WEIGHTS)
    for length in (4, 23, 24, 100, read_header(written(tmp_path / "m.gguf", content)).data - 40):
        with pytest.raises(HeaderCutShort, match=r"m\.gguf is cut short: download it again"):
            read_header(written(tmp_path / "m.gguf", content[:length]))


def test_the_starter_model_cut_anywhere(starter_model: Path, tmp_path: Path) -> None:
    with open(starter_model, "rb") as file:
        content = file.read(3_000_000)  # the header, and some of the data
    path = written(tmp_path / "m.gguf", content)
    for length in sorted(random.Random(1).sample(range(64, len(content), 64), 40), reverse=True):
        os.truncate(path, length)
        assert told(path).kind == "cut short", length


@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_is_a_kind_or_one_sentence(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    content = (
        gguf(model(tokenizer__chat_template=TEMPLATE, llama__heads=[1, 2]), WEIGHTS)[:700],
        parts(tmp_path)[0].read_bytes()[:700],
        manifest("a" * 64),
        safetensors(format="mlx"),
    )[seed]
    path = tmp_path / ("big model-00001-of-00003.gguf" if seed == 1 else "m.gguf")
    kinds = set()
    for _ in range(700):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8))):
            value = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            damaged[chance.randrange(len(damaged))] = value
        began = time.perf_counter()
        kinds.add(told(written(path, bytes(damaged))).kind)
        assert time.perf_counter() - began < 5
    assert len(kinds) > 1
