"""The two icons in every size that desktops ask for, rendered by the Qt that also shows them.

Run by the checkout's Python; needs no display.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCES = Path(__file__).resolve().parents[2] / "resources" / "icons" / "app"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
ICONS = {
    "nowprint": "apps/nowprint",
    "nowprint-memory": "mimetypes/application-x-nowprint-memory",
}
"""Our drawings, and where hicolor's folders (a theme that every other one falls back to) want them."""


def render_icons(hicolor: Path) -> None:
    """Fill a hicolor folder: PNGs of all sizes, and the drawings themselves as ``scalable``."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QGuiApplication.instance() or QGuiApplication([])
    for source, place in ICONS.items():
        drawing = QSvgRenderer(str(SOURCES / f"{source}.svg"))
        if not drawing.isValid():
            raise ValueError(f"{source}.svg can't be drawn")
        for size in SIZES:
            image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(0)
            painter = QPainter(image)
            drawing.render(painter, QRectF(0, 0, size, size))
            painter.end()
            target = hicolor / f"{size}x{size}" / f"{place}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            if not image.save(str(target)):
                raise ValueError(f"{target} can't be written")
        scalable = hicolor / "scalable" / f"{place}.svg"
        scalable.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SOURCES / f"{source}.svg", scalable)
    del app
