"""The header of an rpm package as named fields, and its list of files as one field for each.

Every tag of a header is in some field, so two headers with the same fields say the same.
https://rpm-software-management.github.io/rpm/manual/tags.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from analyzer.diff.content.rpmtags import (
    DEPENDENCIES,
    DIGESTS,
    EQUAL,
    GREATER,
    GROUPS,
    LESS,
    MODES,
    NAMES_OF_FILES,
    OF_FILES,
    OWNERS,
    TIMES,
    WORDS,
    Dependencies,
)
from analyzer.digest import digest_bytes
from analyzer.packages.formats import rpmfiles
from analyzer.packages.formats.damage import Damage
from analyzer.packages.formats.rpmdatabase import signed_by
from analyzer.packages.formats.rpmheader import Header
from analyzer.packages.formats.text import text

Value = tuple[int, ...] | list[bytes] | bytes
_LONGEST: Final = 400
"""Characters of a text that are shown; of a longer one its size and digest."""
_MOST_VALUES: Final = 8
_SHORT_BYTES: Final = 32
_FILE_TAGS: Final = frozenset({MODES, OWNERS, GROUPS, DIGESTS, *OF_FILES, *NAMES_OF_FILES})
_NOTHING: Final = frozenset({0, b"", 0xFFFFFFFF})
"""Values that say nothing of a file; the last is that all of it is verified."""
FIRST: Final = (
    *("name", "epoch", "version", "release", "architecture", "source package", "vendor"),
    *("packager", "license", "size", "install time", "signed by key", "files"),
)
"""What is told of a package that only one side has, and first of one that both have."""


def short_fields(header: Header) -> dict[str, str]:
    """What is told of a package that only one side has."""
    fields = fields_of(header)
    return {name: fields[name] for name in FIRST if fields.get(name)}


def fields_of(header: Header) -> dict[str, str]:
    """All fields but those of files, with how many files there are."""
    fields: dict[str, str] = {}
    dependencies = {tag for some in DEPENDENCIES for tag in some[1:]}
    left = header.size
    for tag in header.tags:
        if tag in dependencies or tag in _FILE_TAGS:
            continue
        if header.count(tag) > left:
            # Each byte is of one value; a small header must not stand for a lot of data.
            header.damage.append(Damage("a header whose values overlap"))
            break
        value = header.value(tag)
        left -= _stored(value)
        fields[TIMES.get(tag) or WORDS.get(tag) or f"tag {tag}"] = (
            _time(value) if tag in TIMES else _words(value)
        )
    for some in DEPENDENCIES:
        fields |= _dependencies(header, some)
    fields["files"] = str(sum(1 for _ in rpmfiles.paths(header)))
    if key := signed_by(header):
        fields["signed by key"] = key
    return fields


def files_of(header: Header) -> dict[str, str]:
    """What the header says of each file, by `file PATH`."""
    lists = [(word, header.value(tag)) for tag, word in OF_FILES.items() if tag in header]
    modes, digests = header.numbers(MODES), header.strings(DIGESTS)
    owners, groups = header.strings(OWNERS), header.strings(GROUPS)
    found: dict[str, str] = {}
    for at, (folder, name) in enumerate(rpmfiles.paths(header)):
        words = [f"{modes[at]:06o}"] if at < len(modes) else []
        if at < len(owners) and at < len(groups):
            words.append(f"{text(owners[at])}:{text(groups[at])}")
        words += [f"digest {text(digests[at])}"] if at < len(digests) and digests[at] else []
        words += [
            f"{word} {_one(word, values[at])}"
            for word, values in lists
            if at < len(values) and values[at] not in _NOTHING
        ]
        found[f"file {text(folder + name)}"] = " ".join(words)
    return found


def _dependencies(header: Header, some: Dependencies) -> dict[str, str]:
    """A field for each name, and one for what is known of them beside their versions."""
    names, flags = header.strings(some.names), header.numbers(some.flags)
    versions = header.strings(some.versions)
    found: dict[str, list[str]] = {}
    for at, name in enumerate(names):
        bits = flags[at] if at < len(flags) else 0
        version = text(versions[at]) if at < len(versions) else ""
        found.setdefault(f"{some.word} {text(name)}", []).append(_compared(bits, version))
    fields = {name: ", ".join(sorted(values)) for name, values in found.items()}
    rest = tuple(bits & ~(LESS | GREATER | EQUAL) for bits in flags)
    if any(rest):
        fields[f"flags of what it {some.word}"] = _words(rest)
    return fields


def _compared(bits: int, version: str) -> str:
    signs = ((LESS, "<"), (GREATER, ">"), (EQUAL, "="))
    sign = "".join(sign for bit, sign in signs if bits & bit)
    return f"{sign} {version}".strip() or "any version"


def _stored(value: Value) -> int:
    """Bytes that a value takes in its header, at the least."""
    return sum(len(raw) + 1 for raw in value) if isinstance(value, list) else len(value)


def _time(value: Value) -> str:
    """UTC, as ISO 8601 has it."""
    if isinstance(value, tuple) and len(value) == 1:
        try:
            return datetime.fromtimestamp(value[0], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (OverflowError, OSError, ValueError):
            return str(value[0])
    return _words(value)


def _words(value: Value) -> str:
    if isinstance(value, bytes):
        if len(value) <= _SHORT_BYTES:
            return value.hex()
        return f"{len(value)} bytes, {digest_bytes(value)}"
    if isinstance(value, tuple):
        return _several([str(number) for number in value])
    return _several([text(raw) for raw in value])


def _several(values: Sequence[str]) -> str:
    joined = ", ".join(values)
    if len(values) > _MOST_VALUES:
        return f"{len(values)} values, {digest_bytes(chr(0).join(values).encode())}"
    if len(joined) > _LONGEST:
        return f"{len(joined)} characters, {digest_bytes(joined.encode())}"
    return joined


def _one(word: str, value: int | bytes) -> str:
    if isinstance(value, bytes):
        return text(value)
    return _time((value,)) if word == "time" else str(value)
