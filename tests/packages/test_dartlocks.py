"""Lock files of pub: no tool to ask, so its source and the standard's examples."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import dartlocks
from analyzer.packages.contract import Package, Problem
from analyzer.packages.purl import package_url


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("  characters:\n    version: '1.2.0'\n", "pkg:pub/characters@1.2.0"),
        ("  flutter:\n    source: sdk\n    version: 0.0.0\n", "pkg:pub/flutter@0.0.0"),
        (
            "  a:\n    source: git\n    description: {url: u, path: p}\n    version: 1.0.0\n",
            "pkg:pub/a@1.0.0?vcs_url=git%2Bu%23p",
        ),
        (
            "   a:\n     source: hosted\n     description: {url: 'https://x/'}\n     version: 1\n",
            "pkg:pub/a@1?repository_url=https:%2F%2Fx%2F",
        ),
    ],
)
def test_package_urls(entry: str, url: str) -> None:
    """The first two are the examples of the type `pub`."""
    [package] = dartlocks.parse({"pubspec.lock": f"packages:\n{entry}".encode()})
    assert isinstance(package, Package)
    assert package_url(package, None) == url


@pytest.mark.parametrize("piece", [b"  a:\n", b"  a: {\n", b"   b: '\n", b"packages:\n", b" \n"])
def test_damage_of_any_length_is_read_in_linear_time(piece: bytes) -> None:
    start = time.process_time()
    list(dartlocks.parse({"pubspec.lock": b"packages:\n  a:\n" + piece * 20_000}))
    assert time.process_time() - start < 5


PIECES = st.sampled_from(
    [
        b"packages:\n",
        b"  a:\n",
        b"    version: '1'\n",
        b"    description:\n",
        b"      url: u\n",
        b":",
    ]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=30).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    for item in dartlocks.parse({"pubspec.lock": b"packages:\n" + data}):
        assert item.name if isinstance(item, Package) else isinstance(item, Problem)


def test_a_byte_order_mark_may_begin_it() -> None:
    """YAML 1.2.2, 5.2."""
    data = b"packages:\n  a:\n    version: '1'\n"
    expected = list(dartlocks.parse({"pubspec.lock": data}))
    assert list(dartlocks.parse({"pubspec.lock": b"\xef\xbb\xbf" + data})) == expected
    assert [type(item) for item in expected] == [Package]
