"""Sampling settings for one retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.setting_fields import OptionalFields, add_sampling, grid
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.model_records import ModelSettingsPage


class RetryDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        session: CoreSession,
        retry: Callable[[dict[str, Any]], object],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Retry with other settings", "retry", parent, width=600)
        self._retry = retry
        self.add_heading("Retry with other settings")
        self.column.addWidget(
            words(
                "Tick what is to be otherwise, for this answer alone. The old one stays.", "quiet"
            )
        )
        self.fields = OptionalFields(theme, "retry")
        rows = grid()
        add_sampling(self.fields, rows)
        self.add_card().addLayout(rows)
        self.column.addStretch()
        go = button("Retr&y", "primary", self._go, name="retry.go")
        self.add_close("Cancel")
        self.add_buttons(go)
        go.setDefault(True)
        from nowprint.model_settings import ModelSettings
        from nowprint.service.requests.models import GetModelSettings

        self.fields.put_own({}, asdict(ModelSettings()))
        self.fields.ticks["temperature"].setFocus()
        self.fit()
        if session.model:
            session.bridge.call(GetModelSettings(session.model.path), self._show, lambda _: None)

    def _show(self, page: ModelSettingsPage) -> None:
        """Begin from the values of the model in use."""
        if not self.closed and not self.fields.own():
            self.fields.put_own({}, asdict(page.settings))

    def _go(self) -> None:
        self.accept()
        self._retry(self.fields.own())
