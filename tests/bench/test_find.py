"""``bench find`` among some hundred messages."""

from __future__ import annotations

from nowprint.bench.storage.find import find

from .conftest import MakeContext


def test_messages_are_found_while_a_query_is_typed(make_context: MakeContext) -> None:
    report = find(make_context(limit=400), None)
    assert report["messages"] == 400
    assert report["with a hit"] > 0.5
    assert 0 < report["find p50 ms"] <= report["find p95 ms"] <= report["find max ms"]
