"""The source package that the file name of a source rpm stands for."""

from __future__ import annotations

from analyzer.packages.contract import Source

_ENDINGS = (".src.rpm", ".nosrc.rpm")


def source_package(file_name: str) -> Source | None:
    """`SOURCERPM` taken apart: `<name>-<version>-<release>.src.rpm`; None for anything else.

    https://rpm-software-management.github.io/rpm/manual/tags.html: the tag has no epoch.
    """
    ending = next((ending for ending in _ENDINGS if file_name.endswith(ending)), None)
    if ending is None:
        return None
    parts = file_name.removesuffix(ending).rsplit("-", 2)
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004
        return None
    name, version, release = parts
    return Source(name, f"{version}-{release}")
