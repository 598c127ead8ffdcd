"""A client with the real one's interface and a small world of its own instead of a core.

It works on a thread of its own, as the real one does, so that the window's hops between threads
are tested too. ``hold`` keeps back the answer's end, ``die`` plays the core's death, ``faults``
gives the error that a kind of request fails with.
"""

from __future__ import annotations

import dataclasses
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from nowprint import records as r
from nowprint.errors import CoreDied, NotFound
from nowprint.service import protocol as p
from nowprint.settings import Profile, Settings

NOW = time.time()
DAY = 86400.0
MODEL = r.ModelInfo(
    "fake", "Fake 135M", "/models/fake.gguf", 4096, 8192, 49152, 134_500_000, 98_000_000
)


def scores(text: str, surprising: dict[str, float] | None = None) -> tuple[r.TokenScore, ...]:
    """Words as tokens; surprisal by a word's length unless named."""
    found, at = [], 0
    for number, word in enumerate(text.split(" ")):
        token = word if number == 0 else " " + word
        value = (surprising or {}).get(word.strip(".,"), min(6.0, 0.35 * len(word)))
        alternatives = tuple(
            r.Alternative(n, other, p)
            for n, (other, p) in enumerate(
                ((" dog", 0.31), (" friend", 0.12), (" name", 0.07), (" the", 0.04), ("\n", 0.02))
            )
        )
        found.append(
            r.TokenScore(
                number, token, at, at + len(token), value, value * 0.6, 1.2, 0.4, alternatives
            )
        )
        at += len(token)
    return tuple(found)


