"""The work behind `ociscope files`, which is loaded only for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from analyzer.cli.looking import complain, looking
from analyzer.cli.options import Request
from analyzer.cli.output import Target, emit
from analyzer.cli.run import say
from analyzer.errors import InputError
from analyzer.inside import Inside, Look
from analyzer.listing import items
from analyzer.listing.document import Listing, View, files_document
from analyzer.listing.filters import Filter, chooser
from analyzer.listing.question import Typed, parse_filter
from analyzer.problems import Code
from analyzer.render.files import files_lines
from analyzer.render.filescsv import files_csv
from analyzer.render.mtree import mtree_lines
from analyzer.report import TOOL


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing is to show, and how."""

    globs: tuple[str, ...]
    typed: Typed
    layer: int | None
    all_layers: bool
    deleted: bool
    tree: bool
    sha256: bool
    recover: str
    """The folder for files that were deleted; empty for none."""


def list_files(request: Request, asked: Asked, targets: Sequence[Target]) -> None:
    """Read, choose and write; exit as the problems of the file ask.

    Raises:
        AnalyzerError: what was asked for makes no sense, or the input cannot be read.
    """
    view = _view(asked)
    wanted = parse_filter(asked.typed)
    chooser(asked.globs, None)  # a glob that is none is refused before anything is read
    one = _only_one(targets, view)
    if asked.recover:
        from analyzer.cli.recovering import recover_listed, require_deleted

        require_deleted(view)
        one = "--recover"
    with looking(request, digests=asked.sha256 or bool(asked.recover), one=one) as look:
        listings = [_listed(inside, view, asked, wanted) for inside in look.images]
        if asked.recover:
            recover_listed(look, listings[0], asked.recover, request.limits)
        _write(look, view, listings, targets, asked)
        complain(look)
        raise typer.Exit(look.exit_code)


def _view(asked: Asked) -> View:
    chosen = [View.LAYER] * (asked.layer is not None) + [View.ALL_LAYERS] * asked.all_layers
    chosen += [View.DELETED] * asked.deleted
    if len(chosen) > 1:
        raise InputError(
            Code.BAD_ARGUMENT,
            "--layer, --all-layers and --deleted are different views of an image",
            hint="ask for one of them; --from-layer N chooses among the names of each",
        )
    view = chosen[0] if chosen else View.MERGED
    if asked.tree and view in {View.ALL_LAYERS, View.DELETED}:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"--tree shows one tree, and --{view.value} is of all layers",
            hint="leave out --tree, or choose with --layer N",
        )
    return view


def _only_one(targets: Sequence[Target], view: View) -> str:
    """What needs one platform, if anything does."""
    if not any(target.format == "mtree" for target in targets):
        return ""
    if view is not View.MERGED:
        raise InputError(
            Code.BAD_ARGUMENT,
            "-o mtree describes a file system, which only the merged tree is",
            hint="leave out --layer, --all-layers and --deleted, or take -o json or csv",
        )
    return "-o mtree"


_VIEWS = {
    View.MERGED: items.merged,
    View.ALL_LAYERS: items.everything,
    View.DELETED: items.deleted,
}


def _listed(inside: Inside, view: View, asked: Asked, wanted: Filter) -> Listing:
    if asked.layer is not None:
        _require_layer(inside, asked.layer)
        found = items.stored(inside, asked.layer)
    else:
        found = _VIEWS[view](inside)
    fits = chooser(asked.globs, inside.history.root if asked.layer is None else None)
    everything = tuple(found)
    chosen = everything
    if asked.globs or wanted != Filter():
        chosen = tuple(
            item
            for item in everything
            if any(map(fits, (item.path, *item.also))) and wanted.passes(item)
        )
    if wanted.owner is not None and wanted.owner.by_name() and not any(map(_named, everything)):
        say(f"note: {inside.platform}: no entry here names its owner; give --owner numbers")
    return Listing(inside, chosen, len(everything), asked.layer)


def _named(item: items.Item) -> bool:
    return item.entry is not None and bool(item.entry.uname or item.entry.gname)


def _require_layer(inside: Inside, layer: int) -> None:
    count = len(inside.scans)
    if layer >= count:
        there_are = f"layers 0 to {count - 1}" if count else "no layers"
        raise InputError(
            Code.NO_MATCH,
            f"there is no layer {layer} in {inside.image.title}",
            hint=f"it has {there_are}",
        )


def _write(
    look: Look, view: View, listings: Sequence[Listing], targets: Sequence[Target], asked: Asked
) -> None:
    emit(
        targets,
        lambda width: files_lines(view, listings, width, tree=asked.tree, sha256=asked.sha256),
        lambda: files_document(look, view, listings, TOOL),
        {
            "csv": lambda: files_csv(listings),
            "mtree": lambda: mtree_lines(listings[0].items),
        },
    )
