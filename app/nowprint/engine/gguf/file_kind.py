"""What a file is that the user offers as a model, in one sentence that says what to do with it.

The content decides; a name does where the content can't tell: which parts make a set, which pieces make a
file, and whether a model without a pooling type embeds or reranks. No weights are loaded. llama.cpp's
names for architectures are in its src/llama-arch.cpp, its values of general.type in gguf-py's constants.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from nowprint.engine.gguf.header import (
    BLOCKS,
    Header,
    HeaderCutShort,
    HeaderFault,
    Tensor,
    read_header,
    shown,
    unreadable,
)
from nowprint.errors import ModelFileError

Kind = Literal[
    "chat model", "base model", "embedding model", "reranker", "projector", "LoRA adapter",
    "control vector", "importance matrix", "picture model", "sound model", "vocabulary", "other model",
    "incomplete set", "piece", "cut short", "unreadable", "safetensors", "PyTorch", "ONNX", "GGML",
    "MLX folder", "AWQ folder", "Ollama manifest", "archive", "web page", "Git LFS pointer", "folder",
    "no model",
]  # fmt: skip
"""``other model`` is a GGUF that can't chat, ``unreadable`` one whose header is damaged or too new."""

_CHAT = "choose a chat model"
_FORMAT = "which Nowprint can't read: choose the same model in GGUF format"
_SAYS: dict[Kind, str] = {
    "chat model": "is a chat model: it can be used as it is",
    "base model": "is a base model (it has no chat template): it can be used, but continues text rather "
    "than answering",
    "embedding model": f"is an embedding model, which compares texts and can't write: {_CHAT}",
    "reranker": f"is a reranker, which rates texts and can't write: {_CHAT}",
    "projector": "is a projector (mmproj), a chat model's eyes or ears: choose the model it came with",
    "LoRA adapter": "is a LoRA adapter, which only changes a model: choose one that it is merged into",
    "control vector": "is a control vector, which only steers a model: choose the model itself",
    "importance matrix": "is an importance matrix (imatrix), a help for quantising: choose the model itself",
    "picture model": f"is a model for pictures or videos, which can't chat: {_CHAT}",
    "sound model": f"is a model for speech or sound, which can't chat: {_CHAT}",
    "vocabulary": "holds only a vocabulary, no weights: choose a complete model file",
    "safetensors": f"is a model in safetensors format, {_FORMAT}",
    "PyTorch": f"is a PyTorch model, {_FORMAT}",
    "ONNX": f"is an ONNX model, {_FORMAT}",
    "GGML": f"is a model in the old GGML format, {_FORMAT}",
    "MLX folder": f"is a folder with a model for MLX, {_FORMAT}",
    "AWQ folder": f"is a folder with a model quantised by AWQ or GPTQ, {_FORMAT}",
    "archive": "is an archive: unpack it and choose the model file in it",
    "web page": "is a web page or an error message in place of a model: download the model file itself",
    "Git LFS pointer": "is a Git LFS pointer in place of a model: download the model file itself",
    "folder": "is a folder without a GGUF model in it: choose a model file that ends in .gguf",
    "no model": "is not a GGUF model file: choose one that ends in .gguf",
}

_EMBEDDERS = re.compile(
    r"(?:(?:modern|nomic|neo)-)?bert|nomic-bert-moe|jina-bert-v[23]|eurobert|gemma-embedding|llama-embed|"
    r"t5encoder"
)
_EMBEDDER_NAME = re.compile(r"(?<![a-z])embed(?:ding)?s?(?![a-z])")
_EMBEDDINGS = "token_embd.weight"
"""The tensor that every language model has."""
_POOLS, _RANKS = (1, 2, 3), 4
"""``Header.pooling_type`` of embedding models and of rerankers."""
_UNFIT = {
    "t5": "an encoder-decoder model",
    **dict.fromkeys(("eagle3", "dflash", "gemma4-assistant"), "a draft for a larger model"),
    **dict.fromkeys(("dream", "llada", "llada-moe", "rnd1"), "a diffusion language model"),
}
_PICTURE = re.compile(
    r"flux|sd\d|sdxl|aura|hidream|cosmos|ltxv|hyvid|wan|lumina2|qwen_image|ideogram|krea2|chroma|pig|"
    r"z_image|stable.?diffusion"
)
"""Architectures: those of https://github.com/city96/ComfyUI-GGUF, and some more."""
_SOUND = re.compile(
    r".*(?:tts|whisper|wav|codec|vocoder|voice|speech|audio|parakeet|canary|moonshine|kokoro|roformer|"
    r"acestep).*|bark|dia|orpheus|piper|snac|vits"
)
"""Architectures: three of llama.cpp's, those of whisper.cpp, TTS.cpp and their like."""
_PICTURE_TENSOR = re.compile(
    r"(?:model\.diffusion_model|first_stage_model|cond_stage_model|conditioner|vae|(?:double|single|joint|"
    r"transformer|input|down)_blocks|img_in|patch_embedding)\.|(?:encoder\.down|decoder\.up)[._]"
)
_SOUND_TENSOR = re.compile(
    r"(?:(?:model\.)?encoder\.conv1|vocoder|generator|quantizer|posnet|convnext|backbone\.convnext|"
    r"audio_encoder|feature_extractor)\.|mel_filters"
)

