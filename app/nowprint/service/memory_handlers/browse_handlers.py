"""Handlers for the inspector: finding, plotting and changing episodes; which of two holds; finding messages;
projects; the pages of people, places and things."""

from __future__ import annotations

from nowprint.chat.chat import Chat
from nowprint.memory.browse.message_search import MessageSearch
from nowprint.memory.memory import Memory
from nowprint.service.requests import changes as c
from nowprint.service.requests import memory as m
from nowprint.service.requests import people as pl
from nowprint.service.requests import search as s
from nowprint.service.router import Router


def register(router: Router, memory: Memory, chat: Chat) -> None:
    """Register the handlers, all of which are called on the core's memory thread."""
    router.on(m.FindEpisodes, memory.query.page)
    router.on(m.FindIds, memory.query.ids)
    router.on(m.PlotEpisodes, memory.plots.plot)
    router.on(m.GetChain, memory.chains.chain)
    router.on(m.GetOldTexts, memory.chains.old_texts)
    router.on(m.GetDashboard, memory.dashboard.dashboard)
    router.on(m.ListFilters, memory.saved_filters.all)
    router.on(m.SaveFilter, memory.saved_filters.save)
    router.on(m.DeleteFilter, memory.saved_filters.delete)
    router.on(m.MergeEpisodes, memory.editing.merge)
    router.on(m.SplitEpisode, memory.editing.split)
    router.on(m.ConfirmEpisodes, memory.editing.confirm)
    router.on(c.GetDoubts, memory.settling.doubts)
    router.on(c.SettleDoubt, memory.settling.settle)
    router.on(m.MoveEpisodes, memory.projects.move)
    router.on(s.FindMessages, memory.messages.find)
    router.on(
        s.FindInConversation,
        lambda conversation_id, text: MessageSearch(chat.store_of(conversation_id)).find_in(
            conversation_id, text
        ),
    )
    router.on(s.ListAnsweringModels, memory.messages.answering)
    router.on(pl.ListNames, memory.people.names)
    router.on(pl.GetNamePage, memory.people.page)
    router.on(pl.AskFacts, lambda question: memory.stated.answers(question, archived=True))
    router.on(pl.MergeNames, memory.people.merge)
    router.on(pl.SplitName, memory.people.split)
    router.on(pl.RenameName, memory.people.rename)
    router.on(m.ListProjects, memory.projects.all)
    router.on(m.CreateProject, memory.projects.create)
    router.on(m.RenameProject, memory.projects.rename)
    router.on(m.MoveConversation, chat.move_conversation)
    router.on(m.UseMemory, chat.use_memory)
    router.on(m.Think, lambda id, thinks: chat.store_of(id).think(id, thinks))
