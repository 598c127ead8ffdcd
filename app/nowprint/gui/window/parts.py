"""What the window is made of, for what acts on it: the menus and what opens dialogs.

They are given this and know nothing of the window itself, so that it can import them.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QMainWindow

from nowprint.gui.chat.chat import Chat
from nowprint.gui.chat.import_progress import ImportProgress
from nowprint.gui.core.session import CoreSession
from nowprint.gui.sidebar.projects import Projects
from nowprint.gui.widgets.notices import NoticeBar
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.window.panels import Panels
from nowprint.settings import Profile


@dataclass(frozen=True)
class Parts:
    window: QMainWindow
    """The parent of menus and dialogs, no more."""
    profile: Profile
    theme: Theme
    session: CoreSession
    panels: Panels
    chat: Chat
    projects: Projects
    import_progress: ImportProgress
    notice: NoticeBar
