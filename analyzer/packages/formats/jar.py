"""Takes out of a Java archive, and of the archives in it at any depth, what says what they are.

https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html,
https://maven.apache.org/shared/maven-archiver/ ("pom.properties content"),
https://docs.spring.io/spring-boot/specification/executable-jar/nested-jars.html

Of two members of one name the last counts, as for java.util.zip. Inner archives are inflated one
at a time, each only while it is looked at, so memory holds one chain of them at most.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.packages.contract import Charge, Content, Reducer, unpack
from analyzer.packages.formats import pom
from analyzer.packages.formats.text import text
from analyzer.packages.formats.zipreader import (
    LOCAL_MAGIC,
    Allowance,
    Member,
    ZipError,
    is_empty,
    members,
    read,
)
from analyzer.paths import decode

ENDINGS = ("jar", "war", "ear", "par", "sar", "nar", "jpi", "hpi", "kar", "lpkg")
"""Of names of archives, on disk and in other archives."""
SEPARATOR = "!/"
"""Between an archive and what is in it, as in URLs of Java (java.net.JarURLConnection)."""

MOST_MEMBERS = 2_000_000
"""Of one file, all depths together; the largest that people ship have a tenth of it."""
MOST_WANTED = 200_000
"""Members of one file that say something, all depths together."""
MOST_ARCHIVES = 10_000
"""Archives in one file, all depths together."""
MOST_DEPTH = 128
"""Archive in archive; what people ship has three."""
MOST_NESTED = 512 << 20
"""Bytes of inner archives held at once: one, the one in it, and so on."""
MOST_PART = 8 << 20
"""Of one manifest or other text; those of signed archives list all members."""
MOST_PARTS = 64 << 20
"""Of all such texts of one file, the sections about members left out."""
MOST_FAULTS = 50
"""Written down; more than one is mentioned as a number only."""

_MANIFEST = "META-INF/MANIFEST.MF"
_PROPERTIES, _POM = "pom.properties", "pom.xml"
_HEAD = 1 << 16
"""Where a zip archive has begun, whatever stands before it."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive of a file: the file itself (number 0), or one somewhere in it."""

    parent: int
    """Number of the archive that it is in; its own for the file itself."""
    inside: str
    """Where in the file it is; empty for the file itself."""
    sha1: str
    manifest: bytes = b""
    """Its main section."""
    properties: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of `pom.properties` by member."""
    poms: Mapping[str, pom.Pom] = field(default_factory=dict)
    """By member of the name `pom.xml`."""


@dataclass(frozen=True, slots=True)
class Jar:
    """All of one file."""

    archives: tuple[Archive, ...]
    lost: tuple[str, ...]
    """What could not be read, in words."""
    odd: tuple[str, ...]
    """What could, but is not as it should be."""
    is_zip: bool


def reduce(content: Content, charge: Charge) -> Mapping[str, bytes]:
    """The parts that `opened` reads; see there. Raises LimitExceeded by `charge`."""
    if not len(content):
        return {}
    work = _Work(charge)
    work.archive(content, 0, "", 0)
    return work.parts


def opened(packed: bytes) -> Jar:
    """What `reduce` took out of a file. Raises ValueError for bytes that are not of it."""
    parts = unpack(packed)
    found: dict[str, dict[str, bytes]] = {}
    for name in sorted(parts):
        number, _, title = name.partition("/")
        found.setdefault(number, {})[title] = parts[name]
    return Jar(
        tuple(_archive(inner) for number, inner in sorted(found.items()) if number),
        _lines(parts.get("/lost", b"")),
        _lines(parts.get("/odd", b"")),
        "/not-a-zip" not in parts,
    )


def _archive(parts: Mapping[str, bytes]) -> Archive:
    return Archive(
        int(parts["parent"]),
        decode(parts["inside"]),
        parts["sha1"].decode("ascii"),
        parts.get("manifest", b""),
        {name[2:]: parts[name] for name in parts if name.startswith("p:")},
        {name[2:]: pom.unpacked(parts[name]) for name in parts if name.startswith("x:")},
    )


def _lines(part: bytes) -> tuple[str, ...]:
    return tuple(filter(None, decode(part).split("\n")))


class _Work:
    """The walk through one file: what was taken out so far, and what may still be."""

    def __init__(self, charge: Charge) -> None:
        self.parts: dict[str, bytes] = {}
        self._charge = charge
        self._allowance = Allowance(MOST_MEMBERS)
        self._count = 0
        self._wanted = 0
        self._taken = 0
        self._nested = 0
        self._said: dict[str, list[str]] = {"/lost": [], "/odd": []}

    def archive(self, content: Content, parent: int, inside: str, depth: int) -> None:
        """Take what is wanted of one archive, and of those in it."""
        if is_empty(content):
            return
        number = self._count
        self._count += 1
        found, broken = self._members(content, inside)
        if not found and broken and not inside and LOCAL_MAGIC not in content[:_HEAD]:
            self.parts["/not-a-zip"] = b"1"
            return
        key = f"{number:06}"
        self.parts[f"{key}/parent"] = str(parent).encode()
        self.parts[f"{key}/inside"] = inside.encode("utf-8", "surrogateescape")
        sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        self.parts[f"{key}/sha1"] = sha1.encode()
        for member in found.values():
            name = self._part(member.name)
            if name:
                self._text(content, member, f"{key}/{name}", inside)
        for member in found.values():
            if not self._part(member.name):
                self._inner(content, member, number, inside, depth)

    def _members(self, content: Content, inside: str) -> tuple[dict[str, Member], bool]:
        """The wanted members by name, the last of a name; and whether something is wrong."""
        found: dict[str, Member] = {}
        broken = False
        for item in members(content, self._allowance, _WANTED):
            if isinstance(item, ZipError):
                broken = True
                self._say("/lost", inside, "", str(item))
                continue
            if not _is_wanted(item.name):
                continue
            self._wanted += 1
            if self._wanted > MOST_WANTED:
                self._say("/lost", inside, "", f"more than {MOST_WANTED} members of interest")
                break
            name = _MANIFEST if item.name.upper() == _MANIFEST else item.name
            if name in found and found[name].at != item.at:
                self._say("/odd", inside, name, "is there twice; the last counts, as in Java")
            found[name] = item
        return found, broken

    @staticmethod
    def _part(name: str) -> str:
        """Under what name a member's text is kept; nothing for an archive."""
        if name.upper() == _MANIFEST:
            return "manifest"
        last = name.rpartition("/")[2]
        return {_PROPERTIES: f"p:{name}", _POM: f"x:{name}"}.get(last, "")

    def _text(self, content: Content, member: Member, part: str, inside: str) -> None:
        try:
            data = read(content, member, self._charge, MOST_PART)
        except ZipError as fault:
            self._say("/lost", inside, member.name, str(fault))
            return
        if part.partition("/")[2] == "manifest":
            data = _main_section(data)
        self._taken += len(data)
        if self._taken > MOST_PARTS:
            self._say("/lost", inside, member.name, f"more than {MOST_PARTS} bytes of metadata")
            return
        if part.partition("/")[2].startswith("x:"):
            data = pom.packed(self._pom(data, member, inside))
        self.parts[part] = data

    def _pom(self, data: bytes, member: Member, inside: str) -> pom.Pom:
        """A pom; an empty one where it cannot be read, since its folders have names, too."""
        try:
            return pom.read(data)
        except pom.PomError as fault:
            self._say("/lost", inside, member.name, str(fault))
            return pom.Pom("", "", "")

    def _inner(
        self, content: Content, member: Member, number: int, inside: str, depth: int
    ) -> None:
        """Look into an archive in an archive."""
        if self._count >= MOST_ARCHIVES:
            self._say("/lost", inside, member.name, f"more than {MOST_ARCHIVES} archives in it")
            return
        if depth >= MOST_DEPTH:
            self._say("/lost", inside, member.name, f"more than {MOST_DEPTH} archives deep")
            return
        try:
            inner = read(content, member, self._charge, MOST_NESTED - self._nested)
        except ZipError as fault:
            self._say("/lost", inside, member.name, str(fault))
            return
        where = f"{inside}{SEPARATOR}{member.name}" if inside else member.name
        self._nested += len(inner)
        self.archive(inner, number, where, depth + 1)
        self._nested -= len(inner)

    def _say(self, part: str, inside: str, name: str, what: str) -> None:
        where = SEPARATOR.join(filter(None, (inside, name)))
        said = self._said[part]
        if len(said) < MOST_FAULTS:
            words = f"{where[:300]}: {what}" if where else what
            said.append(text(words.encode("utf-8", "surrogateescape")))
            self.parts[part] = "\n".join(said).encode("utf-8", "surrogateescape")


_WANTED = (
    _MANIFEST.lower().encode(),
    _PROPERTIES.encode(),
    _POM.encode(),
    *(f".{ending}".encode() for ending in ENDINGS),
)


def _is_wanted(name: str) -> bool:
    last = name.rpartition("/")[2]
    if last == _PROPERTIES or name.upper() == _MANIFEST:
        return True
    if last == _POM:
        # Sources and archetypes carry others, which say nothing about what is here.
        return "META-INF/maven/" in name
    return last.rpartition(".")[2].lower() in ENDINGS and "." in last


def _main_section(manifest: bytes) -> bytes:
    """Up to the first empty line; sections of signed archives are about their members."""
    end = _EMPTY_LINE.search(manifest)
    return manifest[: end.start()] if end else manifest


_EMPTY_LINE = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))(?=\r|\n)")


JAR = Reducer("jar", 1, reduce)
