"""The smallest PySide6 window, which Nowprint's start is measured against (``nowprint bench startup``)."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from nowprint.gui.window.first_paint import FirstPaint


def main() -> int:
    app = QApplication(sys.argv)
    window = QMainWindow()
    window.setCentralWidget(QLabel("A bare window", alignment=Qt.AlignmentFlag.AlignCenter))
    window.resize(1180, 760)

    def tell(at: float) -> None:
        print(json.dumps({"painted": at}), flush=True)
        app.quit()

    FirstPaint(window).painted.connect(tell)
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
