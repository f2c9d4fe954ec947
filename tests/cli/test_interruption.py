"""Ctrl-C at the worst moments still ends every worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from analyzer.layers.pool import run_all
from analyzer.layers.scan import Advance

SECONDS = 20


def test_workers_stop_when_it_comes_while_others_are_still_handed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    working = threading.Event()
    real = ThreadPoolExecutor.submit

    def submit(
        pool: ThreadPoolExecutor, work: Callable[..., None], *arguments: object
    ) -> Future[None]:
        if working.is_set():
            raise KeyboardInterrupt
        future = real(pool, work, *arguments)
        assert working.wait(SECONDS)
        return future

    def work(name: str, advance: Advance) -> None:
        working.set()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            advance(1)
            time.sleep(0.001)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_all(["a", "b"], len, work, lambda _: None)
    assert time.monotonic() - start < SECONDS / 2
