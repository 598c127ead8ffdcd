"""Personas in the real store: chosen, changed, deleted, brought back, and gone to the last byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.memory.storage.personas import Personas
from nowprint.persona_records import Persona

from ..conftest import Profiled

PIRATE = Persona(
    name="Pirate",
    system="You answer as the pirate Bartholomew would.",
    model="/models/their.gguf",
    sampling={"temperature": 1.5, "answer_tokens": 40},
)


@pytest.fixture
def personas(home: Profiled) -> Personas:
    return home.memory.personas


def test_what_is_stored_comes_back_sorted_by_name(personas: Personas) -> None:
    pirate = personas.put(PIRATE)
    assert pirate == replace(PIRATE, id=pirate.id)
    ada = personas.put(Persona(name="  Ada\nLovelace "))
    assert [one.name for one in personas.all()] == ["Ada Lovelace", "Pirate"]
    changed = personas.put(replace(ada, name="Zoe", system="Be brief."))
    assert changed.id == ada.id
    assert [one.name for one in personas.all()] == ["Pirate", "Zoe"]


def test_only_sampling_is_kept_and_in_its_range(personas: Personas) -> None:
    made = personas.put(replace(PIRATE, sampling={"temperature": 99.0, "context": 512, "x": 1}))
    assert made.sampling == {"temperature": 5.0}


def test_names_are_unique_and_projects_known(personas: Personas) -> None:
    pirate = personas.put(PIRATE)
    for wrong in (
        Persona(name=" "),
        Persona(name="pirate"),
        Persona(name="Cook", memories="project"),
        Persona(name="Cook", memories="project", project=99),
    ):
        with pytest.raises(UserError):
            personas.put(wrong)
    with pytest.raises(NotFound):
        personas.put(replace(pirate, id=99, name="Cook"))


def test_a_conversation_s_own_choice_wins_over_its_project_s(
    home: Profiled, personas: Personas
) -> None:
    pirate, cook = personas.put(PIRATE), personas.put(Persona(name="Cook"))
    project = home.memory.projects.create("Sea")
    told = home.memory.projects.instruct(project.id, " Measure in knots. ", pirate.id)
    assert (told.instructions, told.persona) == ("Measure in knots.", pirate.id)
    assert personas.answering(None, None) == (None, "")
    assert personas.answering(None, project.id) == (pirate, "Measure in knots.")
    assert personas.answering(cook.id, project.id) == (cook, "Measure in knots.")
    assert personas.answering(0, project.id) == (None, "Measure in knots.")


def test_a_deleted_one_answers_no_more_until_it_is_brought_back(
    home: Profiled, personas: Personas
) -> None:
    pirate = personas.put(PIRATE)
    project = home.memory.projects.create("Sea")
    home.memory.projects.instruct(project.id, "", pirate.id)
    talk = home.store.create_conversation()
    home.store.choose_persona(talk.id, pirate.id)
    personas.delete(pirate.id)
    assert personas.all() == ()
    assert personas.answering(pirate.id, None) == (None, "")
    assert home.memory.projects.get(project.id).persona is None
    assert personas.bring_back(pirate.id) == pirate
    assert personas.answering(None, project.id)[0] == pirate
    personas.delete(pirate.id)
    personas.put(replace(PIRATE, id=0))
    with pytest.raises(UserError):
        personas.bring_back(pirate.id)
    home.memory.purge(all=True)
    with pytest.raises(NotFound):
        personas.bring_back(pirate.id)
    assert home.store.conversation(talk.id).persona == 0


def test_one_whose_project_is_deleted_uses_no_memory(home: Profiled, personas: Personas) -> None:
    project = home.memory.projects.create("Sea")
    made = personas.put(Persona(name="Cook", memories="project", project=project.id))
    gone = home.memory.forgetting.delete_project(project.id)
    assert personas.get(made.id).project is None
    home.memory.forgetting.undo(gone.batch)
    assert personas.get(made.id).project == project.id


def test_the_bytes_of_what_was_deleted_are_gone(home: Profiled, personas: Personas) -> None:
    pirate = personas.put(PIRATE)
    changed = personas.put(replace(PIRATE, name="Captain", system="You are Calico Jack."))
    personas.put(replace(changed, system="You are nobody."))
    project = home.memory.projects.create("Sea")
    home.memory.projects.instruct(project.id, "The treasure lies under the third palm.", None)
    told = (b"Bartholomew", b"Calico Jack", b"third palm")
    assert all(on_disk(home, one) for one in told)
    personas.delete(pirate.id)
    home.memory.forgetting.delete_project(project.id)
    home.memory.purge(all=True)
    assert [one for one in told if on_disk(home, one)] == []


def on_disk(home: Profiled, what: bytes) -> list[str]:
    folder = home.profile.home
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if what in path.read_bytes()]
