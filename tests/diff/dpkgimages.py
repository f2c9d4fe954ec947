"""Images of several platforms with a dpkg database, made by the builder in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.imagebuilder import Document, ImageBuilder, Layout

if TYPE_CHECKING:
    from pathlib import Path

DEBIAN = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n'


def stanza(
    name: str,
    version: str,
    arch: str = "amd64",
    *,
    source: str = "",
    status: str = "install ok installed",
) -> str:
    """One package of `var/lib/dpkg/status`."""
    lines = [f"Package: {name}", f"Status: {status}", f"Architecture: {arch}"]
    lines += [f"Source: {source}"] if source else []
    return "\n".join([*lines, f"Version: {version}", "Description: x", ""])


def machine(platform: str, *stanzas: str, release: bytes = DEBIAN) -> ImageBuilder:
    """An image of one layer with these packages."""
    status = "\n".join(stanzas).encode()
    made = ImageBuilder().platform(platform)
    return made.layer({"etc/os-release": release, "var/lib/dpkg/status": status})


def layout(path: Path, *images: ImageBuilder | Document) -> Path:
    """A layout whose one tag leads to an index of these platforms."""
    made = Layout()
    made.add_index(images, ref_name="1.0")
    return made.write_dir(path)
