"""The command line as one typed value; a command line with an error ends the program with exit code 2."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from nowprint import __version__
from nowprint.cli.parsing import values
from nowprint.cli.parsing.encryption import add_encryption
from nowprint.cli.parsing.retention import add_along, add_retention
from nowprint.cli.parsing.sleep import add_sleep
from nowprint.inspection import ChatFormat, ExportFormat, FoundSort, ImportGroupName
from nowprint.settings import Profile, find_profile

MOST_ROWS = 1_000_000
MOST_EPISODES = 1_000_000
MOST_ROUNDS = 1000
MOST_BUSY = 64


@dataclass(frozen=True, slots=True)
class Options:
    """The options of all commands; those that a command doesn't have keep their defaults."""

    command: str
    profile: Profile
    model: str = ""
    json: bool = False
    action: str = ""
    say: tuple[str, ...] = ()
    temporary: bool = False
    text: str = ""
    ids: tuple[int, ...] = ()
    sort: FoundSort | None = None
    pinned: bool = False
    offset: int = 0
    limit: int = 100
    repair: bool = False
    prove: bool = False
    rounds: int = 9
    beside: int = 0
    file: str = ""
    keep: float | None = None
    html: str = ""
    reset: bool = False
    match: str = ""
    meaning: str = ""
    conversation: int | None = None
    since: float | None = None
    until: float | None = None
    never_recalled: bool = False
    held_back: bool = False
    archived: bool = False
    at: tuple[int, ...] = ()
    create: str = ""
    delete: str = ""
    everything: bool = False
    message: tuple[int, ...] = ()
    messages: bool = False
    answers: bool = False
    chats: bool = False
    dry_run: bool = False
    verify: bool = False
    now: bool = False
    format: ExportFormat | ChatFormat = "nowprint"
    thoughts: bool = False
    project: str = ""
    no_messages: bool = False
    no_audit: bool = False
    no_vectors: bool = False
    passphrase_file: str = ""
    skip: tuple[ImportGroupName, ...] = ()
    hold_back: tuple[ImportGroupName, ...] = ()
    take: tuple[ImportGroupName, ...] = ()
    read: bool = False
    persona: str = ""
    system: str = ""
    no_memories: bool = False
    older: int = 0
    unrecalled: int = 0
    projects: tuple[tuple[str, str], ...] = ()
    switch: str = ""
    profile_passphrase_file: str = ""
    new_passphrase_file: str = ""
    keyring: bool = False
    forget: bool = False
    undo: tuple[int, ...] = ()
    bring_back: bool = False


