"""Projects and each conversation's use of memory, as the fake client keeps them."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_forgetting import FakeForgetting

from nowprint import inspection as i
from nowprint import records as r
from nowprint.errors import UserError
from nowprint.service import memory_requests as m


class FakeProjects(FakeForgetting):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.projects: dict[int, str] = {}
        self.temporary: dict[int, r.Conversation] = {}

    def reply(self, request: Any) -> Any:
        match request:
            case m.ListProjects():
                return tuple(sorted(map(self._project, self.projects), key=lambda p: p.name))
            case m.CreateProject(name):
                return self._name(next(self._ids), name)
            case m.RenameProject(id, name):
                return self._name(id, name)
            case m.DeleteProject(id):
                del self.projects[id]
                for talk in list(self.conversations.values()):
                    if talk.project == id:
                        self._alter(talk.id, project=None)
                for episode in list(self.episodes.values()):
                    if episode.project == id:
                        self._change(episode.id, project=None)
                return None
            case m.MoveConversation(id, project):
                return self._alter(id, project=project)
            case m.UseMemory(id, recalls, captures):
                return self._alter(id, recalls=recalls, captures=captures)
        return super().reply(request)

    def _project(self, id: int) -> i.Project:
        episodes = sum(episode.project == id for episode in self.episodes.values())
        talks = sum(talk.project == id for talk in self.conversations.values())
        return i.Project(id, self.projects[id], episodes, talks)

    def _name(self, id: int, name: str) -> i.Project:
        if name in self.projects.values():
            raise UserError(f"There is a project “{name}” already: choose another name.")
        self.projects[id] = name
        return self._project(id)

    def _alter(self, id: int, **fields: Any) -> r.Conversation:
        kept = self.conversations if id in self.conversations else self.temporary
        kept[id] = dataclasses.replace(kept[id], **fields)
        return kept[id]
