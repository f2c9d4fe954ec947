"""Two inputs compared with everything that reading them tells: reports, trees, outer files."""

from __future__ import annotations

from analyzer.comparing.contents import read_contents
from analyzer.comparing.filetrees import trees_of
from analyzer.comparing.inputs import Input
from analyzer.comparing.insides import Inside
from analyzer.comparing.sides import whole_sides
from analyzer.comparing.states import tree_changes
from analyzer.diff.compare import Trees, as_it_is, compare, platforms_apart
from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.platforms.filesides import without_folded
from analyzer.diff.tree import Difference
from analyzer.digest import Digest, digest_stream
from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.reference import STANDARD_INPUT, parse_reference
from analyzer.report import ImageReport


def compare_inputs(
    before: Input,
    after: Input,
    *,
    times: bool = False,
    across: bool = False,
    limits: Limits | None = None,
    inside: Inside | None = None,
) -> Difference:
    """What differs on the way from one input to the other, files included.

    Args:
        before: the first side.
        after: the second side.
        times: list files of which only the modification time differs, too.
        across: two platforms of one file are compared, as `compare` has it; of two files it
            finds out itself.
        limits: what the content of files may cost by which causes are told.
        inside: looks into changed files; None where nobody asked.
    """
    limits = limits or Limits()
    folded = across or platforms_apart(before.report, after.report)
    sizes = (before.report.source.size, after.report.source.size)
    digests: tuple[Digest | None, Digest | None] = (None, None)
    if sizes[0] is not None and sizes[0] == sizes[1]:
        digests = (_outer_digest(before.path), _outer_digest(after.path))
    return compare(
        before.report,
        after.report,
        files=digests,
        trees=Trees(
            lambda one, two: (
                _across((before, one), (after, two), limits)
                if folded
                else _files(before, after, one, two)
            ),
            times=times,
            contents=lambda one, two, changes: read_contents(
                whole_sides((before, after), (one, two)), changes, limits
            ),
            deepen=inside.between(before, after) if inside is not None else as_it_is,
        ),
        across=across,
    )


def _files(
    before: Input, after: Input, one: ImageReport, two: ImageReport
) -> FileChanges | tuple[bool, bool]:
    first, second = before.tree(one), after.tree(two)
    if first is None or second is None:
        return first is not None, second is not None
    return tree_changes(first, second)


def _across(
    before: tuple[Input, ImageReport], after: tuple[Input, ImageReport], limits: Limits
) -> FileChanges | tuple[bool, bool]:
    """As `_files`, of two platforms: without what differs as they do."""
    files = trees_of((before, after), limits)
    first, second = files.trees
    if first is None or second is None:
        return first is not None, second is not None
    return without_folded(compare_trees(first, second), files, (before[1], after[1]))


def _outer_digest(path: str) -> Digest | None:
    """SHA-256 of the file as it lies on disk."""
    try:
        place = parse_reference(path).path
        if place == STANDARD_INPUT:
            return None
        with place.open("rb") as stream:
            return digest_stream(stream)[0]
    except (AnalyzerError, OSError):
        return None
