"""`ociscope lookup` as a command: arguments, exit codes, both outputs, several files, bad files."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import APK, MULTI, SAVE, Answer, call
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import ImageBuilder, Layout, sha256, tar_bytes
from tests.support.layouts import blob_path
from tests.support.tools import ROOT, shared

EXPECTED = json.loads((ROOT / "fixtures" / "layouts" / "multi.expected.json").read_bytes())
AMD64 = EXPECTED["platforms"]["amd64"]
IMAGE_ID = AMD64["image_id"]
NOTHING = "0123456789abcdef" * 4
SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "lookup-1.0.json").read_bytes())
)


def test_help_fits_and_has_an_example() -> None:
    answer = call("lookup", "--help")
    assert answer.code == 0
    assert "  ociscope lookup " in answer.text.partition("Examples:")[2]
    assert max(map(len, answer.text.splitlines())) <= 80
    [line] = [line for line in call("-h").text.splitlines() if line.startswith("  lookup ")]
    assert not line.endswith("...")


def test_found_in_several_forms_of_one_image() -> None:
    answer = call("lookup", IMAGE_ID[7:19], MULTI, SAVE)
    assert (answer.code, answer.err) == (0, "")
    assert answer.text.count("  in  ") == 2
    assert IMAGE_ID in answer.text


def test_not_found() -> None:
    answer = call("lookup", NOTHING, MULTI)
    assert answer.code == 1
    assert answer.text.startswith(f"{NOTHING}\nNOT FOUND")


@pytest.mark.parametrize("wanted", [IMAGE_ID, AMD64["diff_ids"][0], "sha256:" + NOTHING])
def test_json_follows_its_schema(wanted: str) -> None:
    answer = call("lookup", wanted, MULTI, SAVE, "-o", "json")
    SCHEMA.validate(answer.json)
    assert answer.json["found"] is (answer.code == 0)
    assert answer.json["question"]["digits"] == wanted.removeprefix("sha256:")


def test_the_file_as_a_whole() -> None:
    own = hashlib.sha256(SAVE.read_bytes()).hexdigest()
    [found] = call("lookup", own, SAVE, "-o", "json").json["answers"]
    assert (found["kind"], found["digest"]) == ("archive", f"sha256:{own}")


def test_the_file_as_a_whole_by_another_algorithm() -> None:
    own = hashlib.sha512(SAVE.read_bytes()).hexdigest()
    [found] = call("lookup", own, SAVE, "-o", "json").json["answers"]
    assert found["digest"] == f"sha512:{own}"


@pytest.mark.parametrize("wanted", ["nonsense", "", "sha256:12", "aaaaaaaa bbbbbbbb"])
def test_a_bad_hash_is_refused_before_anything_is_read(wanted: str) -> None:
    answer = call("lookup", wanted, "/nonexistent")
    assert answer.code == 2
    assert answer.out == b""
    assert "[bad-argument]" in answer.err


def test_an_unreadable_input_alone(tmp_path: Path) -> None:
    answer = call("lookup", NOTHING, tmp_path / "missing.tar")
    assert (answer.code, answer.out) == (2, b"")
    assert "missing.tar: no such file or directory [not-found]" in answer.err


def test_one_unreadable_input_does_not_hide_the_others(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar"
    bad.write_bytes(b"no tar")
    answer = call("lookup", IMAGE_ID, bad, tmp_path / "missing.tar", MULTI, "-o", "json")
    assert answer.code == 3
    assert [item["failure"] is None for item in answer.json["inputs"]] == [False, False, True]
    assert answer.json["found"] is True
    assert "bad.tar" in answer.err
    assert "missing.tar" in answer.err
    SCHEMA.validate(answer.json)


def test_a_file_that_is_no_image_has_a_digest_all_the_same(tmp_path: Path) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(b"no tar")
    answer = call("lookup", hashlib.sha256(b"no tar").hexdigest(), bad)
    assert answer.code == 3
    assert "Digest of the file itself" in answer.text


def test_a_path_may_choose_an_image() -> None:
    assert call("lookup", IMAGE_ID, f"{MULTI}:1.0").code == 0
    assert call("lookup", IMAGE_ID, f"{MULTI}:2.0", APK).code == 3


SAMPLES = (
    "docker-20.10-save.tar",
    "docker-29-save-graphdriver-store.tar",
    "podman-4.3-save-docker-archive.tar",
    "skopeo-dir.tar",
)


class TestMembers:
    @pytest.mark.parametrize("name", SAMPLES)
    def test_every_member_of_a_real_archive_is_found_by_its_bytes(self, name: str) -> None:
        path = shared("samples", name)
        with tarfile.open(path) as tar:
            members = {
                member.name: hashlib.sha256(file.read()).hexdigest()
                for member in tar
                if member.isfile() and (file := tar.extractfile(member))
            }
        assert members
        for member, digits in members.items():
            answer = call("lookup", digits, path)
            assert answer.code == 0, member
            assert digits in answer.text

    def test_those_that_no_image_needs_are_named(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer({"a": b"1"}).write_save(tmp_path / "a.tar", "app:1")
        with tarfile.open(path) as tar:
            names = [m.name for m in tar if m.name.endswith(("/json", "/VERSION", "repositories"))]
            data = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
        assert len(data) == 3
        for name, content in data.items():
            wanted = hashlib.sha256(content).hexdigest()
            [found] = call("lookup", wanted, path, "-o", "json").json["answers"]
            assert (found["kind"], found["digest"]) == ("member", f"sha256:{wanted}")
            assert [place["path"] for place in found["places"]] == [name]

    def test_a_blob_that_is_not_what_its_name_says_is_found_by_both(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add(ImageBuilder().layer({"a": b"1"}))
        named = layout.extra_blob(b"what it is", sha256(b"what it was"))
        path = layout.write_dir(tmp_path / "layout")
        [member] = call("lookup", sha256(b"what it is"), path, "-o", "json").json["answers"]
        assert (member["kind"], member["places"][0]["path"]) == ("member", blob_path(named))
        [blob] = call("lookup", named, path, "-o", "json").json["answers"]
        assert blob["places"][0]["recomputed"] is False

    def test_by_another_algorithm(self) -> None:
        wanted = hashlib.sha512((MULTI / "oci-layout").read_bytes()).hexdigest()
        [found] = call("lookup", f"sha512:{wanted}", MULTI, "-o", "json").json["answers"]
        assert found["places"][0]["path"] == "oci-layout"


def test_inputs_that_leave_the_same_open_are_named_together(tmp_path: Path) -> None:
    paths = []
    for number in range(6):
        image = ImageBuilder().layer({"n": b"%d" % number})
        paths.append(image.write_save(tmp_path / f"{number}.tar", f"app:{number}"))
    answer = call("lookup", NOTHING, *paths)
    assert answer.code == 1
    assert answer.text.count("cannot decide:") == 1
    assert "and 2 more cannot decide:" in " ".join(answer.text.split())
    told = call("lookup", NOTHING, *paths, "-o", "json").json["advice"]["undecided"]
    assert [item["input"] for item in told] == [str(path) for path in paths]


class TestStandardInput:
    def ask(self, wanted: str, data: bytes, *more: object) -> Answer:
        stream = io.TextIOWrapper(io.BytesIO(data))
        with mock.patch.object(sys, "stdin", stream):
            return call("lookup", wanted, "-", *more, "-o", "json")

    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_is_an_input_with_a_digest_of_its_own(self, pack: Callable[[bytes], bytes]) -> None:
        data = pack(SAVE.read_bytes())
        own = hashlib.sha256(data).hexdigest()
        answer = self.ask(own, data)
        assert (answer.code, answer.err) == (0, "")
        [found] = answer.json["answers"]
        assert (found["kind"], found["places"][0]["input"]) == ("archive", "-")
        assert self.ask(IMAGE_ID, data).json["answers"][0]["kind"] == "image-id"

    def test_is_read_once_for_files_too_and_beside_other_inputs(self) -> None:
        with tarfile.open(SAVE) as tar:
            first = next(m for m in tar if m.name.endswith(".tar") and m.isfile())
            layer = tar.extractfile(first)
            assert layer is not None
            with tarfile.open(fileobj=io.BytesIO(layer.read())) as inner:
                file = next(m for m in inner if m.isfile() and m.size)
                content = inner.extractfile(file)
                assert content is not None
                wanted = hashlib.sha256(content.read()).hexdigest()
        answer = self.ask(wanted, SAVE.read_bytes(), "--files", MULTI)
        assert answer.code == 0
        [found] = answer.json["answers"]
        assert {place["input"] for place in found["places"]} == {"-", str(MULTI)}
        assert file.name in {place["path"] for place in found["places"]}

    def test_that_is_no_image(self) -> None:
        answer = self.ask(NOTHING, b"no tar")
        assert (answer.code, answer.out) == (2, b"")
        assert "-: not an image archive" in answer.err

    def test_twice_is_refused(self) -> None:
        answer = self.ask(NOTHING, SAVE.read_bytes(), "-")
        assert (answer.code, answer.out) == (2, b"")
        assert "only once" in answer.err


PLACES_PEOPLE_COPY_FROM = (
    "{hex}",
    "sha256:{hex}",
    "SHA256:{hex}",
    "registry.example:5000/a/b@sha256:{hex}",
    "docker-pullable://registry.example/a@sha256:{hex}",
    "docker://sha256:{hex}",
    "a/b:1.0@sha256:{hex}",
    "sha256-{hex}.sig",
    "blobs/sha256/{hex}",
    "{hex}.json",
    "sha256:{seven}",
    "{seven}",
    "{twelve}...",
)
"""As docker, kubectl, crictl, cosign and the layout of files spell it."""


@pytest.mark.parametrize("form", PLACES_PEOPLE_COPY_FROM)
def test_a_hash_is_taken_out_of_whatever_it_was_copied_with(form: str) -> None:
    digits = IMAGE_ID.removeprefix("sha256:")
    text = form.format(hex=digits, seven=digits[:7], twelve=digits[:12])
    answer = call("lookup", text, MULTI, "-o", "json")
    assert answer.code == 0
    assert IMAGE_ID in {found["digest"] for found in answer.json["answers"]}


def test_a_wide_hash_is_not_said_to_be_content_of_a_file() -> None:
    answer = call("lookup", "sha512:" + "0" * 128, MULTI)
    assert answer.code == 1
    assert "--files" not in answer.text


def hostile(tmp_path: Path) -> list[Path]:
    paths = []
    for number, (sentence, write) in enumerate(HOSTILE.items()):
        if "GiB" in sentence:
            continue  # minutes of zeros; the other commands read them in test_hostile.py
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.append(write(folder))
    return paths


def test_hostile_files_all_at_once(tmp_path: Path) -> None:
    paths = hostile(tmp_path)
    answer = call("lookup", "1234567", *paths)
    assert answer.code in {0, 3}
    assert "internal error" not in answer.err
    assert all(line.isprintable() for line in answer.said.split("\n"))
    asked = call("lookup", NOTHING, *paths, "-o", "json")
    SCHEMA.validate(asked.json)
    assert asked.code == 3


class TestFiles:
    def test_content_of_a_file_is_found_in_every_image_that_has_it(self, tmp_path: Path) -> None:
        base = {"etc/motd": b"welcome\n"}
        paths = []
        for number in range(2):
            image = ImageBuilder().layer(base).layer({"n": b"%d" % number})
            paths.append(image.write_save(tmp_path / f"{number}.tar", f"app:{number}"))
        wanted = hashlib.sha256(b"welcome\n").hexdigest()
        assert call("lookup", wanted, *paths).code == 1
        answer = call("lookup", "--files", wanted, *paths, "-o", "json")
        assert (answer.code, answer.err) == (0, "")
        SCHEMA.validate(answer.json)
        [found] = answer.json["answers"]
        assert [(p["path"], p["layers"]) for p in found["places"]] == [("etc/motd", [0])] * 2
        assert "etc/motd" in call("lookup", "--files", wanted, *paths).text

    def test_a_damaged_tar_inside_makes_it_incomplete(self, tmp_path: Path) -> None:
        tar = bytearray(tar_bytes({"a": b"1", "b": b"2"}))
        tar[1024 + 150] ^= 1
        path = ImageBuilder().layer(raw_tar=bytes(tar)).write_oci(tmp_path / "layout")
        assert call("lookup", NOTHING, path).code == 1
        answer = call("lookup", "--files", NOTHING, path, "-o", "json")
        assert answer.code == 3
        assert answer.json["inputs"][0]["unread"] is True
        assert "[header-damaged]" in answer.err

    def test_hostile_files_all_at_once(self, tmp_path: Path) -> None:
        answer = call("lookup", "--files", "1234567", *hostile(tmp_path))
        assert answer.code == 3
        assert "internal error" not in answer.err
        assert all(line.isprintable() for line in answer.said.split("\n"))
