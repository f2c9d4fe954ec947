"""What `ociscope packages --files` prints: the files of each package, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.csvtext import csv_text
from analyzer.packages.contract import Package
from analyzer.paths import printable
from analyzer.render.lines import titled
from analyzer.render.packages import full_name
from analyzer.stock.claims import Claim
from analyzer.stock.listed import ListedFiles

_COLUMNS = (
    *("image", "platform", "package", "path", "listed_as", "kind", "present", "digest"),
    "flags",
)


def files_text(found: Sequence[ListedFiles]) -> str:
    """One block for each platform."""
    return "\n\n".join("\n".join(_block(each)) for each in found)


def files_csv(found: Sequence[ListedFiles]) -> str:
    """A row for each file and package, folders among them."""
    rows = [
        (
            *(", ".join(map(printable, each.stock.inside.image.names)),),
            *(printable(each.stock.inside.platform), printable(package.ident)),
            *(printable(listed.claim.path), printable(listed.claim.owned.path), listed.kind),
            "yes" if listed.claim.node is not None else "no",
            listed.claim.owned.digest,
            " ".join(listed.claim.owned.flags),
        )
        for each in found
        for package, listing in each.packages
        for listed in listing
    ]
    return csv_text(_COLUMNS, rows)


def _block(found: ListedFiles) -> Iterator[str]:
    image = found.stock.inside.image
    if image.completeness == "absent":
        yield f"{titled(image)}: not in this file"
        return
    yield titled(image)
    if not found.packages:
        yield "no package fits"
    for package, listing in found.packages:
        files = [listed.claim for listed in listing if listed.kind != "dir"]
        yield f"{_called(package)}: {_counted(files, len(listing) - len(files))}"
        for claim in files:
            yield f"  {_line(claim)}"


def _called(package: Package) -> str:
    arch = f" {printable(package.arch)}" if package.arch else ""
    return f"{package.type} {full_name(package)} {printable(package.version)}".rstrip() + arch


def _counted(files: Sequence[Claim], folders: int) -> str:
    if not files and not folders:
        return "lists no files"
    parts = [f"{len(files)} {'file' if len(files) == 1 else 'files'}"]
    if folders:
        parts.append(f"{folders} {'folder' if folders == 1 else 'folders'}")
    if missing := sum(claim.node is None for claim in files):
        parts.append(f"{missing} of them not there")
    return ", ".join(parts)


def _line(claim: Claim) -> str:
    words = printable(claim.path)
    notes = list(claim.owned.flags)
    if claim.node is None:
        notes.append("not there")
    return f"{words}  ({', '.join(notes)})" if notes else words
