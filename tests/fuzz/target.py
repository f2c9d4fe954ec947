"""What a fuzz target is: a function that any bytes must not break, and where to start from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: Raises only when something is wrong with the analyzer; errors of ours are answers.
Run = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One entry point that takes bytes of strangers.

    `seeds` makes sound inputs, from which a fuzzer finds its way faster than from nothing;
    `words` are byte strings of the format that it would hardly guess.
    """

    name: str
    run: Run
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()
