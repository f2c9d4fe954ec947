"""A hash that moves to a core of its own as soon as one has nothing else to do.

Inflating a layer and hashing what comes out cost about two to one. While there are as many
layers to read as cores each does both itself, which spares handing the bytes over; the last
layers, and the only one of many images, are done sooner in two threads.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

from analyzer.digest import Hash
from analyzer.layers.cores import Cores

BATCH_BYTES = 1 << 20
"""Handed over at a time: little enough to stay in a processor's cache, and much against what
waking a thread costs."""
_UNDERWAY = 3
"""Batches that wait at most, which bounds the memory."""
_Batch = list[bytes]


class SideHash:
    """Takes bytes as `state` would, and takes them to another thread when `cores` lends one."""

    def __init__(self, state: Hash, cores: Cores | None) -> None:
        self._state = state
        self._cores = cores
        self._thread: Thread | None = None
        self._batch: _Batch = []
        self._size = 0
        self._todo: SimpleQueue[_Batch | None] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._waiting = 0

    def update(self, data: bytes) -> None:
        """Take in more bytes."""
        if self._thread is None:
            self._state.update(data)
            self._size += len(data)
            if self._size >= BATCH_BYTES:
                self._size = 0
                self._try_to_move()
            return
        self._batch.append(data)
        self._size += len(data)
        if self._size >= BATCH_BYTES:
            self._hand_over()

    def _try_to_move(self) -> None:
        if self._cores is not None and self._cores.lend():
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()

    def _hand_over(self) -> None:
        self._todo.put(self._batch)
        self._batch, self._size = [], 0
        self._waiting += 1
        if self._waiting > _UNDERWAY:
            self._done.get()
            self._waiting -= 1

    def _work(self) -> None:
        while (batch := self._todo.get()) is not None:
            for data in batch:
                self._state.update(data)
            self._done.put(None)

    def finish(self) -> Hash:
        """The hash with everything taken in; the other thread is gone. May be called again."""
        if self._thread is not None and self._cores is not None:
            self._todo.put(self._batch)
            self._todo.put(None)
            self._thread.join()
            self._thread, self._batch = None, []
            self._cores.give_back()
            self._cores = None  # nothing follows
        return self._state
