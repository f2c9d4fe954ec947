"""Looking inside: what is read of a layer is what lies in it, and is proven before it is used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer.errors import InputError, IntegrityError
from analyzer.inside import look_inside
from analyzer.tarheader import Entry, EntryKind, Sink
from tests.cli.harness import MULTI
from tests.support.imagebuilder import Entries, ImageBuilder, Layout
from tests.support.layouts import blob_path
from tests.support.tools import shared


class Collected:
    """A sink that keeps what it got; `whole` once all of it was there."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False

    def write(self, data: memoryview) -> None:
        self.data += data

    def close(self) -> None:
        self.whole = True


def contents(path: Path, layer: int) -> dict[str, bytes]:
    """Every file of one layer, read through `Look.read`."""
    found: dict[str, Collected] = {}

    def choose(entry: Entry) -> Sink | None:
        if entry.kind is not EntryKind.FILE:
            return None
        return found.setdefault(entry.path, Collected())

    with look_inside(str(path)) as look:
        (inside,) = look.images
        look.read(inside.image.layers[layer], choose)
    assert all(sink.whole for sink in found.values())
    return {name: bytes(sink.data) for name, sink in found.items()}


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_files_of_a_layer_are_read_as_they_lie_in_it(codec: str, tmp_path: Path) -> None:
    files = {"a": b"", "d/b": b"x" * 1000, "d/c": bytes(range(256)) * 4096}
    builder = ImageBuilder().layer({"other": b"y"}).layer(files, codec=codec)
    assert contents(builder.write_oci(tmp_path / "layout"), 1) == files


def test_a_layer_that_is_not_the_promised_one_is_never_called_read(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b"x" * 5000}, codec="none").write_oci(tmp_path / "layout")
    index = json.loads((path / "index.json").read_bytes())
    manifest = json.loads((path / blob_path(index["manifests"][0]["digest"])).read_bytes())
    blob = path / blob_path(manifest["layers"][0]["digest"])
    raw = bytearray(blob.read_bytes())
    raw[600] ^= 1  # in the middle of the file's content: the tar stays well-formed
    blob.write_bytes(raw)
    with pytest.raises(IntegrityError, match="declared sha256:"):
        contents(path, 0)


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b"one"}).layer({"a": b"two", "b": b""})
    with look_inside(str(builder.write_oci(tmp_path / "layout")), digests=True) as look:
        (inside,) = look.images
        for layer, (name, data) in [(0, ("a", b"one")), (1, ("a", b"two")), (1, ("b", b""))]:
            scan = inside.scans[layer]
            assert scan is not None
            (entry,) = [entry for entry in scan.entries if entry.path == name]
            expected = f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert inside.digest_of(layer, entry) == expected


def test_of_a_name_that_stands_twice_each_file_has_its_own_digest(tmp_path: Path) -> None:
    """What both hold is another content, though they share name, size and time."""
    twice: Entries = [("a", b"one"), ("a", b"two")]
    with look_inside(
        str(ImageBuilder().layer(twice).write_oci(tmp_path / "layout")), digests=True
    ) as look:
        (inside,) = look.images
        scan = inside.scans[0]
        assert scan is not None
        first, second = scan.entries
        assert inside.digest_of(0, first) == f"sha256:{hashlib.sha256(b'one').hexdigest()}"
        assert inside.digest_of(0, second) == f"sha256:{hashlib.sha256(b'two').hexdigest()}"


def test_a_choice_between_platforms_is_asked_for_and_lists_them() -> None:
    with (
        pytest.raises(InputError, match="cat needs one platform, and there are 2") as caught,
        look_inside(str(MULTI), one="cat"),
    ):
        pass
    assert "linux/amd64" in (caught.value.hint or "")
    assert "linux/arm64" in (caught.value.hint or "")
    with look_inside(str(MULTI), one="cat", platforms=["linux/arm64"]) as look:
        assert [inside.platform for inside in look.images] == ["linux/arm64"]


def test_a_layer_that_is_missing_leaves_the_others(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).build()
    layout = Layout()
    layout.add(image)
    path = layout.write_dir(tmp_path / "layout")
    (path / blob_path(image.layer_digests[0])).unlink()
    with look_inside(str(path)) as look:
        (inside,) = look.images
        assert inside.scans[0] is None
        assert [event.path for event in inside.history.events] == ["b"]
        assert look.exit_code == 3


def test_nothing_of_the_selection_is_there(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1"}).build()
    layout = Layout()
    layout.add(image)
    path = layout.write_dir(tmp_path / "layout")
    for digest in (image.layer_digests[0], f"sha256:{hashlib.sha256(image.config).hexdigest()}"):
        (path / blob_path(digest)).unlink()
    with pytest.raises(InputError, match="can be read"), look_inside(str(path)):
        pass


def test_a_sample_of_docker_is_read_through_its_links() -> None:
    """In a save of docker 20.10 equal layers are symbolic links to one of them."""
    path = shared("samples", "docker-20.10-save.tar")
    assert contents(path, 0) == contents(path, 1) != {}
