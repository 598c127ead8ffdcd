from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from nowprint.gui.widgets.theme import DARK, LIGHT, Colours, Theme, contrast
from nowprint.settings import resources

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
READABLE = 4.5


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_words_are_readable_on_every_ground_they_stand_on(colours: Colours) -> None:
    c = colours
    pairs = [
        *((c.text, ground) for ground in (c.canvas, c.panel, c.card, c.hover, c.bubble, c.code)),
        *((c.text, ground) for ground in (c.accent_soft, c.line)),
        *((c.muted, ground) for ground in (c.canvas, c.panel, c.card, c.code, c.accent_soft)),
        *((c.accent_text, ground) for ground in (c.canvas, c.panel, c.card, c.accent_soft)),
        (c.on_accent, c.accent), (c.on_accent, c.accent_hover), (c.notice_text, c.notice),
        (c.danger, c.card), (c.warning, c.canvas), (c.text, c.ramp[2]),
        *((ink, c.code) for ink in (c.keyword, c.string, c.number, c.comment, c.name)),
        *zip(c.ramp_text, c.ramp, strict=True),
    ]  # fmt: skip
    faint = {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < READABLE}
    assert not faint


@BOTH
def test_focus_and_bars_stand_out_from_their_ground(colours: Colours) -> None:
    for ground in (colours.canvas, colours.panel, colours.card):
        assert contrast(colours.accent, ground) >= 3


def test_every_colour_of_the_style_sheet_is_known(qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    assert "@" not in qapp.styleSheet().split("*/", 1)[1]
    assert theme.dark
    theme.choose("light")
    assert LIGHT.accent in qapp.styleSheet()
    assert qapp.palette().text().color().name() == LIGHT.text
    theme.deleteLater()


def test_the_application_has_its_icon(open_window: Any, qapp: QApplication) -> None:
    open_window()
    image = qapp.windowIcon().pixmap(16, 16).toImage()
    shown = {image.pixelColor(x, y).name() for x in range(16) for y in range(16)}
    assert len(shown) > 8  # the ground's gradient, white bars and a warm one


def test_every_icon_can_be_drawn(qapp: QApplication, qtbot: Any) -> None:
    theme = Theme(qapp, "light")
    names = [path.stem for path in (resources() / "icons").glob("*.svg")]
    assert len(names) > 10
    for name in names:
        image = theme.icon(name).pixmap(18, 18).toImage()
        inked = any(image.pixelColor(x, y).alpha() for x in range(18) for y in range(18))
        assert inked, name
    theme.deleteLater()
