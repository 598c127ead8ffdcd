"""What the licence inventory is made of: components, licence texts, and the facts that no tool finds.

Facts are in ``licences.toml``; texts that wheels don't bring are in ``licence-texts/``. Everything else
is read from what is frozen, by ``licence_owners.py``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FACTS = HERE / "licences.toml"
TEXTS = HERE / "licence-texts"

COMMON = re.compile(r"/usr/share/common-licenses/([\w.+-]*\w)")
"""How Debian's copyright files refer to a text that every Debian has, and nobody else."""
COMMON_TEXTS = {
    "Apache-2.0": "Apache-2.0.txt",
    "GPL": "GPL-3.0.txt",
    "GPL-2": "GPL-2.0.txt",
    "GPL-3": "GPL-3.0.txt",
    "LGPL": "LGPL-3.0.txt",
    "LGPL-2": "LGPL-2.1.txt",
    "LGPL-2.1": "LGPL-2.1.txt",
    "LGPL-3": "LGPL-3.0.txt",
    "MPL-2.0": "MPL-2.0.txt",
}
"""LGPL-2 is "or later" where it is used; Artistic, BSD and GFDL come in Debian's own folder."""
WHOLE = {
    "Apache-2.0": ("Apache-2.0.txt", "TERMS AND CONDITIONS FOR USE, REPRODUCTION"),
    "MPL-2.0": ("MPL-2.0.txt", "Mozilla Public License Version 2.0\n======"),
    "LGPL-2.1": ("LGPL-2.1.txt", "GNU LESSER GENERAL PUBLIC LICENSE\n"),
    "LGPL-3.0": ("LGPL-3.0.txt", "GNU LESSER GENERAL PUBLIC LICENSE\n"),
    "GPL-2.0": ("GPL-2.0.txt", "GNU GENERAL PUBLIC LICENSE\n"),
    "GPL-3.0": ("GPL-3.0.txt", "GNU GENERAL PUBLIC LICENSE\n"),
}
"""Licences that are the same for everybody: the file, and words that only the whole text has. Many
bring only the short notice that names it."""
PREFERRED = ("Apache-2.0", "MIT", "BSD-3-Clause", "BSD-2-Clause", "Zlib", "ISC", "MPL-2.0")
"""Where one may choose: the first of these."""


class LicenceError(Exception):
    """The inventory isn't whole: one sentence for each thing that is missing."""


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    body: str
    source: str
    """Where it was found, in words."""


@dataclass(slots=True)
class Component:
    name: str
    version: str
    licence: str
    """An SPDX expression where there is one."""
    purpose: str
    kind: str
    """app, python, freezer, distribution, part, crate, system or model."""
    inside: list[str] = field(default_factory=list)
    """Names of the components that it is compiled into; empty for what has files of its own."""
    holders: str = ""
    """Who has the copyright, where the texts don't say it."""
    origin: str = ""
    """Where its source code can be had."""
    texts: list[Text] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    """Path in the bundle → bytes."""

    @property
    def bytes(self) -> int:
        return sum(self.files.values())


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody else made inside a component: files of its own, or code compiled in."""

    of: str
    name: str
    licence: str
    purpose: str
    files: tuple[str, ...] = ()
    """Patterns of the files that are its own."""
    when: tuple[str, ...] = ()
    """Patterns of the component's files that it is compiled into."""
    texts: tuple[str, ...] = ()
    """Names in licence-texts/; empty: the component's own texts cover it."""
    version: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    distributions: dict[str, dict[str, Any]]
    system: dict[str, dict[str, Any]]
    parts: tuple[Part, ...]


def read_facts(path: Path = FACTS) -> Facts:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    parts = tuple(_part(entry) for entry in table.get("part", ()))
    distributions = {normal(name): fact for name, fact in table.get("distribution", {}).items()}
    return Facts(distributions, table.get("system", {}), parts)


def _part(entry: dict[str, Any]) -> Part:
    lists = {key: tuple(entry.get(key, ())) for key in ("files", "when", "texts")}
    return Part(**{**entry, **lists})


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- texts -------------------------------------------------------------------------------------


def kept_text(name: str) -> Text:
    """One of ``licence-texts/``. LicenceError."""
    path = TEXTS / name
    try:
        return Text(path.stem, path.read_text(encoding="utf-8"), "packaging/licence-texts")
    except FileNotFoundError as fault:
        raise LicenceError(f"packaging/licence-texts lacks {name}.") from fault


def complete(licence: str, texts: list[Text]) -> list[Text]:
    """Those texts, and in full whatever they only refer to or the licence's name stands for."""
    made = list(texts)
    together = "\n".join(text.body for text in texts)
    needed = []
    for name in COMMON.findall(together):
        if name in COMMON_TEXTS:
            needed.append(COMMON_TEXTS[name])
        elif (Path("/usr/share/common-licenses") / name).is_file():
            body = (Path("/usr/share/common-licenses") / name).read_text(encoding="utf-8")
            made.append(Text(name, body, "/usr/share/common-licenses"))
    for id in chosen(licence):
        base = id.removesuffix("-only").removesuffix("-or-later")
        if base in WHOLE and WHOLE[base][1] not in together:
            needed.append(WHOLE[base][0])
    if "LGPL-3.0.txt" in needed:
        needed.append("GPL-3.0.txt")  # which it adds permissions to
    made += [kept_text(name) for name in dict.fromkeys(needed)]
    return made


def standard_texts(licence: str) -> list[Text]:
    """The texts of a licence's name alone, for what brings none. LicenceError."""
    return [
        kept_text(f"{id.removesuffix('-only').removesuffix('-or-later')}.txt")
        for id in chosen(licence)
    ]


def chosen(expression: str) -> list[str]:
    """The licences of an SPDX expression that hold; of those joined by OR, one. No exceptions' names."""
    words = re.findall(r"[()]|[\w.+-]+", expression)

    def either() -> list[str]:
        options = [both()]
        while words[:1] == ["OR"]:
            words.pop(0)
            options.append(both())
        return min(options, key=_rank)

    def both() -> list[str]:
        found = one()
        while words[:1] == ["AND"]:
            words.pop(0)
            found = found + one()
        return found

    def one() -> list[str]:
        word = words.pop(0) if words else ""
        if word == "(":
            found = either()
            words[:1] = []
            return found
        if words[:1] == ["WITH"]:
            del words[:2]
        return [word] if word else []

    return list(dict.fromkeys(either()))


def _rank(ids: list[str]) -> int:
    """The worst of them counts."""
    return max(
        (PREFERRED.index(id) if id in PREFERRED else len(PREFERRED) for id in ids),
        default=len(PREFERRED),
    )
