"""`ociscope analyze`: the main job."""

from __future__ import annotations

from pathlib import Path

from analyzer.cli.options import (
    DirectoryOption,
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets, told_on_stdout, write_file
from analyzer.cli.run import finish, run
from analyzer.report import Report


def analyze(
    path: PathArgument,
    directory: DirectoryOption = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
) -> None:
    """Everything about every image and platform: the main job.

    Identities, distribution and packages on the screen, and with -d the SBOMs as files.
    With -d, writes DIR/report.json and, per image and platform, sbom.spdx.json and
    packages.json in a folder named after both.

    \b
    Examples:
      ociscope analyze app.tar
      ociscope analyze layout/ -d out/
      ociscope analyze app.tar:v1 --platform linux/arm64 -o json
    """
    targets = parse_targets(output)
    report = run(request(path, platform, image, limit, no_cache=no_cache), "PACKAGES")
    from analyzer.render.text import summary
    from analyzer.report import to_document

    written = _write(report, directory) if directory is not None else {}
    emit(
        targets,
        lambda width: f"{summary(report, written, width)}\n",
        lambda: to_document(report),
    )
    finish(report, told=told_on_stdout(targets))


def _write(report: Report, directory: Path) -> dict[int, str]:
    """Write the files of every image, then `report.json`; returns the folder of each image."""
    from analyzer.canonical import json_bytes
    from analyzer.cli.documents import REPORT_FILE, folder_files, folder_names, say_absent
    from analyzer.report import to_document

    folders = folder_names(report.images)
    for number, name in folders.items():
        for file, data in folder_files(report, report.images[number]).items():
            write_file(directory / name / file, data)
    write_file(directory / REPORT_FILE, json_bytes(to_document(report)))
    say_absent(report, folders)
    return {number: str(directory / name) for number, name in folders.items()}
