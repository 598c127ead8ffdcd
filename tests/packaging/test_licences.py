"""The licence inventory, on bundles that are made here: every file has an owner and a text, or it says so."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import licence_owners
from licence_owners import AS_PYTHON, Owners
from licence_pages import debian_copyright
from licence_parts import (
    TEXTS,
    Component,
    Facts,
    LicenceError,
    Part,
    Text,
    chosen,
    complete,
    read_facts,
)
from licences import faults_of, make, place, sizes

MIT = "Copyright (c) 2026 Somebody\n\n" + (TEXTS / "MIT.txt").read_text(encoding="utf-8")
MODULES = {"nowprint.chat": 400, "alpha.deep": 300, "json.decoder": 200, "pyimod02_importers": 10}
LIBBETA = Part(
    "alpha", "libbeta", "Zlib", "numbers", files=("alpha.libs/libbeta*",), texts=("Zlib.txt",)
)
GAMMA = Part("alpha", "gamma", "MIT", "inside", when=("alpha/*.so",), texts=("MIT.txt",))


class Bundle:
    """A frozen folder, and the environment that it was frozen from."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bundle"
        self.site = folder / "site"
        self.parts: list[Part] = [LIBBETA, GAMMA]
        self.modules = MODULES
        self.wheel("alpha", ["alpha/__init__.py", "alpha/deep.py", "alpha/_fast.so"])
        self.wheel("pyinstaller", ["PyInstaller/__init__.py"])
        for name in ("alpha/_fast.so", "alpha.libs/libbeta-1.so", "lib-dynload/_json.so"):
            self.file(f"_internal/{name}")
        self.file("_internal/base_library.zip")
        self.file("_internal/resources/icons/up.svg")
        self.file("nowprint", 5000)

    def file(self, name: str, size: int = 100) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        return path

    def wheel(self, name: str, files: list[str], licence: str = "MIT", text: str = MIT) -> Path:
        info = self.site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nSummary: does {name}\n"
        (info / "METADATA").write_text(f"{metadata}License-Expression: {licence}\n")
        files = [*files, f"{info.name}/METADATA", f"{info.name}/RECORD"]
        if text:
            (info / "LICENSE").write_text(text)
            files.append(f"{info.name}/LICENSE")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        return info

    def bill(self, info: Path, components: list[dict[str, object]]) -> None:
        (info / "sboms").mkdir()
        (info / "sboms" / "crates.json").write_text(json.dumps({"components": components}))
        with open(info / "RECORD", "a", encoding="utf-8") as record:
            record.write(f"{info.name}/sboms/crates.json,,\n")

    def owners(self) -> Owners:
        facts = Facts({}, {}, tuple(self.parts))
        return Owners(self.path, facts, lambda _: self.modules, [str(self.site)])

    def make(self) -> dict[str, Component]:
        made = make(self.path, place(self.path), self.owners())
        return {component.name: component for component in made}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path)


# --- who owns what -----------------------------------------------------------------------------


def test_every_byte_has_an_owner(bundle: Bundle) -> None:
    found = bundle.make()
    files = [
        path for path in bundle.path.rglob("*") if path.is_file() and "licences" not in path.parts
    ]
    assert sum(component.bytes for component in found.values()) == sum(
        p.stat().st_size for p in files
    )
    assert set(found["alpha"].files) == {"_internal/alpha/_fast.so", "nowprint: 1 modules"}
    assert set(found["libbeta"].files) == {"_internal/alpha.libs/libbeta-1.so"}
    assert found["gamma"].inside == ["alpha"]
    assert found["Python"].files["nowprint: 1 modules"] == 200
    assert set(found["Nowprint"].files) == {
        "_internal/resources/icons/up.svg",
        "nowprint: 1 modules",
    }
    assert found["pyinstaller"].files["nowprint"] == 5000 - sum(MODULES.values())


def test_a_second_run_finds_the_same_in_spite_of_the_first_ones_pages(
    bundle: Bundle, tmp_path: Path
) -> None:
    first = bundle.make()
    inventory = (place(bundle.path) / "inventory.json").read_bytes()
    assert bundle.make().keys() == first.keys()
    assert (place(bundle.path) / "inventory.json").read_bytes() == inventory
    make(bundle.path, tmp_path / "elsewhere", bundle.owners())
    assert (tmp_path / "elsewhere" / "inventory.json").read_bytes() == inventory


