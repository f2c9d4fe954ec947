"""`ociscope packages`: what is installed."""

from __future__ import annotations

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import finish, run


def packages(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
) -> None:
    """What is installed, and the layer that brought it.

    Name, version, architecture and type of every package that the image's databases know.
    Layers are counted from 0, the bottom one.

    \b
    Examples:
      ociscope packages app.tar
      ociscope packages layout/ --platform linux/arm64 -o json=packages.json
    """
    targets = parse_targets(output)
    report = run(request(path, platform, image, limit, no_cache=no_cache), "PACKAGES")
    from analyzer.render.text import packages as packages_text
    from analyzer.report import to_document

    emit(
        targets,
        lambda width: f"{packages_text(report, width)}\n",
        lambda: to_document(report, ("layers", "distro", "packages"), tree=False),
    )
    finish(report, told=False)
