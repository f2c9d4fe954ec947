"""yarn.lock: Yarn Classic's own form, and the YAML of Yarn 2 and later.

https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ and https://yarnpkg.com/configuration/manifest.
Classic: a line of patterns such as `"a@^1", a@^1.2:` and below it, further in, fields, one on a
line; fields with lines of their own further in again. Nobody documents more of it; Yarn's reader
is `src/lockfile/parse.js` of https://github.com/yarnpkg/yarn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats import integrity, yamlsubset
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.gitaddress import vcs_url
from analyzer.packages.formats.jsonfile import mapping, word
from analyzer.packages.formats.text import text

_CLASSIC = b"# yarn lockfile v1"
_HEAD_BYTES = 512
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",:][^\s",]*?)(?=[\s,]|:?$)')
_PATTERN = re.compile(r"(?P<name>@?[^@]+)(?:@(?P<range>.*))?", re.DOTALL)
_ADDRESS = re.compile("[:/]")
_STEP = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One resolved package."""

    patterns: tuple[str, ...]
    """What others ask for when they get this: `name@range`."""
    name: str
    version: str
    digests: tuple[str, ...]
    origin: str
    """The address of what does not come from a registry."""
    needs: tuple[str, ...]
    """Patterns of what it depends on."""


def parse(data: bytes) -> list[Entry]:
    """The packages of a lock file, without the projects that it is for.

    Raises:
        ValueError: it is no lock file, or has something in it that we do not know.
    """
    if _CLASSIC in bytes(data[:_HEAD_BYTES]):
        return list(_classic(data))
    document = yamlsubset.load(data)
    if "__metadata" not in document:
        raise ValueError("neither a head line of Yarn Classic nor __metadata in it")
    return list(_berry(document))


def _berry(document: Mapping[str, object]) -> Iterator[Entry]:
    for key in sorted(document):
        fields = mapping(document[key])
        resolution = word(fields.get("resolution"))
        # A soft link leads to a project's own folder.
        if key == "__metadata" or word(fields.get("linkType")) == "soft":
            continue
        name, kind = _split(resolution)
        if not name:
            raise ValueError(f"{cut(key, 60)!r} has no resolution")
        yield Entry(
            patterns=tuple(pattern.strip() for pattern in key.split(",")),
            name=name,
            version=word(fields.get("version")),
            # `checksum` is of the archive that Yarn makes of the package, not of the one it got.
            digests=(),
            origin="" if kind.startswith(("npm:", "patch:", "virtual:")) else kind,
            needs=tuple(_needs(fields)),
        )


def _classic(data: bytes) -> Iterator[Entry]:
    for patterns, fields in _stanzas(data):
        asked, alias = _split(patterns[0])
        name = _split(alias.removeprefix("npm:"))[0] if alias.startswith("npm:") else asked
        resolved = word(fields.get("resolved"))
        origin = _origin(resolved, alias)
        if not word(fields.get("version")):
            raise ValueError(f"{cut(patterns[0], 60)!r} has no version")
        yield Entry(
            patterns=tuple(patterns),
            name=name,
            version=word(fields.get("version")),
            digests=()
            if vcs_url(origin)
            else integrity.digests(word(fields.get("integrity"))) or _fragment(resolved),
            origin=origin,
            needs=tuple(_needs(fields)),
        )


def _origin(resolved: str, asked: str) -> str:
    """The address of what was asked for by an address, or by owner and repository on a host.

    `src/resolvers/index.js` of Yarn: whatever is no range of versions, tag or name of another.
    """
    if not resolved.startswith("git") and (asked.startswith("npm:") or not _ADDRESS.search(asked)):
        return ""
    return resolved if vcs_url(resolved) else resolved.partition("#")[0]


def _needs(fields: Mapping[str, object]) -> Iterator[str]:
    for member in ("dependencies", "optionalDependencies"):
        for name, asked in mapping(fields.get(member)).items():
            yield f"{name}@{word(asked)}"


def _fragment(resolved: str) -> tuple[str, ...]:
    """Behind `#` an address of the registry has the SHA-1 of what it leads to."""
    return integrity.hexadecimal("sha1", resolved.rpartition("#")[2])


def _split(pattern: str) -> tuple[str, str]:
    """Name and range; both empty for what is no pattern."""
    match = _PATTERN.fullmatch(pattern)
    return (match["name"], match["range"] or "") if match else ("", "")


def _stanzas(data: bytes) -> Iterator[tuple[list[str], dict[str, object]]]:
    """Patterns and fields of each entry."""
    patterns: list[str] = []
    fields: dict[str, object] = {}
    inner: dict[str, object] = {}
    for number, raw in enumerate(bounded(data).split(b"\n"), 1):
        line = text(raw.rstrip(b"\r "))
        content = line.lstrip(" ")
        if not content or content.startswith("#"):
            continue
        depth, odd = divmod(len(line) - len(content), _STEP)
        words = _words(content)
        if words is None or odd or depth > _STEP or (depth and not patterns):
            raise ValueError(f"line {number}: not of Yarn's form: {cut(content)!r}")
        opens = content.endswith(":")
        if depth == 0 and opens:
            if patterns:
                yield patterns, fields
            patterns, fields = words, {}
        elif depth == 1 and opens and len(words) == 1:
            fields[words[0]] = inner = {}
        elif depth and not opens and len(words) == _STEP:
            (fields if depth == 1 else inner)[words[0]] = words[1]
        else:
            raise ValueError(f"line {number}: not of Yarn's form: {cut(content)!r}")
    if patterns:
        yield patterns, fields


def _words(content: str) -> list[str] | None:
    """The words of a line, apart by blanks or commas; None where something else is between."""
    words: list[str] = []
    at = 0
    while at < len(content):
        if content[at] in " ,":
            at += 1
        elif content[at:] == ":":
            break
        elif match := _WORD.match(content, at):
            words.append(match[2] if match[1] is None else match[1])
            at = match.end()
        else:
            return None
    return words
