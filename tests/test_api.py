"""The library's verbs: what is promised of every input, whatever form it has."""

from __future__ import annotations

import doctest
import json
import pickle
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

import pytest

import analyzer
from analyzer import Depth, Limits, Report, analyze, diff, open_images, to_document, to_spdx
from analyzer.codec import Codec, Inflater, inflater
from analyzer.layers.toc import FOOTER_BYTES
from analyzer.problems import Code, Severity
from analyzer.scanning import Progress
from tests.support.documents import Image
from tests.support.imagebuilder import Entries, ImageBuilder, Layout, Link, write_save
from tests.support.scans import counted_scans
from tests.support.tools import ROOT

PUBLIC = [
    "AnalyzerError",
    "Depth",
    "ImageReport",
    "Limits",
    "Package",
    "Problem",
    "Report",
    "__version__",
    "analyze",
    "diff",
    "open_images",
    "to_cyclonedx",
    "to_document",
    "to_spdx",
]

STATUS = b"Package: hello\nStatus: install ok installed\nVersion: 2.10-3\nArchitecture: amd64\n\n"
RELEASE = b'ID=debian\nVERSION_ID="12"\n'
DEBIAN: Entries = {"etc/os-release": RELEASE, "var/lib/dpkg/status": STATUS}


def debian(codec: str = "gzip", platform: str = "linux/amd64", text: bytes = b"") -> ImageBuilder:
    builder = ImageBuilder().layer(DEBIAN, codec=codec).platform(platform)
    return builder.layer({"srv/x": b"x" * 70_000 + text}, codec=codec)


def layout() -> Layout:
    made = Layout()
    made.add_index([debian(), debian(platform="linux/arm64", text=b"arm")], name="x.io/app:1")
    made.add(debian(text=b"other"), name="x.io/app:2")
    return made


class TestPublicNames:
    def test_they_are_these_and_no_others(self) -> None:
        assert analyzer.__all__ == PUBLIC
        assert dir(analyzer) == PUBLIC

    def test_each_is_there_and_says_what_it_is(self) -> None:
        for name in PUBLIC:
            assert getattr(analyzer, name).__doc__

    def test_the_example_of_the_package_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(ROOT)
        results = doctest.testmod(analyzer, raise_on_error=True)
        assert results.attempted >= 4
        assert results.failed == 0


