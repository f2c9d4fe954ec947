"""Build steps and health checks as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from analyzer.diff.tree import Difference
from analyzer.layering.instructions import instructions_of
from analyzer.layering.settings import Settings
from analyzer.layering.steps import Step
from analyzer.paths import printable
from analyzer.render.values import inline

_LONG_HASH = re.compile(r"([0-9a-f]{12})[0-9a-f]{20,}")
"""What classic builders write of the files that they copied; as much of it as people compare."""
_NAMED = re.compile(r"\Ahistory\[\"(.*)\"\](?:\.[^\"]*)?\Z", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")
_HEALTH = "config.Healthcheck"
_TIMES = {
    "Interval": "--interval",
    "Timeout": "--timeout",
    "StartPeriod": "--start-period",
    "StartInterval": "--start-interval",
}
_SECOND = 1_000_000_000
_MINUTE = 60


def step_text(created_by: str) -> str:
    """A line of the history without what builders put around it, on one line."""
    (instruction,) = instructions_of([Step(created_by)], Settings())
    words = " ".join(instruction.summary.split())
    return printable(_LONG_HASH.sub(r"\1", words)) or printable(created_by)


def step_of(subject: str) -> str:
    """A build step out of the JSON path that names it."""
    named = _NAMED.match(subject)
    return step_text(_ESCAPED.sub(r"\1", named[1]) if named else subject)


def config_sides(child: Difference) -> tuple[str, str]:
    """Both values of a member of the config, each on one line."""
    return config_value(child.subject, child.before), config_value(child.subject, child.after)


def config_value(subject: str, value: object) -> str:
    """A value on one line; a health check and its members as a Dockerfile has them."""
    whole, _, member = subject.partition(f"{_HEALTH}.")
    if subject == _HEALTH and isinstance(value, dict):
        return _health(value) or inline(value)
    if not whole and member == "Test":
        return _test(value) or inline(value)
    if not whole and member in _TIMES:
        return _duration(value) or inline(value)
    return inline(value)


def _health(value: Mapping[str, object]) -> str:
    """All of a HEALTHCHECK; empty where something of it cannot be written so."""
    rest = {**value}
    test = _test(rest.pop("Test", None))
    flags = [f"{flag}={_duration(rest.pop(name))}" for name, flag in _TIMES.items() if name in rest]
    retries = rest.pop("Retries", 0)
    flags += [f"--retries={retries}"] if retries else []
    known = test and not rest and not any(flag.endswith("=") for flag in flags)
    return " ".join([*flags, test]) if known and type(retries) is int else ""


def _test(value: object) -> str:
    """`CMD` and the command (Docker Image Specification v1.2, "Healthcheck"), or `NONE`."""
    if not isinstance(value, list) or not value or not all(isinstance(w, str) for w in value):
        return ""
    kind, *words = value
    if kind == "NONE" and not words:
        return "NONE"
    if kind == "CMD-SHELL":
        return printable(" ".join(["CMD", *words]))
    return f"CMD {inline(words)}" if kind == "CMD" else ""


def _duration(value: object) -> str:
    """Nanoseconds as Docker writes them, such as `1m30s`; empty for what is no time."""
    if type(value) is not int or value < 0:
        return ""
    minutes, rest = divmod(value, _MINUTE * _SECOND)
    hours, minutes = divmod(minutes, _MINUTE)
    seconds = f"{Decimal(rest) / _SECOND:f}"
    seconds = seconds.rstrip("0").rstrip(".") if "." in seconds else seconds
    words = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else ""]
    return "".join(words) + (f"{seconds}s" if rest or not any(words) else "")