class FakeClient:
    def __init__(
        self,
        profile: Profile,
        *,
        on_event: Callable[[r.CoreEvent], None],
        on_death: Callable[[CoreDied], None],
    ) -> None:
        self.on_event, self.on_death = on_event, on_death
        self.settings = Settings()
        self.conversations: dict[int, r.Conversation] = {}
        self.messages: dict[int, r.Message] = {}
        self.replaced: set[int] = set()
        self.episodes: dict[int, r.Episode] = {}
        self.whys: dict[int, r.Why] = {}
        self.traces: dict[int, tuple[r.TokenScore, ...]] = {}
        self.hidden: set[int] = set()
        self.requests: list[Any] = []
        self.faults: dict[type, Exception] = {}
        self.answer = (
            "That is *noted*. Here is how:\n\n```python\nprint('Pickwick')\n```\n\nAnything else?"
        )
        self.trimmed = 0
        self.killers: set[str] = set()
        """Models that end the core while they are loaded."""
        self.recalls: tuple[int, ...] = ()
        self.keeps: str = ""
        self.hold = threading.Event()
        self.hold.set()
        self.starts = 0
        self.slow = threading.Event()
        """Cleared, every call but a turn waits."""
        self.slow.set()
        self._stop = threading.Event()
        self._dead = threading.Event()
        self._open: set[Future[Any]] = set()
        self._ids = iter(range(1, 1_000_000))
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._turns: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    # --- the interface ---------------------------------------------------------------------

    def start(self) -> None:
        self.starts += 1
        self._dead.clear()
        if not self._threads:
            for work in (self._work, self._turns):
                thread = threading.Thread(target=self._run, args=(work,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def close(self, timeout: float = 10) -> None:
        self.hold.set()
        self.slow.set()
        for work in (self._work, self._turns):
            work.put(None)
        for thread in self._threads:
            thread.join(timeout)
        self._threads.clear()

    def call(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._open.add(future)
        self.requests.append(request)

        def work() -> None:
            self.slow.wait()
            if fault := self.faults.get(type(request)):
                self._finish(future, error=fault)
                return
            try:
                self._finish(future, self._reply(request))
            except Exception as error:  # noqa: BLE001 as the core does
                self._finish(future, error=error)

        self._work.put(work)
        return future

    def turn(self, request: Any, on_event: Callable[[r.TurnEvent], None]) -> Future[Any]:
        future: Future[Any] = Future()
        self._open.add(future)
        self.requests.append(request)
        self._stop.clear()

        def work() -> None:
            if fault := self.faults.get(type(request)):
                self._finish(future, error=fault)
            else:
                self._finish(future, self._answer(request, on_event))

        self._turns.put(work)
        return future

    def stop(self) -> None:
        self._stop.set()

    # --- what tests do to it ---------------------------------------------------------------

    def die(self) -> None:
        death = CoreDied("The core process ended by itself (killed).")
        self._dead.set()
        for future in list(self._open):
            self._finish(future, error=death)
        self.hold.set()
        self.on_death(death)

    def say(self, conversation_id: int, role: r.Role, text: str, **more: Any) -> r.Message:
        message = r.Message(
            next(self._ids), conversation_id, role, text, more.pop("created", NOW), "complete",
            "" if role == "user" else MODEL.name, more.pop("sources", ()), more.pop("replaces", None),
        )  # fmt: skip
        self.messages[message.id] = message
        return message

    def converse(self, title: str, *, updated: float = NOW) -> r.Conversation:
        made = r.Conversation(next(self._ids), title, updated, updated, 0)
        self.conversations[made.id] = made
        return made

    def keep(
        self,
        text: str,
        message: r.Message | None = None,
        *,
        kind: r.EpisodeKind = "captured",
        salience: float = 0.83,
        surprising: dict[str, float] | None = None,
        **more: Any,
    ) -> r.Episode:
        start = message.text.find(text) if message else 0
        sources: tuple[r.Source, ...] = ()
        moments: tuple[r.Moment, ...] = ()
        if message:
            sources = (
                r.Source(
                    message.id, message.conversation_id, message.role, start, start + len(text)
                ),
            )
            self.traces[message.id] = scores(message.text, surprising)
            moments = tuple(
                r.Moment(message.id, n, token.text, (r.Trigger("surprisal", token.surprisal, 6.4),),
                         r.Signature((1,), (0.3,), token.entropy, token.kl, "0"))
                for n, token in enumerate(self.traces[message.id]) if token.surprisal > 6.4
            )  # fmt: skip
        episode = r.Episode(
            next(self._ids), text, more.pop("gist", text), kind, salience, more.pop("created", NOW), NOW,
            more.pop("pinned", False), False, more.pop("recalled", 0), None, 0, sources,
        )  # fmt: skip
        parts = (
            r.Contribution("framed surprise", 2.1, 1.9), r.Contribution("summed surprisal", 61.0, 1.2),
            r.Contribution("self-reference", 1.0, 0.7), r.Contribution("question mark", 1.0, -0.6),
        )  # fmt: skip
        self.whys[episode.id] = r.Why(salience, 0.5, -1.4, parts, moments)
        self.episodes[episode.id] = episode
        return episode

    # --- its world -------------------------------------------------------------------------

    @staticmethod
    def _run(work: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        while task := work.get():
            task()

    def _finish(
        self, future: Future[Any], value: Any = None, error: Exception | None = None
    ) -> None:
        if future in self._open:
            self._open.discard(future)
            if error:
                future.set_exception(error)
            else:
                future.set_result(value)

    def _answer(self, request: Any, tell: Callable[[r.TurnEvent], None]) -> r.Answer | None:
        cid = request.conversation_id
        mine = [m for m in self.messages.values() if m.conversation_id == cid]
        if isinstance(request, p.Send):
            user = self.say(cid, "user", request.text)
            old = None
        else:
            user = [m for m in mine if m.role == "user"][-1]
            old = next(
                (m for m in reversed(mine) if m.role == "assistant" and m.id not in self.replaced),
                None,
            )
        if old:
            self.replaced.add(old.id)
        answer = self.say(cid, "assistant", "", replaces=old.id if old else None)
        answer = self._put(answer, state="writing")
        tell(r.Started(user, answer))
        tell(r.Recalled(tuple(r.Recollection(self.episodes[id], 0.8, ()) for id in self.recalls)))
        if self.trimmed:
            tell(r.HistoryTrimmed(self.trimmed))
        said, words = "", self.answer.split(" ")
        for number, word in enumerate(words):
            piece = word if number == 0 else " " + word
            said += piece
            tell(r.AnswerText(piece, number + 1, 98.2, 120 + number))
            if number == len(words) // 2:
                while not self.hold.wait(0.01) and not self._stop.is_set():
                    pass
            if self._stop.is_set() or self._dead.is_set():
                break
        if self._dead.is_set():
            self._put(answer, text=said, state="broken")
            return None
        stopped = self._stop.is_set()
        answer = self._put(
            answer, text=said, state="stopped" if stopped else "complete", sources=self.recalls
        )
        done = r.Answer(
            answer, self.recalls, len(words), 98.2, 60, 20, 180, "stopped" if stopped else "end"
        )  # fmt: skip
        tell(done)
        kept: tuple[r.Kept, ...] = ()
        if self.keeps:
            episode = self.keep(self.keeps, user)
            kept = (r.Kept(episode, self.whys[episode.id], False),)
        tell(r.Stored(kept))
        return done

    def _put(self, message: r.Message, **changed: Any) -> r.Message:
        self.messages[message.id] = dataclasses.replace(message, **changed)
        return self.messages[message.id]

    def _episode(self, id: int) -> r.Episode:
        if id not in self.episodes or id in self.hidden:
            raise NotFound(f"There is no memory {id}.")
        return self.episodes[id]

    def _change(self, id: int, **fields: Any) -> r.Episode:
        self.episodes[id] = dataclasses.replace(self._episode(id), **fields)
        return self.episodes[id]

    def _reply(self, request: Any) -> Any:
        match request:
            case p.ListConversations():
                return tuple(sorted(self.conversations.values(), key=lambda c: -c.updated))
            case p.CreateConversation(temporary):
                made = r.Conversation(next(self._ids), "", time.time(), time.time(), 0)
                if not temporary:
                    self.conversations[made.id] = made
                return made
            case p.RenameConversation(id, title):
                self.conversations[id] = dataclasses.replace(self.conversations[id], title=title)
                return self.conversations[id]
            case p.DeleteConversation(id, forget):
                self.conversations.pop(id, None)
                mine = [
                    e.id for e in self.episodes.values()
                    if forget and any(s.conversation_id == id for s in e.sources)
                ]  # fmt: skip
                self.hidden.update(mine)
                return len(mine)
            case p.ListMessages(cid, before, limit):
                mine = [
                    m for m in self.messages.values()
                    if m.conversation_id == cid and m.id not in self.replaced
                    and (before is None or m.id < before)
                ]  # fmt: skip
                return tuple(mine[-limit:])
            case p.GetMessage(id):
                return self.messages[id]
            case p.LoadModel(path):
                if (path or self.settings.model) in self.killers:
                    self.die()
                self.on_event(r.Progress("Loading the model", 0.5))
                self.on_event(r.Progress("Loading the model", 1.0))
                return dataclasses.replace(MODEL, path=path or MODEL.path)
            case p.GetSettings():
                return self.settings
            case p.ChangeSettings(settings):
                self.settings = settings
                return settings
            case p.Prepare():
                return None
            case _:
                return self._memory(request)

    def _memory(self, request: Any) -> Any:
        match request:
            case p.ListEpisodes(text, sort, pinned_only, offset, limit):
                words = text.lower().split()
                rows = [
                    e for e in self.episodes.values()
                    if e.id not in self.hidden and (e.pinned or not pinned_only)
                    and all(word in e.text.lower() for word in words)
                ]  # fmt: skip
                keys = {"newest": lambda e: -e.created, "oldest": lambda e: e.created,
                        "salience": lambda e: -e.salience, "recalled": lambda e: -e.recalled}  # fmt: skip
                rows.sort(key=keys[sort])
                return r.EpisodePage(tuple(rows[offset : offset + limit]), len(rows))
            case p.ShowEpisode(id):
                return self._detail(self._episode(id))
            case p.Remember(text, message_id, _, _):
                message = self.messages[message_id] if message_id else None
                episode = self.keep(text, message, kind="remembered", salience=1.0)
                return r.Kept(episode, self.whys[episode.id], False)
            case p.EditEpisode(id, text):
                return self._change(id, text=text, gist=text, edited=True)
            case p.PinEpisodes(ids, pinned):
                return tuple(self._change(id, pinned=pinned) for id in ids)
            case p.ForgetEpisodes(ids):
                self.hidden.update(ids)
                return len(ids)
            case p.UndoForget(ids):
                self.hidden.difference_update(ids)
                return len(ids)
        raise AssertionError(f"the fake knows no {request}")

    def _detail(self, episode: r.Episode) -> r.EpisodeDetail:
        sources = tuple(
            r.SourceTrace(
                self.messages[s.message_id], s.start, s.end, self.traces.get(s.message_id, ())
            )
            for s in episode.sources
        )
        ids = sorted(id for id in self.episodes if id not in self.hidden)
        at = ids.index(episode.id)
        answers = tuple(m for m in self.messages.values() if episode.id in m.sources)
        history = (r.AuditLine(episode.created, "kept", f"salience {episode.salience:.2f}"),)
        return r.EpisodeDetail(
            episode, self.whys[episode.id], sources, ids[at - 1] if at else None,
            ids[at + 1] if at + 1 < len(ids) else None, answers, history,
        )  # fmt: skip
