"""Why each file differs: a package, a build step, known noise, or nothing that is known.

The rules and their order are written down in `docs/diff.md`. A file is explained by the strongest
thing that is known of it; what would explain too much, such as a step that wrote over a file of a
package that did not change, explains nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.noise import Contents, not_read, path_noise, proven_noise
from analyzer.diff.filesystem.packagechanges import PackageChanges, together
from analyzer.diff.filesystem.powers import (
    is_program,
    made_by_others,
    plain_settings,
    says_more,
)
from analyzer.diff.filesystem.steps import Source, Standing, Step, Steps
from analyzer.diff.rungs import Why
from analyzer.diff.tree import Kind
from analyzer.tarheader import EntryKind


class CauseKind(StrEnum):
    """What explains a change, what a reader has to look at first."""

    UNEXPLAINED = "unexplained"
    PACKAGE = "package"
    STEP = "build-step"
    NOISE = "noise"


#: Names of the rules; `docs/diff.md` says what each means.
PACKAGED_FILE = "packaged-file"
PACKAGED_PROGRAM = "packaged-program"
OWN_PROGRAM = "unowned-program"
SAME_STEP = "same-step"
SAME_LAYERS = "same-layers"
NO_STEP = "no-step"
NOT_READ = "not-read"
OWNER_CHANGED = "owner-changed"
PACKAGE_RECORD = "package-record"
OWN_STEP = "own-step"
OTHER_INPUT = "other-input"
TAKEN_AWAY = "taken-away"
HOLDS = "holds-what-changed"
"""A folder that came or went with what is in it; its kind is that of its content."""

RULES: Mapping[str, str] = {
    PACKAGED_FILE: "a package that is the same on both sides lists the file",
    PACKAGED_PROGRAM: "a program of a package that is on both sides is on one side only",
    OWN_PROGRAM: "no package owns the program, and no COPY or ADD brought it",
    SAME_STEP: "the same command made something else",
    SAME_LAYERS: "the layers that brought it are in both images",
    NO_STEP: "nothing tells which build step brought it",
    NOT_READ: "the content was not read on some side",
    OWNER_CHANGED: "a package that differs lists the file",
    PACKAGE_RECORD: "the file is a record of packages that differ",
    OWN_STEP: "a build step that only one image has brought it",
    OTHER_INPUT: "the same COPY or ADD was given something else",
    TAKEN_AWAY: "a build step that only one image has took it away",
    HOLDS: "the folder came or went with what is in it",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one file differs. `rule` is a name in `RULES`, of a noise rule or of a product."""

    kind: CauseKind
    rule: str
    why: Why

    @property
    def words(self) -> str:
        """As one clause."""
        return str(self.why)

    @property
    def mirrored(self) -> Cause:
        """The same with the sides exchanged."""
        return Cause(self.kind, self.rule, self.why.mirrored)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of both images. `contents` is asked only where a rule needs the bytes."""

    packages: PackageChanges
    steps: Steps
    contents: Contents = not_read


Judge = Callable[[FileChange, Ground], "Cause | None"]


def causes_of(changes: Sequence[FileChange], ground: Ground) -> tuple[Cause, ...]:
    """The cause of each of `changes`, in their order."""
    causes = [cause_of(change, ground) for change in changes]
    held = _first_below(changes, causes)
    return tuple(
        _of_folder(held[change.path])
        if _came_or_went_as_folder(change) and change.path in held
        else cause
        for change, cause in zip(changes, causes, strict=True)
    )


def cause_of(change: FileChange, ground: Ground) -> Cause:
    """The cause of one change by itself."""
    if change.kind is Kind.UNKNOWN:
        return Cause(CauseKind.UNEXPLAINED, NOT_READ, Why(RULES[NOT_READ]))
    for judge in _JUDGES:
        if (found := judge(change, ground)) is not None:
            return found
    return _by_step(change, ground)


def counts(causes: Sequence[Cause]) -> dict[str, dict[str, int]]:
    """How many there are of each kind, and of each rule in it; every kind is there."""
    found: dict[str, Counter[str]] = {kind.value: Counter() for kind in CauseKind}
    for cause in causes:
        found[cause.kind.value][cause.rule] += 1
    return {kind: dict(sorted(rules.items())) for kind, rules in found.items()}


def _proven(change: FileChange, ground: Ground) -> Cause | None:
    rule = proven_noise(change, ground.contents)
    return Cause(CauseKind.NOISE, rule.name, Why(rule.what)) if rule else None


def _owner_changed(change: FileChange, ground: Ground) -> Cause | None:
    moves = ground.packages.owning(change)
    return Cause(CauseKind.PACKAGE, OWNER_CHANGED, together(moves)) if moves else None


def _record(change: FileChange, ground: Ground) -> Cause | None:
    moves = ground.packages.recorded(change)
    return Cause(CauseKind.PACKAGE, PACKAGE_RECORD, together(moves)) if moves else None


def _packaged(change: FileChange, ground: Ground) -> Cause | None:
    """A file of a package that did not change: settings may be edited, all else is suspicious."""
    owners = ground.packages.untouched(change)
    if not owners:
        return None
    same = f"its package {owners[0]} did not change"
    steps = [step.words if step else "" for step in _steps(change, ground)]
    expected = plain_settings(change) or made_by_others(change)
    if change.kind is Kind.CHANGED and not expected and says_more(change):
        return Cause(CauseKind.UNEXPLAINED, PACKAGED_FILE, Why(same, *steps))
    if change.kind is not Kind.CHANGED and is_program(change):
        return Cause(CauseKind.UNEXPLAINED, PACKAGED_PROGRAM, Why(same, *steps))
    return None


def _product(change: FileChange, ground: Ground) -> Cause | None:
    found = ground.packages.making(change, ground.steps)
    if found is None or is_program(change):
        return None
    product, moves = found
    if product.accept is not None:
        read = ground.contents(change)
        expected = (change.before is not None, change.after is not None)
        if tuple(side is not None for side in read) != expected or not product.accept(*read):
            return None
    return Cause(CauseKind.PACKAGE, product.name, together(moves))


def _expected(change: FileChange, ground: Ground) -> Cause | None:  # noqa: ARG001 - as all judges
    rule = path_noise(change)
    return Cause(CauseKind.NOISE, rule.name, Why(rule.what)) if rule else None


_JUDGES: tuple[Judge, ...] = (_proven, _owner_changed, _record, _packaged, _product, _expected)


def _steps(change: FileChange, ground: Ground) -> tuple[Step | None, Step | None]:
    before, after = change.before, change.after
    return (
        ground.steps.at(0, before.layer) if before is not None else None,
        ground.steps.at(1, after.layer) if after is not None else None,
    )


def _by_step(change: FileChange, ground: Ground) -> Cause:
    """The build step that brought it, where that explains anything; else unexplained."""
    sides = _steps(change, ground)
    known = [step for step in sides if step is not None]
    words = [step.words if step is not None else "" for step in sides]
    own = [step for step in known if step.standing is Standing.OWN]
    again = [step for step in known if step.standing is Standing.SAME_STEP]
    if own and all(step.source is Source.NOT_KNOWN for step in own):
        return _unexplained(NO_STEP, *words)
    if not own and again and not any(step.source is Source.OUTSIDE for step in again):
        return _unexplained(SAME_STEP, *words)
    if not own and not again:
        return _away(change, ground, sides)
    explaining = own or again
    outside = any(step.source is Source.OUTSIDE for step in explaining)
    if is_program(change) and not outside and not ground.packages.owners(change):
        return _unexplained(OWN_PROGRAM, *words)
    return Cause(CauseKind.STEP, OWN_STEP if own else OTHER_INPUT, Why("", *words))


def _away(change: FileChange, ground: Ground, sides: Sequence[Step | None]) -> Cause:
    """A file that a shared layer brought: a step of the other image may have taken it away."""
    words = [step.words if step is not None else "" for step in sides]
    own = ground.steps.own[0 if change.before is None else 1]
    if None not in sides or not own:
        return _unexplained(SAME_LAYERS, *words)
    taker = own[0].words if len(own) == 1 else f"one of {len(own)} layers"
    text = "taken away"
    why = Why(text, before=taker) if change.before is None else Why(text, after=taker)
    return Cause(CauseKind.STEP, TAKEN_AWAY, why)


def _unexplained(rule: str, before: str, after: str) -> Cause:
    return Cause(CauseKind.UNEXPLAINED, rule, Why(RULES[rule], before, after))


def _came_or_went_as_folder(change: FileChange) -> bool:
    state: FileState | None = change.after or change.before
    return (
        change.kind in {Kind.ADDED, Kind.REMOVED}
        and state is not None
        and state.kind is EntryKind.DIRECTORY
        and not state.owners
    )


_STRENGTH = {CauseKind.PACKAGE: 0, CauseKind.STEP: 1, CauseKind.NOISE: 2}


def _first_below(changes: Sequence[FileChange], causes: Sequence[Cause]) -> dict[str, Cause]:
    """By folder, the strongest explanation of anything in it that is no folder itself."""
    found: dict[str, Cause] = {}
    for change, cause in zip(changes, causes, strict=True):
        if cause.kind is CauseKind.UNEXPLAINED or _came_or_went_as_folder(change):
            continue
        for path in {change.path, change.before_path} - {""}:
            folder = path.rpartition("/")[0]
            while folder:
                known = found.get(folder)
                if known is None or _STRENGTH[cause.kind] < _STRENGTH[known.kind]:
                    found[folder] = cause
                folder = folder.rpartition("/")[0]
    return found


def _of_folder(cause: Cause) -> Cause:
    return Cause(cause.kind, HOLDS, cause.why)
