"""``nowprint model …``: what there is, a search on the hub, a download, and which model answers."""

from __future__ import annotations

import dataclasses
from dataclasses import asdict
from pathlib import Path

from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, dim, one_line, print_json, print_table, size
from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.model_records import ModelDownload, ModelShelf
from nowprint.service.protocol import ChangeSettings, GetSettings, LoadModel
from nowprint.service.requests.models import (
    GetModel,
    GetShelf,
    ListHubFiles,
    RemoveModel,
    SearchHub,
)
from nowprint.settings import starter_model


def model(options: Options) -> int:
    with CommandSession(options.profile) as session:
        match options.action:
            case "list":
                _list(session.ask(GetShelf()), session.ask(GetSettings()).model, options)
            case "search":
                _search(session, options)
            case "get":
                return _get(session, options)
            case "use":
                _use(session, options)
            case "show":
                _show(session, options)
            case "remove":
                session.ask(RemoveModel(_path(session.ask(GetShelf()), options.text)))
    return 0


def _list(shelf: ModelShelf, chosen: str, options: Options) -> None:
    if options.json:
        print_json(asdict(shelf))
        return
    print(f"{one_line(Path(chosen or starter_model()).stem)} answers now.")
    print(bold("For this machine"))
    rows = [
        [
            offer.key,
            f"{offer.parameters / 1e9:.1f} B",
            size(offer.size),
            "here" if offer.path else offer.verdict,
            ("recommended; " if offer.recommended else "") + offer.good_at,
        ]
        for offer in shelf.offers
    ]
    print_table(("model", "parameters", "file", "", "good at"), rows)
    if shelf.found:
        print(bold("On this computer"))
        rows = [
            [one_line(one.name), one.program, size(one.size), one_line(one.path)]
            for one in shelf.found
        ]
        print_table(("name", "of", "file", "where"), rows)
    if unfinished := [one for one in shelf.downloads if one.state != "done"]:
        print(bold("Downloads"))
        rows = [[one_line(one.name), one.state, _done(one), one.fault] for one in unfinished]
        print_table(("model", "", "", ""), rows)


def _search(session: CommandSession, options: Options) -> None:
    found = session.ask(SearchHub(options.text))
    if options.json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [
            one_line(one.repository),
            f"{one.downloads:,}",
            one.licence or "?",
            "asks for a token" if one.gated else "",
        ]
        for one in found
    ]
    if rows:
        print_table(("repository", "downloads", "licence", ""), rows)
    else:
        print("The hub has no GGUF model of such a name.")


def _get(session: CommandSession, options: Options) -> int:
    """Download until it is there; Ctrl+C pauses it, and the same command goes on."""
    download = session.ask(GetModel(options.text, options.file))
    while download.state == "running":
        told = f"{download.name}, {_done(download)}"
        if download.bytes_per_second:
            told += f", {size(round(download.bytes_per_second))}/s"
        session.progress.show(Progress(told, download.done / max(1, download.total)))
        download = session.next_download(download.id)
    session.progress.clear()
    if options.json:
        print_json(asdict(download))
    if download.state != "done":
        raise UserError(
            download.fault or "The download is paused: the same command goes on with it."
        )
    if not options.json:
        print(f"{download.path}\nnowprint model use {download.name}")
    return 0


def _use(session: CommandSession, options: Options) -> None:
    """Load it once, so that a file that can't be used is told, and take it from now on."""
    path = _path(session.ask(GetShelf()), options.text)
    info = session.ask(LoadModel(path))
    settings = session.ask(GetSettings())
    session.ask(ChangeSettings(dataclasses.replace(settings, model=path)))
    if options.json:
        print_json(asdict(info))
    else:
        print(f"{info.name} answers from now on.")


def _show(session: CommandSession, options: Options) -> None:
    shelf = session.ask(GetShelf())
    offer = next((one for one in shelf.offers if one.key == options.text), None)
    if offer is None:
        files = session.ask(ListHubFiles(options.text)).files
        if options.json:
            print_json([asdict(one) for one in files])
        else:
            rows = [[one_line(f.file), size(f.size), f"{f.parts} files", f.verdict] for f in files]
            print_table(("file", "", "", ""), rows)
        return
    if options.json:
        print_json(asdict(offer))
        return
    print(f"{bold(offer.name)}: {offer.good_at}")
    rows = [
        ["from", f"{offer.repository} on {shelf.host}"],
        ["file", f"{offer.file}, {size(offer.size)}"],
        ["licence", offer.licence],
        ["languages", ", ".join(offer.languages)],
        ["thinks", offer.thinks],
        ["needs", f"{size(offer.memory)} of memory: {offer.verdict}"],
        *([["speed", offer.slowness]] if offer.slowness else []),
        ["is", offer.path or dim("not on this computer")],
    ]
    print_table(("", ""), rows)


def _path(shelf: ModelShelf, name: str) -> str:
    """Of a model on this computer: by its key, its name or its path."""
    paths = [offer.path for offer in shelf.offers if offer.key == name and offer.path]
    paths += [one.path for one in shelf.found if name in (one.name, one.path)]
    if not paths and Path(name).is_file():
        paths = [str(Path(name).absolute())]
    if not paths:
        raise UserError(f"There is no model {name} on this computer: see nowprint model list.")
    return paths[0]


def _done(download: ModelDownload) -> str:
    return f"{size(download.done)} of {size(download.total)}"
