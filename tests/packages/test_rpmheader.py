"""Headers that rpmbuild does not make, old ones, and signatures."""

from __future__ import annotations

import sqlite3
import struct
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.rpm import CATALOGER
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats import openpgp, rpmfiles, rpmheader
from analyzer.packages.formats.damage import Unreadable
from analyzer.packages.formats.rpmheader import Header
from tests.packages.cases import parse
from tests.packages.test_rpm import QUERY, parties, rows, told
from tests.support import rpms
from tests.support.rpmheaders import Value, header
from tests.support.tools import require_tool, run, shared

BASIC: dict[int, Value] = {1000: "name", 1001: "1", 1002: "2", 1014: "MIT", 1022: "noarch"}
PATH = f"{rpms.FOLDER}/Packages"


def read(folder: Path, *blobs: bytes) -> tuple[list[list[str]], list[list[str]]]:
    """What we and what rpm say of headers in a database."""
    data = rpms.berkeley(folder, blobs)
    packages, problems = parse(CATALOGER, {PATH: data})
    assert problems == []
    said = [parties(row) for row in rows(ask(folder, QUERY))]
    theirs = [[*row[:-1], row[-1].rpartition("Key ID ")[2].replace("(none)", "")] for row in said]
    return sorted(map(told, packages)), sorted(theirs)


def ask(folder: Path, query: str) -> str:
    options = ("--nodigest", "--nosignature")
    return rpms.rpm(folder, "-qa", *options, "--qf", query, backend="bdb_ro")


def test_dribbles_replace_what_the_region_has(tmp_path: Path) -> None:
    ours, theirs = read(
        tmp_path,
        header({**BASIC, 1011: "V", 1020: "U", 1044: "s-1-2.src.rpm"}, {1001: "9", 1003: 5}),
    )
    assert ours == theirs
    assert ours[0][1] == "5:9-2"


def test_headers_older_than_regions(tmp_path: Path) -> None:
    tags = {**BASIC, 1027: ["/a/b", "/c"], 1030: [0o100644, 0o40755], 1044: "s-1-2.src.rpm"}
    blob = header(tags, region=False)
    ours, theirs = read(tmp_path, blob)
    assert ours == theirs
    asked = ask(tmp_path, "[%{OLDFILENAMES}\\n]")
    assert CATALOGER.owns
    files = CATALOGER.owns({PATH: (tmp_path / "Packages").read_bytes()})
    assert [f"/{entry.path}" for entry in files] == asked.split()
    assert asked.split() == ["/a/b", "/c"]


def test_list_of_files_in_a_dribble_replaces_the_old_kind(tmp_path: Path) -> None:
    """As rpm 4 wrote them when it installed a package of rpm 3."""
    blob = header({**BASIC, 1027: ["/old"]}, {1117: ["new"], 1116: [0], 1118: ["/"]})
    assert list(rpmfiles.paths(Header(blob))) == [(b"/", b"new")]
    rpms.berkeley(tmp_path, [blob])
    assert ask(tmp_path, "[%{FILENAMES}\\n]").split() == ["/new"]
    assert ask(tmp_path, "%{OLDFILENAMES}") == "(none)"


def test_header_of_another_project(tmp_path: Path) -> None:
    blob = shared("corpus", "rpmdb", "quay-claircore", "package.header").read_bytes()
    ours, theirs = read(tmp_path, blob)
    assert ours == theirs
    assert len(ours) == 1