_PART = re.compile(r"(?P<whole>.+)-(?P<no>\d{5})-of-(?P<count>\d{5})\.gguf")
"""How llama.cpp names the parts of a set."""
_PIECE = re.compile(
    r"(?P<whole>.+\.gguf)[.-](?:(?:part|split)[-_.]?|(?=\d\d|a[a-z]$))(?P<no>\d{1,5}|[a-z]{1,2})"
    r"(?:[-_.]?of[-_.]?(?P<count>\d{1,5}))?",
    re.IGNORECASE,
)
"""How people name what they cut with programs that know nothing of models."""
_MOST_PARTS = 1000
"""A set has some dozens; each is looked for."""
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".incomplete")
"""What programs put behind a name while they download."""

_HEAD = 1 << 20
"""Bytes that tell what a file is that is no GGUF."""
_FIRST_NAME = 512
"""Bytes in which the first name of a zip or of an importance matrix ends."""
_MOST_NAMES = 10_000
"""Of a folder."""
_MODEL_LAYER = "application/vnd.ollama.image.model"
_MAGICS: dict[Kind, tuple[bytes, ...]] = {
    "Git LFS pointer": (b"version https://git-lfs.github.com/spec/", b"version https://hawser."),
    "GGML": (b"lmgg", b"fmgg", b"tjgg", b"algg"),  # "ggml" and its like as little-endian numbers
    "PyTorch": (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),  # a pickle
    "archive": (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"\xfd7zXZ", b"(\xb5/\xfd", b"Rar!"),
}
_PAGES = (
    b"<!doctype", b"<html", b"<head", b"<?xml", b"<error", b'{"error"', b"entry not found",
    b"invalid username", b"repository not found", b"access to model",
)  # fmt: skip
"""In lower case."""
_WHISPER = range(51_864, 51_867)
"""Tokens, with which its files in GGML format begin."""


@dataclass(frozen=True, slots=True)
class FileKind:
    kind: Kind
    sentence: str
    """What it is and what the user should do."""
    files: tuple[Path, ...] = ()
    """Those of the model that are there, in order: llama.cpp is given the first. Of a folder: its GGUFs."""
    missing: tuple[str, ...] = ()
    """Names of the files of the model that are not there."""
    header: Header | None = None
    """Of the first file, if that is a GGUF that is complete."""
    size: int = 0
    """Bytes of ``files``."""

    @property
    def usable(self) -> bool:
        return self.kind in ("chat model", "base model")


def file_kind(path: Path) -> FileKind:
    """What a file or folder is; ModelFileError if it can't be read or is neither."""
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise ModelFileError(f"{shown(path)} is no file on a disk: choose a GGUF model file.")
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            size = file.seek(0, os.SEEK_END)
        if not head:
            return FileKind("cut short", f"{shown(path)} is empty: download it again.", (path,))
        if head.startswith(b"GGUF"):
            return _gguf(path, size)
        kind = _other_format(head, size)
        if kind == "no model" and (found := _piece(path) or _manifest(path, _json(head))):
            return found
    except OSError as fault:
        raise unreadable(path, fault) from fault
    return FileKind(kind, f"{shown(path)} {_SAYS[kind]}.", (path,), size=size)


# --- GGUF --------------------------------------------------------------------------------------


def _gguf(path: Path, size: int) -> FileKind:
    try:
        header = read_header(path)
        if (header.split_count or 1) > 1:
            return _set(path, header)
        _check_end(path, header)
    except HeaderCutShort as fault:
        if piece := _piece(path):
            return piece
        sentence = str(fault)
        if path.name.lower().endswith(_UNFINISHED):
            sentence = f"{shown(path)} is an unfinished download: wait for it or start it again."
        return FileKind("cut short", sentence, (path,), size=size)
    except HeaderFault as fault:
        return FileKind("unreadable", str(fault), (path,), size=size)
    kind, says = _judged(path, header, header.tensors)
    return FileKind(kind, f"{shown(path)} {says}.", (path,), (), header, size)


