"""The inputs of `ociscope diff` read side by side, with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from analyzer.cli.options import Request
from analyzer.cli.run import complaints, say
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.reference import apart

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
    with shown() as progress, ExitStack() as stack:
        opened = open_inputs(sides, limits=limits, progress=progress, cache=cache)
        try:
            found = stack.enter_context(opened)
        except InputError as problem:
            raise _with_hint(problem, requests) from problem
        yield found


def _with_hint(problem: InputError, requests: Sequence[Request]) -> InputError:
    """How to choose on one side, for what was asked of both and is not on one of them."""
    one, two = requests[0], requests[-1]
    same = (one.images, one.platforms) == (two.images, two.platforms)
    if problem.code is not Code.NO_MATCH or not (one.images or one.platforms):
        return problem
    if one.path == two.path or not same:
        return problem
    hint = f"{problem.hint}; --platform and --image choose on both sides, PATH:tag and PATH@DIGEST"
    return InputError(problem.code, problem.message, hint=f"{hint} on one", where=problem.where)


def complain_of(sides: Sequence[Input]) -> None:
    """As `complain` of each side, which it names; of one file on both sides only once."""
    one, two = sides[0], sides[-1]
    if one.place == two.place:
        lines = [*complaints(one.report), *complaints(two.report)]
    else:
        names = apart(one.place, two.place)
        lines = [
            _of(name, line)
            for name, side in zip(names, (one, two), strict=True)
            for line in complaints(side.report)
        ]
    for line in dict.fromkeys(lines):
        say(line)


def _of(name: str, line: str) -> str:
    severity, _, rest = line.partition(": ")
    return f"{severity}: {name}: {rest}"
