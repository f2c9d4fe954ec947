"""The process that renders one template; `template.py` starts it and is the only one to do so.

Started by its path, it imports the standard library and jinja2 and nothing of ours. What jinja2's
sandbox does not bound (a text times a number, a text that doubles in a loop, `center(10**10)`,
powers, loops in loops) is bounded by the limits of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import traceback
from collections.abc import Iterator
from typing import Any

_PLAIN = (str, int, float, list, tuple, dict)
_MOST_WORDS = 300
"""Characters of a reason."""
_LARGEST = (1 << 62) - 1
"""No more fits into a limit of a process."""


def main() -> None:
    """Read the job from standard input, write the text; a fault goes to standard error as JSON."""
    job = json.load(sys.stdin.buffer)
    sys.path[:] = job["path"]
    _bound(job["seconds"], job["memory"])
    try:
        _write(_rendered(job["template"], job["data"]), job["bytes"])
    except MemoryError:
        _fail({"limit": "memory"})
    except UnicodeEncodeError:
        _fail({"line": 0, "reason": "it prints half of a pair of surrogates, which is no text"})
    except Exception as fault:  # noqa: BLE001 - whatever a template does is its author's to know
        _fail({"line": _line(fault), "reason": (str(fault) or type(fault).__name__)[:_MOST_WORDS]})


def _bound(seconds: int, memory: int) -> None:
    """Bound this process; it may be bounded more strictly already."""
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
    ):
        most = resource.getrlimit(name)[1]
        allowed = min(value, _LARGEST if most == resource.RLIM_INFINITY else most)
        resource.setrlimit(name, (allowed, most))


def _rendered(template: str, data: dict[str, Any]) -> Iterator[str]:
    """The text in pieces, so that it is never as a whole in memory."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Nothing is escaped: what is written need not be HTML. No loader: nothing can be included.
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    del environment.filters["random"], environment.globals["lipsum"]
    bill = data["bill"]
    bill["packages"] = [bill["elements"][number] for number in data.pop("packages")]
    yield from environment.from_string(template).generate(data)


def _final(value: object) -> object:
    """What is printed: nothing for null, and never an object of Python's own."""
    from jinja2 import Undefined

    if value is None:
        return ""
    if isinstance(value, (*_PLAIN, Undefined)):
        return value
    raise TypeError(
        f"a {type(value).__name__} cannot be printed; a method is called with (), and what a "
        "filter such as map or unique gives is made a text by join"
    )


def _write(pieces: Iterator[str], most: int) -> None:
    left = most
    for piece in pieces:
        data = piece.encode()
        left -= len(data)
        if left < 0:
            _fail({"limit": "bytes"})
            return
        sys.stdout.buffer.write(data)


def _fail(fault: dict[str, object]) -> None:
    sys.stderr.write(json.dumps(fault))


def _line(fault: Exception) -> int:
    """The line of the template in which it happened; 0 where that cannot be told."""
    stated = getattr(fault, "lineno", None)
    if isinstance(stated, int):
        return stated
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == "<template>"]
    return lines[-1] if lines else 0


if __name__ == "__main__":
    main()
