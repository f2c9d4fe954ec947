"""Bundler's lock file.

https://bundler.io/man/bundle-lock.1.html; the grammar is that of its reader,
https://github.com/rubygems/rubygems/blob/master/bundler/lib/bundler/lockfile_parser.rb: sections
by words at the margin; in a source section options, then `specs:` with gems indented by four
blanks and what each needs by six. Unknown sections are passed over, as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

_SOURCES = frozenset({"GIT", "GEM", "PATH", "PLUGIN SOURCE"})
_OPTION = re.compile(r"  ([a-z]+): (.*)")
_GEM = re.compile(r"(?P<name>[^ ()]+)(?: \((?P<version>[^()-]*)(?:-(?P<platform>[^()]*))?\))?!?")
_SUM = re.compile(r"(?P<name>[^ ()]+) \((?P<version>[^()]+)\)(?: (?P<sums>\S+))?")
_SHA256 = re.compile(r"sha256=([0-9a-f]{64})")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_GEM_DEPTH, _NEED_DEPTH, _SUM_DEPTH = 4, 6, 2


@dataclass(slots=True)
class Locked:
    """One gem."""

    name: str
    version: str
    platform: str
    """Empty for gems for any platform."""
    source: str
    """`GEM`, `GIT`, `PATH` or `PLUGIN SOURCE`."""
    remote: str
    revision: str
    needs: list[str] = field(default_factory=list)
    sha256: str = ""


def read_lock(data: bytes) -> tuple[list[Locked], list[Fault]]:
    """The gems in order, and lines that are none of the format."""
    reader = _Reader()
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = text(raw.rstrip(b"\r"))
        if line.strip(" "):
            reader.faults += reader.feed(number, line)
    for locked in reader.gems:
        locked.sha256 = reader.sums.get((locked.name, _full(locked)), "")
    return reader.gems, reader.faults


def _full(locked: Locked) -> str:
    return f"{locked.version}-{locked.platform}" if locked.platform else locked.version


class _Reader:
    """The section that is open, and what was found."""

    def __init__(self) -> None:
        self.gems: list[Locked] = []
        self.faults: list[Fault] = []
        self.sums: dict[tuple[str, str], str] = {}
        self._section = ""
        self._options: dict[str, str] = {}

    def feed(self, number: int, line: str) -> Iterator[Fault]:
        """Take in a line that is not empty."""
        if line.startswith(_CONFLICT):
            yield Fault(number, "left over from a merge: both sides are listed", lost=False)
        elif line[0] != " ":
            self._section, self._options = line, {}
        elif self._section in _SOURCES:
            yield from self._source(number, line)
        elif self._section == "CHECKSUMS":
            self._checksum(line)

    def _source(self, number: int, line: str) -> Iterator[Fault]:
        depth = len(line) - len(line.lstrip(" "))
        match = _GEM.fullmatch(line.strip(" "))
        if option := _OPTION.fullmatch(line):
            self._options.setdefault(option[1], option[2])
        elif line == "  specs:":
            return
        elif depth == _GEM_DEPTH and match and match["version"]:
            self._gem(match)
        elif depth == _NEED_DEPTH and self.gems:
            # What follows the name are bounds, with hyphens and blanks in them.
            self.gems[-1].needs.append(line.split(maxsplit=1)[0].rstrip("!"))
        else:
            yield Fault(number, f"not a gem: {cut(line.strip())}", lost=True)

    def _gem(self, match: re.Match[str]) -> None:
        remote, revision = (self._options.get(name, "") for name in ("remote", "revision"))
        platform = match["platform"] or ""
        gem = Locked(match["name"], match["version"], platform, self._section, remote, revision)
        self.gems.append(gem)

    def _checksum(self, line: str) -> None:
        match = _SUM.fullmatch(line.strip(" "))
        found = _SHA256.search(match["sums"] or "") if match else None
        if match and found:
            self.sums[match["name"], match["version"]] = found[1]
