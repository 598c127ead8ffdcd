"""Puts text on the clipboard, plain or formatted."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication


def copy_plain(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def copy_rich(html: str, plain: str) -> None:
    """Programs that take formatted text get the HTML, others the ``plain`` text."""
    data = QMimeData()
    data.setHtml(html)
    data.setText(plain)
    QGuiApplication.clipboard().setMimeData(data)
