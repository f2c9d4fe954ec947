"""Manifests of things that are no image: OCI image-spec v1.1, manifest.md, "Artifact Usage"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.codecs import compact, sha256
from tests.support.documents import OCI_CONFIG, OCI_MANIFEST, Document, Json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EMPTY = "application/vnd.oci.empty.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"

#: Media type, bytes and annotations of a layer.
Part = tuple[str, bytes, dict[str, str]]


def artifact(
    layers: Sequence[Part] = (),
    *,
    artifact_type: str = "",
    config: tuple[str, bytes] = (EMPTY, b"{}"),
    subject: Document | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Document:
    """An image manifest used for an artifact, with members in the order of the Go structs."""
    media_type, config_bytes = config
    document: Json = {"schemaVersion": 2, "mediaType": OCI_MANIFEST}
    if artifact_type:
        document["artifactType"] = artifact_type
    document["config"] = _descriptor(media_type, config_bytes)
    document["layers"] = [
        _descriptor(kind, data) | ({"annotations": notes} if notes else {})
        for kind, data, notes in layers
    ]
    if subject is not None:
        document["subject"] = {
            "mediaType": subject.media_type,
            "digest": subject.digest,
            "size": len(subject.raw),
        }
    if annotations:
        document["annotations"] = dict(annotations)
    blobs = {sha256(data): data for data in (config_bytes, *(data for _, data, _ in layers))}
    return Document(compact(document), OCI_MANIFEST, blobs)


def signature(image: Document) -> Document:
    """What `cosign sign` pushes: an image's config around layers of payloads.

    cosign pkg/oci/static/signature.go and internal/pkg/cosign/payload: one layer for each
    signature, with the signature itself in an annotation.
    """
    payload = compact(
        {
            "critical": {
                "identity": {"docker-reference": "example.com/app"},
                "image": {"docker-manifest-digest": image.digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )
    part = (SIMPLE_SIGNING, payload, {"dev.cosignproject.cosign/signature": "MEUCIQ=="})
    return artifact([part], config=(OCI_CONFIG, _config_over(payload)))


def signed_attestation(image: Document) -> Document:
    """What `cosign attest` pushes: DSSE envelopes (cosign cmd/cosign/cli/attest)."""
    envelope = compact({"payloadType": "application/vnd.in-toto+json", "payload": image.digest})
    notes = {"dev.cosignproject.cosign/signature": "", "predicateType": "https://spdx.dev/Document"}
    return artifact([(DSSE, envelope, notes)], config=(OCI_CONFIG, _config_over(envelope)))


def bundle(image: Document, predicate: str = "https://sigstore.dev/cosign/sign/v1") -> Document:
    """What cosign 3 pushes as a referrer (cosign pkg/oci/remote/write.go)."""
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    return artifact(
        [(kind, compact({"mediaType": kind}), {})],
        artifact_type=kind,
        subject=image,
        annotations={
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate,
        },
    )


def sbom(image: Document | None = None, text: bytes = b'{"spdxVersion":"SPDX-2.3"}') -> Document:
    """What `oras attach --artifact-type application/spdx+json IMAGE sbom.json` pushes."""
    part = ("application/json", text, {"org.opencontainers.image.title": "sbom.json"})
    return artifact([part], artifact_type="application/spdx+json", subject=image)


def chart() -> Document:
    """What `helm push` sends (helm pkg/registry/client.go)."""
    return artifact(
        [("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"chart", {})],
        config=("application/vnd.cncf.helm.config.v1+json", b'{"name":"app","version":"1"}'),
    )


def _config_over(data: bytes) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [sha256(data)]}
    return compact({"architecture": "", "created": "0001-01-01T00:00:00Z", "rootfs": rootfs})


def _descriptor(media_type: str, data: bytes) -> Json:
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}
