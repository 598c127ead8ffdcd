"""Embedder and index, whole and damaged; and doctor, who says whether they match the rows."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from nowprint.errors import ProfileError, UserError
from nowprint.events import Notice
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.storage import database
from nowprint.memory.storage.episode_codec import encode_vector
from nowprint.settings import Profile

from ..conftest import CAT, CELLO, Draft, Profiled, texts


def test_another_embedders_vectors_are_made_anew(
    home: Profiled, make_draft: Draft, embedder_folder: Path, tmp_path: Path
) -> None:
    home.memory.keep(make_draft(CAT))
    home.memory.close()
    renamed = tmp_path / "another-embedder"
    renamed.symlink_to(embedder_folder)
    home.embedder = Embedder(renamed)
    home.open()
    missing = {f.check: f.ok for f in home.memory.findings(False)}
    assert missing["embeddings"] is False
    home.memory.prepare()
    assert all(f.ok for f in home.memory.findings(False))
    assert [
        r.episode.text for r in home.memory.retrieval.recall("What does my cat eat?", limit=1)
    ] == [CAT]


def test_an_edit_while_vectors_are_made_anew_wins(
    home: Profiled, make_draft: Draft, embedder_folder: Path, tmp_path: Path
) -> None:
    id = home.memory.keep(make_draft(CAT)).episode.id
    other = home.memory.keep(make_draft(CELLO)).episode.id
    home.memory.close()
    renamed = tmp_path / "another-embedder"
    renamed.symlink_to(embedder_folder)

    class Interrupted(Embedder):
        def embed(self, texts: Sequence[str]) -> FloatArray:
            vectors = super().embed(texts)
            if CAT in texts:
                home.memory.edit(id, "Our parrot speaks Basque with the postman.")
            return vectors

    home.embedder = Interrupted(renamed)
    home.open()
    home.memory.prepare()
    assert all(finding.ok for finding in home.memory.findings(False))
    found = home.memory.retrieval.search("What language does my parrot speak?", 1)
    assert found[0].episode.id == id
    assert dict(found[0].parts)["meaning"] > 0
    home.memory._index_sync.opened().add([other], home.embedder.embed(["Something else."]))
    assert {f.check for f in home.memory.findings(False) if not f.ok} == {"index"}
    assert all(finding.ok for finding in home.memory.findings(True))


def test_a_missing_embedder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="embedder"):
        Embedder(tmp_path / "nowhere").load()


@pytest.fixture(params=["model.safetensors", "1_Pooling/config.json"])
def damaged(torch_folder: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The embedder's folder, with half of one file; its name is the whole one's."""
    folder = Path(shutil.copytree(torch_folder, tmp_path / "damaged" / torch_folder.name))
    file = folder / request.param
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return folder


def test_a_damaged_embedder_is_told(damaged: Path) -> None:
    with pytest.raises(UserError, match="damaged"):
        Embedder(damaged).load()


def test_without_an_embedder_words_must_do(
    home: Profiled, make_draft: Draft, damaged: Path
) -> None:
    whole = home.embedder
    cat = home.memory.keep(make_draft(CAT)).episode.id
    edited = home.memory.keep(make_draft("Our vault's password is quetzalcoatl.")).episode.id
    home.memory.close()
    home.embedder = Embedder(damaged)
    home.open()
    home.memory.prepare()
    question = "What does my cat need to eat?"
    assert [one.episode.id for one in home.memory.retrieval.recall(question, limit=3)] == [cat]
    assert home.memory.retrieval.recall("Who painted the Mona Lisa?", limit=3) == ()
    found, *_ = home.memory.retrieval.search("cat", 3)
    assert found.episode.id == cat
    assert found.score == pytest.approx(sum(value for _, value in found.parts))
    home.turn(make_draft, CELLO)
    assert home.memory.keep(make_draft(CELLO)).reinforced
    assert not home.memory.keep(make_draft("Marta plays the cello.")).reinforced
    home.memory.edit(edited, "Our parrot speaks Basque with the postman.")
    notices = [event.text for event in home.events if isinstance(event, Notice)]
    assert len(notices) == 1
    assert "reinstall Nowprint" in notices[0]
    assert {f.check for f in home.memory.findings(True) if not f.ok} == {"embeddings"}
    home.embedder = whole
    home.reopen()
    home.memory.prepare()
    assert all(finding.ok for finding in home.memory.findings(False))
    found = home.memory.retrieval.search("What language does my parrot speak?", 1)[0]
    assert found.episode.id == edited
    assert len([event for event in home.events if isinstance(event, Notice)]) == 1


