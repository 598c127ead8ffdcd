"""Colours, fonts, icons and the one style sheet of the window.

Every colour is defined here, once for the light and once for the dark theme. The style sheet in
``resources/styles/window.qss`` names them, and the icons in ``resources/icons`` are drawn in them. Text has
a contrast of at least 4.5 : 1 to its background in both themes, as WCAG 2 asks for at level AA
(tests/gui/window/test_theme.py measures it).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from nowprint.settings import resources

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon


class Colours(NamedTuple):
    """``canvas`` is the background of the transcript, ``panel`` that of the side panels; a ``card`` lies on
    either."""

    canvas: str
    panel: str
    card: str
    hover: str
    line: str
    line_strong: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_text: str
    bubble: str
    code: str
    danger: str
    warning: str
    notice: str
    notice_text: str
    ramp: tuple[str, ...]
    """Backgrounds for tokens, from expected to very surprising."""
    ramp_text: tuple[str, ...]
    """The text colour on each colour of ``ramp``."""
    second: str
    """Used beside the accent, where two kinds of things have to be told apart."""
    cool: tuple[str, ...]
    """For the points of a plot, from old to new."""
    warm: tuple[str, ...]
    """For the points of a plot, from least to most salient."""
    keyword: str
    string: str
    number: str
    comment: str
    name: str


LIGHT = Colours(
    canvas="#ffffff",
    panel="#f6f5f2",
    card="#ffffff",
    hover="#ecebe6",
    line="#e4e2dc",
    line_strong="#c9c6be",
    text="#1d1c1a",
    muted="#66635d",
    accent="#4f4bc9",
    accent_hover="#433fb4",
    on_accent="#ffffff",
    accent_soft="#e9e8fb",
    accent_text="#433fb4",
    bubble="#eeedf9",
    code="#f6f5f2",
    danger="#b3261e",
    warning="#8a4b00",
    notice="#fff3dc",
    notice_text="#5c3a00",
    ramp=("#ffffff", "#fdf0da", "#fbdcae", "#f7bd78", "#ee9547", "#bd5110"),
    ramp_text=("#1d1c1a", "#1d1c1a", "#1d1c1a", "#1d1c1a", "#1d1c1a", "#ffffff"),
    second="#00786b",
    cool=("#8f8c99", "#7d83b0", "#6b72bd", "#5a5fc6", "#4f4bc9", "#2f2a9c"),
    warm=("#a08f78", "#b3833f", "#c2701c", "#bd5110", "#a03a06", "#6f2203"),
    keyword="#7a2fb5",
    string="#1f6b35",
    number="#9a4a00",
    comment="#67645e",
    name="#23539b",
)
DARK = Colours(
    canvas="#1b1b1d",
    panel="#222225",
    card="#2a2a2e",
    hover="#323237",
    line="#38383d",
    line_strong="#55555c",
    text="#ececee",
    muted="#a8a8b0",
    accent="#6a66dd",
    accent_hover="#625dd6",
    on_accent="#ffffff",
    accent_soft="#34335a",
    accent_text="#b9b7ff",
    bubble="#2e2d45",
    code="#242427",
    danger="#ff8f86",
    warning="#f2b866",
    notice="#40331a",
    notice_text="#fbe2b3",
    ramp=("#2a2a2e", "#3d3226", "#5a4122", "#7d5220", "#b97220", "#f09a3e"),
    ramp_text=("#ececee", "#ececee", "#ececee", "#ffffff", "#141210", "#141210"),
    second="#45c7b3",
    cool=("#74737e", "#7a78b0", "#8380cf", "#918df0", "#b1aeff", "#e0deff"),
    warm=("#80705c", "#9c7740", "#b97f33", "#dd8d35", "#f5ab57", "#ffdaa6"),
    keyword="#cfa6ff",
    string="#94d6a4",
    number="#f2b27a",
    comment="#a09fa8",
    name="#92bdf7",
)

_PLAIN_FONTS = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "DejaVu Sans")
_CODE_FONTS = ("JetBrains Mono", "Cascadia Code", "SF Mono", "Menlo", "Consolas", "Noto Sans Mono",
               "DejaVu Sans Mono", "monospace")  # fmt: skip
_UNNAMED = {"", "sans", "sans serif", "sans-serif", "helvetica"}
"""What Qt calls its default font where the desktop names none."""


class Theme(QObject):
    """The theme in use; widgets that paint themselves read ``colours``, and paint again on ``changed``."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system", text_size: float = 1.0) -> None:
        super().__init__(app)
        self._app = app
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._base = app.font()
        if self._base.family().lower() in _UNNAMED:
            self._base.setFamilies(list(_PLAIN_FONTS))
        self._usual = max(self._base.pointSizeF(), 10.0)
        self.text_size = text_size
        self.choice = ""
        self.colours = LIGHT
        self.choose(choice)
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def dark(self) -> bool:
        return self.colours is DARK

    def choose(self, choice: str) -> None:
        """``system``, ``light`` or ``dark``."""
        self.choice = choice
        self._base.setPointSizeF(self._usual * self.text_size)
        self._app.setFont(self._base)
        dark = choice == "dark" or (
            choice == "system" and self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        self.colours = DARK if dark else LIGHT
        self._icons.clear()
        self._app.setPalette(_palette(self.colours))
        self._app.setStyleSheet(self._style_sheet())
        self.changed.emit()

    def resize_text(self, text_size: float) -> None:
        """Set all text in that multiple of its usual size."""
        self.text_size = text_size
        self.choose(self.choice)

    def font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        font = QFont(self._base)
        font.setPointSizeF(self._base.pointSizeF() * scale)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def code_font(self) -> QFont:
        font = QFont(self._base)
        font.setFamilies(list(_CODE_FONTS))
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self._base.pointSizeF() * 0.95)
        return font

    def icon(self, name: str, colour: str = "text") -> QIcon:
        """One of Nowprint's icons in a colour of the theme. Don't call it before the first paint: it loads
        QtSvg."""
        from nowprint.gui.widgets.icons import draw

        key = (name, colour)
        if key not in self._icons:
            self._icons[key] = draw(name, getattr(self.colours, colour), self.colours.line_strong)
        return self._icons[key]

    def document_style(self) -> str:
        """The style sheet for the HTML that answers are shown as."""
        c = self.colours
        code = _CODE_FONTS[-2]
        # Not a percentage, which would count for what is high in a line, too.
        apart = f"-qt-line-height-type: line-distance; line-height: {self._base.pointSizeF() * 0.7:.0f};"
        return (
            f"a {{ color: {c.accent_text}; }}"
            f"code {{ font-family: '{code}', monospace; background-color: {c.code}; }}"
            f"blockquote {{ color: {c.muted}; margin-left: 12px; }}"
            f"p {{ margin-top: 0; margin-bottom: 10px; {apart} }} li {{ margin-bottom: 4px; {apart} }}"
            "h1 { font-size: x-large; } h2 { font-size: large; } h3, h4 { font-size: medium; }"
            f"th, td {{ padding: 5px 10px; border: 1px solid {c.line}; }}"
        )

    def _follow_system(self) -> None:
        if self.choice == "system":
            self.choose("system")

    def _style_sheet(self) -> str:
        template = (resources() / "styles" / "window.qss").read_text(encoding="utf-8")
        size = self._base.pointSizeF()
        words = {k: v for k, v in self.colours._asdict().items() if isinstance(v, str)}
        words |= {"small": f"{size * 0.9:.1f}pt", "large": f"{size * 1.2:.1f}pt"}
        words |= {"title": f"{size * 1.7:.1f}pt", "reading": f"{size * 1.06:.1f}pt"}
        return re.sub(r"@(\w+)", lambda found: words[found[1]], template)


def _palette(c: Colours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in (
        (role.Window, c.panel), (role.Base, c.canvas), (role.AlternateBase, c.panel),
        (role.Button, c.card), (role.ToolTipBase, c.card), (role.Highlight, c.accent),
        (role.Light, c.card), (role.Midlight, c.hover), (role.Mid, c.line), (role.Dark, c.line_strong),
        (role.WindowText, c.text), (role.Text, c.text), (role.ButtonText, c.text),
        (role.ToolTipText, c.text), (role.HighlightedText, c.on_accent), (role.BrightText, c.danger),
        (role.Link, c.accent_text), (role.LinkVisited, c.accent_text),
        (role.PlaceholderText, c.muted), (role.Accent, c.accent),
    ):  # fmt: skip
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.muted))
    return palette


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2: 1 for equal colours, 21 for black on white."""
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
