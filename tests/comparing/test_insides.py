"""What differs inside changed files, read out of two images and proven."""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.insides import UNPROVEN, Inside
from analyzer.diff.content.room import Room
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, mirrored, to_document
from analyzer.errors import OutputError
from analyzer.limits import Limits
from analyzer.listing.filters import chooser
from analyzer.reading import Run
from analyzer.render.insides import inside_markdown, inside_text
from tests.support.imagebuilder import HardLink, ImageBuilder
from tests.support.realimages import successor, successor_tree
from tests.support.tools import require_tool, run

ONE = {
    "etc/app.conf": b"a\nb\nc\n",
    "etc/passwd": b"root:x:0:0::/root:/bin/sh\n",
    "etc/empty": b"",
    "usr/bin/tool": b"\0" * 3_000_000 + b"1",
    "same": b"same",
    "gone": b"gone",
}
TWO = {
    **{name: data for name, data in ONE.items() if name != "gone"},
    "etc/app.conf": b"a\nB\nc\n",
    "etc/passwd": b"root:x:0:0::/root:/bin/bash\n",
    "etc/empty": b"more\n",
    "usr/bin/tool": b"\0" * 3_000_000 + b"2",
    "new": b"new",
}


def compared(one: Path, two: Path, globs: Sequence[str] = (), **limits: int) -> Difference:
    room = Room(replace(Limits(), **limits))
    with open_inputs([Wanted(str(one)), Wanted(str(two))]) as (before, after):
        return compare_inputs(before, after, inside=Inside(chooser(globs, None), room))


def insides(found: Difference) -> dict[str, Difference]:
    part = found.children[0].child("files")
    assert part is not None
    return {
        child.subject: content.children[0]
        for child in part.children
        if (content := child.child("content")) is not None and content.children
    }


def alone(found: Difference) -> dict[str, Difference]:
    """What is told of files that one side alone has."""
    part = found.children[0].child("files")
    assert part is not None
    nodes = {child.subject: child.child("inside") for child in part.children}
    return {path: node for path, node in nodes.items() if node is not None}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    base = ImageBuilder().layer({"base": b"1"})
    one = base.layer(ONE).write_oci(tmp_path / "one", "a")
    base = ImageBuilder().layer({"base": b"1"})
    return one, base.layer(TWO).write_oci(tmp_path / "two", "a")


def test_every_changed_file_is_looked_into(two: tuple[Path, Path]) -> None:
    found = compared(*two)
    assert set(insides(found)) == {name for name in ONE if name in TWO and ONE[name] != TWO[name]}
    assert compared(two[1], two[0]) == mirrored(found)
    assert insides(compared(two[0], two[0])) == {}


def test_files_are_those_that_umoci_unpacks(two: tuple[Path, Path], tmp_path: Path) -> None:
    umoci, diff = require_tool("umoci"), require_tool("diff")
    for path in two:
        target = tmp_path / f"{path.name}-files"
        run([umoci, "raw", "unpack", "--rootless", "--image", f"{path}:a", target])
    names = [tmp_path / f"{path.name}-files/etc/app.conf" for path in two]
    real = run([diff, "-u", *names], check=False).stdout.decode().splitlines()[2:]
    lines = inside_text(compared(*two, ["etc/app.conf"])).splitlines()
    assert [line.strip("\n")[4:] for line in lines if line.startswith("    ")][1:] == real


@pytest.mark.parametrize("text", [b"a\nb\n", b"a\nno end", b"\n", b"a\r\nb\r\n", b"\xe4\n"])
def test_a_file_of_one_side_is_shown_as_diff_does_without_the_other(
    text: bytes, tmp_path: Path
) -> None:
    """GNU diff(1), option -N: an absent file is an empty one."""
    diff = require_tool("diff")
    (tmp_path / "new").write_bytes(text)
    none, new = tmp_path / "none", tmp_path / "new"
    made = [ImageBuilder().layer({"same": b""}), ImageBuilder().layer({"same": b"", "new": text})]
    sides = [image.write_oci(tmp_path / f"image{n}", "a") for n, image in enumerate(made)]
    for one, two, old, now in ((0, 1, none, new), (1, 0, new, none)):
        real = run([diff, "-uN", old, now], check=False).stdout.decode("latin-1").splitlines()[2:]
        lines = inside_text(compared(sides[one], sides[two])).splitlines()
        shown = [line[4:] for line in lines if line.startswith("    ")][1:]
        expected = [line.replace("\r", "").replace("\xe4", "\\xe4") for line in real]
        assert [line.rstrip() for line in shown] == [line.rstrip() for line in expected]


def test_what_came_is_opened_unless_a_package_or_noise_explains_it(tmp_path: Path) -> None:
    status = (
        "Package: one\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
        "Maintainer: x\nDescription: x\n"
    )
    base = {"var/lib/dpkg/status": b"", "etc/os-release": b"ID=debian\n"}
    packed = {
        **base,
        "var/lib/dpkg/status": status.encode(),
        "var/lib/dpkg/info/one.list": b"/usr/share/one\n",
        "usr/share/one": b"of the package\n",
        "var/cache/apt/x": b"noise\n",
        "opt/own": b"copied\n",
    }
    sides = [
        ImageBuilder().layer(files).write_oci(tmp_path / name, "a")
        for name, files in (("one", base), ("two", packed))
    ]
    assert set(alone(compared(sides[0], sides[1]))) == {"opt/own"}
    everything = {path for path in packed if path not in base}
    with open_inputs([Wanted(str(side)) for side in sides]) as (before, after):
        inside = Inside(chooser(["**"], None), Room(Limits()), named=True)
        found = compare_inputs(before, after, inside=inside)
    assert set(alone(found)) == everything


