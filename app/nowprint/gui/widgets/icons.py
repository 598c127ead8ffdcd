"""Icons, drawn from ``resources/icons``. Loaded after the first paint, which does without them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from nowprint.settings import resources


def show_application_icon() -> None:
    """On the window and its dialogs, wherever the desktop shows one."""
    QApplication.setWindowIcon(QIcon(str(resources() / "icons" / "app" / "nowprint.svg")))


def draw(name: str, colour: str, disabled: str) -> QIcon:
    """An icon in ``colour``; ``disabled`` is its colour on a disabled button."""
    source = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    icon = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        renderer = QSvgRenderer(source.replace("currentColor", ink).encode())
        for pixels in (18, 36, 54):
            pixmap = QPixmap(QSize(pixels, pixels))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            renderer.render(painter)
            painter.end()
            pixmap.setDevicePixelRatio(pixels / 18)
            icon.addPixmap(pixmap, mode)
    return icon
