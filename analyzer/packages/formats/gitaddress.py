"""Addresses of git repositories as Node's package managers write them, in the form of SPDX.

SPDX 2.3, 7.7, which purl-spec's qualifier `vcs_url` refers to: `<tool>+<address>@<commit>#<path>`.
npm, pnpm, Yarn Classic and Bun have the commit where the path belongs (https://docs.npmjs.com/cli/
configuring-npm/package-json#git-urls-as-dependencies), behind it `::` or `&` and `path:` with a
folder (https://pnpm.io/package-sources#install-from-a-git-repository); Yarn 2 and later `commit=`
among others (https://yarnpkg.com/protocol/git). All of them take the names of some hosts for their
addresses.
"""

from __future__ import annotations

import re

_HOSTS = {
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "bitbucket": "https://bitbucket.org/",
    "gist": "https://gist.github.com/",
}
_SHORT = re.compile(r"(?P<host>github|gitlab|bitbucket|gist):(?P<place>[^:@]+)")
_BY_SCHEME = re.compile(r"git(?:\+[a-z]+:|:|@[^/]+:)")
_BY_ENDING = re.compile(r"(?:https?|ssh)://.*\.git")
_NOT_THERE = ("semver:", "semver=", "head=", "tag=", "workspace=", "cwd=")
"""What was asked for, and which of the projects that are there."""


def vcs_url(origin: str) -> str:
    """The address of a repository; empty where `origin` is that of something else."""
    address, _, fragment = origin.partition("#")
    if short := _SHORT.fullmatch(address):
        address = _HOSTS[short["host"]] + short["place"]
    elif not _BY_SCHEME.match(address) and not _BY_ENDING.fullmatch(address):
        return ""
    commit, path = _parts(fragment)
    at = f"@{commit}" if commit else ""
    return f"git+{address.removeprefix('git+')}{at}{f'#{path}' if path else ''}"


def _parts(fragment: str) -> tuple[str, str]:
    """Commit and folder."""
    commit = path = ""
    for part in re.split(r"::|&", fragment):
        if part.startswith("path:"):
            path = part.removeprefix("path:").strip("/")
        elif part and not part.startswith(_NOT_THERE):
            commit = part.removeprefix("commit=")
    return commit, path
