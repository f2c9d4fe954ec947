"""Arguments that commands share, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.errors import InputError
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.bills.model import Party

PathArgument = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="Image file or directory, - for standard input; may end in :tag, :@N or @sha256:...",
        show_default=False,
    ),
]
PlatformOption = Annotated[
    list[str] | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH[/VARIANT]",
        help="Only this platform; repeatable. Default: every platform in the file.",
        show_default=False,
    ),
]
ImageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="NAME",
        help="Only this image: a name, a tag, @N, an ID or digest or its beginning; repeatable.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="table (for people, the default) or json; repeatable. Without FILE: standard output.",
        show_default=False,
    ),
]


def destination_of(text: str) -> str:
    """A place on the host as it was typed. Raises InputError where nothing was."""
    if not text:
        what, hint = "an empty name is no place to write to", "take . for the folder you are in"
        raise InputError(Code.BAD_ARGUMENT, what, hint=hint)
    return text


def _folder_of(text: str) -> Path:
    return Path(destination_of(text))


DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "-d",
        "--directory",
        parser=_folder_of,
        metavar="DIR",
        help="Write files below DIR.",
        show_default=False,
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=VALUE",
        help="Raise or lower a limit for this run; repeatable. README.md lists them.",
        show_default=False,
    ),
]

AuthorOption = Annotated[
    str | None,
    typer.Option(
        "--author",
        metavar="'Organization: NAME (MAIL)'",
        help="Who answers for the documents, or 'Person: NAME (MAIL)'. Default: nobody.",
        show_default=False,
    ),
]

NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Neither use nor fill the layer cache (see 'ociscope cache info')."
    ),
]


@dataclass(frozen=True, slots=True)
class Request:
    """The shared options of one run."""

    path: str
    platforms: tuple[str, ...]
    images: tuple[str, ...]
    limits: Limits
    cached: bool = True


def request(
    path: str,
    platform: list[str] | None,
    image: list[str] | None,
    limit: list[str] | None,
    *,
    no_cache: bool = False,
) -> Request:
    """Collect the shared options. Raises InputError for a limit that is none."""
    limits = parse_limits(limit or ())
    return Request(path, tuple(platform or ()), tuple(image or ()), limits, not no_cache)


_MOST_DIGITS = 15
"""Of a limit: a petabyte has as many, and no counter overflows."""
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_limits(settings: list[str] | tuple[str, ...]) -> Limits:
    """`NAME=VALUE` settings over the defaults; VALUE may end in K, M, G or T (powers of 1024)."""
    values: dict[str, int] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in Limits.names():
            raise InputError(
                Code.BAD_ARGUMENT,
                f"no limit is called {name!r}",
                hint=f"there are: {', '.join(Limits.names())}",
            )
        digits = value[:-1] if value[-1:].lower() in _UNITS and value[-1:] else value
        unit = value[len(digits) :].lower()
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"limit {name} needs a whole number, not {value!r}",
                hint="as in --limit manifest_bytes=8M",
            )
        values[name] = int(digits) * _UNITS[unit]
    return Limits(**values)


def parse_author(text: str | None) -> Party | None:
    """`--author`, as SPDX 2.3, 6.8 writes people and organizations.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    from analyzer.bills.facts import party as parse_party

    party = parse_party(printable(text))
    if party is None or party.kind not in {"person", "organization"}:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"no author: {text!r:.80}",
            hint="write it as 'Organization: NAME (MAIL)' or 'Person: NAME'",
        )
    return party
