"""Tables of contents against the tar: true ones say nothing, each difference is named."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.toc import differences
from analyzer.layers.tocrows import BadToc
from analyzer.layers.tocrows import rows_of as read_rows
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code, Severity
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import tar_bytes
from tests.support.tocs import RICH, Change, Rows, changed, chunked, estargz, rows_of, table
from tests.support.tools import ROOT, require_tool, run, shared

EVERYTHING = CapturePlan((), digests="")


def scan(blob: bytes, plan: CapturePlan = EVERYTHING, limits: Limits | None = None) -> LayerScan:
    return scan_layer(io.BytesIO(blob), "layer", plan, Budget(limits or Limits()))


def said(found: LayerScan) -> list[str]:
    """What the scan says of the table; nothing else may be wrong."""
    assert {problem.code for problem in found.problems} <= {Code.TOC_MISMATCH}
    assert {problem.severity for problem in found.problems} <= {Severity.WARNING}
    return [problem.detail.removeprefix("table of contents: ") for problem in found.problems]


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd:chunked": lambda toc: chunked(RICH, toc),
    "old zstd:chunked": lambda toc: chunked(RICH, toc, old=True),
    "estargz": lambda toc: estargz(RICH, toc),
}


@pytest.mark.parametrize("form", WRITERS)
def test_a_true_table_is_no_finding(form: str) -> None:
    found = scan(WRITERS[form](changed(RICH, None)))
    assert said(found) == []
    assert found.complete


def at(number: int, **members: object) -> Change:
    return lambda rows: rows[number].update(members)


SHELL = rows_of(RICH)[1]["digest"]
CHANGES: dict[str, tuple[Change, str]] = {
    "an entry less": (lambda rows: rows.pop(4), "'etc/empty' is in the tar, not in the table"),
    "an entry more": (
        lambda rows: rows.append({"name": "evil", "type": "reg"}),
        "'evil' is in the table, not in the tar",
    ),
    "an entry twice": (lambda rows: rows.append(rows[4]), "'etc/empty' stands twice in the table"),
    "another type": (at(4, type="dir"), "type of 'etc/empty': table 'dir', tar 'file'"),
    "no type": (at(4, type=7), "type of 'etc/empty': table 7, tar 'file'"),
    "another size": (at(1, size=1), "size of 'bin/sh': table 1, tar 2100"),
    "setuid gone": (at(1, mode=0o100755), "mode of 'bin/sh': table '0o755', tar '0o4755'"),
    "another owner": (at(3, uid=0), "uid of 'etc': table 0, tar 5"),
    "another group": (at(3, gid=0), "gid of 'etc': table 0, tar 6"),
    "another target": (at(5, linkName="/evil"), "link of 'lib': table '/evil', tar '/usr/lib'"),
    "another hard link": (
        at(2, linkName="etc/empty"),
        "link of 'bin/ash': table 'etc/empty', tar 'bin/sh'",
    ),
    "another device": (at(6, devMinor=9), "device of 'dev/null': table (1, 9), tar (1, 3)"),
    "another time": (
        at(4, modtime="2001-01-01T00:00:00Z"),
        "time of 'etc/empty': table '2001-01-01T00:00:00Z', tar 1714564800",
    ),
    "a capability gone": (
        lambda rows: rows[1].pop("xattrs"),
        "attributes of 'bin/sh': table {}, tar {'security.capability': b'\\\\x00\\\\xff'}",
    ),
    "another content": (
        at(1, digest="sha256:" + "0" * 64),
        f"digest of 'bin/sh': table 'sha256:{'0' * 64}', tar '{SHELL}'",
    ),
    "escape codes": (at(5, linkName="\x1b[2J"), "link of 'lib': table '\\x1b[2J', tar"),
}


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", CHANGES)
def test_each_difference_is_named(name: str, form: str) -> None:
    change, words = CHANGES[name]
    (line,) = said(scan(WRITERS[form](changed(RICH, change))))
    assert line.startswith(words.replace("\\\\", "\\") if "attributes" in words else words)
    assert line.isprintable()


@pytest.mark.parametrize("change", CHANGES)
def test_each_difference_has_its_places(change: str) -> None:
    """The row of the table, and where Python's tarfile finds the data of the entry."""
    toc = changed(RICH, CHANGES[change][0])
    (line,) = said(scan(chunked(RICH, toc)))
    stated = {str(row["name"]).rstrip("/") for row in rows_of(RICH)}
    path = next(word for word in line.split("'") if word in {*stated, "evil"})
    names = [str(row["name"]).rstrip("/") for row in json.loads(toc)["entries"]]
    places = [f"row {n}" for n, name in enumerate(names, 1) if name == path][-1:]
    if change not in {"an entry more", "an entry twice"}:
        with tarfile.open(fileobj=io.BytesIO(tar_bytes(RICH))) as tar:
            places.append(f"its data is at byte {tar.getmember(path).offset_data} of the tar")
    assert line.endswith("; " + ", ".join(places))


