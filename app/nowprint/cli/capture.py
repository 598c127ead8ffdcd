"""``nowprint memory preview``, ``not-worth`` and ``head``: what is worth keeping, and what the episodic head
has learned about that from the user."""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.cli import json_forms
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, dim, print_json, print_table
from nowprint.records import HeadState, Judged, Preview
from nowprint.service.protocol import (
    GetHead,
    GetSettings,
    NotWorthKeeping,
    PreviewKeep,
    PurgeForgotten,
    ResetHead,
)
from nowprint.settings import Settings


def preview(session: CommandSession, options: Options) -> None:
    """Print what a sensitivity would have kept; changes nothing and loads no model."""
    keep = session.ask(GetSettings()).keep if options.keep is None else options.keep
    told: Preview = session.ask(PreviewKeep(keep, options.limit))
    if options.json:
        print_json(json_forms.preview(told))
        return
    print(in_words(keep))
    print(
        f"Of all that was said: {told.kept} kept, {told.dropped} dropped"
        f" (kept from a salience of {told.threshold:.2f})."
    )
    _print_spans("would be kept", [span for span in told.spans if span.kept])
    _print_spans("would be dropped", [span for span in told.spans if not span.kept])
    if len(told.spans) < told.kept + told.dropped:
        print(dim(f"\nthe newest {len(told.spans)}; --limit shows more"))


def in_words(keep: float) -> str:
    """A sentence that says what the sensitivity ``keep`` (0..1) means."""
    if keep <= 0:
        return "Keep 0: only what you ask it to remember."
    if keep >= 1:
        return "Keep 1: everything you say, small talk included."
    if keep > Settings().keep:
        return f"Keep {keep:g}: what is worth keeping, and also what may be."
    return f"Keep {keep:g}: what is worth keeping, and at most {keep:.0%} of what you say."


def _print_spans(title: str, spans: Sequence[Judged]) -> None:
    if spans:
        print(bold(f"\n{title}"))
        print_table(
            ("salience", "message", "text"),
            [(f"{span.salience:.2f}", str(span.message_id), span.text) for span in spans],
        )


def not_worth(session: CommandSession, options: Options) -> None:
    """Forget the episodes and purge them, and let the episodic head learn from it."""
    count: int = session.ask(NotWorthKeeping(options.ids))
    session.ask(PurgeForgotten())
    if options.json:
        print_json({"forgotten": count})
    else:
        print(f"Forgotten for good: {count}. Such things are kept less from now on.")


def head(session: CommandSession, options: Options) -> None:
    """Print what the episodic head has learned; with ``--reset`` set it back first."""
    state: HeadState = session.ask(ResetHead() if options.reset else GetHead())
    if options.json:
        print_json(json_forms.head(state))
        return
    if not state.worth + state.not_worth:
        print("It has learned nothing from you yet.")
        return
    print(f"You have shown it {state.worth} worth keeping and {state.not_worth} not.")
    moved = [weight for weight in state.weights if weight.learned != weight.starting]
    moved.sort(key=lambda weight: -abs(weight.learned - weight.starting))
    print_table(
        ("starting", "learned", "change", "feature"),
        [
            (
                f"{weight.starting:+.2f}",
                f"{weight.learned:+.2f}",
                f"{weight.learned - weight.starting:+.2f}",
                weight.feature,
            )
            for weight in moved
        ],
    )
