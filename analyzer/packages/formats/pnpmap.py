"""Yarn's Plug'n'Play map: which package is where, in `.pnp.cjs` or `.pnp.data.json`.

https://yarnpkg.com/advanced/pnp-spec, "Fallback" and "Manifest". The first is a program with the
JSON of the second in it, as one text in single quotes whose lines end in a backslash (Yarn 3 and
4), or plain and with commas behind last members (Yarn 2, in `.pnp.js`). Yarn 1 wrote a program
without such data into `.pnp.js`, for packages that lie unpacked under `node_modules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.jsonfile import load, mapping, sequence, word

_HEAD = re.compile(rb"const RAW_RUNTIME_STATE =\s*'|hydrateRuntimeState\((?:JSON\.parse\('|(?=\{))")
"""Of Yarn 4, and of Yarn 3 and 2."""
_TAIL = re.compile(rb"^[ \t]*\}, \{basePath:", re.MULTILINE)
"""Where plain data ends."""
_BESIDE = re.compile(rb"const pnpDataFilepath =|hydrateRuntimeState\(require\(dataLocation\)")
"""In a program whose data is in a file of its own: of Yarn 4, and of Yarn 3 and 2."""
_YARN_1 = re.compile(rb"/\* global packageInformationStores, ")
_SPARE_COMMA = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|,(?=\s*[}\]])', re.DOTALL)
"""One that JSON does not allow; or a text, in which all are meant, if need be without its end, so
that nothing is looked at twice."""
_HEAD_BYTES = 4096
_TEXT = re.compile(rb"[^'\\]*(?:\\.[^'\\]*)*", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_REFERENCE = re.compile(r"(?:virtual:[0-9a-f]+#)?(?P<kind>[a-z+]+):(?P<rest>.*)")
_PATCHED = re.compile(r"::version=(?P<version>[^&]+)")


@dataclass(frozen=True, slots=True)
class Located:
    """One package of the map."""

    locator: str
    """`name@reference`, by which others name it."""
    name: str
    version: str
    """Empty for what does not come from a registry."""
    origin: str
    """The address of such."""
    needs: tuple[str, ...]
    """Locators of what it depends on, without itself, which Yarn lists, too."""
    place: str
    """Its folder, relative to the map; often inside an archive."""


def parse(data: bytes) -> list[Located]:
    """The packages of a map, without the projects that it is for.

    Raises:
        ValueError: it is no such map.
    """
    program = bytes(data[:1]) != b"{"
    if program and (_BESIDE.search(data, 0, _HEAD_BYTES) or _YARN_1.search(data, 0, _HEAD_BYTES)):
        return []
    document = load(_inner(data) if program else data)
    if "packageRegistryData" not in mapping(document):
        raise ValueError("no packageRegistryData in it")
    return list(_packages(sequence(mapping(document)["packageRegistryData"])))


def _inner(data: bytes) -> bytes:
    """The JSON inside the program."""
    head = _HEAD.search(data, 0, _HEAD_BYTES)
    if head is None:
        raise ValueError("no RAW_RUNTIME_STATE at its beginning")
    if not head[0].endswith(b"'"):
        return _plain(data, head.end())
    match = _TEXT.match(data, head.end())
    if match is None or data[match.end() : match.end() + 1] != b"'":
        raise ValueError("cut off in RAW_RUNTIME_STATE")
    # Yarn escapes backslashes, quotes and the ends of lines, and nothing else.
    return _ESCAPE.sub(lambda found: b"" if found[1] == b"\n" else found[1], match[0])


def _plain(data: bytes, start: int) -> bytes:
    """The JSON that begins at `start`, as JavaScript writes it."""
    tail = _TAIL.search(data, start)
    if tail is None:
        raise ValueError("cut off in its data")
    written = data[start : tail.end() - len(b", {basePath:")]
    return _SPARE_COMMA.sub(lambda found: b"" if found[0] == b"," else found[0], written)


def _packages(registry: list[object]) -> Iterator[Located]:
    for pair in registry:
        match sequence(pair):
            case [str(name), list(stores)]:
                for store in stores:
                    yield from _located(name, store)
            case [None, list()]:
                # The project at the top, once more without a name.
                continue
            case _:
                raise ValueError("packageRegistryData is not made of names and stores")


def _located(name: str, store: object) -> Iterator[Located]:
    match sequence(store):
        case [str(reference), dict(fields)]:
            pass
        case _:
            raise ValueError(f"a store of {cut(word(name), 60)!r} that is none")
    match = _REFERENCE.fullmatch(reference)
    if match is not None and match["kind"] == "workspace":
        return
    version, origin = _version(reference, match)
    locator = word(f"{name}@{reference}")
    yield Located(
        locator=locator,
        name=word(name),
        version=version,
        origin=origin,
        needs=tuple(need for need in _needs(fields.get("packageDependencies")) if need != locator),
        place=str(fields.get("packageLocation", "")),
    )


def _version(reference: str, match: re.Match[str] | None) -> tuple[str, str]:
    """Version and address of a reference: one of them is empty."""
    if match is not None and match["kind"] == "npm":
        # Behind `::` stands where an archive comes from that is not of the registry.
        return word(match["rest"].partition("::")[0]), ""
    if patched := _PATCHED.search(reference):
        return word(patched["version"]), ""
    return "", word(reference)


def _needs(dependencies: object) -> Iterator[str]:
    """A dependency is a name with its reference, or with name and reference of another."""
    for pair in sequence(dependencies):
        match pair:
            case [str(name), str(reference)]:
                yield word(f"{name}@{reference}")
            case [str(), [str(name), str(reference)]]:
                yield word(f"{name}@{reference}")
            case _:
                continue