def test_models_are_those_of_the_bundles_own_manifest(bundle: Bundle) -> None:
    bundle.file("_internal/resources/models/tiny.gguf", 700)
    (bundle.path / "_internal/resources/models.toml").write_text(
        """[[model]]
        name = "Tiny"
        purpose = "talks"
        licence = "Apache-2.0"
        holders = "T. Iny"
        origin = "https://tiny.example"
        version = "2"
        file = [{ path = "models/tiny.gguf", sha256 = "" }]"""
    )
    tiny = bundle.make()["Tiny"]
    assert (tiny.bytes, tiny.holders) == (700, "T. Iny")
    assert "TERMS AND CONDITIONS" in tiny.texts[0].body
    bundle.file("_internal/resources/models/other.gguf")
    with pytest.raises(LicenceError, match=r"models/other\.gguf belongs to no component"):
        bundle.make()


def test_crates_of_a_wheels_bill_of_materials_are_listed(bundle: Bundle) -> None:
    bundle.file("_internal/delta.so")
    crate: dict[str, object] = {
        "name": "itoa",
        "version": "1.0",
        "purl": "pkg:cargo/itoa@1.0",
        "author": "D. T.",
    }
    licence: dict[str, object] = {"licenses": [{"expression": "MIT OR Apache-2.0"}]}
    bundle.bill(
        bundle.wheel("delta", ["delta.so"]),
        [
            crate | licence | {"scope": "required", "description": "writes integers"},
            crate | licence | {"name": "cc", "scope": "excluded"},
            {"name": "delta", "version": "1.0", "purl": "pkg:pypi/delta@1.0"},
        ],
    )
    found = bundle.make()
    assert "cc" not in found
    assert (found["itoa"].inside, found["itoa"].holders) == (["delta"], "D. T.")
    assert found["itoa"].texts[0].name == "Apache-2.0"


def test_a_library_of_the_system_belongs_to_its_package(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = {
        "dpkg": "echo 'libfoo2:amd64, libfoo2:i386: /usr/lib/x86_64-linux-gnu/libfoo.so.2'\n"
        "echo 'foo-doc: /usr/share/doc/foo/libfoo.so.2'",
        "dpkg-query": "printf 'libfoo2\\t2.1-3\\tfoo\\t2.1-3\\tfoo for all'",
    }
    for name, script in tools.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(licence_owners, "DOCUMENTS", tmp_path)
    (tmp_path / "libfoo2").mkdir()
    (tmp_path / "libfoo2" / "copyright").write_text(
        "Format: 1.0\n\nFiles: *\nCopyright: F\nLicense: Expat or LGPL-2.1+\n"
        + MIT
        + "see /usr/share/common-licenses/LGPL-2.1.\n"
    )
    bundle.file("_internal/libfoo.so.2", 300)
    foo = bundle.make()["libfoo2"]
    assert (foo.licence, foo.bytes) == ("MIT OR LGPL-2.1-or-later", 300)
    assert foo.origin == "https://snapshot.debian.org/package/foo/2.1-3/"
    assert [text.name for text in foo.texts] == ["copyright", "LGPL-2.1"]


# --- what is missing is said -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("_internal/libmystery.so.1", "libmystery.so.1 belongs to no component"),
        ("_internal/alpha.libs/libnew.so", "alpha.libs/libnew.so belongs to no component"),
        ("_internal/alpha/unlisted.so", "alpha/unlisted.so belongs to no component"),
    ],
)
def test_a_file_of_nobody_fails(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    monkeypatch.setenv("PATH", "")  # no dpkg
    bundle.file(name)
    with pytest.raises(LicenceError, match=re.escape(sentence)):
        bundle.make()
    assert not place(bundle.path).exists()


def test_a_module_of_nobody_fails(bundle: Bundle) -> None:
    bundle.modules = {**MODULES, "omega.core": 5}
    with pytest.raises(LicenceError, match=r"module omega\.core in nowprint belongs to no"):
        bundle.make()


@pytest.mark.parametrize(
    ("licence", "text", "sentence"),
    [
        ("MIT", "", "epsilon 1.0 (MIT) has no licence text"),
        ("MIT", "MIT", "epsilon 1.0 (MIT) has no licence text"),
        ("BSD", MIT, "epsilon 1.0 declares no licence by its SPDX name"),
        ("GPL-3.0-or-later", MIT, "would bind the whole app"),
    ],
)
def test_a_wheel_that_lacks_something_fails(
    bundle: Bundle, licence: str, text: str, sentence: str
) -> None:
    bundle.wheel("epsilon", ["epsilon.so"], licence, text)
    bundle.file("_internal/epsilon.so")
    with pytest.raises(LicenceError, match=re.escape(sentence)):
        bundle.make()


def test_a_link_that_leads_out_fails(bundle: Bundle) -> None:
    (bundle.path / "_internal" / "libc.so").symlink_to("/usr/lib/libc.so")
    with pytest.raises(LicenceError, match=r"_internal/libc\.so leads out of the bundle"):
        bundle.make()


def test_copyleft_needs_the_place_of_its_source() -> None:
    texts = [Text("LICENSE", MIT, "here")]
    quad = Component("quad", "1", "LGPL-2.1-or-later", "numbers", "part", texts=texts)
    assert faults_of(quad, [quad]) == [
        "quad 1 (LGPL-2.1-or-later) needs its source's place in packaging/licences.toml."
    ]
    quad.origin = "https://quad.example"
    assert faults_of(quad, [quad]) == []


# --- licences and texts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("MIT", ["MIT"]),
        ("MIT OR Apache-2.0", ["Apache-2.0"]),
        ("Unlicense OR MIT", ["MIT"]),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", ["Apache-2.0", "Unicode-3.0"]),
        ("GPL-3.0-or-later WITH GCC-exception-3.1 AND MIT", ["GPL-3.0-or-later", "MIT"]),
        ("LGPL-2.1-or-later AND GPL-2.0-only OR MIT", ["MIT"]),
    ],
)
def test_where_one_may_choose_one_is_chosen(expression: str, ids: list[str]) -> None:
    assert chosen(expression) == ids


