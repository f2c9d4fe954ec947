"""Java archives and what is in them: jar, war, ear and their kin, at any depth.

Layout of archives: https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html. What an
archive is taken for, and how sure that is, is said in `formats/jaridentity.py`; a group is never
guessed, and empty where nothing states it.

Each archive is one package, installed. Further Maven metadata in an archive is of classes that
were copied into it: packages in the state `vendored`, without a digest, because no archive of
theirs is there. The SHA-1 of each archive is computed; databases know archives by it.

An archive needs the archives in it, what was copied into it, the files of its Class-Path, and
what its pom lists as needed when it runs and not optional.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from analyzer.packages.contract import (
    VENDORED,
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.jar import ENDINGS, JAR, SEPARATOR, Archive, Jar, opened
from analyzer.packages.formats.jaridentity import (
    Artifact,
    Identity,
    artifacts,
    evidence_of,
    identify,
    incomplete,
)
from analyzer.packages.formats.jarrepository import coordinates
from analyzer.packages.formats.manifest import clauses, parse_manifest
from analyzer.packages.formats.pom import Dependency
from analyzer.packages.formats.text import text

_ALSO_ELSEWHERE = frozenset({"par", "sar", "nar", "kar"})
"""Endings that files of other kinds have, too; such a file that is no zip is none of ours."""
_MOST_BESIDE = 5000
_AT_RUNTIME = frozenset({"", "compile", "runtime"})
"""https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html"""


@dataclass(frozen=True, slots=True)
class _Read:
    """One archive with all that was made out about it."""

    archive: Archive
    manifest: dict[str, str]
    wrong_lines: int
    identity: Identity
    copied: tuple[Artifact, ...]
    """Artifacts in it that it is not itself."""
    incomplete: int
    """Maven metadata in it that names no artifact."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The packages of each file, the file itself first."""
    for path in sorted(files):
        jar = opened(files[path])
        ending = path.rpartition(".")[2].lower()
        if not jar.is_zip and ending in _ALSO_ELSEWHERE:
            continue
        read = [_read(path, archive) for archive in jar.archives]
        yield from _packages(path, read)
        yield from _problems(path, jar, read)


def _read(path: str, archive: Archive) -> _Read:
    manifest, wrong = parse_manifest(archive.manifest)
    last = (archive.inside or path).rpartition("/")[2]
    stem = text(last.rpartition(".")[0].encode("utf-8", "surrogateescape")) or "unnamed"
    found = artifacts(archive)
    placed = None if archive.inside else coordinates(path)
    identity = identify(stem, manifest, found, placed)
    copied = tuple(each for each in found if each is not identity.artifact)
    return _Read(archive, dict(manifest), wrong, identity, copied, incomplete(archive, found))


def _packages(path: str, read: list[_Read]) -> Iterator[Package]:
    inner: dict[int, list[_Read]] = defaultdict(list)
    for number, each in enumerate(read):
        if number and each.archive.parent < number:
            inner[each.archive.parent].append(each)
    for number, each in enumerate(read):
        yield _archive_package(path, each, inner[number])
        for artifact in each.copied:
            yield _copied_package(path, each, artifact)


def _archive_package(path: str, read: _Read, inner: list[_Read]) -> Package:
    identity, manifest, inside = read.identity, read.manifest, read.archive.inside
    pom = identity.artifact.pom if identity.artifact else None
    contained = [(_place(path, each.archive.inside), _token(each.identity)) for each in inner]
    copied = [(_place(path, _member(read, each)), _token(each)) for each in read.copied]
    beside = () if inside else _class_path(path, manifest)
    needed = _needed(pom.dependencies if pom else ())
    return Package(
        name=identity.name,
        version=identity.version,
        arch="",
        type="maven",
        namespace=identity.group,
        licenses=(pom.licenses if pom else ()) or _manifest_licenses(manifest),
        supplier=_first(manifest, "implementation-vendor", "bundle-vendor")
        or (pom.organization if pom else ""),
        homepage=(pom.url if pom else "")
        or _first(manifest, "bundle-docurl", "implementation-url", "url"),
        locations=(Location(path, inside=inside),),
        requires=tuple(dict.fromkeys((*contained, *copied, *beside, *needed, *_plugins(manifest)))),
        provides=(_token(identity), _place(path, inside)),
        digests=(f"sha1:{read.archive.sha1}",),
        evidence=evidence_of(identity, manifest),
        method=identity.method,
        confidence=identity.confidence,
    )


