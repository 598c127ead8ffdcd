"""The menu bar, with every action of the window and its shortcut; and the context menus.

"Keyboard shortcuts" in the Help menu lists the shortcuts of these actions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu

from nowprint.gui.dialogs.help import AboutDialog, ShortcutsDialog, open_releases
from nowprint.gui.dialogs.licences_view import has_licences, show_licences
from nowprint.gui.inspector.inspector_header import VIEW_NAMES
from nowprint.gui.sidebar.conversation_model import Group
from nowprint.gui.window.device_menu import DeviceMenu
from nowprint.gui.window.searching import Searching
from nowprint.settings import RANGES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from nowprint.gui.chat.transcript import Transcript
    from nowprint.gui.core.session import CoreSession
    from nowprint.gui.window.dialog_openers import DialogOpeners
    from nowprint.gui.window.parts import Parts
    from nowprint.gui.window.who_answers import WhoAnswers

TEXT_STEP = 0.1
Entry = tuple[str, str, Callable[[], object]] | QAction | None
"""Text, shortcut and function; or an action that is there already; or None for a separator."""


def build_menus(parts: Parts, dialogs: DialogOpeners, who: WhoAnswers) -> list[QAction]:
    """Fill the menu bar, and return its actions in order."""
    window, panels, say = parts.window, parts.panels, parts.notice.say
    bar = window.menuBar()
    bar.clear()
    made: list[QAction] = []
    opened: list[QMenu] = []

    def menu(title: str, *entries: Entry) -> QMenu:
        added = bar.addMenu(title)
        opened.append(added)
        for entry in entries:
            if entry is None:
                added.addSeparator()
                continue
            if isinstance(entry, QAction):
                added.addAction(entry)
                made.append(entry)
                continue
            text, keys, act = entry
            action = QAction(text, window)
            if keys == "Ctrl++":  # on many keyboards the plus needs Shift, on others it doesn't
                action.setShortcuts([QKeySequence(keys), QKeySequence("Ctrl+=")])
            elif keys:
                action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _=False, act=act: act())
            added.addAction(action)
            made.append(action)
        return added

    chat, inspector, panel = parts.chat, panels.inspector, panels.conversations
    session, uses = parts.session, chat.composer.memory
    searching, find = Searching(parts, made), panels.add_find_bar(chat)
    file = menu(
        "&File",
        ("&New chat", "Ctrl+N", chat.new),
        ("New &temporary chat", "Ctrl+Shift+N", lambda: chat.new(temporary=True)),
        None,
        ("Mode&ls…", "Ctrl+M", dialogs.models),
        ("Settings of this mo&del…", "Ctrl+Alt+L", dialogs.model_settings),
        ("&Open model…", "Ctrl+O", lambda: ask_for_model(session, window)),
        ("&Import…", "Ctrl+Shift+O", dialogs.import_file),
        ("Import a &folder…", "", dialogs.import_folder),
        ("Import &pasted text…", "", dialogs.import_text),
        ("Past i&mports…", "", dialogs.imports),
        ("&Export memories…", "Ctrl+Shift+E", dialogs.export),
        ("E&xport chats…", "Ctrl+Alt+E", dialogs.chat_files.export_this),
        ("Encr&yption…", "", dialogs.encryption.open),
        ("&Backups…", "", dialogs.backups.open),
        None,
        ("&Quit", "Ctrl+Q", window.close),
    )
    uses.more = [made[1]]
    before = next(action for action in made if action.text().startswith("&Import"))
    file.insertMenu(before, DeviceMenu(session, window))
    file.insertSeparator(before)
    menu(
        "&Edit",
        ("&Undo forgetting or archiving", "Ctrl+Z", inspector.undo.undo),
        None,
        ("&Stop the answer", "Escape", chat.stop),
        chat.thinking.action,
        ("&Retry the last answer", "Ctrl+R", chat.branches.retry_last),
        ("Retry &otherwise…", "Ctrl+Shift+R", who.retry.open_last),
        ("&Quote the selection", "Ctrl+Shift+Q", chat.transcript.quote_selection),
        ("&Copy the last answer", "Ctrl+Shift+C", lambda: copy_last(chat.transcript)),
        ("Copy this chat as Mar&kdown", "", dialogs.chat_files.copy_markdown),
        ("Copy this chat as rich te&xt", "", dialogs.chat_files.copy_rich),
    )
    arranged = menu(
        "&Chat",
        ("Re&name conversation", "F2", panel.rename),
        ("P&in or unpin conversation", "Ctrl+Shift+K", panel.toggle_pin),
        ("&Archive conversation, or bring it back", "Ctrl+Shift+H", panel.toggle_archive),
        ("New &project…", "Ctrl+Shift+P", parts.projects.ask_new),
        ("Instruc&tions of this project…", "", dialogs.instruct_project),
        ("Choose &who answers…", "Ctrl+Shift+A", who.menu.open),
        ("P&ersonas…", "", dialogs.personas),
        ("&Delete conversation…", "Ctrl+Shift+Backspace", panel.ask_delete),
        ("Delete conversation and &forget…", "", panel.ask_forget),
    )
    _add_move_menu(parts, arranged, made)
    menu(
        "&Memory",
        uses.recall,
        uses.keep,
        uses.everywhere,
        None,
        ("Re&member the selection", "Ctrl+Shift+M", chat.transcript.remember_selection),
        ("Remember something &new…", "Ctrl+Alt+M", inspector.begin_remember),
        ("&Pin or unpin the memory", "Ctrl+P", inspector.toggle_pin),
        None,
        ("&Forget selected memories…", "", dialogs.forget_selected),
        ("Forget this &chat…", "", dialogs.forget_this_conversation),
        ("Forget a period of &time or everything…", "Ctrl+Shift+Delete", dialogs.forget_period),
        ("Forget b&y rule…", "", dialogs.retention),
        ("Rece&ipts…", "", dialogs.receipts),
        None,
        ("&Search memories", "Ctrl+F", panels.search_memory),
        ("People and t&hings…", "Ctrl+Alt+P", dialogs.people.open),
        ("R&ecent nights…", "Ctrl+Alt+N", dialogs.nights.open),
        ("Memory settin&gs…", "Ctrl+,", dialogs.memory_settings),
    )
    view = menu(
        "&View",
        ("Search &everything…", "Ctrl+K", searching.open),
        ("&Find in this chat…", "Ctrl+Shift+F", find.begin),
        ("Next place found", "F3", lambda: find.step(1)),
        ("Place found before", "Shift+F3", lambda: find.step(-1)),
        None,
        ("&Go to the message field", "Ctrl+L", chat.composer.input.setFocus),
        ("&Next conversation", "Ctrl+PgDown", lambda: panel.step(1)),
        ("&Previous conversation", "Ctrl+PgUp", lambda: panel.step(-1)),
        None,
        ("&Branches of this chat…", "Ctrl+Shift+B", dialogs.branches),
        ("What the model &has before it…", "Ctrl+Shift+X", dialogs.context.open),
        None,
        ("Show or hide &conversations", "Ctrl+B", panels.toggle_conversations),
        ("Show or hide &memory", "Ctrl+I", panels.toggle_inspector),
        ("Memory at full &width", "Ctrl+Shift+I", panels.toggle_full_width),
        *(
            (f"Memory: {name.lower()}", f"Ctrl+{n}", partial(inspector.choose_view, n - 1))
            for n, name in enumerate(VIEW_NAMES, 1)
        ),
        None,
        ("&Larger text", "Ctrl++", partial(resize_text, session, 1)),
        ("&Smaller text", "Ctrl+-", partial(resize_text, session, -1)),
        ("&Usual text size", "Ctrl+0", partial(resize_text, session, 0)),
        None,
    )
    themes = view.addMenu("&Theme")
    group = QActionGroup(window)
    for choice, text in (("system", "Same as &system"), ("light", "&Light"), ("dark", "&Dark")):
        action = themes.addAction(text)
        action.setCheckable(True)
        action.setChecked(parts.theme.choice == choice)
        action.triggered.connect(lambda _=False, choice=choice: session.change(theme=choice))
        group.addAction(action)
    menu(
        "&Help",
        ("&Keyboard shortcuts", "F1", lambda: ShortcutsDialog(parts.theme, opened, window).open()),
        ("&Releases page", "", lambda: open_releases(say)),
        None,
        ("&Save a report…", "", dialogs.report),
        *(
            [("&Licences", "", lambda: show_licences(parts.theme, window))]
            if has_licences()
            else []
        ),
        (
            "&About Nowprint",
            "",
            lambda: AboutDialog(parts.theme, parts.profile, say, window).open(),
        ),
    )
    for where, act in ((panel.list, panel.ask_delete),):
        delete = QAction("Delete", where)
        delete.setShortcut(QKeySequence("Delete"))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(lambda _=False, act=act: act())
        where.addAction(delete)
    return made


def resize_text(session: CoreSession, step: int) -> None:
    """Make the window's text a step larger or smaller; a step of 0 makes it as large as it usually is."""
    size = round(session.settings.text_size + step * TEXT_STEP, 2) if step else 1.0
    least, most = RANGES["text_size"]
    session.change(text_size=min(max(size, least), most))


