"""``nowprint memory …``: ``list``, ``chain``, ``dashboard`` and ``people`` show episodes; ``merge``,
``split``, ``move`` and ``confirm`` change them; ``projects`` lists, creates and deletes projects."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from nowprint.cli import json_forms
from nowprint.cli.files import project_id
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import (
    ago,
    bold,
    counted,
    dim,
    harmless,
    one_line,
    print_json,
    print_table,
    size,
)
from nowprint.errors import NotFound
from nowprint.inspection import Chain, Dashboard, EpisodeFilter, Project
from nowprint.people_records import NameList, NamePage, PlainFact
from nowprint.records import Episode, EpisodePage
from nowprint.service.requests.memory import (
    ConfirmEpisodes,
    CreateProject,
    DeleteProject,
    FindEpisodes,
    GetChain,
    GetDashboard,
    ListProjects,
    MergeEpisodes,
    MoveEpisodes,
    SplitEpisode,
)
from nowprint.service.requests.people import AskFacts, GetNamePage, ListNames

# --- looking -----------------------------------------------------------------------------------


def list_episodes(session: CommandSession, options: Options) -> None:
    wanted = _filter(session, options)
    sort = options.sort or ("nearest" if options.meaning else "newest")
    page: EpisodePage = session.ask(FindEpisodes(wanted, sort, options.offset, options.limit))
    if options.json:
        episodes = [json_forms.episode(episode) for episode in page.episodes]
        print_json({"episodes": episodes, "total": page.total})
    elif page.episodes:
        _print_episodes(page.episodes)
        if len(page.episodes) < page.total:
            print(dim(f"{len(page.episodes)} of {page.total}; --offset and --limit show others"))
    elif page.total:
        print(f"There are only {page.total}.")
    else:
        print("Nothing is kept yet." if wanted == EpisodeFilter() else "No memory matches.")


def chain(session: CommandSession, options: Options) -> None:
    told: Chain = session.ask(GetChain(options.ids[0]))
    if options.json:
        print_json(asdict(told))
        return
    parts = (
        ("said before it", tuple(reversed(told.before))),
        ("said after it", told.after),
        ("what it changed", told.older),
        ("what changed it", told.newer),
        ("made from", told.made_from),
        ("became", told.made_into),
    )
    for name, episodes in parts:
        if episodes:
            print(bold(name))
        for episode in episodes:
            print(f"#{episode.id} {one_line(episode.text)}")
    if not any(episodes for _, episodes in parts):
        print("Nothing else was said with it, and nothing changed it.")


def dashboard(session: CommandSession, options: Options) -> None:
    told: Dashboard = session.ask(GetDashboard())
    if options.json:
        print_json(asdict(told))
        return
    for name, value in (
        ("episodes", f"{told.episodes}, {size(told.bytes)}"),
        ("never recalled", str(told.recalled_never)),
        ("held back", str(told.held_back)),
        ("answers", f"{told.answers}, {told.recalling} with memories"),
        ("influenced", f"{told.influenced} of {told.measured} that were measured"),
        ("in vain", f"{counted(told.in_vain, 'question')} about you found nothing"),
        ("not needed", f"{counted(told.unneeded, 'memory', 'memories')}, you said"),
    ):
        print(f"{name:<16}{value}")
    print_table(
        ("week from", "kept", "recalled"),
        [
            (f"{datetime.fromtimestamp(week.start):%Y-%m-%d}", str(week.kept), str(week.recalled))
            for week in told.weeks
        ],
    )


def people(session: CommandSession, options: Options) -> None:
    """Without a name, list all; of one that is sure, show the page. A question that a fact answers is
    answered."""
    if options.text:
        facts: tuple[PlainFact, ...] = session.ask(AskFacts(options.text))
        if facts:
            _print_answer(facts, options)
            return
    told: NameList = session.ask(ListNames(options.text))
    while told.unread:
        told = session.ask(ListNames(options.text))
    names = told.names
    if options.text and not names:
        raise NotFound(
            f"Nothing is told of “{harmless(options.text)}”: see nowprint memory people."
        )
    if options.text and len(names) == 1:
        page: NamePage = session.ask(GetNamePage(names[0].key))
        if options.json:
            print_json(asdict(page))
        else:
            _print_page(page)
    elif options.json:
        print_json({"names": [asdict(name) for name in names]})
    elif names:
        print_table(
            ("memories", "last", "what", "name"),
            [
                (
                    str(name.episodes),
                    ago(name.last),
                    f"your {name.relation}" if name.relation else name.kind,
                    name.shown,
                )
                for name in names
            ],
        )
    else:
        print("No names yet.")


def _print_answer(facts: tuple[PlainFact, ...], options: Options) -> None:
    if options.json:
        print_json({"facts": [asdict(fact) for fact in facts]})
        return
    for fact in facts:
        print(f"{bold(one_line(fact.value))}  {harmless(fact.whose)}, {fact.kind}")
        day = f"{datetime.fromtimestamp(fact.told):%Y-%m-%d}"
        print(dim(f"{day} #{fact.episode_id} “{one_line(fact.sentence)}”"))


def _print_page(page: NamePage) -> None:
    name = page.name
    relations = ", ".join(f"your {relation}" for relation in page.relations)
    print(f"{bold(harmless(name.shown))} {dim(relations or name.kind)}")
    if page.also:
        print(f"also       {one_line(', '.join(page.also))}")
    if page.together:
        shared = (f"{one.shown} {one.episodes}" for one in page.together)
        print(f"told with  {one_line(', '.join(shared))}")
    for fact in page.facts:
        past = ", no longer so" if fact.replaced else ""
        print(f"{fact.kind:<13}{one_line(fact.value)} {dim(f'#{fact.episode_id}{past}')}")
    for told in page.told:
        day = f"{datetime.fromtimestamp(told.episode.created):%Y-%m-%d}"
        print(f"{day} #{told.episode.id} {one_line(told.episode.text)}")
        if told.before is not None:
            print(dim(f"           before: {one_line(told.before.text)}"))


def projects(session: CommandSession, options: Options) -> None:
    if options.create:
        session.ask(CreateProject(options.create))
    gone = project_id(session, options.delete)
    if gone is not None:
        session.ask(DeleteProject(gone))
    found: tuple[Project, ...] = session.ask(ListProjects())
    if options.json:
        print_json({"projects": [asdict(project) for project in found]})
    elif not found:
        print("There is no project yet.")
    else:
        print_table(
            ("id", "episodes", "conversations", "name"),
            [(str(p.id), str(p.episodes), str(p.conversations), p.name) for p in found],
        )


def _filter(session: CommandSession, options: Options) -> EpisodeFilter:
    return EpisodeFilter(
        text=options.match,
        meaning=options.meaning,
        kept_since=options.since,
        kept_until=options.until,
        recalls="never" if options.never_recalled else "any",
        pinned_only=options.pinned,
        conversation=options.conversation,
        project=project_id(session, options.project),
        held_back=options.held_back,
        archived=options.archived,
    )


# --- changing ----------------------------------------------------------------------------------


def merge(session: CommandSession, options: Options) -> None:
    _print_changed((session.ask(MergeEpisodes(options.ids, options.text)),), options)


def split(session: CommandSession, options: Options) -> None:
    _print_changed(session.ask(SplitEpisode(options.ids[0], options.at)), options)


def move(session: CommandSession, options: Options) -> None:
    project = project_id(session, options.project)
    count: int = session.ask(MoveEpisodes(options.ids, project))
    if options.json:
        print_json({"moved": count})
    else:
        print(f"Moved: {count}")


def confirm(session: CommandSession, options: Options) -> None:
    count: int = session.ask(ConfirmEpisodes(options.ids))
    if options.json:
        print_json({"confirmed": count})
    else:
        print(f"Confirmed: {count}")


def _print_changed(episodes: tuple[Episode, ...], options: Options) -> None:
    if options.json:
        print_json({"episodes": [json_forms.episode(episode) for episode in episodes]})
    else:
        for episode in episodes:
            print(f"{bold(f'#{episode.id}')} {harmless(episode.text)}")


def _print_episodes(episodes: tuple[Episode, ...]) -> None:
    print_table(
        ("id", "age", "kind", "salience", "recalled", "mark", "text"),
        [
            (
                str(episode.id),
                ago(episode.created),
                episode.kind,
                f"{episode.salience:.2f}",
                str(episode.recalled),
                "pinned" if episode.pinned else "archived" if episode.archived else "",
                episode.text,
            )
            for episode in episodes
        ],
    )
