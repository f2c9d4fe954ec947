"""A table of contents that lies about content is found by every command that reads layers.

Whoever pulls such a layer piece by piece gets what the table names; who unpacks it, the tar.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from analyzer.problems import Code
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tocs import RICH, changed, chunked, estargz

WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd:chunked": lambda toc: chunked(RICH, toc),
    "estargz": lambda toc: estargz(RICH, toc),
}
COMMANDS = [("analyze",), ("packages",), ("layers",), ("files",), ("log", "bin/sh"), ("verify",)]
OTHER = "sha256:" + "0" * 64


def layout(path: Path, form: str, *, lies: bool) -> Path:
    toc = changed(RICH, lambda rows: rows[1].update(digest=OTHER) if lies else None)
    blob = WRITERS[form](toc)
    if form == "estargz":
        return ImageBuilder().layer(raw_blob=blob, raw_tar=gzip.decompress(blob)).write_oci(path)
    tar = zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read()
    return ImageBuilder().layer(raw_blob=blob, raw_tar=tar, codec="zstd").write_oci(path)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("form", WRITERS)
def test_every_command_says_so(tmp_path: Path, form: str, words: tuple[str, ...]) -> None:
    path = layout(tmp_path / "lies", form, lies=True)
    told = call(words[0], path, *words[1:], "-o", "json").said
    assert Code.TOC_MISMATCH.value in told
    assert f"digest of 'bin/sh': table '{OTHER}'" in told


@pytest.mark.parametrize("form", WRITERS)
def test_a_true_table_is_no_finding(tmp_path: Path, form: str) -> None:
    path = layout(tmp_path / "true", form, lies=False)
    for verb in ("analyze", "verify"):
        assert Code.TOC_MISMATCH.value not in call(verb, path, "-o", "json").said