def _add_move_menu(parts: Parts, arranged: QMenu, made: list[QAction]) -> None:
    """Add a menu before "New project…" that moves the conversation on the screen to a project."""
    before = next(action for action in made if action.text().startswith("New &project"))
    move = QMenu("&Move conversation to", arranged)
    arranged.insertMenu(before, move)
    chat = parts.chat

    def fill() -> None:
        there = chat.conversation_id is not None and not chat.temporary
        ids = tuple(one.id for one in parts.panels.conversations.chosen)
        several = len(ids) > 1
        here = (chat.conversation_id,) if there else ()
        parts.projects.fill(move, ids if several else here, set() if several else {chat.project})

    move.aboutToShow.connect(fill)
    fill()


def passing_menu(parent: QWidget) -> QMenu:
    """A menu that is deleted when it closes."""
    menu = QMenu(parent)
    menu.setObjectName("context.menu")
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def conversation_menu(parts: Parts, dialogs: DialogOpeners) -> QMenu:
    """The context menu for the current row of the conversations."""
    panel, projects = parts.panels.conversations, parts.projects
    menu = passing_menu(parts.window)
    row = panel.row
    if isinstance(row, Group):
        if row.project:
            id = row.project.id
            menu.addAction("New chat in this project", lambda: parts.chat.new(project=id))
            menu.addAction("Instructions and persona…", lambda: dialogs.instruct_project(id))
            menu.addAction("Export its memories…", lambda: dialogs.export_project(id))
            menu.addAction("Rename…", lambda: projects.ask_rename(id))
            menu.addAction("Delete project…", lambda: projects.ask_delete(id))
        menu.addAction("New project…", partial(projects.ask_new, ()))
    elif chosen := panel.chosen:
        one = len(chosen) == 1
        ids = tuple(each.id for each in chosen)
        if one:
            menu.addAction("Rename", panel.rename)
        if not panel.model.temporary.keys() & set(ids):
            pinned, archived = all(e.pinned for e in chosen), all(e.archived for e in chosen)
            menu.addAction("Unpin" if pinned else "Pin", panel.toggle_pin)
            menu.addAction("Bring back" if archived else "Archive", panel.toggle_archive)
            projects.fill(menu.addMenu("Move to"), ids, {each.project for each in chosen})
            export = "Export chat…" if one else "Export chats…"
            menu.addAction(export, lambda: dialogs.chat_files.export(ids))
        menu.addSeparator()
        menu.addAction("Delete…" if one else f"Delete {len(ids):,}…", panel.ask_delete)
        if one and ids[0] not in panel.model.temporary:
            menu.addAction("Delete and forget…", panel.ask_forget)
    return menu


def ask_for_model(session: CoreSession, parent: QWidget) -> None:
    dialog = QFileDialog(parent, "Open a model")
    dialog.setObjectName("model.dialog")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(["Models (*.gguf)", "All files (*)"])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(session.open_model)
    dialog.open()


def copy_last(transcript: Transcript) -> None:
    answers = [view for view in transcript.views if view.message.role == "assistant"]
    if answers:
        answers[-1].copy()
