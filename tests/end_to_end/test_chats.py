"""The chat itself, in the real window on the real core: branches, personas, files of chats, habits, typing.

The tests of this file are one story over one profile, in order. Each leaves pictures in ``screenshots/``,
in both themes, to be looked at; with QT_SCALE_FACTOR=2 those at 200 %.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nowprint.events import Answer
from nowprint.gui.chat.message_view import MessageView
from nowprint.gui.chat.reading.code_block import CodeBlock
from nowprint.gui.chat.reading.prose_view import TableView
from nowprint.gui.chat_files.chat_export_dialog import ChatExportDialog
from nowprint.gui.core.bridge import real_client
from nowprint.gui.dialogs.branches_dialog import BranchesDialog
from nowprint.gui.dialogs.import_dialog import ImportDialog
from nowprint.gui.dialogs.import_review import ReviewPage
from nowprint.gui.personas.persona_editor import PersonaEditor
from nowprint.gui.personas.personas_dialog import PersonasDialog
from nowprint.gui.personas.project_dialog import ProjectDialog
from nowprint.gui.widgets.name_dialog import NameDialog
from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import PICTURES, SECONDS, show

pytestmark = pytest.mark.story
CONTROL = Qt.KeyboardModifier.ControlModifier
FORMULAS = (
    "Euler's sum is $\\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}$, and\n\n"
    "$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$\n\n"
    "as \\(a^2 + b^2\\) and \\[c = \\sqrt{a^2 + b^2}\\] show.[^1]\n\n"
    "- [x] read the proof\n- [ ] write it down\n\n[^1]: Proved in 1734."
)
TABLE = "| " + " | ".join(f"Column {n} of the table" for n in range(14)) + " |\n"
TABLE += "|" + "---|" * 14 + "\n"
TABLE += "".join(
    "| " + " | ".join(f"value {row}.{n}" for n in range(14)) + " |\n" for row in range(4)
)
CODE = "```python\n" + "".join(f"print({n} * {n})  # a line of code\n" for n in range(60)) + "```"
RICH = f"{FORMULAS}\n\n{TABLE}\n\n{CODE}\n\n```\n{'a very long line ' * 40}\n```"


class Day:
    """One window at a time over one profile."""

    def __init__(self, home: Path) -> None:
        self.profile = Profile(home)
        prepare_profile(self.profile)
        save_settings(self.profile, Settings(answer_tokens=16, temperature=0, seed=1))
        self.window: MainWindow
        self.file = home.parent / "chats.json"

    def open(self, qtbot: Any) -> MainWindow:
        self.window = MainWindow(self.profile, real_client)
        self.window.resize(1280, 860)
        show(self.window, qtbot)
        return self.window

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()


@pytest.fixture(scope="module")
def day(
    tmp_path_factory: pytest.TempPathFactory,
    starter_model: Path,
    embedder_folder: Path,
    nothing_left_behind_the_story: None,
    qapp: Any,
    request: pytest.FixtureRequest,
) -> Iterator[Day]:
    opened = Day(tmp_path_factory.mktemp("chats") / "home")
    opened.open(QtBot(request))
    yield opened
    opened.close()


@pytest.fixture
def window(day: Day) -> MainWindow:
    return day.window


def picture(window: MainWindow, shown: QWidget, name: str, qtbot: Any) -> None:
    PICTURES.mkdir(exist_ok=True)
    size = "" if window.devicePixelRatio() == 1 else f"_{window.devicePixelRatio():.0%}".rstrip("%")
    for theme in ("dark", "light"):
        with qtbot.waitSignal(window.theme.changed, timeout=SECONDS):
            window.theme.choose(theme)
        QTest.qWait(50)  # what is asked to be drawn is drawn in the next turns of the event loop
        assert shown.grab().save(str(PICTURES / f"{name}{size}_{theme}.png"))


def until(qtbot: Any, holds: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(holds()), timeout=SECONDS)


def found(window: MainWindow, kind: type[Any], qtbot: Any) -> Any:
    """The newest dialog of a kind, once it is there."""
    until(qtbot, lambda: [one for one in window.findChildren(kind) if one.isVisible()])
    return next(one for one in window.findChildren(kind) if one.isVisible())


def press(dialog: QWidget, name: str) -> None:
    dialog.findChild(QPushButton, name).click()


def turn(window: MainWindow, qtbot: Any, begin: Callable[[], object]) -> Answer:
    with qtbot.waitSignal(window.turnFinished, timeout=SECONDS) as finished:
        begin()
    answer = finished.args[0]
    assert isinstance(answer, Answer), answer
    return answer


def say(window: MainWindow, qtbot: Any, text: str) -> Answer:
    def begin() -> None:
        qtbot.keyClicks(window.composer.input, text)
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)

    return turn(window, qtbot, begin)


def choose(window: MainWindow, at: int, entry: str) -> None:
    """An entry of a message's menu."""
    menu = window.chat.branches.menu(window.transcript.views[at])
    next(one for one in menu.actions() if one.text().replace("&", "") == entry).trigger()


