"""Who owns each file of a frozen folder: the components that are really in it.

A file is found, in this order, in the models' manifest and our own resources, among the parts that
``licences.toml`` names, in the RECORD of a distribution of the environment that was frozen, in Python
itself, and last in the packages of the Debian-like system that the freezer copied libraries from. The
modules inside the executable are listed by PyInstaller's own reader of its archives.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import sysconfig
from collections.abc import Callable
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path

from licence_parts import (
    HERE,
    Component,
    Facts,
    LicenceError,
    Part,
    Text,
    complete,
    kept_text,
    normal,
    standard_texts,
)
from licence_sources import (
    debian_packages,
    declared,
    described,
    is_python,
    is_text_of_wheel,
    licence_of_debian,
    licence_of_entry,
    matches,
    model_files,
    python_files,
    read,
)

APP = "Nowprint"
PACKAGE = "nowprint"
FREEZER = "pyinstaller"
MODELS = "resources/models.toml"
LICENCE_FILE = re.compile(
    r"(licen[cs]e|copying|copyright|notice|authors|thirdpartynotices)[^/]*$", re.IGNORECASE
)
AS_PYTHON = "@Python"
"""Among a part's texts: those that Python brings."""
DOCUMENTS = Path("/usr/share/doc")
STARTER = re.compile(r"pyi_?|_pyi_|pyimod")
Modules = Callable[[Path], dict[str, int]]


