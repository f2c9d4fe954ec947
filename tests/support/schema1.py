"""Docker schema 1 manifests as skopeo writes them, and other places for them to lie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer.image.media import OCI_INDEX
from tests.support.imagebuilder import Layout, compact
from tests.support.tools import require_tool, run

SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def skopeo(*words: str | Path) -> str:
    """What skopeo prints."""
    return run([require_tool("skopeo"), *words]).stdout.decode().strip()


def convert(source: str, target: Path, *words: str) -> Path:
    """A `dir:` copy of `source` with a schema 1 manifest, or in the format that `words` ask for."""
    copy = ("copy", "--insecure-policy", "--quiet", *(words or ("--format", "v2s1")))
    skopeo(*copy, source, f"dir:{target}")
    return target


def manifest_digest(path: Path) -> str:
    """The digest of a manifest as skopeo computes it."""
    return skopeo("manifest-digest", path)


@dataclass(frozen=True)
class Stored:
    """A `dir:` copy with its manifest, and the digest that skopeo gives that."""

    folder: Path

    @property
    def path(self) -> Path:
        """The manifest file."""
        return self.folder / "manifest.json"

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return self.path.read_bytes()

    @property
    def value(self) -> dict[str, Any]:
        """It, parsed."""
        value: dict[str, Any] = json.loads(self.raw)
        return value

    @property
    def digest(self) -> str:
        """What skopeo calls it by."""
        return manifest_digest(self.path)

    @property
    def blobs(self) -> list[str]:
        """`blobSum` of every entry, bottom first."""
        return [entry["blobSum"] for entry in reversed(self.value["fsLayers"])]

    @property
    def descriptor(self) -> dict[str, Any]:
        """As an index would list it."""
        return {"mediaType": SIGNED, "digest": self.digest, "size": len(self.raw)}

    def layout(self, **changes: object) -> Layout:
        """An OCI layout that lists the manifest, by the digest of what was signed."""
        entry = self.descriptor | changes
        return self._filled(str(entry["digest"])).add_descriptor(entry)

    def nested(self) -> tuple[Layout, str]:
        """The same below an index that `index.json` leads to, and the digest of that index."""
        layout = self._filled(self.digest)
        inner = compact({"schemaVersion": 2, "manifests": [self.descriptor]})
        digest = layout.extra_blob(inner)
        entry = {"mediaType": OCI_INDEX, "digest": digest, "size": len(inner)}
        return layout.add_descriptor(entry), digest

    def _filled(self, name: str) -> Layout:
        layout = Layout()
        for digest in dict.fromkeys(self.blobs):
            layout.extra_blob((self.folder / digest.partition(":")[2]).read_bytes(), digest)
        layout.extra_blob(self.raw, name)
        return layout
