"""Hands whole files of tests to the workers of pytest-xdist, so that a crash costs one test.

xdist's own ``--dist loadfile`` (3.8.0) loses a run in which a worker dies: it runs the test that
crashed again and again, drops others, and may end in a KeyError (its issues 1323, 1362 and 1371).
This takes its place. A test that ends its process has failed; what was left of its file goes to
the next free worker.

How long each test takes is remembered in pytest's cache: the longest files begin first, and
``--quick`` runs what takes no model and no second.
"""

from __future__ import annotations

import contextlib
import faulthandler
from collections import defaultdict
from collections.abc import Sequence
from math import inf

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key, get_timeout_config_value
from xdist.report import report_collection_diff
from xdist.workermanage import WorkerController, parse_tx_spec_config

CACHED = "nowprint/seconds"
QUICK = 1.0
MODELS = {"starter_model", "embedder_folder"}
"""The fixtures of the model and the embedder."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="what needs no model and no second")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("quick"):
        seconds = config.cache.get(CACHED, {})
        items[:] = [
            item
            for item in items
            if seconds.get(item.nodeid, 0) < QUICK
            and not MODELS & set(getattr(item, "fixturenames", ()))
        ]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config) -> WholeFiles:
    scheduler = WholeFiles(config)
    config.pluginmanager.register(scheduler)
    return scheduler


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A failure ends the watch over its test, for a debugger's sake; what cleans up may hang too."""
    if seconds := get_timeout_config_value(item.config):
        stderr = item.config.stash[fault_handler_stderr_fd_key]
        faulthandler.dump_traceback_later(seconds, file=stderr, exit=True)


class WholeFiles:
    """What xdist calls of ``xdist.scheduler.Scheduling``, and a clock.

    A worker begins a test only once it knows the next one, so it has two as long as there are any.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.workers = len(parse_tx_spec_config(config))
        self.collected: dict[WorkerController, list[str]] = {}
        self.waiting: list[list[str]] | None = None
        """Files that no worker has, and what crashes left of others; None until all have collected."""
        self.given: dict[WorkerController, list[str]] = {}
        """What a worker has still to do, in this order."""
        self.cache = config.cache
        self.seconds: dict[str, float] = self.cache.get(CACHED, {})
        self.running: defaultdict[str, float] = defaultdict(float)

    @property
    def nodes(self) -> list[WorkerController]:
        return list(self.given)

    @property
    def collection_is_completed(self) -> bool:
        return self.waiting is not None or len(self.collected) >= self.workers

    @property
    def has_pending(self) -> bool:
        return bool(self.waiting) or any(self.given.values())

    @property
    def tests_finished(self) -> bool:
        """Nothing is left but what the workers do last, once they are told that nothing follows."""
        return self.waiting == [] and all(len(tests) < 2 for tests in self.given.values())

    def add_node(self, node: WorkerController) -> None:
        self.given[node] = []

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self.collected[node] = list(collection)

    def schedule(self) -> None:
        """All workers have collected; later: one that replaces another has."""
        if self.waiting is None:
            first, *others = self.collected.items()
            for other, tests in others:
                if difference := report_collection_diff(first[1], tests, str(first[0]), str(other)):
                    raise RuntimeError(difference)
            files = defaultdict(list)
            for test in first[1]:
                files[test.split("::")[0]].append(test)
            self.waiting = sorted(
                files.values(), key=lambda file: -sum(self.seconds.get(test, 0) for test in file)
            )
        self._give_all()

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float) -> None:
        self.given[node].remove(self.collected[node][item_index])
        self._give(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker has ended. If it had tests, it crashed in the first of them."""
        self.collected.pop(node, None)
        left = self.given.pop(node)
        if left:
            if left[1:]:
                self.waiting.insert(0, left[1:])
                self._give_all()
            return left[0]
        if not hasattr(node, "workeroutput"):
            raise RuntimeError(f"{node} crashed, but not in a test: the next one would as well")
        return None

    def _give_all(self) -> None:
        for node in self.collected:
            self._give(node)

    def _give(self, node: WorkerController) -> None:
        if node.shutting_down:
            return
        while self.waiting and len(self.given[node]) < 2:
            file = self.waiting.pop(0)
            self.given[node] += file
            with contextlib.suppress(OSError):  # it has just died, and will be removed
                node.send_runtest_some([self.collected[node].index(test) for test in file])
        if not self.waiting:
            node.shutdown()  # when it has done what it has

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The quickest run counts: the machine had other things to do in the others."""
        test = report.nodeid
        self.running[test] += report.duration if report.passed else inf
        if report.when == "teardown" and (took := self.running.pop(test)) < inf:
            self.seconds[test] = min(took, self.seconds.get(test, inf))

    def pytest_sessionfinish(self) -> None:
        self.cache.set(CACHED, self.seconds)