def test_a_thousand_differences_are_counted() -> None:
    found = scan(chunked({}, table([{"name": str(n), "type": "dir"} for n in range(1000)])))
    assert len(found.problems) == 21
    assert found.problems[-1].detail == "980 more of this kind"


def test_contents_are_compared_where_they_were_read_anyway() -> None:
    blob = estargz(RICH, changed(RICH, CHANGES["another content"][0]))
    assert said(scan(blob, NOTHING)) == []
    assert len(said(scan(blob, CapturePlan((Want("bin/sh"),))))) == 1


SPLIT = "sha256:" + hashlib.sha256(zstandard.ZstdCompressor().compress(b"tar-split")).hexdigest()
ANOTHER = "sha256:" + "0" * 64


def with_split(stated: object, name: str = "tarSplitDigest") -> bytes:
    return json.dumps({"version": 1, "entries": rows_of(RICH), name: stated}).encode()


def test_the_digest_of_the_tar_split_data_is_that_of_the_data_as_stored() -> None:
    """`decodeAndValidateBlob` of containers/storage, pkg/chunked/compression_linux.go."""
    assert said(scan(chunked(RICH, with_split(SPLIT)))) == []
    assert said(scan(chunked(RICH, with_split("")))) == []
    words = "digest of the tar-split data: table "
    told = f"{words}'{ANOTHER}', layer {SPLIT}"
    assert said(scan(chunked(RICH, with_split(ANOTHER)))) == [told]
    assert said(scan(chunked(RICH, with_split(ANOTHER, "TARSplitDigest")))) == [told]
    assert said(scan(chunked(RICH, with_split([7])))) == [f"{words}[7], layer {SPLIT}"]
    [line] = said(scan(chunked(RICH, with_split("sha512:" + "0" * 128))))
    assert line.endswith(", not comparable")


def test_tar_split_data_that_a_table_names_and_nobody_has_is_told() -> None:
    [line] = said(scan(chunked(RICH, with_split(SPLIT), old=True)))
    assert line == f"digest of the tar-split data: table '{SPLIT}', layer has none"
    assert said(scan(estargz(RICH, with_split(SPLIT)))) == []


def test_chunks_of_a_file_are_no_entries() -> None:
    rows = rows_of(RICH)
    rows.insert(2, {"name": "bin/sh", "type": "chunk", "chunkOffset": 1000, "chunkSize": 1100})
    assert said(scan(estargz(RICH, table(rows)))) == []


def test_a_table_behind_the_end_of_the_tar_is_found_too() -> None:
    """As the lossless writer of estargz puts it; nothing else sees it there."""
    change = CHANGES["an entry more"][0]
    found = scan(estargz(RICH, changed(RICH, change), after=True))
    codes = [problem.code for problem in found.problems]
    assert sorted(codes) == [Code.TOC_MISMATCH, Code.TRAILING_DATA]
    assert "stargz.index.json" not in [entry.path for entry in found.entries]


def test_the_table_can_be_captured_as_any_file() -> None:
    toc = changed(RICH, None)
    plan = CapturePlan((Want("stargz.index.json"),))
    assert scan(estargz(RICH, toc), plan).captured["stargz.index.json"].data == toc


def test_a_footer_that_points_elsewhere_is_told() -> None:
    (line,) = said(scan(estargz(RICH, changed(RICH, None), at=100)))
    assert line.startswith("the footer says that the table begins at byte 100, it does at ")


