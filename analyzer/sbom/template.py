"""A bill through a template that the user wrote (jinja2), in a process that cannot do harm.

A template comes from the place that the user names, never from what is analyzed, and it reaches
nothing but its data: jinja2's sandbox without a loader, and no object of ours in it but texts,
numbers, lists and objects as JSON has them. `docs/templates.md` says what there is.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NoReturn

from analyzer.bills.model import Bill
from analyzer.errors import InputError
from analyzer.limits import Limits, exceeded
from analyzer.paths import printable
from analyzer.problems import Code
from analyzer.report import ImageReport, image_document

_PROGRAM = Path(__file__).with_name("templateprocess.py")
_WHERE = "template"


def rendered(
    template: str, bill: Bill, image: ImageReport | None = None, limits: Limits | None = None
) -> bytes:
    """The text that `template` makes of `bill` and `image`, in UTF-8.

    `image` is None where the bill was read from a document; then it is null in the template.

    Raises:
        InputError: the template is none, or fails; names the line and the reason.
        LimitExceeded: it takes more time or memory, or makes more, than it may.
    """
    limits = limits or Limits()
    _check_text(template)
    done = _run(_job(template, bill, image, limits))
    if done.stderr or done.returncode:
        _refuse(done, limits)
    return done.stdout


def _check_text(template: str) -> None:
    try:
        template.encode()
    except UnicodeEncodeError as fault:
        line = template.count("\n", 0, fault.start) + 1
        raise _bad(line, "the text is not UTF-8") from fault


def _job(template: str, bill: Bill, image: ImageReport | None, limits: Limits) -> bytes:
    numbers = [n for n, element in enumerate(bill.elements) if element.is_package]
    document = None if image is None else image_document(image)
    job = {
        "path": [str(Path(folder).absolute()) for folder in sys.path if folder],
        "template": template,
        "data": {"bill": plain(bill), "image": plain(document), "packages": numbers},
        "bytes": limits.template_bytes,
        "seconds": limits.template_seconds,
        "memory": limits.template_memory_bytes,
    }
    return json.dumps(job).encode()


def plain(value: object) -> Any:  # noqa: ANN401 - as JSON has it
    """`value` as JSON has it, every text fit for a terminal; line breaks stay."""
    if isinstance(value, str):
        return value if value.isprintable() else "\n".join(map(printable, value.split("\n")))
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {plain(name): plain(each) for name, each in value.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _run(job: bytes) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-I", "-S", str(_PROGRAM)]
    try:
        return subprocess.run(  # noqa: S603 - our own words, no shell
            words, input=job, capture_output=True, check=False
        )
    except OSError as fault:
        reason = f"no process can be had to render a template in: {fault.strerror}"
        raise InputError(Code.UNSUPPORTED, reason, where=_WHERE) from fault


def _refuse(done: subprocess.CompletedProcess[bytes], limits: Limits) -> NoReturn:
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        seconds = limits.template_seconds
        raise exceeded("template_seconds", seconds, seconds, _WHERE)
    try:
        fault = json.loads(done.stderr)
    except ValueError:
        raise _bad(0, f"rendering it ended with {done.returncode}") from None
    match fault.get("limit"):
        case "memory":
            memory = limits.template_memory_bytes
            raise exceeded("template_memory_bytes", memory, memory, _WHERE)
        case "bytes":
            size = limits.template_bytes
            raise exceeded("template_bytes", size, size + 1, _WHERE)
    raise _bad(fault["line"], fault["reason"])


def _bad(line: int, reason: str) -> InputError:
    place = f"line {line}: " if line else ""
    return InputError(
        Code.BAD_TEMPLATE,
        f"{place}{printable(reason)}",
        hint="docs/templates.md says what a template is given",
        where=_WHERE,
    )
