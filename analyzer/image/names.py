"""Image names as people and tools write them."""

from __future__ import annotations


def familiar(name: str) -> str:
    """A reference as docker shortens it: `docker.io/library/a:1` is `a:1`."""
    for host in ("index.docker.io/", "docker.io/"):
        name = name.removeprefix(host)
    return name.removeprefix("library/")


def split_name(name: str) -> tuple[str, str]:
    """Repository and tag; a colon before the last slash belongs to a port."""
    folder, slash, last = name.partition("@")[0].rpartition("/")
    repository, _, tag = last.partition(":")
    return folder + slash + repository, tag
