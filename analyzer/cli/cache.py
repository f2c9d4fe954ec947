"""`ociscope cache`: what is remembered of layers and images, and how to forget it."""

from __future__ import annotations

import typer

from analyzer.cli.options import LimitOption, OutputOption, parse_limits
from analyzer.cli.output import emit, parse_targets
from analyzer.errors import OutputError
from analyzer.problems import Code

cache = typer.Typer(
    name="cache",
    help="""What is remembered between runs, and how to forget it.

    A layer that was read before is hashed again, but not inflated again; an image all layers of
    which still hash to the same is not read again, either. The cache lies below $XDG_CACHE_HOME,
    else ~/.cache; it holds names, sizes and digests of files in layers, package databases, and the
    packages and findings of images. --no-cache leaves it alone for one run, OCISCOPE_NO_CACHE=1
    for all.
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
    known = found.folder.info() if found is not None else None
    emit(
        targets,
        lambda _width: _text(known),
        lambda: {
            "folder": known.folder if known else None,
            "entries": known.kinds["scan"] if known else 0,
            "images": known.kinds["image"] if known else 0,
            "size": known.size if known else 0,
            "limit": known.limit if known else 0,
            "unusable": (known.unusable if known else _NOT_USED) or None,
        },
    )


_NAMED = 20
_NOT_USED = "it is switched off, or there is no home directory"


@cache.command()
def clear() -> None:
    """Delete everything that is remembered."""
    from analyzer.cli.caching import layer_cache
    from analyzer.cli.run import say
    from analyzer.limits import Limits

    found = layer_cache(Limits())
    gone, left = found.folder.clear() if found is not None else ({}, ())
    count = {"layer": gone.get("scan", 0), "image": gone.get("image", 0)}
    said = [f"{number} {word}{'' if number == 1 else 's'}" for word, number in count.items()]
    say(f"{' and '.join(said)} forgotten")
    for path, why in left[1:_NAMED]:
        say(f"not deleted: {path}: {why}")
    if left:
        more = len(left) - _NAMED
        hint = f"{more} more could not be deleted, either" if more > 0 else ""
        raise OutputError(Code.OUTPUT_FAILED, left[0].why, where=str(left[0].path), hint=hint)


def _text(known: object) -> str:
    from analyzer.paths import printable
    from analyzer.render.text import fields, human_bytes
    from analyzer.sealed import FolderInfo

    if not isinstance(known, FolderInfo):
        return f"not used: {_NOT_USED}\n"
    rows = [
        ("folder", printable(known.folder)),
        ("layers", str(known.kinds["scan"])),
        ("images", str(known.kinds["image"])),
        ("size", f"{human_bytes(known.size)} of at most {human_bytes(known.limit)}"),
        ("used", f"no: {printable(known.unusable)}" if known.unusable else "yes"),
    ]
    return "\n".join(fields(rows, None)) + "\n"
