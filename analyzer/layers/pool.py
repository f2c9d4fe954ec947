"""Many layers at once: every unique blob is scanned one time, on threads.

`hashlib` and the codecs release the interpreter lock, so threads use all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from analyzer.layers.cores import Cores, usable_cores
from analyzer.layers.scan import Advance

T = TypeVar("T")


class Stopped(Exception):
    """Raised inside a worker after the run was interrupted."""


def run_all(
    names: Iterable[str],
    size_of: Callable[[str], int],
    work: Callable[[str, Advance], T],
    advance: Advance,
    cores: Cores | None = None,
) -> Mapping[str, T]:
    """`work` for every name, the largest first; results by name.

    `cores` is told who works, so that `work` can ask it for a second one near the end.

    After an exception (Ctrl-C among them) the other workers stop at their next chunk, and the
    exception is raised here.
    """
    ordered = sorted(set(names), key=lambda name: (-size_of(name), name))
    stop = Event()

    def step(count: int) -> None:
        if stop.is_set():
            raise Stopped
        advance(count)

    def on_core(name: str) -> T:
        try:
            return work(name, step)
        finally:
            if cores is not None:
                cores.done()

    if cores is not None:
        cores.begin(len(ordered))
    workers = max(1, min(len(ordered), usable_cores()))
    with ThreadPoolExecutor(workers) as pool:
        try:
            # Inside, since Ctrl-C may come while some already work.
            futures = {name: pool.submit(on_core, name) for name in ordered}
            wait(futures.values(), return_when=FIRST_EXCEPTION)
            _raise_first(futures.values())
            return {name: futures[name].result() for name in sorted(futures)}
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _raise_first(futures: Iterable[Future[T]]) -> None:
    for future in futures:
        if future.done() and (problem := future.exception()) is not None:
            raise problem
