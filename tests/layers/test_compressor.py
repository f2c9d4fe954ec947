"""Facts of the head of a compressed layer, against headers that real compressors wrote."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess

import pytest

from analyzer.codec import sniff
from analyzer.layers.compressor import compressor_facts
from tests.layers.streams import first_header
from tests.support.tools import unavailable


def facts(head: bytes) -> str:
    return compressor_facts(sniff(head), first_header(head))


def test_the_standard_library_writes_what_it_is_asked_to() -> None:
    file = io.BytesIO()
    with gzip.GzipFile("layer.tar", "wb", 9, file, mtime=77) as stream:
        stream.write(b"x")
    assert facts(file.getvalue()) == "gzip: OS 255, XFL 2, mtime 77, name 'layer.tar'"


@pytest.mark.parametrize(("level", "extra"), [("-1", 4), ("-6", 0), ("-9", 2)])
def test_the_gzip_program_through_a_pipe(level: str, extra: int) -> None:
    if shutil.which("gzip") is None:
        unavailable("gzip is not installed")
    head = subprocess.run(["gzip", level], input=b"x", capture_output=True, check=True).stdout
    assert facts(head) == f"gzip: OS 3, XFL {extra}, mtime 0"


def test_optional_fields_are_named() -> None:
    """Fields as RFC 1952 lays them out; the text is Latin-1 and never shown raw."""
    head = bytes.fromhex("1f8b081c000000000003") + b"\x04\0SGxx" + b"n\xe9\x1b\0" + b"why\0"
    assert facts(head) == (
        "gzip: OS 3, XFL 0, mtime 0, extra field of 4 bytes, name 'né\\x1b', comment 'why'"
    )


def test_other_codecs_are_only_named_and_none_is_empty() -> None:
    assert facts(b"\x28\xb5\x2f\xfd\x04\x00") == "zstd"
    assert facts(b"etc/") == ""
    assert facts(b"\x1f\x8b\x08") == "gzip"
