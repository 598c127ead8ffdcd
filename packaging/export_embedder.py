"""The embedder for a runtime without torch: its weights and its graph in one ``model.onnx``.

export_models.py calls this. The same weights always give the same bytes.

The graph is BERT's encoder (arXiv:1810.04805), written out here in ONNX's text form: from token
numbers to a vector for every token. torch's own exporter would write it too, but takes a quarter of a
minute, gives four times the nodes, warns of being outdated and changes with torch. That both give the same
vectors is held by tests/memory/embedding/test_onnx.py. The weights stay 32 bits wide (93 MB):
on its texts a number of a vector moves by 2e-7 at most, with 16 bits for the words by 6e-5 (23 MB less), for
all matrices by 2e-4 (half), with 8 bits by 2e-2 (a quarter), and 1e-4 is what is promised.
"""

from __future__ import annotations

import json
import shutil
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
""")
EMBEDDED = Template("""
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

ATTENTION = Template("""
    heard$n = Attention <q_num_heads = $heads, kv_num_heads = $heads> (query$n, key$n, value$n, mask)
""")
NORMALISED = Template("""
    sum_$out = Add ($given, $before)
    $out = LayerNormalization <epsilon = $epsilon> (sum_$out, ${name}_weight, ${name}_bias)
""")
DENSE = Template("""
    weighted_$out = MatMul ($given, ${name}_weight)
    $out = Add (weighted_$out, ${name}_bias)
""")


def export(source: Path, target: Path) -> None:
    """The sentence-transformers folder ``source``, a BERT, as a folder for onnxruntime.

    ValueError if it is no such model.
    """
    for name in BESIDE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    write_model(source, target)


def write_model(source: Path, target: Path) -> None:
    """The model of the folder ``source`` as ``model.onnx`` in ``target``, whole or not at all.

    ValueError if ``source`` holds no BERT.
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
    beside = target / "model.onnx.new"
    beside.write_bytes(model.SerializeToString(deterministic=True))
    beside.replace(target / "model.onnx")


def _graph(config: dict[str, Any]) -> str:
    filled = {
        "width": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "epsilon": config["layer_norm_eps"],
    }
    parts = [FIRST.substitute(filled), EMBEDDED.substitute(filled)]
    last = config["num_hidden_layers"] - 1
    for n in range(last + 1):

        def dense(out: str, given: str, part: str, n: int = n) -> str:
            name = f"layer_{n}_{part}" + ("" if "self" in part else "_dense")
            return DENSE.substitute(out=out, given=given, name=name)

        def normalised(out: str, given: str, before: str, part: str, n: int = n) -> str:
            name = f"layer_{n}_{part}_LayerNorm"
            return NORMALISED.substitute(filled, out=out, given=given, before=before, name=name)

        following = f"x{n + 1}" if n < last else "last_hidden_state"
        parts += [
            dense(f"query{n}", f"x{n}", "attention_self_query"),
            dense(f"key{n}", f"x{n}", "attention_self_key"),
            dense(f"value{n}", f"x{n}", "attention_self_value"),
            ATTENTION.substitute(filled, n=n),
            dense(f"attention{n}", f"heard{n}", "attention_output"),
            normalised(f"attended{n}", f"attention{n}", f"x{n}", "attention_output"),
            dense(f"inner{n}", f"attended{n}", "intermediate"),
            f"    wide{n} = Gelu (inner{n})\n",
            dense(f"outer{n}", f"wide{n}", "output"),
            normalised(following, f"outer{n}", f"attended{n}", "output"),
        ]
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
