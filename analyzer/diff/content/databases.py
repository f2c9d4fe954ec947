"""Package databases and lists of accounts as records with named fields.

dpkg: deb822(5). apk: https://wiki.alpinelinux.org/wiki/Apk_spec. Accounts: passwd(5), group(5),
shadow(5), gshadow(5). os-release(5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from analyzer.diff.content.records import Database
from analyzer.globs import compile_glob
from analyzer.packages.formats import deb822
from analyzer.packages.formats.assignments import parse_assignments
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

Reader = Callable[[bytes], Database]

_APK: Final = {
    "A": "architecture",
    "C": "checksum",
    "D": "depends",
    "I": "installed size",
    "L": "license",
    "P": "name",
    "S": "size",
    "T": "description",
    "U": "URL",
    "V": "version",
    "c": "commit",
    "f": "flags",
    "i": "install if",
    "k": "provider priority",
    "m": "maintainer",
    "o": "origin",
    "p": "provides",
    "q": "replaces priority",
    "r": "replaces",
    "s": "repository tag",
    "t": "build time",
}
_ACCOUNTS: Final = {
    "passwd": ("password", "user ID", "group ID", "comment", "home", "shell"),
    "group": ("password", "group ID", "members"),
    "shadow": (
        "password",
        "last change",
        "minimum age",
        "maximum age",
        "warning period",
        "inactivity period",
        "expiration",
        "reserved",
    ),
    "gshadow": ("password", "administrators", "members"),
}
_HIDDEN_FROM: Final = 3
"""A password field longer than this is a hash; `x`, `*`, `!` and `!!` say that there is none."""


def read_dpkg(data: bytes) -> Database:
    """Packages by name and architecture, in the order of the file."""
    records: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    keys = _Keys()
    for part in deb822.parse(data):
        if isinstance(part, Fault):
            faults.append(f"line {part.line}: {part.what}")
            continue
        name = deb822.one_line(part.fields, "package") or f"(line {part.line}, no name)"
        architecture = deb822.one_line(part.fields, "architecture")
        key = f"{name}:{architecture}" if architecture else name
        records[keys.free(key)] = {
            field: " ".join(value.split()) for field, value in part.fields.items()
        }
    return Database(records, faults)


def read_apk(data: bytes) -> Database:
    """Packages by name, with `file PATH` as a field for each file: its checksum."""
    records: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    keys = _Keys()
    record: dict[str, list[str]] = {}
    folder = last = ""
    for number, line in enumerate([*data.split(b"\n"), b""], 1):
        key, colon, value = text(line[:1]), line[1:2], text(line[2:])
        if not line:
            if record:
                fields = {name: " ".join(values) for name, values in record.items()}
                records[keys.free(fields.get("name", "(no name)"))] = fields
            record, folder, last = {}, "", ""
        elif colon != b":":
            faults.append(f"line {number}: not a field: {text(line[:40])}")
        elif key == "F":
            folder = last = value
            record.setdefault(f"folder {folder}", [])
        elif key == "R":
            last = f"{folder}/{value}" if folder else value
            record.setdefault(f"file {last}", [])
        elif key in {"Z", "a", "M"}:
            kind = "folder" if key == "M" else "file"
            record.setdefault(f"{kind} {last}", []).append(value)
        else:
            record.setdefault(_APK.get(key, f"field {key}"), []).append(value)
    return Database(records, faults)


class _Keys:
    """Makes keys that are not taken: the second of a name is another record."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def free(self, name: str) -> str:
        """`name`, or with a number behind it."""
        count = self._seen[name] = self._seen.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"


def _accounts(kind: str) -> Reader:
    names = _ACCOUNTS[kind]

    def read(data: bytes) -> Database:
        records: dict[str, dict[str, str]] = {}
        faults: list[str] = []
        keys = _Keys()
        for number, line in enumerate(data.split(b"\n"), 1):
            if not line.strip():
                continue
            name, *values = line.split(b":")
            if len(values) != len(names):
                faults.append(f"line {number}: {len(values) + 1} fields, not {len(names) + 1}")
            fields = {
                field: text(value) for field, value in zip(names, values, strict=False) if value
            }
            records[keys.free(text(name) or "(no name)")] = fields
        return Database(records, faults, {"password": _hidden})

    return read


def _hidden(password: str) -> str:
    """A password field without the hash. crypt(5): `$id$salt$hash`, `!` before one locks it."""
    bare = password.lstrip("!*")
    if len(bare) < _HIDDEN_FROM:
        return password
    locked = password[: len(password) - len(bare)]
    method = bare.split("$")[1] if bare.startswith("$") and bare.count("$") > 1 else "DES"
    return f"{locked}(a hash by method {method}, {len(bare)} characters)"


def read_os_release(data: bytes) -> Database:
    """One record."""
    values, faults = parse_assignments(data)
    return Database({"os-release": values}, faults)


_BY_PATH: Final[tuple[tuple[str, str, Reader], ...]] = (
    ("var/lib/dpkg/status", "dpkg status", read_dpkg),
    ("var/lib/dpkg/status-old", "dpkg status", read_dpkg),
    ("var/lib/dpkg/available", "dpkg status", read_dpkg),
    ("var/lib/dpkg/status.d/*", "dpkg status", read_dpkg),
    ("**/opkg/status", "opkg status", read_dpkg),
    ("lib/apk/db/installed", "apk installed", read_apk),
    ("usr/lib/apk/db/installed", "apk installed", read_apk),
    *((f"etc/{name}", name, _accounts(name)) for name in _ACCOUNTS),
    *((f"etc/{name}-", name, _accounts(name)) for name in _ACCOUNTS),
    ("etc/os-release", "os-release", read_os_release),
    ("usr/lib/os-release", "os-release", read_os_release),
)
_PATTERNS: Final = tuple((compile_glob(glob), name, read) for glob, name, read in _BY_PATH)
ONE_RECORD: Final = frozenset({"os-release"})


def reader_for(path: str) -> tuple[str, Reader] | None:
    """What kind of database lies at a path, and who reads it."""
    for pattern, name, read in _PATTERNS:
        if pattern.match(path):
            return name, read
    return None


def holds_passwords(path: str) -> bool:
    """Whether nothing of a file may be shown but what its reader lets through."""
    database = reader_for(path)
    return database is not None and database[0] in _ACCOUNTS
