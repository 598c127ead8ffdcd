"""Formulas of answers: LaTeX becomes a picture, without a browser and without a network.

ziamath sets a formula as outlines, once and on a thread of its own; the picture is drawn from them in the
theme's colour and at the screen's resolution. What can't be set is shown as the model wrote it.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter

LONGEST = 2000
"""Characters; a longer formula isn't set."""
DEEPEST = 16
"""Braces within braces: each fraction in a fraction is measured anew by all that are around it, and ``count``
can't end that work for sure, since Python drops what a finalizer raises, and the profiler with it."""
MOST_STEPS = 2_000_000
"""Calls of functions that setting a formula may take, a second or two: ziamath's work doubles with each level
of nesting, and a formula of three levels takes a tenth of this."""
WIDEST, LARGEST = 300.0, 2000.0
"""Ems, and square ems; a larger one isn't drawn."""
KEPT = 500
"""Formulas that are kept; the one used longest ago goes first."""
SIZE = 20.0
"""Pixels of an em, as formulas are set; they are drawn at the size of the text around them."""
GATHERED = 30
"""ms within which formulas that are ready are told together."""


class Outlines(NamedTuple):
    """A formula as an SVG picture; lengths are in ems."""

    svg: str
    width: float
    ascent: float
    descent: float


class _TooMuch(
    BaseException
):  # so that no handler of ziamath's own takes it for a fault of the formula
    """Setting the formula takes too long."""


class Formulas(QObject):
    """Sets formulas on one thread, for all answers of the window."""

    ready = Signal()
    """Formulas that were asked for are there, or are known to be none."""
    _set = Signal(str, bool, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="formulas")
        self._known: OrderedDict[tuple[str, bool], Outlines | None] = OrderedDict()
        self._asked: set[tuple[str, bool]] = set()
        self._tell = QTimer(self, singleShot=True, interval=GATHERED)
        self._tell.timeout.connect(self.ready)
        self._set.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def known(self, latex: str, display: bool) -> bool:
        """Whether ``outlines`` has an answer; if not, the formula is set, and ``ready`` emitted later."""
        key = (latex, display)
        if key in self._known:
            return True
        if key not in self._asked:
            self._asked.add(key)
            self._pool.submit(lambda: self._set.emit(latex, display, outlines(latex, display)))
        return False

    def outlines(self, latex: str, display: bool) -> Outlines | None:
        """A known formula; None if it can't be set."""
        self._known.move_to_end((latex, display))
        return self._known[latex, display]

    @Slot(str, bool, object)
    def _keep(self, latex: str, display: bool, found: Outlines | None) -> None:
        self._asked.discard((latex, display))
        self._known[latex, display] = found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        if not self._tell.isActive():
            self._tell.start()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _depth(latex: str) -> int:
    steps = ((char == "{") - (char == "}") for char in latex)
    return max(accumulate(steps), default=0)


def outlines(latex: str, display: bool) -> Outlines | None:
    """Set a formula; None if it is no LaTeX, uses what ziamath doesn't know, or is too much work."""
    if not latex.strip() or len(latex) > LONGEST or _depth(latex) > DEEPEST:
        return None
    import ziamath

    ziamath.config.svg2 = False  # QtSvg knows no symbols
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise _TooMuch

    try:
        sys.setprofile(count)  # of this thread
        made = ziamath.Latex(latex, size=SIZE, inline=not display, color="currentColor")
        if any((part.text or "").startswith("\\") for part in made.mathml.iter()):
            return None  # a command that it doesn't know is set as its name
        svg = made.svg()
        width, height = made.getsize()
        descent = -made.getyofst()
    except (Exception, _TooMuch):  # noqa: BLE001 - whatever it makes of a model's text, the text is shown instead
        return None
    finally:
        sys.setprofile(None)
    edge = made.margin
    width, height = (width + 2 * edge) / SIZE, (height + 2 * edge) / SIZE
    if width > WIDEST or width * height > LARGEST:
        return None
    below = (descent + edge) / SIZE
    return Outlines(svg, width, height - below, below)


@lru_cache(
    maxsize=300
)  # while an answer is written, its last formulas are asked for again and again
def picture(
    formula: Outlines, em: float, above: float, below: float, colour: str, ratio: float
) -> QImage:
    """Draw a formula with an em of that many pixels, as high above and below the line as asked for, on a
    screen with that many dots a pixel."""
    from PySide6.QtSvg import QSvgRenderer  # loaded after the first paint

    width, height = formula.width * em, above + below
    image = QImage(
        max(1, round(width * ratio)), max(1, round(height * ratio)), QImage.Format.Format_ARGB32_Premultiplied
    )  # fmt: skip
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    QSvgRenderer(formula.svg.replace("currentColor", colour).encode()).render(
        painter,
        QRectF(0, above - formula.ascent * em, width, (formula.ascent + formula.descent) * em),
    )
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
