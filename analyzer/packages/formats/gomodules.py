"""The module text in Go's build information, and what it says about versions.

`ParseBuildInfo` of Go's runtime/debug, https://pkg.go.dev/runtime/debug#ParseBuildInfo: lines of
columns with tabs between: `path`, `mod`, `dep`, `=>` (what replaces the `dep` before) and `build`.
Lines of other kinds are let be, as Go does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

DEVELOPMENT: Final = "(devel)"
"""What Go writes for a module that was built from a folder, at no version."""
_TIME: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z")
_REVISION: Final = re.compile(r"[0-9a-f]{12,64}")
_REVISION_DIGITS: Final = 12
_MAJOR: Final = re.compile(r"[/.]v([1-9][0-9]*)(?:-unstable)?\Z")
_VERSION: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+.~][0-9A-Za-z.+~-]{1,80})?")
_QUOTED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|(\S+)")
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST_RUNE: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Module:
    """One `mod` or `dep` line, with the `=>` line that follows it."""

    path: str
    version: str
    replacement: Module | None = None

    @property
    def local(self) -> bool:
        """Whether the path is a folder of the machine that built it: go.mod's rule."""
        folders = ("./", "../", "/", ".\\", "..\\", "\\")
        return self.path.startswith(folders) or self.path[1:3] in {":\\", ":/"}


@dataclass(frozen=True, slots=True)
class Modules:
    """Everything the text says."""

    main: Module | None
    dependencies: tuple[Module, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


class Guess(NamedTuple):
    """A version that Go itself does not know, and the settings that suggest it."""

    version: str
    evidence: str


NO_GUESS: Final = Guess("", "")


class _Reading:
    """The lines so far."""

    def __init__(self) -> None:
        self.main: Module | None = None
        self.dependencies: list[Module] = []
        self.settings: dict[str, str] = {}
        self.faults: list[Fault] = []
        self._last = ""

    def line(self, number: int, line: str) -> None:
        """Take one line; what it cannot be read as is a fault."""
        kind, _, rest = line.partition("\t")
        columns = rest.split("\t")
        if kind in {"mod", "dep"}:
            # Two columns, or three with the sum of the module.
            if len(columns) not in {2, 3} or not columns[0].strip("/"):
                self._last = ""
                what = f"a {kind} line without path and version"
                self.faults.append(Fault(number, what, lost=True))
                return
            self._module(kind, Module(columns[0], columns[1]))
        elif kind == "=>":
            self._replace(number, columns)
        elif kind == "build":
            key, equals, value = _setting(rest)
            if equals:
                self.settings.setdefault(key, value)

    def _module(self, kind: str, module: Module) -> None:
        self._last = kind
        if kind == "mod":
            self.main = module
        else:
            self.dependencies.append(module)

    def _replace(self, number: int, columns: list[str]) -> None:
        if (
            not self._last
            or len(columns) != len(("path", "version", "sum"))
            or not columns[0].strip("/")
        ):
            what = "a replacement of nothing or by nothing"
            self.faults.append(Fault(number, what, lost=True))
            return
        if self._last == "dep":
            old = self.dependencies[-1]
            new = Module(columns[0], columns[1])
            self.dependencies[-1] = Module(old.path, old.version, new)
        self._last = ""


def read(raw: bytes) -> Modules:
    """The modules and settings of a program."""
    reading = _Reading()
    for number, line in enumerate(raw.split(b"\n"), 1):
        reading.line(number, "\t".join(map(text, line.split(b"\t"))))
    return Modules(
        reading.main,
        tuple(reading.dependencies),
        reading.settings,
        tuple(reading.faults),
    )


def _setting(rest: str) -> tuple[str, str, str]:
    """A build setting: key and value, either quoted as a Go string where it has to be."""
    if rest[:1] in {'"', "`"}:
        end = _closing(rest)
        return unquoted(rest[: end + 1]), rest[end + 1 : end + 2], unquoted(rest[end + 2 :])
    key, equals, value = rest.partition("=")
    return key, equals, unquoted(value)


def _closing(quoted: str) -> int:
    """Where the quote that begins `quoted` ends; its last place where it does not."""
    if quoted[0] == "`":
        end = quoted.find("`", 1)
        return end if end > 0 else len(quoted) - 1
    match = re.match(r'"(?:[^"\\]|\\.)*+"', quoted)
    return match.end() - 1 if match else len(quoted) - 1


def unquoted(value: str) -> str:
    """A Go string without its quotes; what has none is left as it is."""
    if len(value) > 1 and value[0] == value[-1] == "`":
        return value[1:-1]
    if len(value) > 1 and value[0] == value[-1] == '"':
        return _ESCAPE.sub(_escaped, value[1:-1])
    return value


def _escaped(match: re.Match[str]) -> str:
    byte, short, long, octal, simple = match.groups()
    if simple is not None:
        return _SIMPLE.get(simple, simple)
    number = int(octal, 8) if octal else int(byte or short or long, 16)
    return text(chr(min(number, _LAST_RUNE)).encode("utf-8", "surrogatepass"))


def guessed_version(main: Module, settings: Mapping[str, str]) -> Guess:
    """A version for a main module of which Go knows none; empty where nothing suggests one.

    First what `-ldflags` set a variable called `version` to, of package `main` or else of the
    module; people set it from a tag. Else the pseudo-version of the commit, as if no tag came
    before it (https://go.dev/ref/mod#pseudo-versions). Neither is what Go itself would say.
    """
    found = _set_version(main, settings)
    return found if found.version else _pseudo_version(main, settings)


def _set_version(main: Module, settings: Mapping[str, str]) -> Guess:
    stated: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for variable, value in _variables(settings.get("-ldflags", "")):
        package, _, name = variable.rpartition(".")
        ours = package == main.path or package.startswith(main.path + "/")
        if name.lower() == "version" and (package == "main" or ours) and _VERSION.fullmatch(value):
            stated[package == "main"].setdefault(value, variable)
    for values in (stated[True], stated[False]):
        if len(values) == 1:
            version, variable = values.popitem()
            evidence = f"-ldflags: {variable}={version}"
            return Guess(version if version.startswith("v") else f"v{version}", evidence)
        if values:
            return NO_GUESS
    return NO_GUESS


def _variables(flags: str) -> Iterator[tuple[str, str]]:
    """What `-X name=value` of Go's linker sets; quoting as in cmd/internal/quoted."""
    words = ["".join(found) for found in _QUOTED.findall(flags)]
    for index, word in enumerate(words):
        option, equals, rest = word.lstrip("-").partition("=")
        if not word.startswith("-") or option != "X":
            continue
        setting = rest if equals else next(iter(words[index + 1 : index + 2]), "")
        name, _, value = setting.strip("'\"").partition("=")
        yield name, value


def _pseudo_version(main: Module, settings: Mapping[str, str]) -> Guess:
    time = _TIME.fullmatch(settings.get("vcs.time", ""))
    revision = settings.get("vcs.revision", "")
    if time is None or not _REVISION.fullmatch(revision):
        return NO_GUESS
    major = _MAJOR.search(main.path)
    number = major[1] if major else "0"
    dirty = "+dirty" if settings.get("vcs.modified") == "true" else ""
    version = f"v{number}.0.0-{''.join(time.groups())}-{revision[:_REVISION_DIGITS]}{dirty}"
    return Guess(version, f"vcs.revision={revision}, vcs.time={time[0]}")
