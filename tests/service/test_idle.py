"""What the core does when nobody asks it for anything, in which order."""

from __future__ import annotations

import gc
import io
import sys

import pytest

from nowprint.service import protocol as p
from nowprint.service.core import Core
from nowprint.service.handlers import Handlers
from nowprint.settings import Profile


@pytest.mark.usefixtures("starter_model", "embedder_folder")
def test_what_a_rule_forgot_is_purged_whatever_becomes_of_the_sleep(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = Core(profile, io.BytesIO(), io.BytesIO(), lambda _: None)
    done: list[str] = []

    def fault(_: Handlers) -> None:
        done.append("sleep")
        raise ZeroDivisionError

    monkeypatch.setattr(Handlers, "idle", lambda _: True)  # something was forgotten
    monkeypatch.setattr(Handlers, "sleep", fault)
    monkeypatch.setattr(Core, "_purge_later", lambda *_: done.append("purge"))
    monkeypatch.setattr(Core, "_unload_later", lambda *_: done.append("unload"))
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: done.append(kind.__name__))
    core._idle()
    assert done == ["purge", "unload", "sleep", "ZeroDivisionError"]
    assert core._hour is not None
    assert core._hour.is_alive()  # it is tried again
    core.run()  # the front end has closed the pipe
    assert core._hour.finished.is_set()


@pytest.mark.usefixtures("starter_model", "embedder_folder")
def test_once_prepared_the_collector_passes_over_what_stays(profile: Profile) -> None:
    core = Core(profile, io.BytesIO(), io.BytesIO(), lambda _: None)
    gc.unfreeze()  # what an earlier test left
    try:
        core._serve(p.Call(1, p.Prepare()))
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        core.run()