def test_a_short_notice_is_followed_by_the_whole_text() -> None:
    notice = Text("LICENSE", "Licensed under the Apache License, Version 2.0.", "a wheel")
    assert [text.name for text in complete("Apache-2.0", [notice])] == ["LICENSE", "Apache-2.0"]
    whole = complete("Apache-2.0", [])
    assert complete("Apache-2.0", whole) == whole


def test_every_kept_text_has_a_use_and_a_source() -> None:
    kept = {path.name for path in TEXTS.glob("*.txt")}
    facts = read_facts()
    named = {text for part in facts.parts for text in part.texts}
    named |= {text for fact in facts.distributions.values() for text in fact.get("texts", ())}
    assert named <= kept | {AS_PYTHON}
    table = (TEXTS / "README.md").read_text(encoding="utf-8")
    assert {path.stem for path in TEXTS.glob("*.txt")} <= set(re.findall(r"`([\w.-]+)`", table))


# --- the pages ---------------------------------------------------------------------------------


def test_the_page_leads_to_every_text_and_each_is_there_once(bundle: Bundle) -> None:
    bundle.make()
    folder = place(bundle.path)
    page = (folder / "index.html").read_text(encoding="utf-8")
    texts = {f"texts/{path.name}" for path in (folder / "texts").iterdir()}
    assert set(re.findall(r'href="([^"]+)"', page)) == texts
    bodies = [path.read_text(encoding="utf-8") for path in (folder / "texts").iterdir()]
    assert len(bodies) == len(set(bodies))
    assert MIT.strip() in {body.strip() for body in bodies}
    assert "http" not in re.sub(r"Source: \S+", "", page), "nothing is loaded from elsewhere"
    for name in ("alpha", "libbeta", "gamma", "Python", "Nowprint"):
        assert f">{name}</td>" in page
        assert f"| {name} |" in (folder / "THIRD-PARTY.md").read_text(encoding="utf-8")


def test_debians_copyright_file_names_every_file(bundle: Bundle) -> None:
    found = bundle.make()
    paragraphs = debian_copyright(place(bundle.path)).split("\n\n")
    assert paragraphs[0].startswith("Format: https://www.debian.org/doc/packaging-manuals/")
    owners = [
        (pattern, paragraph)
        for paragraph in paragraphs[1:]
        for pattern in paragraph.partition("Copyright:")[0].removeprefix("Files:").split()
    ]
    for component in found.values():
        for file in (file for file in component.files if ": " not in file):
            last = [
                text for pattern, text in owners if fnmatchcase(f"opt/nowprint/{file}", pattern)
            ][-1]
            assert f"License: {component.licence}\n" in last


def test_sizes_come_largest_first(bundle: Bundle) -> None:
    bundle.make()
    rows = sizes(place(bundle.path))
    assert rows[0] == ("pyinstaller", 5000 - 400 - 300 - 200)
    assert [size for _, size in rows] == sorted((size for _, size in rows), reverse=True)
