"""Gzip members and headers as findings with byte offsets, held against Go's compress/gzip and gzip.

The places and values come from Go's reader, which is asked of each member by itself; programs
write what no builder here makes.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import gzipmember
from analyzer.layers.scan import LayerScan
from analyzer.problems import Code, Problem, Severity
from tests.layers.test_scan import scan, sha256
from tests.layers.test_toc import said
from tests.layers.test_toc import scan as scan_toc
from tests.support.gogzip import GoMember, GoStream, go_gunzip
from tests.support.gzips import go_gzip
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import tar_bytes
from tests.support.tocs import RICH, changed, estargz
from tests.support.tools import require_tool, run
from tests.support.unpacking import REFUSED, umoci

Ask = Callable[[bytes], GoStream]
TAR = tar_bytes({"a": b"one", "b": b"two" * 5000})
SYSTEMS = {0: "FAT", 3: "Unix", 11: "NTFS", 77: "unknown"}


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with go_gunzip() as reader:
        yield reader


@pytest.fixture(params=["isal", "zlib"])
def gzip_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzipmember, "_ISAL", request.param == "isal")


def member(
    content: bytes,
    *,
    mtime: int = 0,
    system: int = 255,
    extra: bytes = b"",
    name: bytes = b"",
    comment: bytes = b"",
    checked: bool = False,
) -> bytes:
    """One member, field by field after RFC 1952, section 2.3."""
    flags = 2 * checked | 4 * bool(extra) | 8 * bool(name) | 16 * bool(comment)
    head = struct.pack("<2s2BIBB", b"\x1f\x8b", 8, flags, mtime, 0, system)
    head += struct.pack("<H", len(extra)) + extra if extra else b""
    head += name + b"\0" if name else b""
    head += comment + b"\0" if comment else b""
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF) if checked else b""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = body.compress(content) + body.flush()
    return head + packed + struct.pack("<II", zlib.crc32(content), len(content))


def of(found: LayerScan, code: Code) -> list[Problem]:
    return [problem for problem in found.problems if problem.code is code]


def headers(blob: bytes) -> list[str]:
    return [problem.detail for problem in of(scan(blob), Code.GZIP_HEADER)]


def expected(found: GoMember, blob: bytes) -> str:
    """The words for a member of which Go told that it says something."""
    at = found.at
    parts = []
    if found.mtime:
        time = datetime.fromtimestamp(found.mtime, UTC)
        parts.append(f"time {time:%Y-%m-%dT%H:%M:%SZ} (byte {at + 4})")
    if found.system != 255:
        parts.append(f"system {found.system}, {SYSTEMS[found.system]} (byte {at + 9})")
    if found.extra:
        parts.append(f"extra field of {found.extra} bytes (byte {at + 10})")
    for word, text in (("name", found.name), ("comment", found.comment)):
        if text:
            parts.append(f"{word} '{text}' (byte {blob.index(text.encode('latin-1'), at)})")
    says = ", ".join(parts)
    return f"the gzip header at byte {at} of the layer as stored says {says}" if says else ""


MEMBERS = st.lists(
    st.fixed_dictionaries(
        {
            "mtime": st.sampled_from([0, 1, 1_700_000_000, 2**32 - 1]),
            "system": st.sampled_from([255, *SYSTEMS]),
            "extra": st.sampled_from([b"", b"AB\1\0x"]),
            "checked": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(MEMBERS, st.randoms(use_true_random=False))
def test_each_member_and_header_is_where_go_finds_it(
    ask: Ask, gzip_library: None, shapes: list[dict[str, object]], chance: object
) -> None:
    size = len(TAR) // len(shapes) + 1
    parts = [TAR[at : at + size] for at in range(0, len(TAR), size)]
    blob = b""
    for n, (shape, part) in enumerate(zip(shapes, parts, strict=True)):
        names = {"name": b"file-%d.tar" % n, "comment": b"said \xe9 of %d" % n}
        shape |= {key: text for key, text in names.items() if chance.random() < 0.5}  # type: ignore[attr-defined]
        blob += member(part, **shape)  # type: ignore[arg-type]
    go = ask(blob)
    assert (go.problem, len(go.members)) == ("", len(shapes))
    wanted = [words for found in go.members if (words := expected(found, blob))]
    told = headers(blob)
    same = re.compile(r", like those of (\d+) more members,")
    assert sum(1 + sum(map(int, same.findall(words))) for words in told) == len(wanted)
    assert {same.sub("", words) for words in told} <= set(wanted)
    places = [problem.detail for problem in of(scan(blob), Code.GZIP_MEMBERS)]
    if len(shapes) == 1:
        assert not places
    else:
        starts = [str(found.at) for found in go.members]
        shown = starts if len(starts) <= 6 else starts[:4] + starts[-2:]
        assert places[0].startswith(f"{len(starts)} gzip members back to back; they begin at bytes")
        assert re.findall(r"\d+", places[0])[1:] == shown
        assert f", {starts[3]}, ..., {starts[-2]} and " in places[0] if len(starts) > 6 else True


def test_gzip_given_a_file(tmp_path: Path) -> None:
    path = tmp_path / "of the writer.tar"
    path.write_bytes(TAR)
    run([require_tool("touch"), "-d", "2001-02-03T04:05:06Z", path])
    blob = run([require_tool("gzip"), "-c", path]).stdout
    (problem,) = scan(blob).problems
    assert (problem.code, problem.severity) == (Code.GZIP_HEADER, Severity.NOTE)
    assert problem.detail.endswith(
        "says time 2001-02-03T04:05:06Z (byte 4), system 3, Unix (byte 9), "
        "name 'of the writer.tar' (byte 10)"
    )
    assert run([require_tool("gzip"), "-lvN"], stdin=blob).returncode == 0


def test_headers_of_writers_of_layers_are_no_finding() -> None:
    """Go's own says nothing; that of pgzip, behind buildah and umoci, has the year 1."""
    assert headers(go_gzip(TAR)) == []
    assert headers(member(TAR, mtime=0x886E0900)) == []


