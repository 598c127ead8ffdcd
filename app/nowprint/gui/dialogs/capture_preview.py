"""What a setting of "How much is kept" would have kept of all that was said: as counts, and as highlighted
passages."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.records import Judged, Preview

LONGEST = 160
"""Characters of a passage that are shown."""
Place = tuple[int, int]
"""A passage: the id of its message, and the position in the message at which it begins."""


class CapturePreview(QWidget):
    """One bar: the part that would be kept, and the part that would not."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("settings.share")
        self._theme = theme
        self._kept = self._dropped = 0
        self.setFixedHeight(10)
        theme.changed.connect(self.update)

    def show_preview(self, preview: Preview) -> None:
        self._kept, self._dropped = preview.kept, preview.dropped
        self.setAccessibleName(f"{preview.kept:,} kept, {preview.dropped:,} left out")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, 1, self.width(), 8)
        painter.setBrush(QColor(self._theme.colours.line))
        painter.drawRoundedRect(bar, 4, 4)
        if self._kept:
            bar.setWidth(max(8.0, self.width() * self._kept / (self._kept + self._dropped)))
            painter.setBrush(QColor(self._theme.colours.accent))
            painter.drawRoundedRect(bar, 4, 4)


def kept_before(preview: Preview | None) -> dict[Place, bool]:
    return {(one.message_id, one.start): one.kept for one in preview.spans} if preview else {}


def difference(preview: Preview, before: Preview | None) -> str:
    """How many more or fewer passages would be kept than before, in words."""
    if before is None or before.kept == preview.kept:
        return ""
    more = preview.kept - before.kept
    return f" ({more:,} more than before)" if more > 0 else f" ({-more:,} fewer than before)"


def table(spans: tuple[Judged, ...], theme: Theme, before: dict[Place, bool]) -> str:
    """An HTML table with a row for each passage: whether it is kept, and its beginning. Kept passages are
    highlighted, and a passage whose outcome differs from ``before`` is marked with "now"."""
    colours = theme.colours
    rows = []
    for one in spans:
        changed = before.get((one.message_id, one.start), one.kept) != one.kept
        mark, ink, text, ground = "left out", colours.muted, colours.muted, "transparent"
        if one.kept:
            mark, ink, text, ground = (
                "✓ kept",
                colours.accent_text,
                colours.text,
                colours.accent_soft,
            )
        if changed:
            mark, ink = (f"<b>{mark} now</b>", ink if one.kept else colours.danger)
        passage = " ".join(show_invisible(one.text).split())
        if len(passage) > LONGEST:
            passage = f"{passage[:LONGEST].rstrip()}…"
        rows.append(
            f"<tr><td style='color: {ink}; white-space: nowrap; padding: 3px 14px 3px 0'>{mark}</td>"
            f"<td style='padding: 3px 0'><span style='color: {text}; background-color: {ground}'>"
            f"{html.escape(passage)}</span></td></tr>"
        )
    return f"<table cellspacing='0'>{''.join(rows)}</table>"
