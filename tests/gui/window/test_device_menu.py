"""What computes: chosen in a menu, told in the status bar."""

from __future__ import annotations

from typing import Any

from opened import Open
from PySide6.QtWidgets import QMenu

from nowprint.service.protocol import ListDevices, LoadModel

CARD = "NVIDIA GeForce RTX 4060"


def texts(menu: QMenu) -> list[str]:
    return [action.text().replace("&", "") for action in menu.actions()]


def checked(menu: QMenu) -> list[str]:
    return [a.text().replace("&", "") for a in menu.actions() if a.isChecked()]


def shown(opened: Any, qtbot: Any) -> QMenu:
    """The menu as it is about to show, once the core has told which cards there are."""
    menu = opened.window.findChild(QMenu, "device.menu")
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: bool(opened.asked(ListDevices)) and not opened.client.unanswered)
    return menu


def test_the_cpu_computes_where_there_is_no_card(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    assert opened.window.status.device.text() == "CPU"
    menu = shown(opened, qtbot)
    assert texts(menu) == ["Automatic", "The CPU"]
    assert checked(menu) == ["Automatic"]


def test_a_card_is_chosen_by_name_and_the_model_is_loaded_on_it(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: Any) -> None:
        client.cards = (CARD,)

    opened = open_window(prepare)
    menu = shown(opened, qtbot)
    qtbot.waitUntil(lambda: texts(menu) == ["Automatic", "The CPU", CARD])
    loads = len(opened.asked(LoadModel))
    menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: opened.window.status.device.text() == CARD)
    assert len(opened.asked(LoadModel)) == loads + 1
    assert opened.client.settings.device == CARD
    assert checked(shown(opened, qtbot)) == [CARD]


def test_a_model_that_is_being_loaded_is_loaded_on_the_device_that_is_chosen(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    session = opened.window.session
    opened.client.slow.clear()
    session.open_model("/other.gguf")
    session.compute_on("CPU")
    opened.client.slow.set()
    qtbot.waitUntil(lambda: not session.loading and not opened.client.unanswered)
    assert [one.path for one in opened.asked(LoadModel)][-2:] == ["/other.gguf", "/other.gguf"]
    assert session.model.path == "/other.gguf"
    assert opened.client.settings.model == "/other.gguf"


def test_what_is_chosen_already_loads_nothing(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    loads = len(opened.asked(LoadModel))
    shown(opened, qtbot).actions()[0].trigger()
    assert len(opened.asked(LoadModel)) == loads


def test_a_card_that_is_gone_stays_in_the_menu_while_it_is_chosen(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    opened.window.session.change(device="Voodoo")
    menu = shown(opened, qtbot)
    assert texts(menu)[-1] == "Voodoo"
    assert checked(menu) == ["Voodoo"]
