"""`<app>.deps.json` of .NET: which libraries a program was published with.

https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md.
`libraries` has every library of the build, `targets` for the framework and platform what each of
them contributes and needs. One that contributes no file was used for building alone, or only to
bring others along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats import integrity
from analyzer.packages.formats.jsonfile import load, mapping, names, word

_ASSETS = ("runtime", "native", "resources", "runtimeTargets")
_PLACEHOLDER = "/_._"
"""NuGet's file for "nothing, on purpose"."""
_PACK = "runtimepack."


@dataclass(frozen=True, slots=True)
class Library:
    """One entry of `libraries`."""

    name: str
    version: str
    kind: str
    """`package`, `runtimepack`, `project`, `reference`, ..."""
    digests: tuple[str, ...]
    """Of the package's archive."""
    contributes: bool
    """Whether any file is there because of it."""
    needs: tuple[str, ...]
    """Names of those that contribute files, also where another brings them along; lower case."""


def parse(data: bytes) -> list[Library]:
    """The libraries of a program, sorted.

    Raises:
        ValueError: it is no such file.
    """
    document = mapping(load(data))
    if "libraries" not in document:
        raise ValueError("no libraries in it")
    libraries = mapping(document["libraries"])
    target = _target(document)
    parts = {_split(key)[0].lower(): mapping(target[key]) for key in sorted(target)}
    return [_library(key, mapping(libraries[key]), parts) for key in sorted(libraries)]


def _target(document: Mapping[str, object]) -> Mapping[str, object]:
    """That of `runtimeTarget`, which older files have as text; else the only one that there is."""
    targets = mapping(document.get("targets"))
    stated = document.get("runtimeTarget")
    name = word(mapping(stated).get("name")) or word(stated)
    if name in targets:
        return mapping(targets[name])
    return mapping(next(iter(targets.values()))) if len(targets) == 1 else {}


def _split(key: str) -> tuple[str, str]:
    name, _, version = key.rpartition("/")
    return (word(name), word(version)) if name else (word(key), "")


def _library(
    key: str, fields: Mapping[str, object], parts: Mapping[str, Mapping[str, object]]
) -> Library:
    name, version = _split(key)
    kind = word(fields.get("type")).lower()
    own = name.lower()
    return Library(
        # The pack has this in front of its name in the lists of the build only.
        name=name.removeprefix(_PACK) if kind == "runtimepack" else name,
        version=version,
        kind=kind,
        digests=integrity.digests(word(fields.get("sha512"))),
        contributes=_contributes(parts.get(own, {})),
        needs=tuple(sorted(set(_needs(own, parts)) - {own})),
    )


def _contributes(part: Mapping[str, object]) -> bool:
    files = (name for member in _ASSETS for name in mapping(part.get(member)))
    return any(not f"/{name}".endswith(_PLACEHOLDER) for name in files)


def _needs(own: str, parts: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """What `own` depends on, and through those that contribute nothing."""
    waiting, seen = [own], {own}
    while waiting:
        for name in names(parts.get(waiting.pop(), {}).get("dependencies")):
            needed = name.lower()
            if needed in seen:
                continue
            seen.add(needed)
            if _contributes(parts.get(needed, {})):
                yield needed.removeprefix(_PACK)
            else:
                waiting.append(needed)


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a `packages.lock.json`, for one framework."""

    framework: str
    name: str
    version: str
    needs: tuple[str, ...]
    """In lower case."""


def parse_lock(data: bytes) -> list[Locked]:
    """The packages of NuGet's lock file, without projects.

    https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files.
    `contentHash` leaves a package's signature out, so it is of no file, and is not taken.

    Raises:
        ValueError: it is no such file.
    """
    document = mapping(load(data))
    if not {"version", "dependencies"} <= document.keys():
        raise ValueError("no version or no dependencies in it")
    found = []
    for framework, packages in sorted(mapping(document["dependencies"]).items()):
        for name, value in sorted(mapping(packages).items()):
            fields = mapping(value)
            if word(fields.get("type")).lower() != "project":
                needs = tuple(need.lower() for need in names(fields.get("dependencies")))
                version = word(fields.get("resolved"))
                found.append(Locked(word(framework), word(name), version, needs))
    return found
