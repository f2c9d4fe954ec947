"""Files that are written: where, under which names, and never half."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.harness import APK, MULTI, call, files_below
from tests.support.imagebuilder import Image, ImageBuilder, Layout, write_save

OF_ONE = ("packages.json", "sbom.cdx.json", "sbom.spdx.intoto.json", "sbom.spdx.json")
OF_ALL = ("SHA256SUMS", "report.json")
NO_SPACE = "File too large"


def image(content: str, platform: str = "linux/amd64") -> Image:
    return ImageBuilder().layer({"a": content.encode()}).platform(platform).build()


def layout(folder: Path, *named: tuple[Image, str | None]) -> Path:
    built = Layout()
    for one, name in named:
        built.add(one, containerd_name=name)
    return built.write_dir(folder / "layout")


def folders(out: Path, *, statements: bool = True) -> list[str]:
    """The folders of images, after checking that each holds its files and nothing else."""
    files = set(files_below(out)) - set(OF_ALL)
    files = {name for name in files if not name.endswith("/index.spdx.json")}
    found = sorted({name.rpartition("/")[0] for name in files})
    expected = {f"{folder}/{file}" for folder in found for file in OF_ONE}
    if not statements:
        expected = {name for name in expected if not name.endswith(".intoto.json")}
    assert files == expected
    assert all(folder.count("/") == 1 for folder in found)
    return found


def digits(one: Image) -> str:
    return one.digest.partition(":")[2][:12]


class TestFolders:
    def test_are_named_after_image_and_platform(self, tmp_path: Path) -> None:
        path = layout(
            tmp_path,
            (image("1", "linux/arm64"), "docker.io/library/app:v1"),
            (image("2", "linux/arm/v7"), "registry.example/team/app:v2"),
        )
        out = tmp_path / "out"
        assert call("analyze", path, "-d", out).code == 0
        assert folders(out) == ["app_v1/linux-arm64", "registry.example_team_app_v2/linux-arm-v7"]

    def test_hold_what_the_commands_print(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert call("analyze", MULTI, "-d", out).code == 0
        written = files_below(out)
        assert written["report.json"] == call("analyze", MULTI, "-o", "json").out
        one = ("--platform", "linux/arm64")
        assert written["1.0/linux-arm64/sbom.spdx.json"] == call("sbom", MULTI, *one).out
        packages = json.loads(written["1.0/linux-arm64/packages.json"])
        [expected] = call("packages", MULTI, *one, "-o", "json").json["images"]
        assert packages["images"][0]["packages"] == expected["packages"]

    def test_of_the_same_name_get_digits_of_the_manifest(self, tmp_path: Path) -> None:
        one, two = image("1"), image("2")
        path = layout(tmp_path, (one, "x.io/a/b:1"), (two, "x.io/a_b:1"))
        out = tmp_path / "out"
        assert call("analyze", path, "-d", out).code == 0
        names = [f"x.io_a_b_1/linux-amd64-{digits(i)}" for i in (one, two)]
        assert folders(out) == sorted(names)

    def test_differ_on_file_systems_that_ignore_case(self, tmp_path: Path) -> None:
        one, two = image("1"), image("2")
        path = layout(tmp_path, (one, "x.io/app:V1"), (two, "x.io/app:v1"))
        out = tmp_path / "out"
        assert call("analyze", path, "-d", out).code == 0
        expected = [
            f"x.io_app_V1/linux-amd64-{digits(one)}",
            f"x.io_app_v1/linux-amd64-{digits(two)}",
        ]
        assert folders(out) == sorted(expected)
        assert len({folder.lower() for folder in expected}) == 2

    def test_of_a_save_use_the_image_id(self, tmp_path: Path) -> None:
        pair = [(image("1"), ["a/b:1"]), (image("2"), ["a_b:1"])]
        path = write_save(tmp_path / "two.tar", pair, style="legacy")
        out = tmp_path / "out"
        assert call("analyze", path, "-d", out).code == 0
        ids = [one.image_id.partition(":")[2][:12] for one, _ in pair]
        assert folders(out, statements=False) == sorted(f"a_b_1/linux-amd64-{i}" for i in ids)

    def test_of_images_without_names(self, tmp_path: Path) -> None:
        one, two = image("1"), image("2", "linux/arm64")
        out = tmp_path / "out"
        assert call("analyze", layout(tmp_path, (one, None), (two, None)), "-d", out).code == 0
        assert folders(out) == ["unnamed/linux-amd64", "unnamed/linux-arm64"]

    @pytest.mark.parametrize(
        "name",
        [
            "../../x:1",
            "/etc/x:1",
            "..",
            ".",
            "a/../../../b:1",
            "-rf",
            ".hidden:1",
            "report.json",
            "REPORT.JSON",
            "x" * 5000,
            "\x1b[31mred\nline\x00:1",
            "\u202egnp.exe",
            "...",
            "a\\..\\b",
            "~root",
            "\U0001f600",
        ],
    )
    def test_of_hostile_names_stay_inside(self, name: str, tmp_path: Path) -> None:
        work = tmp_path / "work"
        path = layout(work, (image("1"), name))
        before = set(files_below(tmp_path))
        assert call("analyze", path, "-d", work / "out" / "deep").code == 0
        [folder] = folders(work / "out" / "deep")
        top, _, below = folder.partition("/")
        assert below == "linux-amd64"
        assert 0 < len(top) <= 101
        assert top[0] not in ".-"
        assert top.isascii()
        assert top.isprintable()
        new = set(files_below(tmp_path)) - before
        assert all(file.startswith("work/out/deep/") for file in new)

    def test_of_a_platform_without_a_name(self, tmp_path: Path) -> None:
        built = ImageBuilder().layer({"a": b""}).config(os="../..", architecture="/").build()
        out = tmp_path / "out"
        assert call("analyze", layout(tmp_path, (built, "app:1")), "-d", out).code == 0
        [folder] = folders(out)
        assert folder.startswith("app_1/")

    def test_are_not_made_for_what_is_absent(self, tmp_path: Path) -> None:
        both = [image("1"), image("2", "linux/arm64")]
        built = Layout()
        built.add_index(both, ref_name="1")
        built.omit(*both[1].all_blobs())
        path = built.write_dir(tmp_path / "layout")
        out = tmp_path / "out"
        answer = call("analyze", path, "-d", out)
        assert answer.code == 0
        assert folders(out) == ["1/linux-amd64"]
        assert answer.err == "ociscope: note: no files for 1 linux/arm64: it is not in this file\n"


@contextmanager
def little_space() -> Iterator[None]:
    """No file can grow beyond its first few bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestWriting:
    def test_replaces_a_file_in_one_step(self, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("old")
        with file.open() as old:
            assert call("ids", APK, "-o", f"json={file}").code == 0
            assert old.read() == "old"  # whoever has it open keeps the old one whole
        assert json.loads(file.read_bytes())["source"]["name"] == "apk"
        assert list(tmp_path.iterdir()) == [file]

    def test_leaves_the_old_file_when_the_disk_is_full(self, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("old")
        with little_space():
            answer = call("ids", APK, "-o", f"json={file}")
        assert answer.code == 2
        assert answer.err == f"ociscope: error: {file}: {NO_SPACE} [output-failed]\n"
        assert file.read_text() == "old"
        assert list(tmp_path.iterdir()) == [file]

    def test_leaves_no_file_when_the_disk_is_full(self, tmp_path: Path) -> None:
        with little_space():
            answer = call("analyze", APK, "-d", tmp_path / "out")
        assert answer.code == 2
        assert NO_SPACE in answer.err
        assert files_below(tmp_path) == {}

    def test_says_which_directory_cannot_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("analyzer.cli.output.write_whole", refuse)
        answer = call("analyze", APK, "-d", tmp_path / "out")
        assert answer.code == 2
        [line] = answer.err.splitlines()
        assert line.startswith(f"ociscope: error: {tmp_path / 'out'}")
        assert line.endswith("Permission denied [output-failed]")

    def test_says_that_a_file_stands_in_the_way_of_a_directory(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        answer = call("analyze", APK, "-d", tmp_path / "file")
        assert answer.code == 2
        assert len(answer.err.splitlines()) == 1
        assert (tmp_path / "file").read_text() == "mine"

    def test_does_not_put_a_file_in_the_place_of_a_directory(self, tmp_path: Path) -> None:
        answer = call("ids", APK, "-o", f"json={tmp_path}")
        assert answer.code == 2
        assert f"{tmp_path}: Is a directory" in answer.err

    def test_follows_links(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("target")
        assert call("ids", APK, "-o", f"json={tmp_path / 'link'}").code == 0
        assert (tmp_path / "link").is_symlink()
        assert json.loads((tmp_path / "target").read_bytes())["images"]

    def test_writes_into_devices_and_pipes(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert call("ids", APK, "-o", f"json={pipe}").code == 0
            assert json.loads(os.read(reader, 1 << 16))["images"]
        finally:
            os.close(reader)
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_gives_files_the_usual_rights(self, tmp_path: Path) -> None:
        old = os.umask(0o027)
        try:
            call("ids", APK, "-o", f"json={tmp_path / 'a'}")
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


class TestSbom:
    def test_several_documents_for_one_place_list_the_platforms(self, tmp_path: Path) -> None:
        for more in ((), ("-o", f"spdx-json={tmp_path / 'one.json'}")):
            answer = call("sbom", MULTI, *more)
            assert answer.code == 2
            assert answer.out == b""
            assert "2 documents (spdx-json, one for each platform) for one place" in answer.err
            assert "there are: 1.0 linux/amd64, 1.0 linux/arm64" in answer.err
        assert files_below(tmp_path) == {}

    def test_one_document_goes_to_standard_output(self) -> None:
        answer = call("sbom", MULTI, "--platform", "linux/amd64")
        assert answer.code == 0
        assert answer.json["spdxVersion"] == "SPDX-2.3"
        assert answer.err == ""

    def test_image_and_platform_stand_in_file_names(self, tmp_path: Path) -> None:
        form = tmp_path / "{image}" / "{platform}.spdx.json"
        assert call("sbom", MULTI, "-o", f"spdx-json={form}").code == 0
        assert sorted(files_below(tmp_path)) == [
            "1.0/linux-amd64.spdx.json",
            "1.0/linux-arm64.spdx.json",
        ]

    def test_a_form_that_makes_one_name_of_two_is_refused(self, tmp_path: Path) -> None:
        answer = call("sbom", MULTI, "-o", f"spdx-json={tmp_path / '{image}.json'}")
        assert answer.code == 2
        assert files_below(tmp_path) == {}

    def test_names_that_differ_in_case_only_are_refused(self, tmp_path: Path) -> None:
        path = layout(tmp_path, (image("1"), "x.io/app:V1"), (image("2"), "x.io/app:v1"))
        answer = call("sbom", path, "-o", f"spdx-json={tmp_path / 'out' / '{image}.json'}")
        assert answer.code == 2
        assert not (tmp_path / "out").exists()

    def test_a_directory_gets_the_folders_of_analyze(self, tmp_path: Path) -> None:
        assert call("sbom", MULTI, "-d", tmp_path / "s").code == 0
        assert call("analyze", MULTI, "-d", tmp_path / "a").code == 0
        everything = files_below(tmp_path / "a")
        boms = {n: data for n, data in everything.items() if n.endswith("/sbom.spdx.json")}
        assert files_below(tmp_path / "s") == boms

    def test_an_absent_image_gets_a_note_and_no_document(self, tmp_path: Path) -> None:
        both = [image("1"), image("2", "linux/arm64")]
        built = Layout()
        built.add_index(both, ref_name="1")
        path = built.omit(*both[1].all_blobs()).write_dir(tmp_path / "layout")
        answer = call("sbom", path)
        assert answer.code == 0
        assert answer.json["spdxVersion"] == "SPDX-2.3"
        assert answer.err == "ociscope: note: no files for 1 linux/arm64: it is not in this file\n"

    def test_is_dated_by_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        answer = call("sbom", APK)
        assert answer.json["creationInfo"]["created"] == "2023-11-14T22:13:20Z"

    @pytest.mark.parametrize("value", ["", "now", "-1", "1.5", "1e9", "9" * 30, " 1"])
    def test_a_date_that_is_none_stops_it(
        self, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
        for words in (("sbom", APK), ("analyze", APK, "-d", tmp_path / "out")):
            answer = call(*words)
            assert answer.code == 2
            assert "SOURCE_DATE_EPOCH" in answer.err
            assert answer.out == b""
        assert files_below(tmp_path) == {}


def test_several_documents_for_one_place_are_refused_before_any_layer_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scan(*_: object, **__: object) -> None:
        raise AssertionError("a layer was read")

    monkeypatch.setattr("analyzer.scanning.LayerStore.scan", scan)
    answer = call("sbom", MULTI)
    assert answer.code == 2
    assert "linux/amd64" in answer.err
    assert "linux/arm64" in answer.err
