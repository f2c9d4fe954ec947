"""Extended headers: pax records, GNU long names, and what contradicts the header."""

from __future__ import annotations

import pytest

from analyzer.problems import Code
from analyzer.tarheader import BadHeader, read_pax
from tests.support.tarbytes import header, member, pad, pax_records
from tests.tar.test_damage import v7
from tests.tar.walking import END, walk


def pax(records: dict[str, bytes], kind: bytes = b"x") -> bytes:
    return member(b"PaxHeaders/x", pax_records(records), kind)


def test_pax_overrides_the_header() -> None:
    records = {"path": b"real", "size": b"700", "uid": b"5", "gid": b"6", "mtime": b"-1.5"}
    records |= {"uname": b"me", "gname": b"us"}
    archive = pax(records) + header(b"cut", 1) + pad(b"d" * 700) + member(b"next") + END
    first, second = walk(archive).entries
    assert (first.path, first.size, first.uid, first.gid) == ("real", 700, 5, 6)
    assert (first.mtime, first.uname, first.gname) == (-1.5, "me", "us")
    assert (second.path, second.uid, second.uname) == ("next", 0, "")


@pytest.mark.parametrize("key", ["path", "size", "uid", "gid", "mtime", "uname", "gname"])
def test_an_empty_value_leaves_the_header_in_force(key: str) -> None:
    """pax(1): an empty value deletes the record; Go's reader does the same."""
    seen = walk(pax({key: b""}) + member(b"name", b"data") + END)
    assert seen.data == {"name": b"data"}
    assert not seen.problems


def test_a_pax_size_that_is_no_number_costs_the_entry_only() -> None:
    for value in (b"-1", b"1e3", b"9" * 18 + b"99", b"0x10", b" 5"):
        seen = walk(pax({"size": value}) + member(b"lost", b"data") + member(b"next") + END)
        assert seen.paths == ["next"], value
        assert seen.codes == [Code.HEADER_DAMAGED]


@pytest.mark.parametrize("key", ["uid", "gid", "mtime"])
@pytest.mark.parametrize("value", [b"x", b"-", b"nan", b"1" * 30, b"inf", b"\xff"])
def test_other_pax_numbers_that_are_none_are_told(key: str, value: bytes) -> None:
    seen = walk(pax({key: value}) + member(b"kept", b"data") + END)
    assert seen.data == {"kept": b"data"}
    assert seen.codes == [Code.HEADER_DAMAGED]
    assert key in seen.problems[0].detail


def test_global_headers_are_ignored_and_told() -> None:
    seen = walk(pax({"path": b"everyone", "uid": b"9"}, b"g") + member(b"a", b"1") + END)
    assert seen.paths == ["a"]
    assert seen.entries[0].uid == 0
    assert seen.codes == [Code.RUNTIME_DEPENDENT]
    assert "before byte 1024: a global extended header" in seen.problems[0].detail


def test_a_global_header_at_the_end_waits_for_nothing() -> None:
    seen = walk(member(b"a") + pax({"comment": b"bye"}, b"g") + END)
    assert seen.codes == [Code.RUNTIME_DEPENDENT]


def test_an_extended_header_is_for_one_entry() -> None:
    long = member(b"././@LongLink", b"long\0", b"L")
    assert walk(long + header(b"short") + header(b"next") + END).paths == ["long", "next"]


def test_gnu_long_names_win_over_pax_as_in_go() -> None:
    both = pax({"path": b"from-pax"}) + member(b"././@LongLink", b"from-gnu\0", b"L")
    assert walk(both + header(b"h") + END).paths == ["from-gnu"]


def test_an_empty_gnu_long_name_is_none() -> None:
    assert walk(member(b"././@LongLink", b"\0", b"L") + header(b"h") + END).paths == ["h"]


def test_damage_drops_the_extended_header_before_it() -> None:
    bad = bytearray(header(b"bad"))
    bad[0] ^= 1
    seen = walk(pax({"path": b"wrong"}) + bytes(bad) + header(b"right") + END)
    assert seen.paths == ["right"]


MALFORMED = {
    "no length": b"path=a\n",
    "negative length": b"-5 a=b\n",
    "length zero": b"0 a=b\n",
    "too long": b"99 a=b\n",
    "far too long": b"99999999999999999999 a=b\n",
    "too short": b"3 path=a\n",
    "no value": b"7 path\n",
    "no line end": b"9 path=abc",
    "not text": b"\xff\xfe\n",
    "only a blank": b" ",
}


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_records_are_told_and_those_before_count(bad: bytes) -> None:
    records: dict[str, bytes] = {}
    with pytest.raises(BadHeader):
        read_pax(pax_records({"path": b"good"}) + bad, records)
    assert records == {"path": b"good"}
    seen = walk(member(b"x", pax_records({"path": b"good"}) + bad, b"x") + member(b"f", b"1") + END)
    assert seen.data == {"good": b"1"}
    assert seen.codes == [Code.HEADER_DAMAGED, Code.HEADER_CONFLICT]  # the header says "f"


