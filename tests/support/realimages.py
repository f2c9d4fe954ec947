"""The images that `scripts/build_real_images.py` made, and what other tools say of them.

The folder is the one in the environment variable OCISCOPE_REAL_IMAGES, else
`.cache/real-images` of the repository. Without it tests skip, or fail in CI, just as
with a missing tool.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.support.tools import ROOT, unavailable

FOLDER = "OCISCOPE_REAL_IMAGES"

#: Every image the script makes.
NAMES = (
    "oci-layout",
    "docker-archive-amd64",
    "docker-archive-arm64",
    "oci-archive-amd64",
    "oci-archive-arm64",
    "oci-archive-zstd-amd64",
    "oci-archive-zstd-arm64",
    "dir-arm64",
    "docker-save",
    "podman-docker-archive",
    "podman-oci-archive",
)

LANGUAGES = "languages"
"""The image of `scripts/language_image.py`, which has a stamp of its own."""

SUCCESSOR = "successor"
"""The three layouts of `scripts/successor_image.py`, which has a stamp of its own."""


def successor(name: str) -> Path:
    """The layout `before`, `after` or `again`."""
    return _folder(SUCCESSOR) / name


def successor_tree(name: str) -> list[dict[str, Any]]:
    """Its merged tree as umoci unpacked it, by path."""
    path = _folder(SUCCESSOR) / f"tree-{name}.json"
    entries: list[dict[str, Any]] = json.loads(path.read_bytes())
    return entries


def _folder(name: str) -> Path:
    root = Path(os.environ.get(FOLDER) or ROOT / ".cache/real-images")
    if name in {LANGUAGES, SUCCESSOR}:
        if not (root / name / "stamp.json").exists():
            script = {LANGUAGES: "language_image", SUCCESSOR: "successor_image"}[name]
            unavailable(f"the image is not built, see scripts/{script}.py")
        return root / name
    if not (root / "stamp.json").exists():
        unavailable("the real images are not built, see scripts/build_real_images.py")
    if name not in NAMES:
        raise ValueError(f"no real image is called {name!r}, there are {', '.join(NAMES)}")
    return root / name


def real_image(name: str) -> Path:
    """Path of an image: a directory or a tar, whatever the name stands for."""
    folder = _folder(name)
    archive = folder / "image.tar"
    return archive if archive.exists() else folder / "image"


def expected(name: str) -> dict[str, Any]:
    """What skopeo, dpkg-query, docker or podman said about an image."""
    document: dict[str, Any] = json.loads((_folder(name) / "expected.json").read_bytes())
    return document


def expected_tree(architecture: str) -> list[dict[str, Any]]:
    """The merged tree of one platform of `oci-layout` as umoci unpacked it, by path."""
    path = _folder("oci-layout") / f"tree-{architecture}.json"
    entries: list[dict[str, Any]] = json.loads(path.read_bytes())
    return entries
