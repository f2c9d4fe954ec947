"""What of a bill SPDX has no member for: kept as text beside its element, and counted."""

from __future__ import annotations

from collections import Counter

from analyzer.bills.model import Lost


class Losses:
    """Counts what one document cannot hold, or holds only as text."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, what: str, count: int = 1) -> None:
        """Something that has no place of its own."""
        if count:
            self._counts[what] += count

    def told(self) -> tuple[Lost, ...]:
        """All of it, sorted."""
        return tuple(sorted(Lost(what, count) for what, count in self._counts.items()))


class Notes:
    """The lines that a comment gets because there is no member for what they say."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._lines: list[str] = []

    def add(self, what: str, line: str) -> None:
        """`line` goes to the comment, `what` to the list of what has no member."""
        self._losses.add(f"{what} (kept as text)")
        self._lines.append(line)

    def with_comment(self, comment: str) -> str | None:
        """`comment` and the lines after it; None for nothing at all."""
        return "\n".join(part for part in (comment, *self._lines) if part) or None
