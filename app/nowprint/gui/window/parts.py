"""The parts of the main window, for the menus and the openers of dialogs, which act on them.

Those modules get a ``Parts`` and don't import the main window, so that the main window can import them.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QMainWindow

from nowprint.gui.chat.chat import Chat
from nowprint.gui.chat.import_progress import ImportProgress
from nowprint.gui.core.session import CoreSession
from nowprint.gui.personas.personas import Personas
from nowprint.gui.sidebar.projects import Projects
from nowprint.gui.widgets.notices import NoticeBar
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.window.panels import Panels
from nowprint.settings import Profile


@dataclass(frozen=True)
class Parts:
    window: QMainWindow
    """Only the parent of menus and dialogs."""
    profile: Profile
    theme: Theme
    session: CoreSession
    panels: Panels
    chat: Chat
    projects: Projects
    import_progress: ImportProgress
    notice: NoticeBar
    personas: Personas
