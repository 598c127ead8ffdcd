"""Models, as the fake client keeps them: one is offered, one is found, and downloads do as they are told."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_files import FakeFiles

from nowprint import model_records as mo
from nowprint.errors import NotFound, UserError
from nowprint.service import model_requests as mr

OFFER = mo.ModelOffer(
    "able-4b", "Able 4B", "maker/able", "able.gguf", 2_500_000_000, "Apache-2.0", 4_000_000_000,
    "by default", ("en", "de"), "Clear answers.", 3_300_000_000, "fits", True, "",
)  # fmt: skip
LARGE = dataclasses.replace(
    OFFER, key="large-24b", name="Large 24B", repository="maker/large", thinks="never",
    verdict="too large", recommended=False, path="/models/large.gguf",
)  # fmt: skip
FOUND = mo.FoundModel("/other/their.gguf", "their", "LM Studio", 1_100_000_000)
PATH = "/home/models/maker--able/able.gguf"


class FakeModels(FakeFiles):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.shelf = mo.ModelShelf("hub.example", (LARGE, OFFER), (FOUND,), ())

    def reply(self, request: Any) -> Any:
        match request:
            case mr.GetShelf():
                return self.shelf
            case mr.GetModel(name, _):
                if name != OFFER.key:
                    raise UserError(f"There is no {name} on the hub: choose another.")
                return self.go(state="running")
            case mr.PauseDownload(id):
                self._there(id)
                return self.go(state="paused")
            case mr.ResumeDownload(id):
                self._there(id)
                return self.go(state="running")
            case mr.CancelDownload(id):
                self._there(id)
                self.shelf = dataclasses.replace(self.shelf, downloads=())
                return None
            case mr.RemoveModel(path):
                raise UserError(f"{path} is not one that Nowprint downloaded.")
        return super().reply(request)

    def _there(self, id: int) -> None:
        if id not in [one.id for one in self.shelf.downloads]:
            raise NotFound(f"There is no download {id}.")

    def go(self, **fields: Any) -> mo.ModelDownload:
        """The download is so far, and says so."""
        before = self.shelf.downloads or (
            mo.ModelDownload(1, "able", OFFER.repository, OFFER.file, PATH, OFFER.size),
        )
        now = dataclasses.replace(before[0], **fields)
        offers = self.shelf.offers
        if now.state == "done":
            offers = (LARGE, dataclasses.replace(OFFER, path=PATH))
        self.shelf = dataclasses.replace(self.shelf, offers=offers, downloads=(now,))
        self.on_event(mo.DownloadChanged(now))
        return now