def _check_end(path: Path, header: Header) -> None:
    if header.data_end > header.size:
        share = f"{header.size:,} of {header.data_end:,} bytes are there"
        raise HeaderCutShort(f"{shown(path)} is cut short ({share}): download it again.")


def _set(path: Path, header: Header) -> FileKind:
    """Of a part of a split set. llama.cpp finds the others by their names, all in the same folder."""
    _check_end(path, header)
    no, count = (header.split_no or 0) + 1, header.split_count or 1
    this = f"{shown(path)} is part {no} of {count} of a model"
    if count > _MOST_PARTS:
        raise HeaderFault(f"{this}, more than any model has: download it again.")
    match = _PART.fullmatch(path.name)
    if not match or (int(match["no"]), int(match["count"])) != (no, count):
        like = f"model-{no:05d}-of-{count:05d}.gguf"
        sentence = f"{this}, but its name doesn't say so: call it as it was called, like {like}."
        return FileKind("incomplete set", sentence, (path,), size=header.size)
    names = (f"{match['whole']}-{i:05d}-of-{count:05d}.gguf" for i in range(1, count + 1))
    parts = [path.with_name(name) for name in names]
    missing = tuple(part.name for part in parts if not part.is_file())
    files = tuple(part for part in parts if part.is_file())
    size = sum(part.stat().st_size for part in files)
    if missing:
        sentence = f"{this}: download what is missing into the same folder, {_listed(missing)}."
        return FileKind("incomplete set", sentence, files, missing, size=size)
    headers = [read_header(part) for part in parts]
    for i, (part, other) in enumerate(zip(parts, headers, strict=True)):
        _check_end(part, other)
        if (other.split_no, other.split_count) != (i, count):
            raise HeaderFault(f"{this}, and {shown(part)} is of another: download that one again.")
    tensors = [tensor for other in headers for tensor in other.tensors]
    if len(tensors) != (headers[0].split_tensors or len(tensors)):
        raise HeaderFault(f"{this} whose parts don't belong together: download all of them again.")
    kind, says = _judged(path, headers[0], tensors)
    sentence = f"{shown(path)}, with its other parts, {says}."
    return FileKind(kind, sentence, files, (), headers[0], size)


def _judged(path: Path, header: Header, tensors: Sequence[Tensor]) -> tuple[Kind, str]:
    """What a complete GGUF is, and what there is to say of it; ``tensors`` are those of all parts."""
    names = {tensor.name for tensor in tensors}
    if kind := _role(header, names):
        return kind, _SAYS[kind]
    if what := _UNFIT.get(header.architecture):
        return "other model", f"is {what}, which Nowprint can't chat with: {_CHAT}"
    if not names:
        return "other model", "holds neither weights nor a vocabulary: choose a complete model file"
    if _EMBEDDINGS not in names or not header.vocabulary:
        return "other model", f"is a GGUF file that holds no language model Nowprint knows: {_CHAT}"
    if any(tensor.type not in BLOCKS for tensor in tensors):
        return "other model", "is quantised in an unknown way: choose another quantisation of it"
    kind = _use(path, header, names)
    return kind, _SAYS[kind]


def _role(header: Header, names: Collection[str]) -> Kind | None:
    """What else than a language model it is."""
    architecture = header.architecture.lower()
    writes = _EMBEDDINGS in names
    if header.type == "imatrix" or any(n.endswith(".in_sum2") for n in names):
        return "importance matrix"
    if header.type == "adapter" or header.adapter_type or any(n.endswith(".lora_a") for n in names):
        return "LoRA adapter"
    if architecture == "controlvector" or any(n.startswith("direction.") for n in names):
        return "control vector"
    if header.type in ("mmproj", "clip-vision") or architecture == "clip":
        return "projector"
    if not writes and any(n.startswith(("v.blk.", "a.blk.", "mm.")) for n in names):
        return "projector"  # of the time before general.type
    if _PICTURE.fullmatch(architecture) or (not writes and any(map(_PICTURE_TENSOR.match, names))):
        return "picture model"
    if _SOUND.fullmatch(architecture) or (not writes and any(map(_SOUND_TENSOR.match, names))):
        return "sound model"
    return "vocabulary" if header.vocabulary and not names else None


def _use(path: Path, header: Header, names: Collection[str]) -> Kind:
    called = f"{header.name} {path.stem}".lower()
    if header.pooling_type == _RANKS or "cls.output.weight" in names or "rerank" in called:
        return "reranker"
    if (
        _EMBEDDERS.fullmatch(header.architecture)
        or header.pooling_type in _POOLS
        or header.own("attention.causal") is False
        or _EMBEDDER_NAME.search(called)
    ):
        return "embedding model"
    return "chat model" if header.chat_template.strip() else "base model"


