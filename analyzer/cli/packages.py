"""`ociscope packages`: what is installed, what it owns and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    request,
)

FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="table (the default), json, csv, md or purl; table or json with --history, --owner "
        "and --verify, and csv with --files; repeatable. Without FILE: standard output.",
        show_default=False,
    ),
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Only these: deb, rpm, apk, pypi, npm, ...; repeatable.",
        show_default=False,
    ),
]
NameOption = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="GLOB",
        help="Only names that fit, as in 'lib*' or '@babel/*'; repeatable.",
        show_default=False,
    ),
]
LayerOption = Annotated[
    int | None,
    typer.Option("--layer", metavar="N", help="Only what layer N brought.", min=0),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="installed (the default), owned, vendored, declared, claimed, gone or all; "
        "repeatable. JSON has all unless told.",
        show_default=False,
    ),
]
TreeOption = Annotated[bool, typer.Option("--tree", help="What depends on what.")]
HistoryOption = Annotated[
    bool, typer.Option("--history", help="What each layer installed, upgraded and removed.")
]
FilesOption = Annotated[bool, typer.Option("--files", help="The files that each package lists.")]
OwnerOption = Annotated[
    str | None,
    typer.Option(
        "--owner", metavar="FILE", help="Which package owns this path.", show_default=False
    ),
]
VerifyOption = Annotated[
    bool, typer.Option("--verify", help="Files that are not as their package says.")
]


def packages(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: FormatOption = None,
    limit: LimitOption = None,
    kinds: TypeOption = None,
    name: NameOption = None,
    layer: LayerOption = None,
    state: StateOption = None,
    owner: OwnerOption = None,
    *,
    tree: TreeOption = False,
    history: HistoryOption = False,
    files: FilesOption = False,
    verify: VerifyOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """What is installed, and the layer that brought it.

    Every package that databases, metadata and programs of the image tell of, each piece of
    software once. What is there in another sense is counted below the table: modules that a
    package of the system brought (owned), copies inside other packages (vendored), what only a
    lock file or an SBOM names (declared, claimed), and what was removed (gone).
    Layers are counted from 0, the bottom one.

    --history tells what each layer did, and what is left of packages that are gone. --files lists
    the files of each package, as dpkg -L, rpm -ql and apk info -L do. --owner FILE
    tells who owns a path, whether it is as the package says, and which layer wrote it last.
    --verify compares all files with what their packages say, as dpkg --verify, rpm -Va and apk
    audit do; executables that no package lists come first.

    \b
    Examples:
      ociscope packages app.tar
      ociscope packages app.tar --name 'openssl*' --tree
      ociscope packages layout/ --platform linux/arm64 -o json=all.json -o purl
      ociscope packages app.tar --history
      ociscope packages app.tar --name bash --files
      ociscope packages app.tar --owner /usr/bin/python3
      ociscope packages app.tar --verify

    \b
    Exit codes:
      0  done
      1  --owner: no package owns it; --verify: the content or type of a file
         is not what its package says (configuration may change); or bytes are
         not what the file declares them to be
      2  the work could not be done
      3  content of the file could not be read; what was found is printed
    """
    from analyzer.cli.packaged import Asked, show

    asked = Asked(
        types=tuple(kinds or ()),
        names=tuple(name or ()),
        layer=layer,
        states=tuple(state or ()),
        owner=owner,
        tree=tree,
        history=history,
        files=files,
        verify=verify,
    )
    show(request(path, platform, image, limit, no_cache=no_cache), asked, output)
