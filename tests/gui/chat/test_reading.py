"""An answer with formulas, tables, task lists, footnotes and long code, in the window."""

from __future__ import annotations

from typing import Any

import pytest
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QApplication

from nowprint.gui.chat.message_view import MessageView
from nowprint.gui.chat.reading.code_block import LINES, CodeBlock
from nowprint.gui.chat.reading.formulas import Formulas, outlines, picture
from nowprint.gui.chat.reading.prose_view import ProseView, TableView
from nowprint.gui.widgets.text_view import PICTURE


@pytest.fixture
def answered(open_window: Open, qtbot: Any) -> Any:
    def ask(answer: str) -> tuple[Opened, MessageView]:
        opened = open_window(lambda client: setattr(client, "answer", answer))
        with qtbot.waitSignal(opened.window.turnFinished):
            opened.window.composer.put("Show me")
            qtbot.keyClick(opened.window.composer.input, Qt.Key.Key_Return)
        return opened, opened.window.transcript.views[-1]

    return ask


def _drawn(view: ProseView) -> int:
    return view.toPlainText().count(PICTURE)


def test_formulas_are_pictures_that_are_copied_as_latex(answered: Any, qtbot: Any) -> None:
    text = (
        r"So $x^2$ costs $5 and $7, \\(y_1\\) and `$z$`." + "\n\n$$\\frac{a}{b}$$\n\n$\\frac{a$ end"
    )
    text = text.replace("\\\\", "\\")
    _, answer = answered(text)
    view = answer._pieces[0]
    qtbot.waitUntil(lambda: _drawn(view) == 3)
    shown = view.toPlainText()
    assert "costs $5 and $7" in shown
    assert "$z$" in shown
    assert "$\\frac{a$ end" in shown
    view.selectAll()
    view.copy()
    copied = QGuiApplication.clipboard().text()
    assert "$x^2$" in copied
    assert "\\(y_1\\)" in copied
    assert "$$\\frac{a}{b}$$" in copied
    answer.copy()
    assert QGuiApplication.clipboard().text() == text


def test_a_formula_is_drawn_in_the_colour_of_the_theme(answered: Any, qtbot: Any) -> None:
    opened, answer = answered("$x$")
    qtbot.waitUntil(lambda: _drawn(answer._pieces[0]) == 1)
    for theme, dark_ink in (("light", True), ("dark", False)):
        opened.window.theme.choose(theme)
        view = answer._pieces[0]
        formula, above, below = view._shown[0]
        ink = opened.window.theme.colours.text
        for ratio in (1.0, 2.0):
            image = picture(formula, 20.0, above, below, ink, ratio)
            assert image.devicePixelRatio() == ratio
            points = [
                image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())
            ]
            darkest = max(points, key=lambda point: point.alpha())
            assert darkest.alpha() > 150
            assert (darkest.lightness() < 128) is dark_ink


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "x^",
        "\\frac{a",
        "\\nosuchcommand{x}",
        "\\frac{1}{" * 60 + "1" + "}" * 60,
        "{" * 900 + "x" + "}" * 900,
        "\\def\\a{\\a\\a}\\a",
        "\\rule{99999em}{99999em}",
        "x" * 5000,
    ],
)
def test_what_is_no_formula_or_too_much_work_is_not_set(latex: str) -> None:
    assert outlines(latex, display=True) is None


def test_a_known_formula_is_set_once(qtbot: Any, qapp: Any) -> None:
    formulas = Formulas(qapp)
    with qtbot.waitSignal(formulas.ready):
        assert not formulas.known("x", False)
    assert formulas.known("x", False)
    assert formulas.outlines("x", False) == outlines("x", display=False)
    formulas.close()


