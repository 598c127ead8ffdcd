"""The embedder for a runtime without torch: its weights and its graph in one ``model.onnx``.

    .venv/bin/python packaging/export_embedder.py OUT

Writes the embedder's folder under OUT/models, with what onnxruntime and tokenizers read, and
OUT/models.toml, the manifest that ``nowprint doctor`` holds a frozen app to. The same weights always
give the same bytes.

The graph is BERT's encoder (arXiv:1810.04805), written out here in ONNX's text form: from token
numbers to a vector for every token. torch's own exporter would write it too, but takes a quarter of a
minute, gives four times the nodes, warns of being outdated and changes with torch. That both give the
same vectors is held by tests/memory/test_onnx.py. The weights stay 32 bits wide (90 MB): on its texts a
number of a vector moves by 2e-7 at most, with 16 bits for the words by 6e-5 (67 MB), for all matrices by
2e-4 (45 MB), with 8 bits by 2e-2 (23 MB), and 1e-4 is what is promised.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper, parser
from safetensors.numpy import load_file

Weights = dict[str, npt.NDArray[np.float32]]

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
EMBEDDER = Path("models/all-MiniLM-L6-v2")
BESIDE = ("tokenizer.json", "sentence_bert_config.json", "1_Pooling/config.json", "README.md")
"""What the app reads beside the graph, and the model card with its licence."""

FIRST = Template("""
<ir_version: 10, opset_import: ["" : 23]>
bert (int64[texts, tokens] input_ids, int64[texts, tokens] attention_mask)
    => (float[texts, tokens, $width] last_hidden_state)
{
    start = Constant <value_ints = [0]> ()
    end = Shape <start = 1, end = 2> (input_ids)
    position = Slice (embeddings_position, start, end)
    word = Gather (embeddings_word, input_ids)
    embedded = Add (word, position)
    x0 = LayerNormalization <epsilon = $epsilon>
        (embedded, embeddings_LayerNorm_weight, embeddings_LayerNorm_bias)
    one = Constant <value_ints = [1]> ()
    inner = Constant <value_ints = [1, 2]> ()
    heard = Cast <to = 9> (attention_mask)
    heard_by_any = Unsqueeze (heard, inner)
    each = Concat <axis = 0> (one, one, end, one)
    mask = Expand (heard_by_any, each)
""")

LAYER = Template("""
    q$n = MatMul (x$n, layer_${n}_attention_self_query_weight)
    query$n = Add (q$n, layer_${n}_attention_self_query_bias)
    k$n = MatMul (x$n, layer_${n}_attention_self_key_weight)
    key$n = Add (k$n, layer_${n}_attention_self_key_bias)
    v$n = MatMul (x$n, layer_${n}_attention_self_value_weight)
    value$n = Add (v$n, layer_${n}_attention_self_value_bias)
    heard$n = Attention <q_num_heads = $heads, kv_num_heads = $heads> (query$n, key$n, value$n, mask)
    a$n = MatMul (heard$n, layer_${n}_attention_output_dense_weight)
    b$n = Add (a$n, layer_${n}_attention_output_dense_bias)
    c$n = Add (b$n, x$n)
    attended$n = LayerNormalization <epsilon = $epsilon>
        (c$n, layer_${n}_attention_output_LayerNorm_weight, layer_${n}_attention_output_LayerNorm_bias)
    d$n = MatMul (attended$n, layer_${n}_intermediate_dense_weight)
    e$n = Add (d$n, layer_${n}_intermediate_dense_bias)
    wide$n = Gelu (e$n)
    f$n = MatMul (wide$n, layer_${n}_output_dense_weight)
    g$n = Add (f$n, layer_${n}_output_dense_bias)
    h$n = Add (g$n, attended$n)
    $next = LayerNormalization <epsilon = $epsilon>
        (h$n, layer_${n}_output_LayerNorm_weight, layer_${n}_output_LayerNorm_bias)
""")


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    out = Path(argv[0])
    folder = out / EMBEDDER
    export(RESOURCES / EMBEDDER, folder)
    manifest = (RESOURCES / "models.toml").read_text(encoding="utf-8")
    (out / "models.toml").write_text(frozen_manifest(manifest, folder), encoding="utf-8")
    print(f"{folder / 'model.onnx'}: {(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB")
    return 0


def export(source: Path, target: Path) -> None:
    """The sentence-transformers folder ``source``, a BERT, as a folder for onnxruntime.

    ValueError if it is no such model.
    """
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    if (config["model_type"], config["hidden_act"]) != ("bert", "gelu"):
        raise ValueError(f"{source} holds no BERT encoder with GELU: its graph isn't known here")
    weights = _weights(load_file(source / "model.safetensors"))
    model = parser.parse_model(_graph(config))
    model.graph.initializer.extend(
        numpy_helper.from_array(weights[name], name) for name in sorted(weights)
    )
    onnx.checker.check_model(model, full_check=True)
    for name in BESIDE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    (target / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))


def _graph(config: dict[str, Any]) -> str:
    filled = {
        "width": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "epsilon": config["layer_norm_eps"],
    }
    parts = [FIRST.substitute(filled)]
    last = config["num_hidden_layers"] - 1
    for n in range(last + 1):
        following = f"x{n + 1}" if n < last else "last_hidden_state"
        parts.append(LAYER.substitute(filled, n=n, next=following))
    return "".join(parts) + "}"


def _weights(stored: Weights) -> Weights:
    """By the names in the graph, as it multiplies: (in, out). Every text is of the first type."""
    first_type = stored["embeddings.token_type_embeddings.weight"][0]
    weights = {
        "embeddings_word": stored["embeddings.word_embeddings.weight"],
        "embeddings_position": stored["embeddings.position_embeddings.weight"] + first_type,
    }
    for name, values in stored.items():
        if name.startswith(("encoder.", "embeddings.LayerNorm")):
            named = name.removeprefix("encoder.").replace(".", "_")
            weights[named] = np.ascontiguousarray(values.T)
    return weights


def frozen_manifest(manifest: str, folder: Path) -> str:
    """``manifest`` with the embedder's files as they are in ``folder``."""
    kept = []
    for part in re.split(r"(?=^\[\[model)", manifest, flags=re.MULTILINE):
        found = re.search(r'^path = "(.*)"$', part, re.MULTILINE)
        path = Path(found[1] if found else "")
        ours = path.is_relative_to(EMBEDDER)
        if ours and path.name == "model.safetensors":
            digest = sha256((folder / "model.onnx").read_bytes()).hexdigest()
            kept.append(
                re.sub('sha256 = ".*"', f'sha256 = "{digest}"', part).replace(
                    path.name, "model.onnx"
                )
            )
        elif not ours or (folder / path.relative_to(EMBEDDER)).is_file():
            kept.append(part)
    return "".join(kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
