"""Chisel's manifest: who owns which path, and what happens to one that is damaged."""

from __future__ import annotations

import hashlib
import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import LimitExceeded
from analyzer.limits import Budget, Limits
from analyzer.packages.catalogers.chisel import CATALOGER, owns
from analyzer.packages.contract import Owned, files_for
from analyzer.packages.formats.jsonwall import MOST_BYTES, REDUCER
from tests.packages.cases import FOLDER, Case, parse

MANIFEST = "var/lib/chisel/manifest.wall"
HEADER = b'{"jsonwall":"1.0","schema":"1.0","count":2}\n'
PACKAGE = b'{"kind":"package","name":"a","version":"1","sha256":"0","arch":"all"}\n'


def owned() -> dict[tuple[str, str], Owned]:
    """What the packages of the ordinary case own, by package and path."""
    files = files_for(CATALOGER.wants, Case(FOLDER / "chisel" / "ordinary").files)
    return {(item.owner[0], item.path): item for item in owns(files)}


def sha256(content: bytes) -> str:
    """As a manifest's digests are reported."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_every_path_belongs_to_the_packages_of_its_slices() -> None:
    """By what chisel's own `IteratePaths` gives for this file."""
    lib = "usr/lib/x86_64-linux-gnu"
    assert set(owned()) == {
        *(("base-files", "etc"), ("base-files", "etc/os-release"), ("base-files", "tmp")),
        *(("base-files", "usr/lib/os-release"), ("base-files", "usr/share/empty")),
        *(("base-files", MANIFEST), ("ca-certificates", "etc")),
        ("ca-certificates", "etc/ssl/certs/ca-certificates.crt"),
        *(("libc6", f"{lib}/libc.so.6"), ("libc6", f"{lib}/libm.so.6")),
        *(("libc6", f"{lib}/libm.hard"), ("libc6", "usr/share/doc/libc6/copyright")),
    }


def test_kinds_modes_sizes_and_targets() -> None:
    found = owned()
    folder, link = found["base-files", "tmp"], found["base-files", "etc/os-release"]
    assert (folder.kind, folder.mode, folder.size) == ("dir", 0o1777, None)
    assert (link.kind, link.target, link.digest) == ("link", "../usr/lib/os-release", "")
    file = found["base-files", "usr/lib/os-release"]
    assert (file.kind, file.mode, file.size) == ("file", 0o644, 10)
    assert file.owner == ("base-files", "13ubuntu10.3", "amd64")
    assert found["base-files", "usr/share/empty"].size == 0
    assert found["base-files", MANIFEST].size is None


def test_the_digest_is_of_what_a_script_of_the_slice_left() -> None:
    changed = owned()["ca-certificates", "etc/ssl/certs/ca-certificates.crt"]
    assert (changed.digest, changed.size) == (sha256(b"certificates\n"), 13)
    assert owned()["base-files", "usr/lib/os-release"].digest == sha256(b"ID=ubuntu\n")


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (HEADER + PACKAGE, []),
        (b"", []),
        (zstandard.compress(HEADER + PACKAGE)[:-4], []),
        (zstandard.compress(HEADER + PACKAGE) + b"more", ["a"]),
        (zstandard.compress(HEADER.replace(b"2", b"3") + PACKAGE), ["a"]),
        (zstandard.compress(HEADER), []),
        (zstandard.compress(HEADER + PACKAGE[:-1]), ["a"]),
        (zstandard.compress(PACKAGE + HEADER), []),
        (zstandard.compress(HEADER + b"[" * 100_000 + b"\n"), []),
        (zstandard.compress(b"\n"), []),
    ],
)
def test_damage_is_an_error(data: bytes, names: list[str]) -> None:
    packages, problems = parse(CATALOGER, {MANIFEST: data})
    assert [package.name for package in packages] == names
    assert [(problem.severity, problem.where) for problem in problems] == [("error", MANIFEST)]


def test_an_intact_manifest_has_no_problem() -> None:
    packages, problems = parse(CATALOGER, {MANIFEST: zstandard.compress(HEADER + PACKAGE)})
    assert [package.name for package in packages] == ["a"]
    assert problems == []


def test_what_inflates_is_charged_before_it_is_kept() -> None:
    charged: list[int] = []
    budget = Budget(Limits(inflated_bytes=1 << 20))

    def charge(count: int) -> None:
        charged.append(count)
        budget.spend_inflated(count, MANIFEST)

    bomb = zstandard.compress(bytes(1 << 28))
    with pytest.raises(LimitExceeded):
        REDUCER.apply(bomb, charge)
    assert sum(charged) < 1 << 22


def test_a_manifest_that_inflates_beyond_reason_is_cut_with_an_error() -> None:
    parts = REDUCER.apply(zstandard.compress(bytes(1 << 28)), lambda _count: None)
    assert len(parts["wall"]) <= MOST_BYTES
    _, problems = parse(CATALOGER, {MANIFEST: zstandard.compress(bytes(1 << 28))})
    assert [problem.severity for problem in problems] == ["error"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
MEMBERS = ("name", "version", "arch", "sha256", "final_sha256", "mode", "size", "link", "inode")


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "kind": st.sampled_from(["package", "path"]),
                "path": st.sampled_from(["/", "/a/", "/../b", "a", "", 7]),
                "slices": st.sampled_from([["a_q", "a_r", 1], "a_q", []]),
                **dict.fromkeys(MEMBERS, JSON | st.sampled_from(["a", "0644", "0a" * 32, "9", -1])),
            },
        ),
        max_size=6,
    )
)
def test_rows_of_any_types_give_owned_files_inside_the_root(rows: list[object]) -> None:
    wall = HEADER + PACKAGE + b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    files = files_for(CATALOGER.wants, {MANIFEST: zstandard.compress(wall)})
    list(CATALOGER.parse(files))
    for item in owns(files):
        assert item.path
        assert not item.path.startswith(("/", "../"))
        assert item.size is None or item.size >= 0
        assert item.mode is None or 0 <= item.mode <= 0o7777
