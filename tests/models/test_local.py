"""Models of other programs, found in folders laid out as these programs lay them out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import windows
from platformdirs.macos import MacOS

from nowprint.engine.model import Model
from nowprint.models import local
from nowprint.models.local import LocalModel, Places, find_local_models, system_places

from ..engine.tiny_gguf import WHOLE

VARIABLES = (
    *("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HOME", "HF_HUB_CACHE"),
    *("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DOWNLOAD_DIR"),
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real GGUF of some kilobytes."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    return WHOLE["bytes alone"](path)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it, which the system and every program's variables know of."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "somebody"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setattr(local, "OLLAMA_SERVICE", tmp_path / "service" / ".ollama" / "models")
    return folder


class Put:
    """Puts a copy of the model at a path, and returns that."""

    def __init__(self, tiny: Path) -> None:
        self.tiny = tiny
        self.size = tiny.stat().st_size

    def __call__(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.tiny, path)
        return path

    def ollama(self, models: Path, name: str, *, host: str = "registry.ollama.ai") -> Path:
        """As Ollama pulls a model: a blob with its digest for a name, and a manifest beside it."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        layers = [
            ("application/vnd.ollama.image.template", "0" * 64, 9),
            ("application/vnd.ollama.image.model", digest, self.size),
            ("application/vnd.ollama.image.params", "1" * 64, 9),
        ]
        manifest = models / "manifests" / host / name.replace(":", "/")
        manifest.parent.mkdir(parents=True, exist_ok=True)
        told = [{"mediaType": m, "digest": f"sha256:{d}", "size": s} for m, d, s in layers]
        manifest.write_text(json.dumps({"schemaVersion": 2, "layers": told}), encoding="utf-8")
        return self(models / "blobs" / f"sha256-{digest}")


@pytest.fixture
def put(tiny: Path) -> Put:
    return Put(tiny)


def found(places: Places | None = None) -> list[tuple[str, str]]:
    return [(model.name, model.program) for model in find_local_models(places)]


