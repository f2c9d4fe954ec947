"""The inputs of `ociscope diff` read side by side, with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyzer.cli.options import Request

if TYPE_CHECKING:
    from analyzer.comparing.inputs import Input


@contextmanager
def read_sides(requests: Sequence[Request]) -> Iterator[tuple[Input, ...]]:
    """All sides open and read, layers that they share once."""
    from analyzer.cli.caching import layer_cache
    from analyzer.cli.progress import shown
    from analyzer.comparing.inputs import Wanted, open_inputs

    limits = requests[0].limits
    cache = layer_cache(limits, wanted=requests[0].cached)
    sides = [Wanted(side.path, side.images, side.platforms) for side in requests]
    with (
        shown() as progress,
        open_inputs(sides, limits=limits, progress=progress, cache=cache) as found,
    ):
        yield found
