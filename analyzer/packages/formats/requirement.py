"""Requirements of Python distributions (PEP 508), and which of them hold in an image.

https://packaging.python.org/en/latest/specifications/dependency-specifiers/

Markers ask about the machine that installs. What an image tells of it is used: the operating
system is Linux (Windows under `Lib/site-packages`), the Python version is the one in the path of
the packages (`lib/python3.11/site-packages`), the implementation CPython (PyPy where the path
says so). What it does not tell, a patch release or the machine, or any version at all under
`lib/python3/dist-packages`, is tried in all likely values, and a requirement that holds for one
of them is kept: it becomes an edge only where the package is there. No extra was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.requirements import Requirement

_EXTRA_ALONE = re.compile(r";\s*extra\s*==\s*(?:'[^']*'|\"[^\"]*\")\s*\Z")
"""The whole marker asks for an extra; the most common one by far, and never met here."""
_NUMBERS = r"\d{1,9}(?:\.\d{1,9})*"
_VERSION = _NUMBERS + r"(?:(?:a|b|rc)\d{1,9})?(?:\.post\d{1,9})?(?:\.dev\d{1,9})?"
_BLANKS = "[ \\t]*"
_SPECIFIER = (
    rf"(?:[=!]={_BLANKS}{_NUMBERS}\.\*|(?:[=!<>]=|<|>){_BLANKS}{_VERSION}"
    rf"|~={_BLANKS}\d{{1,9}}\.{_VERSION})"
)
_PLAIN = re.compile(
    rf"{_BLANKS}(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?){_BLANKS}"
    rf"(?P<specifiers>(?:{_SPECIFIER}(?:{_BLANKS},{_BLANKS}{_SPECIFIER})*)?){_BLANKS}",
    re.ASCII,
)
"""A name, and versions in their normal form (PEP 440, appendix B): what needs no `packaging`, which
takes as long to be loaded as a thousand of them to be read."""
_PINNED = re.compile(r"==\s*(?P<version>[0-9a-z.]+)")
_PYTHON = re.compile(r"(?:\A|/)(?:lib|lib64|Lib)/(?P<kind>python|pypy)(?P<version>\d+\.\d+)[a-z]?/")
_SEPARATORS = re.compile(r"[-_.]+")
_BRACKETS = 32
"""Markers nest brackets; real ones have two or three, and the parser of them is recursive."""
_LONGEST = 16 * 1024
"""Characters of one requirement that are looked at."""
_EXACTLY = frozenset({"==", "==="})
_VERSIONS = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))
_MACHINES = ("x86_64", "aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x")


class NotARequirement(ValueError):
    """The text follows no grammar of requirements."""


@dataclass(frozen=True, slots=True)
class Read:
    """A requirement without its marker; `version` is empty where it allows more than one."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What the path of an installed distribution tells of its Python; empty where nothing."""

    version: str = ""
    pypy: bool = False
    windows: bool = False


def interpreter(path: str) -> Interpreter:
    """The Python that imports what lies at `path`."""
    match = _PYTHON.search(path)
    windows = "/Lib/site-packages/" in path
    if match is None:
        return Interpreter(windows=windows)
    return Interpreter(match["version"], match["kind"] == "pypy", windows)


def normalized(name: str) -> str:
    """The name as indexes and resolvers compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def same_version(one: str, other: str) -> bool:
    """Whether two spellings are of one version (PEP 440), or as near as text can tell."""
    if one == other:
        return True
    from packaging.version import Version

    try:
        return Version(one) == Version(other)
    except ValueError:
        # No version, or one with more digits than Python takes for a number.
        return normalized(one) == normalized(other)


def required(requirement: str, python: Interpreter) -> str:
    """The normalised name that `requirement` asks for; empty where its marker does not hold.

    Raises:
        NotARequirement: it cannot be read.
    """
    if _EXTRA_ALONE.search(requirement):
        return ""
    return _required(requirement, python)


@lru_cache(maxsize=8192)
def _required(requirement: str, python: Interpreter) -> str:
    if plain := _plain(requirement):
        return normalized(plain.name)
    found = _parsed(requirement)
    marker = found.marker
    if marker is None or any(_holds(marker, place) for place in _places(str(marker), python)):
        return normalized(found.name)
    return ""


def read(requirement: str) -> Read:
    """What `requirement` asks for, whatever its marker.

    Raises:
        NotARequirement: it cannot be read.
    """
    if plain := _plain(requirement):
        return plain
    found = _parsed(requirement)
    exact = [s.version for s in found.specifier if s.operator in _EXACTLY]
    pinned = len(found.specifier) == 1 and exact and not exact[0].endswith("*")
    return Read(found.name, exact[0] if pinned else "")


def _plain(requirement: str) -> Read | None:
    """What a requirement asks for in which nothing is special; None of any other."""
    match = _PLAIN.fullmatch(requirement) if len(requirement) <= _LONGEST else None
    if match is None:
        return None
    pin = _PINNED.fullmatch(match["specifiers"])
    return Read(match["name"], pin["version"] if pin else "")


def _parsed(requirement: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement

    if len(requirement) > _LONGEST or requirement.count("(") > _BRACKETS:
        raise NotARequirement("too long or too deep")
    try:
        return Requirement(requirement)
    except InvalidRequirement as fault:
        raise NotARequirement(str(fault).partition("\n")[0]) from fault


def _holds(marker: Marker, place: dict[str, str]) -> bool:
    try:
        return marker.evaluate(place)
    except ValueError:
        # It compares what cannot be compared; nobody can say that it does not hold.
        return True


def _places(marker: str, python: Interpreter) -> Iterator[dict[str, str]]:
    """Environments that may be the one of the image, as far as `marker` can tell them apart."""
    versions = (python.version,) if python.version else _VERSIONS
    patches = (".0", ".99") if "python_full" in marker or "implementation_v" in marker else (".0",)
    machines = _MACHINES if "platform_machine" in marker else _MACHINES[:1]
    for version, patch, machine in product(versions, patches, machines):
        full = version + patch
        yield {
            "implementation_name": "pypy" if python.pypy else "cpython",
            "implementation_version": full,
            "os_name": "nt" if python.windows else "posix",
            "platform_machine": machine,
            "platform_python_implementation": "PyPy" if python.pypy else "CPython",
            "platform_release": "",
            "platform_system": "Windows" if python.windows else "Linux",
            "platform_version": "",
            "python_full_version": full,
            "python_version": version,
            "sys_platform": "win32" if python.windows else "linux",
            "extra": "",
        }
