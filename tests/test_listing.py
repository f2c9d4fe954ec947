"""Values and filters of listings: capabilities as getcap has them, sizes, times, fates."""

from __future__ import annotations

import os
import random
import struct
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from analyzer.capabilities import capabilities_text
from analyzer.errors import InputError
from analyzer.inside import look_inside
from analyzer.listing.document import Listing, View
from analyzer.listing.filters import Owner, chooser
from analyzer.listing.items import Item, Kind, everything, merged
from analyzer.listing.question import parse_kinds, parse_owner, parse_size, parse_time
from analyzer.listing.times import utc, utc_exact
from analyzer.render.files import files_lines
from analyzer.render.filescsv import files_csv
from analyzer.render.mtree import encoded, mtree_lines, time_text
from analyzer.rootfs.fates import Fate
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Dir, Entries, HardLink, Link
from tests.support.tools import require_tool, run

LOW = (1 << 32) - 1
CAPABILITIES = [
    "cap_net_raw=ep",
    "cap_net_raw=p",
    "cap_chown,cap_sys_admin,cap_checkpoint_restore=eip",
    "cap_net_bind_service=ei",
    "=ep",
]


@pytest.mark.parametrize("text", CAPABILITIES)
def test_capabilities_are_what_getcap_says(text: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    run([require_tool("setcap"), text, file])
    said = run([require_tool("getcap"), file]).stdout.decode()
    assert capabilities_text(os.getxattr(file, "security.capability")) == said.split()[1]


def test_any_sets_of_capabilities_are_what_getcap_says(tmp_path: Path) -> None:
    """Also those that setcap(8) does not make: struct vfs_cap_data, linux/capability.h."""
    chosen = random.Random(4)  # noqa: S311 - nothing secret
    every = (1 << 64) - 1
    said = {}
    for number in range(200):
        few = sum(1 << bit for bit in chosen.sample(range(64), 3))
        permitted, inheritable = chosen.choices([0, every, few, every ^ few, 1 << 13], k=2)
        words = [permitted & LOW, inheritable & LOW, permitted >> 32, inheritable >> 32]
        value = struct.pack("<5I", 0x02000000 | chosen.randrange(2), *words)
        file = tmp_path / str(number)
        file.write_bytes(b"")
        os.setxattr(file, "security.capability", value)
        said[str(file)] = capabilities_text(value)
    lines = run([require_tool("getcap"), "-r", tmp_path]).stdout.decode().splitlines()
    assert said == dict(line.split(" ", 1) for line in lines)


def test_capabilities_of_a_namespace_name_its_root(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    run([require_tool("setcap"), "-n", "1000", "cap_net_raw=ep", file])
    said = run([require_tool("getcap"), "-n", file]).stdout.decode().removeprefix(f"{file} ")
    assert capabilities_text(os.getxattr(file, "security.capability")) == said.strip()


@pytest.mark.parametrize("value", [b"", b"\x01", b"\0" * 20, b"\x01\0\0\x02" + b"\0" * 15])
def test_other_bytes_are_no_capabilities(value: bytes) -> None:
    assert capabilities_text(value) == "not understood"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("10", 10),
        ("7b", 7),
        ("4K", 4096),
        ("4k", 4096),
        ("4KiB", 4096),
        ("4kB", 4000),
        ("1M", 1 << 20),
        ("1MB", 10**6),
        ("2G", 2 << 30),
        ("1T", 1 << 40),
    ],
)
def test_sizes_have_the_units_of_coreutils(text: str, count: int) -> None:
    assert parse_size(text) == count
    if text[-1] != "b":
        done = run([require_tool("numfmt"), "--from=auto", _for_numfmt(text)])
        assert int(done.stdout) == count


def _for_numfmt(text: str) -> str:
    """The `auto` of numfmt takes `4K` for 4000 and `4Ki` for 4096."""
    if text.endswith("iB"):
        return text.removesuffix("B")
    if text.endswith("B"):
        return text.removesuffix("B").upper()
    return text.upper() + ("i" if text[-1].isalpha() else "")