def told(view: MessageView) -> str:
    label = view.findChild(QLabel, "branch.told")
    return label.text() if label.isVisible() else ""


def texts(window: MainWindow) -> list[str]:
    return [view.text for view in window.transcript.views]


def titled(window: MainWindow, title: str) -> int:
    return next(one.id for one in window.conversations.model.all if one.title == title)


def test_a_message_is_edited_and_answers_are_given_again_and_go_on(
    qtbot: Any, window: MainWindow
) -> None:
    say(window, qtbot, "Name a fruit.")
    first = texts(window)

    def edit() -> None:
        view = window.transcript.views[0]
        view.edit()
        view.findChild(QPlainTextEdit, "message.edit.field").setPlainText("Name a town.")
        press(view, "message.edit.save")

    turn(window, qtbot, edit)
    assert texts(window)[0] == "Name a town."
    until(qtbot, lambda: told(window.transcript.views[0]) == "2 of 2")
    turn(window, qtbot, lambda: choose(window, 1, "Answer again"))
    until(qtbot, lambda: told(window.transcript.views[1]) == "2 of 2")
    begun = texts(window)[1]
    turn(window, qtbot, lambda: choose(window, 1, "Continue this answer"))
    until(qtbot, lambda: told(window.transcript.views[1]) == "3 of 3")
    assert texts(window)[1].startswith(begun)
    picture(window, window, "branches", qtbot)
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        press(window.transcript.views[0], "branch.before")
    assert texts(window) == first


def test_the_tree_shows_all_of_it_and_leads_to_a_branch(qtbot: Any, window: MainWindow) -> None:
    window.dialogs.branches()
    dialog = found(window, BranchesDialog, qtbot)
    until(qtbot, lambda: dialog.tree.topLevelItemCount() > 1)
    assert dialog.note.text().startswith("It has 4 branches.")
    picture(window, dialog, "branches_tree", qtbot)
    (town,) = dialog.tree.findItems("You: Name a town.", Qt.MatchFlag.MatchExactly)
    dialog.tree.setCurrentItem(town)
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        press(dialog, "branches.show")
    until(qtbot, lambda: texts(window)[0] == "Name a town.")


def test_a_branch_becomes_a_chat_and_a_deleted_one_comes_back(
    qtbot: Any, window: MainWindow
) -> None:
    chat, both = window.chat.conversation_id, texts(window)
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        choose(window, 1, "Fork into a new chat")
    assert window.chat.conversation_id != chat
    assert texts(window) == both
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        choose(window, 1, "Delete from here on")
    assert texts(window) == both[:1]
    until(qtbot, window.inspector.undo.isVisible)
    picture(window, window, "branch_deleted", qtbot)
    window.inspector.undo.undo()
    until(qtbot, lambda: texts(window) == both)


