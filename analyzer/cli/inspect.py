"""`ociscope inspect`: the tree as it lies in the file."""

from __future__ import annotations

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets, told_on_stdout
from analyzer.cli.run import finish, run


def inspect(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
) -> None:
    """Every document and blob, as they lie in the file.

    Indexes, manifests, configs, layers and attachments, each with digest, media type, size,
    platform and whether its bytes match the digest. Layers are hashed, not inflated.

    \b
    Examples:
      ociscope inspect app.tar
      ociscope inspect layout/ -o json
    """
    targets = parse_targets(output)
    report = run(request(path, platform, image, limit), "DOCUMENTS")
    from analyzer.render.text import tree
    from analyzer.report import to_document

    emit(
        targets,
        lambda width: f"{tree(report, width)}\n",
        lambda: to_document(report, ("config", "findings")),
    )
    finish(report, told=told_on_stdout(targets))