class TestReports:
    def test_arguments_and_result_can_be_pickled(self, tmp_path: Path) -> None:
        arguments: dict[str, Any] = {
            "path": str(layout().write_dir(tmp_path / "layout")),
            "images": ("x.io/app:1",),
            "platforms": ("linux/amd64",),
            "limits": Limits(layer_entries=100),
            "depth": Depth.PACKAGES,
        }
        report = analyze(**pickle.loads(pickle.dumps(arguments)))  # noqa: S301 - our own bytes
        again: Report = pickle.loads(pickle.dumps(report))  # noqa: S301
        assert again == report
        assert to_document(again) == to_document(report)

    def test_errors_can_be_pickled(self, tmp_path: Path) -> None:
        with pytest.raises(analyzer.AnalyzerError) as caught:
            analyze(str(tmp_path / "nothing"))
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
        assert (type(again), str(again), again.code) == (
            type(caught.value),
            str(caught.value),
            caught.value.code,
        )

    def test_two_runs_give_the_same_bytes(self, tmp_path: Path) -> None:
        path = str(layout().write_dir(tmp_path / "layout"))
        first, second = (json.dumps(to_document(analyze(path))) for _ in range(2))
        assert first == second
        report = analyze(path)
        assert to_spdx(report, report.images[0]) == to_spdx(report, report.images[0])

    @pytest.mark.parametrize("codec", [None, "gzip", "gzip-multi", "zstd", "xz", "bzip2"])
    @pytest.mark.parametrize("prefix", ["", "./"])
    def test_every_container_gives_the_report_of_the_directory(
        self, tmp_path: Path, codec: str | None, prefix: str
    ) -> None:
        folder = to_document(analyze(str(layout().write_dir(tmp_path / "layout"))))
        packed = layout().write_tar(tmp_path / "file", compress=codec, prefix=prefix)
        file = to_document(analyze(str(packed)))
        size = packed.stat().st_size
        kind = " ".join(["oci-layout tar", *([(codec or "").partition("-")[0]] if codec else [])])
        own = {"name": "file", "kind": kind, "size": size}
        other = {"name": "layout", "kind": "oci-layout directory", "size": None}
        assert file["source"] == file["source"] | own
        assert folder["source"] == folder["source"] | other
        file["source"] |= other  # the rest, such as the probable writer, is the same
        members = [p for p in file["problems"] if p["code"] == "gzip-members"]
        assert len(members) == (codec == "gzip-multi")
        file["problems"] = [p for p in file["problems"] if p not in members]
        assert file == folder

    def test_zstd_and_gzip_twins_differ_in_the_stored_bytes_only(self, tmp_path: Path) -> None:
        def image_of(codec: str) -> dict[str, Any]:
            builder = debian(codec)
            (document,) = to_document(analyze(str(builder.write_oci(tmp_path / codec))))["images"]
            for layer in document["layers"]:
                for name in ("digest", "media_type", "compression", "compressor", "size"):
                    del layer[name]
            del document["manifest_digest"]
            codes = [problem["code"] for problem in document.pop("problems")]
            assert set(codes) <= ({"gzip-members"} if codec == "gzip-multi" else set())
            document["identities"] = [
                identity
                for identity in document["identities"]
                if identity["kind"] not in {"manifest", "layer"}
            ]
            return dict(document)

        gzip = image_of("gzip")
        assert gzip == image_of("zstd") == image_of("none") == image_of("gzip-multi")
        assert [package["name"] for package in gzip["packages"]] == ["hello"]

    def test_depths_say_as_much_as_they_looked(self, tmp_path: Path) -> None:
        path = str(debian().write_oci(tmp_path))
        built = debian().build()
        documents, layers, packages = (
            analyze(path, depth=depth).images[0]
            for depth in (Depth.DOCUMENTS, Depth.LAYERS, Depth.PACKAGES)
        )
        assert [layer.uncompressed_size for layer in documents.layers] == [None, None]
        sizes = [len(layer.tar) for layer in built.layers]
        assert [layer.uncompressed_size for layer in layers.layers] == sizes
        assert (documents.distro, layers.distro) == (None, None)
        assert (len(layers.packages), len(packages.packages)) == (0, 1)
        assert documents.image_id == layers.image_id == packages.image_id == built.image_id

    def test_documents_alone_still_hash_every_blob(self, tmp_path: Path) -> None:
        built = debian().build()
        path = debian().write_oci(tmp_path)
        name = f"blobs/sha256/{built.layer_digests[1][7:]}"
        (path / name).write_bytes(built.layers[1].blob[:-1] + b"?")
        report = analyze(str(path), depth=Depth.DOCUMENTS)
        assert [(p.code, p.where) for p in report.all_problems] == [(Code.DIGEST_MISMATCH, name)]

    def test_selection_prunes_images_and_tree(self, tmp_path: Path) -> None:
        path = layout().write_dir(tmp_path / "layout")
        report = analyze(f"{path}:2")
        assert [image.names for image in report.images] == [("x.io/app:2",)]
        assert [child.names for child in report.tree[0].children] == [("x.io/app:2",)]
        report = analyze(str(path), platforms=["linux/aarch64"])
        (index,) = report.tree[0].children
        assert [child.platform for child in index.children] == ["linux/arm64"]

    def test_of_a_save_too(self, tmp_path: Path) -> None:
        built = [(debian(text=b"%d" % number), (f"a:{number}",)) for number in range(3)]
        path = write_save(tmp_path / "a.tar", built)
        report = analyze(f"docker-archive:{path}:@1")
        assert [image.names for image in report.images] == [("a:1",)]
        assert [child.names for child in report.tree[0].children] == [("a:1",)]

    def test_the_name_is_never_a_path(self, tmp_path: Path) -> None:
        report = analyze(str(layout().write_dir(tmp_path / "some" / "layout")))
        assert report.source.name == "layout"
        assert str(tmp_path) not in json.dumps(to_document(report))

    def test_a_report_has_no_difference_with_itself(self, tmp_path: Path) -> None:
        report = analyze(str(layout().write_dir(tmp_path)))
        assert not diff(report, report).differs

    def test_an_open_input_is_closed_after_an_error(self, tmp_path: Path) -> None:
        path = layout().write_tar(tmp_path / "a.tar")
        with pytest.raises(ZeroDivisionError), open_images(str(path)) as chosen:
            raise ZeroDivisionError
        with pytest.raises((OSError, ValueError)):
            chosen.opened.source.open("index.json").read()


