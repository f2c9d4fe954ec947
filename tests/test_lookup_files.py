"""Contents of files as answers, and whether the image still shows them."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

from analyzer.limits import Limits
from analyzer.lookup.files import find_files, may_be_file
from analyzer.lookup.model import Result
from analyzer.lookup.question import parse_question
from analyzer.lookup.search import search
from analyzer.opening import open_images
from analyzer.scanning import SILENT
from tests.support.imagebuilder import (
    Entries,
    HardLink,
    ImageBuilder,
    sha256,
    tar_bytes,
)
from tests.test_lookup import (
    HYBRID,
    TOP,
    advice_text,
    ask,
    commands,
    member,
    only,
    sample,
    searched,
)


class TestFiles:
    """Against hashlib over what was put in."""

    def find(self, path: Path, data: bytes, digits: int = 64) -> Result:
        question = parse_question(hashlib.sha256(data).hexdigest()[:digits])
        with open_images(str(path)) as chosen:
            hits, problems = find_files(
                question, chosen.images, chosen.opened.source, Limits(), SILENT
            )
        item = replace(searched(path), files=hits, problems=problems, with_files=True)
        return search(question, [item])

    def notes(self, path: Path, data: bytes) -> dict[tuple[str, int], str]:
        answer = only(self.find(path, data))
        assert (answer.kind, answer.digest) == ("file", sha256(data))
        return {(place.path, place.layers[0]): place.note for place in answer.places}

    def test_visible_deleted_and_replaced(self, tmp_path: Path) -> None:
        path = (
            ImageBuilder()
            .layer({"etc/kept": b"kept", "etc/gone": b"gone", "etc/new": b"old"})
            .layer({"etc/.wh.gone": b"", "etc/new": b"new"}, codec="zstd")
            .write_oci(tmp_path / "layout")
        )
        assert self.notes(path, b"kept")["etc/kept", 0].startswith("visible")
        assert self.notes(path, b"new")["etc/new", 1].startswith("visible")
        for data, name in ((b"gone", "etc/gone"), (b"old", "etc/new")):
            assert self.notes(path, data)[name, 0].startswith("deleted or replaced")

    def test_seven_digits_are_enough(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer({"a": b"content"}).write_oci(tmp_path / "layout")
        assert only(self.find(path, b"content", 7)).digest == sha256(b"content")

    def test_the_chain_ends_in_the_file(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer({"a": b"content"}).write_oci(tmp_path / "layout")
        (place,) = only(self.find(path, b"content")).places
        kinds = [link.kind for link in place.chain]
        assert kinds == ["manifest", "image-id", "diff-id", "file"]
        assert place.chain[-2].digest == sha256(tar_bytes({"a": b"content"}))
        assert all(link.recomputed for link in place.chain)

    def test_a_hard_link_keeps_content_in_sight(self, tmp_path: Path) -> None:
        entries: Entries = [("a", b"content"), ("b", HardLink("a"))]
        image = ImageBuilder().layer(entries).layer({".wh.a": b""})
        path = image.write_oci(tmp_path / "layout")
        assert self.notes(path, b"content")["a", 0] == "visible in the finished image as b"

    def test_damage_above_leaves_it_open(self, tmp_path: Path) -> None:
        image = ImageBuilder().layer({"a": b"content"}).layer(raw_blob=b"\x1f\x8b\x08rubbish")
        path = image.write_oci(tmp_path / "layout")
        assert "not known" in self.notes(path, b"content")["a", 0]
        assert self.find(path, b"content").exit_code == 3

    def test_the_sample_against_tarfile(self) -> None:
        layer = f"blobs/sha256/{TOP}"
        with tarfile.open(fileobj=io.BytesIO(member(HYBRID, layer))) as archive:
            files = {m.name: archive.extractfile(m) for m in archive if m.isreg() and m.size}
            contents = {name: stream.read() for name, stream in files.items() if stream}
        assert contents
        for name, data in contents.items():
            assert (name.removeprefix("./"), 3) in self.notes(sample(HYBRID), data)

    def test_other_algorithms_are_not_searched(self) -> None:
        assert may_be_file(parse_question("a" * 64))
        assert not may_be_file(parse_question("a" * 65))
        assert not may_be_file(parse_question("sha512:" + "a" * 12))

    def test_not_found_says_nothing_more_of_files(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer({"a": b"content"}).write_oci(tmp_path / "layout")
        told = self.find(path, b"other")
        assert "--files" not in advice_text(told) + " ".join(commands(told))
        assert "--files" in advice_text(ask(sha256(b"other"), path))
