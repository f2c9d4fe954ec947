"""Who works on which core: layers first, and what is left over helps with the layers that run."""

from __future__ import annotations

import os
from threading import Lock


class Cores:
    """Counts the cores that a run may use and those that have work, across threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._total = usable_cores()
        self._open = 0  # layers that are not done
        self._helping = 0

    def begin(self, layers: int) -> None:
        """So many layers are to be read, each on a core where there is one."""
        with self._lock:
            self._open += layers

    def done(self) -> None:
        """A layer was read."""
        with self._lock:
            self._open -= 1

    def lend(self) -> bool:
        """Take a core that no layer waits for, if there is one; `give_back` returns it."""
        with self._lock:
            if self._open + self._helping >= self._total:
                return False
            self._helping += 1
            return True

    def give_back(self) -> None:
        """Return a core that was lent."""
        with self._lock:
            self._helping -= 1


def usable_cores() -> int:
    """Cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
