"""Forgets by rule: what is older than the user wants it kept, unless it is pinned.

The rules are off until the user switches them on, which needs a preview of the same rules before. Then they
are applied once a day, and a batch of theirs goes the way of all forgetting (forgetting.py, purge.py): it
comes back within a minute, is purged after that, and its receipt names the rules.

**A clock that is wrong** must not make everything old at once. If more than ``LEAP`` has passed since the
rules were last looked at, or less than no time, they wait another day: by then a clock that had jumped is
mostly set right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from nowprint.errors import UserError
from nowprint.forgetting_plan import RetentionPlan, RetentionRules
from nowprint.inspection import Forgetting, Forgotten
from nowprint.memory.erasure.forgetting import Forgetter
from nowprint.memory.storage.database import Database

RULES = "retention"
"""The key under which ``meta`` holds the rules."""
LOOKED = "retention_looked"
"""The key under which ``meta`` holds when they were last looked at."""
DAY = 86_400.0
MONTH = 365.25 / 12 * DAY
LEAP = 40 * DAY
MOST_MONTHS = 240
_KEPT = """FROM episode e LEFT JOIN import i ON i.id = e.origin
    WHERE e.forgotten IS NULL AND e.merged = 0"""
_SINCE = "max(e.updated, coalesce(i.at, 0))"
_Condition = tuple[str, tuple[float, ...]]


class Retention:
    """The rules of one profile. Thread-safe."""

    def __init__(
        self, database: Database, forgetter: Forgetter, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._forgetter = forgetter
        self._clock = clock
        self._seen: RetentionRules | None = None
        """The rules of the last preview."""

    def rules(self) -> RetentionRules:
        """The user's rules, without those of projects that aren't there."""
        stored = json.loads(self._database.meta(RULES) or "{}")
        projects = tuple((id, months) for id, months in stored.pop("projects", ()))
        return self._there(RetentionRules(projects=projects, **stored))

    def preview(self, rules: RetentionRules) -> RetentionPlan:
        """What these rules would forget now; changes nothing. UserError if they say nothing of use."""
        rules = self._checked(rules)
        plan = self._forgetter.plan(Forgetting(self._matching(rules)))
        counts = tuple(self._count(condition) for condition in self._conditions(rules))
        self._seen = rules
        return RetentionPlan(rules, counts, self._spared(rules), plan)

    def use(self, rules: RetentionRules) -> RetentionRules:
        """Store the rules. UserError if they are to be on, and what they forget wasn't looked at before."""
        rules = self._checked(rules)
        if rules.on:
            self._see_seen(rules)
        with self._database.writing() as connection:
            connection.execute(
                "REPLACE INTO meta VALUES (?, ?)", [RULES, json.dumps(asdict(rules))]
            )
            connection.execute("DELETE FROM meta WHERE key = ?", [LOOKED])
        return rules

    def apply(self, rules: RetentionRules) -> Forgotten:
        """Forget by these rules now. UserError if what they forget wasn't looked at before."""
        rules = self._checked(rules)
        self._see_seen(rules)
        return self._forget(rules)

    def daily(self) -> Forgotten | None:
        """Forget by the user's rules if a day has passed since they were applied; None if not."""
        rules = self.rules()
        if not (rules.on and rules.told):
            return None
        now, looked = self._clock(), self._database.meta(LOOKED)
        passed = DAY if looked is None else now - looked
        if 0 <= passed < DAY:
            return None
        done = self._forget(rules) if 0 <= passed <= LEAP else None
        with self._database.writing() as connection:
            connection.execute("REPLACE INTO meta VALUES (?, ?)", [LOOKED, now])
        return done

    def _forget(self, rules: RetentionRules) -> Forgotten:
        ids = self._matching(rules)
        if not ids:
            return Forgotten(0, 0, 0, 0)
        return self._forgetter.forget(
            Forgetting(ids),
            messages=rules.messages,
            answers=rules.answers,
            chats=rules.chats,
            rule="; ".join(rules.told),
        )

    # --- which rules -----------------------------------------------------------------------

    def _checked(self, rules: RetentionRules) -> RetentionRules:
        months = (rules.older, rules.unrecalled, *(many for _, many in rules.projects))
        if not all(0 <= many <= MOST_MONTHS for many in months):
            raise UserError(f"A rule takes 1 to {MOST_MONTHS} months: choose a number between.")
        rules = self._there(rules)
        if rules.on and not rules.told:
            raise UserError("There is no rule to apply: choose one first.")
        return rules

    def _there(self, rules: RetentionRules) -> RetentionRules:
        with self._database.reading() as connection:
            there = {row[0] for row in connection.execute("SELECT id FROM project")}
        known = tuple(pair for pair in rules.projects if pair[0] in there and pair[1])
        return replace(rules, projects=known)

    def _see_seen(self, rules: RetentionRules) -> None:
        if self._seen is None or _what(self._seen) != _what(rules):
            raise UserError("First look at what these rules would forget.")

    # --- what they forget ------------------------------------------------------------------

    def _conditions(self, rules: RetentionRules) -> Iterator[_Condition]:
        """A condition for each of ``rules.told``, in its order."""
        now = self._clock()
        if rules.older:
            yield f"{_SINCE} < ?", (now - rules.older * MONTH,)
        if rules.unrecalled:
            until = now - rules.unrecalled * MONTH
            yield f"{_SINCE} < ? AND coalesce(e.last_recalled, 0) < ?", (until, until)
        for id, months in rules.projects:
            yield f"e.project = ? AND {_SINCE} < ?", (id, now - months * MONTH)

    def _any(self, rules: RetentionRules) -> _Condition:
        conditions = list(self._conditions(rules))
        if not conditions:
            return "FALSE", ()
        parts = " OR ".join(f"({sql})" for sql, _ in conditions)
        return f"({parts})", tuple(value for _, values in conditions for value in values)

    def _matching(self, rules: RetentionRules) -> tuple[int, ...]:
        sql, values = self._any(rules)
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT e.id {_KEPT} AND e.pinned IS NULL AND {sql} ORDER BY e.id", values
            )
            return tuple(row[0] for row in rows)

    def _count(self, condition: _Condition) -> int:
        sql, values = condition
        return int(
            self._database.value(f"SELECT count(*) {_KEPT} AND e.pinned IS NULL AND {sql}", values)
        )

    def _spared(self, rules: RetentionRules) -> int:
        sql, values = self._any(rules)
        return int(
            self._database.value(
                f"SELECT count(*) {_KEPT} AND e.pinned IS NOT NULL AND {sql}", values
            )
        )


def _what(rules: RetentionRules) -> tuple[object, ...]:
    """What decides which episodes go; the messages and answers are in the plan whatever is chosen."""
    return rules.older, rules.unrecalled, frozenset(rules.projects)
