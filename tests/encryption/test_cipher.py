"""Sealed files and lines: what goes in comes out, and any change is noticed."""

from __future__ import annotations

import io
import os

import pytest

from nowprint.encryption.cipher import CHUNK, MAGIC, NotAuthentic, ProfileCipher


@pytest.fixture
def cipher() -> ProfileCipher:
    return ProfileCipher(os.urandom(32))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_is_sealed_opens_again(cipher: ProfileCipher, size: int) -> None:
    data = os.urandom(size)
    sealed = cipher.seal("index.hnsw", data)
    assert sealed.startswith(MAGIC)
    assert cipher.unseal("index.hnsw", sealed) == data
    assert size < 16 or data[:16] not in sealed


def test_the_same_content_is_sealed_differently_each_time(cipher: ProfileCipher) -> None:
    assert cipher.seal("a", b"same") != cipher.seal("a", b"same")


def test_any_place_is_read_without_the_rest(cipher: ProfileCipher) -> None:
    data = os.urandom(3 * CHUNK + 100)
    reading = cipher.reader("a", io.BytesIO(cipher.seal("a", data)))
    for at in (2 * CHUNK - 5, 0, 3 * CHUNK, CHUNK):
        reading.seek(at)
        assert reading.read(50) == data[at : at + 50]
    assert reading.seek(0, 2) == len(data)
    assert reading.read(1) == b""


@pytest.mark.parametrize("at", [0, len(MAGIC), len(MAGIC) + 40, -20, -1])
def test_a_changed_bit_is_noticed(cipher: ProfileCipher, at: int) -> None:
    sealed = bytearray(cipher.seal("a", os.urandom(CHUNK + 50)))
    sealed[at] ^= 1
    with pytest.raises(NotAuthentic):
        cipher.unseal("a", bytes(sealed))


def test_chunks_can_be_neither_dropped_nor_moved_nor_added(cipher: ProfileCipher) -> None:
    sealed = cipher.seal("a", os.urandom(3 * CHUNK))
    head, step = len(sealed) - 3 * (CHUNK + 16), CHUNK + 16
    chunks = [sealed[head + n * step : head + (n + 1) * step] for n in range(3)]
    for wrong in (chunks[:2], chunks[1:], [chunks[1], chunks[0], chunks[2]], [*chunks, chunks[2]]):
        with pytest.raises(NotAuthentic):
            cipher.unseal("a", sealed[:head] + b"".join(wrong))


def test_another_key_or_another_name_opens_nothing(cipher: ProfileCipher) -> None:
    sealed = cipher.seal("settings.json", b"{}")
    with pytest.raises(NotAuthentic):
        cipher.unseal("drafts.json", sealed)
    with pytest.raises(NotAuthentic):
        ProfileCipher(os.urandom(32)).unseal("settings.json", sealed)
    with pytest.raises(NotAuthentic):
        cipher.unseal("settings.json", b'{"plain": true}')


def test_lines_are_sealed_one_by_one(cipher: ProfileCipher) -> None:
    line = cipher.seal_line("2026-11-29 ERROR ValueError\n  nowprint/chat.py:3 in send")
    assert "\n" not in line
    assert "ValueError" not in line
    assert cipher.unseal_line(line).splitlines()[1] == "  nowprint/chat.py:3 in send"
    assert cipher.unseal_line("written before") == "written before"
    with pytest.raises(ValueError, match=r"padding|sealed|multiple"):
        cipher.unseal_line(line[:-9])
