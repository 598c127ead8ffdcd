"""``nowprint memory …``: search, show, remember, edit, pin, unpin and count episodes.

The other actions are in browse.py (show and change several episodes), forgetting.py, files.py (memory
files), capture.py (what is worth keeping) and sleep/nights.py.
"""

from __future__ import annotations

from collections.abc import Callable

from nowprint.cli import browse, capture, files, forgetting, json_forms, retention
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.sleep import nights
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
from nowprint.records import Episode, EpisodeDetail, Kept, MemoryStats, Recollection, Why
from nowprint.service.protocol import (
    EditEpisode,
    MemoryStatistics,
    PinEpisodes,
    Remember,
    SearchEpisodes,
    ShowEpisode,
)


def memory(options: Options) -> int:
    if options.action == "import" and not options.file:
        files.print_question()
        return 0
    with CommandSession(options.profile) as session:
        COMMANDS[options.action](session, options)
    return 0


def search(session: CommandSession, options: Options) -> None:
    found: tuple[Recollection, ...] = session.ask(SearchEpisodes(options.text, options.limit))
    if options.json:
        print_json({"memories": [json_forms.recollection(memory) for memory in found]})
    elif not found:
        print("Nothing is kept yet.")
    else:
        print_table(
            ("id", "score", "of which", "text"),
            [
                (
                    str(memory.episode.id),
                    f"{memory.score:.2f}",
                    ", ".join(f"{name} {value:.2f}" for name, value in memory.parts),
                    memory.episode.text,
                )
                for memory in found
            ],
        )


def show(session: CommandSession, options: Options) -> None:
    detail: EpisodeDetail = session.ask(ShowEpisode(options.ids[0]))
    if options.json:
        print_json(json_forms.detail(detail))
        return
    episode = detail.episode
    _print_episode(episode)
    print(f"gist       {one_line(episode.gist)}")
    print(f"salience   {episode.salience:.2f}, {episode.kind} {ago(episode.created)} ago")
    for spoken in detail.times:
        over = ", over" if spoken.over else ""
        print(f"{'times':<11}{one_line(spoken.words)}: {spoken.days}{over}")
    times = counted(episode.reinforced, "time")
    print(f"recalled   {counted(episode.recalled, 'time')}, reinforced {times}")
    for relation, id in (("changes", episode.replaces), ("changed by", episode.replaced_by)):
        if id is not None:
            other: EpisodeDetail = session.ask(ShowEpisode(id))
            print(f"{relation:<11}#{id}: {one_line(other.episode.text)}")
    _print_why(detail.why)
    for source in detail.sources:
        message = source.message
        print(bold(f"\nsource: message {message.id} ({message.role})"))
        before, after = message.text[: source.start], message.text[source.end :]
        span = message.text[source.start : source.end]
        print(f"{dim(harmless(before))}{harmless(span)}{dim(harmless(after))}")
    if not detail.sources:
        print(dim("\nIts source messages are deleted."))
    for answer in detail.answers:
        print(dim(f"used in answer {answer.id}: {one_line(answer.text)[:72]}"))


def _print_why(why: Why) -> None:
    print(bold("\nwhy it was kept"))
    if why.contributions:
        print(f"salience {why.salience:.2f}; kept from {why.threshold:.2f}")
        if why.salience < why.threshold:
            print("it changes something kept")
        print_table(
            ("feature", "value", "adds"),
            [
                (part.feature, f"{part.value:.2f}", f"{part.contribution:+.2f}")
                for part in why.contributions
            ],
        )
    else:
        print("You asked for it.")
    rows = [
        (moment.text, trigger.statistic, f"{trigger.value:.2f}", f"{trigger.threshold:.2f}")
        for moment in why.moments
        for trigger in moment.triggers
    ]
    if rows:
        print_table(("token", "statistic", "value", "threshold"), rows)


def remember(session: CommandSession, options: Options) -> None:
    kept: Kept = session.ask(Remember(options.text))
    if options.json:
        print_json(json_forms.kept_episode(kept))
    else:
        word = "Reinforced" if kept.reinforced else "Kept"
        print(f"{word}: #{kept.episode.id} {harmless(kept.episode.text)}")


def edit(session: CommandSession, options: Options) -> None:
    episode: Episode = session.ask(EditEpisode(options.ids[0], options.text))
    if options.json:
        print_json(json_forms.episode(episode))
    else:
        _print_episode(episode)


def pin(session: CommandSession, options: Options) -> None:
    pinned = options.action == "pin"
    episodes: tuple[Episode, ...] = session.ask(PinEpisodes(options.ids, pinned))
    if options.json:
        print_json({"episodes": [json_forms.episode(episode) for episode in episodes]})
    else:
        for episode in episodes:
            _print_episode(episode)


def stats(session: CommandSession, options: Options) -> None:
    counts: MemoryStats = session.ask(MemoryStatistics())
    if options.json:
        print_json(json_forms.stats(counts))
        return
    per_token = f"{counts.trace_bytes / counts.trace_tokens:.1f}" if counts.trace_tokens else "0"
    for name, value in (
        ("episodes", f"{counts.episodes}, {counts.pinned} pinned"),
        ("never recalled", str(counts.recalled_never)),
        ("conversations", f"{counts.conversations}, {counted(counts.messages, 'message')}"),
        ("token traces", f"{counted(counts.trace_tokens, 'token')}, {per_token} bytes a token"),
        ("on disk", f"{size(counts.database_bytes)}, index {size(counts.index_bytes)}"),
    ):
        print(f"{name:<16}{value}")
    if counts.parts and counts.episodes:
        print(bold(f"\n{counts.bytes_per_episode:,.0f} bytes an episode"))
        print_table(
            ("bytes", "an episode", "part"),
            [(size(part), f"{part / counts.episodes:,.0f}", name) for name, part in counts.parts],
        )
        print(dim("the chats themselves don't count: they would be there anyway"))


def _print_episode(episode: Episode) -> None:
    marks = [mark for mark in ("pinned", "edited", "archived") if getattr(episode, mark)]
    tail = dim(f" ({', '.join(marks)})") if marks else ""
    print(f"{bold(f'#{episode.id}')} {harmless(episode.text)}{tail}")


COMMANDS: dict[str, Callable[[CommandSession, Options], None]] = {
    "list": browse.list_episodes,
    "chain": browse.chain,
    "dashboard": browse.dashboard,
    "people": browse.people,
    "projects": browse.projects,
    "merge": browse.merge,
    "split": browse.split,
    "move": browse.move,
    "confirm": browse.confirm,
    "search": search,
    "show": show,
    "remember": remember,
    "edit": edit,
    "pin": pin,
    "unpin": pin,
    "forget": forgetting.forget,
    "receipts": forgetting.receipts,
    "retention": retention.retention,
    "nights": nights.nights,
    "sleep": nights.sleep,
    "archive": nights.archive,
    "export": files.export,
    "import": files.import_file,
    "imports": files.imports,
    "undo-import": files.undo_import,
    "readings": files.readings,
    "not-worth": capture.not_worth,
    "preview": capture.preview,
    "head": capture.head,
    "stats": stats,
}
