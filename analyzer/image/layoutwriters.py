"""Which program probably wrote an OCI layout: by annotations, and by how its JSON is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.image.blobs import Blobs
from analyzer.image.evidence import Writer, json_at, listed
from analyzer.image.oci import CONTAINERD_NAME, REF_NAME

CONTAINERD_MARKER = b'{"imageLayoutVersion":"1.0.0"}'
CONTAINERS_MARKER = b'{"imageLayoutVersion": "1.0.0"}'
CREATED = "org.opencontainers.image.created"


def layout_writer(blobs: Blobs, *, both: bool) -> Writer | None:
    """The program that writes such layouts; `both` with docker's manifest.json beside."""
    marker = blobs.raw("oci-layout")
    annotations = list(_annotations(json_at(blobs, "index.json")))
    if any(str(found.get("kind", "")).startswith("dev.cosignproject") for found in annotations):
        return Writer("cosign save", ("entries of index.json say which kind they are",))
    if both and _has_layer_sources(blobs):
        return _with_layer_sources(marker)
    return (
        _by_annotations(annotations, both=both)
        or _by_index(blobs, annotations)
        or _by_marker(marker, both=both)
    )


def _with_layer_sources(marker: bytes) -> Writer:
    """Moby daemon/internal/image/tarexport/save.go; regclient image.go, `ImageExport`."""
    evidence = "manifest.json has LayerSources"
    if marker == CONTAINERD_MARKER:
        return Writer("regctl image export", (evidence, "the spelling of oci-layout"))
    return Writer("docker 25 or later, graphdriver store", (evidence, "an index.json beside it"))


def _by_annotations(annotations: Sequence[Mapping[str, Any]], *, both: bool) -> Writer | None:
    names = {name for found in annotations for name in found}
    if CREATED in names and CONTAINERD_NAME in names:
        return Writer("BuildKit (docker buildx)", ("index.json has the time of the export",))
    if CONTAINERD_NAME in names:
        registry = any(name.startswith("containerd.io/distribution.source.") for name in names)
        more = ("annotations of a registry that content went through",) if registry else ()
        what = "docker with the containerd store, or ctr" if both else "containerd"
        return Writer(what, ("index.json has containerd's image names", *more))
    if CREATED not in names:
        return None
    # regctl dates each entry (regclient scheme/ocidir/ocidir.go, `indexSet`) and gives it a tag;
    # BuildKit dates the only one, which has no name if it was told none.
    evidence = "entries of index.json have the time they were made"
    if REF_NAME in names and all(CREATED in found for found in annotations):
        return Writer("regctl (ocidir)", (evidence, "and a tag, but no full name"))
    return Writer("BuildKit (docker buildx), or regctl (ocidir)", (evidence,))


def _by_index(blobs: Blobs, annotations: Sequence[Mapping[str, Any]]) -> Writer | None:
    """By how index.json is written, where `oci-layout` alone would mislead."""
    raw, marker = blobs.raw("index.json"), blobs.raw("oci-layout")
    index = json_at(blobs, "index.json")
    typed = isinstance(index, dict) and "mediaType" in index
    full = any(":" in str(found.get(REF_NAME, "")) for found in annotations)
    if marker == CONTAINERS_MARKER and typed and full:
        return Writer(
            "Jib",
            ("the spelling of oci-layout", "index.json has a mediaType, and the full name as tag"),
        )
    # regctl's layout, whose index.json jq wrote anew (rules_oci oci/private/image.sh, pull.bzl).
    if marker == CONTAINERD_MARKER and raw.startswith(b'{\n  "') and raw.endswith(b"}\n"):
        return Writer("Bazel rules_oci", ("index.json is indented, oci-layout is not",))
    if marker == CONTAINERD_MARKER and _lists_referrers(blobs, index):
        return Writer(
            "oras", ("index.json has an entry for each manifest that is about another one",)
        )
    return None


def _lists_referrers(blobs: Blobs, index: object) -> bool:
    """oras-go content/oci/oci.go, `saveIndex`: untagged manifests have entries too."""
    for entry in listed(index.get("manifests") if isinstance(index, dict) else None):
        digest = entry.get("digest") if isinstance(entry, dict) else None
        if not isinstance(digest, str) or entry.get("annotations"):
            continue
        value = blobs.peek(f"blobs/{digest.replace(':', '/', 1)}")
        if isinstance(value, dict) and "subject" in value:
            return True
    return False


def _by_marker(marker: bytes, *, both: bool) -> Writer | None:
    """By the exact bytes of `oci-layout`, which hint at the library that wrote it."""
    if marker == CONTAINERS_MARKER:
        return Writer("skopeo, podman or buildah", ("the spelling of oci-layout",))
    if marker == CONTAINERD_MARKER:
        what = "containerd, docker with the containerd store or BuildKit"
        name = what if both else "a newer skopeo, podman or buildah, umoci, oras or containerd"
        return Writer(name, ("the spelling of oci-layout",))
    if marker.startswith(b"{\n "):
        return Writer(
            "go-containerregistry (crane, ko, kaniko, pack)",
            ("oci-layout is written over several lines",),
        )
    return None


def _has_layer_sources(blobs: Blobs) -> bool:
    items = listed(json_at(blobs, "manifest.json"))
    return any(isinstance(item, dict) and "LayerSources" in item for item in items)


def _annotations(index: object) -> Iterator[Mapping[str, Any]]:
    manifests = index.get("manifests") if isinstance(index, dict) else None
    for entry in listed(manifests):
        found = entry.get("annotations") if isinstance(entry, dict) else None
        if isinstance(found, dict):
            yield found
