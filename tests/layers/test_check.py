"""Declared against measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.digest import DiffId, Digest, digest_bytes
from analyzer.image.model import LayerRef, Measured
from analyzer.layers.check import check_layer
from analyzer.problems import Code

BLOB, TAR, OTHER = digest_bytes(b"blob"), digest_bytes(b"tar"), digest_bytes(b"other")
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER = LayerRef(0, "blob", BLOB, 4, GZIP, DiffId(TAR), "RUN true")
MEASURED = Measured(BLOB, 4, DiffId(TAR), 3, "gzip")


def codes(layer: LayerRef, measured: Measured) -> list[Code]:
    return [problem.code for problem in check_layer(layer, measured)]


def test_kept_promises_are_no_problems() -> None:
    assert codes(LAYER, MEASURED) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"digest": OTHER}, Code.DIGEST_MISMATCH),
        ({"size": 5}, Code.SIZE_MISMATCH),
        ({"size": 0}, Code.SIZE_MISMATCH),
        ({"diff_id": DiffId(OTHER)}, Code.DIFF_ID_MISMATCH),
        ({"compression": "zstd"}, Code.COMPRESSION_MISMATCH),
    ],
)
def test_each_broken_promise_is_told(changed: dict[str, object], code: Code) -> None:
    problems = list(check_layer(LAYER, replace(MEASURED, **changed)))  # type: ignore[arg-type]
    assert [problem.code for problem in problems] == [code]
    assert problems[0].where == "blob"


def test_what_was_not_declared_is_not_checked() -> None:
    silent = LayerRef(0, "blob", None, None, "", None, "")
    assert codes(silent, MEASURED) == []


def test_what_could_not_be_read_breaks_no_promise() -> None:
    assert codes(LAYER, Measured(compression="gzip")) == []


def test_a_digest_of_another_algorithm_is_not_checked() -> None:
    assert codes(replace(LAYER, digest=Digest("blake3:" + "0" * 64)), MEASURED) == []


def test_unknown_media_types_claim_no_compression() -> None:
    assert codes(replace(LAYER, media_type="application/x"), MEASURED) == []