def test_no_password_and_no_secret_is_shown_of_what_came(tmp_path: Path) -> None:
    files = {
        "etc/shadow": b"root:$6$salt$verysecrethash:19000:0:99999:7:::\n",
        "app.env": b"A=1\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        "program": b"\x7fELF" + b"\0" * 60,
    }
    one = ImageBuilder().layer({"same": b""}).write_oci(tmp_path / "one", "a")
    two = ImageBuilder().layer({"same": b"", **files}).write_oci(tmp_path / "two", "a")
    found = compared(one, two)
    text = inside_text(found)
    assert "A=1" in text
    assert "verysecrethash" not in text
    assert "wJalrXUtnFEMI" not in text
    nodes = alone(found)
    assert nodes["program"].after == {"kind": "ELF", "size": 64}
    assert nodes["program"].children == nodes["etc/shadow"].children == ()
    assert compared(two, one) == mirrored(found)


def test_files_of_one_side_beyond_the_limits_are_counted(two: tuple[Path, Path]) -> None:
    found = compared(*two, content_files=5)
    (part,) = (child for child in found.children[0].children if child.subject == "files")
    assert len(insides(found)) == 4
    assert len(alone(found)) == 1
    assert [note for note in part.notes if note.startswith("1 files that one side alone has")]


def test_globs_choose_paths(two: tuple[Path, Path]) -> None:
    assert set(insides(compared(*two, ["etc/*"]))) == {"etc/app.conf", "etc/passwd", "etc/empty"}
    assert set(insides(compared(*two, ["/etc/passwd", "**/tool"]))) == {
        "etc/passwd",
        "usr/bin/tool",
    }
    assert insides(compared(*two, ["nothing"])) == {}


@pytest.mark.parametrize(
    ("limit", "value", "left"),
    [("content_files", 1, 1), ("content_bytes", 20, 2), ("content_file_bytes", 1000, 3)],
)
def test_limits_say_what_was_left_out(
    two: tuple[Path, Path], limit: str, value: int, left: int
) -> None:
    nodes = insides(compared(two[0], two[1], (), **{limit: value}))
    read = [node for node in nodes.values() if node.kind is Kind.CHANGED]
    assert len(read) == left
    refused = [node for node in nodes.values() if node.kind is Kind.UNKNOWN]
    assert len(nodes) == 4
    assert all(f"--limit {limit}=N" in node.notes[0] for node in refused)


def test_hard_links_of_one_file_are_looked_into_each(tmp_path: Path) -> None:
    paths = []
    for number in (b"1\n", b"2\n"):
        image = ImageBuilder().layer({"a": number, "b": HardLink("a")})
        paths.append(image.write_oci(tmp_path / number.decode().strip(), "a"))
    assert set(insides(compared(paths[0], paths[1]))) == {"a", "b"}


def test_as_json_text_and_markdown(two: tuple[Path, Path]) -> None:
    found = compared(*two)
    document = json.loads(json.dumps(to_document(found)))
    assert "inside" in json.dumps(document)
    text = inside_text(found)
    assert "  etc/passwd\n    passwd, 26 -> 28 bytes\n    ~ root\n" in text
    assert "~ shell: /bin/sh -> /bin/bash" in text
    markdown = inside_markdown(found)
    assert markdown.count("```") == 2 * (len(insides(found)) + len(alone(found)))
    assert "\n-b\n+B\n" in markdown
    ticks = ImageBuilder().layer({"a": b"```\n"}), ImageBuilder().layer({"a": b"````\n"})
    sides = [image.write_oci(two[0].parent / str(n), "a") for n, image in enumerate(ticks)]
    fence = next(
        line
        for line in inside_markdown(compared(sides[0], sides[1])).splitlines()
        if line.endswith("diff")
    )
    assert fence == "`````diff"


def test_nothing_is_left_on_the_host(
    two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert insides(compared(*two))
    assert list(folder.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_layer_that_is_not_proven_when_read_again_shows_nothing(two: tuple[Path, Path]) -> None:
    """As where somebody swaps the file between the two readings."""
    with mock.patch.object(Run, "read", return_value=False):
        found = compared(*two)
    nodes = insides(found)
    assert len(nodes) == 4
    assert {node.kind for node in nodes.values()} == {Kind.UNKNOWN}
    assert all(node.notes == (BEFORE + UNPROVEN, AFTER + UNPROVEN) for node in nodes.values())
    assert "root:x" not in inside_text(found)


def test_no_room_for_temporary_files_is_an_error_of_ours(two: tuple[Path, Path]) -> None:
    def full(*_words: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with mock.patch("os.pwrite", full), pytest.raises(OutputError, match="No space left"):
        compared(*two)


def test_on_a_real_image_those_files_are_looked_into_that_umoci_unpacked_differently() -> None:
    trees = [{e["path"]: e for e in successor_tree(name)} for name in ("before", "after")]
    changed = {
        path
        for path, entry in trees[0].items()
        if path in trees[1]
        and entry.get("sha256")
        and trees[1][path].get("sha256")
        and entry["sha256"] != trees[1][path]["sha256"]
    }
    assert "var/lib/dpkg/status" in changed
    found = insides(compared(successor("before"), successor("after")))
    assert set(found) == changed
    status = found["var/lib/dpkg/status"]
    assert {child.subject: child.kind for child in status.children} == {
        "abacus:all": Kind.REMOVED,
        "chart:all": Kind.ADDED,
        "ledger:all": Kind.CHANGED,
    }