def _copied_package(path: str, read: _Read, artifact: Artifact) -> Package:
    pom, inside = artifact.pom, _member(read, artifact)
    return Package(
        name=artifact.name,
        version=artifact.version,
        arch="",
        type="maven",
        state=VENDORED,
        namespace=artifact.group,
        licenses=pom.licenses if pom else (),
        supplier=pom.organization if pom else "",
        homepage=pom.url if pom else "",
        locations=(Location(path, inside=inside),),
        requires=_needed(pom.dependencies if pom else ()),
        provides=(_token(artifact), _place(path, inside)),
        method="metadata",
        confidence="medium",
    )


def _member(read: _Read, artifact: Artifact) -> str:
    inside = read.archive.inside
    return f"{inside}{SEPARATOR}{artifact.member}" if inside else artifact.member


def _place(path: str, inside: str) -> str:
    """A token that only this one archive, or copy, provides."""
    return f"{path}{SEPARATOR}{inside}" if inside else path


def _token(what: Identity | Artifact) -> str:
    """Maven's own short form; without a group it meets only what has none either."""
    return f"{what.group}:{what.name}"


def _needed(dependencies: tuple[Dependency, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (f"{each.group}:{each.artifact}",)
        for each in dependencies
        if each.scope in _AT_RUNTIME and not each.optional and each.group and each.artifact
    )


def _class_path(path: str, manifest: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """Relative URLs parted by blanks, from the folder that the archive is in.

    JAR File Specification, "Class-Path attribute"; Quarkus lists an application's libraries so.
    """
    found = []
    for url in manifest.get("class-path", "").split()[:_MOST_BESIDE]:
        whole = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), unquote(url)))
        # What is no archive is no package.
        if ":" not in url and whole.rpartition(".")[2] in ENDINGS:
            found.append((whole.lstrip("/"),))
    return tuple(found)


def _plugins(manifest: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """`Plugin-Dependencies` of Jenkins: `name:version;resolution:=optional, ...`."""
    found = clauses(manifest.get("plugin-dependencies", ""))
    return tuple(
        (path.partition(":")[0],)
        for path, parameters in found
        if parameters.get("resolution") != "optional"
    )


def _manifest_licenses(manifest: dict[str, str]) -> tuple[str, ...]:
    """OSGi Core, 3.2.1.11, "Bundle-License": identifiers or addresses, with parameters."""
    found = (path for path, _ in clauses(manifest.get("bundle-license", "")))
    return tuple(dict.fromkeys(path for path in found if path and path != "<<EXTERNAL>>"))


def _first(manifest: dict[str, str], *names: str) -> str:
    return next(filter(None, (manifest.get(name, "") for name in names)), "")


def _problems(path: str, jar: Jar, read: list[_Read]) -> Iterator[Problem]:
    """At most one of each kind for a file, with a number."""
    if jar.lost:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, _counted(jar.lost))
    if jar.odd:
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, _counted(jar.odd))
    wrong = [each.archive.inside or path for each in read if each.wrong_lines]
    if wrong:
        detail = f"lines of the manifest that Java would refuse, in {_counted(wrong)}"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    unnamed = [each.archive.inside or path for each in read if each.incomplete]
    if unnamed:
        detail = f"pom.properties or pom.xml without group or artifact, in {_counted(unnamed)}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    nameless = [each.identity.name for each in read if not each.identity.version]
    nameless += [copy.name for each in read for copy in each.copied if not copy.version]
    if nameless:
        detail = f"nothing says the version of {_counted(nameless)}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _counted(words: tuple[str, ...] | list[str]) -> str:
    more = f"; and {len(words) - 1} more" if len(words) > 1 else ""
    return f"{text(words[0].encode('utf-8', 'surrogateescape'))}{more}"


CATALOGER = Cataloger(
    name="java",
    version=3,
    group="file",
    wants=tuple(Want(f"**/*.{ending}", reducer=JAR) for ending in ENDINGS),
    parse=parse,
    about="Java: jars, wars, ears, and the jars in them (Maven metadata, manifest, file name)",
    fills=frozenset(
        {
            "namespace",
            "licenses",
            "supplier",
            "homepage",
            "requires",
            "provides",
            "digests",
            "evidence",
            "confidence",
        }
    ),
)
