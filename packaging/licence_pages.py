"""The licence inventory as people and machines read it: a page, a Markdown file, JSON, Debian's form.

``index.html`` needs no network and no script; every text is a plain file in ``texts/``, once, however
many components it holds for.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path

from licence_parts import Component, Text

INVENTORY = "inventory.json"
KINDS = (
    ("app", "Nowprint itself"),
    ("model", "Models"),
    ("python", "Python"),
    ("distribution", "Python packages"),
    ("part", "Libraries inside those packages"),
    ("system", "Libraries of the system that this was built on"),
    ("crate", "Rust crates inside those packages"),
)
REPLACE = (
    "Qt, PySide6 and Shiboken are used under the GNU Lesser General Public License, version 3. They are "
    "separate files in PySide6 and shiboken6 beside the program: you may replace them by your own build "
    "of the same version, change them, and take this program apart as far as that needs it. Where each "
    "component's source code can be had is written beside it. Whoever gave you this program also gives "
    "you, for at least three years and for no more than the cost of doing so, the complete source code of "
    "the components under the LGPL, the GPL or the MPL: ask where you got it."
)


def write_pages(components: list[Component], folder: Path) -> None:
    """``index.html``, ``THIRD-PARTY.md``, ``inventory.json`` and ``texts/`` into an empty folder."""
    (folder / "texts").mkdir(parents=True)
    names = _write_texts(components, folder / "texts")
    entries = [_entry(component, names) for component in components]
    whole = {"replace": REPLACE, "components": entries}
    _write(folder / INVENTORY, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    _write(folder / "index.html", _page(entries))
    _write(folder / "THIRD-PARTY.md", _markdown(entries))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_texts(components: list[Component], folder: Path) -> dict[str, str]:
    """Each text once: hash of its body → file name."""
    names: dict[str, str] = {}
    for component in components:
        for text in component.texts:
            key = _key(text)
            if key in names:
                continue
            kept = text.source == "packaging/licence-texts"
            stem = text.name if kept else f"{component.name}-{text.name.removesuffix('.txt')}"
            stem = re.sub(r"[^\w.+-]+", "-", stem)
            name, number = f"{stem}.txt", 2
            while name in names.values():
                name, number = f"{stem}-{number}.txt", number + 1
            names[key] = name
            _write(folder / name, text.body if text.body.endswith("\n") else f"{text.body}\n")
    return names


def _key(text: Text) -> str:
    return hashlib.sha256(text.body.strip().encode()).hexdigest()


def _entry(component: Component, names: dict[str, str]) -> dict[str, object]:
    return {
        "name": component.name,
        "version": component.version,
        "licence": component.licence,
        "purpose": component.purpose,
        "kind": component.kind,
        "inside": sorted(set(component.inside)),
        "holders": component.holders,
        "origin": component.origin,
        "texts": list(dict.fromkeys(f"texts/{names[_key(text)]}" for text in component.texts)),
        "bytes": component.bytes,
        "files": component.files,
    }


def read_inventory(folder: Path) -> list[dict[str, object]]:
    found = json.loads((folder / INVENTORY).read_text(encoding="utf-8"))["components"]
    assert isinstance(found, list)
    return found


def _groups(
    entries: Iterable[dict[str, object]],
) -> list[tuple[str, list[dict[str, object]]]]:
    known = list(entries)
    groups = []
    for kind, title in KINDS:
        members = [entry for entry in known if entry["kind"] == kind]
        if members:
            groups.append((title, sorted(members, key=lambda entry: str(entry["name"]).lower())))
    return groups


def _for_what(entry: dict[str, object]) -> str:
    parts = [str(entry["purpose"])]
    if entry["inside"]:
        assert isinstance(entry["inside"], list)
        parts.append(f"inside {', '.join(entry['inside'])}")
    if entry["holders"]:
        parts.append(f"by {entry['holders']}")
    return "; ".join(part for part in parts if part)


def _page(entries: list[dict[str, object]]) -> str:
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Licences</title></head><body>',
        "<h1>What Nowprint is made of</h1>",
        f"<p>{html.escape(REPLACE)}</p>",
    ]
    for title, members in _groups(entries):
        lines += [f"<h2>{title}</h2>", '<table border="0" cellpadding="4" width="100%">']
        lines.append(
            '<tr><th align="left" width="24%">Name</th><th align="left" width="14%">Version</th>'
            '<th align="left" width="26%">Licence</th><th align="left" width="36%">For what</th></tr>'
        )
        for entry in members:
            assert isinstance(entry["texts"], list)
            links = " ".join(
                f'<a href="{html.escape(text)}">text{f" {n}" if len(entry["texts"]) > 1 else ""}</a>'
                for n, text in enumerate(entry["texts"], 1)
            )
            what = html.escape(_for_what(entry))
            if entry["origin"]:
                what += f"<br>Source: {_breakable(str(entry['origin']))}"
            cells = (str(entry["name"]), str(entry["version"]))
            row = "".join(f'<td valign="top">{html.escape(cell)}</td>' for cell in cells)
            licence = html.escape(str(entry["licence"]))
            row += f'<td valign="top">{licence} {links}</td><td valign="top">{what}</td>'
            lines.append(f"<tr>{row}</tr>")
        lines.append("</table>")
    return "\n".join([*lines, "</body></html>", ""])


def _breakable(address: str) -> str:
    """It may go on in the next line, so that a long one widens no table."""
    return re.sub(r"(?<=[/;?=-])(?=\w)", "<wbr>", html.escape(address, quote=False))


def _markdown(entries: list[dict[str, object]]) -> str:
    lines = ["# What Nowprint is made of", "", REPLACE, ""]
    for title, members in _groups(entries):
        lines += [
            f"## {title}",
            "",
            "| name | version | licence | for what |",
            "| --- | --- | --- | --- |",
        ]
        for entry in members:
            assert isinstance(entry["texts"], list)
            links = " ".join(f"[text]({text})" for text in entry["texts"])
            what = _for_what(entry) + (f" ({entry['origin']})" if entry["origin"] else "")
            cells = (entry["name"], entry["version"], f"{entry['licence']} {links}", what)
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


# --- Debian's form -------------------------------------------------------------------------------


def debian_copyright(folder: Path, prefix: str = "opt/nowprint") -> str:
    """A machine-readable copyright file (DEP-5) from the inventory in ``folder``.

    :param prefix: where the bundle is installed, without a slash in front
    """
    entries = read_inventory(folder)
    inventory = _below_bundle(folder)
    lines = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "Upstream-Name: Nowprint",
        "Comment: What others made is listed below, with every file. The full texts are installed in",
        f" /{prefix}/{inventory}/texts/.",
    ]
    app = next(entry for entry in entries if entry["kind"] == "app")
    others = [entry for entry in entries if entry["files"] and entry is not app]
    for entry in (app, *others):
        assert isinstance(entry["texts"], list)
        files = ["*"] if entry is app else _patterns(entry, others, prefix)
        if not files:
            continue
        holders = entry["holders"] or f"the authors of {entry['name']}, as its texts name them"
        lines += ["", "Files: " + "\n       ".join(files), f"Copyright: {holders}"]
        lines += [f"License: {entry['licence']}"]
        lines += [f" /{prefix}/{inventory}/{text}" for text in entry["texts"]]
        origin = f" {entry['origin']}" if entry["origin"] else ""
        lines.append(f"Comment: {entry['name']} {entry['version']}{origin}")
    return "\n".join(lines) + "\n"


def _below_bundle(folder: Path) -> str:
    """The folder's own path as it is below the bundle."""
    parts = folder.resolve().parts
    start = parts.index("_internal") if "_internal" in parts else len(parts) - 1
    return "/".join(parts[start:])


def _patterns(entry: dict[str, object], others: list[dict[str, object]], prefix: str) -> list[str]:
    """Its files, a folder that is wholly its own as one pattern."""
    assert isinstance(entry["files"], dict)
    foreign = {
        folder
        for other in others
        if other is not entry and isinstance(other["files"], dict)
        for file in other["files"]
        for folder in _folders(file)
    }
    found: dict[str, None] = {}
    for file in entry["files"]:
        if ": " in file:
            continue  # modules inside the program
        own = [folder for folder in _folders(file) if folder not in foreign]
        found[f"{prefix}/{own[0]}/*" if own else f"{prefix}/{file}"] = None
    return [pattern.replace(" ", "?") for pattern in found]


def _folders(file: str) -> list[str]:
    """The folders above a file, the outermost first, without the bundle's own."""
    parts = file.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(2, len(parts) + 1)]
