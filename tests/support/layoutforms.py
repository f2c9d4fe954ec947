"""OCI layouts as cosign, oras, regctl, kaniko and pack write them, member for member.

Each function follows the source that its docstring names; what a builder knows is the bytes of
`oci-layout` and `index.json`, which entries there are, and their annotations.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tests.support.artifacts import artifact
from tests.support.codecs import compact
from tests.support.documents import (
    CONTAINERD_NAME,
    OCI_INDEX,
    REF_NAME,
    Document,
    Image,
    Index,
    make_index,
)
from tests.support.layouts import OCI_LAYOUT, Layout, blob_path
from tests.support.tarbytes import Entry as Member
from tests.support.tarbytes import tar_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

GGCR_MARKER = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
"""go-containerregistry pkg/v1/layout/write.go, `layoutFile`."""
#: A document, and the annotations that its entry gets.
Entry = tuple[Document, dict[str, str]]


def ggcr_layout(path: Path, entries: Iterable[Entry], unlisted: Sequence[Document] = ()) -> Path:
    """go-containerregistry pkg/v1/layout/write.go, `AppendImage` and `AppendDescriptor`.

    index.json is indented by three blanks; a descriptor's artifactType is that of the manifest,
    else the media type of its config (pkg/v1/partial/with.go, `Descriptor`).
    """
    layout = Layout()
    manifests = []
    for document, notes in entries:
        layout.add(document, platform=False)
        manifests.append(_ggcr_descriptor(document, notes))
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    for document in unlisted:
        for digest, data in document.all_blobs().items():
            layout.extra_blob(data, digest)
    layout.replace("index.json", json.dumps(index, indent=3).encode())
    return layout.replace("oci-layout", GGCR_MARKER).write_dir(path)


def _ggcr_descriptor(document: Document, notes: Mapping[str, str]) -> dict[str, Any]:
    manifest = json.loads(document.raw)
    entry: dict[str, Any] = {
        "mediaType": document.media_type,
        "size": len(document.raw),
        "digest": document.digest,
    }
    if notes:
        entry["annotations"] = dict(notes)
    if "config" in manifest:
        entry["artifactType"] = manifest.get("artifactType") or manifest["config"]["mediaType"]
    return entry


def cosign_save(
    path: Path,
    image: Document,
    sigs: Document | None = None,
    atts: Document | None = None,
    referrers: Sequence[Document] = (),
) -> Path:
    """`cosign save --dir`: pkg/oci/layout/write.go, `WriteSignedImage`, `WriteSignedImageIndex`.

    Referrers are saved first (cmd/cosign/cli/save.go, `SaveCmd`), each with an index.json of its
    own that the next one replaces: their blobs stay, their entries do not.
    """
    kind = "imageIndex" if isinstance(image, Index) else "image"
    parts = [(image, kind), (sigs, "sigs"), (atts, "atts")]
    entries = [
        (document, {"kind": f"dev.cosignproject.cosign/{what}"})
        for document, what in parts
        if document is not None
    ]
    return ggcr_layout(path, entries, referrers)


def kaniko_layout(path: Path, image: Image) -> Path:
    """`--oci-layout-path`: kaniko pkg/executor/push.go, `DoPush`; no name is written."""
    return ggcr_layout(path, [(image, {})])


def pack_layout(path: Path, image: Image) -> Path:
    """`pack build oci:NAME`: imgutil layout/save.go and layout/util.go, `ImageRefAnnotation`."""
    return ggcr_layout(path, [(image, {REF_NAME: "latest"})])


def oras_layout(path: Path, tagged: Mapping[str, Document], others: Sequence[Document]) -> Path:
    """`oras copy -r --to-oci-layout` and `oras backup --include-referrers`.

    oras-go content/oci/oci.go, `saveIndex`: tagged manifests with ref.name, then all other
    manifests that were pushed, without; index.json and oci-layout by Go's json.Marshal.
    """
    layout = Layout()
    for tag, document in tagged.items():
        layout.add(document, ref_name=tag, platform=False)
    for document in others:
        layout.add(document, platform=False)
    return layout.write_dir(path)


def regctl_dir(path: Path, tag: str, image: Document, referrers: Sequence[Document]) -> Path:
    """`regctl image copy --referrers IMAGE ocidir://PATH:TAG`.

    regclient scheme/ocidir/ocidir.go, `indexCreate` and `indexSet`: entries have the time they
    were made; scheme/ocidir/referrer.go, `referrerPut`: referrers stand in an index under the
    fallback tag of types/referrer/referrer.go, `FallbackTag`, and in no entry of their own.
    """
    created = {"org.opencontainers.image.created": "2026-08-01T10:00:00Z"}
    listed = fallback_list(referrers)
    layout = Layout()
    layout.add(image, ref_name=tag, platform=False, annotations=created)
    name = image.digest.replace(":", "-")
    layout.add(listed, ref_name=name, platform=False, annotations=created)
    return layout.write_dir(path)


def fallback_list(referrers: Sequence[Document]) -> Index:
    """An index of referrers, whose entries state artifact types (distribution-spec v1.1)."""
    listed = make_index(referrers, platform=False)
    document = json.loads(listed.raw)
    for entry, one in zip(document["manifests"], referrers, strict=True):
        manifest = json.loads(one.raw)
        entry["artifactType"] = manifest.get("artifactType") or manifest["config"]["mediaType"]
    return make_index(referrers, platform=False, changes={"manifests": document["manifests"]})


def files(*names: str) -> Document:
    """`oras push PATH FILE...` without a type (oras-go pack.go, `PackManifest`)."""
    title = "org.opencontainers.image.title"
    layer = "application/vnd.oci.image.layer.v1.tar"
    parts = [(layer, name.encode(), {title: name}) for name in names]
    return artifact(parts, artifact_type="application/vnd.unknown.artifact.v1")


def regctl_export(path: Path, name: str, image: Image) -> Path:
    """`regctl image export`: regclient image.go, `ImageExport`; a tar.

    LayerSources is keyed by the digest of the layer as stored, and there is no `repositories`.
    """
    members: dict[str, Member] = {"oci-layout": OCI_LAYOUT}
    entry = image.descriptor(
        {CONTAINERD_NAME: name, REF_NAME: name.rpartition(":")[2]}, platform=False
    )
    members["index.json"] = compact({"schemaVersion": 2, "manifests": [entry]})
    item = {
        "Config": blob_path(image.image_id),
        "RepoTags": [name],
        "Layers": [blob_path(layer.digest) for layer in image.layers],
        "LayerSources": {layer.digest: layer.descriptor() for layer in image.layers},
    }
    members["manifest.json"] = compact([item])
    members |= {blob_path(digest): data for digest, data in image.all_blobs().items()}
    path.write_bytes(tar_bytes(members))
    return path


def rules_oci_image(path: Path, image: Image, links: Path | None = None) -> Path:
    """`oci_image`: rules_oci oci/private/image.sh; regctl's layout, index.json rewritten by jq.

    With `links` the layers lie there and the layout has symbolic links (`add_layer`).
    """
    layout = Layout()
    layout.add(image, platform=False)
    index = json.loads(layout.index_json)
    layout.replace("index.json", json.dumps(index, indent=2).encode() + b"\n")
    layout.write_dir(path)
    for layer in image.layers if links is not None else ():
        assert links is not None
        links.mkdir(parents=True, exist_ok=True)
        stored = path / blob_path(layer.digest)
        target = stored.rename(links / layer.digest[7:])
        stored.symlink_to(os.path.relpath(target, stored.parent))
    return path
