"""The fake client keeps to what the core does: both are asked the same, and their accounts compared.

The tests are one story. What they assert holds of both sides. The fake, which has no model, is told
beforehand what it keeps of a message and what it recalls; the core finds that by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from contract import Side
from fake_client import FakeClient
from fake_models import GATED, TALKER

import nowprint.gui
from nowprint.events import AnswerText, Progress, Stored
from nowprint.forgetting_plan import RetentionRules
from nowprint.inspection import EpisodeFilter, ExportOptions, Forgetting, Import, ReplayProgress
from nowprint.model_records import DownloadChanged, HubListing
from nowprint.model_settings import ModelSettings
from nowprint.persona_records import NOBODY, Otherwise, Persona
from nowprint.records import NewConversation
from nowprint.service import protocol as p
from nowprint.service.client import Client
from nowprint.service.request import Request
from nowprint.service.requests import arranging as a
from nowprint.service.requests import backups as bk
from nowprint.service.requests import branches as b
from nowprint.service.requests import changes as c
from nowprint.service.requests import chat_files as cf
from nowprint.service.requests import context as cx
from nowprint.service.requests import memory as m
from nowprint.service.requests import models as mr
from nowprint.service.requests import people as pl
from nowprint.service.requests import personas as pe
from nowprint.service.requests import retention as rt
from nowprint.service.requests import search as s
from nowprint.service.requests import sleep as sl
from nowprint.settings import Profile, Settings, prepare_profile

from ...models.downloading import weights
from ...models.hub_server import HubServer

pytestmark = pytest.mark.story
CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
SISTER = "My sister Ingrid lives in Tromsø and works on a ferry."
QUESTION = "What does my cat need to eat?"
NOWHERE = 999_999
ALL = EpisodeFilter()
SHORT = Settings(context=1024, temperature=0, answer_tokens=12)
ELSEWHERE = {
    "uuid": "1",
    "name": "Boats",
    "created_at": "2025-05-01T10:00:00Z",
    "chat_messages": [
        {
            "sender": ("human", "assistant")[number % 2],
            "text": f"My boat number {number} is called Freya the {number}th.",
            "created_at": "2025-05-01T10:00:00Z",
        }
        for number in range(200)
    ],
}
"""A conversation as Claude exports it."""


@pytest.fixture(scope="module")
def sides(
    starter_model: Path,
    embedder_folder: Path,
    nothing_left_behind_the_story: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Side, Side]]:
    folder = tmp_path_factory.mktemp("contract")
    both = Side(FakeClient, Profile(folder / "fake")), Side(Client, Profile(folder / "core"))
    prepare_profile(Profile(folder / "core"))
    with pytest.MonkeyPatch.context() as patch:
        hub = HubServer()
        for one in (TALKER, GATED):
            fill(hub, one)
        patch.setenv("HF_ENDPOINT", hub.url)
        for side in both:
            side.client.start()
        yield both
        for side in both:
            side.client.close()
        hub.close()


def fill(hub: HubServer, listing: HubListing) -> None:
    """The hub has what the fake client has."""
    files = {}
    for one in listing.files:
        names = [one.file.replace("-00001-", f"-{n + 1:05}-") for n in range(one.parts)]
        files |= {name: weights(one.size // one.parts, n) for n, name in enumerate(names)}
    told = hub.add(listing.repository.repository, files)
    told.downloads, told.licence = listing.repository.downloads, listing.repository.licence
    told.gated = listing.repository.gated


def both(chapter: Callable[[Side], None]) -> Callable[..., None]:
    """A test that asks both sides, and compares what each was answered and told."""

    def test(sides: tuple[Side, Side]) -> None:
        fake, core = sides
        for side in sides:
            side.account.clear()
            chapter(side)
        if differences := list(unified_diff(fake.account, core.account, "fake", "core", n=2)):
            pytest.fail("\n".join(differences))

    test.__name__, test.__doc__ = chapter.__name__, chapter.__doc__
    return test


# --- the start ---------------------------------------------------------------------------------


@both
def test_settings_are_kept(side: Side) -> None:
    assert side.ask(p.GetSettings()) == Settings()
    assert side.ask(p.ChangeSettings(SHORT)) == SHORT
    assert side.ask(p.GetSettings()) == SHORT


@both
def test_loading_tells_how_far_it_is(side: Side) -> None:
    side.ask(p.LoadModel())
    side.until(Progress, lambda told: told.fraction == 1.0)
    side.ask(p.Prepare())


@both
def test_what_depends_on_the_machine_is_of_the_promised_type(side: Side) -> None:
    for request in (
        p.Doctor(), p.ListDevices(), m.GetDashboard(), p.MemoryStatistics(), p.PreviewKeep(0.5),
        mr.GetShelf(), mr.GetModelSettings(), mr.EstimateMemory("", ModelSettings()),
        mr.ChangeModelSettings("", ModelSettings(top_k=7)),
    ):  # fmt: skip
        side.ask(request)
    side.account.clear()


# --- turns -------------------------------------------------------------------------------------


@both
def test_a_turn(side: Side) -> None:
    side.expect(keeps=CAT)
    side.talk = side.ask(p.CreateConversation()).id
    answer, events = side.turn(p.Send(side.talk, CAT))
    side.answer, side.asked = answer.message.id, events[0].message.id
    side.cat = side.until(Stored).kept[0].episode.id
    side.ask(p.ListConversations())
    side.ask(p.ListMessages(side.talk))
    side.ask(p.GetMessage(side.answer))
    side.ask(p.GetInfluence(side.answer))
    side.ask(p.SayNeeded(side.answer, needed=False))
    side.ask(p.SayNeeded(side.answer, needed=True))
    side.ask(p.ShowEpisode(side.cat))


@both
def test_another_answer(side: Side) -> None:
    side.expect()
    answer, _ = side.turn(p.Retry(side.talk))
    assert answer.message.replaces == side.answer
    side.until(Stored)
    side.ask(p.ListMessages(side.talk))
    side.ask(p.GetMessage(side.answer))
    side.ask(p.ListConversations())


@both
def test_branches(side: Side) -> None:
    side.expect()
    talk = side.ask(p.CreateConversation()).id
    first, events = side.turn(p.Send(talk, "Hello there"))
    side.until(Stored)
    edited, _ = side.turn(p.Edit(events[0].message.id, "Good morning"))
    side.until(Stored)
    side.ask(p.ListMessages(talk))
    side.ask(b.ShowBranch(first.message.id))
    side.ask(p.ListMessages(talk))
    side.turn(p.Retry(talk, first.message.id))
    side.until(Stored)
    side.ask(b.GetTree(talk))
    side.ask(b.DeleteBranch(edited.message.parent))
    side.ask(b.GetTree(talk))
    side.ask(p.ListMessages(talk, first.message.id))
    fork = side.ask(b.ForkConversation(first.message.id))
    side.ask(p.ListMessages(fork.id))
    for id in (fork.id, talk):
        side.ask(p.DeleteConversation(id, False))
    side.ask(p.ListConversations())


@both
def test_what_is_recalled(side: Side) -> None:
    side.expect(recalls=(side.cat,))
    side.other = side.ask(p.CreateConversation()).id
    answer, _ = side.turn(p.Send(side.other, QUESTION))
    assert answer.sources == (side.cat,)
    side.until(Stored)
    side.ask(p.ListMessages(side.other))
    side.ask(p.ShowEpisode(side.cat))
    side.ask(m.FindEpisodes())
    side.ask(m.FindEpisodes(EpisodeFilter(recalls="never")))
    side.ask(p.ListConversations())


@both
def test_an_answer_is_stopped(side: Side) -> None:
    side.expect()
    side.ask(p.ChangeSettings(Settings(context=1024, temperature=0, answer_tokens=400)))

    def stop(event: Any) -> None:
        if isinstance(event, AnswerText) and event.tokens >= 3:
            side.client.stop()

    answer, _ = side.turn(p.Send(side.talk, "Write a long story about a lighthouse keeper."), stop)
    assert (answer.finish, answer.message.state) == ("stopped", "stopped")
    side.until(Stored)
    side.ask(p.ListMessages(side.talk))
    side.ask(p.ChangeSettings(SHORT))


@both
def test_what_the_model_has_before_it(side: Side) -> None:
    side.expect()
    talk = side.ask(p.CreateConversation()).id
    assert side.ask(cx.GetContext(talk)) is None
    answer, events = side.turn(p.Send(talk, "Hello there"))
    side.until(Stored)
    first = events[0].message.id
    _, events = side.turn(p.Send(talk, "And how are you?"))
    side.until(Stored)
    context = side.ask(cx.GetContext(talk))
    assert context.conversation == talk
    assert context.tokens + context.answer_room <= context.size
    said = [(one.kind, one.id) for one in context.parts if one.kind in ("chat", "message")]
    assert said == [
        ("chat", first), ("chat", answer.message.id), ("message", events[0].message.id)
    ]  # fmt: skip
    side.ask(cx.HoldMessage(first, True))
    held = [one.id for one in side.ask(cx.GetContext(talk)).parts if one.held]
    assert held == [first]
    side.ask(cx.HoldMessage(first, False))
    assert not any(one.held for one in side.ask(cx.GetContext(talk)).parts)
    side.refuses(cx.HoldMessage(NOWHERE, True))
    side.ask(p.DeleteConversation(talk, False))


@both
def test_a_temporary_chat(side: Side) -> None:
    side.expect(keeps=CAT)
    talk = side.ask(p.CreateConversation(True))
    side.turn(p.Send(talk.id, CAT))
    side.until(Stored)
    side.ask(p.ListMessages(talk.id))
    side.ask(p.ListConversations())
    side.ask(p.DeleteConversation(talk.id, False))
    side.refuses(p.ListMessages(talk.id))


@both
def test_a_conversation_that_its_first_message_makes(side: Side) -> None:
    side.expect()
    new = NewConversation(recalls=False, captures=False)
    side.refuses(p.Send(new, "  "), p.Send(NewConversation(project=NOWHERE), "Hello"))
    answer, events = side.turn(p.Send(new, "Hello, who are you?"))
    assert events[0].conversation.id == answer.message.conversation_id
    side.until(Stored)
    side.ask(p.ListConversations())
    side.ask(p.DeleteConversation(answer.message.conversation_id, False))


# --- memories ----------------------------------------------------------------------------------


@both
def test_what_is_written_by_hand(side: Side) -> None:
    side.sister = side.ask(p.Remember(SISTER)).episode.id
    side.ask(p.Remember(SISTER))
    side.ask(p.Remember("the low phosphorus food", side.asked, CAT.index("the low"), len(CAT) - 1))
    side.ask(m.FindEpisodes())
    side.ask(m.FindEpisodes(sort="oldest", offset=1, limit=1))
    side.ask(m.FindIds(ALL))
    side.ask(m.PlotEpisodes(ALL))
    side.ask(m.FindEpisodes(EpisodeFilter(text="pick")))
    side.ask(m.FindEpisodes(EpisodeFilter(conversation=side.talk)))
    side.ask(m.PlanForgetting(Forgetting(everything=True)))
    side.refuses(p.Remember("  "))


@both
def test_an_edit(side: Side) -> None:
    for text in ("My sister Ingrid lives in Bergen.", "My sister Ingrid lives in Bergen."):
        side.ask(p.EditEpisode(side.sister, text))
        side.ask(m.GetOldTexts(side.sister))
    side.ask(p.ShowEpisode(side.sister))
    side.refuses(p.EditEpisode(side.sister, "  "))


@both
def test_pins(side: Side) -> None:
    side.ask(p.ResetHead())
    side.ask(p.PinEpisodes((side.cat, side.sister), True))
    side.ask(m.FindEpisodes(EpisodeFilter(pinned_only=True)))
    side.ask(p.GetHead())
    side.ask(p.PinEpisodes((side.sister,), False))
    side.ask(p.PinEpisodes((side.cat,), True))
    side.ask(m.FindEpisodes(EpisodeFilter(pinned_only=True)))
    side.ask(p.GetHead())


@both
def test_merging_and_splitting(side: Side) -> None:
    boat = side.ask(p.Remember("We have a boat. It is called Freya.")).episode.id
    car = side.ask(p.Remember("We have no car.")).episode.id
    merged = side.ask(m.MergeEpisodes((boat, car))).id
    side.ask(m.FindEpisodes())
    side.ask(m.GetChain(merged))
    side.ask(m.GetChain(boat))
    pieces = side.ask(m.SplitEpisode(merged, (15,)))
    side.ask(m.FindEpisodes())
    side.ask(m.GetChain(pieces[0].id))
    side.ask(m.GetChain(merged))
    named = side.ask(m.MergeEpisodes(tuple(one.id for one in pieces), "A boat, no car.")).id
    side.ask(p.ShowEpisode(named))
    side.ask(m.GetChain(side.cat))
    side.refuses(m.MergeEpisodes((named,)), m.MergeEpisodes((boat, named)))
    side.refuses(
        m.SplitEpisode(named, ()), m.SplitEpisode(named, (99,)), m.SplitEpisode(boat, (2,))
    )
    side.refuses(p.EditEpisode(boat, "We have two boats."))


@both
def test_people(side: Side) -> None:
    told = ("My brother Emrys lives in Porto.", "My brother rang.", "I'm allergic to walnuts.")
    brothers = [side.ask(p.Remember(text)).episode.id for text in told]
    side.ask(pl.ListNames())
    side.ask(pl.ListNames("emrys"))
    side.ask(pl.ListNames("nobody at all"))
    for question in ("Where do I live?", "Where does Nobody live?", "Where is the tea?"):
        side.ask(pl.AskFacts(question))
    page = side.ask(pl.GetNamePage("emrys"))
    assert [(one.kind, one.value) for one in page.facts] == [("lives in", "Porto")]
    side.ask(pl.GetNamePage("me"))
    assert side.ask(pl.MergeNames(("my brother",), "emrys")).merged == 2
    side.ask(pl.RenameName("emrys", "  Emrys Vaughan "))
    assert side.ask(pl.GetNamePage("my brother", oldest_first=True)).ids == (
        brothers[1],
        brothers[0],
    )
    side.ask(pl.SplitName("emrys"))
    side.ask(pl.RenameName("emrys", ""))
    side.ask(pl.ListNames())
    side.refuses(
        pl.GetNamePage("nobody"), pl.SplitName("emrys"), pl.MergeNames(("emrys",), "emrys")
    )
    side.ask(m.Forget(Forgetting(tuple(brothers))))


@both
def test_which_of_two_holds(side: Side) -> None:
    bees = side.ask(p.Remember("We keep bees behind the shed.")).episode.id
    hens = side.ask(p.Remember("Four hens live in the old orchard.")).episode.id
    side.ask(c.GetDoubts(bees))
    side.ask(c.GetDoubts(NOWHERE))
    side.ask(c.SettleDoubt(hens, bees, "both"))
    side.ask(m.GetChain(hens))
    side.ask(c.SettleDoubt(hens, bees, "older"))
    side.ask(m.GetChain(bees))
    side.refuses(c.SettleDoubt(hens, bees, "newer"), c.SettleDoubt(NOWHERE, bees, "newer"))


# --- conversations, projects, filters ----------------------------------------------------------


@both
def test_conversations(side: Side) -> None:
    talk = side.ask(p.CreateConversation())
    side.ask(p.ListConversations())
    side.ask(p.RenameConversation(talk.id, "Boats"))
    side.ask(m.UseMemory(talk.id, False, True))
    side.ask(m.Think(talk.id, False))
    side.ask(p.ListConversations())
    side.ask(p.ListMessages(talk.id))
    side.ask(p.DeleteConversation(talk.id, True))
    side.ask(p.ListConversations())
    last = side.ask(p.ListMessages(side.talk))[-1]
    side.ask(p.ListMessages(side.talk, before=last.id, limit=2))


@both
def test_finding_messages(side: Side) -> None:
    told = CAT.upper()[:-3]  # no answer has all of these words
    side.ask(s.FindMessages(told))
    side.ask(s.FindMessages(told, limit=1))
    side.ask(s.FindMessages(told, project=0))
    assert side.ask(s.FindMessages(f"{told} zebra")) == ()
    assert side.ask(s.FindMessages(" … ")) == ()
    assert side.ask(s.FindMessages(told, project=NOWHERE)) == ()
    assert side.ask(s.FindMessages(told, model="Nobody")) == ()
    assert side.ask(s.FindMessages(told, until=1.0)) == ()
    before = len(side.account)
    found = side.ask(s.FindInConversation(side.talk, "EASE and  needs the lo"))
    del side.account[before:]  # the model may have repeated it
    start = CAT.index("ease and")
    (place,) = [one for one in found if one.message_id == side.asked]
    assert (place.start, place.end) == (start, start + len("ease and needs the lo"))
    side.ask(s.FindInConversation(side.talk, "  "))
    assert len(side.ask(s.ListAnsweringModels())) == 1
    del side.account[-1]  # the model's name
    side.refuses(s.FindInConversation(NOWHERE, "cat"))


@both
def test_projects(side: Side) -> None:
    home = side.ask(m.CreateProject("Home"))
    side.ask(m.CreateProject("Boats"))
    side.ask(m.ListProjects())
    side.ask(m.RenameProject(home.id, "House"))
    side.refuses(m.CreateProject("House"), m.RenameProject(home.id, "Boats"), m.CreateProject(" "))
    side.ask(m.MoveConversation(side.talk, home.id))
    side.ask(m.MoveEpisodes((side.sister, side.cat), home.id))
    side.ask(m.MoveEpisodes((side.sister,), home.id))
    side.ask(m.ListProjects())
    side.ask(m.FindEpisodes(EpisodeFilter(project=home.id)))
    side.ask(p.ListConversations())
    side.ask(m.DeleteProject(home.id))
    side.ask(m.ListProjects())
    side.ask(m.FindEpisodes())
    side.ask(p.ListConversations())


@both
def test_who_answers(side: Side) -> None:
    side.expect()
    sea = side.ask(m.CreateProject("Sea")).id
    draft = Persona(name="Pirate", system="Be brief.", sampling={"top_k": 3}, memories="none")
    pirate = side.ask(pe.PutPersona(draft))
    cook = side.ask(pe.PutPersona(Persona(name="Cook", memories="project", project=sea)))
    side.ask(pe.PutPersona(replace(cook, name="Chef")))
    side.ask(pe.ListPersonas())
    side.refuses(pe.PutPersona(draft), pe.PutPersona(Persona()), pe.DeletePersona(NOWHERE))
    side.refuses(pe.PutPersona(replace(cook, id=NOWHERE)), pe.BringBackPersona(NOWHERE))
    side.ask(pe.InstructProject(sea, " Measure in knots. ", pirate.id))
    side.ask(m.ListProjects())
    answer, _ = side.turn(p.Send(NewConversation(project=sea), "Hello, who are you?"))
    assert answer.message.persona == "Pirate"
    side.until(Stored)
    talk = answer.message.conversation_id
    side.ask(pe.ChoosePersona(talk, NOBODY))
    side.turn(p.Retry(talk, None, Otherwise(persona=cook.id, sampling={"answer_tokens": 2})))
    side.until(Stored)
    side.ask(p.ListMessages(talk))
    side.refuses(pe.ChoosePersona(talk, NOWHERE), pe.ChoosePersona(NOWHERE, None))
    side.refuses(pe.InstructProject(NOWHERE, "", None))
    side.ask(pe.ChoosePersona(talk, pirate.id))
    side.ask(pe.DeletePersona(pirate.id))
    side.ask(pe.ListPersonas())
    side.ask(m.ListProjects())
    side.ask(pe.BringBackPersona(pirate.id))
    side.ask(p.ListConversations())
    side.ask(m.DeleteProject(sea))
    side.ask(pe.ListPersonas())
    for id in (pirate.id, cook.id):
        side.ask(pe.DeletePersona(id))
    side.ask(p.DeleteConversation(talk, False))


@both
def test_conversations_are_arranged(side: Side) -> None:
    home = side.ask(m.CreateProject("Home"))
    ids = (side.talk, side.other)
    side.ask(a.PinConversations(ids, True))
    side.ask(a.ArchiveConversations(ids[:1], True))
    side.ask(p.ListConversations())
    side.ask(a.PinConversations(ids, False))
    side.ask(a.ArchiveConversations(ids, False))
    side.ask(a.MoveConversations(ids, home.id))
    gone = side.ask(m.DeleteProject(home.id))
    side.ask(p.ListConversations())
    side.ask(m.UndoForgetting(gone.batch))
    side.ask(m.ListProjects())
    side.ask(m.DeleteProject(home.id))
    gone = side.ask(a.DeleteConversations(ids))
    side.ask(p.ListConversations())
    side.ask(m.UndoForgetting(gone.batch))
    side.ask(p.ListConversations())
    side.refuses(a.PinConversations((NOWHERE,), True), a.DeleteConversations((NOWHERE,)))
    side.refuses(a.MoveConversations(ids, NOWHERE), m.DeleteProject(NOWHERE))


@both
def test_archived_and_brought_back(side: Side) -> None:
    side.ask(sl.ArchiveEpisodes((side.cat, side.sister)))
    side.ask(sl.ArchiveEpisodes((side.cat, NOWHERE)))
    side.ask(m.FindEpisodes(EpisodeFilter(archived=True)))
    side.ask(m.FindIds(EpisodeFilter(text="cat")))
    side.ask(p.PinEpisodes((side.sister,), True))  # brings it back, and keeps it
    side.ask(sl.ArchiveEpisodes((side.sister,)))
    side.ask(p.PinEpisodes((side.sister,), False))
    side.ask(m.FindEpisodes(EpisodeFilter(archived=True)))
    side.ask(sl.ArchiveEpisodes((side.cat, side.sister), False))
    side.ask(m.FindEpisodes(EpisodeFilter(archived=True)))


@both
def test_nights(side: Side) -> None:
    """What a night changes is tested with the memory: here there is nothing to change."""
    side.ask(sl.GetSleepState())
    side.refuses(sl.GetNight(NOWHERE), sl.UndoNightChanges(NOWHERE, (1,)))
    side.ask(sl.SleepNow())


@both
def test_saved_filters(side: Side) -> None:
    side.ask(m.SaveFilter("pinned", EpisodeFilter(pinned_only=True), "newest"))
    side.ask(m.SaveFilter("boats", EpisodeFilter(text="boat"), "oldest"))
    side.ask(m.SaveFilter("pinned", EpisodeFilter(pinned_only=True, recalls="ever"), "oldest"))
    side.ask(m.ListFilters())
    side.ask(m.DeleteFilter("boats"))
    side.refuses(m.DeleteFilter("boats"), m.SaveFilter(" ", ALL, "newest"))


# --- forgetting --------------------------------------------------------------------------------


@both
def test_forgetting_and_undo(side: Side) -> None:
    what = Forgetting(ids=(side.cat,))
    side.ask(m.PlanForgetting(what))
    gone = side.ask(m.Forget(what, messages=True))
    side.ask(m.FindEpisodes())
    side.ask(p.ListMessages(side.talk))
    side.ask(p.ListMessages(side.other))
    side.ask(p.ListConversations())
    side.refuses(p.ShowEpisode(side.cat), p.EditEpisode(side.cat, "x"), m.Forget(what))
    side.ask(m.UndoForgetting(gone.batch))
    side.ask(p.ShowEpisode(side.cat))
    side.ask(p.ListMessages(side.talk))
    side.ask(p.ListMessages(side.other))
    side.ask(p.ListConversations())
    side.refuses(m.UndoForgetting(gone.batch))
    side.ask(m.ListReceipts())


@both
def test_messages_are_forgotten(side: Side) -> None:
    """The memory from it stays, and a message that isn't there can't be forgotten."""
    what = Forgetting(messages=(side.asked,))
    side.ask(m.PlanForgetting(what))
    gone = side.ask(m.Forget(what))
    side.ask(m.FindEpisodes())
    side.ask(p.ListMessages(side.talk))
    side.refuses(p.GetMessage(side.asked), m.PlanForgetting(what), m.Forget(what))
    side.ask(m.UndoForgetting(gone.batch))
    side.ask(p.ListMessages(side.talk))


@both
def test_forgetting_teaches(side: Side) -> None:
    boats = Forgetting(filter=EpisodeFilter(text="boat"))
    side.ask(m.PlanForgetting(boats))
    by_hand = side.ask(m.Forget(boats))
    side.ask(p.GetHead())
    side.ask(m.UndoForgetting(by_hand.batch))
    gone = side.ask(m.Forget(Forgetting(ids=(side.cat,)), teaches="not worth"))
    side.ask(p.GetHead())
    side.ask(m.UndoForgetting(gone.batch))
    side.ask(p.GetHead())
    side.ask(p.ResetHead())


@both
def test_forgetting_by_rule(side: Side) -> None:
    """Nothing is a month old yet: what rules take is tested with the memory and with the window."""
    side.ask(rt.GetRetention())
    rules = RetentionRules(older=6, unrecalled=3, messages=True)
    side.refuses(rt.ForgetByRules(rules), rt.UseRetention(replace(rules, on=True)))
    side.ask(rt.PlanRetention(rules))
    assert side.ask(rt.ForgetByRules(rules)).batch == 0
    side.ask(rt.UseRetention(replace(rules, on=True)))
    side.ask(rt.GetRetention())
    side.refuses(
        rt.PlanRetention(RetentionRules(older=1000)), rt.UseRetention(RetentionRules(on=True))
    )
    side.ask(rt.UseRetention(RetentionRules()))


@both
def test_a_conversation_is_deleted(side: Side) -> None:
    side.ask(m.PlanForgetting(Forgetting(conversation=side.talk)))
    for forget in (False, True):
        gone = side.ask(p.DeleteConversation(side.talk, forget))
        side.ask(p.ListConversations())
        side.ask(m.FindEpisodes())
        side.refuses(p.ListMessages(side.talk), p.GetMessage(side.asked))
        side.ask(m.UndoForgetting(gone.batch))
        side.ask(p.ListConversations())
        side.ask(m.FindEpisodes())


# --- files -------------------------------------------------------------------------------------


@both
def test_an_export_is_reviewed(side: Side) -> None:
    path = side.folder / "pinned.nowprint"
    side.ask(m.ExportMemory(str(path), EpisodeFilter(pinned_only=True), ExportOptions()))
    assert path.stat().st_size
    side.expect(duplicates=((CAT, side.cat),))
    review = side.ask(m.ReviewImport(str(path)))
    side.ask(m.ReviewItems(review.id, "duplicate"))
    side.ask(m.ReviewItems(review.id, "new"))
    side.ask(m.DropReview(review.id))
    side.refuses(m.ReviewItems(review.id, "duplicate"), m.ApplyImport(review.id, ()))


@both
def test_a_locked_file(side: Side) -> None:
    path = str(side.folder / "locked.nowprint")
    side.ask(m.ExportMemory(path, ALL, ExportOptions(passphrase="Freya")))
    side.expect(passphrase="Freya")
    side.refuses(m.ReviewImport(path), m.ReviewImport(path, "Ferry"))


@both
def test_an_import_and_its_undo(side: Side) -> None:
    side.expect()
    review = side.ask(m.ReviewText("We have two rowing oars.\nThe harbour is in Svolvær."))
    side.ask(m.ReviewItems(review.id, "new"))
    done: Import = side.ask(m.ApplyImport(review.id, ()))
    side.ask(m.ListImports())
    found = side.ask(m.FindEpisodes(EpisodeFilter(origin=done.id)))
    side.ask(m.FindEpisodes(EpisodeFilter(origin=0)))
    side.ask(m.ConfirmEpisodes((found.episodes[0].id,)))
    side.ask(m.ConfirmEpisodes((found.episodes[0].id,)))
    side.ask(m.FindEpisodes(EpisodeFilter(origin=done.id)))
    side.ask(m.UndoImport(done.id))
    side.ask(m.ListImports())
    side.ask(m.FindEpisodes())


@both
def test_chats_go_into_files_and_come_in_from_elsewhere(side: Side) -> None:
    path = side.folder / "conversations.json"
    said = [{"sender": "human", "text": "Hello.", "created_at": "2025-05-01T10:00:00Z"}]
    told = ELSEWHERE | {"name": "Imported 1", "chat_messages": said}
    path.write_text(json.dumps([told]), encoding="utf-8")
    side.expect(talks=(1, 1))
    there = {one.id for one in side.ask(p.ListConversations())}
    side.refuses(cf.ExportChats(str(side.folder / "none.json"), (NOWHERE,)))
    review = side.ask(m.ReviewImport(str(path)))
    made: Import = side.ask(m.ApplyImport(review.id, (), chats=True))
    assert made.chats == 1
    (chat,) = [one for one in side.ask(p.ListConversations()) if one.id not in there]
    side.ask(cf.ExportChats(str(side.folder / "chats.html"), (chat.id,), "html"))
    assert side.ask(cf.RenderChat(chat.id, "markdown"))
    assert "<p" in side.ask(cf.RenderChat(chat.id, "print"))


@both
def test_conversations_from_elsewhere_are_read(side: Side) -> None:
    """There are so many messages that it can be paused, and ended before its end."""
    path = side.folder / "conversations.json"
    path.write_text(json.dumps([ELSEWHERE]), encoding="utf-8")
    side.expect(talks=(1, 200))
    review = side.ask(m.ReviewImport(str(path)))
    side.ask(m.ApplyImport(review.id, (), read=True))
    side.until(ReplayProgress)
    (reading,) = side.ask(m.ListReplays())
    side.ask(m.PauseReplay(reading.id, True))
    side.ask(m.PauseReplay(reading.id, False))
    side.ask(m.EndReplay(reading.id))
    side.ask(m.ListReplays())


# --- models ------------------------------------------------------------------------------------


@both
def test_models_are_found_got_and_removed(side: Side) -> None:
    name = TALKER.repository.repository
    assert len(side.ask(mr.SearchHub("gguf"))) == 2
    side.ask(mr.SearchHub("no such model"))
    side.ask(mr.ListHubFiles(GATED.repository.repository))
    side.ask(mr.ListHubFiles(f"https://huggingface.co/{name}/tree/main"))
    side.refuses(mr.ListHubFiles("maker/nothing"), mr.GetModel(name))
    begun = side.ask(mr.GetModel(name, "small.gguf"))
    if isinstance(side.client, FakeClient):
        side.client.go(begun.id, state="done")
    side.until(DownloadChanged, lambda told: told.download.state == "done")
    side.ask(mr.RemoveModel(begun.path))
    side.refuses(mr.RemoveModel(begun.path), mr.PauseDownload(begun.id))


# --- backups -----------------------------------------------------------------------------------


@both
def test_backups(side: Side) -> None:
    assert side.ask(bk.GetRestored()) == ()
    assert side.ask(bk.ListBackups()).backups == ()
    here = side.ask(bk.MakeBackup())
    elsewhere = side.ask(bk.MakeBackup(str(side.folder / "elsewhere.zip")))
    listed = side.ask(bk.ListBackups())
    assert listed.backups == (here,)
    assert [one.path for one in listed.elsewhere] == [elsewhere.path]
    side.ask(bk.PreviewRestore(here.path))
    side.refuses(
        bk.PreviewRestore("/nowhere/x.zip"),
        bk.Restore("/nowhere/x.zip"),
        bk.MakeBackup("/nowhere/x.zip"),
    )
    side.ask(bk.Restore(here.path))  # by the next core, which isn't started here
    for path in (here.path, elsewhere.path):
        side.ask(bk.DeleteBackup(path))
        side.refuses(bk.DeleteBackup(path))
    side.ask(bk.ListBackups())


# --- what isn't there --------------------------------------------------------------------------


@both
def test_what_is_not_there_is_refused(side: Side) -> None:
    """But a file: to the fake there is every model and every memory file."""
    nothing = Forgetting(ids=(NOWHERE,))
    side.refuses(
        p.Send(NOWHERE, "Hello"), p.Retry(NOWHERE), p.RenameConversation(NOWHERE, "x"),
        p.DeleteConversation(NOWHERE, False), p.ListMessages(NOWHERE), p.GetMessage(NOWHERE),
        p.ShowEpisode(NOWHERE), p.Remember("A fact.", NOWHERE, 0, 1), p.EditEpisode(NOWHERE, "x"),
        p.PinEpisodes((NOWHERE,), True), m.GetChain(NOWHERE), m.GetOldTexts(NOWHERE),
        m.MergeEpisodes((NOWHERE, NOWHERE + 1)), m.MergeEpisodes(()), m.SplitEpisode(NOWHERE, (2,)),
        m.MoveEpisodes((side.cat,), NOWHERE), m.RenameProject(NOWHERE, "x"),
        m.DeleteProject(NOWHERE), m.MoveConversation(NOWHERE, None),
        m.MoveConversation(side.talk, NOWHERE), m.UseMemory(NOWHERE, True, True),
        b.ShowBranch(NOWHERE), b.DeleteBranch(NOWHERE), b.ForkConversation(NOWHERE),
        b.GetTree(NOWHERE), p.Edit(NOWHERE, "x"), p.Continue(NOWHERE), m.Think(NOWHERE, True),
        m.PlanForgetting(nothing), m.Forget(nothing), m.Forget(Forgetting(conversation=NOWHERE)),
        m.PlanForgetting(Forgetting(conversation=NOWHERE)), m.UndoForgetting(NOWHERE),
        m.PlanForgetting(Forgetting(messages=(NOWHERE,))),
        m.ReviewItems(NOWHERE, "new"), m.ApplyImport(NOWHERE, ()), m.UndoImport(NOWHERE),
        m.PauseReplay(NOWHERE, True), m.EndReplay(NOWHERE), m.ReviewText(" "),
        m.ExportMemory("/nowhere/x", ALL, ExportOptions()),
    )  # fmt: skip
    empty = side.ask(p.CreateConversation())
    side.refuses(p.Retry(empty.id), p.Send(empty.id, "  "))


@both
def test_what_asks_for_nothing_gets_nothing(side: Side) -> None:
    side.ask(p.GetInfluence(NOWHERE))
    side.ask(p.SayNeeded(NOWHERE, needed=False))
    side.ask(m.MoveEpisodes((NOWHERE,), None))
    side.ask(m.ConfirmEpisodes((NOWHERE,)))
    side.ask(m.Forget(Forgetting()))
    side.ask(m.FindEpisodes(EpisodeFilter(ids=(NOWHERE,))))
    side.refuses(
        mr.GetModel("nobody/nothing"), mr.PauseDownload(NOWHERE), mr.ResumeDownload(NOWHERE),
        mr.CancelDownload(NOWHERE), mr.RemoveModel("/nowhere/model.gguf"),
    )  # fmt: skip
    side.ask(m.FindEpisodes(EpisodeFilter(conversation=NOWHERE)))
    side.ask(m.DropReview(0))
    side.ask(m.DropReview(NOWHERE))


def test_every_request_of_the_window_is_asked() -> None:
    requests = {one.__name__ for one in Request.__subclasses__()}
    folder = Path(nowprint.gui.__file__).parent
    of_the_window = {word for file in folder.rglob("*.py") for word in _words(file)} & requests
    assert of_the_window <= _words(Path(__file__))


def _words(file: Path) -> set[str]:
    return set(re.findall(r"\w+", file.read_text(encoding="utf-8")))