def read_options(arguments: list[str]) -> Options:
    """The parsed arguments. If they are wrong, prints the usage to stderr and exits with code 2."""
    parser = command_line()
    given: dict[str, Any] = vars(parser.parse_args(arguments))
    if wording := given.pop("wording", None):
        given["text"] = wording
    elif given.get("action") == "edit" and "text" not in given:
        parser.error("memory edit takes the new text, as its second argument or with --text")
    if given.get("action") == "forget":
        ways = ("match", "meaning", "conversation", "message", "everything")
        others = ("since" in given or "until" in given, bool(given["ids"]))
        if sum((*(way in given for way in ways), *others)) != 1:
            parser.error(
                "memory forget takes IDs, or one of --match, --meaning, --conversation, --message, "
                "--everything and --since with --until"
            )
    if (id := given.pop("id", None)) is not None:
        given["ids"] = (id,)
    several = {"ids", "say", "at", "skip", "hold_back", "take", "message", "projects", "undo"}
    for name in several & given.keys():
        given[name] = tuple(given[name])
    return Options(profile=find_profile(given.pop("home", None)), **given)


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands and options; packaging makes the manual page from it, too."""
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common = everywhere.add_argument_group("everywhere")
    common.add_argument("--home", metavar="DIR", help="the profile folder (also NOWPRINT_HOME)")
    common.add_argument("--model", metavar="FILE", help="a GGUF in place of the settings' model")
    common.add_argument("--profile-passphrase-file", metavar="FILE", help="opens an encrypted one")
    common.add_argument("--json", action="store_true", help="JSON for scripts")

    def add(to: Any, name: str, summary: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = to.add_parser(
            name, parents=[everywhere], help=summary, description=summary,
            argument_default=argparse.SUPPRESS, allow_abbrev=False,
        )  # fmt: skip
        return parser

    parser = argparse.ArgumentParser(
        prog="nowprint",
        parents=[everywhere],
        description="A private chat assistant that remembers. Without a command: the window.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Nowprint {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chat = add(commands, "chat", "talk in the terminal")
    chat.add_argument("--say", metavar="TEXT", action="append", type=values.text,
                      help="one turn, then exit; may be given several times")  # fmt: skip
    chat.add_argument("--temporary", action="store_true", help="never on disk: nothing is kept")
    chat.add_argument("--persona", metavar="NAME", type=values.text, help="who answers")
    _add_personas(add(commands, "persona", "see and change who may answer"), add)

    _add_chats(commands, add)
    add_encryption(commands, add)
    _add_backups(commands, add)
    memory = add(commands, "memory", "see and change what is kept")
    actions = memory.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_looking(actions, add)
    search = add(actions, "search", "rank the episodes by how well they fit a text")
    search.add_argument("text", metavar="TEXT", type=values.text)
    search.add_argument("--limit", metavar="N", type=values.number(1, MOST_ROWS), default=20)
    show = add(actions, "show", "one episode, and why it was kept")
    show.add_argument("id", metavar="ID", type=values.id)
    remember = add(actions, "remember", "keep a text for good")
    remember.add_argument("text", metavar="TEXT", type=values.text)
    edit = add(actions, "edit", "change an episode's text")
    edit.add_argument("id", metavar="ID", type=values.id)
    wording = edit.add_mutually_exclusive_group()
    wording.add_argument("wording", metavar="TEXT", type=values.text, nargs="?", default=None)
    wording.add_argument("--text", metavar="TEXT", type=values.text)
    for name, summary in (
        ("pin", "put episodes into every prompt"),
        ("unpin", "no longer put them into every prompt"),
        ("not-worth", "forget episodes, and keep less of what is like them"),
    ):
        add(actions, name, summary).add_argument("ids", metavar="ID", type=values.id, nargs="+")
    forget = add(actions, "forget", "remove episodes and every trace of them, for good")
    forget.add_argument("ids", metavar="ID", type=values.id, nargs="*", default=())
    forget.add_argument(
        "--match", metavar="TEXT", type=values.text, help="all that hold these words"
    )
    forget.add_argument(
        "--meaning", metavar="TEXT", type=values.text, help="all that are about this"
    )
    forget.add_argument("--conversation", metavar="ID", type=values.id,
                        help="a conversation, with all that was learned from it")  # fmt: skip
    forget.add_argument("--message", metavar="ID", type=values.id, nargs="+",
                        help="a message or an answer; what was learned from it stays")  # fmt: skip
    forget.add_argument("--since", metavar="DATE", type=values.date, help="all kept from then on")
    forget.add_argument("--until", metavar="DATE", type=values.date, help="all kept before then")
    forget.add_argument("--everything", action="store_true")
    add_along(forget)
    forget.add_argument("--dry-run", action="store_true", help="only say what would go")
    forget.add_argument("--now", action="store_true", help="with a receipt")
    forget.add_argument("--verify", action="store_true",
                        help="with a receipt that tells what was searched, and found")  # fmt: skip
    add(actions, "receipts", "what was forgotten, when, and how it was checked")
    add_retention(add(actions, "retention", "rules by which episodes are forgotten, if you want"))
    add_sleep(actions, add)
    preview = add(actions, "preview", "what would be kept of all that was said, and what dropped")
    preview.add_argument("--keep", metavar="X", type=values.share,
                         help="the share of what is said that may be kept, 0 to 1")  # fmt: skip
    preview.add_argument("--limit", metavar="N", type=values.number(1, MOST_ROWS))
    head = add(actions, "head", "what it has learned from you about what is worth keeping")
    head.add_argument("--reset", action="store_true", help="forget what it has learned")
    add(actions, "stats", "how much is kept, and the room that it takes")
    _add_files(actions, add)
    model = add(commands, "model", "see, get and choose models")
    models = model.add_subparsers(dest="action", required=True, metavar="ACTION")
    add(models, "list", "models for this machine, and those on this computer")
    for name, summary, metavar in (
        ("search", "search the hub for others", "TEXT"),
        ("get", "download one: a name of the list, or a repository and its file", "MODEL"),
        ("use", "let this one answer from now on", "MODEL"),
        ("show", "what is known of one, or the files of a repository", "MODEL"),
        ("remove", "delete one that Nowprint has downloaded", "MODEL"),
    ):
        one = add(models, name, summary)
        one.add_argument("text", metavar=metavar, type=values.text)
        if name == "get":
            one.add_argument("file", metavar="FILE", nargs="?", default="")
    bench = add(commands, "bench", "measure")
    benches = bench.add_subparsers(dest="action", required=True, metavar="BENCH")
    overhead = add(benches, "overhead", "Nowprint's speed against a bare llama.cpp loop")
    overhead.add_argument("--beside", metavar="N", type=values.number(0, MOST_BUSY), default=0,
                          help="beside N busy programs, against the best number of threads")  # fmt: skip
    startup = add(benches, "startup", "the window's start against a bare window, and its stalls")
    for one in (overhead, startup):
        one.add_argument("--rounds", metavar="N", type=values.number(1, MOST_ROUNDS))
    for name, summary, counted in (
        ("recall", "what comes back of long conversations, by a LoCoMo file", "questions"),
        ("capture", "what is kept of messages worth keeping, and of junk", "messages"),
        ("dialogue", "facts told, asked for later: found, answered, or rightly not", "pairs"),
        ("resonance", "what resonance while an answer is written adds", "pairs"),
        ("changes", "facts that changed: the newest comes first, others stand", "cases"),
        ("lives", "lives told message by message: the right one comes first", "lives"),
        ("endless", "a chat that outgrows the context, by a LoCoMo file", "questions"),
        ("cues", "questions with slips, halved, with a wrong name; FILE is a folder", "questions"),
    ):
        one = add(benches, name, summary)
        one.add_argument("file", metavar="FILE", type=values.text, help="the data, in JSON")
        one.add_argument("--keep", metavar="X", type=values.share,
                         help="the share of what is said that may be kept, 0 to 1")  # fmt: skip
        one.add_argument("--limit", metavar="N", type=values.number(1, MOST_ROWS), default=0,
                         help=f"only so many of the {counted}, evenly chosen")  # fmt: skip
        one.add_argument(
            "--html", metavar="FILE", type=values.text, help="the report as a page, too"
        )
    for name, summary, option, usual in (
        ("scale", "speed and room of a store of many episodes", "--episodes", "10,000"),
        ("encryption", "an encrypted store against a plain one", "--episodes", "10,000"),
        ("find", "speed of finding messages among very many", "--messages", "200,000"),
        ("year", "a year of a life, with sleep and without, by month", "--limit", "52 weeks"),
    ):
        one = add(benches, name, summary)
        one.add_argument(option, metavar="N", type=values.number(1, MOST_EPISODES), default=0,
                         dest="limit", help=f"{usual} if not said")  # fmt: skip
        one.add_argument(
            "--html", metavar="FILE", type=values.text, help="the report as a page, too"
        )
    doctor = add(commands, "doctor", "check the profile")
    doctor.add_argument("--repair", action="store_true", help="rebuild what can be rebuilt")
    doctor.add_argument("--prove", action="store_true",
                        help="try again what the machine computes on, all of it")  # fmt: skip
    return parser


def _add_personas(
    personas: argparse.ArgumentParser, add: Callable[[Any, str, str], argparse.ArgumentParser]
) -> None:
    actions = personas.add_subparsers(dest="action", required=True, metavar="ACTION")
    add(actions, "list", "all personas")
    for name, summary in (
        ("show", "one of them"),
        ("add", "a new one; --model names its model"),
        ("remove", "delete one; chats in which it answered go on without it"),
    ):
        add(actions, name, summary).add_argument("text", metavar="NAME", type=values.text)
    made = actions.choices["add"]
    made.add_argument("--system", metavar="TEXT", type=values.text, help="its system text")
    uses = made.add_mutually_exclusive_group()
    uses.add_argument("--project", metavar="NAME", type=values.text,
                      help="it recalls the memories of this project alone, and keeps there")  # fmt: skip
    uses.add_argument("--no-memories", action="store_true", help="it recalls and keeps nothing")


def _add_looking(actions: Any, add: Callable[[Any, str, str], argparse.ArgumentParser]) -> None:
    listing = add(actions, "list", "the episodes that are kept")
    listing.add_argument("--text", "--match", metavar="TEXT", type=values.text, dest="match",
                         help="only what holds these words")  # fmt: skip
    listing.add_argument(
        "--meaning", metavar="TEXT", type=values.text, help="only what is about this"
    )
    listing.add_argument("--since", metavar="DATE", type=values.date, help="only kept from then on")
    listing.add_argument("--until", metavar="DATE", type=values.date, help="only kept before then")
    listing.add_argument("--never-recalled", action="store_true", help="only never recalled ones")
    listing.add_argument("--pinned", action="store_true", help="only pinned ones")
    listing.add_argument(
        "--project", metavar="NAME", type=values.text, help="only what belongs to it"
    )
    listing.add_argument(
        "--conversation", metavar="ID", type=values.id, help="only what was told in it"
    )
    listing.add_argument("--held-back", action="store_true",
                         help="what was imported and is never recalled, instead")  # fmt: skip
    listing.add_argument("--archived", action="store_true", help="only archived ones")
    listing.add_argument("--sort", choices=get_args(FoundSort))
    listing.add_argument("--offset", metavar="N", type=values.number(0, values.LARGEST_ID))
    listing.add_argument("--limit", metavar="N", type=values.number(1, MOST_ROWS))
    chain = add(actions, "chain", "what was said around an episode, and what became of it")
    chain.add_argument("id", metavar="ID", type=values.id)
    people = add(actions, "people", "who and what is told of; all that is known of one of them; or what "
                 "answers a question such as “What is Marta allergic to?”")  # fmt: skip
    people.add_argument("wording", metavar="NAME", type=values.text, nargs="?", default=None)
    add(actions, "dashboard", "what is kept and recalled, by the week, and whether it matters")
    merge = add(actions, "merge", "put one episode in the place of several")
    merge.add_argument("ids", metavar="ID", type=values.id, nargs="+")
    merge.add_argument("--text", metavar="TEXT", type=values.text, help="in place of their texts")
    split = add(actions, "split", "put several episodes in the place of one")
    split.add_argument("id", metavar="ID", type=values.id)
    split.add_argument("--at", metavar="N", type=values.number(1, values.LARGEST_ID), nargs="+",
                       required=True, help="after so many characters of its text")  # fmt: skip
    move = add(actions, "move", "let episodes come back in a project only, or everywhere")
    move.add_argument("ids", metavar="ID", type=values.id, nargs="+")
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument("--project", metavar="NAME", type=values.text)
    where.add_argument("--everywhere", action="store_const", const="", dest="project")
    confirm = add(actions, "confirm", "let what was imported count like what you told yourself")
    confirm.add_argument("ids", metavar="ID", type=values.id, nargs="+")
    projects = add(actions, "projects", "the projects that episodes may belong to")
    projects.add_argument("--create", metavar="NAME", type=values.text)
    projects.add_argument("--delete", metavar="NAME", type=values.text,
                          help="what belonged to it comes back everywhere")  # fmt: skip


def _add_files(actions: Any, add: Callable[[Any, str, str], argparse.ArgumentParser]) -> None:
    export = add(actions, "export", "write a memory file, or a text to read elsewhere")
    export.add_argument("file", metavar="FILE", type=values.text)
    export.add_argument("--format", choices=get_args(ExportFormat))
    export.add_argument(
        "--project", metavar="NAME", type=values.text, help="only what belongs to it"
    )
    export.add_argument(
        "--match", metavar="TEXT", type=values.text, help="only what holds these words"
    )
    export.add_argument(
        "--meaning", metavar="TEXT", type=values.text, help="only what is about this"
    )
    export.add_argument("--no-messages", action="store_true",
                        help="without the messages that the episodes were read from")  # fmt: skip
    export.add_argument("--no-audit", action="store_true", help="without the episodes' history")
    export.add_argument("--no-vectors", action="store_true", help="without their embeddings")
    bring = add(actions, "import", "take over a FILE (-: piped in); without one: how to ask for it")
    bring.add_argument("file", metavar="FILE", type=values.text, nargs="?", default=None)
    bring.add_argument("--dry-run", action="store_true", help="only say what would come")
    groups = get_args(ImportGroupName)
    for option, summary in (
        ("--skip", "leave this group out; may be given several times"),
        ("--hold-back", "take it over, and recall it only when it is confirmed"),
        ("--take", "take it over"),
    ):
        bring.add_argument(option, metavar="GROUP", choices=groups, action="append",
                           help=f"{summary} ({', '.join(groups)})")  # fmt: skip
    bring.add_argument("--read", action="store_true",
                       help="read its conversations with the model, and keep what is worth it")  # fmt: skip
    for one in (export, bring):
        one.add_argument("--passphrase-file", metavar="FILE", type=values.text,
                         help="the passphrase that locks the memory file is its first line")  # fmt: skip
    add(actions, "imports", "what was imported")
    undo = add(actions, "undo-import", "undo an import, to the last byte")
    undo.add_argument("id", metavar="ID", type=values.id)
    readings = add(actions, "readings", "imported conversations that still wait to be read")
    readings.add_argument("--read", action="store_true", help="read them now")


def _add_chats(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    chats = add(commands, "chats", "write chats to a file, and bring them in again")
    actions = chats.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = add(actions, "export", "write all chats, or some, to a file")
    export.add_argument("file", metavar="FILE", type=values.text)
    export.add_argument("--format", choices=get_args(ChatFormat), default="json",
                        help="json holds everything; markdown and html are for reading")  # fmt: skip
    export.add_argument("--chat", dest="ids", metavar="ID", type=values.id, action="append",
                        help="only this chat; may be given several times")  # fmt: skip
    export.add_argument("--thoughts", action="store_true",
                        help="for reading: with what the model thought before it answered")  # fmt: skip
    bring = add(actions, "import", "bring in chats of Nowprint or another program")
    bring.add_argument("file", metavar="FILE", type=values.text, help="a file, a zip or a folder")
    bring.add_argument("--read", action="store_true",
                       help="read them with the model, and keep what is worth it")  # fmt: skip


def _add_backups(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    backup = add(commands, "backup", "write a copy of the profile to a file, also while it is open")
    backup.add_argument("file", metavar="FILE", nargs="?", default="",
                        help="without it, a new one in the profile's folder of backups")  # fmt: skip
    backup.add_argument("--list", dest="action", action="store_const", const="list",
                        help="only list the backups in the profile, and those elsewhere")  # fmt: skip
    restore = add(commands, "restore", "put a backup in the place of the profile, which is kept")
    restore.add_argument("file", metavar="FILE", type=values.text,
                         help="a file, or the name of a backup in the profile")  # fmt: skip
    restore.add_argument("--dry-run", action="store_true", help="only say what would change")