def test_a_persona_answers_and_a_project_instructs(qtbot: Any, window: MainWindow) -> None:
    window.dialogs.personas()
    dialog = found(window, PersonasDialog, qtbot)
    press(dialog, "personas.add")
    editor = found(window, PersonaEditor, qtbot)
    editor.name.setText("Harbour pilot")
    editor.system.setPlainText("You are an old harbour pilot. You answer in one sentence.")
    picture(window, editor, "persona_editor", qtbot)
    press(editor, "persona.save")
    until(qtbot, lambda: len(window.parts.personas.all) == 1)
    picture(window, dialog, "personas", qtbot)
    dialog.close()
    window.projects.ask_new()
    name = found(window, NameDialog, qtbot)
    name.field.setText("The boat")
    with qtbot.waitSignal(window.projects.changed, timeout=SECONDS):
        name.confirm.click()
    project = window.projects.all[0].id
    window.dialogs.instruct_project(project)
    page = found(window, ProjectDialog, qtbot)
    page.instructions.setPlainText("Measure in knots.")
    page.persona.setCurrentIndex(page.persona.findText("Harbour pilot"))
    picture(window, page, "project", qtbot)
    with qtbot.waitSignal(window.projects.changed, timeout=SECONDS):
        press(page, "project.save")
    window.chat.new(project=project)
    assert window.header.persona.text() == "Harbour pilot ▾"
    answer = say(window, qtbot, "How fast is a dinghy?")
    assert answer.message.persona == "Harbour pilot"
    picture(window, window, "persona_answers", qtbot)


def exported_from_another(file: Path) -> None:
    """A chat as ChatGPT exports it, whose answer has everything that is hard to draw."""
    said = {
        "root": (None, None, ""),
        "a": ("root", "user", "Show me."),
        "b": ("a", "assistant", RICH),
    }
    children = {"root": ["a"], "a": ["b"], "b": []}
    mapping = {
        id: {
            "id": id,
            "parent": parent,
            "children": children[id],
            "message": role
            and {
                "id": id,
                "author": {"role": role},
                "create_time": 1757000000.0,
                "content": {"content_type": "text", "parts": [text]},
            },
        }
        for id, (parent, role, text) in said.items()
    }
    chat = {
        "title": "Hard to draw",
        "create_time": 1757000000.0,
        "mapping": mapping,
        "current_node": "b",
    }
    file.write_text(json.dumps([chat]))


