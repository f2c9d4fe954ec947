"""Media types of layers: what compression they claim, and what they are at all."""

from __future__ import annotations

import pytest

from analyzer.image import media


@pytest.mark.parametrize(
    ("media_type", "codec"),
    [
        ("application/vnd.oci.image.layer.v1.tar", "none"),
        ("application/vnd.oci.image.layer.v1.tar+gzip", "gzip"),
        ("application/vnd.oci.image.layer.v1.tar+zstd", "zstd"),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "gzip"),
        ("application/vnd.docker.image.rootfs.diff.tar", "none"),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"),
        ("application/vnd.docker.image.rootfs.diff.tar.zstd", "zstd"),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip"),
        ("application/vnd.oci.image.layer.v1.tar+xz", "unknown"),
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "unknown"),
        ("application/vnd.in-toto+json", None),
        ("application/vnd.wasm.content.layer.v1+wasm", None),
        ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", None),
        ("", None),
    ],
)
def test_a_layer_type_claims_a_compression_or_is_no_filesystem(
    media_type: str, codec: str | None
) -> None:
    assert media.layer_codec(media_type) == codec


def test_encrypted_and_foreign_layers_are_told_by_their_type() -> None:
    assert media.is_encrypted("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
    assert not media.is_encrypted("application/vnd.oci.image.layer.v1.tar+gzip")
    assert media.is_foreign("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    assert media.is_foreign("application/vnd.oci.image.layer.nondistributable.v1.tar")
    assert not media.is_foreign("application/vnd.oci.image.layer.v1.tar")