@pytest.mark.parametrize(("number", "name"), [("1", "md5"), ("2", "sha1"), ("10", "sha512")])
def test_digests_are_of_the_algorithm_that_the_header_names(
    number: str, name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "db"
    folder.mkdir()
    built = rpms.build(tmp_path, [rpms.ZERO], _binary_filedigest_algorithm=number)
    rpms.install(folder, *built)
    query = "[%{FILENAMES} %{FILEDIGESTS}\\n]"
    asked = dict(line.split(" ") for line in rpms.rpm(folder, "-qa", "--qf", query).splitlines())
    assert CATALOGER.owns
    ours = {f"/{e.path}": e.digest for e in CATALOGER.owns(rpms.captured(folder))}
    assert ours == {path: f"{name}:{digest}" if digest else "" for path, digest in asked.items()}
    assert len(ours["/usr/share/zero/file"]) > 32


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"", "too few bytes"),
        (bytes(8), "not a header"),
        (struct.pack(">II", 0x10000, 5) + bytes(0x100005), "not a header"),
        (struct.pack(">II", 1, 0x10000000) + bytes(100), "not a header"),
        (struct.pack(">II", 50, 5) + bytes(100), "not a header"),
    ],
)
def test_what_is_no_header_is_refused(blob: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        Header(blob)


def with_entry(tag: int, kind: int, offset: int, count: int) -> Header:
    data = b"some text\0"
    entry = struct.pack(">IIiI", tag, kind, offset, count)
    return Header(struct.pack(">II", 1, len(data)) + entry + data)


@pytest.mark.parametrize(
    ("kind", "offset", "count"),
    [
        *((6, -1, 1), (6, 11, 1), (8, 0, 2), (8, 0, 0xFFFFFFFF), (8, 0, 0), (4, 0, 3)),
        *((4, 8, 1), (5, 0, 2), (7, 5, 6), (7, 0, 0), (0, 0, 1), (10, 0, 1), (6, 10, 1)),
        *((4, -(2**31), 1), (8, 2**31 - 1, 1)),
    ],
)
def test_tags_out_of_bounds_are_damage(kind: int, offset: int, count: int) -> None:
    read_as = {4: Header.numbers, 5: Header.numbers, 7: Header.binary}.get(kind, Header.strings)
    of = with_entry(1000, kind, offset, count)
    read_as(of, 1000)
    assert len(of.damage) == 1
    assert "tag 1000" in of.damage[0].what
    assert with_entry(1000, 6, 0, 1).string(1000) == b"some text"


def test_header_cut_short_says_so() -> None:
    of = Header(header(BASIC)[:-18])
    assert of.string(rpmheader.NAME) == b"name"
    assert any(damage.lost for damage in of.damage)


def test_damaged_region_is_told_and_the_rest_is_read() -> None:
    blob = bytearray(header(BASIC))
    blob[-4] ^= 0xFF
    of = Header(bytes(blob))
    assert of.string(rpmheader.NAME) == b"name"
    assert [damage.lost for damage in of.damage] == [False]


def test_lists_of_files_that_do_not_fit_each_other_are_damage() -> None:
    for indexes in ([0, 7], [0]):
        of = Header(header({**BASIC, 1117: ["a", "b"], 1116: indexes, 1118: ["/x/"]}))
        assert list(rpmfiles.paths(of)) == [(b"/x/", b"a")]
        assert len(of.damage) == 1


TAGS = [
    *(rpmheader.NAME, rpmheader.EPOCH, rpmheader.BASENAMES, rpmheader.DIRINDEXES),
    *(rpmheader.DIRNAMES, rpmheader.FILEMODES, rpmheader.RSAHEADER, rpmheader.FILESTATES, 63),
]
NUMBERS = st.one_of(st.integers(0, 40), st.sampled_from([2**31, 2**32 - 1, 0xFFFFF]))
ENTRIES = st.lists(st.tuples(st.sampled_from(TAGS), NUMBERS, NUMBERS, NUMBERS), max_size=12)


@given(entries=ENTRIES, data=st.binary(max_size=60))
def test_any_index_is_read_or_refused(
    entries: list[tuple[int, int, int, int]], data: bytes
) -> None:
    index = b"".join(struct.pack(">IIII", *entry) for entry in entries)
    try:
        of = Header(struct.pack(">II", len(entries), len(data)) + index + data)
    except Unreadable:
        return
    list(rpmfiles.owned(of, ("a", "b", "c")))
    for tag in TAGS:
        assert sum(map(len, of.strings(tag))) <= len(data)
        assert len(of.binary(tag)) <= len(data)
        of.numbers(tag)
    assert all(damage.what.isprintable() for damage in of.damage)


@pytest.mark.parametrize("algorithm", ["rsa2048", "ed25519", "dsa2048"])
@pytest.mark.parametrize("digest", ["SHA256", "SHA512"])
def test_maker_of_a_signature_is_as_gpg_says(algorithm: str, digest: str, tmp_path: Path) -> None:
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    gpg: list[str | Path] = [require_tool("gpg"), "--homedir", home, "--batch", "--passphrase", ""]
    run([*gpg, "--quick-generate-key", "signer@example.org", algorithm, "sign"])
    (tmp_path / "text").write_text("text")
    run([*gpg, "--digest-algo", digest, "--output", tmp_path / "sig", "-b", tmp_path / "text"])
    listed = run([*gpg, "--list-packets", tmp_path / "sig"]).stdout.decode()
    key = listed.split("keyid ")[1].split()[0].lower()
    packet = (tmp_path / "sig").read_bytes()
    assert openpgp.issuer(packet) == key
    # The packet has both the key ID and the fingerprint; either alone is enough.
    assert (
        openpgp.issuer(packet.replace(b"\x09\x10" + bytes.fromhex(key), b"\x09\x64" + bytes(8)))
        == key
    )
    assert openpgp.issuer(packet[:20]) == ""


def test_signatures_of_rpm_6_are_in_base64() -> None:
    """Tag 278, an array: rpm 6's `include/rpm/rpmtag.h`; no such rpm is at hand."""
    body = b"\x03\x05\x00" + bytes(4) + bytes.fromhex("0123456789abcdef") + b"\x01\x02ab"
    packet = b64encode(bytes([0x88, len(body)]) + body).decode()
    for signatures, key in (
        ([packet], "0123456789abcdef"),
        (["no base64", packet], "0123456789abcdef"),
        (["AAAA"], ""),
    ):
        (package,) = in_sqlite(header({**BASIC, 278: signatures}))[0]
        assert package.signed_by == key


def test_records_without_a_package_are_errors() -> None:
    nameless = header({1001: "1", 1022: "noarch"})
    packages, problems = in_sqlite(None, b"junk", nameless, header(BASIC))
    assert [package.name for package in packages] == ["name"]
    assert [problem.severity for problem in problems] == ["error"]
    for value in (None, 5, b"junk", nameless):
        packages, problems = in_sqlite(value)
        assert packages == []
        assert [problem.severity for problem in problems] == ["error"]


def in_sqlite(*values: object) -> tuple[list[Package], list[Problem]]:
    """What we say of a table of these values."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(v,) for v in values])
        data = connection.serialize()
    return parse(CATALOGER, {f"{rpms.FOLDER}/rpmdb.sqlite": data})


def test_maker_of_a_signature_of_version_3() -> None:
    """RFC 4880, 5.2.2, behind a header of the old format and one of the new."""
    body = b"\x03\x05\x00" + bytes(4) + bytes.fromhex("0123456789abcdef") + b"\x01\x02ab"
    assert openpgp.issuer(bytes([0x88, len(body)]) + body) == "0123456789abcdef"
    assert openpgp.issuer(bytes([0xC2, len(body)]) + body) == "0123456789abcdef"
    assert openpgp.issuer(bytes([0xC6, len(body)]) + body) == ""


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=80).map(lambda b: b"\x88\x50\x04" + b)))
def test_any_bytes_have_a_maker_or_none(packet: bytes) -> None:
    assert len(openpgp.issuer(packet)) in {0, 16}
    assert len(openpgp.issuer_of_base64(packet)) in {0, 16}
