"""The app's drawing as the icon files of Windows and macOS: containers of the same picture in many sizes.

Run by the checkout's Python, whose Qt draws it; needs no display.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWINGS = Path(__file__).resolve().parents[1] / "resources" / "icons" / "app"
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
ICNS_SIZES = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic11": 32,  # 16 points on a fine screen, and so on
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}


def make_icons(folder: Path, ending: str) -> None:
    """``nowprint`` and ``nowprint-memory`` in ``folder``; the ending is ".ico" or ".icns"."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("nowprint", "nowprint-memory"):
        drawing = QSvgRenderer(str(DRAWINGS / f"{name}.svg"))
        if not drawing.isValid():
            raise ValueError(f"{name}.svg can't be drawn")
        made = icns(drawing) if ending == ".icns" else ico(drawing)
        (folder / f"{name}{ending}").write_bytes(made)
    del app


def ico(drawing: QSvgRenderer) -> bytes:
    """A directory of 16 bytes for each picture, then the pictures."""
    pictures = [png(drawing, size) for size in ICO_SIZES]
    head = struct.pack("<HHH", 0, 1, len(pictures))
    start = len(head) + 16 * len(pictures)
    for size, picture in zip(ICO_SIZES, pictures, strict=True):
        edge = size % 256  # 0 stands for 256
        head += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(picture), start)
        start += len(picture)
    return head + b"".join(pictures)


def icns(drawing: QSvgRenderer) -> bytes:
    """Each picture after its kind and its length, those 8 bytes included."""
    body = b""
    for kind, size in ICNS_SIZES.items():
        picture = png(drawing, size)
        body += kind + struct.pack(">I", 8 + len(picture)) + picture
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def png(drawing: QSvgRenderer, size: int) -> bytes:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # Qt's stubs want bytes, Qt a name
    return bytes(buffer.data().data())
