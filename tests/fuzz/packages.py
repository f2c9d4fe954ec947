"""Targets for every cataloger at each path that it wants, and for files among their like."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import zstandard

from analyzer.layers.reduced import pack
from analyzer.layers.wants import CapturePlan
from analyzer.packages.contract import Cataloger, Want, files_for
from analyzer.packages.formats import jsonwall
from analyzer.packages.formats.gunzip import CONTENT
from tests.fuzz.cataloging import FIXTURES, FOUND, MOST_SEED, check, fixtures
from tests.fuzz.target import Run, Target
from tests.packages.cases import Case, groups

_NAMES = sorted(FOUND)
_MOST_WANTS = 256
"""That one byte can choose from; those of `programs` beyond are for other versions of the same."""


def run_any(data: bytes) -> None:
    """The first byte chooses the cataloger, the second one of its wants; the rest is the file."""
    if len(data) < 2:
        return
    cataloger = FOUND[_NAMES[data[0] % len(_NAMES)]]
    want = cataloger.wants[data[1] % len(cataloger.wants)]
    check(cataloger, files_for((want,), {_path(want): data[2:]}))


def _path(want: Want) -> str:
    """A path that `want` is for."""
    return want.pattern.replace("**/", "x/").replace("*", "x")


def _any_seeds() -> Iterator[bytes]:
    """For each want the smallest fixture of an ordinary case, and of a strange one."""
    for number, name in enumerate(_NAMES):
        for case in ("ordinary", "strange"):
            found = _smallest(FOUND[name], Case(FIXTURES / name / case))
            yield from (bytes([number, place]) + data for place, data in sorted(found.items()))


def _smallest(cataloger: Cataloger, case: Case) -> dict[int, bytes]:
    places = {want.spelled: place for place, want in enumerate(cataloger.wants[:_MOST_WANTS])}
    plan = CapturePlan(cataloger.wants)
    found: dict[int, bytes] = {}
    for path, data in sorted(case.files.items(), key=lambda item: -len(item[1])):
        for want in plan.matching(path):
            if data and len(data) <= MOST_SEED and want.spelled in places:
                found[places[want.spelled]] = data
    return found


def among(name: str, path: str, put: Callable[[bytes], bytes] | None = None) -> Run:
    """Any bytes at `path` (`<case>/<place>`) among the other files of a fixture.

    `put` makes of them what is kept of such a file, where a reducer takes that out of a stream
    that no fuzzer would keep sound.
    """
    cataloger = FOUND[name]
    case, _, place = path.partition("/")
    assert CapturePlan(cataloger.wants).keeps(place)
    company = files_for(cataloger.wants, Case(FIXTURES / name / case).files)

    def run(data: bytes) -> None:
        kept = {place: put(data)} if put else files_for(cataloger.wants, {place: data})
        for group in groups(cataloger, {**company, **kept}):
            if place in group:
                check(cataloger, group)

    return run


Row = tuple[str, str, tuple[bytes, ...]]
"""The file of a target, the fixtures that it begins from, and its words."""


def rows(name: str, case: str, table: Mapping[str, Row]) -> Iterator[Target]:
    """The targets of one cataloger, each with the other files of one case around its own."""
    for target, (place, pattern, words) in table.items():
        seeds = partial(fixtures, [f"{name}/*/{pattern}"])
        yield Target(target, among(name, f"{case}/{place}"), seeds, words)


def _wall(data: bytes) -> bytes:
    return pack(jsonwall.reduce(zstandard.compress(data), lambda _count: None))


def _walls() -> Iterator[bytes]:
    for packed in fixtures(["chisel/[!d]*/var/lib/chisel/manifest.wall"]):
        yield zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def _mtrees() -> Iterator[bytes]:
    for packed in fixtures(["pacman/ordinary/**/mtree"]):
        yield gzip.decompress(packed)


def _md5sums() -> list[bytes]:
    line = b"d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/a b/copyright\n"
    return [line, b"*" + line + b"\n" + line[:20], b"x" + line]


def _diversions() -> list[bytes]:
    return [b"/bin/sh\n/bin/sh.distrib\ndash\n/a\n/b\n:\n", b"/bin/sh\n/bin/sh.distrib\n"]


JSON = (b"null", b"[]", b"{}", b"1e999", b"[{", b'"\\ud800"')
FIELDS = (b"Name: ", b"Version: ", b"\n ", b"\n\t", b"\r\n", b"\n\n", b"\xef\xbb\xbf")
_FLATPAK = (
    "var/lib/flatpak/app/org.demo.App/x86_64/stable/"
    "040df1f104b2ff88998d47630c45e3636d508866f115598a29a93b5a6bc8abe1"
)
_PACMAN = "var/lib/pacman/local/demo-2:1.2.3-4"
_PORTAGE = "var/db/pkg/app-misc/demo-1.2.3-r4"

_TABLES: Mapping[str, Mapping[str, Row]] = {
    "pacman": {
        "pacman-desc": (f"{_PACMAN}/desc", "**/desc", (b"%NAME%\n", b"%DEPENDS%\n", b">=")),
        "pacman-files": (f"{_PACMAN}/files", "**/files", (b"%FILES%\n", b"%BACKUP%\n", b"\t")),
    },
    "portage": {
        "portage-contents": (f"{_PORTAGE}/CONTENTS", "**/CONTENTS", (b"obj ", b"sym ", b" -> ")),
        "portage-depends": (
            *(f"{_PORTAGE}/RDEPEND", "**/RDEPEND"),
            (b"|| ( ", b" ) ", b"a? ( ", b"!!", b">=a/b-1:0=[c]", b"~"),
        ),
    },
    "opkg": {
        "opkg-status": ("usr/lib/opkg/status", "**/status", (b"Package: ", b"Conffiles:\n ")),
        "opkg-sums": ("usr/lib/opkg/info/uci.files-sha256sum", "**/*sha256sum", (b"  ", b"\\n")),
    },
    "flatpak": {
        "flatpak-deploy": (f"{_FLATPAK}/deploy", "**/deploy", (b"\0s", b"appdata-version\0")),
        "flatpak-metadata": (f"{_FLATPAK}/metadata", "**/metadata", (b"[Application]\n", b"=")),
    },
    "snap": {
        "snap-yaml": ("meta/snap.yaml", "**/snap.yaml", (b"version: ", b"- ", b"'", b"[", b"&a")),
        "snap-manifest": ("snap/manifest.yaml", "**/*.yaml", (b"primed-stage-packages:\n", b"- ")),
    },
    "nix": {"nix-sqlite": ("nix/var/nix/db/db.sqlite", "**/db.sqlite", ())},
    "rpmmanifest": {
        "rpm-manifest": ("var/lib/rpmmanifest/container-manifest-2", "**/c*-2", (b"\t", b".el8")),
    },
    "bitnami": {
        "bitnami": ("opt/bitnami/.bitnami_components.json", "**/.b*.json", (b'"version"', *JSON)),
    },
    "rlang": {
        "r-description": ("usr/lib/R/library/MASS/DESCRIPTION", "**/DESCRIPTION", FIELDS),
    },
    "conda": {
        "conda-meta": ("opt/conda/conda-meta/libdemo-1.2.3-h123_0.json", "**/*.json", JSON),
    },
}
PACKAGES = (
    Target("catalogers", run_any, _any_seeds),
    *(target for name, table in _TABLES.items() for target in rows(name, "ordinary", table)),
    Target("dpkg-md5sums", among("dpkg", "ordinary/var/lib/dpkg/info/bash.md5sums"), _md5sums),
    Target("dpkg-diversions", among("dpkg", "ordinary/var/lib/dpkg/diversions"), _diversions),
    Target(
        "pacman-mtree",
        among("pacman", f"ordinary/{_PACMAN}/mtree", lambda data: pack({CONTENT: data})),
        _mtrees,
        (b"/set ", b"/unset ", b"mode=", b"size=", b"link=", b"\\040", b"type=link"),
    ),
    Target(
        "chisel-wall",
        among("chisel", "ordinary/var/lib/chisel/manifest.wall", _wall),
        _walls,
        (b'{"kind":"package"', b'{"kind":"path"', b'"final_sha256"', b'"mode":"0644"', *JSON),
    ),
)
