"""Names of files on the hub, as they are on the disk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.models.downloads import Download
from nowprint.models.hub import HubFileSet

from .downloading import (
    MODEL,
    fails,
    file_of,
    names,
    nothing,
    one,
)
from .hub_server import HubServer


@pytest.mark.parametrize(
    "path",
    [
        "../a.gguf", "a/../../b.gguf", "/etc/a.gguf", "a//b.gguf", "./a.gguf", "..", "", "a/",
        "..\\a.gguf", "C:\\a.gguf", "C:/a.gguf", "a\0.gguf", "a\ud800.gguf",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(UserError, match="maker/m has a file with an unsafe name") as told:
        Download(one(path=path), folder)
    assert str(told.value).isprintable()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("Q8/Mod.el-1 b.gguf", "Q8/Mod.el-1 b.gguf"),
        ("Modèle-模型.gguf", "Modèle-模型.gguf"),
        ("Mode\u0300le.gguf", "Modèle.gguf"),
        ("a:b?.gguf", "a_b_-????????.gguf"),
        ("c:a.gguf", "c_a-????????.gguf"),
        ("a\u202efugg.gguf", "a_fugg-????????.gguf"),
        ("a\nb.gguf", "a_b-????????.gguf"),
        ("NUL.gguf", "_NUL-????????.gguf"),
        ("com1 .x.gguf", "_com1 .x-????????.gguf"),
        (".gguf", "_-????????.gguf"),
        (".hidden/b.gguf", "_.hidden-????????/b.gguf"),
        ("ends. /b.gguf", "ends-????????/b.gguf"),
        ("a|b-00001-of-00002.gguf", "a_b-????????-00001-of-00002.gguf"),
        (f"{'x' * 300}-00001-of-00002.gguf", f"{'x' * 150}-????????-00001-of-00002.gguf"),
        (f"{'模' * 100}.gguf", f"{'模' * 50}-????????.gguf"),
    ],
)
def test_names_are_made_safe_for_every_system(
    path: str, place: str, hub: HubServer, folder: Path
) -> None:
    hub.add("maker/m", {path: MODEL})
    download = Download(one(path=path), folder)
    assert download.path.match(f"maker--m/{place}")
    assert download.run(threading.Event(), nothing).read_bytes() == MODEL
    assert [folder / name for name in names(folder)] == [download.path]


def test_names_that_are_made_safe_stay_different(folder: Path) -> None:
    paths = ["a:b.gguf", "a?b.gguf", "a_b.gguf", f"{'x' * 200}.gguf", f"{'x' * 201}.gguf"]
    assert len({Download(one(path=path), folder).path for path in paths}) == 5
    first, second = (
        Download(one(path=f"a:b-0000{number}-of-00002.gguf"), folder).path.name for number in (1, 2)
    )
    assert first.removesuffix("-00001-of-00002.gguf") == second.removesuffix("-00002-of-00002.gguf")


def test_a_repository_with_an_odd_name_is_refused(hub: HubServer, folder: Path) -> None:
    odd = HubFileSet((file_of(MODEL, repository="../../x"),))
    download = Download(odd, folder)
    assert download.path.resolve().is_relative_to(folder.resolve())
    fails(download, "names no repository")
    assert hub.requests == []
