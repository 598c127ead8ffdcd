"""What is recommended for a model, what the user sets, and when it holds."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.chat.chat import Chat
from nowprint.errors import ModelFileError, UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.model_settings import ModelSettings
from nowprint.models.catalogue import catalogue
from nowprint.records import NewConversation
from nowprint.service import protocol as p
from nowprint.service.core import Core
from nowprint.service.handlers import Handlers
from nowprint.service.model_settings import ModelSettingsStore
from nowprint.service.requests.models import ChangeModelSettings, EstimateMemory, GetModelSettings
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import SECONDS, Front

SMALL = Settings(context=512, answer_tokens=6, seed=1)


@pytest.fixture
def chat(tmp_path: Path, embedder_folder: Path) -> Iterator[Chat]:
    profile = Profile(tmp_path)
    store = ConversationStore(profile.database)
    memory = Memory(store, Embedder(embedder_folder), profile.index, lambda _: None)
    chat = Chat(store, memory, SMALL)
    yield chat
    chat.close()
    memory.close()


@pytest.fixture
def store(tmp_path: Path, chat: Chat) -> ModelSettingsStore:
    return ModelSettingsStore(Profile(tmp_path), chat)


# --- what is recommended -------------------------------------------------------------------------


def test_for_the_starter_model_nothing_is_recommended(
    store: ModelSettingsStore, starter_model: Path
) -> None:
    page = store.page("")
    assert (page.path, page.source) == (str(starter_model), "")
    assert page.settings == page.recommended == ModelSettings(seed=1, answer_tokens=6, context=512)
    assert (page.trained_context, page.layers) == (8192, 31)


def test_a_model_of_the_catalogue_has_its_maker_s_sampling(
    store: ModelSettingsStore, chat: Chat, starter_model: Path, tmp_path: Path
) -> None:
    known = next(model for model in catalogue() if model.key == "qwen3-0.6b")
    path = tmp_path / known.file
    shutil.copy(starter_model, path)
    os.truncate(path, known.size)  # a sparse file of that size
    page = store.page(str(path))
    found = page.recommended
    assert page.source == "maker"
    assert (found.temperature, found.top_p, found.top_k, found.min_p) == (0.6, 0.95, 20, 0.0)
    assert found.repeat_penalty == 1.0
    assert found.answer_tokens == 6
    chat.settings = replace(SMALL, temperature=0.0)
    assert store.page(str(path)).recommended.temperature == 0.0
    os.truncate(path, known.size + 1)
    assert store.page(str(path)).source == ""


def test_what_is_no_chat_model_is_told(store: ModelSettingsStore, tmp_path: Path) -> None:
    (tmp_path / "letter.gguf").write_text("Dear reader")
    with pytest.raises(ModelFileError, match=r"letter\.gguf"):
        store.page(str(tmp_path / "letter.gguf"))


# --- what the user sets --------------------------------------------------------------------------


def test_it_holds_for_the_loaded_model_from_the_next_message_on(
    store: ModelSettingsStore, chat: Chat
) -> None:
    chat.load_model("", lambda _: None, own=store.of(""))
    before = store.page()
    after = store.change(
        "", replace(before.settings, answer_tokens=3, system="Speak like a pirate.")
    )
    assert after.recommended == before.recommended
    assert (after.settings.answer_tokens, after.settings.system) == (3, "Speak like a pirate.")
    said = chat.send(NewConversation(), "Hello there", threading.Event(), lambda _: None)
    assert said.tokens == 3
    base = chat.builder.base((), (), "hi")
    system = chat.builder.with_recollections(base, ())[0][0]
    assert [part.text for part in system.parts] == ["Speak like a pirate."]
    # what the user left alone still follows the profile
    chat.settings = replace(SMALL, temperature=1.5)
    assert chat.model_settings.temperature == 1.5
    assert chat.model_settings.answer_tokens == 3


def test_it_is_kept_and_can_be_taken_back(
    store: ModelSettingsStore, chat: Chat, tmp_path: Path
) -> None:
    wanted = replace(store.page().settings, cache="q4_0", context=1024)
    store.change("", wanted)
    again = ModelSettingsStore(Profile(tmp_path), chat)
    assert again.page().settings == wanted
    chat.load_model("", lambda _: None, own=again.of(""))
    assert chat.engine.info.context == 1024
    again.change("", again.page().recommended)
    assert again.page().settings == again.page().recommended


def test_a_smaller_cache_without_flash_attention_is_refused(store: ModelSettingsStore) -> None:
    wanted = replace(store.page().settings, cache="q8_0", flash_attention="off")
    with pytest.raises(UserError, match="needs flash attention"):
        store.change("", wanted)


def test_the_memory_that_they_need(store: ModelSettingsStore, starter_model: Path) -> None:
    usual = replace(store.page().settings, context=4096)
    needs = {
        (cache, context): store.need("", replace(usual, cache=cache, context=context))
        for cache in ("f16", "q8_0", "q4_0")
        for context in (4096, 8192)
    }
    exact = needs["f16", 4096]
    assert exact.weights == starter_model.stat().st_size
    assert exact.verdict == "fits"
    # 30 layers of 3 heads of 64: 23,040 bytes a token, of this context and of the one that judges
    assert exact.cache == 23_040 * (4096 + 2048)
    assert needs["q8_0", 4096].cache == 23_040 * (4096 * 17 // 32 + 2048)
    assert needs["q4_0", 4096].cache < needs["q8_0", 4096].cache < exact.cache
    assert needs["f16", 8192].cache - exact.cache == 23_040 * 4096
    assert store.need("", replace(usual, context=1 << 20)).cache == needs["f16", 8192].cache
    stretched = replace(usual, context=1 << 20, rope_scaling="yarn", rope_factor=64.0)
    assert store.need("", stretched).cache == 23_040 * (64 * 8192 + 2048)


# --- in a core -----------------------------------------------------------------------------------


def test_a_front_end_asks_and_sets(front: Front) -> None:
    page = front.ask(GetModelSettings())
    need = front.ask(EstimateMemory("", page.settings))
    assert need.total > need.weights > 0
    changed = front.ask(ChangeModelSettings("", replace(page.settings, top_k=7)))
    assert changed.settings.top_k == 7
    assert front.ask(GetModelSettings()) == changed


@pytest.fixture
def front(tmp_path: Path, starter_model: Path, embedder_folder: Path) -> Iterator[Front]:
    profile = Profile(tmp_path / "profile")
    prepare_profile(profile)
    save_settings(profile, SMALL)
    front = Front(profile)
    front.start()
    yield front
    front.close()


def test_an_idle_model_is_unloaded_and_the_next_message_loads_it_again(
    tmp_path: Path, starter_model: Path, embedder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, to see what the core holds; its pipes are real."""
    monkeypatch.setattr(Handlers, "unload_seconds", 0.05)
    profile = Profile(tmp_path / "profile")
    prepare_profile(profile)
    save_settings(profile, SMALL)
    (core_reads, asks), (hears, core_writes) = os.pipe(), os.pipe()
    requests, replies = os.fdopen(asks, "wb"), os.fdopen(hears, "rb")
    read_end, write_end = os.fdopen(core_reads, "rb"), os.fdopen(core_writes, "wb")
    core = Core(profile, read_end, write_end, lambda _: None)
    serving = threading.Thread(target=core.run)
    serving.start()

    def ask(id: int, request: p.Request[object]) -> object:
        p.write_frame(requests, p.Call(id, request))
        while True:
            frame = p.read_frame(replies)
            assert not isinstance(frame, p.Failure), frame
            if isinstance(frame, p.Reply) and frame.id == id:
                return frame.value

    try:
        ask(1, p.LoadModel())
        assert isinstance(core._handlers, Handlers)
        chat = core._handlers.chat
        for number in (2, 3):
            until(lambda: chat.unloaded)
            answer = ask(number, p.Send(NewConversation(temporary=True), "Hello there"))
            assert getattr(answer, "tokens", 0) > 0
        until(lambda: chat.unloaded)
        assert chat.loaded
    finally:
        requests.close()
        serving.join(SECONDS)
        for pipe in (read_end, write_end, replies):
            pipe.close()


def until(holds: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(int(SECONDS / 0.02)):
        if holds():
            return
        waiting.wait(0.02)
    raise AssertionError("it didn't come to hold")
