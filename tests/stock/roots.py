"""Root filesystems that dpkg itself installed packages into, tampered with afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.tools import require_tool, run

CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.com>
Description: made for a test
"""


def build_deb(
    folder: Path, name: str, version: str, files: Mapping[str, bytes], links: Mapping[str, str]
) -> Path:
    """A package with these files; those below `etc` are its configuration."""
    tree = folder / f"{name}-{version}"
    control = tree / "DEBIAN"
    control.mkdir(parents=True)
    (control / "control").write_text(CONTROL.format(name=name, version=version))
    for path, data in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(0o755 if "/bin/" in f"/{path}" else 0o644)
    for path, target in links.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
    config = [f"/{path}\n" for path in files if path.startswith("etc/")]
    (control / "conffiles").write_text("".join(config))
    sums = run(["md5sum", *(path for path in files if not path.startswith("etc/"))], cwd=tree)
    (control / "md5sums").write_bytes(sums.stdout)
    deb = folder / f"{name}_{version}_all.deb"
    run([require_tool("dpkg-deb"), "--root-owner-group", "--build", tree, deb])
    return deb


def empty_root(root: Path) -> Path:
    """A place that dpkg can install into, with `/usr` merged."""
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "usr/lib", "usr/bin", "etc"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_bytes(b"")
    (root / "var/lib/dpkg/arch").write_text("amd64\n")
    (root / "bin").symlink_to("usr/bin")
    (root / "lib").symlink_to("usr/lib")
    (root / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    return root


def install(root: Path, *debs: Path) -> None:
    """Let dpkg unpack and configure packages below `root`."""
    options = ("--root", root, "--force-script-chrootless", "--log=/dev/null")
    run([require_tool("dpkg"), *options, "--install", *debs])
