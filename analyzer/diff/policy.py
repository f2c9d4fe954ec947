"""Which parts of a difference let a pipeline fail: what `--fail-on` asks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.rights import Right
from analyzer.diff.tree import AFTER, Difference, Kind

_PARTS = (
    "identity",
    "config",
    "history",
    "layers",
    "distro",
    "packages",
    "files",
    "attachments",
    "findings",
)
_PRIVILEGES = frozenset(
    AFTER + right.value for right in (Right.SETUID, Right.SETGID, Right.CAPABILITIES)
)
_FILES, _IDENTITY = "files", "identity"

Fails = Callable[[Difference], bool]
"""Asked about one pair of images."""


def _part(name: str) -> Fails:
    """Whether the part differs, or whether that cannot be told of it or of something in it."""

    def fails(image: Difference) -> bool:
        part = image.child(name)
        if part is None or part.differs or part.kind is Kind.UNKNOWN:
            return True
        untold = part.of_kind(Kind.UNKNOWN)
        return bool(untold) and (name != _IDENTITY or len(untold) == len(part.children))

    return fails


def _files(image: Difference) -> Iterator[Difference]:
    part = image.child(_FILES)
    yield from part.children if part is not None else ()


def _not_told(image: Difference) -> bool:
    part = image.child(_FILES)
    return part is None or part.kind is Kind.UNKNOWN


def _setuid(image: Difference) -> bool:
    return _not_told(image) or any(_PRIVILEGES.intersection(file.notes) for file in _files(image))


def _unexplained(image: Difference) -> bool:
    return _not_told(image) or any(
        file.cause is None or file.cause.kind is CauseKind.UNEXPLAINED for file in _files(image)
    )


_ASKED: Mapping[str, Fails] = {name: _part(name) for name in _PARTS} | {
    "setuid": _setuid,
    "unexplained": _unexplained,
}
IMAGES = "images"
"""An image that is on one side only."""
NAMES: tuple[str, ...] = (*_PARTS, "setuid", "unexplained", IMAGES)
"""What may be asked for."""


def failing(difference: Difference, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` for which some pair of images differs, in the order of `NAMES`.

    Where a part could not be compared or is not there, a pipeline must not pass for that reason: it
    fails, and everything does where no image of one side belongs to one of the other. A digest that
    one file does not tell is no such part, if any other is known on both sides. `setuid` is a
    setuid or setgid bit or a capability that only the second side has; `unexplained` a file that
    nothing explains, or of which no cause is told.

    Raises:
        KeyError: a name that is not in `NAMES`.
    """
    pairs = [image for image in difference.children if image.kind in {Kind.CHANGED, Kind.SAME}]
    alone = len(pairs) < len(difference.children)
    wanted = {name: None if name == IMAGES else _ASKED[name] for name in names}
    if alone and not pairs:
        return tuple(name for name in NAMES if name in wanted)
    return tuple(
        name
        for name in NAMES
        if name in wanted and (alone if (fails := wanted[name]) is None else any(map(fails, pairs)))
    )
