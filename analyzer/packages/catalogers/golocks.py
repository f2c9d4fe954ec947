"""Go modules that projects on disk name: `declared`, which is not installed.

`go.mod`, `go.sum` and `vendor/modules.txt`, https://go.dev/ref/mod; see `formats/gomod.py`.
Choices of ours:

- The project's own module is not on its list. The version of the language (`go`) and the suggested
  `toolchain` are no packages.
- Of a module that another replaces only the other is listed, as it is what is built. Of one that a
  folder replaces the name is listed without a version, as for programs (`golang`).
- A version that Go would first look up (`latest`, `v1.2`) is none.
- go.mod names every module that packages come from only from `go 1.17` on. For older ones those
  are added, with medium confidence, of whose highest version in `go.sum` there is a sum of the
  sources; Go leaves sums of versions there that nothing needs any more. For others go.sum says
  nothing. Its sums (`h1:`) are of a list of files, not of an archive, and are left out.
- `modules.txt` names the modules out of which packages lie in the vendor folder.
- `go.work` names folders, whose go.mod is read by itself; what it replaces there is not considered,
  as it is for those who work on several modules at once and not for what they build.
- Nobody obeys the go.mod in the sources of a dependency, whether in the module cache
  (`name@version`), in a vendor folder (before Go 1.17) or in a Debian package of sources; one in a
  folder `testdata` is a test's.
- Modules `std` and `cmd` are Go's own tree (https://go.dev/src/README.vendor): its go.mod
  and the vendor folder beside it say what the tools and the library were made with, which is Go.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress

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
    note,
)
from analyzer.packages.formats import gomod
from analyzer.packages.formats.fault import problems
from analyzer.packages.formats.gomodules import Module
from analyzer.packages.formats.sourcecopies import is_copy
from analyzer.packages.formats.text import excerpt

_MOD, _SUM, _VENDOR, _LIST = "go.mod", "go.sum", "vendor", "modules.txt"
_GO = frozenset({"std", "cmd"})
_OTHERS = re.compile(r"(?:^|/)(?:testdata|vendor/[^/]+\.[^/]+)/")
"""Tests, and folders below a vendor folder by the first part of a module's path, a host."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each file declares, once per module and version."""
    for path in sorted(files):
        name = posixpath.basename(path)
        if name not in _READERS or is_copy(path) or _OTHERS.search(path):
            continue
        found: dict[tuple[str, ...], Package] = {}
        for item in _READERS[name](path, files):
            if isinstance(item, Problem):
                yield item
            else:
                found.setdefault(item.key, item)
        yield from found.values()
        if loose := [package for package in found.values() if not package.version]:
            more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
            detail = f"no exact version of {_path(loose[0])}{more}"
            yield note(Code.PACKAGE_FIELD_MISSING, path, detail)


def _project(path: str, files: Files) -> Iterator[Package | Problem]:
    """What a go.mod requires, and what only its go.sum names."""
    try:
        mod = gomod.read_mod(files[path])
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    if mod.module in _GO:
        return
    for needed in mod.needed():
        yield _package(path, needed.module, needed.evidence)
    yield from problems(path, mod.faults)
    beside = posixpath.join(posixpath.dirname(path), _SUM)
    if mod.whole or beside not in files:
        return
    try:
        sums, faults = gomod.read_sums(files[beside], mod.excluded)
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, beside, str(why))
        return
    for name, version in sums.items():
        if not mod.names(name):
            words = f"sum of {name} {version}"
            yield _package(beside, Module(name, version), words)._replace(confidence="medium")
    yield from problems(beside, faults)


def _copied(path: str, files: Files) -> Iterator[Package | Problem]:
    """What lies in a vendor folder, by its list."""
    folder, name = posixpath.split(posixpath.dirname(path))
    if name != _VENDOR or _is_go(files.get(posixpath.join(folder, _MOD), b"")):
        return
    try:
        modules = gomod.read_vendored(files[path])
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    for module in modules:
        words = f"# {module.path} {module.version}"
        if new := module.replacement:
            words += f" => {new.path} {new.version}"
        yield _package(path, module, words.rstrip())


def _is_go(data: bytes) -> bool:
    """Whether a go.mod is of Go itself; one that cannot be read is not."""
    with suppress(ValueError):
        return gomod.read_mod(data).module in _GO
    return False


def _package(path: str, module: Module, words: str) -> Package:
    used = module.replacement or module
    if used.local:
        used = Module(module.path, "")
    namespace, _, name = used.path.rstrip("/").rpartition("/")
    return Package(
        name=name,
        version=used.version,
        arch="",
        type="golang",
        state=DECLARED,
        namespace=namespace,
        locations=(Location(path),),
        evidence=excerpt(words),
        method="lock-file",
    )


def _path(package: Package) -> str:
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


_READERS = {_MOD: _project, _LIST: _copied}

CATALOGER = Cataloger(
    name="golocks",
    version=2,
    group="image",
    wants=(Want(f"**/{_MOD}"), Want(f"**/{_SUM}"), Want(f"**/{_VENDOR}/{_LIST}")),
    parse=parse,
    about="Go modules that go.mod and vendor folders declare",
    fills=frozenset({"namespace", "evidence", "confidence"}),
)
