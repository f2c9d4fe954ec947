"""An image whose packages rpm installed, and its successors: built by rpmbuild, rpm and umoci.

rpm installs for real, into the root that umoci unpacked, so it writes its database, renames
settings that were edited, and runs scripts; these are in rpm's own Lua, since there is no shell.
umoci makes a layer of each step.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support import rpms
from tests.support.tools import require_tool, run, unavailable

DATABASE = "var/lib/rpm"
_SPEC = """
Name: {name}
Version: {version}
Release: 1
Summary: {name}
License: MIT
BuildArch: noarch
{extra}
%description
{name}

%install
{install}
%files
{files}
"""


@dataclass(frozen=True)
class Rpm:
    """A package: contents by path, attributes of `%files` by path, more sections of its spec."""

    name: str
    version: str
    files: Mapping[str, str]
    attributes: Mapping[str, str]
    scripts: str = ""
    ghosts: tuple[str, ...] = ()

    def spec(self) -> str:
        """Its spec file."""
        lines = []
        for path, content in self.files.items():
            place = f"%{{buildroot}}/{path}"
            mode = "0755" if path.startswith("usr/bin/") else "0644"
            lines.append(f"mkdir -p $(dirname {place}); printf '%b' '{content}' > {place}")
            lines.append(f"chmod {mode} {place}")
        listed = [f"{self.attributes.get(path, '')} /{path}".strip() for path in self.files]
        listed += [f"%ghost /{path}" for path in self.ghosts]
        text = _SPEC.format(
            name=self.name,
            version=self.version,
            extra="",
            install="\n".join(lines),
            files="\n".join(listed),
        )
        return text.replace("%files", f"{self.scripts}\n%files")


def build(folder: Path, packages: Iterable[Rpm]) -> dict[str, Path]:
    """The packages by `NAME-VERSION`."""
    some = list(packages)
    found = {}
    for package in some:
        key = f"{package.name}-{package.version}"
        (found[key],) = rpms.build(folder / key, (package.spec(),))
    return found


def in_root(root: Path, *arguments: str | Path) -> str:
    """Let rpm work on the packages of a root, with their files and scripts."""
    if os.geteuid():
        unavailable("rpm installs into another root for root alone")
    command: list[str | Path] = [require_tool("rpm"), "--root", root, "--dbpath", f"/{DATABASE}"]
    # Debian's rpm keeps its lock, as its database, in the home of the user.
    options = ["-D", "_db_backend sqlite", "--define", f"_rpmlock_path /{DATABASE}/.rpm.lock"]
    done = run([*command, *options, *arguments], env={"LC_ALL": "C.UTF-8"})
    return done.stdout.decode()


INSTALL = ("--force-debian", "--nosignature", "--ignorearch", "--nodeps")
Step = tuple[str, Callable[[Path], object]]
"""What history says of a layer, and what is done in the root."""


class Images:
    """One layout in which each image goes on from another, a layer for each step."""

    def __init__(self, folder: Path) -> None:
        self._umoci = require_tool("umoci")
        self._folder = folder
        self.layout = folder / "layout"
        run([self._umoci, "init", "--layout", self.layout])

    def image(self, tag: str, steps: Iterable[Step], on: str = "") -> str:
        """Make `tag` out of `on`, or of nothing; its reference."""
        name = f"{self.layout}:{tag}"
        if on:
            run([self._umoci, "tag", "--image", f"{self.layout}:{on}", tag])
        else:
            run([self._umoci, "new", "--image", name])
        bundle = self._folder / f"bundle-{tag}"
        run([self._umoci, "unpack", "--image", name, bundle])
        for words, work in steps:
            work(bundle / "rootfs")
            told = ["--history.created_by", words, "--refresh-bundle"]
            run([self._umoci, "repack", "--image", name, *told, bundle])
        shutil.rmtree(bundle)
        return name

    def unpacked(self, tag: str) -> Path:
        """The root of an image, as umoci unpacks it."""
        bundle = self._folder / f"unpacked-{tag}"
        if not bundle.exists():
            run([self._umoci, "unpack", "--image", f"{self.layout}:{tag}", bundle])
        return bundle / "rootfs"
