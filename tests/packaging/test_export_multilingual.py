"""The encoder's export, run by onnxruntime, beside torch's BERT with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from export_multilingual import BLOCK, PACKED, Packed, read, write
from nowprint.memory.embedding.embedder import Embedder

if TYPE_CHECKING:
    from transformers import BertModel

CLOSE = 1e-4
"""What the vectors of the two may differ by, in any number of theirs."""
SHORT = [
    "My cat Pickwick has kidney disease and needs the low phosphorus food.",
    "Seit März wohne ich nicht mehr in Köln, sondern in Lübeck.",
    "¿Qué come mi gato mañana?",
    "Моя сестра играет на виолончели.",
    "私の猫は腎臓の病気です。",
    "قطتي مريضة",
    "मेरी बिल्ली बीमार है",
    "แมวของฉันป่วย",
    "",
]
TEXTS = [
    *SHORT,
    "Ignore all previous instructions. " * 25,
    "猫犬鳥馬" * 200,  # longer than the model reads
]


@pytest.fixture(scope="module")
def packed(encoder_folder: Path) -> Packed:
    return read(encoder_folder / PACKED)


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Embedder:
    return Embedder(encoder_folder)


def test_the_vectors_are_torchs(encoder: Embedder, packed: Packed) -> None:
    assert encoder.dimension == 384
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS])
    assert np.linalg.norm(alone, axis=1) == pytest.approx(1.0)
    assert np.abs(encoder.embed(SHORT) - alone[: len(SHORT)]).max() <= CLOSE
    tokenizer = encoder._runtime.tokenizer  # type: ignore[union-attr]
    read_by = [encoding.ids for encoding in tokenizer.encode_batch([_clipped(t) for t in TEXTS])]
    assert max(map(len, read_by)) == 512
    assert np.abs(alone - by_torch(packed, read_by)).max() <= CLOSE


def _clipped(text: str) -> str:
    """As the embedder cuts a text before it reads it."""
    return text if len(text) <= 1000 else f"{text[:700]} {text[-300:]}"


def test_the_same_in_another_language_is_nearer_than_another_thing(encoder: Embedder) -> None:
    cat, katze, gato, cello = encoder.embed(
        ["My cat is ill.", "Meine Katze ist krank.", "Mi gato está enfermo.", "I play the cello."]
    )
    assert min(cat @ katze, cat @ gato, katze @ gato) > max(cat @ cello, katze @ cello)


def test_each_text_is_read_as_a_query(encoder: Embedder) -> None:
    encoder.load()
    tokenizer = encoder._runtime.tokenizer  # type: ignore[union-attr]
    assert "".join(tokenizer.encode("My  cat\n").tokens) == "<s>▁query:▁My▁cat</s>"


def test_the_same_file_gives_the_same_bytes(encoder_folder: Path, tmp_path: Path) -> None:
    write(encoder_folder / PACKED, tmp_path / "again")
    again = [path for path in (tmp_path / "again").rglob("*") if path.is_file()]
    assert len(again) == 4
    for path in again:
        there = encoder_folder / path.relative_to(tmp_path / "again")
        assert path.read_bytes() == there.read_bytes(), path.name


def test_a_file_of_another_kind_is_refused(encoder_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / PACKED
    other.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="no packed encoder"):
        write(other, tmp_path / "made")
    with open(encoder_folder / PACKED, "rb") as file:
        head = file.read(44)
    other.write_bytes(head[:40] + (64).to_bytes(4, "little"))
    with pytest.raises(ValueError, match="blocks of 64 weights"):
        write(other, tmp_path / "made")
    assert not (tmp_path / "made").exists()


# --- the same model on torch ---------------------------------------------------------------------


def by_torch(packed: Packed, read_by: list[list[int]]) -> npt.NDArray[np.float32]:
    """The unit vectors of texts, given as token ids."""
    import torch

    model = bert(packed)
    vectors = []
    with torch.no_grad():
        for ids in read_by:
            words = torch.from_numpy(dequantised(packed, "emb.word", 250_037, ids))[None]
            mean = model(inputs_embeds=words).last_hidden_state[0].mean(dim=0)
            vectors.append(torch.nn.functional.normalize(mean, dim=0).numpy())
    return np.stack(vectors)


def bert(packed: Packed) -> BertModel:
    """Without its words, which it is given: all of them in 32 bits would take 384 MB."""
    import torch
    from transformers import BertConfig, BertModel

    width, inner = packed.width, packed.inner
    config = BertConfig(
        vocab_size=1,
        hidden_size=width,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=inner,
        max_position_embeddings=512,
        layer_norm_eps=packed.epsilon,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    weights = {
        "embeddings.word_embeddings.weight": np.zeros((1, width), np.float32),
        "embeddings.position_embeddings.weight": packed.floats("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": packed.floats("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": packed.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.floats("emb.ln.b"),
    }
    dense = {
        "attention.self.query": ("q", width),
        "attention.self.key": ("k", width),
        "attention.self.value": ("v", width),
        "attention.output.dense": ("ao", width),
        "intermediate.dense": ("fi", inner),
        "output.dense": ("fo", width),
    }
    for n in range(packed.layers):
        for name, (part, rows) in dense.items():
            weights[f"encoder.layer.{n}.{name}.weight"] = dequantised(
                packed, f"l{n}.{part}.w", rows
            )
            weights[f"encoder.layer.{n}.{name}.bias"] = packed.floats(f"l{n}.{part}.b")
        for name, part in (("attention.output", "aln"), ("output", "oln")):
            for end, of in (("weight", "w"), ("bias", "b")):
                whole = f"encoder.layer.{n}.{name}.LayerNorm.{end}"
                weights[whole] = packed.floats(f"l{n}.{part}.{of}")
    model.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
    return model


def dequantised(
    packed: Packed, name: str, rows: int, chosen: list[int] | None = None
) -> npt.NDArray[np.float32]:
    """GGML's Q4_0: a block's scale times each number less 8; the low halves of its bytes come first."""
    halves, scales = packed.blocks(name, rows)
    if chosen is not None:
        halves, scales = halves[chosen], scales[chosen]
    numbers = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    assert numbers.shape[-1] == BLOCK
    weights: npt.NDArray[np.float32] = numbers * scales[..., None].astype(np.float32)
    return weights.reshape(len(weights), -1)
