"""`ociscope catalogers`: what is looked for in images."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import OutputOption
from analyzer.cli.output import emit, parse_targets
from analyzer.errors import InputError
from analyzer.problems import Code

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Only these. Default: all.", show_default=False),
]


def catalogers(names: NamesArgument = None, output: OutputOption = None) -> None:
    """What is looked for in images: ecosystems, files, fields.

    A package names the cataloger that found it in -o json. Files that two catalogers want are
    read once. `*` stays within a folder, `**/` is any depth; a pattern of **/* goes by how a
    file begins, whatever its name.

    \b
    Examples:
      ociscope catalogers
      ociscope catalogers dpkg apk
      ociscope catalogers -o json

    \b
    Exit codes:
      0  done
      2  no cataloger has such a name
    """
    targets = parse_targets(output)
    from analyzer.packages.listing import catalogers_document
    from analyzer.packages.registry import find_catalogers
    from analyzer.render.catalogers import catalogers_text
    from analyzer.report import TOOL

    known = {cataloger.name: cataloger for cataloger in find_catalogers()}
    if wrong := [name for name in names or () if name not in known]:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"no cataloger is called {wrong[0]!r}",
            hint=f"there are: {', '.join(known)}",
        )
    found = [known[name] for name in sorted(set(names or known))]
    emit(
        targets,
        lambda width: f"{catalogers_text(found, width)}\n",
        lambda: {
            "schema": "ociscope-catalogers-1.0",
            "tool": {"name": TOOL.name, "version": TOOL.version},
            "catalogers": catalogers_document(found),
        },
    )
