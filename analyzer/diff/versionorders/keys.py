"""What several orders share."""

from __future__ import annotations

from typing import Any


def compared(one: Any, two: Any) -> int:  # noqa: ANN401 - any two values that have an order
    """-1, 0 or 1."""
    return int(one > two) - int(one < two)
