"""The settings of what the memory does with itself: whether it does, and how much of it is recalled."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import Check, Choice, leave_wheel_to_page
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import RANGES

TITLE = "Tidying up"
ABOUT = (
    "Nowprint joins memories that tell the same, checks that each is found when it is needed, and archives "
    "what is too much. Memory > Recent nights shows what it did, and you can take it back."
)
BELOW = (
    (0.0, "only when there are too many"),
    (0.5, "not needed for about a year"),
    (0.7, "not needed for about 4 months"),
)
"""Retrievability below which one is archived (``Settings.archive_below``), and what that means: so far the
forgetting curve falls in that time, for what was told once (memory/retrieval/fading.py)."""
BELOW_WORDS = "Those that mattered in answers, or that you confirmed, have much longer."
FIRST = (
    "If there are more, those leave first that a newer one replaced, then what is over, then what is least "
    "likely to be needed. What you asked it to remember leaves last, pinned ones never. Nothing is deleted: "
    "a search still finds what is in the archive, and you can bring it back."
)
FIELD = 280
"""The greatest width of a field, in pixels at the usual text size."""
STEPS = {"most_episodes": 1000, "most_megabytes": 10}


class SleepSettings(QWidget):
    def __init__(self, theme: Theme, session: CoreSession) -> None:
        super().__init__()
        self._session = session
        settings = session.settings
        self.sleep = Check(theme, "When nothing else happens, &tidy up the memory")
        self.sleep.setObjectName("settings.sleep")
        self.sleep.setAccessibleDescription(ABOUT)
        self.sleep.setChecked(settings.sleep)
        self.sleep.toggled.connect(lambda on: session.change(sleep=on))
        self.below = Choice(theme)
        self.below.setObjectName("settings.archive_below")
        self.below.setAccessibleName("Archive memories")
        self.below.setAccessibleDescription(BELOW_WORDS)
        for bound, name in BELOW:
            self.below.addItem(name, bound)
        bounds = [bound for bound, _ in BELOW]
        if settings.archive_below not in bounds:  # the settings file and the terminal know no words
            self.below.addItem(
                f"below a retrievability of {settings.archive_below:g}", settings.archive_below
            )
        self.below.setCurrentIndex(self.below.findData(settings.archive_below))
        self.below.currentIndexChanged.connect(
            lambda _: session.change(archive_below=self.below.currentData())
        )
        self.episodes = self._number("most_episodes", "Recall at most", "memories", "no limit")
        self.megabytes = self._number("most_megabytes", "that take at most", "MB", "no limit")
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (text, field) in {
            0: ("&Archive memories", self.below),
            2: ("&Recall at most", self.episodes),
            3: ("that ta&ke at most", self.megabytes),
        }.items():
            label = QLabel(text)
            label.setBuddy(field)
            field.setMaximumWidth(round(FIELD * theme.text_size))
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(words(BELOW_WORDS, "quiet"), 1, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(words(ABOUT, "quiet"))
        column.addWidget(self.sleep)
        column.addLayout(grid)
        column.addWidget(words(FIRST, "quiet", name="settings.first"))

    def _number(self, name: str, spoken: str, unit: str, none: str) -> QSpinBox:
        made = QSpinBox()
        made.setObjectName(f"settings.{name}")
        made.setAccessibleName(f"{spoken}, in {unit}")
        made.setAccessibleDescription(FIRST)
        made.setRange(*map(int, RANGES[name]))
        made.setSingleStep(STEPS[name])
        made.setGroupSeparatorShown(True)
        made.setSpecialValueText(none)
        made.setSuffix(f" {unit}")
        made.setKeyboardTracking(False)  # what is half typed would archive too much
        made.lineEdit().setTextMargins(8, 0, 8, 0)
        leave_wheel_to_page(made)
        made.setValue(getattr(self._session.settings, name))
        made.valueChanged.connect(lambda value: self._session.change(**{name: value}))
        return made