@pytest.mark.parametrize("text", ["", "K", "-1", "1.5M", "0x10", "1" * 30, "1KK", "\u0664"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="is no size"):
        parse_size(text)


@pytest.mark.parametrize(
    "text", ["2024-05-01", "2024-05-01T12:00", "2024-05-01T12:00:00+02:00", "@1714564800", "@-1"]
)
def test_times_are_those_of_date(text: str) -> None:
    said = run([require_tool("date"), "-d", text, "+%s"], env={"TZ": "UTC"}).stdout
    assert parse_time(text) == int(said)


@pytest.mark.parametrize("seconds", [0, 1714564800, -1, 253402300799])
def test_times_are_shown_as_date_shows_them(seconds: int) -> None:
    said = run([require_tool("date"), "-u", "-d", f"@{seconds}", "+%Y-%m-%d %H:%M:%S"]).stdout
    assert utc(seconds) == said.decode().strip()


def test_times_beyond_the_calendar_and_parts_of_seconds() -> None:
    assert utc(999999999999) == "@999999999999"
    assert utc_exact(Decimal("0.25")) == "1970-01-01 00:00:00.25"
    assert utc_exact(Decimal("-0.25")) == "1969-12-31 23:59:59.75"
    assert utc_exact(Decimal("1714564800.123456789")) == "2024-05-01 12:00:00.123456789"
    assert utc_exact(5) == "1970-01-01 00:00:05"


def test_mtree_times_and_names() -> None:
    assert time_text(Decimal("1.5")) == "1.500000000"
    assert time_text(Decimal("-0.25")) == "-1.750000000"
    assert time_text(Decimal("0.9999999999")) == "0.999999999"
    assert encoded("a b\udcff") == "a\\040b\\377"


def test_types_and_owners() -> None:
    assert parse_kinds("f,d") == {Kind.FILE, Kind.DIRECTORY}
    assert parse_kinds(None) == frozenset()
    assert parse_owner("0:5") == Owner("0", "5")
    assert parse_owner(":staff") == Owner("", "staff")
    assert parse_owner(None) is None


def test_globs_of_the_root() -> None:
    everything_below = chooser(["/"], None)
    assert everything_below(".")
    assert everything_below("a/b")
    assert not chooser(["a"], None)("ab")
    assert chooser([], None)("anything")
    for pattern in ("*", "**", "?", "[!a]"):  # glob(7) and its kin give names in a folder
        assert not chooser([pattern], None)(".")
    assert chooser(["*", "."], None)(".")


def items(tmp_path: Path, *layers: Entries) -> tuple[list[Item], list[Item]]:
    """The merged tree, and all that the layers store."""
    builder = ImageBuilder()
    for layer in layers:
        builder.layer(layer)
    with look_inside(str(builder.write_oci(tmp_path / "layout"))) as look:
        (inside,) = look.images
        return list(merged(inside)), list(everything(inside))


def test_an_entry_through_a_link_has_the_fate_of_where_it_landed(tmp_path: Path) -> None:
    lower: Entries = {"usr/lib/": Dir(), "lib": Link("usr/lib")}
    _, found = items(tmp_path, lower, {"lib/n": b"1"}, {"usr/lib/.wh.n": b""})
    by_path = {item.path: item.ending for item in found}
    ending = by_path["lib/n"]
    assert ending is not None
    assert (ending.fate, ending.layer) == (Fate.REMOVED, 2)


def test_a_file_under_the_place_of_a_file_is_gone_with_its_directory(tmp_path: Path) -> None:
    _, found = items(tmp_path, {"d/x": b"1"}, {"d": b"file"})
    endings = {item.path: item.ending for item in found}
    assert endings["d/x"] is not None
    assert (endings["d/x"].fate, endings["d/x"].layer) == (Fate.OVERWRITTEN, 1)


def test_the_root_is_listed_where_a_layer_lists_it(tmp_path: Path) -> None:
    shown, stored = items(tmp_path, {"./": Dir(mode=0o700), "a": b""})
    assert [(item.path, item.mode) for item in shown] == [(".", 0o700), ("a", 0o644)]
    assert [item.path for item in stored] == [".", "a"]


def test_a_hard_link_has_the_values_of_its_file_and_the_layer_of_its_name(tmp_path: Path) -> None:
    shown, _ = items(tmp_path, {"a": b"four"}, {"b": HardLink("a", mode=0o777)})
    linked = shown[1]
    assert (linked.path, linked.kind, linked.size, linked.mode) == ("b", Kind.FILE, 4, 0o644)
    assert (linked.layer, linked.hardlink) == (1, "a")


@pytest.mark.parametrize(
    "text",
    [
        "@1700000000.123456788",
        "@1700000000.123456789",
        "@1700000000.12345679",
        "@1700000000",
        "2023-11-14T22:13:20.123456788Z",
        "2023-11-14T22:13:20.123456789Z",
        "2023-11-14T23:13:20.123456788+01:00",
        "2023-11-14T22:13:21Z",
    ],
)
def test_times_are_compared_to_the_nanosecond_as_find_does(text: str, tmp_path: Path) -> None:
    nanoseconds = 1700000000_123456789
    file = tmp_path / "file"
    file.write_bytes(b"")
    os.utime(file, ns=(nanoseconds, nanoseconds))
    found = run([require_tool("find"), file, "-newermt", text]).stdout
    limit = parse_time(text)
    assert limit is not None
    assert (Decimal(nanoseconds).scaleb(-9) > limit) is bool(found)


@pytest.mark.parametrize(("text", "exact"), [("@-5.5", "-5.5"), ("@0.25", "0.25"), ("@1.0", "1")])
def test_fractions_of_seconds_since_1970(text: str, exact: str) -> None:
    assert parse_time(text) == Decimal(exact)


@pytest.mark.parametrize("text", ["@1.", "@.5", "@1.5.5", "2024-05-01.5", "12:00.5", "@1e5"])
def test_what_is_no_fraction_of_a_second_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_time(text)


def test_listings_are_not_held_in_memory_as_text(tmp_path: Path) -> None:
    count, length = 5000, 400
    files: Entries = {f"{number:05}{'n' * length}": b"" for number in range(count)}
    with look_inside(str(ImageBuilder().layer(files).write_oci(tmp_path / "layout"))) as look:
        [inside] = look.images
        listing = Listing(inside, tuple(merged(inside)), count)
        for lines in (
            lambda: files_lines(View.MERGED, [listing]),
            lambda: files_lines(View.MERGED, [listing], tree=True),
            lambda: files_csv([listing]),
            lambda: mtree_lines(listing.items),
        ):
            tracemalloc.start()
            try:
                size = sum(map(len, lines()))
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert size > count * length
            assert peak < size // 2
