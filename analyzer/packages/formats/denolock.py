"""deno.lock, versions 1 to 5.

https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files; the members
are those of its reader, https://github.com/denoland/deno_lockfile (`src/lib.rs`), and what older
versions had in other places is in its `src/transforms.rs`. Version 1 has addresses of modules
alone, 2 packages of npm below `npm`, 3 those of JSR and npm below `packages`, 4 both at the top,
with dependencies as a list, which 5 divides.

The key of a package of npm is `name@1.0.0`, behind `_` the peers that it was resolved with. What
`links` of the workspace names is a folder of the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.packages.formats import integrity
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.damage import Damage
from analyzer.packages.formats.jsonfile import load, mapping, word, words
from analyzer.packages.formats.npm import is_name

_KNOWN = ("2", "3", "4", "5")
_NPM, _JSR = "npm:", "jsr:"


@dataclass(frozen=True, slots=True)
class Locked:
    """One package, of npm with one choice of peers."""

    token: str
    """`npm:` or `jsr:` and its key."""
    name: str
    """With its scope."""
    version: str
    digests: tuple[str, ...]
    needs: tuple[str, ...]
    """Tokens of what it depends on; of a package of JSR only those of JSR."""
    jsr: bool = False


@dataclass(slots=True)
class Lock:
    """What a lock file has."""

    packages: list[Locked] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    """Addresses of single files."""
    damages: list[Damage] = field(default_factory=list)


def parse(data: bytes) -> Lock:
    """The packages of a lock file, without linked folders, sorted.

    Raises:
        ValueError: it is no lock file, or of a version that we do not know.
    """
    document = load(data)
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of the file, not of our code
    lock = Lock()
    if "version" not in document:
        _modules(lock, document)
        return lock
    version = word(document["version"])
    if not version:
        raise ValueError("no version that is a text")
    if version not in _KNOWN:
        raise ValueError(f"a version that is not known: {version[:20]!r}")
    _modules(lock, document.get("remote", {}))
    npm, jsr, specifiers = _sections(document, version)
    workspace = mapping(document.get("workspace"))
    links = {*mapping(workspace.get("links")), *mapping(workspace.get("patches"))}
    _npm(lock, npm, links)
    _jsr(lock, jsr, specifiers, links)
    return lock


def _modules(lock: Lock, remote: object) -> None:
    if not isinstance(remote, dict):
        lock.damages.append(Damage("remote is no object"))
        return
    for address in sorted(remote):
        if isinstance(remote[address], str) and word(address):
            lock.modules.append(word(address))
        else:
            what = f"an address without a digest: {cut(address, 60)!r}"
            lock.damages.append(Damage(what))


def _sections(
    document: Mapping[str, object], version: str
) -> tuple[object, object, Mapping[str, object]]:
    """The packages of npm and of JSR, and what specifiers lead to, wherever they are."""
    above = {"2": "npm", "3": "packages"}.get(version)
    top = document.get(above, {}) if above else document
    if not isinstance(top, dict):
        return top, {}, {}
    npm = top.get("packages" if version == "2" else "npm", {})
    return npm, top.get("jsr", {}), mapping(top.get("specifiers"))


def _entries(
    lock: Lock, packages: object, links: set[str], registry: str
) -> Iterator[tuple[str, str, str, Mapping[str, object]]]:
    """Key, name, version and members of each package of a section."""
    if not isinstance(packages, dict):
        lock.damages.append(Damage(f"the packages of {registry} are no object"))
        return
    for key in sorted(packages):
        name, version = _split(key)
        version = version.partition("_")[0]
        if not is_name(word(name)) or not word(version) or not isinstance(packages[key], dict):
            lock.damages.append(Damage(f"an entry that is no package: {cut(key, 60)!r}"))
        elif links.isdisjoint({f"{registry}{name}@{version}", f"{registry}{name}"}):
            yield word(key), word(name), word(version), packages[key]


def _npm(lock: Lock, packages: object, links: set[str]) -> None:
    latest = {_split(key)[0]: key for key in sorted(mapping(packages))}
    for key, name, version, fields in _entries(lock, packages, links, _NPM):
        stated = word(fields.get("integrity"))
        needs = {_NPM + word(need) for need in _needs(fields, latest) if word(need)}
        lock.packages.append(
            Locked(
                token=_NPM + key,
                name=name,
                version=version,
                # Where the registry has SHA-1 alone, it stands here as it has it.
                digests=integrity.digests(stated) or integrity.hexadecimal("sha1", stated),
                needs=tuple(sorted(needs)),
            )
        )


def _needs(fields: Mapping[str, object], latest: Mapping[str, str]) -> Iterator[str]:
    """Keys of what a package of npm depends on.

    Until version 3 by the name that it uses. Later `name` where there is one version of it, else
    `name@version`, and `name@npm:other@version` where it has another name for it.
    """
    for group in ("dependencies", "optionalDependencies"):
        stated = fields.get(group)
        yield from map(word, mapping(stated).values())
        for need in words(stated):
            version = _split(need)[1]
            if version.startswith(_NPM):
                yield version.removeprefix(_NPM)
            elif version or need in latest:
                yield need if version else latest[need]


def _jsr(lock: Lock, packages: object, specifiers: Mapping[str, object], links: set[str]) -> None:
    """Packages of JSR. Their `integrity` is of the registry's list of modules, of no archive."""
    targets: dict[str, str] = {}
    for specifier, value in specifiers.items():
        name, _ = _split(specifier.removeprefix(_JSR))
        resolved = word(value)
        if specifier.startswith(_JSR) and name and resolved:
            # Version 3 repeats the name.
            target = resolved if resolved.startswith(_JSR) else f"{_JSR}{word(name)}@{resolved}"
            targets[specifier] = target
            targets.setdefault(_JSR + name, target)
    for key, name, version, fields in _entries(lock, packages, links, _JSR):
        needs = {targets[need] for need in words(fields.get("dependencies")) if need in targets}
        lock.packages.append(Locked(_JSR + key, name, version, (), tuple(sorted(needs)), jsr=True))


def _split(key: str) -> tuple[str, str]:
    """Name and version; the version is empty, and a scope's `@` is no end, where none is there."""
    name, _, version = key[1:].partition("@")
    return key[:1] + name, version
