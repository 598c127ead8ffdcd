"""The catalogue: what it lists makes sense, and a wrong entry can't get past the reader."""

from __future__ import annotations

import itertools
import re

import pytest

from nowprint.models.catalogue import CatalogueModel, catalogue, parse
from nowprint.settings import resources

BITS = {"Q8_0": (8.5, 8.7), "Q4_K_M": (4.8, 5.1), "Q4_0": (4.5, 5.3), "MXFP4": (4.25, 4.7)}
"""Bits a parameter that files of these quantisations have: the embeddings are mostly finer."""
FIRST = """
[[model]]
key = "small-1b"
name = "Small 1B"
repository = "maker/Small-1B-GGUF"
file = "Small-1B-Q4_K_M.gguf"
revision = "0123456789abcdef0123456789abcdef01234567"
size = 600_000_000
sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
licence = "MIT"
parameters = 1_000_000_000
thinks = "by default"
thoughts = "tags"
languages = ["en", "de"]
good_at = "Short answers in two languages."
layers = [{ number = 16, kv_heads = 2, key_length = 64, value_length = 64 }]
context = 8192
sampling = { temperature = 0.7, top_p = 0.9, top_k = 40 }
"""


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.key)
def test_a_model_s_values_agree(model: CatalogueModel) -> None:
    assert model.licence in ("Apache-2.0", "MIT")
    assert 500_000_000 <= model.parameters <= 24_000_000_000
    quantisation = next(name for name in BITS if name.lower() in model.file.lower())
    least, most = BITS[quantisation]
    assert least < 8 * model.size / model.parameters < most
    assert model.active <= model.parameters
    assert model.bytes_per_token <= model.size
    assert model.context >= 32_768
    assert "en" in model.languages
    # the name says how many parameters it has, or ("E4B") how many of them it reads for a token
    named = re.search(r"(E?)([\d.]+)B\b", model.name)
    assert named
    said = model.active if named[1] else model.parameters
    assert float(named[2]) * 1e9 == pytest.approx(said, rel=0.15)


def test_there_is_something_for_everybody() -> None:
    models = catalogue()
    assert 10 <= len(models) <= 16
    assert min(model.parameters for model in models) < 10**9
    assert max(model.parameters for model in models) > 20 * 10**9
    assert {model.thoughts for model in models} == {"none", "tags", "channels"}
    assert {model.thinks for model in models} == {"never", "on request", "by default", "always"}
    assert sum(len(model.languages) >= 10 for model in models) >= 10
    sizes = sorted(model.size for model in models)
    assert all(larger < 2.9 * smaller for smaller, larger in itertools.pairwise(sizes))


def test_files_are_named_once_and_for_good() -> None:
    models = catalogue()
    for of in (lambda m: m.key, lambda m: m.name, lambda m: m.sha256, lambda m: m.good_at):
        assert len({of(model) for model in models}) == len(models)
    assert all(model.repository.lower().endswith("gguf") for model in models)
    assert not any("main" in model.revision for model in models)


def test_a_larger_model_of_a_family_is_further_down() -> None:
    for family in ("qwen3-", "ministral-3-", "gemma-4-"):
        sizes = [model.parameters for model in catalogue() if model.key.startswith(family)]
        assert len(sizes) >= 3
        assert sizes == sorted(sizes)


def test_an_entry_is_read_as_it_stands() -> None:
    (model,) = parse(FIRST)
    assert (model.key, model.size, model.licence) == ("small-1b", 600_000_000, "MIT")
    assert (model.active, model.bytes_per_token) == (10**9, 600_000_000)
    assert (model.languages, model.languages_in_all) == (("en", "de"), 2)
    assert (model.layers[0].number, model.layers[0].window) == (16, 0)
    assert (model.sampling.top_k, model.sampling.min_p) == (40, None)


