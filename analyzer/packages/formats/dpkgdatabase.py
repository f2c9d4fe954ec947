"""The stanzas of dpkg's database: its status file, what was written since, and `status.d`.

dpkg does not write its status file anew for each package that it works on. It writes what became
of that one into a file of `updates/`, and reads these after the status file, `dpkg-query` too:
https://git.dpkg.org/cgit/dpkg/dpkg.git, `lib/dpkg/dbmodify.c` (`cleanupdates`) and
`parse_find_pkg_slot` of `lib/dpkg/parse.c`. They are left where dpkg was killed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analyzer.packages.formats import deb822
from analyzer.packages.formats.deb822 import one_line
from analyzer.packages.formats.deb822 import version as version_of
from analyzer.packages.formats.dpkginfo import conffile_faults
from analyzer.packages.formats.fault import Fault

STATUS = "var/lib/dpkg/status"
STATUS_D = "var/lib/dpkg/status.d/"
JOURNAL = "var/lib/dpkg/updates/"
SUMS = ".md5sums"
NOT_INSTALLED = "not-installed"

_REMEMBERED = 4096
REMEMBERED_BYTES = 1 << 14
"""Of the longest stanza that is remembered: most are a tenth of that, and few change from layer
to layer."""
_ARCHITECTURES = 64
"""No system has a package for more of them at once."""
_NAME = r"[A-Za-z0-9][A-Za-z0-9+._-]*"
_VERSION = (
    r"(?:[0-9]+:[0-9](?:[A-Za-z0-9.+~:-]*[A-Za-z0-9.+~:])?"
    r"|[0-9](?:[A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?)"
)
_PLAIN = {
    "Package": re.compile(_NAME),
    "Version": re.compile(_VERSION),
    "Architecture": re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*"),
    "Source": re.compile(rf"{_NAME}(?: \({_VERSION}\))?"),
}
"""What dpkg takes without a word: `pkg_name_is_illegal` of its lib/dpkg/pkg-spec.c and parsehelp.c,
`parseversion`, `dpkg_arch_name_is_illegal`. What is empty others tell."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stanza, with its line in the file, the piece of the file that it is, and its name."""

    line: int
    piece: bytes
    fields: deb822.Fields
    name: str

    @property
    def several(self) -> bool:
        """Whether it may be installed beside itself for other architectures."""
        return one_line(self.fields, "multi-arch").lower() == "same"

    @property
    def arch(self) -> str:
        """Architecture."""
        return one_line(self.fields, "architecture")

    @property
    def counts(self) -> bool:
        """Whether dpkg has anything of it."""
        words = self.fields.get("status", NOT_INSTALLED).lower().split()
        return words[-1:] != [NOT_INSTALLED]


Database = tuple[list[Entry], list[Fault]]
"""The stanzas of one file that count, and what is wrong with it."""


def databases(files: Mapping[str, bytes]) -> dict[str, Database]:
    """Every database among `files` by path, what was written later in place of what it replaces."""
    found = {path: entries(files[path]) for path in sorted(files) if _is_database(path)}
    journal = [path for path in files if _is_journal(path)]
    if STATUS in found:
        found[STATUS][1].extend(_repeats(found[STATUS][0]))
    if journal:
        return found | _written(found.get(STATUS, ([], [])), files, sorted(journal, key=_number))
    return found


def _written(
    status: Database, files: Mapping[str, bytes], journal: Iterable[str]
) -> dict[str, Database]:
    """The status file and what was written since, each without what the next ones replace."""
    found = {STATUS: status}
    known: dict[str, list[Entry]] = defaultdict(list)
    for entry in status[0]:
        known[entry.name].append(entry)
    replaced: set[int] = set()
    for path in journal:
        found[path] = entries(files[path])
        for entry in found[path][0]:
            replaced |= {id(old) for old in _replaced(entry, known[entry.name][-_ARCHITECTURES:])}
            known[entry.name] = [
                old for old in known[entry.name][-_ARCHITECTURES:] if id(old) not in replaced
            ]
            known[entry.name].append(entry)
    return {
        path: ([entry for entry in stated if id(entry) not in replaced], faults)
        for path, (stated, faults) in found.items()
        if path in files
    }


def _replaced(entry: Entry, known: list[Entry]) -> list[Entry]:
    """Those of its name that `entry` is written in place of; it may change the architecture."""
    counted = [old for old in known if old.counts]
    if len(counted) == 1 and not entry.several:
        return counted
    return [old for old in known if old.arch == entry.arch]


def _repeats(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Packages that are there more often than dpkg takes; all of them count here."""
    if len({entry.name for entry in entries}) == len(entries):  # as nearly always
        return
    known: dict[str, set[str]] = {}
    single: set[str] = set()
    for entry in entries:
        if not entry.counts or not entry.name:
            continue
        arches = known.setdefault(entry.name, set())
        single |= set() if entry.several else {entry.name}
        if arches and (entry.name in single or entry.arch in arches):
            yield Fault(entry.line, f"package {entry.name} again, as dpkg has none", lost=False)
        arches.add(entry.arch)


def _is_database(path: str) -> bool:
    # `<package>.md5sums` lies beside `<package>` and lists files.
    return path == STATUS or (path.startswith(STATUS_D) and not path.endswith(SUMS))


def _is_journal(path: str) -> bool:
    name = path.removeprefix(JOURNAL)
    return path.startswith(JOURNAL) and name.isascii() and name.isdigit()


def _number(path: str) -> int:
    return int(path.removeprefix(JOURNAL))


def entries(data: bytes) -> Database:
    """The stanzas of one file, without faults of their own, and the faults."""
    found: list[Entry] = []
    faults: list[Fault] = []
    for start, piece in deb822.split(data):
        for part in stanzas(piece):
            if isinstance(part, Fault):
                faults.append(part.below(start - 1))
            else:
                # dpkg folds the case of names on reading.
                name = one_line(part.fields, "package").lower()
                found.append(Entry(part.line + start - 1, piece, part.fields, name))
    return found, faults


def stanzas(piece: bytes) -> tuple[deb822.Stanza | Fault, ...]:
    """The one stanza of a piece, if there is any of it, and all that is wrong with it."""
    return _remembered(piece) if len(piece) <= REMEMBERED_BYTES else _read(piece)


def _read(piece: bytes) -> tuple[deb822.Stanza | Fault, ...]:
    found: list[deb822.Stanza | Fault] = []
    for part in deb822.read(piece):
        if isinstance(part, deb822.Stanza):
            found += _odd(part)
        found.append(part)
    return tuple(found)


_remembered = lru_cache(_REMEMBERED)(_read)


def _odd(stanza: deb822.Stanza) -> Iterator[Fault]:
    """Values that are none; what is not even text was something else once."""
    fields = stanza.fields
    values = {
        "Package": one_line(fields, "package"),
        "Version": version_of(fields),
        "Architecture": one_line(fields, "architecture"),
        "Source": one_line(fields, "source"),
    }
    for name, value in values.items():
        if value and not _PLAIN[name].fullmatch(value):
            lost = "\\" in value or not value.isascii()
            yield Fault(stanza.line, f"{name} is '{value:.60}'", lost=lost)
    if "conffiles" in fields:
        package = values["Package"]
        yield from conffile_faults(fields["conffiles"], stanza.line, f"package {package}")
