"""Java packages that projects on disk declare: `declared`, which is not installed.

Gradle's lock files, https://docs.gradle.org/current/userguide/dependency_locking.html: lines of
`group:artifact:version=configurations`, and before Gradle 7 one file for each configuration, of
lines without the last part. Maven's `pom.xml`, https://maven.apache.org/pom.html: the project
itself, and of its dependencies those that it needs when it runs. A version that a parent
elsewhere decides is empty. Poms in archives are the business of the cataloger `java`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.packages.contract import (
    DECLARED,
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
)
from analyzer.packages.formats import pom
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.text import text

_LOCKED = re.compile(rb"([^:=\s]+):([^:=\s]+):([^:=\s]+)(?:=[^=\s]*)?")
_EMPTY = b"empty="
"""Lists configurations in which nothing is locked."""
_AT_RUNTIME = frozenset({"", "compile", "runtime"})


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each file declares, once per group, name and version."""
    for path in sorted(files):
        read = _project if path.rpartition("/")[2] == "pom.xml" else _locked
        seen: set[tuple[str, ...]] = set()
        for item in read(path, files[path]):
            if isinstance(item, Package):
                if item.key in seen:
                    continue
                seen.add(item.key)
            yield item


def _locked(path: str, data: bytes) -> Iterator[Package | Problem]:
    faults: list[Fault] = []
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = raw.strip()
        if not line or line.startswith((b"#", _EMPTY)):
            continue
        match = _LOCKED.fullmatch(line)
        if match is None:
            faults.append(Fault(number, f"not a locked package: {cut(line)}", lost=True))
            continue
        group, name, version = map(text, match.groups())
        yield _package(path, group, name, version)
    yield from problems(path, faults)


def _project(path: str, data: bytes) -> Iterator[Package | Problem]:
    if not data.strip():
        return
    try:
        project = pom.read(data)
    except pom.PomError as fault:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, text(str(fault).encode()))
        return
    needed = [
        each
        for each in project.dependencies
        if each.scope in _AT_RUNTIME and each.group and each.artifact
    ]
    if project.artifact:
        requires = tuple((f"{each.group}:{each.artifact}",) for each in needed)
        yield _package(path, project.group, project.artifact, project.version, requires)
    for each in needed:
        yield _package(path, each.group, each.artifact, each.version)


def _package(
    path: str, group: str, name: str, version: str, requires: tuple[tuple[str, ...], ...] = ()
) -> Package:
    return Package(
        name=name,
        version=version,
        arch="",
        type="maven",
        state=DECLARED,
        namespace=group,
        locations=(Location(path),),
        requires=tuple(dict.fromkeys(requires)),
        provides=(f"{group}:{name}",),
        method="lock-file",
    )


CATALOGER = Cataloger(
    name="javalocks",
    version=2,
    group="file",
    wants=(
        Want("**/gradle.lockfile"),
        Want("**/buildscript-gradle.lockfile"),
        Want("**/settings-gradle.lockfile"),
        Want("**/gradle/dependency-locks/*.lockfile"),
        Want("**/pom.xml"),
    ),
    parse=parse,
    about="Java packages that lock files of Gradle and poms of Maven declare",
    fills=frozenset({"namespace", "requires", "provides"}),
)