def test_values_may_hold_line_ends_and_equal_signs() -> None:
    records: dict[str, bytes] = {}
    read_pax(pax_records({"path": b"a\n5 b=c\n", "comment": b"=="}), records)
    assert records == {"path": b"a\n5 b=c\n", "comment": b"=="}


def test_the_last_of_a_key_counts() -> None:
    records: dict[str, bytes] = {}
    read_pax(b"9 path=a\n9 path=b\n", records)
    assert records == {"path": b"b"}


def test_zeros_inside_the_size_of_a_pax_header_end_it() -> None:
    """For GNU tar and Python; Go refuses them (test_forms.py)."""
    seen = walk(member(b"x", b"9 path=a\n" + bytes(20), b"x") + header(b"a") + END)
    assert seen.paths == ["a"]
    assert seen.codes == [Code.RUNTIME_DEPENDENT]


LIBARCHIVE = {
    "alone": ({"LIBARCHIVE.xattr.user.a%3Db": b"AP8"}, "'user.a=b'"),
    "with another value": (
        {"LIBARCHIVE.xattr.user.a": b"Mg", "SCHILY.xattr.user.a": b"1"},
        "'user.a'",
    ),
    "no base64": ({"LIBARCHIVE.xattr.user.a": b"A"}, "'user.a'"),
    "no UTF-8": ({"LIBARCHIVE.xattr.user.%FF": b"AP8"}, "'user."),
    "as bsdtar writes it": (
        {"LIBARCHIVE.xattr.user.a": b"AP8", "SCHILY.xattr.user.a": b"\0\xff"},
        "",
    ),
}


@pytest.mark.parametrize("case", LIBARCHIVE)
def test_attributes_of_libarchive_are_told_and_not_taken(case: str) -> None:
    """Go's reader, and so every engine, knows those of star alone: test_forms.py."""
    records, name = LIBARCHIVE[case]
    seen = walk(pax(records) + header(b"f") + END)
    star = {key[13:]: value for key, value in records.items() if key.startswith("SCHILY")}
    assert seen.entries[0].xattrs == star
    told = [problem.detail for problem in seen.problems]
    assert len(told) == bool(name)
    assert all(f"attribute {name}" in what for what in told)


# Names and types.


def test_a_v7_directory_is_a_name_with_a_slash() -> None:
    seen = walk(v7(b"dir/") + v7(b"dir/file", b"1") + END)
    assert [(entry.path, entry.kind.value) for entry in seen.entries] == [
        ("dir", "directory"),
        ("dir/file", "file"),
    ]


def test_a_regular_file_with_a_slash_stays_a_file_as_in_go() -> None:
    seen = walk(member(b"name/", b"data") + END)
    assert seen.entries[0].kind.value == "file"
    assert seen.data == {"name": b"data"}
    assert seen.codes == [Code.HEADER_CONFLICT]  # GNU tar and bsdtar: test_forms.py


def test_links_and_directories_have_no_data_whatever_their_size_says() -> None:
    for flag in (b"1", b"2", b"3", b"4", b"5", b"6"):
        seen = walk(header(b"a", 512, flag, link=b"t") + member(b"b", b"1") + END)
        assert [(entry.path, entry.size) for entry in seen.entries] == [("a", 0), ("b", 1)]


def test_unknown_types_are_files_with_a_note() -> None:
    seen = walk(member(b"volume", b"data", b"Q") + END)
    assert seen.data == {"volume": b"data"}
    assert seen.codes == [Code.ENTRY_UNSUPPORTED]


def test_the_prefix_field_is_of_posix_headers_only() -> None:
    block = bytearray(header(b"name"))
    block[345:351] = b"prefix"

    def checked() -> bytes:
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        return bytes(block)

    assert walk(checked() + END).paths == ["prefix/name"]
    block[257:265] = bytes(8)
    assert walk(checked() + END).paths == ["name"]


@pytest.mark.parametrize(
    ("name", "path", "odd"),
    [
        (b"./a//b/", "a/b", False),
        (b"/etc/x", "etc/x", True),
        (b"../../x", "x", True),
        (b"a/../x", "x", True),
        (b"./", "", False),
        (b"..", "", True),
        (b"a..b/...", "a..b/...", False),
    ],
)
def test_names_are_made_relative_to_the_root(name: bytes, path: str, odd: bool) -> None:  # noqa: FBT001
    seen = walk(member(name, flag=b"5") + END)
    assert seen.paths == [path]
    assert seen.codes == ([Code.UNSAFE_NAME] if odd else [])


def test_signed_checksums_of_old_writers_fit() -> None:
    """Some summed the header's bytes as signed; it differs when a name is not ASCII."""
    block = bytearray(header("é".encode()))
    block[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in block)
    block[148:156] = b"%06o\0 " % signed
    assert walk(bytes(block) + END).paths == ["é"]
