"""npm itself for tests: the one that is installed, else that of the real image of languages.

CI has no npm: Debian's brings five hundred packages along. The image of
`scripts/language_image.py` has npm as its registry hands it out, which any Node can run.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from pathlib import Path

from tests.support.realimages import LANGUAGES, real_image
from tests.support.tools import require_tool, unavailable

_FOLDER = "usr/local/lib/node_modules/npm/"


def npm_command(work: Path) -> list[str | Path]:
    """What to run npm with; it is unpacked below `work` where it has to be."""
    if program := shutil.which("npm"):
        return [program]
    command = work / "npm" / "bin" / "npm-cli.js"
    if not command.exists():
        _unpack(real_image(LANGUAGES), work / "npm")
    return [require_tool("node"), command]


def _unpack(layout: Path, target: Path) -> None:
    index = _json(layout / "index.json")
    while "layers" not in index:
        index = _json(_blob(layout, index["manifests"][0]["digest"]))
    for layer in index["layers"]:
        data = _blob(layout, layer["digest"]).read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                path = member.name.removeprefix("./")
                if member.isfile() and path.startswith(_FOLDER):
                    place = target / path.removeprefix(_FOLDER)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    content = tar.extractfile(member)
                    assert content is not None
                    place.write_bytes(content.read())
        if target.exists():
            return
    unavailable("the image of languages has no npm")


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _json(path: Path) -> dict[str, list[dict[str, str]]]:
    loaded: dict[str, list[dict[str, str]]] = json.loads(path.read_bytes())
    return loaded
