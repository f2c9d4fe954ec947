"""What small, nasty documents cost that catalogers of languages read."""

from __future__ import annotations

import pytest

from analyzer.packages.contract import Code
from analyzer.packages.formats import jsonfile, yamlsubset
from analyzer.packages.registry import find_catalogers
from tests.packages.cases import parse

FOUND = {cataloger.name: cataloger for cataloger in find_catalogers()}
CLASSIC = b"# yarn lockfile v1\n"
BERRY = b"__metadata:\n  version: 8\n"
LOCKED = b"lockfileVersion: '9.0'\n"
MANIFEST = "a/node_modules/b/package.json"
HOSTILE = {
    "a million lines and one": ("nodelocks", "yarn.lock", CLASSIC + b"\n" * 1_000_001),
    "the same as YAML": ("nodelocks", "yarn.lock", BERRY + b"\n" * 1_000_001),
    "more bytes than a document has": ("nodelocks", "package-lock.json", b" " * (33 << 20)),
    "brackets without end on one line": (
        "nodelocks",
        "pnpm-lock.yaml",
        LOCKED + b"a: " + b"[" * 9**6,
    ),
    "a collection of half a million": (
        *("nodelocks", "pnpm-lock.yaml"),
        LOCKED + b"a: [" + b"b, " * 500_000 + b"\n",
    ),
    "dashes without end": ("nodelocks", "pnpm-lock.yaml", LOCKED + b"a:\n" + b"- " * 9**6),
    "a quote without end": ("nodelocks", "yarn.lock", CLASSIC + b'"' + b"\\" * 9**6),
    "words without end": ("nodelocks", "yarn.lock", CLASSIC + b"a" * 9**6 + b'"'),
    "texts without end": (
        *("nodelocks", ".pnp.js"),
        b"return hydrateRuntimeState({" + b'\\"' * 9**5 + b"\n}, {basePath:",
    ),
    "escapes without end": ("nodelocks", ".pnp.cjs", b"const RAW_RUNTIME_STATE = '" + b"\\" * 9**6),
    "brackets in a manifest": ("node", MANIFEST, b'{"a":' + b"[" * 9**6),
    "digits in a manifest": ("node", MANIFEST, b'{"name": ' + b"9" * 9**6 + b","),
    "parts of a key without end": ("pythonlocks", "uv.lock", b"a." * 9**6 + b"b = 1\n"),
    "folders in folders": (
        *("nodelocks", "package-lock.json"),
        b'{"dependencies":'
        + (b'{"%s":{"dependencies":' % (b"a" * 500)) * 50
        + b"{}"
        + b"}}" * 50
        + b"}",
    ),
    "slashes without end": ("pythonlocks", "requirements.txt", b"!" + b"/" * 9**6 + b";"),
    "arrays in serialised PHP": ("php", "x/.registry/a.reg", b"a:1:{i:0;" * 9**5),
    "more members than there are": ("php", "x/.registry/a.reg", b"a:9999999999:{"),
    "elements without end": ("dotnet", "a/1.0/a.nuspec", b"<a>" * 9**5),
    "the text of an element without end": (
        *("dotnet", "a/1.0/a.nuspec"),
        b"<package><metadata><id>" + b"a " * 9**6,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_told_and_gives_no_package(name: str) -> None:
    cataloger, path, data = HOSTILE[name]
    packages, problems = parse(FOUND[cataloger], {path: data})
    assert packages == []
    assert [(p.code, p.where) for p in problems] == [(Code.PACKAGE_DATABASE_DAMAGED, path)]


def test_an_object_larger_than_any_document_is_not_taken_apart() -> None:
    with pytest.raises(jsonfile.NotAnObject, match="more than the"):
        jsonfile.read_object(b"{" + b" " * (33 << 20) + b"}")


def test_digits_beyond_what_python_takes_for_a_number_are_read() -> None:
    assert jsonfile.load(b'{"a": ' + b"9" * 5000 + b"}") == {"a": float("inf")}


@pytest.mark.parametrize("content", [b"", b"\n", b"# only a comment\n", b"---\n"])
def test_a_document_without_anything_is_an_empty_mapping(content: bytes) -> None:
    assert yamlsubset.load(content) == {}


def test_needs_far_down_are_looked_for_in_the_nearest_folders() -> None:
    """A manifest of two kilobytes, as deep as a tar can name it, took hundreds of megabytes."""
    needs = ",".join(f'"d{number}":"1"' for number in range(200))
    data = f'{{"name":"b","version":"1","dependencies":{{{needs}}}}}'.encode()
    for deep, most in (("node_modules/a/" * 500, 1), ("node_modules/a/" * 50, 32)):
        [package], _ = parse(FOUND["node"], {f"{deep}node_modules/b/package.json": data})
        assert len(package.requires) == 200
        assert max(map(len, package.requires)) <= most
        assert package.requires[0][0] == f"{deep}node_modules/b/node_modules/d0"