def everything(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What there is in a folder, and when it was changed."""
    paths = [folder, *folder.rglob("*")]
    stats = {str(path): path.lstat() for path in paths}
    return {path: (s.st_size, s.st_mtime_ns, s.st_mode) for path, s in stats.items()}


# --- each program ------------------------------------------------------------------------------


def test_nothing_is_found_where_nothing_is(home: Path) -> None:
    assert find_local_models() == ()
    assert list(home.iterdir()) == []


def test_lm_studio(home: Path, put: Put) -> None:
    new = put(home / ".lmstudio/models/lmstudio-community/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf")
    old = put(home / ".cache/lm-studio/models/TheBloke/Mistral-7B-GGUF/mistral-7b.Q4_K_M.gguf")
    put(new.with_name("mmproj-model-f16.gguf"))
    assert find_local_models() == (
        LocalModel(old, "mistral-7b.Q4_K_M", "LM Studio", put.size),
        LocalModel(new, "Qwen3-4B-Q4_K_M", "LM Studio", put.size),
    )


def test_lm_studio_may_have_its_home_elsewhere(home: Path, put: Put, tmp_path: Path) -> None:
    put(tmp_path / "large disk/lm/models/maker/Model-GGUF/model-Q8_0.gguf")
    pointer = home / ".lmstudio-home-pointer"
    pointer.write_text(f"{tmp_path}/large disk/lm\n", encoding="utf-8")
    assert found() == [("model-Q8_0", "LM Studio")]
    pointer.write_bytes(b"\0/\xff")
    assert found() == []
    pointer.write_text("", encoding="utf-8")
    put(home / "models/maker/Other-GGUF/other.gguf")  # the home folder itself is not meant
    assert found() == []


def test_jan(home: Path, put: Put, tmp_path: Path) -> None:
    data = home / ".local/share/Jan/data"
    models = data / "llamacpp/models"
    own = put(models / "janhq/Jan-v3-4B/model.gguf")
    put(own.with_name("mmproj.gguf"))
    (own.with_name("model.yml")).write_text(
        "embedding: false\nmodel_path: llamacpp/models/janhq/Jan-v3-4B/model.gguf\n"
        "mmproj_path: llamacpp/models/janhq/Jan-v3-4B/mmproj.gguf\n"
        f'name: "janhq/Jan-v3-4B"\nsize_bytes: {put.size}\n',
        encoding="utf-8",
    )
    imported = put(tmp_path / "elsewhere/My model.gguf")
    (models / "my-model").mkdir()
    (models / "my-model/model.yml").write_text(
        f"model_path: '{imported}'\nname: my-model\n", encoding="utf-8"
    )
    (models / "broken").mkdir()
    (models / "broken/model.yml").write_text("name: [\n: :\n", encoding="utf-8")
    old = put(home / "jan/models/tinyllama-1.1b/tinyllama-1.1b.Q4_K_M.gguf")
    assert find_local_models() == (
        LocalModel(own, "janhq/Jan-v3-4B", "Jan", put.size),
        LocalModel(imported, "my-model", "Jan", put.size),
        LocalModel(old, "tinyllama-1.1b.Q4_K_M", "Jan", put.size),
    )


def test_gpt4all(home: Path, put: Put) -> None:
    folder = home / ".local/share/nomic.ai/GPT4All"
    path = put(folder / "Meta-Llama-3-8B-Instruct.Q4_0.gguf")
    put(folder / "incomplete-Mistral-7B.Q4_0.gguf")
    (folder / "localdocs_v3.db").write_bytes(b"...")
    assert find_local_models() == (LocalModel(path, path.stem, "GPT4All", put.size),)


def test_ollama(home: Path, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put.ollama(home / ".ollama/models", "library/llama3.2:3b")
    service = put.ollama(tmp_path / "service/.ollama/models", "library/qwen3:4b")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "disk"))
    hub = "bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M"
    elsewhere = put.ollama(tmp_path / "disk", hub, host="hf.co")
    assert find_local_models() == (
        LocalModel(elsewhere, hub, "Ollama", put.size),
        LocalModel(own, "library/llama3.2:3b", "Ollama", put.size),
        LocalModel(service, "library/qwen3:4b", "Ollama", put.size),
    )


def test_two_names_of_one_blob_are_one_model(home: Path, put: Put) -> None:
    models = home / ".ollama/models"
    put.ollama(models, "library/llama3.2:3b")
    folder = models / "manifests/registry.ollama.ai/library/llama3.2"
    shutil.copyfile(folder / "3b", folder / "latest")
    assert found() == [("library/llama3.2:3b", "Ollama")]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "no JSON",
        "[]",
        '"text"',
        "[" * 100_000,
        '{"layers": 3}',
        '{"layers": [3, null, {}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model"}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": 7}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../outside.gguf"}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.tensor", "digest": "sha256:%s"}]}'
        % ("a" * 64),
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:%s"}]}'
        % ("b" * 64),
    ],
)
def test_a_manifest_that_names_no_blob(manifest: str, home: Path, put: Put) -> None:
    models = home / ".ollama/models"
    whole = put.ollama(models, "library/llama3.2:3b")
    put(models / "blobs" / f"sha256-{'a' * 64}")  # is named by a layer that is no model
    put(home / "outside.gguf")
    (models / "manifests/registry.ollama.ai/library/llama3.2/odd").write_text(manifest)
    assert [model.path for model in find_local_models()] == [whole]


def test_llama_cpp(home: Path, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / ".cache/llama.cpp/ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M.gguf")
    put(home / ".cache/llama.cpp/ggml-org_gemma-3-4b-it-GGUF_mmproj-model-f16.gguf")
    put(home / ".cache/llama.cpp/other.gguf.downloadInProgress")
    assert found() == [("ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M", "llama.cpp")]
    monkeypatch.setenv("LLAMA_CACHE", "~/models")
    put(home / "models/ggml-org_Qwen3-0.6B-GGUF_Qwen3-0.6B-Q8_0.gguf")
    assert len(found()) == 2


def hugging_face(hub: Path, put: Put, file: str, *, revision: str = "a" * 40) -> Path:
    """As huggingface_hub lays a file out: a blob without an ending, and a link with a name."""
    repository = hub / "models--Qwen--Qwen3-0.6B-GGUF"
    blob = put(repository / "blobs" / hashlib.sha256(file.encode()).hexdigest())
    link = repository / "snapshots" / revision / file
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    return link


def test_hugging_face(
    home: Path, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = home / ".cache/huggingface/hub"
    link = hugging_face(hub, put, "Qwen3-0.6B-Q8_0.gguf")
    hugging_face(hub, put, "Qwen3-0.6B-Q8_0.gguf", revision="b" * 40)  # the same blob
    put(link.parents[2] / "blobs/0123.incomplete")
    gone = hugging_face(hub, put, "gone.gguf")
    gone.resolve().unlink()
    (model,) = find_local_models()
    assert (model.name, model.program, model.size) == ("Qwen3-0.6B-Q8_0", "Hugging Face", put.size)
    assert model.path.resolve() == link.resolve()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    hugging_face(tmp_path / "hf/hub", put, "subfolder/Other-Q4_K_M.gguf")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "third"))
    hugging_face(tmp_path / "third", put, "Third-Q4_K_M.gguf")
    assert {name for name, _ in found()} == {"Qwen3-0.6B-Q8_0", "Other-Q4_K_M", "Third-Q4_K_M"}


def test_downloads(home: Path, put: Put) -> None:
    put(home / "Downloads/model-Q4_K_M.gguf")
    assert found() == [("model-Q4_K_M", "Downloads")]
    config = home / ".config/user-dirs.dirs"
    config.parent.mkdir()
    config.write_text('XDG_DOWNLOAD_DIR="$HOME/Téléchargements"\n', encoding="utf-8")
    put(home / "Téléchargements/modèle-Q4_K_M.gguf")
    put(home / "Téléchargements/a/b/nearby.gguf")
    put(home / "Téléchargements/a/b/c/too deep.gguf")
    assert found() == [("modèle-Q4_K_M", "Downloads"), ("nearby", "Downloads")]


# --- other systems -----------------------------------------------------------------------------


def test_on_a_mac(home: Path, put: Put) -> None:
    support = home / "Library/Application Support"
    put(support / "nomic.ai/GPT4All/a.gguf")
    put(support / "Jan/data/llamacpp/models/maker/b/b.gguf")
    put(home / "Library/Caches/llama.cpp/c.gguf")
    put(home / ".lmstudio/models/maker/d/d.gguf")
    put.ollama(home / ".ollama/models", "library/e:latest")
    hugging_face(home / ".cache/huggingface/hub", put, "f.gguf")
    put(home / "Downloads/g.gguf")
    assert found(system_places(MacOS)) == [
        ("a", "GPT4All"),
        ("b", "Jan"),
        ("c", "llama.cpp"),
        ("d", "LM Studio"),
        ("f", "Hugging Face"),
        ("g", "Downloads"),
        ("library/e:latest", "Ollama"),
    ]


def test_on_windows(home: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    # elsewhere platformdirs has no Windows to ask, but it can read the variables
    monkeypatch.setattr(windows, "get_win_folder", windows.get_win_folder_from_env_vars)
    monkeypatch.setenv("LOCALAPPDATA", str(home / "AppData/Local"))
    monkeypatch.setenv("APPDATA", str(home / "AppData/Roaming"))
    put(home / "AppData/Local/nomic.ai/GPT4All/a.gguf")
    put(home / "AppData/Roaming/Jan/data/llamacpp/models/maker/b/b.gguf")
    put(home / "AppData/Local/llama.cpp/c.gguf")
    put(home / ".lmstudio/models/maker/d/d.gguf")
    put.ollama(home / ".ollama/models", "library/e:latest")
    put(home / ".cache/huggingface/hub/models--m--f/snapshots/1/f.gguf")  # no links there
    put(home / "Downloads/g.gguf")
    assert [program for _, program in found(system_places(windows.Windows))] == [
        "GPT4All",
        "Jan",
        "llama.cpp",
        "LM Studio",
        "Hugging Face",
        "Downloads",
        "Ollama",
    ]


# --- files -------------------------------------------------------------------------------------


@pytest.fixture
def models(home: Path) -> Path:
    folder = home / ".lmstudio/models/maker"
    folder.mkdir(parents=True)
    return folder


def test_what_is_found_is_used_where_it_lies(home: Path, put: Put) -> None:
    put(home / ".lmstudio/models/maker/Tiny-GGUF/tiny.gguf")
    put.ollama(home / ".ollama/models", "library/tiny:latest")
    hugging_face(home / ".cache/huggingface/hub", put, "Tiny-Q8_0.gguf")
    before = everything(home)
    found = find_local_models()
    assert len(found) == 3
    for model in found:
        loaded = Model(model.path)
        assert loaded.size == model.size
        loaded.close()
    assert everything(home) == before


@pytest.mark.parametrize(
    "name",
    [
        *("mmproj-model-f16.gguf", "Qwen3-VL-mmproj-BF16.gguf", "model.mmproj-Q8_0.gguf"),
        *("ggml-vocab-llama-bpe.gguf", "imatrix_unsloth.gguf", "incomplete-model.gguf"),
        *("downloading_model.gguf", "model.gguf.part", "model.gguf.crdownload", "model.gguf.tmp"),
        *("model.safetensors", "model.bin", "model", "gguf", "README.md"),
    ],
)
def test_what_is_no_model_by_its_name(name: str, models: Path, put: Put) -> None:
    put(models / name)
    assert found() == []


@pytest.mark.parametrize(
    "name", ["MODEL-Q4_0.GGUF", "Qwen3-4B-Q4_K_M-imatrix.gguf", "vocab of a poet.gguf"]
)
def test_what_is_a_model_by_its_name(name: str, models: Path, put: Put) -> None:
    put(models / name)
    assert found() == [(name[:-5], "LM Studio")]


def test_what_is_on_its_way(models: Path, put: Put) -> None:
    put(models / "a.gguf")
    (models / "a.gguf.aria2").write_bytes(b"...")  # aria2 writes into the file itself
    (models / "b.gguf").touch()  # what browsers put where the file is to be
    (models / "c.gguf").mkdir()
    assert found() == []
    (models / "a.gguf.aria2").unlink()
    assert found() == [("a", "LM Studio")]


def test_a_split_model_counts_once_and_only_if_it_is_complete(models: Path, put: Put) -> None:
    parts = [put(models / f"Large-Q4_K_M-{i:05}-of-00003.gguf") for i in (1, 2, 3)]
    put(models / "Broken-00001-of-00002.gguf")
    put(models / "Headless-00002-of-00002.gguf")
    put(models / "Endless-00001-of-99999.gguf")
    put(models / "Nothing-00000-of-00000.gguf")
    began = time.monotonic()
    assert find_local_models() == (LocalModel(parts[0], "Large-Q4_K_M", "LM Studio", 3 * put.size),)
    assert time.monotonic() - began < 1
    parts[1].unlink()
    assert found() == []


def test_a_file_that_two_programs_have_counts_once(home: Path, models: Path, put: Put) -> None:
    link = hugging_face(home / ".cache/huggingface/hub", put, "Shared-Q8_0.gguf")
    (models / "Shared.gguf").symlink_to(link)
    assert found() == [("Shared", "LM Studio")]


def test_links_that_lead_back_end_the_search(models: Path, put: Put) -> None:
    put(models / "deep/model.gguf")
    (models / "deep/up").symlink_to(models)
    (models / "deep/self").symlink_to(models / "deep/self")
    (models / "loop.gguf").symlink_to(models / "loop.gguf")
    (models / "nowhere.gguf").symlink_to(models / "nothing.gguf")
    (models / "nowhere").symlink_to(models / "nothing")
    began = time.monotonic()
    assert found() == [("model", "LM Studio")]
    assert time.monotonic() - began < 1


def test_a_linked_folder_is_searched(home: Path, models: Path, put: Put, tmp_path: Path) -> None:
    put(tmp_path / "large disk/maker/Model-GGUF/model.gguf")
    (models / "linked").symlink_to(tmp_path / "large disk")
    assert found() == [("model", "LM Studio")]


def test_a_search_is_bounded(models: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(models / "near.gguf")
    put(models / "1/2/3/4/deep.gguf")  # the maker's folder is one below the models
    put(models / "1/2/3/4/5/6/deeper.gguf")
    assert {name for name, _ in found()} == {"near", "deep"}
    monkeypatch.setattr(local, "ENTRIES", 50)
    for i in range(60):
        (models / f"1/note {i}.txt").touch()
    assert found() == [("near", "LM Studio")]  # the nearest come first


@pytest.fixture
def closed(models: Path) -> Iterator[Path]:
    """A folder that may not be read."""
    folder = models / "closed"
    folder.mkdir()
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder"
)
def test_a_folder_that_may_not_be_read_is_passed_over(closed: Path, put: Put) -> None:
    put(closed.with_name("open") / "model.gguf")
    assert found() == [("model", "LM Studio")]


def test_folders_that_are_none_are_passed_over(home: Path, put: Put) -> None:
    put(home / "Downloads/model.gguf")
    (home / ".lmstudio").symlink_to(home / ".lmstudio")
    (home / ".ollama").write_bytes(b"a file")
    (home / "jan").symlink_to(home / "nowhere")
    assert found() == [("model", "Downloads")]


def test_names_that_are_no_text(models: Path, put: Put) -> None:
    name = b"m\xff\xfe.gguf"
    try:
        put(models / os.fsdecode(name))
    except OSError:
        pytest.skip("this system has no such names")
    (model,) = find_local_models()
    assert os.fsencode(model.path).endswith(name)
