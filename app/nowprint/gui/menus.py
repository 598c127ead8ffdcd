"""The menu bar: every action of the window with its shortcut. It is also the list of shortcuts.

And the menus that open where one points at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu

from nowprint.gui.conversations import Group
from nowprint.gui.device_menu import DeviceMenu
from nowprint.gui.help import About, open_releases, show_shortcuts
from nowprint.gui.inspector_head import VIEW_NAMES
from nowprint.gui.licences_view import has_licences, show_licences

if TYPE_CHECKING:
    from nowprint.gui.window import MainWindow

Entry = tuple[str, str, Callable[[], object]] | QAction | None


def build_menus(window: MainWindow) -> list[QAction]:
    """Fill the menu bar; the actions, in order."""
    bar = window.menuBar()
    bar.clear()
    made: list[QAction] = []

    def menu(title: str, *entries: Entry) -> QMenu:
        opened = bar.addMenu(title)
        for entry in entries:
            if entry is None:
                opened.addSeparator()
                continue
            if isinstance(entry, QAction):
                opened.addAction(entry)
                made.append(entry)
                continue
            text, keys, act = entry
            action = QAction(text, window)
            if keys:
                action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _=False, act=act: act())
            opened.addAction(action)
            made.append(action)
        return opened

    chat, inspector, panel = window.chat, window.inspector, window.conversations
    dialogs, uses = window.dialogs, window.composer.memory
    file = menu(
        "&File",
        ("&New chat", "Ctrl+N", chat.new),
        ("New &temporary chat", "Ctrl+Shift+N", lambda: chat.new(temporary=True)),
        None,
        ("&Open model…", "Ctrl+O", lambda: ask_for_model(window)),
        ("&Import memories…", "Ctrl+Shift+O", dialogs.import_file),
        ("Import &pasted text…", "", dialogs.import_text),
        ("I&mports…", "", dialogs.imports),
        ("&Export memories…", "Ctrl+Shift+E", dialogs.export),
        None,
        ("&Quit", "Ctrl+Q", window.close),
    )
    uses.more = [made[1]]
    before = next(action for action in made if action.text().startswith("&Import"))
    file.insertMenu(before, DeviceMenu(window.session, window))
    file.insertSeparator(before)
    edit = menu(
        "&Edit",
        ("&Undo forgetting", "Ctrl+Z", window.forget_undo),
        None,
        ("&Stop the answer", "Escape", chat.stop),
        ("&Retry the last answer", "Ctrl+R", chat.retry),
        ("&Copy the last answer", "Ctrl+Shift+C", lambda: copy_last(window)),
        None,
        ("Re&name conversation", "F2", panel.rename),
        ("New &project…", "Ctrl+Shift+P", window.projects.ask_new),
        ("&Delete conversation…", "Ctrl+Shift+Backspace", panel.ask_delete),
        ("Delete conversation and &forget…", "", panel.ask_forget),
    )
    _add_move_menu(window, edit, made)
    menu(
        "&Memory",
        uses.recall,
        uses.keep,
        uses.everywhere,
        None,
        ("Re&member the selection", "Ctrl+Shift+M", window.transcript.remember_selection),
        ("Remember something &new…", "Ctrl+Alt+M", inspector.begin_remember),
        ("&Pin or unpin the memory", "Ctrl+P", inspector.toggle_pin),
        None,
        ("&Forget what is selected…", "", dialogs.forget_selected),
        ("Forget this &chat…", "", dialogs.forget_this_conversation),
        ("Forget a span of &time, or everything…", "Ctrl+Shift+Delete", dialogs.forget_span),
        ("Rece&ipts…", "", dialogs.receipts),
        None,
        ("&Search the memory", "Ctrl+F", window.search_memory),
        ("Memory settin&gs…", "Ctrl+,", window.show_memory_settings),
    )
    view = menu(
        "&View",
        ("&Write a message", "Ctrl+L", window.composer.input.setFocus),
        ("&Next conversation", "Ctrl+PgDown", lambda: panel.step(1)),
        ("&Previous conversation", "Ctrl+PgUp", lambda: panel.step(-1)),
        None,
        ("Show or hide &conversations", "Ctrl+B", window.toggle_conversations),
        ("Show or hide &memory", "Ctrl+I", window.toggle_inspector),
        ("Memory in &full width", "Ctrl+Shift+I", window.wide.toggle),
        *(
            (f"Memory: {name.lower()}", f"Ctrl+{n}", partial(inspector.choose_view, n - 1))
            for n, name in enumerate(VIEW_NAMES, 1)
        ),
        None,
    )
    themes = view.addMenu("&Theme")
    group = QActionGroup(window)
    for choice, text in (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark")):
        action = themes.addAction(text)
        action.setCheckable(True)
        action.setChecked(window.theme.choice == choice)
        action.triggered.connect(lambda _=False, choice=choice: window.choose_theme(choice))
        group.addAction(action)
    menu(
        "&Help",
        ("&Keyboard shortcuts", "F1", lambda: show_shortcuts(window, made)),
        ("&Releases page", "", lambda: open_releases(window)),
        None,
        ("&Save a report…", "", dialogs.report),
        *([("&Licences", "", lambda: show_licences(window))] if has_licences() else []),
        ("&About Nowprint", "", lambda: About(window).open()),
    )
    for where, act in ((panel.list, panel.ask_delete),):
        delete = QAction("Delete", where)
        delete.setShortcut(QKeySequence("Delete"))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(lambda _=False, act=act: act())
        where.addAction(delete)
    return made


def _add_move_menu(window: MainWindow, edit: QMenu, made: list[QAction]) -> None:
    """Before "New project…": to which project the conversation on the screen belongs."""
    before = next(action for action in made if action.text().startswith("New &project"))
    move = QMenu("&Move conversation to", edit)
    edit.insertMenu(before, move)
    chat = window.chat

    def fill() -> None:
        there = chat.conversation_id is not None and not chat.temporary
        window.projects.fill(move, chat.conversation_id if there else None, chat.project)

    move.aboutToShow.connect(fill)
    fill()


def passing_menu(window: MainWindow) -> QMenu:
    """A menu that is gone when it closes."""
    menu = QMenu(window)
    menu.setObjectName("context.menu")
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def conversation_menu(window: MainWindow) -> QMenu:
    """For the row of the conversations that is current."""
    panel, projects, menu = window.conversations, window.projects, passing_menu(window)
    row = panel.row
    if isinstance(row, Group):
        if row.project:
            id = row.project.id
            menu.addAction("New chat in it", lambda: window.chat.new(project=id))
            menu.addAction("Export its memories…", lambda: window.dialogs.export_project(id))
            menu.addAction("Rename…", lambda: projects.ask_rename(id))
            menu.addAction("Delete project…", lambda: projects.ask_delete(id))
        menu.addAction("New project…", partial(projects.ask_new, None))
    elif row is not None:
        menu.addAction("Rename", panel.rename)
        if row.id not in panel.model.temporary:
            projects.fill(menu.addMenu("Move to"), row.id, row.project)
        menu.addSeparator()
        menu.addAction("Delete…", panel.ask_delete)
        if row.id not in panel.model.temporary:
            menu.addAction("Delete and forget…", panel.ask_forget)
    return menu


def ask_for_model(window: MainWindow) -> None:
    dialog = QFileDialog(window, "Open a model")
    dialog.setObjectName("model.dialog")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(["Models (*.gguf)", "All files (*)"])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(window.session.open_model)
    dialog.open()


def copy_last(window: MainWindow) -> None:
    answers = [view for view in window.transcript.views if view.message.role == "assistant"]
    if answers:
        answers[-1].copy()
