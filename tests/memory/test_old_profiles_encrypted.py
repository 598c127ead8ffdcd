"""A profile of each version there has been is encrypted by this one, with its content, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nowprint.encryption import key_file
from nowprint.inspection import EpisodeFilter
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service.encryption.conversion import decrypt, encrypt
from nowprint.settings import Profile

from .marked import WordEmbedder
from .test_old_profiles import VERSIONS, unpacked
from .writing_profiles import CAT, CELLO, MORNING


@contextmanager
def opened(profile: Profile) -> Iterator[Memory]:
    store = ConversationStore(profile.database, profile.cipher)
    memory = Memory(store, WordEmbedder(), profile.index, lambda _: None)
    try:
        yield memory
    finally:
        memory.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_encrypted_and_decrypted_with_its_content(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "COST", 2**14)
    profile = Profile(tmp_path)
    assert CAT.encode() in unpacked(version, tmp_path).read_bytes()
    key, file, _ = key_file.new_key("correct horse battery")
    profile = encrypt(profile, key, file, keyring=False)
    for _ in range(2):
        with opened(profile) as memory:
            kept = memory.query.page(EpisodeFilter(), "oldest").episodes
            assert [(one.text, one.pinned) for one in kept] == [(CAT, True), (CELLO, False)]
            assert memory.why(kept[0].id).moments[0].signature.tokens == (7, 70_000)
            assert memory.retrieval.search("Pickwick", 3)[0].episode.text == CAT
            (found,) = memory.messages.find("Morgen")
            assert found.excerpt == MORNING
            assert [one for one in memory.findings(False) if not one.ok] == []
        held = CAT.encode() in profile.database.read_bytes()
        assert held == (profile.cipher is None)
        if profile.cipher:
            profile = decrypt(profile)
