"""A hash that another core takes over: the same digest, in bounded memory, and no thread left."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import threading
from typing import BinaryIO, cast

import pytest

from analyzer.layers import sidehash
from analyzer.layers.cores import Cores
from analyzer.layers.pool import run_all
from analyzer.layers.scan import scan_layer
from analyzer.layers.sidehash import SideHash
from analyzer.layers.wants import NOTHING
from analyzer.limits import Budget, Limits
from tests.support.imagebuilder import tar_bytes

PIECES = [bytes([number % 251]) * size for number, size in enumerate([1, 0, 70_000, 131_072] * 60)]


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Cores:
    """Two, whatever the machine has."""
    monkeypatch.setattr("analyzer.layers.cores.usable_cores", lambda: 2)
    return Cores()


def threads() -> int:
    return threading.active_count()


@pytest.mark.parametrize("busy", [0, 1, 2, 3])
def test_the_digest_is_the_same_on_any_core(cores: Cores, busy: int) -> None:
    cores.begin(busy)
    before = threads()
    state = SideHash(hashlib.sha256(), cores)
    moved = 0
    for piece in PIECES:
        state.update(piece)
        moved = max(moved, threads() - before)
    assert state.finish().hexdigest() == hashlib.sha256(b"".join(PIECES)).hexdigest()
    assert moved == (1 if busy < 2 else 0)
    assert threads() == before
    assert cores.lend() is (busy < 2), "the core was given back"


def test_finish_may_be_called_again(cores: Cores) -> None:
    state = SideHash(hashlib.sha256(), cores)
    for piece in PIECES:
        state.update(piece)
    assert state.finish().hexdigest() == state.finish().hexdigest()
    assert cores.lend()
    assert cores.lend()
    assert not cores.lend()


def test_little_waits_when_hashing_is_slow(cores: Cores) -> None:
    class Slow:
        """Lets the first batch wait until somebody has counted what is under way."""

        def __init__(self) -> None:
            self.taken = 0
            self.go = threading.Event()

        def update(self, data: bytes | memoryview) -> None:
            if threading.current_thread() is not threading.main_thread():
                self.go.wait(60)
            self.taken += len(data)

        def hexdigest(self) -> str:
            return str(self.taken)

    slow = Slow()
    state = SideHash(slow, cores)
    fed = 0
    finished = threading.Event()

    def feed() -> None:
        nonlocal fed
        for _ in range(64):
            state.update(bytes(1 << 20))
            fed += 1
        finished.set()

    slow.update(b"")
    feeder = threading.Thread(target=feed)
    feeder.start()
    finished.wait(0.5)
    assert fed <= 2 + sidehash._UNDERWAY, "it waits for the slow one"  # noqa: SLF001
    slow.go.set()
    feeder.join(60)
    assert state.finish().hexdigest() == str(64 << 20)


class Breaks:
    """A file that ends in an exception."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        """As long as there is something."""
        if chunk := self._data.read(size):
            return chunk
        raise KeyboardInterrupt


def test_no_thread_outlives_a_scan_that_is_interrupted(cores: Cores) -> None:
    data = gzip.compress(tar_bytes({"a": os.urandom(1 << 23)}), 1)
    before = threads()
    with pytest.raises(KeyboardInterrupt):
        scan_layer(cast("BinaryIO", Breaks(data)), "x", NOTHING, Budget(Limits()), cores=cores)
    assert threads() == before
    assert cores.lend()


def test_layers_come_before_helpers(cores: Cores) -> None:
    """With two layers on two cores nobody gets a second one; the last layer does."""
    lent: dict[str, bool] = {}
    asked = threading.Event()

    def work(name: str, _advance: object) -> None:
        if name == "last":
            lent["while both run"] = cores.lend()
            asked.set()
        asked.wait(60)

    run_all(["first", "last"], len, work, lambda _count: None, cores)
    assert lent == {"while both run": False}
    assert [cores.lend() for _ in range(3)] == [True, True, False]