def test_equal_headers_are_told_once_and_counted() -> None:
    blob = b"".join(member(TAR[at : at + 512], name=b"n") for at in range(0, len(TAR), 512))
    count = len(range(0, len(TAR), 512))
    place = f"at byte 0 of the layer as stored, like those of {count - 1} more members,"
    assert headers(blob) == [f"the gzip header {place} says name 'n' (byte 10)"]


def test_of_many_different_headers_the_first_are_told_and_the_others_counted() -> None:
    parts = [member(b"", name=b"%d" % n) for n in range(30)]
    told = headers(b"".join(parts) + go_gzip(TAR))
    assert len(told) == 11
    assert told[9].endswith(f"says name '9' (byte {10 + sum(map(len, parts[:9]))})")
    assert told[10] == "20 more members have gzip headers that say something else"


@pytest.mark.parametrize(("size", "problem"), [(511, ""), (512, "gzip: invalid header")])
@pytest.mark.parametrize("field", ["name", "comment"])
def test_text_that_go_has_no_room_for(
    ask: Ask, field: str, size: int, problem: str, tmp_path: Path
) -> None:
    blob = member(TAR, **{field: b"\x1b" * size})  # type: ignore[arg-type]
    assert gzip.decompress(blob) == TAR
    assert ask(blob).problem == problem
    (found,) = scan(blob).problems
    assert found.severity is (Severity.WARNING if problem else Severity.NOTE)
    assert ("refuse text of more than 511 bytes" in found.detail) is bool(problem)
    assert f"{field} of {size} bytes that begins '\\x1b\\x1b" in found.detail
    image = ImageBuilder().layer(raw_blob=blob, raw_tar=TAR)
    assert (umoci(image, tmp_path) == REFUSED) is bool(problem)


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_flags_of_no_meaning_are_passed_over_as_go_does_and_told(
    ask: Ask, gzip_library: None, flag: int, tmp_path: Path
) -> None:
    """`gzip` and zlib refuse them, so whoever uses one of these sees no layer."""
    bent = bytearray(go_gzip(TAR))
    bent[3] |= flag
    blob = bytes(bent)
    assert run([require_tool("gzip"), "-dc"], stdin=blob, check=False).returncode != 0
    with pytest.raises(zlib.error):
        zlib.decompress(blob, 31)
    assert ask(blob).problem == ""
    found = scan(blob)
    (problem,) = found.problems
    assert (problem.code, problem.severity) == (Code.GZIP_HEADER, Severity.WARNING)
    assert f"says reserved flags {flag:#x} (byte 3); gzip" in problem.detail
    assert found.measured.diff_id == sha256(TAR)
    assert umoci(ImageBuilder().layer(raw_blob=blob, raw_tar=TAR), tmp_path) != REFUSED


def test_members_of_estargz_are_its_own() -> None:
    blob = estargz(RICH, changed(RICH, None))
    assert said(scan_toc(blob)) == []
    assert scan(blob, plan=None).problems == ()


def test_a_name_within_estargz_is_told() -> None:
    blob = member(b"", name=b"note") + estargz(RICH, changed(RICH, None))
    assert Code.GZIP_HEADER in [problem.code for problem in scan_toc(blob).problems]


def test_what_a_cut_stream_says_is_told() -> None:
    blob = member(TAR, name=b"n")[:-9]
    assert [problem.code for problem in scan(blob).problems][:2] == [
        Code.LAYER_TRUNCATED,
        Code.GZIP_HEADER,
    ]
