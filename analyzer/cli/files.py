"""`ociscope files`: what lies in an image."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli import narrowing as narrow
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    destination_of,
    request,
)
from analyzer.cli.output import parse_targets

FORMATS = ("table", "json", "csv", "mtree")

GlobsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="GLOB",
        help="Only these paths: ** is any depth. One without wildcards means all below it too.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="table (the default), json, csv or mtree; repeatable. Without FILE: standard output.",
        show_default=False,
    ),
]
RecoverOption = Annotated[
    str | None,
    typer.Option(
        "--recover",
        parser=destination_of,
        metavar="DIR",
        help="With --deleted: write these files below DIR, with their digests in manifest.json.",
        show_default=False,
    ),
]
TreeOption = Annotated[bool, typer.Option("--tree", help="The table as an indented tree.")]
LayerOption = Annotated[
    int | None,
    typer.Option("--layer", metavar="N", help="One layer as it is stored.", min=0),
]
AllLayersOption = Annotated[
    bool, typer.Option("--all-layers", help="All that any layer stores, and what became of it.")
]
DeletedOption = Annotated[
    bool, typer.Option("--deleted", help="Files that are shipped and shown nowhere.")
]
DigestsOption = Annotated[
    bool, typer.Option("--sha256", help="Also the SHA-256 of every file. Takes longer.")
]


def files(
    path: PathArgument,
    globs: GlobsArgument = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: FormatOption = None,
    limit: LimitOption = None,
    layer: LayerOption = None,
    kinds: narrow.TypeOption = None,
    min_size: narrow.MinSizeOption = None,
    max_size: narrow.MaxSizeOption = None,
    xattr: narrow.XattrOption = None,
    owner: narrow.OwnerOption = None,
    newer: narrow.NewerOption = None,
    older: narrow.OlderOption = None,
    from_layer: narrow.FromLayerOption = None,
    recover: RecoverOption = None,
    *,
    all_layers: AllLayersOption = False,
    deleted: DeletedOption = False,
    tree: TreeOption = False,
    sha256: DigestsOption = False,
    setuid: narrow.SetuidOption = False,
    setgid: narrow.SetgidOption = False,
    world_writable: narrow.WritableOption = False,
    capabilities: narrow.CapabilitiesOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """What lies in an image, without unpacking it.

    Every name of the root filesystem, one listing for each platform: mode, owner, size, time, the
    layer that brought the name (0 is the bottom one) and where links lead.

    --deleted shows the files that a later layer removed or overwrote and that everybody who has
    the image still gets; largest first. With --recover DIR they are also written out, proven, as
    DIR/layer-N/path, for you alone to read.

    --all-layers shows every entry of every layer with its fate; --layer N those of one layer,
    whiteouts among them.

    A name has to fit one GLOB, if there are any, and all of the options; of --setuid and --setgid,
    one is enough.

    \b
    Examples:
      ociscope files app.tar
      ociscope files app.tar etc '**/*.conf' --platform linux/arm64
      ociscope files app.tar --deleted
      ociscope files app.tar --deleted '**/*.key' --recover found/
      ociscope files app.tar --setuid --setgid --type f --sha256 -o csv=setuid.csv
      ociscope files app.tar:v1 --platform linux/amd64 --sha256 -o mtree
    """
    from analyzer.cli.listed import Asked, list_files
    from analyzer.listing.question import Typed

    typed = Typed(
        kinds=kinds,
        min_size=min_size,
        max_size=max_size,
        setuid=setuid,
        setgid=setgid,
        world_writable=world_writable,
        capabilities=capabilities,
        xattrs=tuple(xattr or ()),
        owner=owner,
        newer=newer,
        older=older,
        layer=from_layer,
    )
    asked = Asked(
        tuple(globs or ()),
        typed,
        layer,
        all_layers=all_layers,
        deleted=deleted,
        recover=recover or "",
        tree=tree,
        sha256=sha256,
    )
    list_files(
        request(path, platform, image, limit, no_cache=no_cache),
        asked,
        parse_targets(output, FORMATS),
    )
