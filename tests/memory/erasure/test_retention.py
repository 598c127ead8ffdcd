"""Forgetting by rule: what it takes and spares, when it is applied, and what the receipt says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nowprint.errors import UserError
from nowprint.forgetting_plan import RetentionRules
from nowprint.memory.erasure.retention import DAY, LOOKED, MONTH

from ..talked import BOILER, CAT, CODE, Talk

OLD = RetentionRules(older=12)


def later(talk: Talk, months: float) -> None:
    talk.clock.now += months * MONTH


def going(talk: Talk, rules: RetentionRules) -> set[int]:
    return set(talk.memory.retention.preview(rules).plan.ids)


def switch_on(talk: Talk, rules: RetentionRules) -> None:
    talk.memory.retention.preview(rules)
    talk.memory.retention.use(replace(rules, on=True))


def test_only_what_is_older_goes_and_pins_are_spared(talk: Talk) -> None:
    cat, boiler = talk.say(CAT)[0], talk.say(BOILER)[0]
    talk.memory.pin([boiler], True)
    later(talk, 13)
    code = talk.say(CODE)[0]
    seen = talk.memory.retention.preview(OLD)
    assert (seen.plan.ids, seen.counts, seen.spared) == ((cat,), (1,), 1)
    assert talk.there() == {cat, boiler, code}, "a preview changes nothing"
    assert going(talk, RetentionRules(older=14)) == set()


def test_what_is_repeated_or_edited_is_young_again(talk: Talk) -> None:
    cat, boiler = talk.say(CAT)[0], talk.say(BOILER)[0]
    later(talk, 13)
    talk.say(CAT)
    talk.memory.edit(boiler, BOILER + " Before noon.")
    assert going(talk, OLD) == set()
    later(talk, 13)
    assert going(talk, OLD) == {cat, boiler}


def test_what_was_recalled_since_stays(talk: Talk) -> None:
    cat, boiler = talk.say(CAT)[0], talk.say(BOILER)[0]
    later(talk, 5)
    talk.say("What does it eat?", recalled=cat)
    later(talk, 2)
    rules = RetentionRules(unrecalled=6)
    assert going(talk, rules) == {boiler}
    later(talk, 5)
    assert going(talk, rules) >= {cat, boiler}


def test_a_project_has_months_of_its_own(talk: Talk) -> None:
    projects = talk.memory.projects
    home, work = projects.create("Home").id, projects.create("Work").id
    cat, boiler = talk.say(CAT)[0], talk.say(BOILER)[0]
    projects.move([boiler], home)
    later(talk, 3)
    rules = RetentionRules(projects=((home, 2), (work, 1)))
    assert going(talk, rules) == {boiler}
    switch_on(talk, rules)
    talk.memory.forgetting.delete_project(work)
    assert talk.memory.retention.rules().projects == ((home, 2),)
    assert cat in talk.there()


def test_imported_ones_age_from_their_import(talk: Talk) -> None:
    cat = talk.say(CAT)[0]
    later(talk, 13)
    with talk.store.database.writing() as connection:
        connection.execute(
            "INSERT INTO import (id, at, name, source) VALUES (1, ?, 'x', 'x')", [talk.clock.now]
        )
        connection.execute("UPDATE episode SET origin = 1 WHERE id = ?", [cat])
    assert going(talk, OLD) == set()
    later(talk, 13)
    assert going(talk, OLD) == {cat}


def test_it_is_off_until_its_preview_was_seen(talk: Talk) -> None:
    retention = talk.memory.retention
    talk.say(CAT)
    later(talk, 13)
    assert retention.rules() == RetentionRules()
    for act in (retention.apply, lambda rules: retention.use(replace(rules, on=True))):
        with pytest.raises(UserError, match="First look"):
            act(OLD)
        retention.preview(RetentionRules(older=11))
        with pytest.raises(UserError, match="First look"):
            act(OLD)
    retention.use(OLD)
    assert retention.daily() is None, "it is kept, but off"
    assert len(talk.there()) == 1
    with pytest.raises(UserError, match="no rule"):
        retention.use(RetentionRules(on=True))
    with pytest.raises(UserError, match="months"):
        retention.preview(RetentionRules(older=1000))


def test_it_is_applied_once_a_day_and_survives_a_restart(talk: Talk) -> None:
    cat = talk.say(CAT)[0]
    later(talk, 13)
    switch_on(talk, OLD)
    talk.reopen()
    retention = talk.memory.retention
    assert retention.rules() == replace(OLD, on=True)
    done = retention.daily()
    assert done is not None
    assert done.episodes == 1
    talk.memory.forgetting.undo(done.batch)
    assert talk.there() == {cat}
    talk.clock.now += DAY / 2
    assert talk.memory.retention.daily() is None
    talk.clock.now += DAY
    again = talk.memory.retention.daily()
    assert again is not None
    assert again.episodes == 1


@pytest.mark.parametrize("leap", [24.0, -24.0])
def test_a_clock_that_jumps_makes_nothing_old(talk: Talk, leap: float) -> None:
    retention = talk.memory.retention
    talk.say(CAT)
    switch_on(talk, OLD)
    assert retention.daily() is not None
    later(talk, leap)
    assert retention.daily() is None
    assert len(talk.there()) == 1
    later(talk, -leap)
    talk.clock.now += DAY
    retention.daily()
    assert len(talk.there()) == 1, "the clock was set right"
    assert talk.store.database.meta(LOOKED) == talk.clock.now


def test_the_receipt_names_the_rule_and_the_bytes_are_gone(talk: Talk) -> None:
    talk.say(CAT)
    later(talk, 13)
    kept = talk.say(BOILER)[0]
    rules = replace(OLD, unrecalled=6, messages=True, answers=True)
    talk.memory.retention.preview(rules)
    done = talk.memory.retention.apply(rules)
    assert (done.episodes, done.messages) == (1, 1)
    talk.clock.now += 61
    talk.memory.purge()
    receipt = talk.memory.purging.receipts.get(done.batch)
    assert receipt.rule == "older than 12 months; not recalled for 6 months"
    assert [check.hits for check in receipt.checks if check.hits] == []
    assert talk.found(CAT, BOILER) == [BOILER]
    by_hand = talk.memory.forget([kept])
    assert by_hand == 1
    talk.memory.purge(all=True)
    assert talk.memory.purging.receipts.all()[0].rule == ""


def test_messages_stay_unless_the_rules_say_so(talk: Talk) -> None:
    _, asked, _ = talk.say(CAT)
    later(talk, 13)
    talk.memory.retention.preview(OLD)
    done = talk.memory.retention.apply(OLD)
    assert (done.episodes, done.messages, done.answers) == (1, 0, 0)
    assert talk.store.message(asked.id).text == CAT


def test_a_receipt_of_an_older_version_has_no_rule(talk: Talk) -> None:
    talk.say(CAT)
    talk.memory.forget(list(talk.there()))
    talk.memory.purge(all=True)
    with talk.store.database.writing() as connection:
        (text,) = connection.execute("SELECT receipt FROM forgetting").fetchone()
        stored = json.loads(text)
        del stored["rule"]
        connection.execute("UPDATE forgetting SET receipt = ?", [json.dumps(stored)])
    assert talk.memory.purging.receipts.all()[0].rule == ""
