"""Projects and each conversation's use of memory, as the fake client keeps them."""

from __future__ import annotations

from typing import Any

from fake_forgetting import FakeForgetting

from nowprint import inspection as i
from nowprint.errors import NotFound, UserError
from nowprint.service.requests import memory as m


class FakeProjects(FakeForgetting):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.projects: dict[int, str] = {}

    def reply(self, request: Any) -> Any:
        match request:
            case m.ListProjects():
                return tuple(sorted(map(self._project, self.projects), key=lambda p: p.name))
            case m.CreateProject(name):
                return self._name(next(self._ids), name)
            case m.RenameProject(id, name):
                return self._name(self._known(id), name)
            case m.DeleteProject(id):
                del self.projects[self._known(id)]
                for talk in list(self.conversations.values()):
                    if talk.project == id:
                        self._alter(talk.id, project=None)
                for episode in self.there():
                    if episode.project == id:
                        self._change(episode.id, project=None)
                return None
            case m.MoveEpisodes(_, project):
                self._known(project)
            case m.MoveConversation(id, project):
                return self._alter(id, project=self._known(project))
            case m.UseMemory(id, recalls, captures):
                return self._alter(id, recalls=recalls, captures=captures)
            case m.Think(id, thinks):
                return self._alter(id, thinks=thinks)
        return super().reply(request)

    def _project(self, id: int) -> i.Project:
        episodes = sum(episode.project == id for episode in self.there())
        talks = sum(talk.project == id for talk in self.conversations.values())
        return i.Project(id, self.projects[id], episodes, talks)

    def _known(self, project: Any) -> Any:
        if project is not None and project not in self.projects:
            raise NotFound(f"There is no project {project}: it may have been deleted.")
        return project

    def _name(self, id: int, name: str) -> i.Project:
        if not name.strip():
            raise UserError("A project needs a name: write one.")
        if any(other == name for known, other in self.projects.items() if known != id):
            raise UserError(f"There is a project “{name}” already: choose another name.")
        self.projects[id] = name
        return self._project(id)
