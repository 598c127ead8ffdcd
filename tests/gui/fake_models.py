"""Models, as the fake client keeps them: two are offered, one is found, the hub has some, and downloads do
as they are told."""

from __future__ import annotations

import dataclasses
from pathlib import PurePosixPath
from typing import Any

from fake_search import FakeSearch

from nowprint import model_records as mo
from nowprint.errors import NotFound, UserError
from nowprint.model_settings import ModelSettings
from nowprint.service.requests import models as mr

OFFER = mo.ModelOffer(
    "able-4b", "Able 4B", "maker/able", "able.gguf", 2_500_000_000, "Apache-2.0", 4_000_000_000,
    "by default", ("en", "de"), "Clear answers.", 3_300_000_000, "fits", True, "", 9.0,
)  # fmt: skip
LARGE = dataclasses.replace(
    OFFER, key="large-24b", name="Large 24B", repository="maker/large", thinks="never",
    verdict="too large", recommended=False, path="/models/large.gguf",
)  # fmt: skip
FOUND = mo.FoundModel("/other/their.gguf", "their", "LM Studio", 1_100_000_000)
PATH = "/home/models/maker--able/able.gguf"
CHANGED = 1795168800.0
TALKER = mo.HubListing(
    mo.HubRepository("maker/talker-GGUF", 1204, "apache-2.0", False, CHANGED),
    (
        mo.HubModelFile("maker/talker-GGUF", "large-00001-of-00002.gguf", 60_000, 2, 5, "fits"),
        mo.HubModelFile("maker/talker-GGUF", "small.gguf", 1000, 1, 5, "fits"),
    ),
)
GATED = mo.HubListing(
    mo.HubRepository("maker/gated-GGUF", 99, "gemma", True, CHANGED),
    (mo.HubModelFile("maker/gated-GGUF", "a.gguf", 70_000, 1, 5, "fits"),),
)


class FakeModels(FakeSearch):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.own_model_settings: dict[str, ModelSettings] = {}
        self.shelf = mo.ModelShelf("hub.example", (LARGE, OFFER), (FOUND,), ())
        self.hub = [TALKER, GATED]
        """In the order in which a search finds them."""

    def reply(self, request: Any) -> Any:
        match request:
            case mr.GetShelf():
                return self.shelf
            case mr.SearchHub(text):
                found = (one.repository for one in self.hub)
                return tuple(one for one in found if text.lower() in one.repository.lower())
            case mr.ListHubFiles(name):
                return self._listing(name)
            case mr.GetModel(name, file):
                return self._get(name, file)
            case mr.PauseDownload(id):
                return self.go(self._there(id), state="paused")
            case mr.ResumeDownload(id):
                return self.go(self._there(id), state="running", fault="")
            case mr.CancelDownload(id):
                self.go(self._there(id), state="cancelled")
                return None
            case mr.GetModelSettings(path):
                return self._page(path)
            case mr.ChangeModelSettings(path, settings):
                self.own_model_settings[path] = settings
                return self._page(path)
            case mr.EstimateMemory(_, settings):
                cache = settings.context * (1_000_000 if settings.cache == "f16" else 500_000)
                verdict: mo.Verdict = "fits" if cache < 5_000_000_000 else "too large"
                return mo.MemoryNeed(1_000_000_000 + cache, 1_000_000_000, cache, verdict)
            case mr.RemoveModel(path):
                return self._remove(path)
        return super().reply(request)

    def _page(self, path: str) -> mo.ModelSettingsPage:
        """The loaded model's, for which its maker recommends something."""
        recommended = ModelSettings(temperature=0.6, top_k=20)
        return mo.ModelSettingsPage(
            path=path,
            id="fake" if path != FOUND.path else "their",
            name="Fake 135M",
            recommended=recommended,
            source="maker",
            settings=self.own_model_settings.get(path, recommended),
            trained_context=8192,
            layers=31,
        )

    def _listing(self, name: str) -> mo.HubListing:
        for one in self.hub:
            if one.repository.repository in name:  # it may be an address
                return one
        raise UserError(f"{name} isn't on the hub: search again.")

    def _get(self, name: str, file: str) -> mo.ModelDownload:
        if name != OFFER.key:
            found = [one for one in self._listing(name).files if file in ("", one.file)]
            if len(found) != 1:
                raise UserError(f"{name} holds several models: name one of them.")
            return self.begin(found[0].repository, found[0].file, found[0].size)
        return self.begin(OFFER.repository, OFFER.file, OFFER.size, PATH)

    def _there(self, id: int) -> int:
        if id not in [one.id for one in self.shelf.downloads]:
            raise NotFound(f"There is no download {id}.")
        return id

    def _remove(self, path: str) -> None:
        gone = [one for one in self.shelf.found if (one.path, one.program) == (path, "Nowprint")]
        if not gone:
            raise UserError(f"“{path}” is not one that Nowprint downloaded.")
        self.shelf = dataclasses.replace(
            self.shelf,
            found=tuple(one for one in self.shelf.found if one.path != path),
            downloads=tuple(one for one in self.shelf.downloads if one.path != path),
            offers=tuple(
                dataclasses.replace(one, path="") if one.path == path else one
                for one in self.shelf.offers
            ),
        )

    # --- what tests do to it ---------------------------------------------------------------

    def begin(self, repository: str, file: str, size: int, path: str = "") -> mo.ModelDownload:
        path = path or f"/home/models/{repository}/{file}"
        id = 1 + max((one.id for one in self.shelf.downloads), default=0)
        new = mo.ModelDownload(id, PurePosixPath(file).stem, repository, file, path, size)
        self.shelf = dataclasses.replace(self.shelf, downloads=(*self.shelf.downloads, new))
        return self.go(id, state="running")

    def go(self, id: int = 1, **fields: Any) -> mo.ModelDownload:
        """The download is so far, and says so; without any, the one of the recommended model begins."""
        if not self.shelf.downloads:
            self.begin(OFFER.repository, OFFER.file, OFFER.size, PATH)
        before = next(one for one in self.shelf.downloads if one.id == id)
        now = dataclasses.replace(before, **fields)
        if now.state == "done":
            now = dataclasses.replace(now, done=now.total, seconds_left=0.0)
        left = [now if one.id == id else one for one in self.shelf.downloads]
        self.shelf = dataclasses.replace(
            self.shelf, downloads=tuple(one for one in left if one.state != "cancelled")
        )
        if now.state == "done":
            here = mo.FoundModel(now.path, now.name, "Nowprint", now.total)
            self.shelf = dataclasses.replace(
                self.shelf,
                found=(here, *self.shelf.found),
                offers=tuple(
                    dataclasses.replace(one, path=now.path)
                    if (one.repository, one.file) == (now.repository, now.file)
                    else one
                    for one in self.shelf.offers
                ),
            )
        self.on_event(mo.DownloadChanged(now))
        return now