class TestWork:
    """What is done once however often it is asked for."""

    @pytest.fixture
    def scanned(self, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        """How often each blob went through a scan."""
        return counted_scans(monkeypatch)

    @pytest.fixture
    def inflated(self, monkeypatch: pytest.MonkeyPatch) -> list[Codec]:
        """The codec of every stream that was inflated."""
        started: list[Codec] = []

        def counting(codec: Codec, *more: int) -> Inflater:
            started.append(codec)
            return inflater(codec, *more)

        monkeypatch.setattr("analyzer.layers.scan.inflater", counting)
        return started

    def test_every_unique_layer_is_scanned_once(
        self, tmp_path: Path, scanned: Counter[str], inflated: list[Codec]
    ) -> None:
        made = layout()
        made.add(debian().layer({"srv/x": b"x" * 70_000}), name="x.io/app:3")
        path = made.write_dir(tmp_path)
        report = analyze(str(path))
        unique = {
            f"blobs/sha256/{name[7:]}" for image in made.images for name in image.layer_digests
        }
        assert sum(len(image.layers) for image in report.images) == 9
        assert scanned == dict.fromkeys(unique, 1)
        assert len(unique) == 4  # the base, and three tops
        assert len(inflated) == len(unique)

    def test_links_to_one_layer_are_scanned_once(
        self, tmp_path: Path, scanned: Counter[str]
    ) -> None:
        same: Entries = {"a": b"a"}
        builder = ImageBuilder().layer(same).layer({"b": b"b"}).layer(same).layer(same)
        report = analyze(str(builder.write_save(tmp_path / "a.tar", "a:1")))
        assert len(report.images[0].layers) == 4
        assert sum(scanned.values()) == 2

    def test_no_blob_is_read_twice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        read: Counter[str] = Counter()
        path = layout().write_tar(tmp_path / "a.tar")
        with open_images(str(path)) as chosen:
            source = chosen.opened.source
            kind, sizes = type(source), {name: source.size(name) for name in source.names()}
        original = kind.open

        def counting(self: Any, name: str) -> BinaryIO:  # noqa: ANN401
            stream = original(self, name)
            take = stream.read

            def counted(size: int = -1) -> bytes:
                data = take(size)
                read[name] += len(data)
                return data

            proxy = mock.MagicMock(wraps=stream, read=counted)
            proxy.__enter__.return_value = proxy
            proxy.__exit__.side_effect = lambda *_: stream.close()
            return proxy

        monkeypatch.setattr(kind, "open", counting)
        analyze(str(path))
        assert read
        # The last bytes of a layer tell of a table of contents before the pass over it begins.
        assert all(read[name] <= sizes[name] + FOOTER_BYTES for name in read)
        assert any(read[name] == sizes[name] + FOOTER_BYTES for name in read)

    def test_progress_counts_every_byte_once(self, tmp_path: Path) -> None:
        made = layout()
        totals: list[int] = []
        steps: list[int] = []
        progress = Progress(totals.append, steps.append)
        analyze(str(made.write_dir(tmp_path)), progress=progress)
        blobs = {
            name: len(layer.blob)
            for image in made.images
            for name, layer in zip(image.layer_digests, image.layers, strict=True)
        }
        assert sum(totals) == sum(steps) == sum(blobs.values())


class TestReadAgain:
    """A wanted file that links lead to is read from its layer a second time, and that is said."""

    @staticmethod
    def check(path: Path, *, package: str = "hello", layer: int = 0) -> None:
        report = analyze(str(path))
        (image,) = report.images
        assert image.distro is not None
        assert image.distro.id == "debian"
        if package:
            assert [found.name for found in image.packages] == [package]
        notes = [p for p in image.problems if p.code is Code.FILE_READ_AGAIN]
        assert {p.severity for p in notes} == {Severity.NOTE}
        assert {p.where for p in notes} == {
            f"blobs/sha256/{(image.layers[layer].digest or '')[7:]}"
        }
        assert report.exit_code == 0

    def test_os_release_in_a_store_as_nix_has_it(self, tmp_path: Path) -> None:
        store: Entries = {"nix/store/abc-os/os-release": RELEASE}
        link: Entries = {"etc/os-release": Link("/nix/store/abc-os/os-release")}
        builder = ImageBuilder().layer(store).layer(link)
        self.check(builder.write_oci(tmp_path), package="")

    def test_var_linked_elsewhere(self, tmp_path: Path) -> None:
        files: Entries = {
            "etc/os-release": RELEASE,
            "data/state/lib/dpkg/status": STATUS,
            "var": Link("data/state"),
        }
        self.check(ImageBuilder().layer({"bin/x": b"x"}).layer(files).write_oci(tmp_path), layer=1)

    def test_a_chain_of_links(self, tmp_path: Path) -> None:
        files: Entries = {
            "etc/os-release": Link("../usr/share/release"),
            "usr/share/release": Link("real-release"),
            "usr/share/real-release": RELEASE,
            "var": Link("/mnt"),
            "mnt/lib": Link("./deep"),
            "mnt/deep/dpkg/status": STATUS,
        }
        self.check(ImageBuilder().layer(files).write_oci(tmp_path))

    def test_only_the_layer_that_has_the_file_is_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts = counted_scans(monkeypatch)
        store: Entries = {"nix/store/os": RELEASE}
        builder = ImageBuilder().layer({"a": b"a"}).layer(store)
        builder.layer({"etc/os-release": Link("/nix/store/os")})
        arm64 = ImageBuilder().layer({"a": b"a"}).layer(store).platform("linux/arm64")
        arm64.layer({"etc/os-release": Link("/nix/store/os")})
        made = Layout()
        made.add_index([builder, arm64])
        report = analyze(str(made.write_dir(tmp_path)))
        assert [image.distro and image.distro.id for image in report.images] == ["debian"] * 2
        first: Image = made.images[0]
        assert [counts[f"blobs/sha256/{name[7:]}"] for name in first.layer_digests] == [1, 2, 1]

    def test_links_that_lead_nowhere_or_in_circles_read_nothing(self, tmp_path: Path) -> None:
        files: Entries = {"etc/os-release": Link("../nowhere"), "var": Link("var")}
        report = analyze(str(ImageBuilder().layer(files).write_oci(tmp_path)))
        assert report.images[0].distro is None
        assert Code.FILE_READ_AGAIN not in {p.code for p in report.all_problems}


class TestExitCodes:
    def test_both_damage_and_mismatch_is_3(self, tmp_path: Path) -> None:
        built = debian().build()
        path = debian().write_oci(tmp_path)
        blob = path / f"blobs/sha256/{built.layer_digests[1][7:]}"
        blob.write_bytes(blob.read_bytes()[:-30])
        report = analyze(str(path))
        codes = {p.code for p in report.all_problems}
        assert {Code.DIGEST_MISMATCH, Code.LAYER_TRUNCATED} <= codes
        assert report.exit_code == 3
        assert [package.name for package in report.images[0].packages] == ["hello"]

    def test_a_layer_that_cannot_be_opened_leaves_the_others(self, tmp_path: Path) -> None:
        built = debian().build()
        path = debian().write_oci(tmp_path)
        blob = path / f"blobs/sha256/{built.layer_digests[1][7:]}"
        blob.unlink()
        blob.mkdir()
        report = analyze(str(path))
        assert [package.name for package in report.images[0].packages] == ["hello"]
        assert report.exit_code == 3


def test_a_layout_copied_elsewhere_gives_the_same_report(tmp_path: Path) -> None:
    source = ROOT / "fixtures/layouts/multi"
    copy = shutil.copytree(source, tmp_path / "multi")
    assert to_document(analyze(str(copy))) == to_document(analyze(str(source)))
