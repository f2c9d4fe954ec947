"""A tree is written only where each of its layers is proven, also those without any content."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.harness import call, program
from tests.extract.hosts import names_in
from tests.support.codecs import sha256
from tests.support.imagebuilder import Dir, ImageBuilder, Layout, Link, tar_bytes
from tests.support.layouts import blob_path
from tests.support.saves import save_entries
from tests.support.tarbytes import BLOCK, Entries
from tests.support.tools import require_tool, run

LOWER: Entries = {"a": b"deleted later", "kept": b"1"}
UPPER: Entries = {"d/": Dir(), "l": Link("d"), ".wh.a": b"", "m": Link("x")}
"""Has no content, so that nothing of it is read to write the tree."""
OTHER = "sha256:" + "5" * 64


def _bent_header() -> bytes:
    """The layer with one bit of its whiteout's header flipped."""
    tar = bytearray(tar_bytes(UPPER))
    tar[2 * BLOCK + 150] ^= 4
    return bytes(tar)


def _layout(upper: Callable[[ImageBuilder], ImageBuilder], folder: Path) -> Path:
    return upper(ImageBuilder().layer(LOWER)).write_oci(folder / "layout", ref_name="v")


def _without_upper(folder: Path) -> Path:
    built = ImageBuilder().layer(LOWER).layer(UPPER).build()
    layout = Layout()
    layout.add(built, ref_name="v")
    return layout.omit(built.layer_digests[1]).write_dir(folder / "layout")


def _cut(folder: Path) -> Path:
    """The stored layer ends before its last member."""
    built = ImageBuilder().layer(LOWER).layer(UPPER, codec="none").build()
    layout = Layout()
    layout.add(built, ref_name="v")
    path = layout.write_dir(folder / "layout")
    blob = path / blob_path(built.layer_digests[1])
    blob.write_bytes(blob.read_bytes()[: 3 * BLOCK])
    return path


def _one_diff_id_more(builder: ImageBuilder) -> ImageBuilder:
    known = [sha256(tar_bytes(entries)) for entries in (LOWER, UPPER)]
    return builder.layer(UPPER).config(rootfs={"type": "layers", "diff_ids": [*known, OTHER]})


CASES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a header damaged by its maker": (
        lambda folder: _layout(lambda b: b.layer(raw_tar=_bent_header()), folder),
        "layer 1 cannot be proven: damaged tar header at byte 1024",
        "header-damaged",
    ),
    "not in the file": (
        _without_upper,
        "layer 1 cannot be proven: it is not in the file",
        "blob-missing",
    ),
    "another digest": (
        lambda folder: _layout(lambda b: b.layer(UPPER, declare_digest=OTHER), folder),
        "layer 1 cannot be proven: ",
        "",
    ),
    "another diff ID": (
        lambda folder: _layout(lambda b: b.layer(UPPER, declare_diff_id=OTHER), folder),
        f"layer 1 cannot be proven: the config declares {OTHER}",
        "diff-id-mismatch",
    ),
    "cut off": (_cut, "layer 1 cannot be proven: ", ""),
    "one that only the config knows": (
        lambda folder: _layout(_one_diff_id_more, folder),
        "2 layers, but 3 diff IDs in the config",
        "layer-count-mismatch",
    ),
}
"""What is wrong with the upper layer. umoci unpacks none of them but the last, which containerd
refuses ("number of layers and diffIDs don't match", core/unpack/unpacker.go)."""


@pytest.mark.parametrize("name", CASES)
def test_one_layer_that_is_not_proven_keeps_all_back(name: str, tmp_path: Path) -> None:
    write, words, code = CASES[name]
    layout = write(tmp_path)
    for destination in ("root", "root.tar"):
        answer = call("export", layout, tmp_path / destination)
        assert (answer.code, answer.out) == (2, b"")
        assert words in answer.err
        assert f"[{code}" in answer.err
        assert "hint: nothing was written; find a whole copy of the image" in answer.err
    piped = program("export", layout, "-")
    assert (piped.code, piped.out) == (2, b"")
    assert names_in(tmp_path) == ["layout"]
    if code == "layer-count-mismatch":
        return
    unpack = [require_tool("umoci"), "unpack", "--image", f"{layout}:v"]
    assert run([*unpack, tmp_path / "bundle"], check=False).returncode != 0


@pytest.mark.parametrize("name", CASES)
def test_what_is_there_is_written_when_asked_for_and_loudly_so(name: str, tmp_path: Path) -> None:
    write, words, _ = CASES[name]
    answer = call("export", write(tmp_path), tmp_path / "root", "--unverified")
    assert answer.code in {1, 3}
    said = [line for line in answer.err.splitlines() if "NOT PROVEN: " in line]
    assert words in said[0]
    assert "what was written may not be what the image was made of" in said[-1]
    assert (tmp_path / "root" / "kept").read_bytes() == b"1"


def test_a_tar_is_not_made_of_what_is_unproven(tmp_path: Path) -> None:
    layout = _without_upper(tmp_path)
    for destination in ("-", tmp_path / "root.tar"):
        answer = call("export", layout, destination, "--unverified")
        assert (answer.code, answer.out) == (2, b"")
        assert "a tar of what is unproven is not made" in answer.err


def test_all_that_are_not_proven_are_counted(tmp_path: Path) -> None:
    builder = ImageBuilder().layer(LOWER)
    for _ in range(2):
        builder.layer(UPPER, declare_diff_id=OTHER)
    answer = call("export", builder.write_oci(tmp_path / "layout"), tmp_path / "root")
    assert answer.code == 2
    assert "layer 1 cannot be proven" in answer.err
    assert "hint: and so it is with 1 more; nothing was written" in answer.err


def test_no_other_copy_is_looked_for_where_it_would_not_help(tmp_path: Path) -> None:
    limited = ImageBuilder().layer(dict.fromkeys("abc", b"")).write_oci(tmp_path / "limited")
    kind = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
    builder = ImageBuilder().layer(LOWER).layer(raw_blob=b"cipher", media_type=kind)
    for path, more, words in (
        (limited, ("--limit", "layer_entries=2"), "raise it with --limit layer_entries=N"),
        (builder.write_oci(tmp_path / "secret"), (), "layer 1 cannot be proven: it is encrypted"),
    ):
        answer = call("export", path, tmp_path / "root", *more)
        assert (answer.code, answer.out) == (2, b"")
        assert words in answer.err
        assert "hint: nothing was written; take a folder as DEST" in answer.err


def test_layers_without_a_digest_in_an_archive_that_is_cut_off(tmp_path: Path) -> None:
    """As before docker 1.10: no config has a diff ID; what is left of a layer ends silently."""
    image = ImageBuilder().layer(LOWER).layer(UPPER).build()
    entries = save_entries([(image, ("r:1",))], "legacy")
    old = {name: entry for name, entry in entries.items() if not name.endswith(".json")}
    (tmp_path / "whole.tar").write_bytes(tar_bytes(old))
    assert call("export", tmp_path / "whole.tar", tmp_path / "whole").code == 0
    with tarfile.open(tmp_path / "whole.tar") as tar:
        last = [member for member in tar if member.name.endswith("/layer.tar")][-1]
    end = last.offset_data + 2 * BLOCK
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:end])
    answer = call("export", tmp_path / "cut.tar", tmp_path / "root")
    assert (answer.code, answer.out) == (2, b"")
    assert "cannot be proven: nothing states its digest, and of cut.tar: " in answer.err
    assert "[archive-truncated]" in answer.err
    assert names_in(tmp_path) == ["cut.tar", "whole", "whole.tar"]
