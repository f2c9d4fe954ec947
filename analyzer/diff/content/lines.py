"""Which lines two texts have in common: Myers' algorithm, with a bound on its work.

E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy algorithm of
section 2. Lines that only one text has are left out before, as GNU diff does (`discard_confusing_
lines` in diffutils' src/analyze.c), so that texts with nothing in common cost nothing. Python's
difflib is not used: it is quadratic in lines that repeat.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

MOST_STEPS = 3_000_000
"""Steps along and between diagonals. No clock is asked: the same input gives the same answer."""

Pair = tuple[int, int]
"""A line that both have: its place before, and its place after."""


def common_lines(
    before: Sequence[Hashable], after: Sequence[Hashable], steps: int = MOST_STEPS
) -> list[Pair] | None:
    """A longest common subsequence of two sequences, in order.

    Returns:
        None where that would take more than `steps` steps.
    """
    head = _common_head(before, after)
    tail = _common_tail(before, after, head)
    first, second = range(head, len(before) - tail), range(head, len(after) - tail)
    shared = {before[i] for i in first} & {after[j] for j in second}
    kept_before = [i for i in first if before[i] in shared]
    kept_after = [j for j in second if after[j] in shared]
    numbers: dict[Hashable, int] = {}
    one = [numbers.setdefault(before[i], len(numbers)) for i in kept_before]
    two = [numbers.setdefault(after[j], len(numbers)) for j in kept_after]
    middle = _greedy(one, two, steps)
    if middle is None:
        return None
    return [
        *((i, i) for i in range(head)),
        *((kept_before[i], kept_after[j]) for i, j in middle),
        *((len(before) - k, len(after) - k) for k in range(tail, 0, -1)),
    ]


def _common_head(one: Sequence[Hashable], two: Sequence[Hashable]) -> int:
    most = min(len(one), len(two))
    return next((i for i in range(most) if one[i] != two[i]), most)


def _common_tail(one: Sequence[Hashable], two: Sequence[Hashable], head: int) -> int:
    most = min(len(one), len(two)) - head
    return next((i for i in range(most) if one[-1 - i] != two[-1 - i]), most)


def _greedy(one: Sequence[int], two: Sequence[int], steps: int) -> list[Pair] | None:
    """`reach[k]` is how far in `one` diagonal k got with d changes; `trail` keeps it for each d."""
    end, goal = len(one), len(one) - len(two)
    most = len(one) + len(two)
    middle = most + 1
    reach = [0] * (2 * middle + 1)
    trail: list[list[int]] = []
    for d in range(most + 1):
        trail.append(reach[middle - d - 1 : middle + d + 2])
        for k in range(-d, d + 1, 2):
            x = _entered(reach, middle + k, down=k == -d, right=k == d)
            start = x
            y = x - k
            while x < end and y < len(two) and one[x] == two[y]:
                x += 1
                y += 1
            steps -= 1 + x - start
            reach[middle + k] = x
            if k == goal and x >= end:
                return _back(trail, one, two)
        if steps < 0:
            return None
    return []


def _entered(reach: Sequence[int], at: int, *, down: bool, right: bool) -> int:
    """Where a diagonal is entered from the better of its neighbours."""
    if down or (not right and reach[at - 1] < reach[at + 1]):
        return reach[at + 1]
    return reach[at - 1] + 1


def _back(trail: Sequence[Sequence[int]], one: Sequence[int], two: Sequence[int]) -> list[Pair]:
    """The common pairs along the way that was found."""
    x, y = len(one), len(two)
    found: list[Pair] = []
    for d in range(len(trail) - 1, -1, -1):
        k = x - y
        at = k + d + 1
        down = k == -d or (k != d and trail[d][at - 1] < trail[d][at + 1])
        before = k + 1 if down else k - 1
        from_x = trail[d][before + d + 1] if d else 0
        from_y = from_x - before if d else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = from_x, from_y
    return found[::-1]
