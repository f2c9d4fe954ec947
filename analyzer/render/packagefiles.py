"""What `ociscope packages --owner` and `--verify` print."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from stat import S_IFREG, filemode

from analyzer.packages.contract import Package
from analyzer.paths import printable
from analyzer.render.lines import titled, wrapped
from analyzer.render.packages import full_name, how_found, needed_last
from analyzer.render.stepline import step_line
from analyzer.render.text import aligned, human_bytes
from analyzer.render.values import shorten
from analyzer.stock.claims import Claim
from analyzer.stock.look import Stock
from analyzer.stock.owner import Claimed, Ownership, Spot
from analyzer.stock.verify import Deviation, Fault, Unowned, Verified, is_comparable
from analyzer.tarheader import EntryKind

_INDENT = "  "
_COLUMNS = 80
_WRITTEN = "last written by "
_PROGRAM = re.compile("(?:^|/)s?bin/")
_PATH_COLUMNS = 40
_MOST_LINES = 40
"""Of one kind; -o json has all."""
_MOST_PROVEN = 10
"""By one file; -o json has all."""
_DOCUMENTATION = ("usr/share/doc/", "usr/share/man/", "usr/share/locale/", "usr/share/info/")
"""What slim images leave out when packages are installed (dpkg's path-exclude, rpm's
_excludedocs and _install_langs)."""


# The owner of one file.


def owner_text(stocks: Sequence[Stock], answers: Sequence[Ownership], width: int | None) -> str:
    """One block for each platform."""
    columns = min(width or _COLUMNS, _COLUMNS)
    pairs = zip(stocks, answers, strict=True)
    return "\n\n".join("\n".join(_answer(stock, answer, columns)) for stock, answer in pairs)


def _answer(stock: Stock, answer: Ownership, width: int) -> Iterator[str]:
    if stock.inside.image.completeness == "absent":
        yield f"{titled(stock.inside.image)}: not in this file"
        return
    yield titled(stock.inside.image)
    for spot in answer.spots:
        yield _what(spot)
        for owner in spot.owners:
            yield from _indented(_owned_by(owner.claim), width)
            if owner.faults or spot.node is None or not spot.node.is_directory:
                yield from _indented(_compared(owner), width)
        for line in _proven(spot):
            yield from _indented(line, width)
        if not spot.owners and spot.node is not None:
            yield f"{_INDENT}no package lists it"
        if spot.layer is not None:
            room = width - len(_INDENT) - len(_WRITTEN)
            yield _INDENT + _WRITTEN + step_line(stock.steps[spot.layer], spot.layer, room)


def _proven(spot: Spot) -> Iterator[str]:
    """The packages that were found by the file; a program can have hundreds of libraries inside."""
    proven = list(needed_last(spot.recognised))
    for package in proven[:_MOST_PROVEN]:
        yield f"proves {_named(package)}: {how_found(package)}"
        for each in (other for other in package.also if other.path == spot.path):
            yield f"so does {how_found(each)}"
    if len(proven) > _MOST_PROVEN:
        yield f"and {len(proven) - _MOST_PROVEN} more, which -o json has"


def _what(spot: Spot) -> str:
    node, path = spot.node, printable(spot.path) or "/"
    if node is None:
        return f"{path}: not in the image"
    if node.kind is EntryKind.SYMLINK:
        return f"{path}: a link to {printable(spot.target or '')}"
    if node.kind is EntryKind.FILE and node.content is not None:
        return f"{path}: a file of {human_bytes(node.content.size)}"
    return f"{path}: a {node.kind.value.replace('-', ' ')}"


def _owned_by(claim: Claim) -> str:
    brought = claim.package.introduced_in
    when = f", in layer {brought}" if brought is not None else ""
    listed = claim.owned.path.lstrip("/")
    spelled = f", which lists it as {printable(listed)}" if listed != claim.path else ""
    return f"owned by {_named(claim.package)}{when}{spelled}"


def _named(package: Package) -> str:
    state = "" if package.installed else package.state
    kind = ", ".join(printable(word) for word in (package.type, package.arch, state) if word)
    return f"{full_name(package)} {printable(package.version)} ({kind})"


def _compared(owner: Claimed) -> str:
    if owner.faults:
        return f"NOT AS THE PACKAGE SAYS: {_faults(owner.faults)}{_flags(owner.claim)}"
    if owner.compared:
        return "as the package says"
    if is_comparable(owner.claim):
        return "INCOMPLETE: it could not be read; see the errors"
    return "the package says nothing of its content"


def _faults(faults: Iterable[Fault]) -> str:
    return ", ".join(fault.value for fault in faults)


def _flags(claim: Claim) -> str:
    return " (configuration, which people may change)" if claim.config else ""


# All files.


def verify_text(verified: Sequence[Verified], width: int | None) -> str:
    """One block for each platform: what to look at first stands first."""
    columns = min(width or _COLUMNS, _COLUMNS)
    return "\n\n".join("\n".join(_verified(each, columns)) for each in verified)


def _verified(found: Verified, width: int) -> Iterator[str]:
    if found.stock.inside.image.completeness == "absent":
        yield f"{titled(found.stock.inside.image)}: not in this file"
        return
    yield titled(found.stock.inside.image)
    files = sum(found.checked.values())
    if files:
        yield f"{files} files of {len(found.checked)} packages compared"
    else:
        yield from wrapped("no package of this image says what its files are", width)
    if found.unchecked:
        yield f"INCOMPLETE: {len(found.unchecked)} of them could not be read; see the errors"
    runs = [each for each in found.unowned if each.executable and not each.database]
    yield from _part("executables that no package lists", list(_runs(runs)))
    others = [each for each in found.unowned if each.database or not each.executable]
    if files:
        yield from _deviating(found.deviations)
    yield from _part("other files that no package lists", list(_folders(others)))


def _deviating(deviations: Sequence[Deviation]) -> Iterator[str]:
    changed = [each for each in deviations if each.faults != (Fault.MISSING,)]
    missing = [each for each in deviations if each.faults == (Fault.MISSING,)]
    own = [each for each in changed if not each.claim.config]
    yield from _part("changed", list(_changes(own)))
    yield from _part("removed by a layer", list(_removed(missing)))
    config = [each for each in changed if each.claim.config]
    yield from _part("configuration that was changed", list(_changes(config)))
    yield from _part("in no layer, though a package lists it", list(_never(missing)))


def _part(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    if not lines:
        yield f"{title}: none"
        return
    yield title
    yield from (_INDENT + line for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"{_INDENT}and {len(lines) - _MOST_LINES} more; -o json has all"


def _runs(unowned: Sequence[Unowned]) -> Iterator[str]:
    rows = [
        (
            filemode(S_IFREG | each.mode),
            human_bytes(each.size).rjust(8),
            f"layer {each.layer}",
            printable(each.path) + _recognised(each),
        )
        for each in unowned
    ]
    yield from aligned(rows) if rows else ()


def _recognised(unowned: Unowned) -> str:
    # Of a program with its libraries inside, the one that needs the others.
    first = max(unowned.packages, key=lambda package: len(package.dependencies), default=None)
    return f"  ({full_name(first)} {printable(first.version)})" if first is not None else ""


def _changes(deviations: Sequence[Deviation]) -> Iterator[str]:
    rows = [
        (
            _faults(each.faults),
            f"layer {each.layer}",
            full_name(each.claim.package),
            printable(each.claim.path),
        )
        for each in deviations
    ]
    yield from aligned(rows) if rows else ()


def _removed(deviations: Sequence[Deviation]) -> Iterator[str]:
    rows = [
        (f"layer {each.layer}", full_name(each.claim.package), printable(each.claim.path))
        for each in deviations
        if each.layer is not None
    ]
    yield from aligned(rows) if rows else ()


def _never(deviations: Sequence[Deviation]) -> Iterator[str]:
    """By package; what slim images leave out is only counted."""
    never = [each for each in deviations if each.layer is None]
    slim = [each for each in never if each.claim.owned.path.startswith(_DOCUMENTATION)]
    by_package: dict[str, list[str]] = defaultdict(list)
    for each in never:
        if not each.claim.owned.path.startswith(_DOCUMENTATION):
            by_package[full_name(each.claim.package)].append(printable(each.claim.path))
    if by_package:
        counted = sorted(by_package.items(), key=lambda item: (-len(item[1]), item[0]))
        yield from aligned(
            [(str(len(paths)).rjust(6), name, _such_as(paths)) for name, paths in counted]
        )
    if slim:
        yield f"{len(slim):>6}  of documentation and translations, as slim images leave them out"


def _such_as(paths: Sequence[str]) -> str:
    """One of the paths, a program if there is one."""
    first = min(paths, key=lambda path: (not _PROGRAM.search(path), path))
    return first if len(paths) == 1 else f"{shorten(first, _PATH_COLUMNS)}, ..."


def _folders(unowned: Sequence[Unowned]) -> Iterator[str]:
    """Counted by the first two folders."""
    folders = Counter("/".join(each.path.split("/")[:-1][:2]) or "/" for each in unowned)
    yield from (
        aligned(
            [(str(count).rjust(6), printable(folder)) for folder, count in folders.most_common()]
        )
        if folders
        else ()
    )


def _indented(text: str, width: int) -> Iterator[str]:
    first, *more = wrapped(text, width - 2 * len(_INDENT)) or [""]
    yield _INDENT + first
    yield from (2 * _INDENT + line for line in more)
