"""Every bad input that a user may hand us has its test: what is said, and what is still read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import Answer, call
from tests.support.codecs import sha256
from tests.support.hostile import HOSTILE
from tests.support.hostile_case import victim
from tests.support.imagebuilder import ImageBuilder, Layout, compact, tar_bytes
from tests.support.layouts import blob_path

STATUS = "Package: {0}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"


def analyzed(sentence: str, folder: Path) -> Answer:
    return call("analyze", HOSTILE[sentence](folder), "-o", "json")


def problems(document: Any) -> list[dict[str, str]]:  # noqa: ANN401 - JSON
    return [*document["problems"], *(p for i in document["images"] for p in i["problems"])]


def codes(answer: Answer) -> set[str]:
    return {p["code"] for p in problems(answer.json) if p["severity"] == "error"}


def refused(answer: Answer, *words: str) -> None:
    """Nothing could be done: one error, one hint at most, nothing on standard output."""
    assert answer.code == 2
    assert answer.out == b""
    first, *rest = answer.err.splitlines()
    assert first.startswith("ociscope: error: ")
    assert len(rest) <= 1
    assert all(line.startswith("ociscope: hint: ") for line in rest)
    for word in words:
        assert word in first


def debian(*names: str) -> dict[str, bytes]:
    """A root file system with a package database."""
    return {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": "".join(map(STATUS.format, names)).encode(),
    }


@pytest.fixture
def image() -> ImageBuilder:
    """Packages in the lower layer, something else in the upper one."""
    return ImageBuilder().layer(debian("alpha", "beta")).layer({"opt/x": bytes(range(256)) * 200})


def damaged(builder: ImageBuilder, folder: Path, data: bytes | None) -> tuple[Path, str]:
    """A layout whose top layer has other bytes, or is not there; and the layer's digest."""
    built = builder.build()
    layout = Layout()
    layout.add(built, ref_name="1")
    path = layout.write_dir(folder / "layout")
    blob = path / blob_path(built.layer_digests[-1])
    blob.unlink()
    if data is not None:
        blob.write_bytes(data)
    return path, built.layer_digests[-1]


def still_read(answer: Answer) -> None:
    """The packages of the sound layer are reported all the same."""
    [found] = answer.json["images"]
    assert [package["name"] for package in found["packages"]] == ["alpha", "beta"]


