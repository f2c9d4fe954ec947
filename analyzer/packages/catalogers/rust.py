"""Rust crates, from the audit data that `cargo auditable` puts into a program.

https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md: the section `.dep-v0`
of ELF, PE, Mach-O and WebAssembly files, zlib over JSON, at most 8 MiB. Plain `cargo` leaves
nothing that could be relied on. Choices of ours:

- Crates of kind `build` ran while the program was built and are not in it: `declared`.
- A source other than crates.io is said as cargo-auditable's own converter (auditable-cyclonedx)
  says it: the qualifier for that source with the value `redacted`, which the data leaves out.
- Dependencies that form a cycle are left out, all of them, as PARSING.md warns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    error,
    warning,
)
from analyzer.packages.formats import program
from analyzer.packages.formats.jsonfile import NotAnObject, line, read_object
from analyzer.packages.formats.text import excerpt, text

_QUALIFIERS = {"git": "vcs_url", "local": "download_url", "registry": "repository_url"}
_DEFAULT_SOURCE = "crates.io"
_REDACTED = "redacted"
Crate = Mapping[str, Any]


def parse(files: Files) -> Iterator[Package | Problem]:
    """The crates of every program that has audit data."""
    for path in sorted(files):
        for parts in program.images(files[path]):
            if program.RUST_FAULT in parts:
                detail = f"the Rust audit data: {text(parts[program.RUST_FAULT])}"
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
            elif program.RUST_AUDIT in parts:
                yield from _audit(path, parts[program.RUST_AUDIT])


def _audit(path: str, raw: bytes) -> Iterator[Package | Problem]:
    try:
        stated = read_object(raw).get("packages")
    except NotAnObject as fault:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, f"the Rust audit data: {fault}")
        return
    if not isinstance(stated, list):
        detail = "the Rust audit data has no list of packages"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    crates: list[Crate] = [crate if isinstance(crate, dict) else {} for crate in stated]
    edges, faults = _edges(crates)
    for crate, needed in zip(crates, edges, strict=True):
        if line(crate, "name"):
            yield _package(path, crate, [_token(crates[index]) for index in needed])
    yield from _problems(path, crates, faults)


def _package(path: str, crate: Crate, requires: list[str]) -> Package:
    source = line(crate, "source") or _DEFAULT_SOURCE
    qualifier = _QUALIFIERS.get(source, "download_url")
    return Package(
        name=line(crate, "name"),
        version=line(crate, "version"),
        arch="",
        type="cargo",
        state="declared" if crate.get("kind") == "build" else "installed",
        qualifiers=() if source == _DEFAULT_SOURCE else ((qualifier, _REDACTED),),
        requires=tuple((token,) for token in sorted(set(requires))),
        provides=(_token(crate),),
        evidence=excerpt(f".dep-v0: {_token(crate)}"),
        method="build-info",
        locations=(Location(path),),
    )


def _token(crate: Crate) -> str:
    """Exact, because a program holds the same crate at several versions."""
    return f"{line(crate, 'name')}@{line(crate, 'version')}"


def _edges(crates: list[Crate]) -> tuple[list[list[int]], list[str]]:
    """For each crate the indices of what it depends on, and what is wrong with them."""
    faults: list[str] = []
    edges: list[list[int]] = []
    for crate in crates:
        stated = crate.get("dependencies", [])
        indices = stated if isinstance(stated, list) else [None]
        good = [index for index in indices if type(index) is int and 0 <= index < len(crates)]
        if len(good) < len(indices):
            faults.append(f"{line(crate, 'name')} depends on what is not in the list")
        edges.append(good)
    if _cyclic(edges):
        faults.append("its dependencies form a cycle, so none of them is listed")
        edges = [[] for _ in crates]
    roots = sum(crate.get("root") is True for crate in crates)
    if crates and roots != 1:
        faults.append(f"it has {roots} root packages instead of one")
    return edges, faults


def _cyclic(edges: list[list[int]]) -> bool:
    """Whether some crate depends on itself in the end: what topological sorting leaves over."""
    waiting = [len(needed) for needed in edges]
    needing: list[list[int]] = [[] for _ in edges]
    for index, needed in enumerate(edges):
        for other in needed:
            needing[other].append(index)
    ready = [index for index, count in enumerate(waiting) if not count]
    done = 0
    while ready:
        done += 1
        for other in needing[ready.pop()]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return done < len(edges)


def _problems(path: str, crates: list[Crate], faults: list[str]) -> Iterator[Problem]:
    if lost := sum(not line(crate, "name") for crate in crates):
        detail = f"the Rust audit data has {lost} packages without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if faults:
        more = f"; so {len(faults) - 1} more faults" if len(faults) > 1 else ""
        detail = f"the Rust audit data: {faults[0]}{more}"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    named = [crate for crate in crates if line(crate, "name")]
    if bare := [crate for crate in named if not line(crate, "version")]:
        more = f", and {len(bare) - 1} more" if len(bare) > 1 else ""
        detail = f"crate {line(bare[0], 'name')}{more}: no version"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


CATALOGER = Cataloger(
    name="rust",
    version=2,
    group="file",
    wants=(program.PROGRAMS,),
    parse=parse,
    about="Rust programs built with cargo auditable",
    fills=frozenset({"qualifiers", "requires", "provides", "evidence"}),
)