# --- what is no GGUF, or not yet ---------------------------------------------------------------


def _piece(path: Path) -> FileKind | None:
    """A file that was cut without regard to its content."""
    match = _PIECE.fullmatch(path.name)
    if not match:
        return None
    found = {match["no"].lower(): path}
    for name in _names(path.parent):
        other = _PIECE.fullmatch(name)
        if other and (other["whole"], other["count"]) == (match["whole"], match["count"]):
            found[other["no"].lower()] = path.with_name(name)
    files = tuple(found[no] for no in sorted(found, key=lambda no: (len(no), no)))
    numbers, width = {int(no) for no in found if no.isdigit()}, min(map(len, found))
    before, after = path.name[: match.start("no")], path.name[match.end("no") :]
    lacking = (no for no in range(1, int(match["count"] or 0) + 1) if no not in numbers)
    missing = tuple(f"{before}{no:0{width}d}{after}" for no in lacking)
    names = tuple(file.name for file in files)
    todo = f"join {_listed(names)} in this order into one file and choose that"
    if missing or len(files) == 1:
        others = _listed(missing) if missing else "its other pieces"
        todo = f"download {others} too, then join all pieces in order into one file"
    sentence = f"{shown(path)} is a piece of {shown(Path(match['whole']))}: {todo}."
    return FileKind("piece", sentence, files, missing, size=sum(f.stat().st_size for f in files))


def _other_format(head: bytes, size: int) -> Kind:
    for kind, magics in _MAGICS.items():
        if head.startswith(magics):
            if kind == "GGML" and int.from_bytes(head[4:8], "little") in _WHISPER:
                return "sound model"
            return "PyTorch" if kind == "archive" and b"data.pkl" in head[:_FIRST_NAME] else kind
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        return "web page"
    length = int.from_bytes(head[:8], "little")
    if length < size and head[8:9] == b"{":
        return "safetensors"
    length = int.from_bytes(head[4:8], "little")
    if length < _FIRST_NAME and head[8 : 8 + length].endswith(b".weight"):
        return "importance matrix"  # of the time before GGUF
    if head[:1] == b"\x08" and head[1:2] < b"\x20" and head[2:3] in (b"\x12", b"\x1a", b"\x3a"):
        return "ONNX"  # protobuf: the version, then the producer or the graph
    return "no model"


def _manifest(path: Path, manifest: dict[str, Any]) -> FileKind | None:
    """Of Ollama: the model itself is a file "blobs/sha256-..." beside the folder "manifests"."""
    layers = manifest.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or layer.get("mediaType") != _MODEL_LAYER:
            continue
        blob = str(layer.get("digest")).replace(":", "-")
        if re.fullmatch("sha256-[0-9a-f]{64}", blob):
            places = (p.parent / "blobs" / blob for p in path.parents if p.name == "manifests")
            this = f"{shown(path)} is an Ollama manifest, which only lists a model's files"
            sentence = f"{this}: choose the file {blob} in Ollama's folder “blobs”."
            return FileKind("Ollama manifest", sentence, tuple(filter(Path.is_file, places)))
    return None


def _folder(path: Path) -> FileKind:
    names = _names(path)
    if models := tuple(name for name in names if name.lower().endswith(".gguf")):
        sentence = f"{shown(path)} is a folder: choose the model file in it ({_listed(models)})."
        return FileKind("folder", sentence, tuple(path / name for name in models))
    config = _json(_start(path / "config.json"))
    quantised = config.get("quantization_config")
    tensors = next((name for name in names if name.endswith(".safetensors")), "")
    kind: Kind = "folder"
    if "model_index.json" in names:
        kind = "picture model"
    elif isinstance(quantised, dict) and quantised.get("quant_method") in ("awq", "gptq"):
        kind = "AWQ folder"
    elif "quantization" in config or b'"format":"mlx"' in _start(path / tensors).replace(b" ", b""):
        kind = "MLX folder"
    elif tensors:
        kind = "safetensors"
    return FileKind(kind, f"{shown(path)} {_SAYS[kind]}.")


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in islice(entries, _MOST_NAMES))


def _start(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with open(path, "rb") as file:
        return file.read(_HEAD)


def _json(data: bytes) -> dict[str, Any]:
    """An object; an empty one for what is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(names: Sequence[str]) -> str:
    """The first three, each on one line."""
    told = [shown(Path(name)) for name in names[:3]]
    if len(names) > len(told):
        told.append(f"{len(names) - len(told)} more")
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
