"""The menu bar: every action of the window with its shortcut. It is also the list of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

import nowprint

if TYPE_CHECKING:
    from nowprint.gui.window import MainWindow

IN_PLACE = (
    ("Enter", "Send the message"),
    ("Shift+Enter", "Begin a new line"),
    ("Tab, Shift+Tab", "Go to the next or previous control"),
    ("Up, Down", "In lists: the next or previous row; with Shift select several"),
    ("Left, Right", "In “Why it was kept”: go from token to token"),
    ("Delete", "In the memory list: forget; in the conversations: delete"),
)


def build_menus(window: MainWindow) -> list[QAction]:
    """Fill the menu bar; the actions, in order."""
    bar = window.menuBar()
    bar.clear()
    made: list[QAction] = []

    def menu(title: str, *entries: tuple[str, str, Callable[[], object]] | None) -> QMenu:
        opened = bar.addMenu(title)
        for entry in entries:
            if entry is None:
                opened.addSeparator()
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
    menu(
        "&File",
        ("&New chat", "Ctrl+N", chat.new),
        ("New &temporary chat", "Ctrl+Shift+N", lambda: chat.new(temporary=True)),
        None,
        ("&Open model…", "Ctrl+O", lambda: ask_for_model(window)),
        None,
        ("&Quit", "Ctrl+Q", window.close),
    )
    menu(
        "&Edit",
        ("&Undo forgetting", "Ctrl+Z", window.forget_undo),
        None,
        ("&Stop the answer", "Escape", chat.stop),
        ("&Retry the last answer", "Ctrl+R", chat.retry),
        ("&Copy the last answer", "Ctrl+Shift+C", lambda: copy_last(window)),
        None,
        ("Re&name conversation", "F2", panel.rename),
        ("&Delete conversation…", "Ctrl+Shift+Backspace", panel.ask_delete),
        None,
        ("Re&member the selection", "Ctrl+Shift+M", window.transcript.remember_selection),
        ("Remember something &new…", "Ctrl+Alt+M", inspector.begin_remember),
        ("&Pin or unpin the memory", "Ctrl+P", inspector.toggle_pin),
    )
    view = menu(
        "&View",
        ("&Write a message", "Ctrl+L", window.composer.input.setFocus),
        ("&Search the memory", "Ctrl+F", window.search_memory),
        ("&Next conversation", "Ctrl+PgDown", lambda: panel.step(1)),
        ("&Previous conversation", "Ctrl+PgUp", lambda: panel.step(-1)),
        None,
        ("Show or hide &conversations", "Ctrl+B", window.toggle_conversations),
        ("Show or hide &memory", "Ctrl+I", window.toggle_inspector),
        ("Memory &on or off", "Ctrl+M", window.status.memory.toggle),
        ("Memory se&ttings…", "Ctrl+,", window.show_memory_settings),
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
        ("&About Nowprint", "", lambda: show_about(window)),
    )
    for where, act in ((panel.list, panel.ask_delete),):
        delete = QAction("Delete", where)
        delete.setShortcut(QKeySequence("Delete"))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(lambda _=False, act=act: act())
        where.addAction(delete)
    return made


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


def show_shortcuts(window: MainWindow, actions: list[QAction]) -> None:
    rows = [(a.shortcut().toString(), a.text().replace("&", "")) for a in actions if a.shortcut()]
    lines = "".join(
        f"<tr><td style='padding: 3px 22px 3px 0'><b>{keys}</b></td><td>{what}</td></tr>"
        for keys, what in (*rows, *IN_PLACE)
    )
    _box(window, "Keyboard shortcuts", f"<table>{lines}</table>")


def show_about(window: MainWindow) -> None:
    _box(
        window,
        "About Nowprint",
        f"<p><b>Nowprint {nowprint.__version__}</b></p><p>A private chat assistant that remembers "
        "what surprised it, and lets you look inside.</p><p>Everything stays in one folder of "
        f"yours:<br>{window.profile.home}</p>",
    )


def _box(window: MainWindow, title: str, html: str) -> None:
    box = QMessageBox(window)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(html)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.addButton("Close", QMessageBox.ButtonRole.RejectRole).setProperty("kind", "outlined")
    box.open()