def test_what_is_forgotten_without_an_embedder_leaves_the_index(
    home: Profiled, make_draft: Draft, damaged: Path
) -> None:
    id = home.memory.keep(make_draft(CAT)).episode.id
    home.memory.keep(make_draft(CELLO))
    vector = encode_vector(home.embedder.embed([CAT])[0])[100:132]
    home.memory.close()
    assert vector in home.profile.database.read_bytes()
    home.embedder = Embedder(damaged)
    home.open()
    home.memory.forget([id])
    home.memory.purge(all=True)
    assert vector not in home.profile.database.read_bytes()
    assert home.memory._index_sync.opened().ids() == {2}


def test_a_lost_index_is_built_anew_and_said(home: Profiled, make_draft: Draft) -> None:
    home.memory.keep(make_draft(CAT))
    home.memory.close()
    assert [event for event in home.events if isinstance(event, Notice)] == []
    home.profile.index.write_bytes(b"no index")
    home.open()
    home.memory.prepare()
    (notice,) = (event for event in home.events if isinstance(event, Notice))
    assert "index" in notice.text
    assert home.memory.retrieval.recall("What does my cat need to eat?", limit=1)


def test_a_kill_before_the_first_save_is_no_fault_of_the_index(
    home: Profiled, make_draft: Draft, tmp_path: Path
) -> None:
    home.memory.keep(make_draft(CAT))
    killed = Profile(Path(shutil.copytree(home.profile.home, tmp_path / "killed")))
    again = Profiled(killed, home.embedder)
    assert again.memory.retrieval.recall("What does my cat need to eat?", limit=1)
    assert [event for event in again.events if isinstance(event, Notice)] == []
    again.memory.close()


def test_doctor_sets_a_large_damaged_database_aside(
    home: Profiled, make_draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = home.store.create_conversation()
    for number in range(200):
        home.store.add_message(conversation.id, "user", f"{number} " + "word " * 100)
    home.memory.keep(make_draft(CAT))
    home.memory.close()
    data = bytearray(home.profile.database.read_bytes())
    for page in range(0, len(data), 4096):
        if data.count(b"word ", page, page + 4096) > 400:  # a leaf full of messages
            data[page : page + 64] = b"\xff" * 64
    home.profile.database.write_bytes(data)
    monkeypatch.setattr(database, "QUICK_CHECK_BYTES", 0)
    home.open()
    with pytest.raises(ProfileError, match="doctor --repair"):
        home.store.messages(conversation.id)
    (finding,) = home.memory.findings(False)
    assert not finding.ok
    assert "doctor --repair" in finding.detail
    assert home.profile.database.exists()
    (finding,) = home.memory.findings(True)
    assert not finding.ok
    (aside,) = home.profile.home.glob("memory.db.damaged-*")
    assert str(aside) in finding.detail
    assert aside.read_bytes().count(b"\xff" * 64) == data.count(b"\xff" * 64)
    with pytest.raises(ProfileError, match="start again"):
        home.store.conversations()
    home.reopen()
    assert home.store.conversations() == ()
    assert all(finding.ok for finding in home.memory.findings(False))


def test_doctor_finds_and_repairs_what_is_derived(home: Profiled, make_draft: Draft) -> None:
    home.turn(make_draft, CAT, CELLO)
    assert all(finding.ok for finding in home.memory.findings(False))
    with home.store.database.writing() as connection:
        connection.execute("INSERT INTO episode_search (episode_search) VALUES ('delete-all')")
        connection.execute("DELETE FROM embedding WHERE episode_id = 1")
        connection.execute("UPDATE message SET state = 'writing' WHERE id = 2")
    found = {finding.check: finding.ok for finding in home.memory.findings(False)}
    assert found == {
        "database": True,
        "links": True,
        "words": False,
        "embeddings": False,
        "index": False,
        "messages": False,
    }
    assert all(finding.ok for finding in home.memory.findings(True))
    assert texts(home, "phosphorus") == [CAT]
    assert home.memory.retrieval.recall("What does my cat need to eat?", limit=1)
