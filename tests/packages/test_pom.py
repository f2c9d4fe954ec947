"""Poms against Maven's own reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from analyzer.packages.formats import pom
from tests.support.tools import require_tool, run, unavailable

FACTS = Path(__file__).with_name("PomFacts.java")
REPOSITORY = Path("/usr/share/maven-repo")
"""Where Debian keeps poms."""
LIBRARIES = Path("/usr/share/maven/lib")


def ours(path: Path) -> Iterator[str]:
    """What the Java program prints, by our reader."""
    read = pom.read(path.read_bytes())
    yield from (read.group, read.artifact, read.version, read.url, read.organization)
    for licence in read.licenses:
        yield from ("license", licence)
    for each in read.dependencies:
        yield from ("dependency", each.group, each.artifact, each.version, each.scope)
        yield str(each.optional).lower()


def test_every_pom_of_this_machine_says_what_maven_reads() -> None:
    """Maven's reader leaves references to properties as they are, so those are passed over."""
    require_tool("java")
    paths = sorted(path for path in REPOSITORY.rglob("*.pom") if path.is_file())
    if len(paths) < 20 or not LIBRARIES.is_dir():
        unavailable("Maven and poms of Debian packages are not installed")
    shown = run([require_tool("java"), "-cp", f"{LIBRARIES}/*", FACTS, *paths]).stdout
    lines = shown.decode("ascii").splitlines()
    compared = 0
    for path, line in zip(paths, lines, strict=True):
        theirs = json.loads(line)
        if len(found := list(ours(path))) != len(theirs):
            raise AssertionError(path)
        for our, their in zip(found, theirs, strict=True):
            if "${" not in their:
                compared += 1
                assert our == " ".join(their.split()), path
    assert compared > 1000
