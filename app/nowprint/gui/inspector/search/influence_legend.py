"""Explains what the list of one answer's memories shows."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

GIVEN = "The model was given these for its answer. "
MEASURED = "The longer the bar, the less likely the answer would have been without that memory."
NOT_YET = "Their influence is measured when Nowprint is idle."


class InfluenceLegend(QLabel):
    def __init__(self) -> None:
        super().__init__()
        self.setProperty("quiet", True)
        self.setObjectName("inspector.legend")
        self.setWordWrap(True)
        self.hide()

    def tell(self, *, measured: bool) -> None:
        self.setText(GIVEN + (MEASURED if measured else NOT_YET))
