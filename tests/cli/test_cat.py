"""`cat`: the bytes of files, and nothing that is not proven."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call, command, program
from tests.support.imagebuilder import Device, Dir, HardLink, ImageBuilder, Layout, Link
from tests.support.layouts import blob_path
from tests.support.tarbytes import Entries
from tests.support.tools import ROOT, shared

AMD64 = ("--platform", "linux/amd64")
BINARY = bytes(range(256)) * 1000 + b"\0\r\n\x1b[31m\xff"


def tree() -> list[dict[str, object]]:
    """The merged tree of the fixture, as umoci unpacked it."""
    found = json.loads((ROOT / "fixtures/layouts/multi.expected.json").read_bytes())
    rows: list[dict[str, object]] = found["platforms"]["amd64"]["tree"]
    return rows


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("path", [MULTI, SAVE])
def test_every_file_has_the_digest_that_umoci_found(path: Path) -> None:
    files = [(str(row["path"]), row["sha256"]) for row in tree() if row["type"] == "file"]
    assert len(files) > 40
    for name, expected in files:
        answer = call("cat", path, name, *AMD64)
        assert (answer.code, answer.err, digest(answer.out)) == (0, "", expected)


def test_several_files_follow_each_other_as_they_are_named(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b"1", "b": BINARY}).layer({"c": b"3", "e": b""})
    path = builder.write_oci(tmp_path / "layout")
    assert call("cat", path, "c", "/b", "./a", "e", "c").out == b"3" + BINARY + b"13"


def test_bytes_come_out_as_they_are(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"b": BINARY, "raw\udcff": b"r"}).write_oci(tmp_path / "layout")
    assert program("cat", path, "b").out == BINARY
    assert program("cat", path, b"raw\xff".decode("utf-8", "surrogateescape")).out == b"r"


def test_more_than_fits_into_memory_goes_through_a_file(tmp_path: Path) -> None:
    data = os.urandom(1 << 20) * 20
    path = ImageBuilder().layer({"big": data, "small": b"s"}).write_oci(tmp_path / "layout")
    assert digest(call("cat", path, "big", "small").out) == digest(data + b"s")


class TestLinks:
    def image(self, tmp_path: Path) -> Path:
        lower: Entries = {
            "usr/": Dir(),
            "usr/lib/": Dir(),
            "usr/lib/f": b"file",
            "lib": Link("usr/lib"),
            "etc/": Dir(),
            "etc/passwd": b"of the image",
            "etc/up": Link("../../../../etc/passwd"),
            "absolute": Link("/etc/passwd"),
            "chain": Link("absolute"),
            "hard": HardLink("etc/passwd"),
            "loop": Link("loop"),
            "nowhere": Link("/nix/store"),
            "dir": Link("usr"),
            "null": Device("c", 1, 3),
            "disk": Device("b", 8, 0),
            "pipe": Device("p"),
        }
        return ImageBuilder().layer(lower).write_oci(tmp_path / "layout")

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("lib/f", b"file"),
            ("/lib/../lib/./f", b"file"),
            ("etc/up", b"of the image"),
            ("absolute", b"of the image"),
            ("chain", b"of the image"),
            ("hard", b"of the image"),
            ("../../etc/passwd", b"of the image"),
        ],
    )
    def test_lead_to_places_in_the_image(self, name: str, data: bytes, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path), name)
        assert (answer.code, answer.out) == (0, data)

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            (
                "loop",
                "nowhere in linux/amd64: there are more than 40 links on the way, the most that Li",
            ),
            ("usr/../nope/../etc/passwd", "in linux/amd64: there is no 'nope' [no-match]"),
            ("etc/passwd/", "no 'etc/passwd/' in linux/amd64: 'etc/passwd' is no folder"),
            ("lib/f/../f", "no 'lib/f/../f' in linux/amd64: 'usr/lib/f' is no folder"),
            ("nowhere", "'nowhere' is a link to '/nix/store', which leads nowhere"),
            ("nope", "no 'nope' in linux/amd64 [no-match]"),
            ("etc/passwd/x", "no 'etc/passwd/x' in linux/amd64"),
            ("etc", "'etc' is a directory"),
            ("dir", "'dir' is a directory"),
            ("/", "'/' is a directory"),
            ("null", "'null' is a character device, which has no content"),
            ("disk", "'disk' is a block device, which has no content"),
            ("pipe", "'pipe' is a named pipe, which has no content"),
        ],
    )
    def test_what_has_no_content_is_said(self, name: str, words: str, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path), "etc/passwd", name)
        assert (answer.code, answer.out) == (2, b"")
        assert words in answer.err
        assert "stored in layer" not in answer.err


class TestLayers:
    def image(self, tmp_path: Path) -> Path:
        builder = ImageBuilder().layer({"f": b"first", "gone": b"secret", "d/x": b"x"})
        builder.layer({"f": b"second", ".wh.gone": b"", ".wh.d": b"", "h": HardLink("f")})
        return builder.layer({"l": Link("f")}).write_oci(tmp_path / "layout")

    def test_give_files_as_they_store_them(self, tmp_path: Path) -> None:
        path = self.image(tmp_path)
        assert call("cat", path, "f").out == b"second"
        assert call("cat", path, "f", "--layer", "0").out == b"first"
        assert call("cat", path, "gone", "d/x", "--layer", "0").out == b"secretx"
        assert call("cat", path, "h", "--layer", "1").out == b"second"

    def test_are_named_where_a_file_was_deleted(self, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path), "gone")
        assert answer.code == 2
        assert "a later layer removed it; still stored in layer 0: add --layer 0" in answer.err

    def test_do_not_see_each_other(self, tmp_path: Path) -> None:
        path = self.image(tmp_path)
        assert "leads nowhere in layer 2" in call("cat", path, "l", "--layer", "2").err
        answer = call("cat", path, "gone", "--layer", "1")
        assert "no 'gone' in layer 1" in answer.err
        assert "it is stored in: layer 0" in answer.err

    @pytest.mark.parametrize(
        ("name", "words", "hint"),
        [
            ("h", "is a hard link to 'f', whose content is not in that layer", "'f' is stored in"),
            ("n", "is a hard link to 'no', whose content is not", "there is none in any layer"),
            (".wh.gone", "is a marker that removes 'gone' [no-match]", ""),
            ("d/.wh..wh..opq", "is a marker that removes what lower layers have in 'd'", ""),
            (".wh..wh.plnk", "is a marker that removes nothing", ""),
        ],
    )
    def test_say_what_is_stored_and_has_no_content(
        self, name: str, words: str, hint: str, tmp_path: Path
    ) -> None:
        builder = ImageBuilder().layer({"f": b"first", "gone": b"secret", "d/x": b"x"})
        upper: Entries = {
            "h": HardLink("f"),
            "n": HardLink("no"),
            ".wh.gone": b"",
            "d/.wh..wh..opq": b"",
            ".wh..wh.plnk": b"",
        }
        builder.layer(upper)
        path = builder.write_oci(tmp_path / "layout")
        for arguments in (["cat", path, name], ["cp", path, name, tmp_path]):
            answer = call(*arguments, "--layer", "1")
            assert answer.code == 2
            assert f"'{name}' in layer 1 {words}" in answer.err
            assert ("hint: " in answer.err) == bool(hint)
            assert hint in answer.err
        assert "still stored in" not in call("cat", path, ".wh.gone").err

    def test_are_not_named_where_a_slash_asks_for_a_folder(self, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"d/x": b"x", "f": b""}).layer({".wh.d": b""})
        path = builder.write_oci(tmp_path / "layout")
        assert "still stored in layer 0: add" in call("cp", path, "d/", tmp_path).err
        assert "stored in" not in call("cp", path, "f/", tmp_path).err

    @pytest.mark.parametrize("number", ["3", "-1", "99999999999999999999"])
    def test_that_are_not_there(self, number: str, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path), "f", f"--layer={number}")
        assert answer.code == 2
        assert f"no layer {number}" in answer.err
        assert "layers 0 to 2, 0 at the bottom" in answer.err


def test_a_choice_of_platforms_is_listed() -> None:
    answer = call("cat", MULTI, "etc/issue")
    assert (answer.code, answer.out) == (2, b"")
    assert "cat needs one platform, and there are 2 [ambiguous]" in answer.err
    assert "1.0 linux/amd64, 1.0 linux/arm64" in answer.err


def test_a_reader_may_leave_early(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"big": b"line\n" * 2_000_000}).write_oci(tmp_path / "layout")
    line = " ".join(command("cat", path, "big"))
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -c 5; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"line\n", b"")


def test_a_full_disk_behind_standard_output() -> None:
    line = " ".join(command("cat", MULTI, "etc/issue", *AMD64))
    done = subprocess.run(
        ["bash", "-c", f"{line} > /dev/full"], capture_output=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert b"No space left on device [output-failed]" in done.stderr


class TestLayersThatWereNotRead:
    """They may have what is found nowhere: that it is not there is not known."""

    def image(self, tmp_path: Path) -> Path:
        """Of four layers two are missing, and one is cut in the header of its second file."""
        builder = ImageBuilder().layer({"a": b"1", "l": Link("b")}).layer({"b": b"2"})
        built = builder.layer({"c": b"3"}).layer({"d": b"4", "e": b"5"}, codec="none").build()
        layout = Layout()
        layout.add(built)
        path = layout.omit(*built.layer_digests[1:3]).write_dir(tmp_path / "layout")
        blob = path / blob_path(built.layer_digests[3])
        blob.write_bytes(blob.read_bytes()[:1100])
        return path

    @pytest.mark.parametrize("name", ["b", "l", "e", "a/../b", "c/d"])
    def test_are_named_with_what_is_not_found(self, name: str, tmp_path: Path) -> None:
        path = self.image(tmp_path)
        for words in (("cat", path, name), ("cp", path, name, tmp_path / "x")):
            answer = call(*words)
            assert (answer.code, answer.out) == (2, b"")
            told = "layers 1, 2 are not in this file and layer 3 was not read to the end"
            assert f"; {told} [no-match]" in answer.err

    def test_matter_only_where_they_are_asked(self, tmp_path: Path) -> None:
        path = self.image(tmp_path)
        assert "no 'b' in layer 0 [no-match]" in call("cat", path, "b", "--layer", "0").err
        told = "no 'e' in layer 3; layer 3 was not read to the end [no-match]"
        assert told in call("cat", path, "e", "--layer", "3").err


class TestWhatIsNotProven:
    def image(self, tmp_path: Path, flip: int | None, cut: int | None = None) -> Path:
        layers = {"a": b"x" * 5000, "b": b"y" * 5000}
        image = ImageBuilder().layer(layers, codec="none").layer({"c": b"sound"}).build()
        layout = Layout()
        layout.add(image)
        path = layout.write_dir(tmp_path / "layout")
        blob = path / blob_path(image.layer_digests[0])
        raw = bytearray(blob.read_bytes())
        if flip is not None:
            raw[flip] ^= 1
        blob.write_bytes(raw[:cut])
        return path

    def test_is_not_printed(self, tmp_path: Path) -> None:
        """The flipped bit is in `b`; nothing says that `a` is what it was."""
        path = self.image(tmp_path, 7000)
        answer = call("cat", path, "a")
        assert (answer.code, answer.out) == (2, b"")
        assert "declared sha256:" in answer.err
        assert "[digest-mismatch]" in answer.err
        assert "nothing of this layer can be proven, so nothing was written" in answer.err

    def test_does_not_keep_a_sound_layer_back(self, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path, 7000), "c")
        assert (answer.code, answer.out) == (1, b"sound")
        assert "[digest-mismatch]" in answer.err

    def test_is_printed_when_asked_for_and_loudly_so(self, tmp_path: Path) -> None:
        answer = call("cat", self.image(tmp_path, 7000), "a", "--unverified")
        assert (answer.code, answer.out) == (1, b"x" * 5000)
        assert "ociscope: NOT PROVEN: " in answer.err
        assert "what was written may not be what the image was made of" in answer.err

    def test_a_cut_layer_gives_what_came_whole_and_no_halves(self, tmp_path: Path) -> None:
        path = self.image(tmp_path, None, 8000)
        assert (call("cat", path, "a").code, call("cat", path, "a").out) == (2, b"")
        answer = call("cat", path, "a", "b", "--unverified")
        assert (answer.code, answer.out) == (3, b"x" * 5000)
        assert "left out: b: not all of it is there" in answer.err

    def test_is_of_no_effect_where_all_is_proven(self) -> None:
        sound = call("cat", MULTI, "etc/issue", *AMD64, "--unverified")
        assert (sound.code, sound.err, sound.out) == (0, "", b"A replaced file\n")


def test_the_limit_is_for_all_files_together(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b"123", "b": b"456"}).write_oci(tmp_path / "layout")
    assert call("cat", path, "a", "b", "--limit", "extracted_bytes=6").out == b"123456"
    answer = call("cat", path, "a", "b", "--limit", "extracted_bytes=5")
    assert (answer.code, answer.out) == (2, b"")
    assert "limit extracted_bytes is 5, seen at least 6" in answer.err


def test_a_root_filesystem_in_a_folder_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "root" / "etc").mkdir(parents=True)
    (tmp_path / "root" / "bin").mkdir()
    (tmp_path / "root" / "etc" / "os-release").write_bytes(b"ID=x\n")
    (tmp_path / "root" / "etc" / "passwd").write_bytes(b"root:x:0:0::/:/bin/sh\n")
    (tmp_path / "root" / "bin" / "sh").symlink_to("/etc/passwd")
    assert call("cat", tmp_path / "root", "bin/sh").out == b"root:x:0:0::/:/bin/sh\n"


def test_a_sample_of_docker_is_read_through_its_links() -> None:
    """In a save of docker 20.10 equal layers are symbolic links to one of them."""
    path = shared("samples", "docker-20.10-save.tar")
    names = call("export", path, "-")
    assert names.code == 0
    assert len(names.out) > 1024
