"""A sink for files of which only those with a certain beginning are wanted: programs, archives."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.tarheader import Sink

MAGIC_BYTES = 64
"""No magic is longer, or it could never match."""


class MagicSink:
    """Waits for the first bytes of a file, and goes on only if it begins with one of `magics`.

    The tar walker looks at `magics` by itself where it has the first bytes at hand, and gives a
    file that begins otherwise to nobody: of a hundred files few are wanted. `then` makes the sink
    that takes the rest; None for none.
    """

    def __init__(self, magics: tuple[bytes, ...], then: Callable[[], Sink | None]) -> None:
        self.magics = magics
        self._then = then
        self._first = b""
        self._sink: Sink | None = None
        self._waiting = True
        self.used = False
        """Whether any data came; until then it can serve for another file."""

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self.used = True
        if self._waiting:
            self._wait(data)
        elif self._sink is not None:
            self._sink.write(data)

    def _wait(self, data: memoryview) -> None:
        before = len(self._first)
        self._first += data[: MAGIC_BYTES - before]
        if self._first.startswith(self.magics):
            self._waiting = False
            self._sink = self._then()
            if self._sink is not None:
                if before:
                    self._sink.write(memoryview(self._first[:before]))
                self._sink.write(data)
        elif len(self._first) >= MAGIC_BYTES:
            self._waiting = False

    def close(self) -> None:
        """All of the data was there."""
        if self._sink is not None:
            self._sink.close()
