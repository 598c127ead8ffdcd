"""The embedder's export, run by onnxruntime, beside the sentence-transformers model that it is of."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.records import Recollection
from nowprint.settings import Profile

from ..conftest import CAT, CELLO, Draft, Profiled
from .conftest import without_export

ROOT = Path(__file__).parents[3]
EXPORT = ROOT / "packaging" / "export_models.py"
QUESTION = "What does my cat need to eat?"
CLOSE = 1e-4
"""What the vectors of the two may differ by, in any number of theirs."""

LANGUAGES = [
    CAT,
    "Was frisst meine Katze? Größe, Straße, Übung.",
    "Le chat d'Élodie préfère dormir à l'ombre.",
    "¿Qué come mi gato mañana?",
    "Моя сестра играет на виолончели.",
    "Η γάτα μου είναι άρρωστη.",
    "私の猫は腎臓の病気です。",
    "我的猫需要低磷食物。",
    "내 고양이는 신장병이 있어요.",
    "قطتي مريضة",
    "החתול שלי חולה",
    "मेरी बिल्ली बीमार है",
    "แมวของฉันป่วย",
]
ODD = [
    "",
    " \n\t ",
    "a",
    "😀😀 👩‍👩‍👧‍👦 ❤️",
    "[CLS] [SEP] [PAD] [MASK] [UNK]",
    "\x00\x01\u200b\ufeff",
    "e\u0301 ﬁ ½ ² Å",
    "def f(x):\n    return x**2  # 3.14159 €5,00",
]
LONG = [
    *(" ".join(["token"] * many) for many in (253, 254, 255)),  # 256 with the first and last
    "x" * 2000,
    "猫" * 2000,
    ("The quick brown fox. " * 100)[:2000],
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What goes over a frozen app's resources; made as it is there."""
    out = tmp_path_factory.mktemp("exported")
    subprocess.run([sys.executable, EXPORT, out], check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture(scope="module")
def folder(exported: Path, embedder_folder: Path) -> Path:
    return exported / "models" / embedder_folder.name


@pytest.fixture(scope="module")
def embedder(embedder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """On torch."""
    folder = tmp_path_factory.mktemp("torch") / embedder_folder.name
    return Embedder(without_export(embedder_folder, folder))


@pytest.fixture(scope="module")
def frozen(folder: Path) -> Embedder:
    return Embedder(folder)


@pytest.mark.parametrize("texts", [LANGUAGES, ODD, LONG], ids=["languages", "odd", "long"])
def test_the_vectors_are_torchs(embedder: Embedder, frozen: Embedder, texts: list[str]) -> None:
    expected = embedder.embed(texts)
    alone = np.concatenate([frozen.embed([text]) for text in texts])
    assert np.abs(frozen.embed(texts) - expected).max() <= CLOSE
    assert np.abs(alone - expected).max() <= CLOSE
    assert np.linalg.norm(alone, axis=1) == pytest.approx(1.0)


def test_a_long_list_keeps_its_order(embedder: Embedder, frozen: Embedder) -> None:
    texts = [f"{LANGUAGES[number % 13]} {number * 'word '}" for number in range(0, 140, 4)]
    assert np.abs(frozen.embed(texts) - embedder.embed(texts)).max() <= CLOSE
    assert frozen.embed([]).shape == (0, frozen.dimension)


def test_what_the_tokenizer_gives_is_the_same(embedder: Embedder, frozen: Embedder) -> None:
    embedder.load()
    frozen.embed(LANGUAGES[:1])  # from then on its tokenizer cuts
    theirs = embedder._runtime._model.tokenizer  # type: ignore[union-attr]
    ours = frozen._runtime.tokenizer  # type: ignore[union-attr]
    for text in LANGUAGES + ODD + LONG:
        assert ours.encode(text).ids == theirs(text, truncation=True)["input_ids"]


@pytest.mark.parametrize("first", ["torch", "onnx"])
def test_a_profile_of_the_one_is_read_by_the_other(
    profile: Profile, make_draft: Draft, embedder: Embedder, frozen: Embedder, first: str
) -> None:
    one, other = (embedder, frozen) if first == "torch" else (frozen, embedder)
    home = Profiled(profile, one)
    home.memory.keep(make_draft(CAT))
    home.memory.keep(make_draft(CELLO))
    home.reopen()  # from here on the vectors are those of the rows, a byte a number
    before = home.memory.retrieval.search(QUESTION, 2)
    home.memory.close()
    home.embedder = other
    home.open()
    assert all(finding.ok for finding in home.memory.findings(False))  # nothing is to be read anew
    after = home.memory.retrieval.search(QUESTION, 2)
    assert [one.episode.text for one in after] == [CAT, CELLO]
    assert meanings(after) == pytest.approx(meanings(before), abs=1e-4)
    assert [
        one.episode.text for one in home.memory.retrieval.recall("Who plays in Porto?", limit=1)
    ] == [CELLO]
    assert home.memory.keep(make_draft(CAT)).reinforced
    home.memory.close()


def meanings(found: Sequence[Recollection]) -> list[float]:
    """What likeness adds to each score; the rest of it grows old while a test runs."""
    return [dict(one.parts)["meaning"] for one in found]


def test_it_needs_no_torch_and_says_nothing(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nowprint.memory.embedding.embedder import Embedder;"
        f"Embedder(Path({str(folder)!r})).embed(['My cat.']);"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("set()\n", "")


@pytest.mark.parametrize(
    "file", ["model.onnx", "tokenizer.json", "sentence_bert_config.json", "1_Pooling/config.json"]
)
def test_a_damaged_one_is_told(folder: Path, tmp_path: Path, file: str) -> None:
    damaged = Path(shutil.copytree(folder, tmp_path / folder.name))
    whole = (damaged / file).read_bytes()
    (damaged / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        Embedder(damaged).load()
    (damaged / file).unlink()
    if file != "model.onnx":  # without that it is a folder for sentence-transformers
        with pytest.raises(UserError, match="damaged"):
            Embedder(damaged).load()


def test_where_torch_is_left_out_a_missing_graph_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = Path(shutil.copytree(folder, tmp_path / "x", ignore=lambda *_: ["model.onnx"]))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UserError, match="reinstall Nowprint"):
        Embedder(beside).load()


def test_another_way_of_pooling_is_refused(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other", copy_function=shutil.copyfile))
    pooling = other / "1_Pooling" / "config.json"
    text = pooling.read_text(encoding="utf-8")
    pooling.write_text(text.replace('mean_tokens": true', 'mean_tokens": false'), encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        Embedder(other).load()


# --- the export --------------------------------------------------------------------------------


def test_the_same_weights_give_the_same_bytes(
    folder: Path, embedder_folder: Path, tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location(
        "export_embedder", EXPORT.with_name("export_embedder.py")
    )
    assert spec is not None
    assert spec.loader is not None
    export_embedder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(export_embedder)
    export_embedder.export(embedder_folder, tmp_path / "again")
    again = (tmp_path / "again" / "model.onnx").read_bytes()
    there = [(place / "model.onnx").read_bytes() for place in (folder, embedder_folder)]
    assert {sha256(one).digest() for one in there} == {sha256(again).digest()}


def test_the_manifest_lists_what_is_there(exported: Path) -> None:
    ours, theirs = (
        tomllib.loads((place / "models.toml").read_text(encoding="utf-8"))["model"]
        for place in (exported, ROOT / "resources")
    )
    assert [model["name"] for model in ours] == [model["name"] for model in theirs]
    assert ours[0] == theirs[0]
    listed = {exported / file["path"]: file["sha256"] for one in ours[1:] for file in one["file"]}
    found = [path for path in (exported / "models").rglob("*") if path.is_file()]
    assert listed == {path: sha256(path.read_bytes()).hexdigest() for path in found}
    assert {path.parent.name for path in found if path.name == "model.onnx"} == {
        "all-MiniLM-L6-v2",
        "multilingual-e5-small",
    }


def test_the_runtime_holds_nothing_that_reports_to_its_maker() -> None:
    """Builds from 1.29 on do, by this name, switched on; no network is a promise of ours."""
    libraries = list(Path(onnxruntime.__file__).parent.rglob("*.so*"))
    assert libraries
    assert [one.name for one in libraries if b"OneCollector" in one.read_bytes()] == []