def test_a_sparse_model_reads_only_a_part_for_a_token() -> None:
    (model,) = parse(FIRST.replace("thinks =", "active = 250_000_000\nthinks ="))
    assert model.bytes_per_token == 150_000_000


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('key = "small-1b"', 'key = "Small 1B"', "key"),
        ('key = "small-1b"\n', "", "key is missing"),
        ('"Small 1B"', '""', "name"),
        ('"maker/Small-1B-GGUF"', '"Small-1B-GGUF"', "repository"),
        ('"Small-1B-Q4_K_M.gguf"', '"../Small-1B-Q4_K_M.gguf"', "file"),
        ('"Small-1B-Q4_K_M.gguf"', '"Small-1B-Q4_K_M.bin"', "file"),
        ('"0123456789abcdef0123456789abcdef01234567"', '"main"', "revision"),
        ("600_000_000", '"600 MB"', "size"),
        ("600_000_000", "600", "size"),
        ("600_000_000", "6_000_000_000", "size"),
        ("600_000_000", "600_000_000.0", "size"),
        ("size = 600_000_000", "size = true", "size"),
        ('sha256 = "01', 'sha256 = "xx', "sha256"),
        ('"MIT"', '"CC-BY-NC-4.0"', "licence"),
        ("parameters = 1_000_000_000", "parameters = 1", "parameters"),
        ("thinks =", "active = 2_000_000_000\nthinks =", "active"),
        ('"by default"', '"sometimes"', "thinks"),
        ('"by default"', '"never"', "thoughts"),
        ('thoughts = "tags"\n', "", "thoughts"),
        ('["en", "de"]', '["English"]', "languages"),
        ('["en", "de"]', '["en", "en"]', "languages"),
        ('["en", "de"]', "[]", "languages"),
        ('["en", "de"]', '"en"', "languages"),
        ("good_at =", "languages_in_all = 1\ngood_at =", "languages_in_all"),
        ("Short answers in two languages.", "Short answers. In two languages.", "good_at"),
        ("Short answers in two languages.", "short answers in two languages", "good_at"),
        ("number = 16", "number = 0", "number"),
        ("kv_heads = 2", "kv_heads = 2.5", "kv_heads"),
        ("kv_heads = 2, key_length = 64", "kv_heads = 1, key_length = 80", "key_length"),
        ("value_length = 64", "value_length = 64, windows = 512", "windows"),
        ("[{ number", "[3, { number", "layers"),
        ("8192", "0", "context"),
        ("temperature = 0.7", "temperature = 7", "temperature"),
        ("temperature = 0.7, ", "", "temperature is missing"),
        ("top_p = 0.9", "top_p = 90", "top_p"),
        ("top_k = 40", "top_k = 0.4", "top_k"),
        ("top_k = 40", "typical_p = 1", "typical_p"),
        ("{ temperature = 0.7, top_p = 0.9, top_k = 40 }", "0.7", "sampling"),
        ("context =", "contexts =", "context is missing"),
        ("context =", "stars = 5\ncontext =", "stars"),
    ],
)
def test_a_wrong_value_is_refused_by_name(old: str, new: str, names: str) -> None:
    assert FIRST.count(old) == 1
    with pytest.raises(ValueError, match=names) as refused:
        parse(FIRST.replace(old, new))
    assert "small-1b" in str(refused.value) or 'key = "small-1b"' in old


def test_a_wrong_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no TOML"):
        parse("[[model]")
    with pytest.raises(ValueError, match="model is missing"):
        parse("")
    with pytest.raises(ValueError, match="two models with the key small-1b"):
        parse(FIRST + FIRST)
    with pytest.raises(ValueError, match="title"):
        parse('title = "Models"\n' + FIRST)


def test_every_word_of_the_file_is_explained() -> None:
    text = (resources() / "catalogue.toml").read_text(encoding="utf-8")
    explained = set(re.findall(r"^# ([a-z_0-9, ]+)$", text, re.MULTILINE))
    words = {word for line in explained for word in line.split(", ")}
    used = set(re.findall(r"^([a-z_0-9]+) =", text, re.MULTILINE))
    assert used - words <= {"key", "name", "licence", "good_at"}
