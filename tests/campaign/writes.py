"""Every kind of write, as calls of the memory whose results are the same each time."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nowprint.encryption import unlocking
from nowprint.errors import UserError
from nowprint.forgetting_plan import RetentionRules
from nowprint.inspection import EpisodeFilter, ExportOptions, Forgetting
from nowprint.memory.erasure.retention import MONTH
from nowprint.persona_records import Persona
from nowprint.records import Contribution, EpisodeDraft, Recollection, Source, Why
from nowprint.service.encryption import conversion
from nowprint.settings import Profile, Settings, save_settings

from ..memory.marked import marker, tell, traced
from .place import PASSPHRASES, Call, Place, Sequence, lock

EPISODES, BY_CHAT = 24, 4
CHATS = 12
"""In a file that is imported."""
PROFILES = Path(__file__).parents[1] / "memory" / "data" / "profiles"


def make_bases(folder: Path, chance: random.Random) -> dict[str, Path]:
    """Profiles to begin with: one with memories, and one of each version."""
    lock()  # before anything forks
    made = folder / "made"
    place = _opened(made)
    for number in range(EPISODES):
        if number % BY_CHAT == 0:
            chat = place.store.create_conversation().id
        tell(place.memory, number, chance, chat)
    project = place.memory.projects.create("Home").id
    place.memory.projects.move([1, 2, 3], project)
    place.memory.close()
    elsewhere = _opened(folder / "elsewhere")
    chat = elsewhere.store.create_conversation().id
    for number in range(15):
        tell(elsewhere.memory, 100 + number, chance, chat)
    elsewhere.memory.files.export(
        str(folder / "elsewhere.nowprint"), EpisodeFilter(), ExportOptions()
    )
    elsewhere.memory.close()
    (folder / "chats.json").write_text(
        json.dumps([_chat(number) for number in range(CHATS)]), encoding="utf-8"
    )
    return {"made": made, **_older(folder)}


def _opened(folder: Path) -> Place:
    folder.mkdir()
    return Place(folder, {})


def _older(folder: Path) -> dict[str, Path]:
    """A profile as each version wrote it."""
    made = {}
    for file in sorted(PROFILES.glob("*.db.gz"), key=lambda file: int(file.name.split(".")[0])):
        older = folder / f"version_{file.name.removesuffix('.db.gz')}"
        older.mkdir()
        Profile(older).database.write_bytes(gzip.decompress(file.read_bytes()))
        made[older.name] = older
    return made


def _chat(number: int) -> dict[str, Any]:
    """A chat as Claude exports it."""
    at = f"2025-01-05T10:{number:02}:00Z"
    return {
        "uuid": str(number), "name": f"Chat {number}", "created_at": at, "updated_at": at,
        "chat_messages": [
            {"uuid": f"{number}-{n}", "sender": who, "text": f"{who} {number}, {n}", "created_at": at}
            for n, who in enumerate(("human", "assistant", "human", "assistant"))
        ],
    }  # fmt: skip


def sequences(folder: Path, bases: dict[str, Path], chance: random.Random) -> list[Sequence]:
    """One sequence of each kind of write; of migrations, one for each version."""
    made = bases["made"]
    return [
        Sequence("turn", made, turns(chance)),
        Sequence("edit", made, edits(chance)),
        Sequence("arrange", made, arranging()),
        Sequence("import", made, importing(folder)),
        Sequence("forget", made, forgetting(chance), loose=True),
        Sequence("care", made, care(chance)),
        Sequence("encryption", made, encrypting(chance)),
        Sequence("backup", made, backing_up(chance), loose=True),
        *(
            Sequence("migrate", base, (Call("embed", lambda p: p.memory.prepare()),), loose=True)
            for name, base in bases.items()
            if name.startswith("version_")
        ),
    ]


# --- turns -------------------------------------------------------------------------------------


def turns(chance: random.Random) -> tuple[Call, ...]:
    calls: list[Call] = []
    for number in range(6):
        if number % 3 == 0:
            calls.append(
                Call("begin a chat", _keep("chat", lambda p: p.store.create_conversation().id))
            )
        calls += _turn(number, chance)
    calls.append(Call("fork", lambda p: p.store.fork(p.ids["asked 4"])))
    calls.append(Call("show a branch", lambda p: p.store.show_branch(p.ids["answer 1"])))
    return tuple(calls)


def _turn(number: int, chance: random.Random) -> list[Call]:
    word = marker(chance)
    text = f"My {word} number {number} stands behind the door of the station."
    reply = f"So your {word} stands there."
    trace, answered = traced(text, chance), traced(reply, chance)
    asked, answer = f"asked {number}", f"answer {number}"

    def draft(place: Place) -> EpisodeDraft:
        source = Source(place.ids[asked], place.ids["chat"], "user", 0, len(text))
        why = Why(0.8, 0.5, -1.0, (Contribution("words", 12.0, 0.7),), ())
        return EpisodeDraft(text, text, "captured", 0.8, why, (source,))

    def told(place: Place) -> tuple[int, ...]:
        return place.memory.query.ids(EpisodeFilter(text=word))

    def finish(place: Place) -> None:
        place.memory.finish_turn(
            answer_id=place.ids[answer], answer_text=reply, state="complete",
            traces={place.ids[answer]: answered}, baselines={("m", "assistant"): b"figures"},
            recollections=[Recollection(*place.memory.episodes([number + 1]), 0.5, ())], pinned=(),
        )  # fmt: skip

    def ask(place: Place) -> int:
        return place.store.add_message(place.ids["chat"], "user", text).id

    def begin(place: Place) -> int:
        return place.store.add_message(place.ids["chat"], "assistant", "", state="writing").id

    def measure(place: Place) -> None:
        (id,) = told(place)
        nats = np.arange(8, dtype=np.float32)
        place.memory.measurements.put_likelihoods("tiny", {id: nats}, {id: text})

    return [
        Call("add a message", _keep(asked, ask)),
        Call("begin an answer", _keep(answer, begin)),
        Call("name its sources", lambda p: p.memory.begin_answer(p.ids[answer], (), ())),
        Call("hear", lambda p: p.memory.hear(p.ids[asked], trace, {("m", "user"): b"figures"})),
        Call("write a part", lambda p: p.store.update_message(p.ids[answer], reply[:9], "writing")),
        Call("finish the turn", finish),
        Call("judge", lambda p: p.memory.judge(p.ids[asked], None, (), [draft(p)])),
        Call("measure", measure),
    ]


def _keep(name: str, make: Any) -> Any:
    def do(place: Place) -> None:
        place.ids[name] = make(place)

    return do


# --- what the user changes -----------------------------------------------------------------------


def edits(chance: random.Random) -> tuple[Call, ...]:
    words = [marker(chance) for _ in range(8)]
    merged = _keep("merged", lambda p: p.memory.editing.merge([9, 10, 11], "").id)
    return (
        *(Call("edit", lambda p, n=n, w=w: p.memory.edit(n, f"The {w} is in the attic."))
          for n, w in enumerate(words[:4], 1)),
        Call("merge", merged),
        Call("split", lambda p: p.memory.editing.split(12, [20, 30])),
        *(Call("edit", lambda p, n=n, w=w: p.memory.edit(n, f"The {w} is in the cellar."))
          for n, w in enumerate(words[4:], 1)),
        Call("edit a merged one", lambda p: p.memory.edit(p.ids["merged"], "All of it is one thing.")),
        Call("remember", lambda p: p.memory.keep(_by_hand(f"Remember the {words[0]}."))),
        Call("another message", lambda p: p.store.add_message(1, "user", "Otherwise.", parent=0)),
        Call("rename", lambda p: p.store.rename_conversation(1, "Renamed")),
        Call("which holds", lambda p: p.memory.settling.settle(6, 5, "newer")),
    )  # fmt: skip


def _by_hand(text: str) -> EpisodeDraft:
    return EpisodeDraft(text, text, "remembered", 1.0, Why(1.0, 0.0, 0.0, (), ()), ())


def arranging() -> tuple[Call, ...]:
    rules = RetentionRules(older=12, on=True)
    persona = Persona(name="Cook", system="You cook.")

    def rule(place: Place) -> None:
        place.memory.retention.preview(rules)
        place.memory.retention.use(rules)

    def cook(place: Place) -> int:
        return place.memory.personas.put(persona).id

    return (
        Call("pin", lambda p: p.memory.pin([1, 2, 3], True)),
        Call("archive memories", lambda p: p.memory.archive.archive([4, 5, 6])),
        Call("bring memories back", lambda p: p.memory.archive.bring_back([5])),
        Call("new project", _keep("project", lambda p: p.memory.projects.create("Sea").id)),
        Call("move memories", lambda p: p.memory.projects.move([4, 5, 6, 7], p.ids["project"])),
        Call("move a chat", lambda p: p.memory.projects.move_conversation(2, p.ids["project"])),
        Call("persona", _keep("cook", cook)),
        Call("choose a persona", lambda p: p.store.choose_persona(1, p.ids["cook"])),
        Call("instruct", lambda p: p.memory.projects.instruct(1, "Be brief.", p.ids["cook"])),
        Call("rename a project", lambda p: p.memory.projects.rename(1, "House")),
        Call("pin chats", lambda p: p.memory.arrangement.mark([1, 2], "pinned", True)),
        Call("archive", lambda p: p.memory.arrangement.mark([3], "archived", True)),
        Call("filter", lambda p: p.memory.saved_filters.save("x", EpisodeFilter("door"), "newest")),
        Call("rules", rule),
        Call("unpin", lambda p: p.memory.pin([2], False)),
        Call("memory off", lambda p: p.store.use_memory(1, recalls=False, captures=False)),
        Call("settings", lambda p: save_settings(p.profile, Settings(context=1024))),
        Call("settings", lambda p: save_settings(p.profile, Settings(context=2048))),
        Call("drop a filter", lambda p: p.memory.saved_filters.delete("x")),
        Call("change a persona",
             lambda p: p.memory.personas.put(replace(persona, id=p.ids["cook"], system="You bake."))),
    )  # fmt: skip


# --- files ---------------------------------------------------------------------------------------


def importing(folder: Path) -> tuple[Call, ...]:
    def bring(file: str, *, chats: bool) -> Any:
        def do(place: Place) -> None:
            files = place.memory.files
            review = files.review(str(folder / file), "")
            files.apply(review.id, (), read=False, chats=chats)

        return do

    def paste(place: Place) -> None:
        files = place.memory.files
        review = files.review_text("- The rent is due on the third.\n- My sister plays the cello.")
        files.apply(review.id, (), read=False)

    def read(place: Place) -> None:
        files = place.memory.files
        files.apply(files.review(str(folder / "chats.json"), "").id, (), read=True)

    return (
        Call("memory file", bring("elsewhere.nowprint", chats=False)),
        Call("chats", bring("chats.json", chats=True)),
        Call("a list", paste),
        Call("to be read", read),
        Call("confirm", lambda p: p.memory.editing.confirm([25, 26])),
    )


# --- forgetting, and looking after -----------------------------------------------------------------


def forgetting(chance: random.Random) -> tuple[Call, ...]:
    ids = chance.sample(range(17, EPISODES + 1), 4)  # of the chats that nothing below takes

    def forget(what: Forgetting, **along: bool) -> Any:
        return _keep("batch", lambda p: p.memory.forgetting.forget(what, **along).batch)

    def purge(place: Place) -> None:
        place.memory.purging.purge(batch=place.ids["batch"])

    def by_rule(place: Place) -> None:
        place.clock.now += 100 * MONTH
        rules = RetentionRules(older=90)
        place.memory.retention.preview(rules)
        place.memory.retention.apply(rules)

    all_ = {"messages": True, "answers": True}
    return (
        Call("forget", forget(Forgetting((ids[0],)), **all_)),
        Call("purge", purge),
        Call("forget with chats", forget(Forgetting(tuple(ids[1:4])), **all_, chats=True)),
        Call("purge", purge),
        Call("delete a chat", lambda p: p.memory.delete_conversation(3, False)),
        Call("purge all", lambda p: p.memory.purge(all=True)),
        Call("forget a chat", forget(Forgetting(conversation=4))),
        Call("purge", purge),
        Call("drop a project", lambda p: p.memory.forgetting.delete_project(1)),
        Call("forget a message", forget(Forgetting(messages=(2,)))),
        Call("purge all", lambda p: p.memory.purge(all=True)),
        Call("forget by rule", by_rule),
        Call("purge all", lambda p: p.memory.purge(all=True)),
    )


def encrypting(chance: random.Random) -> tuple[Call, ...]:
    words = [marker(chance) for _ in range(6)]

    def remember(word: str) -> Call:
        text = f"The {word} is in the attic."
        return Call("remember", lambda p: p.memory.keep(_by_hand(text)))

    def encrypt(place: Place) -> None:
        key, file = lock()
        place.memory.close()
        conversion.encrypt(place.profile, key, file, keyring=False)
        place.open()

    def decrypt(place: Place) -> None:
        place.memory.close()
        conversion.decrypt(place.profile)
        place.open()

    return (
        remember(words[0]),
        Call("settings", lambda p: save_settings(p.profile, Settings(context=1024))),
        Call("encrypt", encrypt),
        remember(words[1]),
        Call("settings", lambda p: save_settings(p.profile, Settings(context=2048))),
        Call(
            "another passphrase", lambda p: unlocking.change_passphrase(p.profile, PASSPHRASES[1])
        ),
        remember(words[2]),
        Call("close and open", lambda p: p.reopen()),
        Call("decrypt", decrypt),
        remember(words[3]),
        Call("encrypt", encrypt),
        Call("pin", lambda p: p.memory.pin([1], True)),
        Call("decrypt", decrypt),
        remember(words[4]),
    )


def backing_up(chance: random.Random) -> tuple[Call, ...]:
    words = [marker(chance) for _ in range(4)]

    def remember(word: str) -> Call:
        return Call("remember", lambda p: p.memory.keep(_by_hand(f"The {word} is in the attic.")))

    def back_up(place: Place) -> str:
        return Path(place.memory.backups.make().path).name

    def restore(place: Place) -> None:
        place.memory.backups.ask_to_restore(place.ids["backup"])
        place.reopen()
        if place.not_restored:
            raise UserError(place.not_restored)

    def forget(place: Place) -> None:
        place.memory.forgetting.forget(Forgetting((18,)), messages=True, answers=True)

    return (
        remember(words[0]),
        Call("back up", _keep("backup", back_up)),
        remember(words[1]),
        Call("forget", forget),
        Call("purge, and follow", lambda p: p.memory.purge(all=True)),
        Call("back up", _keep("another", back_up)),
        remember(words[2]),
        Call("restore", restore),
        remember(words[3]),
        Call("pin", lambda p: p.memory.pin([1], True)),
        Call("delete a backup", lambda p: p.memory.backups.delete(p.ids["another"])),
    )


def care(chance: random.Random) -> tuple[Call, ...]:
    """What changes nothing that can be seen, between calls that do."""
    words = [marker(chance) for _ in range(6)]
    calls: list[Call] = []
    for number, word in enumerate(words):
        text = f"The {word} number {number} is in the attic."
        calls += [
            Call("remember", lambda p, text=text: p.memory.keep(_by_hand(text))),
            (
                Call("close and open", lambda p: p.reopen()),
                Call("repair", lambda p: p.memory.findings(repair=True)),
                Call("settle", lambda p: p.store.database.settle()),
            )[number % 3],
        ]
    return tuple(calls)
