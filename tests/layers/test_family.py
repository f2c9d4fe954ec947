"""Families of compressors, each asked of a header that the program itself wrote here."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

import pytest

from analyzer.codec import sniff
from analyzer.layers.compressor import compressor_facts
from analyzer.layers.family import family
from tests.layers.streams import first_header
from tests.support.tools import require_tool, run


def of(head: bytes) -> str:
    codec = sniff(head)
    return family(codec.value, compressor_facts(codec, first_header(head)))


@pytest.mark.parametrize("level", ["-1", "-6", "-9"])
def test_gzip_given_a_file(level: str, tmp_path: Path) -> None:
    path = tmp_path / "layer.tar"
    path.write_bytes(b"x" * 99)
    written = run([require_tool("gzip"), level, "-c", path]).stdout
    assert of(written) == "gzip, probably gzip or pigz"


def test_gzip_told_to_leave_name_and_time_out(tmp_path: Path) -> None:
    path = tmp_path / "layer.tar"
    path.write_bytes(b"x" * 99)
    written = run([require_tool("gzip"), "-n", "-c", path]).stdout
    assert of(written) == "gzip, probably gzip in a pipe, or zlib"


def test_zlib() -> None:
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    head = stream.compress(b"x") + stream.flush()
    assert of(head) == "gzip, probably gzip in a pipe, or zlib"


def test_python() -> None:
    file = io.BytesIO()
    with gzip.GzipFile("layer.tar", "wb", 9, file) as stream:
        stream.write(b"x")
    assert of(file.getvalue()) == "gzip, probably Python"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        # pigz 2.6, given a file and in a pipe.
        ("1f8b0808a7e8006b0003", "gzip, probably gzip or pigz"),
        ("1f8b0800a7e8006b0003", "gzip, probably gzip or pigz"),
        # A layer of skopeo 1.9.3 (oci:), podman 4.3.1 (oci-archive) and umoci 0.4.7 alike.
        ("1f8b080000096e8800ff", "gzip, probably skopeo, buildah, podman or umoci"),
        # A layer that `docker push` of 20.10.24 made: shared/samples/skopeo-dir.tar.
        ("1f8b08000000000000ff", "gzip, probably Go (docker, BuildKit, crane)"),
        ("1f8b0800000000000000", "gzip, probably Java before 16 (Jib)"),
        ("1f8b080000000000000b", "gzip, writer not known (OS 11)"),
        ("28b52ffd046840000062", "zstd"),
        ("6574632f000000000000", "uncompressed"),
    ],
)
def test_recorded_heads(head: str, words: str) -> None:
    assert of(bytes.fromhex(head) + b"\0") == words  # the end of a name, which was left out


def test_a_layer_that_was_not_read() -> None:
    assert family("", "") == "not read"
