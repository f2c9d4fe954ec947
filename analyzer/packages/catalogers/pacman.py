"""Packages of Arch Linux and its relatives from pacman's local database.

https://man.archlinux.org/man/core/pacman/libalpm_databases.3.en: one folder per package with
`desc`, `files` and, for what makepkg built, `mtree`. Dependencies and provided names:
https://man.archlinux.org/man/core/pacman/PKGBUILD.5.en, "depends".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Reducer,
    Source,
    Want,
    error,
    unpack,
    warning,
)
from analyzer.packages.formats import alpmdb, mtree
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.gunzip import CONTENT, FAULT, reduce_gzip
from analyzer.packages.formats.names import path_of, target_of
from analyzer.packages.formats.text import text

_LOCAL = "var/lib/pacman/local/*/"
_DEPENDENCY = re.compile(r"([^<=>]+)(?:[<=>]+.*)?")
_SIZE, _MODE = re.compile(rb"[0-9]{1,20}"), re.compile(rb"0*[0-7]{1,4}")
_KINDS: Mapping[bytes, Literal["file", "dir", "link"]] = {
    b"file": "file",
    b"dir": "dir",
    b"link": "link",
}
_ABSENT = b"(null)"
"""Written for the digest of a file that `backup` names and the package does not have."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of one folder."""
    by_name = {path.rpartition("/")[2]: path for path in sorted(files)}
    if "desc" in by_name:
        yield from _package(by_name["desc"], files[by_name["desc"]])
    elif by_name:
        where = min(by_name.values())
        detail = "the folder has no file `desc`, so nothing says which package this is"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, where, detail)
    if "files" in by_name:
        yield from problems(by_name["files"], alpmdb.parse(files[by_name["files"]])[1])
    if "mtree" in by_name:
        yield from _mtree_problems(by_name["mtree"], unpack(files[by_name["mtree"]]))


def _package(path: str, data: bytes) -> Iterator[Package | Problem]:
    sections, faults = alpmdb.parse(data)
    values = {key: tuple(map(text, lines)) for key, lines in sections.items()}
    yield from problems(path, faults)
    name, version = _one(values, "NAME"), _one(values, "VERSION")
    if not name:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a package without a name, left out")
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no version")
    elif not path.endswith(f"/{name}-{version}/desc"):
        # pacman calls such a database inconsistent, and goes on.
        detail = f"{name} {version} in a folder of another name"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    base = _one(values, "BASE")
    yield Package(
        name=name,
        version=version,
        arch=_one(values, "ARCH"),
        type="alpm",
        # Packages of one base are built together and share its version.
        source=Source(base, version) if base else None,
        licenses=values.get("LICENSE", ()),
        supplier=_one(values, "PACKAGER"),
        homepage=_one(values, "URL"),
        locations=(Location(path),),
        requires=tuple((token,) for token in _tokens(values, "DEPENDS")),
        provides=_tokens(values, "PROVIDES"),
    )


def _one(values: Mapping[str, tuple[str, ...]], key: str) -> str:
    return next(iter(values.get(key, ())), "")


def _tokens(values: Mapping[str, tuple[str, ...]], key: str) -> tuple[str, ...]:
    """Names without what their version has to be, each once."""
    matches = (_DEPENDENCY.fullmatch(value) for value in values.get(key, ()))
    return tuple(dict.fromkeys(match[1] for match in matches if match))


def _mtree_problems(path: str, parts: Mapping[str, bytes]) -> Iterator[Problem]:
    if FAULT in parts:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, text(parts[FAULT]))
    entries = mtree.parse(parts.get(CONTENT, b""))
    yield from problems(path, (entry for entry in entries if isinstance(entry, Fault)))


def owns(files: Files) -> Iterator[Owned]:
    """The files that `files` lists, with what `mtree` says of them."""
    by_name = {path.rpartition("/")[2]: files[path] for path in sorted(files)}
    desc, _ = alpmdb.parse(by_name.get("desc", b""))
    owner = tuple(text(b"".join(desc.get(key, ())[:1])) for key in ("NAME", "VERSION", "ARCH"))
    if not owner[0]:
        return
    listed, _ = alpmdb.parse(by_name.get("files", b""))
    known = _mtree(unpack(by_name["mtree"])) if "mtree" in by_name else {}
    backups = dict(_backup(line) for line in listed.get("BACKUP", ()))
    for line in listed.get("FILES", ()):
        yield _owned((owner[0], owner[1], owner[2]), line, known, backups)


def _backup(line: bytes) -> tuple[bytes, str]:
    """Path and digest of one line of `%BACKUP%`."""
    path, _, digest = line.partition(b"\t")
    return path, f"md5:{text(digest)}" if digest and digest != _ABSENT else ""


def _mtree(parts: Mapping[str, bytes]) -> dict[bytes, Mapping[bytes, bytes]]:
    """Keywords by path. What begins with a dot is about the package and not in the image."""
    entries = (e for e in mtree.parse(parts.get(CONTENT, b"")) if isinstance(e, mtree.Entry))
    return {entry.path.removeprefix(b"./"): entry.keywords for entry in entries}


def _owned(
    owner: tuple[str, str, str],
    line: bytes,
    known: Mapping[bytes, Mapping[bytes, bytes]],
    backups: Mapping[bytes, str],
) -> Owned:
    path = line.rstrip(b"/")
    words = known.get(path, {})
    sha256, md5 = text(words.get(b"sha256digest", b"")), text(words.get(b"md5digest", b""))
    digest = f"sha256:{sha256}" if sha256 else f"md5:{md5}" if md5 else backups.get(path, "")
    mode, size = words.get(b"mode", b""), words.get(b"size", b"")
    return Owned(
        owner,
        path_of(path),
        kind="dir" if line.endswith(b"/") else _KINDS.get(words.get(b"type", b""), ""),
        digest=digest,
        size=int(size) if _SIZE.fullmatch(size) else None,
        mode=int(mode, 8) if _MODE.fullmatch(mode) else None,
        user=text(words.get(b"uname", words.get(b"uid", b""))),
        group=text(words.get(b"gname", words.get(b"gid", b""))),
        target=target_of(mtree.unescape(words.get(b"link", b""))),
        flags=("config",) if path in backups else (),
    )


CATALOGER = Cataloger(
    name="pacman",
    version=2,
    group="dir",
    wants=(
        Want(f"{_LOCAL}desc"),
        Want(f"{_LOCAL}files"),
        Want(f"{_LOCAL}mtree", reducer=Reducer("gzip", 1, reduce_gzip)),
    ),
    parse=parse,
    about="Arch Linux (pacman)",
    fills=frozenset({"arch", "source", "licenses", "supplier", "homepage", "requires", "provides"}),
    owns=owns,
)
