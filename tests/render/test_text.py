"""Screens for people: what stands first, what fits, what is said once and what is said loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.problems import Code, error, note, warning
from analyzer.render.text import aligned, fields, human_bytes, problem_lines, table
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder, Layout

LONG = "sha256:" + "a" * 64
HEADERS = ("what", "digest", "size")
ROWS = (("layer", LONG, "5 B"), ("  config", "-", "12.0 kB"))


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_440_000, "1.4 MB"),
        (8 * 10**9, "8.0 GB"),
        (3 * 10**15, "3000.0 TB"),
    ],
)
def test_sizes_are_decimal(count: int | None, shown: str) -> None:
    assert human_bytes(count) == shown


class TestTables:
    def test_columns_stand_under_each_other_without_trailing_blanks(self) -> None:
        assert aligned([("a", "b"), ("long", "")]) == ["a     b", "long"]

    def test_nothing_is_moved_where_it_fits(self) -> None:
        assert table(ROWS, HEADERS, None, below=(1,)) == table(ROWS, HEADERS, 200, below=(1,))
        assert table(ROWS, HEADERS).splitlines()[1] == f"layer     {LONG}  5 B"

    def test_long_columns_go_below_where_it_does_not(self) -> None:
        shown = table(ROWS, HEADERS, 80, below=(1,))
        assert shown.splitlines() == [
            "what      size, then digest",
            "layer     5 B",
            f"  {LONG}",
            "  config  12.0 kB",
        ]

    def test_a_value_that_fits_no_line_stands_below_its_label(self) -> None:
        rows = [("image ID", f"{LONG}  (stored, verified)"), ("layers", "3")]
        assert fields(rows, 80) == [
            "  image ID",
            f"    {LONG}",
            "    (stored, verified)",
            "  layers    3",
        ]
        assert fields(rows, None)[0] == f"  image ID  {LONG}  (stored, verified)"


class TestProblems:
    def test_errors_come_first_and_notes_last(self) -> None:
        lines = problem_lines(
            [
                note(Code.UNREFERENCED_BLOB, "a", "1"),
                warning(Code.DUPLICATE_KEYS, "b", "2"),
                error(Code.LAYER_DAMAGED, "c", "3"),
            ]
        )
        assert lines == [
            "error: c: 3 [layer-damaged]",
            "warning: b: 2 [duplicate-keys]",
            "note: a: 1 [unreferenced-blob]",
        ]

    def test_a_flood_of_one_kind_is_counted(self) -> None:
        flood = [error(Code.BLOB_MISSING, f"blob {n:03}", "gone") for n in range(300)]
        lines = problem_lines([*flood, warning(Code.DUPLICATE_KEYS, "b", "2")])
        assert len(lines) == 12
        assert lines[10] == ("error: 290 more of this kind, -o json has them all [blob-missing]")

    def test_the_same_note_about_several_places_is_one_line(self) -> None:
        same = [note(Code.GZIP_HEADER, str(n), "says Unix") for n in (3, 1, 2)]
        assert problem_lines([*same, note(Code.GZIP_HEADER, "0", "says FAT")]) == [
            "note: 0: says FAT [gzip-header]",
            "note: 1 and 2 more: says Unix [gzip-header]",
        ]

    def test_eleven_are_not_ten_and_one_more(self) -> None:
        lines = problem_lines([error(Code.BLOB_MISSING, str(n), "gone") for n in range(10)])
        assert len(lines) == 10
        assert not any("more of this kind" in line for line in lines)

    def test_control_characters_are_shown_not_sent(self) -> None:
        [line] = problem_lines([error(Code.LAYER_DAMAGED, "a\x1b[2J", "b\nerror: c\u202e")])
        assert line == "error: a\\x1b[2J: b\\x0aerror: c\\u202e [layer-damaged]"


def image(platform: str = "linux/amd64", **files: bytes) -> ImageBuilder:
    base, top = {"base": platform.encode(), **files}, {"top": platform.encode()}
    return ImageBuilder().layer(base).layer(top).platform(platform)


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    """Three platforms: one whole, one without its top layer, one only named."""
    whole, cut, absent = (image(f"linux/{arch}").build() for arch in ("amd64", "arm64", "s390x"))
    layout = Layout()
    layout.add_index([whole, cut, absent], ref_name="1")
    return layout.omit(cut.layer_digests[1], *absent.all_blobs()).write_dir(tmp_path / "layout")


def block(text: str, title: str) -> str:
    """The part of a screen under a heading."""
    [found] = [part for part in text.split("\n\n") if part.startswith(title)]
    return found


class TestScreens:
    def test_analyze_says_at_the_top_that_it_is_incomplete(self, partial: Path) -> None:
        lines = call("analyze", partial).text.splitlines()
        assert lines[0].endswith("1 image, 3 platforms (1 of them not in this file)")
        assert lines[1].startswith("INCOMPLETE: ")

    @pytest.mark.parametrize("verb", ["analyze", "packages"])
    def test_the_image_that_lacks_something_says_so_itself(self, verb: str, partial: Path) -> None:
        text = call(verb, partial).text
        assert "INCOMPLETE" in block(text, "1  linux/arm64")
        assert "INCOMPLETE" not in block(text, "1  linux/amd64")
        assert "not in this file" in block(text, "1  linux/s390x")

    @pytest.mark.parametrize("verb", ["analyze", "inspect", "ids"])
    def test_bytes_that_are_not_as_declared_are_loud(self, verb: str, tmp_path: Path) -> None:
        path = image().layer({"x": b""}, declare_digest="sha256:" + "5" * 64)
        text = call(verb, path.write_oci(tmp_path / "layout")).text
        assert text.splitlines()[1].startswith("MISMATCH: ")
        assert "NO" in text or "DOES NOT MATCH THE BYTES" in text or "digest-mismatch" in text

    def test_nothing_is_loud_where_nothing_is_wrong(self, tmp_path: Path) -> None:
        path = image().write_oci(tmp_path / "layout")
        for verb in ("analyze", "inspect", "ids", "packages"):
            text = call(verb, path).text
            assert "INCOMPLETE" not in text
            assert "MISMATCH" not in text

    def test_no_packages_is_said_and_no_empty_table_shown(self, tmp_path: Path) -> None:
        text = call("packages", image().write_oci(tmp_path / "layout", "1")).text
        assert text == "1  linux/amd64: none found; no distribution\n"

    def test_one_of_a_thing_is_singular(self, tmp_path: Path) -> None:
        assert "1 image, 1 platform\n" in call("ids", image().write_oci(tmp_path / "l")).text

    def test_an_image_without_a_name_is_known_by_its_position(self, tmp_path: Path) -> None:
        text = call("analyze", image().write_oci(tmp_path / "layout")).text
        assert "(no name, image @0)  linux/amd64" in text

    def test_every_layer_of_thirty_has_its_line(self, tmp_path: Path) -> None:
        builder = ImageBuilder()
        for number in range(30):
            builder.layer({str(number): b""})
        lines = call("ids", builder.write_oci(tmp_path / "layout")).text.splitlines()
        for digest in builder.build().layer_digests:
            assert sum(line.endswith(f"  {digest}") for line in lines) == 1
        columns = {line.index("sha256:") for line in lines if line[:4].strip().isdecimal()}
        assert columns == {6}

    def test_inspect_indents_by_what_leads_to_what(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add_index([image()], ref_name="1")
        lines = call("inspect", layout.write_dir(tmp_path / "layout")).text.splitlines()
        kinds = ["index ", "  index ", "    manifest linux/amd64 ", "      config ", "      layer "]
        assert all(any(line.startswith(kind) for line in lines) for kind in kinds)

    def test_a_package_that_is_not_installed_shows_its_state(self, tmp_path: Path) -> None:
        entry = "Package: {0}\nStatus: {1}\nVersion: 1\nArchitecture: all\n\n"
        status = entry.format("here", "install ok installed")
        status += entry.format("gone", "deinstall ok config-files")
        builder = ImageBuilder().layer({"var/lib/dpkg/status": status.encode()})
        lines = call("packages", builder.write_oci(tmp_path / "layout")).text.splitlines()
        assert lines[0].endswith("1 deb; no distribution")
        assert [line.split()[0] for line in lines[1:3]] == ["name", "here"]
        assert lines[-1] == "not shown: 1 known but not installed; --state all shows them"
        lines = call("packages", tmp_path / "layout", "--state", "all").text.splitlines()
        assert lines[1].split()[-1] == "state"
        assert [(line.split()[0], line.split()[-1]) for line in lines[2:4]] == [
            ("gone", "config-files"),
            ("here", "installed"),
        ]
