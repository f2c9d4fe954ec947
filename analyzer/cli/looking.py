"""What commands that look inside images do around their own question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyzer.cli.options import Request
from analyzer.cli.run import say
from analyzer.problems import Severity

if TYPE_CHECKING:
    from analyzer.inside import Look


@contextmanager
def looking(request: Request, *, digests: bool = False, one: str = "") -> Iterator[Look]:
    """The layers of the selected images, read with a progress bar; as `look_inside` has it."""
    from analyzer.cli.caching import layer_cache
    from analyzer.cli.progress import shown
    from analyzer.inside import look_inside

    with (
        shown() as progress,
        look_inside(
            request.path,
            images=request.images,
            platforms=request.platforms,
            limits=request.limits,
            progress=progress,
            digests=digests,
            one=one,
            cache=layer_cache(request.limits, wanted=request.cached),
        ) as look,
    ):
        yield look


def complain(look: Look) -> None:
    """Errors, then warnings on standard error; notes stay in the JSON."""
    from analyzer.render.text import problem_lines

    for line in problem_lines(p for p in look.problems if p.severity is not Severity.NOTE):
        say(line)
