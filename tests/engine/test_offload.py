"""As many layers as fit into a card's memory, beside the contexts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nowprint.engine.backends import Device
from nowprint.engine.offload import RESERVE, layers_that_fit

LAYERS = 31  # the starter model's thirty and its output layer
CARD = Device("Vulkan0", "A card", integrated=False, free=8 << 30, total=8 << 30)


def test_all_layers_fit_where_there_is_room(starter_model: Path) -> None:
    assert layers_that_fit(starter_model, CARD, 4096) == (LAYERS, LAYERS)


def test_less_room_or_a_longer_context_means_fewer_layers(starter_model: Path) -> None:
    def fit(megabytes: int, cells: int) -> int:
        card = dataclasses.replace(CARD, free=RESERVE + megabytes * 1_000_000)
        return layers_that_fit(starter_model, card, cells)[0]

    assert 0 < fit(50, 4096) < fit(100, 4096) < LAYERS
    assert fit(100, 8192) < fit(100, 4096)
    # its weights are 97 MB, and a token takes 23 kB of cache
    assert fit(97 + 95 + 5, 4096) == LAYERS
    assert fit(97 + 95 - 10, 4096) < LAYERS


def test_without_room_nothing_goes_to_the_card(starter_model: Path) -> None:
    assert layers_that_fit(starter_model, dataclasses.replace(CARD, free=RESERVE), 4096)[0] == 0
    assert layers_that_fit(starter_model, dataclasses.replace(CARD, free=0), 4096)[0] == 0


def test_a_file_that_can_t_be_read_has_no_layers(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    assert layers_that_fit(tmp_path / "broken.gguf", CARD, 4096) == (0, 0)
