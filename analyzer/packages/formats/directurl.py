"""direct_url.json: where a Python distribution came from that no index was asked for.

https://packaging.python.org/en/latest/specifications/direct-url-data-structure/ (PEP 610).
A version control URL becomes the purl qualifier `vcs_url` in the form that purl-spec takes from
SPDX, `<tool>+<url>@<commit>`, as syft writes it; an archive `download_url` and `checksum`. A
`file:` URL is a place on the machine that built the image and becomes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.packages.formats.jsonfile import Object, line, member

_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_ALGORITHM = re.compile(r"[a-z0-9_]+")
_LOCAL = "file:"


@dataclass(frozen=True, slots=True)
class DirectUrl:
    """What it adds to a package."""

    qualifiers: tuple[tuple[str, str], ...] = ()
    digests: tuple[str, ...] = ()
    editable: bool = False
    """The package is a project's own folder that Python was told to look into."""


def direct_url(document: Object) -> DirectUrl:
    """The meaning of `document`."""
    url = line(document, "url")
    vcs = member(document, "vcs_info")
    if tool := line(vcs, "vcs"):
        commit = line(vcs, "commit_id")
        # Without the commit it would name a branch that has moved since.
        if not commit or url.startswith(_LOCAL):
            return DirectUrl()
        return DirectUrl((("vcs_url", f"{tool}+{url}@{commit}"),))
    if editable := member(document, "dir_info").get("editable") is True:
        return DirectUrl(editable=editable)
    archive = member(document, "archive_info")
    digests = tuple(sorted(set(_digests(archive))))
    pairs = [("checksum", ",".join(digests)), ("download_url", url)]
    if url.startswith(_LOCAL) or "archive_info" not in document:
        pairs = []
    return DirectUrl(tuple((key, value) for key, value in pairs if value), digests)


def _digests(archive: Object) -> list[str]:
    """`hashes`, and the older `hash`, as `<algorithm>:<hex>`."""
    hashes = member(archive, "hashes")
    stated = [f"{name}={line(hashes, name)}" for name in hashes]
    found: list[str] = []
    for pair in (*stated, line(archive, "hash")):
        algorithm, _, value = pair.partition("=")
        if _ALGORITHM.fullmatch(algorithm) and _HEX.fullmatch(value.lower()):
            found.append(f"{algorithm}:{value.lower()}")
    return found
