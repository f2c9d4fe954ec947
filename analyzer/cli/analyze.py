"""`ociscope analyze`: the main job."""

from __future__ import annotations

from analyzer.cli.options import (
    AuthorOption,
    DirectoryOption,
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    parse_author,
    request,
)
from analyzer.cli.output import emit, parse_targets, told_on_stdout
from analyzer.cli.run import finish, run


def analyze(
    path: PathArgument,
    directory: DirectoryOption = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    author: AuthorOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
) -> None:
    """Everything about every image and platform: the main job.

    Identities, distribution and packages on the screen. With -d, the evidence pack: per image
    and platform a folder with its SBOM as SPDX, CycloneDX and in-toto statement and its
    packages, per image the SBOM of its index, and DIR/report.json and DIR/SHA256SUMS.

    \b
    Examples:
      ociscope analyze app.tar
      ociscope analyze layout/ -d out/
      ociscope analyze app.tar:v1 --platform linux/arm64 -o json
    """
    targets, answering = parse_targets(output), parse_author(author)
    from analyzer.cli.documents import dates_known

    asked = request(path, platform, image, limit, no_cache=no_cache)
    report = run(asked, "PACKAGES", dates_known if directory is not None else None)
    from analyzer.render.text import summary
    from analyzer.report import to_document

    written: dict[int, str] = {}
    if directory is not None:
        from analyzer.cli.pack import write_pack

        written = write_pack(report, directory, answering)
    emit(
        targets,
        lambda width: f"{summary(report, written, width)}\n",
        lambda: to_document(report),
    )
    finish(report, told=told_on_stdout(targets))
