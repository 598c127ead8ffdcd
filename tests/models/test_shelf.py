"""The models of a profile: offered, found, downloaded, over restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.model_records import DownloadChanged, ModelDownload
from nowprint.models import shelf as module
from nowprint.models.catalogue import catalogue
from nowprint.models.fit import Memory
from nowprint.models.shelf import Shelf

from .downloading import MODEL, SIZE, names, size_of, wait_until, weights
from .hub_server import Fault, HubServer


class Told:
    def __init__(self) -> None:
        self.last: dict[int, ModelDownload] = {}

    def __call__(self, event: DownloadChanged) -> None:
        self.last[event.download.id] = event.download

    def until(self, id: int, state: str) -> ModelDownload:
        wait_until(lambda: id in self.last and self.last[id].state == state)
        return self.last[id]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def open_shelf(
    folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Shelf]]:
    monkeypatch.setattr(module, "find_local_models", lambda: ())
    opened: list[Shelf] = []

    def make() -> Shelf:
        opened.append(Shelf(folder, told))
        return opened[-1]

    yield make
    for shelf in opened:
        shelf.close()


def test_nothing_is_contacted_for_the_shelf(
    open_shelf: Callable[[], Shelf], hub: HubServer
) -> None:
    shelf = open_shelf().shelf(4096)
    assert [offer.key for offer in shelf.offers] == [model.key for model in catalogue()]
    assert sum(offer.recommended for offer in shelf.offers) <= 1
    assert all(offer.memory > offer.size for offer in shelf.offers)
    assert shelf.host == hub.url.removeprefix("http://")
    assert not hub.requests
    assert (shelf.found, shelf.downloads) == ((), ())


def test_a_model_is_downloaded_found_and_removed(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    shelf = open_shelf()
    begun = shelf.get("maker/m")
    assert (begun.name, begun.total, begun.state) == ("a", SIZE, "running")
    done = told.until(begun.id, "done")
    assert (done.done, done.seconds_left) == (SIZE, 0.0)
    assert Path(done.path).read_bytes() == MODEL
    (found,) = shelf.shelf(4096).found
    assert (found.name, found.program, found.size) == ("a", "Nowprint", SIZE)
    assert shelf.get("maker/m").state == "done", "it is there: nothing is fetched twice"
    shelf.remove(done.path)
    assert shelf.shelf(4096).found == ()
    assert names(folder) == ["downloads.json"]


def test_it_is_paused_and_goes_on_after_a_restart(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    hub.cdn.pace = 0.02
    shelf = open_shelf()
    id = shelf.get("maker/m").id
    part = folder / "maker--m" / "a.gguf.part"
    wait_until(lambda: size_of(part) > 0)
    shelf.pause(id)
    told.until(id, "paused")
    shelf.resume(id)
    wait_until(lambda: told.last[id].state == "running")
    shelf.close()
    asked = len(hub.requests)
    again = open_shelf()
    (left,) = again.shelf(4096).downloads
    assert (left.id, left.state) == (id, "paused")
    assert len(hub.requests) == asked, "nothing is contacted before the user asks"
    hub.cdn.pace = 0.0
    again.resume(id)
    assert Path(told.until(id, "done").path).read_bytes() == MODEL


def test_resumed_while_it_pauses_it_goes_on(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    hub.cdn.pace = 0.02
    shelf = open_shelf()
    id = shelf.get("maker/m").id
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") > 0)
    shelf.pause(id)
    shelf.resume(id)
    hub.cdn.pace = 0.0
    told.until(id, "done")


def test_a_mirror_that_is_no_address(
    open_shelf: Callable[[], Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "nowhere at all")
    shelf = open_shelf()
    assert shelf.shelf(4096).host == ""
    with pytest.raises(UserError, match="HF_ENDPOINT"):
        shelf.search("cat")


def test_cancelled_nothing_stays(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    hub.cdn.pace = 0.02
    shelf = open_shelf()
    id = shelf.get("maker/m").id
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") > 0)
    shelf.cancel(id)
    told.until(id, "cancelled")
    assert names(folder) == ["downloads.json"]
    assert shelf.shelf(4096).downloads == ()
    with pytest.raises(NotFound, match="cancelled"):
        shelf.resume(id)


def test_wanted_again_as_soon_as_it_was_cancelled_it_comes(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    hub.cdn.pace = 0.02
    shelf = open_shelf()
    id = shelf.get("maker/m").id
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") > 0)
    shelf.cancel(id)
    hub.cdn.pace = 0.0
    assert Path(told.until(shelf.get("maker/m").id, "done").path).read_bytes() == MODEL


def test_a_fault_is_a_sentence_and_can_be_tried_again(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    shelf = open_shelf()
    hub.cdn.faults.append(Fault(body=weights(SIZE, seed=2)))
    id = shelf.get("maker/m").id
    failed = told.until(id, "failed")
    assert failed.fault.endswith(".")
    assert not Path(failed.path).exists()
    shelf.resume(id)
    told.until(id, "done")


def test_several_models_in_a_repository(open_shelf: Callable[[], Shelf], hub: HubServer) -> None:
    hub.add("maker/m", {"a.gguf": MODEL, "b.gguf": weights(9)})
    shelf = open_shelf()
    with pytest.raises(UserError, match=r"name one of a\.gguf, b\.gguf"):
        shelf.get("maker/m")
    assert shelf.get("maker/m", "b.gguf").total == 9


def test_the_models_of_a_repository_and_whether_they_fit(
    open_shelf: Callable[[], Shelf], hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"big-0000{n}-of-00002.gguf": weights(n * 1000, n) for n in (1, 2)}
    hub.add("maker/m", {"a.gguf": MODEL, "mmproj-a.gguf": weights(50), **files}).licence = "mit"
    monkeypatch.setattr(module, "this_memory", lambda: Memory(4 * 10**9, 2 * 10**9))
    listing = open_shelf().files(f"{hub.url}/maker/m", 4096)
    assert (listing.repository.repository, listing.repository.licence) == ("maker/m", "mit")
    told = [(one.file, one.size, one.parts, one.verdict) for one in listing.files]
    assert told == [
        ("a.gguf", SIZE, 1, "fits"),
        ("big-00001-of-00002.gguf", 3000, 2, "fits"),
    ]
    monkeypatch.setattr(module, "this_memory", lambda: Memory(10**8, 10**8))
    listing = open_shelf().files("maker/m", 4096)
    assert {one.verdict for one in listing.files} == {"too large"}


def test_a_set_of_files_is_one_model_here_too(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told, folder: Path
) -> None:
    hub.add("maker/m", {f"a-0000{n}-of-00002.gguf": weights(n * 1000, n) for n in (1, 2)})
    shelf = open_shelf()
    done = told.until(shelf.get("maker/m").id, "done")
    (found,) = shelf.shelf(4096).found
    assert (found.path, found.name, found.size) == (done.path, done.name, 3000)
    assert done.name == "a"
    shelf.remove(found.path)
    assert names(folder) == ["downloads.json"]


def test_one_that_somebody_deleted_is_fetched_again(
    open_shelf: Callable[[], Shelf], hub: HubServer, told: Told
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    shelf = open_shelf()
    done = told.until(shelf.get("maker/m").id, "done")
    Path(done.path).unlink()
    told.last.clear()
    again = shelf.get("maker/m")
    assert (again.id, again.state, again.done) == (done.id, "running", 0)
    assert Path(told.until(again.id, "done").path).read_bytes() == MODEL


def test_what_a_killed_core_had_is_told_by_the_next(
    open_shelf: Callable[[], Shelf], hub: HubServer, folder: Path
) -> None:
    hub.add("maker/m", {"a.gguf": MODEL})
    hub.cdn.pace = 0.02
    shelf = open_shelf()
    shelf.get("maker/m")
    part = folder / "maker--m" / "a.gguf.part"
    wait_until(lambda: size_of(part) > 0)
    noted = (folder / "downloads.json").read_bytes()
    shelf.close()
    (folder / "downloads.json").write_bytes(noted)  # as a kill leaves it
    (left,) = open_shelf().shelf(4096).downloads
    assert (left.state, left.done) == ("paused", size_of(part))


def test_what_is_not_ours_is_not_removed(open_shelf: Callable[[], Shelf], tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(MODEL)
    for path in (other, tmp_path / "models" / ".." / "other.gguf"):
        with pytest.raises(UserError, match="delete it where it came from"):
            open_shelf().remove(str(path))
    assert other.exists()


@pytest.mark.parametrize("text", ["", "[{}]", "[1]", "{", '[{"files": [], "record": {}}]'])
def test_a_damaged_journal_is_begun_anew(
    open_shelf: Callable[[], Shelf], folder: Path, text: str
) -> None:
    folder.mkdir()
    (folder / "downloads.json").write_text(text)
    assert open_shelf().shelf(4096).downloads == ()


def test_a_graphics_card_s_memory_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_local_models", lambda: ())
    monkeypatch.setattr(module, "this_memory", lambda: Memory(8_000_000_000, 4_000_000_000))
    bare = Shelf(folder, lambda _: None).shelf(4096)
    card = Shelf(folder, lambda _: None, lambda: 24_000_000_000).shelf(4096)
    fitting = [{o.key for o in shelf.offers if o.verdict == "fits"} for shelf in (bare, card)]
    assert fitting[0] < fitting[1]
    best = [
        max((o.size for o in shelf.offers if o.recommended), default=0) for shelf in (bare, card)
    ]
    assert best[0] < best[1]
