"""`ociscope cache`: what is remembered of layers, and how to forget it."""

from __future__ import annotations

import typer

from analyzer.cli.options import LimitOption, OutputOption, parse_limits
from analyzer.cli.output import emit, parse_targets
from analyzer.errors import OutputError
from analyzer.problems import Code

cache = typer.Typer(
    name="cache",
    help="""What is remembered of layers between runs, and how to forget it.

    A layer that was read before is hashed again, but not inflated again. The cache lies below
    $XDG_CACHE_HOME, else ~/.cache; it holds names, sizes and digests of files in layers, and
    package databases. --no-cache leaves it alone for one run, OCISCOPE_NO_CACHE=1 for all.
    """,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@cache.command()
def info(output: OutputOption = None, limit: LimitOption = None) -> None:
    """Where the cache lies, how much is in it, and whether it is used."""
    targets = parse_targets(output)
    from analyzer.cli.caching import layer_cache

    found = layer_cache(parse_limits(limit or ()))
    known = found.info() if found is not None else None
    emit(
        targets,
        lambda _width: _text(known),
        lambda: {
            "folder": known.folder if known else None,
            "entries": known.entries if known else 0,
            "size": known.size if known else 0,
            "limit": known.limit if known else 0,
            "unusable": (known.unusable if known else _NOT_USED) or None,
        },
    )


_NOT_USED = "it is switched off, or there is no home directory"


@cache.command()
def clear() -> None:
    """Delete everything that is remembered."""
    from analyzer.cli.caching import layer_cache
    from analyzer.cli.run import say
    from analyzer.limits import Limits

    found = layer_cache(Limits())
    try:
        count = found.clear() if found is not None else 0
    except OSError as problem:
        detail = problem.strerror or "cannot be deleted"
        raise OutputError(Code.OUTPUT_FAILED, detail, where="the layer cache") from problem
    say(f"{count} layers forgotten" if count != 1 else "1 layer forgotten")


def _text(known: object) -> str:
    from analyzer.layers.cache import CacheInfo
    from analyzer.paths import printable
    from analyzer.render.text import fields, human_bytes

    if not isinstance(known, CacheInfo):
        return f"not used: {_NOT_USED}\n"
    rows = [
        ("folder", printable(known.folder)),
        ("layers", str(known.entries)),
        ("size", f"{human_bytes(known.size)} of at most {human_bytes(known.limit)}"),
        ("used", f"no: {known.unusable}" if known.unusable else "yes"),
    ]
    return "\n".join(fields(rows, None)) + "\n"
