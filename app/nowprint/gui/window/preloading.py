"""Modules of the window that are imported before they are needed, one in each turn of the event loop."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial

INSIDES = (
    "widgets.text_view",
    "chat.message_view",
    "chat.reading.prose_view",
    "inspector.views",
    "inspector.episode.why_view",
    "inspector.episode.episode_view",
)
"""Modules that the transcript and the inspector need as soon as they have something to show."""
DIALOGS = (
    *(f"dialogs.forgetting.{kind}_dialog" for kind in ("forget", "receipts")),
    *(f"dialogs.{kind}_dialog" for kind in ("export", "import", "search")),
    "models.models_dialog",
    "models.model_settings",
    "personas.personas_dialog",
    "chat_files.chat_export_dialog",
    "backups.backups_dialog",
)


def import_steps(names: tuple[str, ...]) -> list[Callable[[], object]]:
    """Steps that import modules of ``nowprint.gui`` before they are needed. They run on the main thread:
    PySide6 creates a class of Qt when code first names it, and two threads must not do so at once."""
    return [partial(importlib.import_module, f"nowprint.gui.{name}") for name in names]
