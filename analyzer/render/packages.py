"""What `ociscope packages` prints: one table or tree for each platform, and what is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer.packages.choosing import Choice, Standing, standing_of
from analyzer.packages.contract import Package, Sighting
from analyzer.paths import printable
from analyzer.render.lines import headed, wrapped
from analyzer.render.packagecounts import others_text, types_text
from analyzer.render.stepline import step_line
from analyzer.render.text import NOTHING, distro_text, heading, incomplete, table
from analyzer.report import ImageReport, Report

_COLUMNS = 80
_STEP = "  "
_MOST_LAYERS = 20


def packages_text(
    report: Report, choice: Choice, width: int | None = None, *, tree: bool = False
) -> str:
    """One block for each platform of `report`."""
    blocks = [_block(image, choice, width, tree=tree) for image in report.images]
    return "\n\n".join("\n".join(block) for block in blocks)


def full_name(package: Package) -> str:
    """The name with what stands before it in its ecosystem."""
    name = f"{package.namespace}/{package.name}" if package.namespace else package.name
    return printable(name)


def _block(image: ImageReport, choice: Choice, width: int | None, *, tree: bool) -> Iterator[str]:
    if image.completeness == "absent":
        yield f"{heading(image)}: not in this file"
        return
    words = f"{types_text(image.packages)}; {distro_text(image)}"
    yield from headed(heading(image), words, width)
    if lost := incomplete(image):
        yield lost
    chosen = choice.of(image.packages)
    if chosen:
        yield "\n".join(_tree(chosen, image.packages, choice)) if tree else _table(chosen, width)
        if not tree:
            yield from _steps(chosen, image, width)
    elif choice.narrow:
        yield f"no package fits{_beyond(image, choice)}"
    yield from _left_out(image, choice, width)


def _beyond(image: ImageReport, choice: Choice) -> str:
    """What to say of a layer that is not in the image."""
    count = len(image.layers)
    if choice.layer is None or choice.layer < count:
        return ""
    return f": the layers here are 0 to {count - 1}" if count else ": there are no layers here"


def _steps(packages: Sequence[Package], image: ImageReport, width: int | None) -> Iterator[str]:
    """The build steps of the layers in the table, where any is known."""
    steps = {number: layer.created_by for number, layer in enumerate(image.layers)}
    numbers = sorted(steps.keys() & {package.introduced_in for package in packages})
    if not any(steps[number] for number in numbers):
        return
    yield ""
    for number in numbers[:_MOST_LAYERS]:
        yield step_line(steps[number], number, min(width or _COLUMNS, _COLUMNS))
    if (more := len(numbers) - _MOST_LAYERS) > 0:
        yield f"and {more} more layers; -o json has the steps of all"


def _left_out(image: ImageReport, choice: Choice, width: int | None) -> Iterator[str]:
    others = choice.left_out(image.packages)
    if not others:
        return
    words = f"not shown: {others_text(others)}; --state all shows them"
    yield ""
    yield from wrapped(words, min(width or _COLUMNS, _COLUMNS))


def _table(packages: Sequence[Package], width: int | None) -> str:
    # By what is read first in a row; documents have their own order.
    packages = sorted(packages, key=lambda package: (package.type, full_name(package).lower()))
    columns = [list(column) for column in zip(*map(_row, packages), strict=True)]
    headers = ["name", "version", "architecture", "type", "layer"]
    below = [1]
    states = [_state(package) for package in packages]
    if set(states) != {"installed"}:
        headers.append("state")
        columns.append(states)
    for header, values in (("files of", map(_owner, packages)), ("found by", map(_sure, packages))):
        if set(cells := list(values)) != {NOTHING}:
            below.append(len(headers))
            headers.append(header)
            columns.append(cells)
    return table(list(zip(*columns, strict=True)), headers, width, below=below)


def _row(package: Package) -> list[str]:
    layer = NOTHING if package.introduced_in is None else str(package.introduced_in)
    return [
        full_name(package),
        printable(package.version) or NOTHING,
        printable(package.arch) or NOTHING,
        package.type,
        layer,
    ]


def _state(package: Package) -> str:
    """Its state, `owned` for what is seen twice, and whether it is held there."""
    standing = standing_of(package)
    state = standing.value if standing is Standing.OWNED else package.state
    return f"{state}, held" if package.hold else state


def _owner(package: Package) -> str:
    return printable(package.owner) or NOTHING


def _sure(package: Package) -> str:
    return NOTHING if package.confidence == "high" else how_found(package)


def how_found(found: Package | Sighting) -> str:
    """How a package was recognised, how sure that is and what was read."""
    words = f"{found.method} ({found.confidence})"
    return f"{words}: {printable(found.evidence)}" if found.evidence else words


# The tree.


def _tree(
    chosen: Sequence[Package], everything: Sequence[Package], choice: Choice
) -> Iterator[str]:
    """What depends on what; a package that was shown is named again and not taken apart."""
    known = {package.ident: package for package in reversed(everything)}
    shown: set[str] = set()
    named = bool(choice.names)
    for root in chosen if named else needed_last(chosen):
        if root.ident not in shown or named:
            yield from _branch(root, known, shown)


def needed_last(packages: Sequence[Package]) -> list[Package]:
    """What none of `packages` needs first: of the modules of a program, the program itself."""
    needed = {ident for package in packages for ident in package.dependencies}
    return sorted(packages, key=lambda package: package.ident in needed)


def _branch(root: Package, known: Mapping[str, Package], shown: set[str]) -> Iterator[str]:
    # A stack of our own: metadata of strangers may be deeper than ours.
    pending = [(0, root)]
    while pending:
        depth, package = pending.pop()
        again = package.ident in shown and bool(package.dependencies)
        name = f"{full_name(package)} {printable(package.version)}".rstrip()
        yield _STEP * depth + name + (" (as above)" if again else "")
        if not again:
            shown.add(package.ident)
            needs = [known[ident] for ident in package.dependencies if ident in known]
            pending += [(depth + 1, need) for need in reversed(needs)]
