"""Rust crates that a lock file of Cargo names: `declared`, which is not installed.

`Cargo.lock`, https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html; see
`formats/cargolock.py`. Choices of ours:

- What has no source is a folder beside the lock file: the project, a member of its workspace, or
  another folder that it takes in. The file does not tell these apart, so none is on it as a
  package, as with lock files of Node.js.
- Of what a table `replace` in `Cargo.toml` puts another crate in the place of, only the other is.
- Needs of the build and of tests are not told apart from those of the program.
- A crate from a git repository has its address and commit in `vcs_url`, one from another registry
  than crates.io the address of its index in `repository_url`.
- The lock file in the sources of a crate, in Cargo's home or a folder that `cargo vendor` made
  (with `.cargo-checksum.json` beside), is nobody's: Cargo reads it for no project that needs the
  crate.

Tokens begin with the path of the lock file, so that one's packages never meet another's.
"""

from __future__ import annotations

import posixpath
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
from analyzer.packages.formats.cargolock import Crate, Ident, read_lock
from analyzer.packages.formats.presence import THERE
from analyzer.packages.formats.sourcecopies import is_copy

_NAME = "Cargo.lock"
_VENDORED = ".cargo-checksum.json"
_CRATES_IO = frozenset(
    {
        "registry+https://github.com/rust-lang/crates.io-index",
        "sparse+https://index.crates.io/",
    }
)


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each lock file declares."""
    for path in sorted(files):
        folder, name = posixpath.split(path)
        if name == _NAME and posixpath.join(folder, _VENDORED) not in files and not is_copy(path):
            yield from _locked(path, files[path])


def _locked(path: str, data: bytes) -> Iterator[Package | Problem]:
    try:
        lock = read_lock(data)
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    found = [_package(path, crate) for crate in lock.crates if crate.ident.source]
    yield from found
    bare = [f"package {package.name} has no version" for package in found if not package.version]
    for words, code, make in (
        (lock.lost, Code.PACKAGE_DATABASE_DAMAGED, error),
        (lock.odd, Code.PACKAGE_DATABASE_DAMAGED, warning),
        (bare, Code.PACKAGE_FIELD_MISSING, warning),
    ):
        if words:
            more = f"; so {len(words) - 1} more faults" if len(words) > 1 else ""
            yield make(code, path, words[0] + more)


def _package(path: str, crate: Crate) -> Package:
    return Package(
        name=crate.ident.name,
        version=crate.ident.version,
        arch="",
        type="cargo",
        state=DECLARED,
        locations=(Location(path),),
        qualifiers=_qualifiers(crate.ident.source),
        requires=tuple((_token(path, need),) for need in crate.needs if need.source),
        provides=(_token(path, crate.ident),),
        digests=crate.digests,
        method="lock-file",
    )


def _token(path: str, ident: Ident) -> str:
    return f"{path}:{ident.name} {ident.version} ({ident.source})"


def _qualifiers(source: str) -> tuple[tuple[str, str], ...]:
    kind, _, url = source.partition("+")
    if kind == "git":  # what was asked for is the query, what was found the fragment
        place, _, commit = url.partition("#")
        at = f"@{commit}" if commit else ""
        return (("vcs_url", f"git+{place.partition('?')[0]}{at}"),)
    # Folders of the machine that wrote it say nothing to anybody else.
    known = source in _CRATES_IO or kind not in {"registry", "sparse"}
    return () if known else (("repository_url", url),)


CATALOGER = Cataloger(
    name="rustlocks",
    version=3,
    group="dir",
    wants=(
        Want(f"**/{_NAME}"),
        Want(f"**/{_VENDORED}", reducer=THERE),
    ),
    parse=parse,
    about="Rust crates that lock files of Cargo declare",
    fills=frozenset({"qualifiers", "requires", "provides", "digests"}),
)
