"""`ociscope sbom`: one SPDX document per platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.options import (
    DirectoryOption,
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import Target, parse_targets, write_file, write_stdout
from analyzer.cli.run import finish, run
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import ImageReport

FORMATS = ("spdx-json",)

SbomOutput = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="spdx-json (the default); repeatable. FILE may hold {image} and {platform}.",
        show_default=False,
    ),
]


def sbom(
    path: PathArgument,
    output: SbomOutput = None,
    directory: DirectoryOption = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
) -> None:
    """The bill of materials: an SPDX 2.3 JSON document per platform.

    Several documents need FILE with {image} and {platform} in it, or -d DIR, which names them
    DIR/{image}/{platform}/sbom.spdx.json.

    \b
    Examples:
      ociscope sbom app.tar -o spdx-json=app.spdx.json
      ociscope sbom layout/ -o 'spdx-json={image}-{platform}.spdx.json'
      ociscope sbom layout/ --platform linux/arm64
    """
    targets = _below(directory, parse_targets(output, FORMATS))
    from analyzer.cli.documents import folder_names, say_absent, sbom_bytes

    def places(images: Sequence[ImageReport]) -> list[tuple[Target, dict[int, str]]]:
        return [(target, _names(target, folder_names(images), images)) for target in targets]

    def refuse_early(images: Sequence[ImageReport]) -> None:
        places(images)

    report = run(request(path, platform, image, limit, no_cache=no_cache), "PACKAGES", refuse_early)
    folders, plans = folder_names(report.images), places(report.images)
    for number in folders:
        data = sbom_bytes(report, report.images[number])
        for target, names in plans:
            if target.file:
                write_file(Path(names[number]), data)
            else:
                write_stdout(data)
    say_absent(report, folders)
    finish(report, told=False)


def _below(directory: Path | None, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The targets, moved below the directory of -d."""
    if directory is None:
        return targets
    files = {target.file or "{image}/{platform}/sbom.spdx.json" for target in targets}
    return tuple(Target("spdx-json", str(directory / file)) for file in sorted(files))


def _names(
    target: Target, folders: dict[int, str], images: Sequence[ImageReport]
) -> dict[int, str]:
    """The file of each document. Raises InputError when several would share one."""
    names = {}
    for number, folder in folders.items():
        image, _, platform = folder.partition("/")
        names[number] = target.file.replace("{image}", image).replace("{platform}", platform)
    if len({name.lower() for name in names.values()}) != len(names):
        raise InputError(
            Code.AMBIGUOUS,
            f"{len(names)} documents for one place, {target.place}",
            hint="choose one with --platform (and --image), or write all with -d DIR or with "
            "FILE as {image}-{platform}.json; there are: "
            + _listing(images[number] for number in folders),
        )
    return names


def _listing(images: Iterable[ImageReport]) -> str:
    return ", ".join(dict.fromkeys(f"{image.label} {image.platform}" for image in images))
