"""Answers the inspector's requests: which episodes, how they look together, and what changes them."""

from __future__ import annotations

from typing import Any

from nowprint.chat.chat import Chat
from nowprint.memory.memory import Memory
from nowprint.service import memory_requests as m


class LookingDesk:
    """Its methods are called on the core's memory thread."""

    def __init__(self, memory: Memory, chat: Chat) -> None:
        self._memory = memory
        self._chat = chat

    def look(self, request: m.Looking) -> Any:
        memory = self._memory
        match request:
            case m.FindEpisodes(filter, sort, offset, limit):
                return memory.finding.page(filter, sort, offset, limit)
            case m.FindIds(filter, sort):
                return memory.finding.ids(filter, sort)
            case m.PlotEpisodes(filter):
                return memory.plots.plot(filter)
            case m.GetChain(id):
                return memory.chains.chain(id)
            case m.GetOldTexts(id):
                return memory.chains.old_texts(id)
            case m.GetDashboard():
                return memory.figures.dashboard()
            case m.ListFilters():
                return memory.filters.all()
            case m.SaveFilter(name, filter, sort):
                return memory.filters.save(name, filter, sort)
            case m.DeleteFilter(name):
                return memory.filters.delete(name)

    def change(self, request: m.Changing) -> Any:
        memory, projects = self._memory, self._memory.projects
        match request:
            case m.MergeEpisodes(ids, text):
                return memory.shaping.merge(ids, text)
            case m.SplitEpisode(id, at):
                return memory.shaping.split(id, at)
            case m.ConfirmEpisodes(ids):
                return memory.shaping.confirm(ids)
            case m.MoveEpisodes(ids, project):
                return projects.move(ids, project)
            case m.ListProjects():
                return projects.all()
            case m.CreateProject(name):
                return projects.create(name)
            case m.RenameProject(id, name):
                return projects.rename(id, name)
            case m.DeleteProject(id):
                return projects.delete(id)
            case m.MoveConversation(id, project):
                return self._chat.move_conversation(id, project)
            case m.UseMemory(id, recalls, captures):
                return self._chat.use_memory(id, recalls=recalls, captures=captures)