BAD: dict[str, tuple[bytes, str]] = {
    "no JSON": (chunked(RICH, b"{"), "it is no list of entries in JSON"),
    "a list": (chunked(RICH, b"[]"), "it is no list of entries in JSON"),
    "entries that are none": (chunked(RICH, b'{"entries": [1]}'), "it is no list of entries"),
    "names that are none": (estargz(RICH, table([{"type": "reg", "name": 5}])), "it is no list"),
    "nested without end": (chunked(RICH, b"[" * 100_000), "it is no list of entries in JSON"),
    "elsewhere": (chunked(RICH, b"{}", offset=3), "the footer points to byte 3, where no frame"),
    "shorter": (chunked(RICH, b"{}  ", size=2), "does not inflate to the 2 bytes"),
    "longer": (chunked(RICH, b"{}", size=9), "does not inflate to the 9 bytes"),
    "huge": (chunked(RICH, b"{}", size=1 << 62), "not read, 33554432 allowed"),
    "another kind": (chunked(RICH, b"{}", kind=2), "a table of the unknown kind 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_read_is_told(name: str) -> None:
    blob, words = BAD[name]
    (line,) = said(scan(blob))
    assert line.startswith("it cannot be read: ")
    assert words in line


@pytest.mark.parametrize("form", WRITERS)
def test_a_table_beyond_the_limit_is_not_read(form: str) -> None:
    toc = changed(RICH, None)
    limits = Limits(document_bytes=len(toc) - 1)
    (line,) = said(scan(WRITERS[form](toc), limits=limits))
    assert f"not read, {len(toc) - 1} allowed" in line


def test_a_table_is_read_as_the_standard_library_reads_it() -> None:
    rows = [{"name": "n" * size, "x": [1, {"y": -1.5e3}]} for size in (0, 900, 1000, 1100, 60_000)]
    for indent in (None, 1):
        text = json.dumps({"version": 1, "entries": rows, "tarSplitDigest": "é"}, indent=indent)
        assert list(read_rows(text.encode())) == json.loads(text)["entries"]
    assert list(read_rows(b'{"entries": [ ], "version": 12}')) == []
    for text in ('{"entries": []', '{"version": 1}', '{"entries": [{"name": "a"} {}]}', "", "\xff"):
        with pytest.raises(BadToc):
            list(read_rows(text.encode("latin-1")))


_MEMORY = """
import io, resource
from analyzer.layers.scan import scan_layer
from analyzer.layers.wants import NOTHING
from analyzer.limits import Budget, Limits
from tests.support.tocs import chunked
def scan(toc):
    return scan_layer(io.BytesIO(chunked({}, toc)), "x", NOTHING, Budget(Limits()))
scan(b"{}")
tocs = [b'{"entries":[' + row * ((31 << 20) // len(row)) + row[:-1] + b"]}"
        for row in (b"[],", b'{"name":"","type":[[],[]]},')]
tocs.append(b'{"entries":[{"name":"","x":[' + b"[]," * (10 << 20) + b"0]}]}")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert all(scan(toc).problems for toc in tocs)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_hostile_table_needs_little_memory() -> None:
    """Decoded as a whole, each of these needs 700 MiB and more."""
    script: list[str | Path] = [sys.executable, "-c", _MEMORY]
    grown = int(run(script, env={"PYTHONPATH": str(ROOT)}).stdout)
    assert grown < 150


SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = SIMPLE | st.lists(SIMPLE, max_size=3) | st.dictionaries(st.text(max_size=5), SIMPLE)
KEYS = ["name", "type", "size", "mode", "uid", "linkName", "modtime", "xattrs", "digest"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*KEYS, "devMajor"]), JSON), max_size=3))
def test_any_rows_are_compared_or_refused(rows: Rows) -> None:
    entries = scan(tar_bytes(RICH)).entries
    for row in rows:
        merged = rows_of(RICH)[len(row) % len(RICH)] | row
        with contextlib.suppress(BadToc):
            assert all(line.isprintable() for line in differences(table([merged]), entries, {}))


# What others wrote.


def test_what_skopeo_writes_as_zstd_chunked_is_no_finding(tmp_path: Path) -> None:
    image = ImageBuilder().layer(RICH, codec="none")
    save = image.write_save(tmp_path / "save.tar", "example.com/a:v")
    words = ("copy", "--dest-compress-format", "zstd:chunked", f"docker-archive:{save}")
    run([require_tool("skopeo"), *words, f"oci:{tmp_path / 'layout'}:v"])
    blobs = [path.read_bytes() for path in (tmp_path / "layout/blobs/sha256").iterdir()]
    (blob,) = [data for data in blobs if data.startswith(b"\x28\xb5\x2f\xfd")]
    assert blob[-8:].lower() == b"gnulinux"
    found = scan(blob)
    assert said(found) == []
    assert len(found.digests) == 2


def test_what_stargz_snapshotter_writes_is_no_finding(tmp_path: Path) -> None:
    archives = shared("corpus", "archives")
    path = next(archives.rglob("test-oci-estargz-image.tar"), None)
    if path is None:
        pytest.skip("the archive is not in the corpus")
    run(["tar", "-C", tmp_path, "-xf", path])
    index = json.loads((tmp_path / "index.json").read_bytes())
    manifest = _blob(tmp_path, index["manifests"][0])
    for layer in json.loads(manifest)["layers"]:
        found = scan(_blob(tmp_path, layer))
        assert {problem.code for problem in found.problems} <= {Code.TRAILING_DATA}
        assert found.digests


def _blob(folder: Path, descriptor: dict[str, str]) -> bytes:
    return (folder / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