def test_a_chat_from_elsewhere_comes_in_and_can_be_read(
    qtbot: Any, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "conversations.json"
    exported_from_another(file)
    window.dialogs.import_file(str(file))
    dialog = found(window, ImportDialog, qtbot)
    until(qtbot, lambda: isinstance(dialog._field, ReviewPage))
    picture(window, dialog, "chats_review", qtbot)
    dialog.confirm.click()
    until(qtbot, lambda: "Hard to draw" in [c.title for c in window.conversations.model.all])
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        window.chat.open(titled(window, "Hard to draw"))
    answer = window.transcript.views[1]
    until(qtbot, lambda: answer.findChildren(TableView) and answer.findChildren(CodeBlock))
    for part in answer.findChildren(QWidget):
        assert (
            part.mapTo(answer, part.rect().topRight()).x() <= answer.width() or not part.isVisible()
        )
    assert window.transcript.horizontalScrollBar().maximum() == 0
    window.transcript.verticalScrollBar().setValue(0)
    picture(window, window, "reading", qtbot)
    window.transcript.verticalScrollBar().setValue(window.transcript.verticalScrollBar().maximum())
    picture(window, window, "reading_end", qtbot)
    assert say(window, qtbot, "Go on.").message.text  # one goes on with it


@pytest.mark.parametrize(
    ("form", "begins"), [("json", b"{"), ("markdown", b"#"), ("html", b"<!"), ("pdf", b"%PDF")]
)
def test_chats_go_out(qtbot: Any, window: MainWindow, day: Day, form: str, begins: bytes) -> None:
    window.dialogs.chat_files.export(None)
    dialog = found(window, ChatExportDialog, qtbot)
    at = dialog.format.findData(form)
    dialog.format.setCurrentIndex(at)
    file = day.file.with_suffix(f".{form}")
    dialog.place.path.setText(str(file))
    picture(window, dialog, f"chats_export_{form}", qtbot)
    dialog.export.click()
    until(qtbot, lambda: dialog.findChild(QLabel, "chats.done"))
    assert dialog.findChild(QLabel, "chats.done").text().startswith("4 chats written")
    picture(window, dialog, f"chats_exported_{form}", qtbot)
    dialog.close()
    assert file.read_bytes().startswith(begins)


def test_messages_wait_in_a_queue_and_a_selection_is_quoted(qtbot: Any, window: MainWindow) -> None:
    window.chat.new()
    with qtbot.waitSignal(window.turnStarted, timeout=SECONDS):
        window.composer.put("Name a bird.")
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    for text in ("And a fish.", "And a tree."):
        window.composer.put(text)
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    assert window.queue.here == ["And a fish.", "And a tree."]
    picture(window, window, "queue", qtbot)
    until(qtbot, lambda: len(window.transcript.views) == 6 and window.chat.turn is None)
    assert texts(window)[::2] == ["Name a bird.", "And a fish.", "And a tree."]
    window.composer.quote("a bird")
    assert window.composer.input.toPlainText().startswith("> a bird")
    window.composer.input.clear()


def test_chats_are_pinned_archived_and_deleted_with_undo(qtbot: Any, window: MainWindow) -> None:
    panel = window.conversations
    until(qtbot, lambda: len(panel.model.all) == 5)
    window.chat.requests.rename(titled(window, "Hard to draw"), "Drawn")
    until(qtbot, lambda: "Drawn" in [one.title for one in panel.model.all])
    drawn = titled(window, "Drawn")
    window.chat.requests.pin((drawn,), True)
    until(qtbot, lambda: panel.model.conversation(drawn).pinned)
    others = tuple(one.id for one in panel.model.all if one.id != drawn)
    window.chat.requests.archive(others[:1], True)
    until(qtbot, lambda: panel.model.conversation(others[0]).archived)
    picture(window, window, "chats_arranged", qtbot)
    window.chat.requests.delete(others[1:3])
    until(qtbot, lambda: len(panel.model.all) == 3 and window.inspector.undo.isVisible())
    picture(window, window, "chats_deleted", qtbot)
    window.inspector.undo.undo()
    until(qtbot, lambda: len(panel.model.all) == 5)


def test_what_is_typed_and_pasted(qtbot: Any, window: MainWindow) -> None:
    window.chat.new()
    field = window.composer.input
    before = len(window.transcript.views)
    for preedit, commit in (("にほん", ""), ("", "日本")):
        event = QInputMethodEvent(preedit, [])
        event.setCommitString(commit)
        QApplication.sendEvent(field, event)
        qtbot.keyClick(field, Qt.Key.Key_Return)  # commits the composition, before or after it
    assert field.toPlainText() == "日本"
    assert len(window.transcript.views) == before
    data = QMimeData()
    data.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    field.insertFromMimeData(data)
    until(qtbot, lambda: "not attached" in window.notice.text.text())
    picture(window, window, "pasted_picture", qtbot)


def test_a_draft_and_the_size_of_text_survive_a_restart(
    qtbot: Any, window: MainWindow, day: Day
) -> None:
    window.session.change(text_size=1.3)
    window.composer.input.setPlainText("half a thought")
    day.close()
    window = day.open(qtbot)
    assert window.composer.input.toPlainText() == "half a thought"
    assert window.session.settings.text_size == 1.3
    picture(window, window, "larger_text", qtbot)
    for dialog in window.findChildren(QDialog):
        assert not dialog.isVisible()
