"""Times of entries as text."""

from __future__ import annotations

from datetime import UTC, datetime
from math import floor

from analyzer.tarheader import Seconds, seconds_text


def utc(seconds: Seconds, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Seconds since 1970 as a time in UTC; `@SECONDS` for years that no calendar has."""
    try:
        return datetime.fromtimestamp(floor(seconds), UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return f"@{seconds_text(seconds)}"


def utc_exact(seconds: Seconds) -> str:
    """As `utc`, with the fraction of the second if there is one."""
    shown = utc(seconds)
    return shown if shown[0] == "@" else shown + seconds_text(seconds - floor(seconds))[1:]
