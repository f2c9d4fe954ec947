"""The options that choose among the names of a listing, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

TypeOption = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="f,d,l,...",
        help="Files f, directories d, links l, hard links h, devices c b, pipes p, whiteouts w.",
        show_default=False,
    ),
]
MinSizeOption = Annotated[
    str | None,
    typer.Option("--min-size", metavar="SIZE", help="As in 4K, 10MiB (1024) or 10MB (1000)."),
]
MaxSizeOption = Annotated[str | None, typer.Option("--max-size", metavar="SIZE")]
SetuidOption = Annotated[bool, typer.Option("--setuid", help="Run as their owner.")]
SetgidOption = Annotated[
    bool, typer.Option("--setgid", help="Run as their group; with --setuid, either.")
]
WritableOption = Annotated[
    bool, typer.Option("--world-writable", help="Anybody may write; links left out.")
]
CapabilitiesOption = Annotated[
    bool, typer.Option("--capabilities", help="With file capabilities, as getcap finds them.")
]
XattrOption = Annotated[
    list[str] | None,
    typer.Option(
        "--xattr", metavar="NAME", help="With this attribute; repeatable.", show_default=False
    ),
]
OwnerOption = Annotated[
    str | None,
    typer.Option(
        "--owner", metavar="USER[:GROUP]", help="Numbers, root, or names if the tar has them."
    ),
]
NewerOption = Annotated[
    str | None,
    typer.Option("--newer", metavar="TIME", help="As in 2024-05-01T12:00 (UTC) or @1714564800."),
]
OlderOption = Annotated[str | None, typer.Option("--older", metavar="TIME")]
FromLayerOption = Annotated[
    int | None,
    typer.Option("--from-layer", metavar="N", help="Names that layer N brought.", min=0),
]