def test_a_wide_table_scrolls_and_the_chat_stays_as_wide(answered: Any, qtbot: Any) -> None:
    head = (
        "| "
        + " | ".join(f"A rather long heading {n}" for n in range(12))
        + " |\n"
        + "|---" * 12
        + "|\n"
    )
    opened, answer = answered(
        "Before\n\n" + head + "| cell " * 12 + "|\n\nAfter\n\n| a |\n|---|\n| b |\n"
    )
    kinds = [type(piece) for piece in answer._pieces]
    assert kinds == [ProseView, TableView, ProseView, TableView]
    wide, small = answer._pieces[1], answer._pieces[3]
    qtbot.waitUntil(lambda: wide.horizontalScrollBar().maximum() > 0)
    assert small.horizontalScrollBar().maximum() == 0
    assert wide.width() <= answer.width()
    assert opened.window.transcript.horizontalScrollBar().maximum() == 0
    wide.setFocus()
    qtbot.keyClick(wide, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert wide.horizontalScrollBar().value() > 0


def test_task_lists_have_boxes_and_footnotes_numbers(answered: Any) -> None:
    _, answer = answered("- [x] done\n- [ ] open\n\nSo[^1], but [^a-z].\n\n[^1]: The *note*.\n")
    document = answer._pieces[0].document()
    blocks = [document.findBlockByNumber(n) for n in range(document.blockCount())]
    boxes = {block.text(): block.blockFormat().marker() for block in blocks}
    assert boxes["done"] == QTextBlockFormat.MarkerType.Checked
    assert boxes["open"] == QTextBlockFormat.MarkerType.Unchecked
    texts = [block.text() for block in blocks]
    assert texts[2:] == ["So1, but [^a-z].", "1. The note."]


def test_long_code_is_folded_and_copied_as_a_whole(answered: Any, qtbot: Any) -> None:
    code = "\n".join(f"x = {n}" for n in range(LINES + 20))
    opened, answer = answered(f"```python\n{code}\n```\n")
    block = answer._pieces[0]
    assert isinstance(block, CodeBlock)
    assert block.view.toPlainText().count("\n") == LINES - 1
    assert block._all.text() == f"Show all {LINES + 20} lines"
    block.copy()
    assert QGuiApplication.clipboard().text() == code
    block._all.setFocus()
    qtbot.keyClick(block._all, Qt.Key.Key_Space)
    assert block.view.toPlainText() == code
    assert block._all.isHidden()
    assert opened.window.focusWidget() is block.view


def test_a_place_below_the_fold_is_marked(answered: Any) -> None:
    code = "\n".join(f"x = {n}" for n in range(LINES + 20))
    _, answer = answered(f"```\n{code}\n```\n")
    last = f"x = {LINES + 19}"
    begin = answer.text.index(last)
    answer.mark(begin, begin + len(last))
    assert answer._pieces[0].view.extraSelections()[0].cursor.selectedText() == last


def test_a_long_answer_is_drawn_from_its_last_segment_on(answered: Any, qtbot: Any) -> None:
    """Whatever the last block is, what is drawn again while it is written stays short."""
    rows = "| a | b |\n|---|---|\n" + "".join(f"| {n} | x |\n" for n in range(100))
    items = "".join(f"- an item of a very long list, number {n}\n" for n in range(400))
    _, answer = answered("\n".join((rows, items, "A sentence. " * 1000)))
    longest = max(len(piece._source) for piece in answer._pieces)
    assert longest < 6000
    numbers = [p.toPlainText().split("\n") for p in answer._pieces if type(p) is TableView]
    assert len(numbers) > 3
    assert all(cells[:2] == ["a", "b"] for cells in ([c for c in n if c] for n in numbers))
    shown = "".join(piece.toPlainText() for piece in answer._pieces)
    assert all(f"number {n}" in shown for n in (0, 200, 399))
    assert shown.count("A sentence.") == 1000


def test_what_is_selected_begins_and_ends_at_any_formula(answered: Any, qtbot: Any) -> None:
    _, answer = answered("😀 $x$ and $y$")
    view = answer._pieces[0]
    qtbot.waitUntil(lambda: _drawn(view) == 2)
    cursor = QTextCursor(view.document())
    cursor.setPosition(3)
    cursor.setPosition(4, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert view.selected_text() == "$x$"


def test_another_theme_is_drawn_in_place(answered: Any, qtbot: Any) -> None:
    code = "".join(f"print({number})\n" for number in range(2 * LINES))
    opened, answer = answered(f"A line.\n\n```python\n{code}```\n\nThe end.")
    block = answer.findChild(CodeBlock)
    block.unfold()
    inner, bar = opened.window.transcript.widget(), opened.window.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum() // 2)
    place, before = bar.value(), inner.height()
    opened.window.theme.choose("dark")
    for _ in range(20):
        QApplication.processEvents()
        assert inner.height() >= before - 40
    assert not block._folded
    assert abs(bar.value() - place) < 40
