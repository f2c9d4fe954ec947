"""Times of entries as text."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Seconds since 1970 as a time in UTC; `@SECONDS` for years that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds // 1, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return f"@{exact(seconds)}"


def utc_exact(seconds: float) -> str:
    """As `utc`, with the fraction of the second if there is one."""
    fraction = f"{seconds % 1:.9f}".rstrip("0").rstrip(".")
    return utc(seconds) + (fraction[1:] if fraction.startswith("0.") else "")


def exact(seconds: float) -> int | float:
    """A number without a fraction where there is none."""
    return int(seconds) if seconds == int(seconds) else seconds
