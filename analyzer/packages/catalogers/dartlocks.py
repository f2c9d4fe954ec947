"""Dart and Flutter packages that a lock file of pub names: `declared`, which is not installed.

`pubspec.lock`, https://dart.dev/tools/pub/glossary#lockfile; its reader and writer are
`lib/src/lock_file.dart` of https://github.com/dart-lang/pub, the descriptions those of
`lib/src/source/`. A package of another server than pub.dev has its address in `repository_url`,
one out of git its address, commit and folder in `vcs_url`. What comes with an SDK, such as
`flutter`, is listed with the version that is stated, which is mostly 0.0.0; what is needed by what
is not stated. Packages are read one by one, so that one that cannot be read costs no other.
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
    warning,
)
from analyzer.packages.formats import yamlsubset
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.jsonfile import Object, line, member
from analyzer.packages.formats.sourcecopies import is_copy

_PUBLIC = frozenset({"https://pub.dev", "https://pub.dartlang.org", "http://pub.dartlang.org"})
"""The server, and its names before 2022 (`lib/src/source/hosted.dart`)."""
_SERVER = re.compile(r"https?://")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CACHED = re.compile(r"(?:\A|/)\.pub-cache/")
"""Sources of packages, whose lock files say how these were developed."""
_PACKAGES = b"packages:"
_MARKS = (_PACKAGES, b"sdks:", b"sdk:")
"""Members of every lock file; none has to be there."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package that a lock file names."""
    for path in sorted(files):
        if is_copy(path) or _CACHED.search(path):
            continue
        try:
            lines = yamlsubset.document(files[path]).split(b"\n")
        except ValueError as why:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
            continue
        faults: list[Fault] = []
        for item in _packages(path, lines, faults):
            yield item
            if not item.version:
                detail = f"package {item.name} has no version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
        yield from problems(path, sorted(faults, key=lambda each: each.line))


def _packages(path: str, lines: list[bytes], faults: list[Fault]) -> Iterator[Package]:
    for number, entry in _entries(lines, faults):
        try:
            [(name, value)] = yamlsubset.load(b"\n".join(entry)).items()
        except ValueError as why:
            faults.append(Fault(number, str(why).partition(": ")[2] or str(why), lost=True))
            continue
        if not name or not isinstance(value, dict):
            faults.append(Fault(number, "a package without a name or members", lost=True))
            continue
        yield _package(path, name, value)


def _entries(lines: list[bytes], faults: list[Fault]) -> Iterator[tuple[int, list[bytes]]]:
    """The members of `packages`, each with the number of its first line."""
    inside, seen, indent = False, False, 0
    begin, entry = 0, list[bytes]()
    for number, each in enumerate(map(bytes.rstrip, lines), 1):
        plain = each.lstrip(b" ")
        depth = len(each) - len(plain)
        if not plain or plain.startswith(b"#"):
            continue
        if depth == 0:
            inside = each == _PACKAGES
            seen = seen or each.startswith(_MARKS)
            if not inside and b":" not in each:
                faults.append(Fault(number, "not a member", lost=True))
        elif inside and (not indent or depth <= indent):
            if entry:
                yield begin, entry
            indent, begin, entry = depth, number, [each]
        elif inside:
            entry.append(each)
    if entry:
        yield begin, entry
    if not seen and any(map(bytes.strip, lines)):
        faults.append(Fault(1, "nothing of a lock file of pub in it", lost=True))


def _package(path: str, name: str, entry: Object) -> Package:
    digest = line(member(entry, "description"), "sha256")
    return Package(
        name=name,
        version=line(entry, "version"),
        arch="",
        type="pub",
        state=DECLARED,
        locations=(Location(path),),
        qualifiers=tuple(_origin(line(entry, "source"), member(entry, "description"))),
        digests=(f"sha256:{digest}",) if _DIGEST.fullmatch(digest) else (),
        method="lock-file",
    )


def _origin(source: str, description: Object) -> Iterator[tuple[str, str]]:
    url, folder = line(description, "url"), line(description, "path")
    if source == "hosted" and _SERVER.match(url) and url.rstrip("/") not in _PUBLIC:
        yield "repository_url", url
    if source == "git" and url:
        commit = line(description, "resolved-ref")
        inside = f"#{folder}" if folder not in {"", "."} else ""
        yield "vcs_url", f"git+{url}{f'@{commit}' if commit else ''}{inside}"


CATALOGER = Cataloger(
    name="dartlocks",
    version=2,
    group="file",
    wants=(Want("**/pubspec.lock"),),
    parse=parse,
    about="Dart and Flutter packages that lock files of pub declare",
    fills=frozenset({"qualifiers", "digests"}),
)
