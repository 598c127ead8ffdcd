"""Projects and each conversation's use of memory, as the fake client keeps them."""

from __future__ import annotations

from typing import Any

from fake_forgetting import FakeForgetting

from nowprint import inspection as i
from nowprint.errors import NotFound, UserError
from nowprint.service.requests import arranging as a
from nowprint.service.requests import memory as m


class FakeProjects(FakeForgetting):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.projects: dict[int, str] = {}
        self._deleted: dict[int, tuple[int, str, list[int], list[int]]] = {}
        """By batch: a project's id and name, its conversations and episodes."""

    def reply(self, request: Any) -> Any:
        match request:
            case m.ListProjects():
                return tuple(sorted(map(self._project, self.projects), key=lambda p: p.name))
            case m.CreateProject(name):
                return self._name(next(self._ids), name)
            case m.RenameProject(id, name):
                return self._name(self._known(id), name)
            case m.DeleteProject(id):
                batch = next(self._batch_ids)
                self._deleted[batch] = id, self.projects.pop(self._known(id)), [], []
                _, _, talks, episodes = self._deleted[batch]
                for talk in list(self.conversations.values()):
                    if talk.project == id:
                        talks.append(talk.id)
                        self._alter(talk.id, project=None)
                for episode in self.there():
                    if episode.project == id:
                        episodes.append(episode.id)
                        self._change(episode.id, project=None)
                return i.Forgotten(batch, 0, 0, 0, 1)
            case m.UndoForgetting(batch) if batch in self._deleted:
                id, name, talks, episodes = self._deleted.pop(batch)
                self.projects[id] = name
                for talk_id in talks:
                    self._alter(talk_id, project=id)
                for episode_id in episodes:
                    self._change(episode_id, project=id)
                return i.Forgotten(batch, 0, 0, 0, 1)
            case m.MoveEpisodes(_, project):
                self._known(project)
            case m.MoveConversation(id, project):
                return self._alter(id, project=self._known(project))
            case a.MoveConversations(ids, project):
                return tuple(self._alter(id, project=self._known(project)) for id in ids)
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
