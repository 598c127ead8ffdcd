"""The menu of devices to compute on: automatic, the CPU, or a graphics card by its name."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from nowprint.gui.core.session import CoreSession

CHOICES = (("automatic", "&Automatic"), ("CPU", "The &CPU"))


class DeviceMenu(QMenu):
    """Asks the core for the graphics cards whenever it is about to show: cards come and go."""

    def __init__(self, session: CoreSession, parent: QWidget) -> None:
        super().__init__("&Compute on", parent)
        self.setObjectName("device.menu")
        self._session = session
        self._cards: tuple[str, ...] = ()
        self.aboutToShow.connect(self._ask)
        self._fill()

    def _ask(self) -> None:
        from nowprint.service.protocol import ListDevices

        self._fill()
        if self._session.usable:
            self._session.bridge.call(ListDevices(), self._take, lambda _: None)

    def _take(self, cards: tuple[str, ...]) -> None:
        if cards != self._cards:
            self._cards = cards
            self._fill()

    def _fill(self) -> None:
        self.clear()
        chosen = self._session.settings.device
        group = QActionGroup(self)
        others = () if chosen in {*dict(CHOICES), *self._cards} else (chosen,)
        for device, text in (*CHOICES, *((card, card) for card in (*self._cards, *others))):
            action = self.addAction(text)
            action.setCheckable(True)
            action.setChecked(device == chosen)
            action.triggered.connect(partial(self._choose, device))
            group.addAction(action)

    def _choose(self, device: str, _checked: bool = False) -> None:
        if device != self._session.settings.device:
            self._session.compute_on(device)
