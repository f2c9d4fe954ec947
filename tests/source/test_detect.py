"""What an input is, told from its bytes; and nothing left behind, whatever happens."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from analyzer.codec import Codec
from analyzer.errors import AnalyzerError, InputError, LimitExceeded, MalformedImage, Unsupported
from analyzer.limits import Limits
from analyzer.problems import Code, Severity
from analyzer.source import detect
from analyzer.source.detect import Opened, open_source
from analyzer.source.shape import Shape
from tests.layers.streams import PACK
from tests.support.tarbytes import Link, tar_bytes
from tests.support.tools import require_tool, run

SHAPES = {
    Shape.OCI_LAYOUT: {"oci-layout": b"{}", "index.json": b"{}", "blobs/sha256/a": b""},
    Shape.DOCKER_ARCHIVE: {"manifest.json": b"[]", "repositories": b"{}"},
    Shape.BOTH: {"manifest.json": b"[]", "oci-layout": b"{}", "index.json": b"{}"},
}
SAVE = tar_bytes({"manifest.json": b"[]", "layer.tar": bytes(200_000)})


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No temporary file with a name at any time, and no open file afterwards."""
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    gc.collect()  # what other tests left open is not to be closed meanwhile
    before = open_files()
    yield room
    assert list(room.iterdir()) == []
    assert open_files() == before


def open_files() -> list[str]:
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(f"{entry.name} {entry.readlink()}")
        except FileNotFoundError:
            continue  # the listing's own
    return sorted(links)


def write(folder: Path, data: bytes) -> Path:
    path = folder / "input"
    path.write_bytes(data)
    return path


def opened(path: Path, limits: Limits | None = None) -> Opened:
    """Open and close again; what was found stays readable."""
    found = open_source(path, limits or Limits())
    found.source.close()
    return found


def refused(path: Path, limits: Limits | None = None) -> AnalyzerError:
    with pytest.raises(AnalyzerError) as caught:
        open_source(path, limits or Limits())
    return caught.value


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_tars(shape: Shape, tmp_path: Path) -> None:
    data = tar_bytes(SHAPES[shape])
    found = opened(write(tmp_path, data))
    assert (found.shape, found.compression, found.size) == (shape, Codec.NONE, len(data))
    assert found.kind == f"{shape} tar"
    assert found.problems == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_directories(shape: Shape, tmp_path: Path) -> None:
    for name, data in SHAPES[shape].items():
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    found = opened(tmp_path / "input")
    assert (found.shape, found.size, found.name) == (shape, None, "input")
    assert found.kind == f"{shape} directory"


def test_skopeo_folders(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "version").write_text("Directory Transport Version: 1.1\n")
    (tmp_path / "input" / "manifest.json").write_text("{}")
    assert opened(tmp_path / "input").shape is Shape.DIR


@pytest.mark.parametrize("codec", PACK)
def test_a_compressed_file_is_read_as_the_tar_in_it(codec: Codec, tmp_path: Path) -> None:
    path = write(tmp_path, PACK[codec](SAVE))
    found = open_source(path, Limits())
    try:
        assert found.compression is codec
        assert found.size == path.stat().st_size
        assert found.kind == f"docker-archive tar {codec}"
        with found.source.open("layer.tar") as stream:
            assert stream.read() == bytes(200_000)
        assert found.problems == ()
    finally:
        found.source.close()


@pytest.mark.parametrize("codec", PACK)
def test_a_compressed_file_that_is_cut_is_read_as_far_as_it_goes(
    codec: Codec, tmp_path: Path
) -> None:
    noise = os.urandom(2_000_000)
    packed = PACK[codec](tar_bytes({"manifest.json": b"[]", "layer.tar": noise}))
    found = opened(write(tmp_path, packed[:-200_000]))
    stream, member = found.problems
    assert (stream.code, member.code) == (Code.ARCHIVE_TRUNCATED, Code.ARCHIVE_TRUNCATED)
    assert f"the {codec} stream ends too early" in stream.detail
    assert "'layer.tar' ends" in member.detail


@pytest.mark.parametrize("codec", PACK)
def test_a_compressed_file_without_a_whole_block_is_malformed(codec: Codec, tmp_path: Path) -> None:
    error = refused(write(tmp_path, PACK[codec](SAVE)[:20]))
    assert isinstance(error, MalformedImage)
    assert error.code in {Code.ARCHIVE_TRUNCATED, Code.ARCHIVE_DAMAGED}


def test_a_compressed_file_that_is_damaged_is_told(tmp_path: Path) -> None:
    saved = tar_bytes({"manifest.json": b"[]", "layer.tar": os.urandom(1_000_000)})
    packed = bytearray(PACK[Codec.GZIP](saved))
    packed[-8] ^= 0xFF
    found = opened(write(tmp_path, bytes(packed)))
    assert found.problems[0].code is Code.ARCHIVE_DAMAGED
    assert found.shape is Shape.DOCKER_ARCHIVE


def test_bytes_behind_the_compressed_tar_are_told(tmp_path: Path) -> None:
    packed = PACK[Codec.GZIP](SAVE)
    (problem,) = opened(write(tmp_path, packed + b"garbage")).problems
    assert problem.code is Code.TRAILING_DATA
    assert f"from byte {len(packed)} of the file as stored on" in problem.detail