@pytest.mark.parametrize(
    "words",
    [
        ("files", "IMAGE", "--deleted", "--recover", ""),
        ("export", "IMAGE", ""),
        ("cp", "IMAGE", "opt/x", ""),
        ("cp", "IMAGE", "opt", ""),
        ("sbom", "IMAGE", "-d", ""),
        ("analyze", "IMAGE", "-d", ""),
    ],
)
def test_a_destination_without_a_name(
    words: tuple[str, ...], image: ImageBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POSIX, XBD 4.13: "A null pathname shall not be successfully resolved"."""
    path = image.layer({".wh.opt": b""}).layer({"opt/x": b""}).write_oci(tmp_path / "layout")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    answer = call(*(path if word == "IMAGE" else word for word in words))
    refused(answer, "an empty name is no place to write to [bad-argument]")
    assert list(here.iterdir()) == []


def test_a_missing_path(tmp_path: Path) -> None:
    refused(call("analyze", tmp_path / "gone.tar"), "gone.tar", "no such file or directory")


def test_an_empty_path() -> None:
    refused(call("analyze", ""), "empty")


def test_an_empty_file(tmp_path: Path) -> None:
    refused(analyzed("an empty file", tmp_path), "empty.tar", "empty")


def test_a_text_file(tmp_path: Path) -> None:
    refused(analyzed("a text file", tmp_path), "letter.tar", "not an image archive")


def test_a_tar_that_is_no_image(tmp_path: Path) -> None:
    refused(analyzed("a tar that is no image", tmp_path), "notes.tar", "no image inside")


def test_a_directory_that_is_no_layout(tmp_path: Path) -> None:
    refused(analyzed("a directory that is no layout", tmp_path), "pictures", "no image inside")


def test_a_truncated_outer_tar(tmp_path: Path, image: ImageBuilder) -> None:
    built = image.build()
    layout = Layout()
    layout.add(built, ref_name="1")
    entries = layout.tar_entries()
    last = blob_path(built.layer_digests[1])
    data = tar_bytes({**{n: e for n, e in entries.items() if n != last}, last: entries[last]})
    whole = tmp_path / "cut.tar"
    whole.write_bytes(data[: data.rindex(last.encode()) + 600])
    answer = call("analyze", whole, "-o", "json")
    assert answer.code == 3
    assert "archive-truncated" in codes(answer)
    assert any(last in p["detail"] for p in answer.json["problems"])
    still_read(answer)


def test_a_truncated_layer(tmp_path: Path, image: ImageBuilder) -> None:
    blob = image.build().layers[-1].blob
    path, digest = damaged(image, tmp_path, blob[: len(blob) // 2])
    answer = call("analyze", path, "-o", "json")
    assert answer.code == 3
    assert {"layer-truncated", "digest-mismatch", "size-mismatch"} <= codes(answer)
    wheres = {p["where"] for p in problems(answer.json) if p["severity"] == "error"}
    assert wheres == {blob_path(digest)}
    still_read(answer)


def test_a_corrupt_layer(tmp_path: Path, image: ImageBuilder) -> None:
    blob = image.build().layers[-1].blob
    path, digest = damaged(image, tmp_path, blob[:40] + b"\xff" * 9 + blob[49:])
    answer = call("analyze", path, "-o", "json")
    assert answer.code in {1, 3}
    assert "digest-mismatch" in codes(answer)
    assert digest in answer.text
    still_read(answer)


def test_a_blob_whose_digest_is_not_the_declared_one(tmp_path: Path) -> None:
    answer = analyzed("a layer whose digest is not the declared one", tmp_path)
    assert answer.code == 1
    [problem] = [p for p in problems(answer.json) if p["code"] == "digest-mismatch"]
    true = sha256(victim().layer({"e": b""}).build().layers[-1].blob)
    assert f"declared sha256:{'5' * 64}, measured {true}" in problem["detail"]


def test_a_blob_whose_size_is_not_the_declared_one(tmp_path: Path, image: ImageBuilder) -> None:
    layer = {"etc/motd": b"hello"}
    size = len(ImageBuilder().layer(layer).build().layers[0].blob)
    image.layer(layer, declare_size=size + 7)
    answer = call("analyze", image.write_oci(tmp_path / "layout"), "-o", "json")
    assert answer.code == 1
    [problem] = [p for p in problems(answer.json) if p["severity"] == "error"]
    assert problem["code"] == "size-mismatch"
    assert problem["detail"] == f"declared {size + 7} bytes, measured {size}"
    still_read(answer)


def test_a_missing_blob(tmp_path: Path, image: ImageBuilder) -> None:
    path, digest = damaged(image, tmp_path, None)
    answer = call("analyze", path, "-o", "json")
    assert answer.code == 3
    [problem] = [p for p in problems(answer.json) if p["severity"] == "error"]
    assert (problem["code"], problem["where"]) == ("blob-missing", blob_path(digest))
    still_read(answer)


@pytest.mark.parametrize("place", ["index.json", "docker manifest.json"])
def test_a_first_document_that_is_no_json(tmp_path: Path, place: str) -> None:
    answer = call("analyze", HOSTILE[f"{place} that is no JSON"](tmp_path), "-o", "table")
    assert answer.code in {2, 3}
    assert "not JSON" in answer.said
    assert place.rpartition(" ")[2] in answer.said


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("manifest where layers is a string", "member 'layers' is a string, expected a list"),
        ("manifest where layers holds null", "expected an object"),
        ("manifest where a layer's size is a string", "expected a number of bytes"),
        ("config where diff_ids is a string", "member 'diff_ids' is a string, expected a list"),
    ],
)
def test_json_of_the_wrong_types(sentence: str, words: str, tmp_path: Path) -> None:
    answer = analyzed(sentence, tmp_path)
    assert answer.code in {2, 3}
    assert words in answer.said
    assert "blobs/sha256/" in answer.said


def test_a_broken_manifest_beside_a_sound_image(tmp_path: Path, image: ImageBuilder) -> None:
    layout = Layout()
    layout.add(image, ref_name="sound")
    layout.add(ImageBuilder().layer({"a": b""}).manifest_bytes(b"{nonsense"), ref_name="broken")
    answer = call("analyze", layout.write_dir(tmp_path / "layout"), "-o", "json")
    assert answer.code == 3
    assert "bad-document" in codes(answer)
    sound = [i for i in answer.json["images"] if i["names"] == ["sound"]]
    assert [p["name"] for p in sound[0]["packages"]] == ["alpha", "beta"]


def test_an_index_that_points_at_itself(tmp_path: Path) -> None:
    answer = analyzed("an index that points at itself beside a sound image", tmp_path)
    assert answer.code == 3
    assert "index-cycle" in codes(answer)
    assert "the index leads back to itself" in answer.text
    assert [i["names"] for i in answer.json["images"]] == [["1"]]


def test_zero_images_in_a_layout(tmp_path: Path) -> None:
    refused(analyzed("an index.json without manifests", tmp_path), "index.json", "no image")


def test_zero_images_in_a_save(tmp_path: Path) -> None:
    refused(analyzed("a save without images", tmp_path), "manifest.json", "no image")


def test_a_layer_that_inflates_without_end(tmp_path: Path) -> None:
    answer = analyzed("a gzip layer that inflates to 2 GiB of zeros", tmp_path)
    assert answer.code == 3
    [problem] = [p for p in problems(answer.json) if p["code"] == "limit-exceeded"]
    assert "inflate_ratio" in problem["detail"]
    assert "--limit inflate_ratio=" in problem["detail"]
    assert answer.json["images"][0]["distro"]["id"] == "debian"


def test_a_limit_can_be_raised_as_the_message_says(tmp_path: Path) -> None:
    entries = {"zeros": bytes(3 << 20)}
    path = ImageBuilder().layer(entries).write_oci(tmp_path / "layout")
    low = ("--limit", "ratio_free_bytes=1M", "--limit", "inflate_ratio=10")
    assert call("analyze", path, *low).code == 3
    assert call("analyze", path, *low[:3], "inflate_ratio=2000").code == 0


def test_a_tar_header_flipped_in_mid_layer(tmp_path: Path) -> None:
    status = debian("alpha", "beta")
    tar = bytearray(tar_bytes({"first": b"1" * 700, "second": b"2", **status}))
    tar[tar.index(b"second") + 3] ^= 0xFF
    path = ImageBuilder().layer(raw_tar=bytes(tar)).write_oci(tmp_path / "layout")
    answer = call("analyze", path, "-o", "json")
    assert answer.code == 3
    [problem] = [p for p in problems(answer.json) if p["code"] == "header-damaged"]
    assert "byte 1536" in problem["detail"]  # a header, two blocks of data
    still_read(answer)


def test_names_with_dots_stay_inside(tmp_path: Path) -> None:
    entries = {f"../../{name}": data for name, data in debian("alpha", "beta").items()}
    path = ImageBuilder().layer(entries).write_oci(tmp_path / "layout")
    answer = call("analyze", path, "-o", "json")
    assert answer.code in {0, 3}
    assert "unsafe-name" in {p["code"] for p in problems(answer.json)}
    assert "../../etc/os-release" in answer.text
    still_read(answer)


def test_absolute_names_are_names_below_the_root(tmp_path: Path) -> None:
    entries = {f"/{name}": data for name, data in debian("alpha", "beta").items()}
    path = ImageBuilder().layer(entries).write_oci(tmp_path / "layout")
    answer = call("analyze", path, "-o", "json")
    assert answer.code == 0
    still_read(answer)


def test_links_in_a_loop_inside_a_layer(tmp_path: Path) -> None:
    answer = analyzed("a package database behind a symlink loop", tmp_path)
    assert answer.code == 0
    assert answer.json["images"][0]["packages"] == []


def test_links_in_a_loop_between_layers_of_an_archive(tmp_path: Path) -> None:
    answer = analyzed("an archive whose layers are symlinks in a loop", tmp_path)
    assert answer.code == 3
    assert "leads back to itself" in answer.text
    assert "layer.tar" in answer.text


def test_a_directory_of_blobs_without_an_index(tmp_path: Path) -> None:
    image = victim().build()
    layout = Layout()
    layout.add(image)
    path = layout.replace("index.json", compact({"schemaVersion": 2})).write_dir(tmp_path / "x")
    answer = call("analyze", path, "-o", "json")
    assert answer.code in {2, 3}
    assert "index.json" in answer.said
