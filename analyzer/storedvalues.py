"""Values of JSON that we wrote ourselves, back as exactly the types that were written."""

from __future__ import annotations

from typing import Any


class BadValue(ValueError):
    """A value that is not of the type that was written."""


def require(holds: bool, what: str) -> None:  # noqa: FBT001 - a condition and its name
    """Raise BadValue with `what` unless a condition holds."""
    if not holds:
        raise BadValue(what)


def typed(value: object, kind: type) -> Any:  # noqa: ANN401 - of `kind`
    """`value`, if it is of exactly this type, so that true is no number. Raises BadValue."""
    if type(value) is not kind:
        raise BadValue(f"no {kind.__name__}")
    return value


def integer(value: object) -> int:
    """A whole number. Raises BadValue."""
    return int(typed(value, int))


def number(value: object) -> int | None:
    """A whole number, or nothing. Raises BadValue."""
    return None if value is None else integer(value)


def string(value: object) -> str:
    """A text. Raises BadValue."""
    return str(typed(value, str))


def column_of(value: object, *kinds: type, least: int | None = None) -> list[Any]:
    """A list of values of exactly these types, none below `least`. Raises BadValue."""
    if not isinstance(value, list) or not set(map(type, value)) <= set(kinds):
        raise BadValue("a column of another type")
    require(least is None or not value or min(value) >= least, "a number out of range")
    return value