class Owners:
    """The components of one bundle, found file by file; what nobody owns is in ``unknown``."""

    def __init__(
        self, bundle: Path, facts: Facts, modules: Modules, where: list[str] | None = None
    ) -> None:
        """:param modules: lists what is inside an executable, name → bytes
        :param where: the environment that was frozen, as a list like sys.path; None for this one
        """
        self.facts = facts
        self.unknown: list[str] = []
        self.faults: list[str] = []
        self._bundle = bundle
        inner = bundle / "_internal"
        self._inner = inner if inner.is_dir() else bundle
        self._modules = modules
        self._made: dict[tuple[str, str, str], Component] = {}
        self._files: dict[str, Distribution] = {}
        self._by_name: dict[str, Distribution] = {}
        # Python's own finder: a library may have put another one in its place, which omits missing files
        context = DistributionFinder.Context(path=sys.path if where is None else where)
        for distribution in MetadataPathFinder.find_distributions(context):
            self._by_name.setdefault(normal(distribution.name), distribution)
            for path in distribution.files or ():
                self._files.setdefault(str(path), distribution)
        self._model_files = model_files(self._inner / MODELS)
        self._python_files = set(python_files())

    def find(self, *without: Path) -> list[Component]:
        """Every component, those with files first; folders ``without`` don't count."""
        left: dict[str, Path] = {}
        for path in sorted(self._bundle.rglob("*")):
            if path.is_dir() or any(map(path.is_relative_to, without)):
                continue
            name = path.relative_to(self._bundle).as_posix()
            if path.is_symlink():  # counted where it leads to
                if not path.resolve().is_relative_to(self._bundle.resolve()):
                    self.faults.append(f"{name} leads out of the bundle.")
            elif not self._assign(name, path):
                left[name] = path
        self._assign_system(left)
        self._compiled_in()
        return list(self._made.values())

    def _assign(self, name: str, path: Path) -> bool:
        if path.parent == self._bundle and self._bundle != self._inner:
            return self._assign_program(name, path)
        inner = path.relative_to(self._inner).as_posix()
        owner: Component | None
        if inner in self._model_files:
            owner = self._model(self._model_files[inner])
        elif inner.startswith("resources/models/"):
            return False
        elif inner.startswith("resources/"):
            owner = self._app()
        elif part := next((p for p in self.facts.parts if matches(inner, p.files)), None):
            owner = self._part(part)
        elif ".libs/" in inner or ".dylibs/" in inner:
            return False  # what a wheel took along is never the wheel's own
        elif inner in self._files:
            owner = self._distribution(self._files[inner])
        elif is_python(inner) or path.name in self._python_files:
            owner = self._python()
        else:
            return False
        owner.files[name] = path.stat().st_size
        return True

    def _assign_program(self, name: str, path: Path) -> bool:
        """An executable: PyInstaller's starter with the modules of everybody inside."""
        try:
            modules = self._modules(path)
        except LicenceError:
            return False
        count: dict[str, tuple[Component, int, int]] = {}
        for module, size in modules.items():
            owner = self._module(module)
            if owner is None:
                self.unknown.append(f"module {module} in {name}")
                continue
            _, number, total = count.get(owner.name, (owner, 0, 0))
            count[owner.name] = (owner, number + 1, total + size)
        for owner, number, total in count.values():
            owner.files[f"{name}: {number} modules"] = total
        rest = path.stat().st_size - sum(total for _, _, total in count.values())
        freezer = self._by_name.get(FREEZER)
        if freezer is None:
            raise LicenceError("PyInstaller isn't in the environment that was frozen.")
        owner = self._distribution(freezer)
        owner.files[name] = rest
        return True

    def _module(self, name: str) -> Component | None:
        top = name.partition(".")[0]
        if top == PACKAGE:
            return self._app()
        path = name.replace(".", "/")
        for form in (f"{path}.py", f"{path}/__init__.py"):
            if form in self._files:
                return self._distribution(self._files[form])
        if top in sys.stdlib_module_names or top.startswith("_sysconfigdata"):
            return self._python()
        if STARTER.match(top) and FREEZER in self._by_name:
            return self._distribution(self._by_name[FREEZER])
        return None

    # --- components ----------------------------------------------------------------------------

    def _add(self, component: Component) -> Component:
        key = component.kind, component.name, component.version
        return self._made.setdefault(key, component)

    def _app(self) -> Component:
        found = self._made.get(("app", APP, self._version()))
        if found:
            return found
        licence = (HERE.parent / "LICENSE").read_text(encoding="utf-8")
        texts = [Text("LICENSE", licence, "the project")]
        purpose = "this app: its code, icons, texts and settings"
        return self._add(Component(APP, self._version(), "MIT", purpose, "app", texts=texts))

    @staticmethod
    def _version() -> str:
        source = (HERE.parent / "app" / PACKAGE / "__init__.py").read_text(encoding="utf-8")
        found = re.search(r'__version__\s*=\s*"([^"]+)"', source)
        return found[1] if found else ""

    def _python(self) -> Component:
        version = platform.python_version()
        if found := self._made.get(("python", "Python", version)):
            return found
        texts = [kept_text("python.txt")]
        own = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
        for path in (own, Path(sys.base_prefix) / "LICENSE.txt"):  # Windows: its libraries' too
            if path.is_file():
                texts.insert(0, Text("LICENSE", read(path), f"Python {version}"))
                break
        purpose = "the language that this app is written in, with its standard library"
        origin = f"https://www.python.org/ftp/python/{version}/"
        component = Component("Python", version, "PSF-2.0", purpose, "python", origin=origin)
        component.texts = complete(component.licence, texts)
        return self._add(component)

    def _distribution(self, distribution: Distribution) -> Component:
        version, name = distribution.version, distribution.name
        if found := self._made.get(("distribution", name, version)):
            return found
        fact = self.facts.distributions.get(normal(name), {})
        licence = fact.get("licence") or declared(distribution)
        if not licence:
            self.faults.append(
                f"{name} {version} declares no licence by its SPDX name: add "
                f"[distribution.{normal(name)}] to packaging/licences.toml."
            )
        texts = [
            Text(path.name, read(Path(str(path.locate()))), f"the wheel of {name} {version}")
            for path in distribution.files or ()
            if LICENCE_FILE.search(str(path)) and is_text_of_wheel(path)
        ]
        texts += [kept_text(file) for file in fact.get("texts", ())]
        purpose = str(fact.get("purpose") or distribution.metadata["Summary"] or "")
        component = Component(name, version, licence, purpose, "distribution")
        component.origin = str(fact.get("origin", f"https://pypi.org/project/{name}/{version}/"))
        component.texts = complete(licence, texts)
        return self._add(component)

    def _part(self, part: Part) -> Component:
        host = self._by_name.get(normal(part.of))
        if host is None:
            raise LicenceError(f"{part.of}, which {part.name} is part of, isn't installed.")
        version = part.version or f"with {host.name} {host.version}"
        if not part.files and "standard library" in part.name:
            version = "as in Rust"
        texts = [kept_text(file) for file in part.texts if file != AS_PYTHON]
        if AS_PYTHON in part.texts:
            texts += self._python().texts
        texts = texts or self._distribution(host).texts
        made = Component(part.name, version, part.licence, part.purpose, "part")
        made.origin, made.texts = part.origin, complete(part.licence, texts)
        return self._add(made)

    def _model(self, model: dict[str, str]) -> Component:
        name = model["name"]
        if found := self._made.get(("model", name, model["version"])):
            return found
        component = Component(name, model["version"], model["licence"], model["purpose"], "model")
        component.origin, component.holders = model["origin"], model.get("holders", "")
        component.texts = standard_texts(model["licence"])
        return self._add(component)

    # --- what is compiled into others ------------------------------------------------------------

    def _compiled_in(self) -> None:
        there = {c.name: c for c in self._made.values() if c.kind == "distribution" and c.files}
        known = {normal(name): component for name, component in there.items()}
        for part in self.facts.parts:
            host = known.get(normal(part.of))
            if host and any(matches(_inside(file), part.when) for file in host.files):
                self._part(part).inside.append(host.name)
        for component in list(there.values()):
            self._bill_of_materials(component)

    def _bill_of_materials(self, host: Component) -> None:
        """CycloneDX files that wheels bring: Rust crates, and libraries that are linked in."""
        distribution = self._by_name[normal(host.name)]
        for path in distribution.files or ():
            if "/sboms/" not in str(path) or path.suffix != ".json":
                continue
            for entry in json.loads(read(Path(str(path.locate())))).get("components", ()):
                kind = str(entry.get("purl", "")).partition(":")[2].partition("/")[0]
                if kind in ("cargo", "generic") and entry.get("scope") != "excluded":
                    self._linked(entry, kind).inside.append(host.name)

    def _linked(self, entry: dict[str, object], kind: str) -> Component:
        name, version = str(entry["name"]), str(entry["version"])
        fact = self.facts.system.get(name, {}) if kind == "generic" else {}
        licence = str(fact.get("licence", "")) or licence_of_entry(entry)
        what = "crate" if kind == "cargo" else "part"
        purpose = str(fact.get("purpose") or entry.get("description") or name).strip()
        made = Component(name, version, licence, purpose.partition("\n")[0], what)
        made.holders = str(entry.get("author") or f"the authors of {name}")
        links = entry.get("externalReferences")
        if isinstance(links, list) and links:
            made.origin = str(links[-1].get("url", ""))
        try:
            made.texts = standard_texts(licence)
        except LicenceError as fault:
            self.faults.append(f"{name} {version} ({licence}) has no text: {fault}")
        return self._add(made)

    # --- the system's libraries ------------------------------------------------------------------

    def _assign_system(self, left: dict[str, Path]) -> None:
        packages = debian_packages({path.name for path in left.values()}) if left else {}
        for name, path in left.items():
            package = packages.get(path.name)
            if package is None:
                self.unknown.append(name)
                continue
            owner = self._system(package)
            owner.files[name] = path.stat().st_size

    def _system(self, package: str) -> Component:
        name, version, source, source_version, summary = described(package)
        if found := self._made.get(("system", name, version)):
            return found
        path = DOCUMENTS / name / "copyright"
        body = read(path) if path.is_file() else ""
        fact = self.facts.system.get(name, {})
        licence = str(fact.get("licence", "")) or licence_of_debian(body)
        if not licence:
            self.faults.append(
                f"{path} names no licence that a tool can read: add [system.{name}] to "
                "packaging/licences.toml."
            )
        texts = [Text("copyright", body, f"Debian's package {name}")] if body else []
        origin = f"https://snapshot.debian.org/package/{source}/{source_version}/"
        made = Component(name, version, licence, summary, "system", origin=origin)
        made.texts = complete(licence if "GPL" not in licence else "", texts)
        return self._add(made)


def _inside(file: str) -> str:
    return file.removeprefix("_internal/")
