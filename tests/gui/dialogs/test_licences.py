"""The licences that a packaged app brings: a list, and each text in full; nothing from anywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opened import Open
from PySide6.QtCore import QUrl

from nowprint.gui.dialogs import licences_view
from nowprint.gui.dialogs.licences_view import LicencesView

PAGE = """<html><body><h1>What Nowprint is made of</h1><table><tr><td>zlib</td>
<td><a href="texts/Zlib.txt">text</a></td></tr></table></body></html>"""


@pytest.fixture
def licences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "licences"
    (folder / "texts").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "texts" / "Zlib.txt").write_text("provided <b>as-is</b>", encoding="utf-8")
    (tmp_path / "private.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(licences_view, "folder", lambda: folder)
    return folder


def entry(window: Any) -> Any:
    texts = {action.text(): action for menu in menus(window) for action in menu.actions()}
    return texts.get("&Licences")


def menus(window: Any) -> list[Any]:
    return [action.menu() for action in window.menuBar().actions()]


def test_the_menu_shows_the_list_and_each_text(open_window: Open, licences: Path) -> None:
    window = open_window().window
    entry(window).trigger()
    view = window.findChild(LicencesView)
    assert view.isVisible()
    assert "What Nowprint is made of" in view.browser.toPlainText()
    assert not view.back.isEnabled()
    view.browser.anchorClicked.emit(QUrl("texts/Zlib.txt"))
    assert view.browser.toPlainText() == "provided <b>as-is</b>", "a text is shown as it is"
    view.back.click()
    assert "zlib" in view.browser.toPlainText()
    view.close()


@pytest.mark.parametrize(
    "link", ["../private.txt", "texts/gone.txt", "https://example.org/", "file:///etc/hostname"]
)
def test_links_lead_to_its_own_texts_only(open_window: Open, licences: Path, link: str) -> None:
    window = open_window().window
    licences_view.show_licences(window.theme, window)
    view = window.findChild(LicencesView)
    before = view.browser.toPlainText()
    view.browser.anchorClicked.emit(QUrl(link))
    assert view.browser.toPlainText() == before
    view.close()


def test_without_an_inventory_there_is_no_entry(
    open_window: Open, licences: Path, tmp_path: Path
) -> None:
    licences.rename(tmp_path / "elsewhere")
    assert entry(open_window().window) is None
