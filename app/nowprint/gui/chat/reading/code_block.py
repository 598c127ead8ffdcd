"""A block of code in an answer: its language, a copy button, and colours that come a little later.

The code is on the screen at once; the highlighter works out its colours on a thread of its own, and the
block is coloured when they come. Of long code the first lines are shown, and the rest when the user asks.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.text_offsets import utf16_offsets
from nowprint.gui.widgets.text_view import TextView
from nowprint.gui.widgets.theme import Theme

Spans = list[tuple[int, int, str]]
"""Start and end of coloured stretches of code, in code points, and the names of their theme colours."""


LINES = 30
"""Lines of code that are shown before the user asks for all."""


class Highlighter(QObject):
    """Works out colours on one thread, for all code blocks of the window."""

    _ready = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="highlighter")
        self._ready.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def ask(self, code: str, language: str, tell: Callable[[Spans], None]) -> None:
        """Work out the colours, then call ``tell`` with them on the main thread."""

        def work() -> None:
            from nowprint.markdown.reader import code_spans

            self._ready.emit(tell, code_spans(code, language))

        self._pool.submit(work)

    @Slot(object, object)
    def _answer(self, tell: Callable[[Spans], None], spans: Spans) -> None:
        tell(spans)

    def warm_up(self) -> None:
        """Import the Markdown reader and the lexer for Python before the first answer needs them."""
        self.ask("1", "python", lambda spans: None)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Colouring(QSyntaxHighlighter):
    def __init__(self, view: TextView, theme: Theme) -> None:
        super().__init__(view.document())
        self._theme = theme
        self._spans: Spans = []
        self._starts: list[int] = []

    def lay(self, spans: Spans, code: str) -> None:
        units = utf16_offsets(code)
        self._spans = [(units(start), units(stop), kind) for start, stop, kind in spans]
        self._starts = [start for start, _, _ in self._spans]
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        begin = self.currentBlock().position()
        end = begin + self.currentBlock().length() - 1
        # The last span that begins before this line may have several lines and reach into this one.
        for start, stop, kind in self._spans[max(0, bisect.bisect(self._starts, begin) - 1) :]:
            if start >= end:
                break
            if stop > begin:
                ink = QTextCharFormat()
                ink.setForeground(QColor(getattr(self._theme.colours, kind)))
                self.setFormat(max(start, begin) - begin, stop - max(start, begin), ink)


class CodeBlock(QFrame):
    remember = Signal(str)
    quote = Signal(str)

    def __init__(self, theme: Theme, highlighter: Highlighter, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("codeFrame")
        self._theme = theme
        self._highlighter = highlighter
        self.code = ""
        self._shown = ""  # all of it, or the lines above the fold
        self._folded = True
        self._language = ""
        self._asked = False
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)  # the model names the language
        self._label.setProperty("quiet", True)
        self._copy = QPushButton("Copy")
        self._copy.setProperty("kind", "quiet")
        self._copy.setAccessibleName("Copy code")
        self._copy.clicked.connect(self.copy)
        self.view = TextView(theme.code_font())
        self.view.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.view.setAccessibleName("Code")
        self.view.remember.connect(self.remember)
        self.view.quote.connect(self.quote)
        self.view.quotable = True
        self._colouring = _Colouring(self.view, theme)
        head = QHBoxLayout()
        head.addWidget(self._label)
        head.addStretch()
        head.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 5, 8, 12)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.view)
        self._all = button("", "link", self.unfold, name="code.unfold")
        self._all.hide()
        column.addWidget(self._all, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_code(self, code: str, language: str) -> None:
        """Show the code; if it continues the code that is shown, only append the rest."""
        if language != self._language:
            self._language = language
            self._label.setText(language)
            self.view.setAccessibleName(f"Code, {language}" if language else "Code")
        self.code = code
        self._show()

    def restyle(self) -> None:
        """The colours or the size of text have changed."""
        self.view.use_font(self._theme.code_font())
        self._colouring.rehighlight()

    def unfold(self) -> None:
        focused = self.window().focusWidget() is self._all
        self._folded = False
        self._show()
        if focused:
            self.view.setFocus(Qt.FocusReason.TabFocusReason)

    def _show(self) -> None:
        code = self.code
        lines = code.count("\n") + 1
        folds = self._folded and lines > LINES
        self._all.setVisible(folds)
        if folds:
            self._all.setText(f"Show all {lines} lines")
            code = "\n".join(code.split("\n", LINES)[:LINES])
        if code == self._shown:
            return
        if code.startswith(self._shown) and self._shown:
            cursor = QTextCursor(self.view.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(code[len(self._shown) :])
        else:
            self.view.setPlainText(code)
        self._shown = code
        self.view.fit()
        self._colour()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code)
        self._copy.setText("Copied")
        QTimer.singleShot(1500, self._copy, lambda: self._copy.setText("Copy"))

    def _colour(self) -> None:
        if not self._asked:  # one request at a time: code grows faster than it is coloured
            self._asked = True
            asked = self._shown

            def answered(spans: Spans) -> None:
                if not isValid(self):  # the user has left the conversation meanwhile
                    return
                self._asked = False
                if self._shown.startswith(asked):
                    self._colouring.lay(spans, asked)
                if self._shown != asked:
                    self._colour()

            self._highlighter.ask(asked, self._language, answered)
