"""Why markers of layers differ: for the reason for which what they take away would be missed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from analyzer.diff.filesystem.causes import (
    OWN_PROGRAM,
    PACKAGED_PROGRAM,
    Cause,
    CauseKind,
    Ground,
    causes_of,
)
from analyzer.diff.filesystem.model import FileChange, FileState, Marker
from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, split

TakenAway = Callable[[str], Mapping[str, FileState]]
"""By the path of a marker, the files of the layers below that its layer leaves no name of."""
_PROGRAMS = frozenset({PACKAGED_PROGRAM, OWN_PROGRAM})
"""Rules that make a loss the one to name."""
_GRAVEST = (CauseKind.UNEXPLAINED, CauseKind.PACKAGE, CauseKind.STEP, CauseKind.NOISE)


def causes_of_stored(
    changes: Sequence[FileChange], ground: Ground, taken: tuple[TakenAway, TakenAway]
) -> tuple[Cause, ...]:
    """As `causes_of`, of what two layers store.

    A marker that only one of them has is judged as the loss of each file that it takes away; the
    gravest answer counts. One that takes away nothing is judged by its layer.
    """
    plain = dict(zip(changes, causes_of(changes, ground), strict=True))
    for change in changes:
        if losses := list(_losses(change, taken)):
            plain[change] = _gravest(losses, ground)
    return tuple(plain[change] for change in changes)


def _losses(change: FileChange, taken: tuple[TakenAway, TakenAway]) -> Iterator[FileChange]:
    """What a marker takes away, as if it came or went with the marker."""
    one, two = change.before, change.after
    state = one or two
    if state is None or (one is not None and two is not None) or not isinstance(state.kind, Marker):
        return
    side = 0 if two is None else 1
    for path, below in taken[side](change.path).items():
        lost = below._replace(layer=state.layer)
        yield FileChange(path, change.kind, *((lost, None) if side == 0 else (None, lost)))


def _gravest(losses: Sequence[FileChange], ground: Ground) -> Cause:
    found = causes_of(losses, ground)
    number = min(
        range(len(found)),
        key=lambda n: (_GRAVEST.index(found[n].kind), found[n].rule not in _PROGRAMS, n),
    )
    cause = found[number]
    if len(losses) == 1 or cause.kind is not CauseKind.UNEXPLAINED:
        return cause
    words = f"takes away {losses[number].path} and {len(losses) - 1} more"
    detail = "; ".join(part for part in (cause.why.detail, words) if part)
    return Cause(cause.kind, cause.rule, replace(cause.why, detail=detail))


def taken_away(below: Mapping[str, FileState], here: Mapping[str, FileState]) -> TakenAway:
    """Told by the trees as of the layer below and as of this one."""
    gone = sorted(below.keys() - here.keys())

    def taken(marker: str) -> Mapping[str, FileState]:
        folder, name = split(marker)
        if name == OPAQUE_NAME:
            return {path: below[path] for path in _inside(gone, folder)}
        target = name.removeprefix(WHITEOUT_PREFIX)
        if name.startswith(RESERVED_PREFIX) or not target:
            return {}
        path = join(folder, target)
        alone = {path: below[path]} if path in below and path not in here else {}
        return alone | {inner: below[inner] for inner in _inside(gone, path)}

    return taken


def _inside(paths: Sequence[str], folder: str) -> Iterator[str]:
    """Those of sorted `paths` that lie in a folder; the root has an empty name."""
    if not folder:
        yield from paths
        return
    start = f"{folder}/"
    for number in range(bisect_left(paths, start), len(paths)):
        if not paths[number].startswith(start):
            return
        yield paths[number]
