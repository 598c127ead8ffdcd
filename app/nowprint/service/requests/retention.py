"""Requests about the rules by which memories are forgotten without being named (see protocol.py)."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.forgetting_plan import RetentionPlan, RetentionRules
from nowprint.inspection import Forgotten
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class GetRetention(Request[RetentionRules]):
    """The user's rules."""


@dataclass(frozen=True, slots=True)
class PlanRetention(Request[RetentionPlan]):
    """Find out what rules would forget now; nothing changes."""

    rules: RetentionRules


@dataclass(frozen=True, slots=True)
class UseRetention(Request[RetentionRules]):
    """Keep these rules. UserError if they are to be on, and the last ``PlanRetention`` was for others."""

    rules: RetentionRules


@dataclass(frozen=True, slots=True)
class ForgetByRules(Request[Forgotten]):
    """Forget by these rules now, with a minute for undo. UserError if the last ``PlanRetention`` was for
    others."""

    rules: RetentionRules
