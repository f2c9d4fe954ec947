"""Groups of a point release against the sources that dpkg-query names.

The database is that of a real Debian image. Its successor is the same with some sources in newer
versions, as a point release has them; dpkg-query reads both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from analyzer.api import analyze
from analyzer.diff.compare import compare
from analyzer.diff.packagegroups import grouped
from analyzer.diff.tree import Kind
from tests.cli.harness import call
from tests.diff.dpkgimages import layout, machine
from tests.support.realimages import real_image
from tests.support.tools import require_tool, run

if TYPE_CHECKING:
    from pathlib import Path

AMD64 = "linux/amd64"
BUMPED = ("glibc", "util-linux", "pam", "gcc-12", "shadow", "openssl", "tar", "perl")
Changes = dict[tuple[str, str, str], set[str]]
"""By source and its versions before and after: the names of its packages."""


def newer(status: str) -> str:
    """`status` with `BUMPED` sources, and what was built from them, in newer versions."""
    return "\n\n".join(_newer(stanza) for stanza in status.split("\n\n"))


def _newer(stanza: str) -> str:
    found = re.search(r"^Source: (\S+)", stanza, re.MULTILINE) or re.search(
        r"^Package: (\S+)", stanza, re.MULTILINE
    )
    if found is None or found[1] not in BUMPED:
        return stanza
    stanza = re.sub(r"^(Version: \S+)", r"\1+deb12u99", stanza, flags=re.MULTILINE)
    return re.sub(r"^(Source: \S+ \([^)]+)\)", r"\1+deb12u99)", stanza, flags=re.MULTILINE)


def sources(status: str, folder: Path) -> dict[str, tuple[str, str]]:
    """What dpkg-query says that each package was built from: name and version."""
    (folder / "updates").mkdir(parents=True)
    (folder / "info").mkdir()
    (folder / "status").write_text(status)
    words = "${binary:Package} ${source:Package} ${source:Version}\n"
    query = [require_tool("dpkg-query"), f"--admindir={folder}", "-W", f"-f={words}"]
    lines = [line.split() for line in run(query).stdout.decode().splitlines()]
    return {name.partition(":")[0]: (source, version) for name, source, version in lines}


def test_packages_are_grouped_by_the_sources_that_dpkg_query_names(tmp_path: Path) -> None:
    answer = call("cat", real_image("oci-layout"), "var/lib/dpkg/status", "--platform", AMD64)
    assert answer.code == 0, answer.err
    before, after = answer.text, newer(answer.text)
    one, two = sources(before, tmp_path / "one"), sources(after, tmp_path / "two")
    wanted: Changes = defaultdict(set)
    for name in one:
        if one[name] != two[name]:
            wanted[one[name][0], one[name][1], two[name][1]].add(name)
    assert any(len(names) > 1 for names in wanted.values())

    paths = [
        layout(tmp_path / name, machine(AMD64, s)) for name, s in (("b", before), ("a", after))
    ]
    (pair,) = compare(*(analyze(str(path)) for path in paths)).children
    part = pair.child("packages")
    assert part is not None
    groups = grouped(part.children)
    assert {(group.kind, group.notes) for group in groups} == {(Kind.CHANGED, ("upgraded",))}
    found: Changes = {}
    for group in groups:
        sides = [
            group.children[0].before["source_package"],
            group.children[0].after["source_package"],
        ]
        found[sides[0]["name"], sides[0]["version"], sides[1]["version"]] = set(group.names)
        if len(group.children) > 1:
            assert group.subject == f"deb/{sides[0]['name']}"
    assert found == dict(wanted)
