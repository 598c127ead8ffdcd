"""``nowprint persona …``: who may answer in a chat."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, harmless, one_line, print_json, print_table
from nowprint.errors import NotFound
from nowprint.persona_records import Memories, Persona
from nowprint.service.requests.memory import ListProjects
from nowprint.service.requests.personas import DeletePersona, ListPersonas, PutPersona


def persona(options: Options) -> int:
    with CommandSession(options.profile) as session:
        match options.action:
            case "list":
                _list(session.ask(ListPersonas()), options)
            case "show":
                _show(session, find(session, options.text), options)
            case "add":
                made = session.ask(PutPersona(_new(session, options)))
                _show(session, made, options)
            case "remove":
                session.ask(DeletePersona(find(session, options.text).id))
    return 0


def find(session: CommandSession, name: str) -> Persona:
    """NotFound if no persona has the name."""
    for one in session.ask(ListPersonas()):
        if one.name.lower() == name.lower():
            return one
    raise NotFound(f"There is no persona “{name}”: see nowprint persona list.")


def _new(session: CommandSession, options: Options) -> Persona:
    memories: Memories = "none" if options.no_memories else "all"
    project = None
    if options.project:
        memories = "project"
        known = {one.name.lower(): one.id for one in session.ask(ListProjects())}
        project = known.get(options.project.lower())
        if project is None:
            raise NotFound(f"There is no project “{options.project}”.")
    return Persona(
        name=options.text,
        system=options.system,
        model=str(Path(options.model).expanduser().resolve()) if options.model else "",
        memories=memories,
        project=project,
    )


def _list(personas: tuple[Persona, ...], options: Options) -> None:
    if options.json:
        print_json([asdict(one) for one in personas])
    elif personas:
        print_table(
            ("persona", "model", "memories", "system text"),
            [
                [one.name, Path(one.model).name, one.memories, one_line(one.system)]
                for one in personas
            ],
        )
    else:
        print("There is no persona yet.")


def _show(session: CommandSession, one: Persona, options: Options) -> None:
    if options.json:
        print_json(asdict(one))
        return
    print(bold(harmless(one.name)))
    projects = {project.id: project.name for project in session.ask(ListProjects())}
    memories = f"those of {projects[one.project]}" if one.project in projects else one.memories
    for label, value in (
        ("model", one.model or "the one in use"),
        ("memories", memories),
        *((name.replace("_", " "), str(value)) for name, value in one.sampling.items()),
    ):
        print(harmless(f"{label}: {value}"))
    if one.system:
        print(harmless(one.system))