def test_a_file_that_gzip_made_names_the_one_it_was_made_of(tmp_path: Path) -> None:
    path = tmp_path / "of the writer.tar"
    path.write_bytes(SAVE)
    found = opened(write(tmp_path, run([require_tool("gzip"), "-c", path]).stdout))
    (problem,) = found.problems
    assert (problem.code, problem.severity) == (Code.GZIP_HEADER, Severity.NOTE)
    assert problem.where == found.name == "input"
    assert "name 'of the writer.tar' (byte 10)" in problem.detail


def test_a_small_file_that_is_no_tar_is_not_refused_for_a_note(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"hello")
    with pytest.raises(InputError, match="does not begin with a tar header") as refused:
        opened(write(tmp_path, run([require_tool("gzip"), "-c", path]).stdout))
    assert refused.value.code is Code.NOT_AN_IMAGE


def test_links_refused_later_are_among_the_problems(tmp_path: Path) -> None:
    found = open_source(
        write(tmp_path, tar_bytes({"manifest.json": b"[]", "l": Link("../x")})), Limits()
    )
    try:
        assert not found.problems
        assert not found.source.has("l")
        assert [problem.code for problem in found.problems] == [Code.UNSAFE_LINK]
    finally:
        found.source.close()


NO_IMAGES = {
    "an empty file": (b"", "empty"),
    "text": (b"hello\n" * 200, "does not begin with a tar header"),
    "a short text": (b"hello", "does not begin with a tar header"),
    "JSON": (b'{"schemaVersion": 2}', "JSON"),
    "JSON behind blanks": (b"\n  [1, 2]", "JSON"),
    "a squashfs": (b"hsqs" + bytes(600), "squashfs"),
    "a SIF": (bytes(32) + b"SIF_MAGIC\0" + bytes(600), "Singularity"),
    "a tar of nothing": (bytes(10240), "neither index.json"),
    "a root filesystem": (tar_bytes({"etc/passwd": b"root"}), "neither index.json"),
}


@pytest.mark.parametrize("packed", [None, *PACK])
@pytest.mark.parametrize(("data", "words"), NO_IMAGES.values(), ids=NO_IMAGES.keys())
def test_what_is_no_image(data: bytes, words: str, packed: Codec | None, tmp_path: Path) -> None:
    error = refused(write(tmp_path, PACK[packed](data) if packed else data))
    assert isinstance(error, InputError)
    assert error.code is Code.NOT_AN_IMAGE
    assert words in error.message
    assert error.where == "input"


def test_a_compressed_file_that_is_no_tar_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "_write", lambda _spool, piece, _name: _unwanted(piece))
    path = write(tmp_path, PACK[Codec.GZIP](b"no tar " * 100_000))
    assert refused(path).code is Code.NOT_AN_IMAGE


def _unwanted(piece: bytes) -> None:
    assert not piece


@pytest.mark.parametrize("codec", PACK)
def test_bombs_are_stopped_by_size_and_by_ratio(codec: Codec, tmp_path: Path) -> None:
    path = write(tmp_path, PACK[codec](tar_bytes({"zeros": bytes(5_000_000)})))
    error = refused(path, Limits(outer_inflated_bytes=1_000_000))
    assert isinstance(error, LimitExceeded)
    assert "outer_inflated_bytes" in error.message
    error = refused(path, Limits(inflate_ratio=3, ratio_free_bytes=1_000_000))
    assert "inflate_ratio" in error.message


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    path = write(tmp_path, PACK[Codec.GZIP](SAVE))
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    error = refused(path)
    assert "No space left on device" in error.message
    assert "TMPDIR" in error.hint


def test_ctrl_c_while_unpacking_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_is_left: Path
) -> None:
    path = write(tmp_path, PACK[Codec.GZIP](SAVE))

    def interrupted(spool: object, piece: bytes, name: str) -> NoReturn:
        assert list(nothing_is_left.iterdir()) == []
        raise KeyboardInterrupt

    monkeypatch.setattr(detect, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_source(path, Limits())


def test_ctrl_c_while_indexing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(detect, "TarSource", interrupted)
    for data in (SAVE, PACK[Codec.ZSTD](SAVE)):
        with pytest.raises(KeyboardInterrupt):
            open_source(write(tmp_path, data), Limits())


def test_a_disk_that_fails_is_not_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_args: object) -> NoReturn:
        raise OSError(5, "Input/output error")

    path = write(tmp_path, SAVE)
    monkeypatch.setattr("os.pread", failing)
    error = refused(path)
    assert (error.code, error.message) == (Code.NOT_READABLE, "Input/output error")


def test_files_that_are_not_there_or_not_for_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(tmp_path / "absent").code is Code.NOT_FOUND
    assert refused(tmp_path / "a\0b").code is Code.NOT_FOUND
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / "loop").code is Code.NOT_FOUND
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").code is Code.NOT_READABLE
    path = write(tmp_path, SAVE)

    def refuse(*_args: object, **_keywords: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    error = refused(path)
    assert (error.code, error.message) == (Code.NOT_READABLE, "Permission denied")


@pytest.mark.parametrize(
    "marker",
    [
        "docker/registry/v2/blobs",
        "image/overlay2/repositories.json",
        "io.containerd.content.v1.content/x",
        "overlay-images/images.json",
    ],
)
def test_storage_folders_are_named_and_not_read(marker: str, tmp_path: Path) -> None:
    (tmp_path / "store" / marker).mkdir(parents=True)
    error = refused(tmp_path / "store")
    assert isinstance(error, Unsupported)
    assert "save" in error.hint


def test_an_empty_directory_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty").code is Code.NOT_AN_IMAGE


def test_the_file_name_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(SAVE)
    assert opened(path).compression is Codec.NONE
