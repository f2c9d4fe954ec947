"""Times keep every digit that a tar stores, in every command and through the cache.

What is expected is the nanoseconds that `touch` set and `stat` shows, in tars that GNU tar wrote.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
from decimal import Decimal
from pathlib import Path

import pytest

from analyzer.listing.times import utc_exact
from analyzer.tarheader import BadHeader, pax_time, seconds_text
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import member, pax_records
from tests.support.tools import require_tool, run
from tests.support.unpacking import umoci
from tests.tar.walking import END

TIMES = {
    "nine": "1714564800.123456789",
    "last": "1714564800.000000001",
    "whole": "1714564800",
    "late": "4102444800.999999999",
    "before": "-1.500000001",
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("times")
    tree = folder / "tree"
    tree.mkdir()
    for name, time in TIMES.items():
        run(["touch", "-d", f"@{time}", tree / name])
    tar = folder / "layer.tar"
    run([require_tool("tar"), "--format=posix", "-C", tree, "-cf", tar, *TIMES])
    return ImageBuilder().layer(raw_tar=tar.read_bytes()).write_oci(folder / "layout", "v")


def stated(path: Path) -> str:
    """The time of a file as `stat` shows it, with all nine digits."""
    return run(["stat", "-c", "%.9Y", path]).stdout.decode().strip()


def nine(time: str) -> str:
    whole, _, fraction = time.partition(".")
    return f"{whole}.{fraction:0<9}"


@pytest.mark.parametrize("cached", ["first", "again"])
def test_listings_have_all_digits(layout: Path, cached: str) -> None:
    text = call("files", layout, "-o", "json").text
    found = dict(re.findall(r'"path": "(\w+)".*?"mtime": ([-0-9.]+)', text, re.DOTALL))
    assert {name: nine(time) for name, time in found.items()} == {
        name: nine(time) for name, time in TIMES.items()
    }
    assert json.loads(text)["schema"] == "ociscope-files-1.0"
    rows = csv.DictReader(io.StringIO(call("files", layout, "-o", "csv").text))
    assert {row["path"]: nine(row["mtime"]) for row in rows} == {
        name: nine(time) for name, time in TIMES.items()
    }
    mtree = call("files", layout, "-o", "mtree").text
    assert dict(re.findall(r"\./(nine|last|whole|late) .* time=(\S+)", mtree)) == {
        name: nine(time) for name, time in TIMES.items() if name != "before"
    }


def test_the_log_has_all_digits(layout: Path) -> None:
    assert "2024-05-01 12:00:00.123456789" in call("log", layout, "nine").text
    assert "2024-05-01 12:00:00.000000001" in call("log", layout, "last").text


def test_what_is_exported_has_all_digits(layout: Path, tmp_path: Path) -> None:
    assert call("export", layout, tmp_path / "rootfs").code == 0
    assert call("export", layout, tmp_path / "rootfs.tar").code == 0
    (tmp_path / "unpacked").mkdir()
    run([require_tool("tar"), "-C", tmp_path / "unpacked", "-xf", tmp_path / "rootfs.tar"])
    for name in TIMES:
        expected = stated(layout.parent / "tree" / name)
        assert stated(tmp_path / "rootfs" / name) == expected
        assert stated(tmp_path / "unpacked" / name) == expected


def test_the_difference_of_a_nanosecond_is_one(tmp_path: Path) -> None:
    sides = []
    for side, time in (("a", TIMES["nine"]), ("b", "1714564800.123456788")):
        file = tmp_path / side / "file"
        file.parent.mkdir()
        run(["touch", "-d", f"@{time}", file])
        tar = tmp_path / f"{side}.tar"
        run([require_tool("tar"), "--format=posix", "-C", file.parent, "-cf", tar, "file"])
        image = ImageBuilder().layer(raw_tar=tar.read_bytes())
        sides.append(image.write_oci(tmp_path / f"layout-{side}", "v"))
    text = call("diff", *sides, "--times", "-o", "json").text
    assert "1714564800.123456789" in text
    assert "1714564800.123456788" in text


@pytest.mark.parametrize(
    "value",
    [
        *(
            b"",
            b"x",
            b"nan",
            b"inf",
            b"1e400",
            b"1e12",
            b"9223372036854775808",
            b"-9223372036854775809",
            b"1e5",
            b" 1.5",
            b"1_000",
        ),
        *(b"1e-300", b".5", b"-", b"+", b"1.2.3", b"1.-5", b"1,5", b"5 ", b"5\n"),
    ],
)
def test_no_times(value: bytes) -> None:
    """Go's archive/tar refuses all of these: strconv_test.go."""
    with pytest.raises(BadHeader):
        pax_time(value)


@pytest.mark.parametrize("value", [99999999999999, 2**63 - 1, -(2**63)])
def test_a_time_that_engines_take_is_no_damage(value: int, tmp_path: Path) -> None:
    """Go's archive/tar takes what 64 bits hold; umoci sets what its file system can."""
    records = pax_records({"mtime": str(value).encode()})
    tar = member(b"PaxHeaders.0/f", records, b"x") + member(b"f", b"1") + END
    image = ImageBuilder().layer(raw_tar=tar)
    assert umoci(image, tmp_path / "umoci") == {"f": b"1"}
    layout = image.write_oci(tmp_path / "layout", "v")
    answer = call("files", layout, "-o", "json")
    (item,) = answer.json["images"][0]["files"]
    assert (answer.code, item["mtime"], answer.json["problems"]) == (0, value, [])
    for place in (tmp_path / "out.tar", tmp_path / "out"):
        assert call("export", layout, place).code == 0
    with tarfile.open(tmp_path / "out.tar") as out:
        assert out.getmember("f").pax_headers["mtime"] == str(value)


def test_a_year_that_no_calendar_has_keeps_its_fraction_once() -> None:
    assert utc_exact(Decimal("-999999999999.25")) == "@-999999999999.25"
    assert utc_exact(Decimal("-0.25")) == "1969-12-31 23:59:59.75"


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (b"1." + b"3" * 5000, "1.333333333"),
        (b"0." + b"0" * 9000, "0"),
        (b"0" * 9000 + b"7", "7"),
        (b"+5.50", "5.5"),
        (b"-1.9999999999", "-1.999999999"),
        (b"-0.25", "-0.25"),
        (b"5.", "5"),
    ],
)
def test_nanoseconds_are_the_last_that_count(value: bytes, time: str) -> None:
    """As in Go's archive/tar: strconv_test.go, `TestParsePAXTime`."""
    assert seconds_text(pax_time(value)) == time
