"""The settings of one model, with the memory that they need before it is loaded."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from nowprint.errors import UserError
from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.setting_fields import SettingFields, add_sampling, grid
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import file_size
from nowprint.model_settings import LOADING, RANGES, ModelSettings

if TYPE_CHECKING:
    from nowprint.model_records import MemoryNeed, ModelSettingsPage

DELAY = 150
"""ms after the last change before the dialog asks the core for the memory that is needed."""
SOURCES = {
    "maker": "Its maker's recommendations hold until you change them.",
    "file": "The recommendations in its file hold until you change them.",
    "": "Nobody recommends anything for it: Nowprint's own values hold until you change them.",
}
VERDICTS = {
    "fits": "That fits this machine.",
    "tight": "That only just fits: close other programs.",
    "too large": "That is more than this machine has: choose a smaller context or a smaller cache.",
}
CACHES = (("f16", "Exact (f16)"), ("q8_0", "Half the memory (q8_0)"), ("q4_0", "A quarter (q4_0)"))
FLASH = (("automatic", "Automatic"), ("on", "On"), ("off", "Off"))
ROPE = (("none", "No"), ("linear", "Yes, linear"), ("yarn", "Yes, YaRN"))


class ModelSettingsDialog(DialogBase):
    def __init__(self, theme: Theme, session: CoreSession, path: str, parent: QWidget) -> None:
        super().__init__(theme, "Model settings", "model.settings", parent, width=640)
        self._session, self._path = session, path
        self._page: ModelSettingsPage | None = None
        self._asked = 0  # counts requests: replies to older ones are dropped
        self.heading = self.add_heading("Model settings")
        self.note = words("", "quiet", name="model.settings.note")
        self.column.addWidget(self.note)
        self.fields = SettingFields(theme, "model.settings", self._on_change)
        self._build_answers()
        self._build_loading()
        self.column.addStretch()
        self._reset = button(
            "Use the recommendations", "outlined", self._recommend, name="model.settings.reset"
        )
        self._save = button("Save", "primary", self._store, name="model.settings.save")
        self.add_close("Cancel")
        self.foot.insertWidget(0, self._reset)
        self.add_buttons(self._save)
        self._save.setDefault(True)
        for part in (self._save, self._reset):
            part.setEnabled(False)
        self._delay = QTimer(self, singleShot=True, interval=DELAY)
        self._delay.timeout.connect(self._ask_need)
        self.busy("Reading the model's file")
        self.fit(least=640)
        from nowprint.service.requests.models import GetModelSettings

        session.bridge.call(GetModelSettings(path), self._show, self._failed)

    def _build_answers(self) -> None:
        column = self.add_card("How it answers")
        rows, fields = grid(), self.fields
        fields.text(
            rows,
            "system",
            "S&ystem text",
            "What the model is told before every chat",
            "Nowprint's own: a friendly assistant that answers briefly and plainly.",
        )
        add_sampling(fields, rows)
        column.addLayout(rows)

    def _build_loading(self) -> None:
        column = self.add_card("Memory and speed")
        self.need = words("", name="model.settings.need")
        column.addWidget(self.need)
        rows, fields = grid(), self.fields
        fields.whole(
            rows,
            "context",
            "&Context",
            "How much of the chat the model sees at once",
            RANGES["context"],
            step=1024,
            unit="tokens",
        )
        fields.choice(
            rows,
            "cache",
            "Cac&he",
            "How exactly it keeps what it has read; a smaller cache needs flash attention",
            CACHES,
        )
        fields.choice(
            rows,
            "flash_attention",
            "&Flash attention",
            "A way to compute that needs less memory",
            FLASH,
        )
        fields.choice(
            rows,
            "rope_scaling",
            "Read m&ore than it was trained on",
            "Stretch its sense of place (RoPE scaling); answers get somewhat worse",
            ROPE,
        )
        fields.number(
            rows,
            "rope_factor",
            "Ho&w many times as much",
            "The trained context times this",
            RANGES["rope_factor"],
            step=0.5,
        )
        fields.whole(
            rows,
            "layers",
            "Layers on the &graphics card",
            "How much of the model the graphics card computes, if there is one",
            RANGES["layers"],
            special="As many as fit",
        )
        fields.whole(
            rows,
            "unload_minutes",
            "&Unload when idle",
            "Free the model's memory after so many minutes; the next message loads it again",
            RANGES["unload_minutes"],
            special="Never",
            unit="minutes",
        )
        column.addLayout(rows)

    # --- showing ---------------------------------------------------------------------------

    def _show(self, page: ModelSettingsPage) -> None:
        if self.closed:
            return
        self.busy("")
        self._page = page
        self.heading.setText(f"Settings of {show_invisible(page.name)}")
        trained = f"It was trained on {page.trained_context:,} tokens and has {page.layers} layers."
        self.note.setText(f"{SOURCES[page.source]} {trained}")
        self.fields.recommend(asdict(page.recommended))
        self.fields.put(asdict(page.settings))
        self.fields["temperature"].setFocus()
        self.fit()

    def _settings(self) -> ModelSettings:
        return ModelSettings(**self.fields.values())

    def _on_change(self) -> None:
        if self._page is None:
            return
        settings = self._settings()
        self.fields["rope_factor"].setEnabled(settings.rope_scaling != "none")
        self._reset.setEnabled(settings != self._page.recommended)
        self._save.setEnabled(settings != self._page.settings)
        self._save.setText("Save and load again" if self._reloads(settings) else "Save")
        self._delay.start()

    def _reloads(self, settings: ModelSettings) -> bool:
        """Whether the model must be loaded again before all of it holds."""
        assert self._page
        model, before = self._session.model, self._page.settings
        loaded = model is not None and model.id == self._page.id
        return loaded and any(getattr(settings, n) != getattr(before, n) for n in LOADING)

    def _recommend(self) -> None:
        if self._page:
            self.fields.put(asdict(self._page.recommended))

    def _ask_need(self) -> None:
        from nowprint.service.requests.models import EstimateMemory

        self._asked += 1
        asked = self._asked

        def told(need: MemoryNeed) -> None:
            if asked == self._asked and not self.closed:
                self.need.setText(
                    f"Needs about {file_size(need.total)} of memory: {file_size(need.weights)} for "
                    f"the model, {file_size(need.cache)} for what it has read, the rest to compute "
                    f"with. {VERDICTS[need.verdict]}"
                )

        request = EstimateMemory(self._path, self._settings())
        self._session.bridge.call(request, told, self._failed)

    # --- storing ---------------------------------------------------------------------------

    def _store(self) -> None:
        from nowprint.service.requests.models import ChangeModelSettings

        settings = self._settings()
        again = self._reloads(settings)

        def stored(_: ModelSettingsPage) -> None:
            if again:
                self._session.load_again()
            if not self.closed:
                self.accept()

        self.say_fault("")
        request = ChangeModelSettings(self._path, settings)
        self._session.bridge.call(request, stored, self._failed)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))
