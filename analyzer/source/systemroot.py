"""What speaks for a root filesystem, in a tar or a directory: names at their usual places.

A root filesystem has no marker of its own, so it is told by what engines leave behind, by files
that say which system it is, or by several folders of the Filesystem Hierarchy Standard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from analyzer.paths import printable
from analyzer.source.base import BlobSource
from analyzer.source.directory import DirectorySource
from analyzer.source.tararchive import TarSource

_DOCKER_MARK = ".dockerenv"
"""An empty file that docker puts into every container (moby daemon/initlayer/setup_unix.go)."""
_MARKERS = (
    "run/.containerenv",  # podman export of a container that ran
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
)
"""Files of which one is enough."""
_BESIDE_A_PROGRAM = ("etc/passwd", "etc/ssl/certs/ca-certificates.crt")
"""With a program, often all that a small image has; alone it may be a copy of `/etc`."""
_KERNEL = frozenset({"dev", "proc", "sys"})
"""Mount points that engines make in every container; two of them are enough."""
_FOLDERS = frozenset({"bin", "etc", "usr", "lib", "sbin", "var", "root", "nix", "opt"})
_FOLDERS_NEEDED = 2
_SYSTEM = frozenset({"etc", "usr", "nix"})
"""One of the folders has to be one of these: homes and projects have `bin` and `lib` as well."""
_PREFIX = frozenset({"include", "share"})
"""What an installed program's own folder (`/usr/local`, a virtual environment) has beside `bin`."""

_PLATFORM = re.compile(
    r"(?P<os>linux|windows|darwin|freebsd|netbsd|openbsd|solaris|illumos|wasip1)(?P<version>\([^()]*\))?"
    r"_(?P<architecture>386|amd64|arm|arm64|loong64|mips|mipsle|mips64|mips64le|ppc64|ppc64le"
    r"|riscv64|s390x|wasm)(?:_(?P<variant>v[0-9.]+))?"
)
"""`linux/arm/v7` as a folder: BuildKit writes `_` for `/` (exporter/local, exporter/tar); the
version of the system may follow its name in parentheses (containerd/platforms, `FormatAll`)."""

_SHOWN = 5
_SEARCHED = 100


@dataclass(frozen=True, slots=True)
class SystemRoot:
    """A root filesystem: the `directory` it lies in, None for a tar.

    `folders` are those of the platforms, empty where it is only one root. `of_container` says that
    docker's mark of a container is in it.
    """

    directory: Path | None
    folders: tuple[str, ...]
    of_container: bool


def system_root(source: BlobSource, directory: Path | None) -> SystemRoot:
    """What `source`, which is a root filesystem, says of itself."""
    folders = () if is_system_root(source) else platform_folders(source)
    return SystemRoot(directory, folders, source.has(_DOCKER_MARK))


def is_system_root(source: BlobSource) -> bool:
    """Whether the names at the top of `source` speak for a root filesystem."""
    folders = top_folders(source)
    if source.has(_DOCKER_MARK) or len(folders & _KERNEL) > 1:
        return True
    if any(source.has(name) for name in _MARKERS if name.partition("/")[0] in folders):
        return True
    if len(top_names(source)) > 1 and any(map(source.has, _BESIDE_A_PROGRAM)):
        return True
    several = len(folders & _FOLDERS) >= _FOLDERS_NEEDED
    return several and bool(folders & _SYSTEM) and not folders & _PREFIX


def platform_folders(source: BlobSource) -> tuple[str, ...]:
    """The folders of BuildKit's output for several platforms, sorted; empty for all else.

    Nothing but such folders may stand at the top.
    """
    folders = top_folders(source)
    if not folders or folders != top_names(source):
        return ()
    return tuple(sorted(folders)) if all(map(_PLATFORM.fullmatch, folders)) else ()


def platform_parts(folder: str) -> tuple[str, str, str, str]:
    """Operating system, architecture, variant and version of the system that a folder names."""
    found = _PLATFORM.fullmatch(folder)
    if found is None:
        return "", "", "", ""
    version = (found["version"] or "").strip("()").partition("+")[0]
    return found["os"], found["architecture"], found["variant"] or "", version


def top_folders(source: BlobSource) -> frozenset[str]:
    """The folders at the top of a tar or directory, links to folders not among them."""
    if isinstance(source, TarSource | DirectorySource):
        return source.top_folders()
    return frozenset()


def top_names(source: BlobSource) -> frozenset[str]:
    """All names at the top of a tar or directory."""
    if isinstance(source, TarSource | DirectorySource):
        return source.top_names()
    return frozenset()


def what_is_there(source: BlobSource) -> str:
    """The first names at the top, for an error message."""
    names = sorted(top_names(source))
    folders = top_folders(source)
    if not names:
        return "nothing is in it"
    shown = [printable(f"{name}/" if name in folders else name)[:40] for name in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"at the top there is {', '.join(shown)}{more}"


def hint_for(source: BlobSource) -> str:
    """What to give instead of `source`, which is no image."""
    for folder in sorted(top_folders(source))[:_SEARCHED]:
        if any(source.has(f"{folder}/{name}") for name in _MARKERS):
            what = "unpack it and give that" if isinstance(source, TarSource) else "give that"
            return f"its folder {printable(folder)} looks like a root filesystem; {what}"
    return (
        "give a docker save file, an OCI layout, a skopeo dir: folder, or a root filesystem "
        "(its top folder, or a tar made there)"
    )
