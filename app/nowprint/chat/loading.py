"""Loading a model with its settings, on the graphics card if that has room for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from nowprint.engine.backends import Device
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError
from nowprint.events import Notice, Progress
from nowprint.model_settings import ModelSettings
from nowprint.settings import starter_model


def load_engine(
    path: Path,
    settings: ModelSettings,
    threads: int,
    device: Device | None,
    on_progress: Callable[[Progress], None],
    announce: Callable[[Notice], None],
) -> Engine:
    """``announce`` is called with a notice if the ``device`` has no room. ModelFileError as for Engine."""
    task = f"Loading {path.name}"
    on_progress(Progress(task, 0.0))
    told = 0.0

    def progress(fraction: float) -> None:
        nonlocal told
        if fraction >= told + 0.05:  # llama.cpp reports every tensor
            told = fraction
            on_progress(Progress(task, min(fraction, 0.99)))

    load = partial(
        Engine,
        path,
        context=settings.context,
        threads=threads,
        on_progress=progress,
        judge=starter_model(),
        options=ContextOptions(
            settings.cache, settings.flash_attention, settings.rope_scaling, settings.rope_factor
        ),
        layers=settings.layers,
    )
    try:
        return (
            _on_device(load, device, path.name, announce) if device and settings.layers else load()
        )
    finally:
        on_progress(Progress(task, 1.0))


def _on_device(
    load: Callable[..., Engine], device: Device, name: str, announce: Callable[[Notice], None]
) -> Engine:
    try:
        engine = load(device=device)
    except ModelFileError:
        engine = load()  # if the file is to blame, this raises what is wrong with it
    if engine.info.device == "CPU":
        announce(
            Notice(
                f"{device.description} has no room for {name}: the CPU computes. Choose a smaller "
                "model or a smaller context to use the card."
            )
        )
    return engine
