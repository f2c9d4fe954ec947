"""Many workers: results by name, and one failure ends them all."""

from __future__ import annotations

import threading
import time

import pytest

from analyzer.layers import pool as pool_module
from analyzer.layers.pool import run_all
from analyzer.layers.scan import Advance

WAIT = 10
"""Seconds after which a test that hangs fails instead."""


@pytest.fixture(autouse=True)
def _two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def nothing(_count: int) -> None:
    """No progress to show."""


def test_results_stand_under_their_names_in_order() -> None:
    names = ["c", "a", "b", "a"]
    results = run_all(names, len, lambda name, _advance: name * 2, nothing)
    assert list(results.items()) == [("a", "aa"), ("b", "bb"), ("c", "cc")]
    assert run_all([], len, lambda name, _advance: name, nothing) == {}


def test_the_largest_starts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    started: list[str] = []
    sizes = {"small": 1, "large": 9, "middle": 5, "also middle": 5}
    run_all(sizes, sizes.__getitem__, lambda name, _advance: started.append(name), nothing)
    assert started == ["large", "also middle", "middle", "small"]


def test_progress_of_all_workers_is_passed_on() -> None:
    seen: list[int] = []

    def work(name: str, advance: Advance) -> None:
        advance(len(name))

    run_all(["a", "bb", "ccc"], len, work, seen.append)
    assert sorted(seen) == [1, 2, 3]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_of_any_worker_stops_the_others(kind: type[BaseException]) -> None:
    """Also when the worker whose result is asked for first would go on for long."""
    going = threading.Event()
    steps: list[int] = []

    def work(name: str, advance: Advance) -> None:
        if name == "fails":
            going.wait(WAIT)
            raise kind("here")
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            advance(1)
            steps.append(1)
            going.set()
            time.sleep(0.001)

    started = time.monotonic()
    with pytest.raises(kind, match="here"):
        run_all(["endless", "fails"], len, work, nothing)
    assert steps
    assert time.monotonic() - started < WAIT / 2


def test_an_exception_from_progress_stops_all() -> None:
    """Ctrl-C while a progress bar is drawn."""

    def advance(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(["a", "b"], len, lambda _name, step: step(1), advance)


def test_ctrl_c_in_the_waiting_thread_stops_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    going, stopped = threading.Event(), threading.Event()

    def work(_name: str, advance: Advance) -> None:
        deadline = time.monotonic() + WAIT
        try:
            while time.monotonic() < deadline:
                going.set()
                advance(1)
                time.sleep(0.001)
        except pool_module.Stopped:
            stopped.set()
            raise

    def interrupted(*_args: object, **_keywords: object) -> None:
        going.wait(WAIT)
        raise KeyboardInterrupt

    monkeypatch.setattr(pool_module, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_all(["a"], len, work, nothing)
    assert stopped.is_set()
