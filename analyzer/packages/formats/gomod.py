"""Go's files about the modules of a project: `go.mod`, `go.sum` and `vendor/modules.txt`.

https://go.dev/ref/mod#go-mod-file, with the lexer of golang.org/x/mod/modfile (read.go), which
ends strings with their line; https://go.dev/ref/mod#go-sum-files; and for the list of a vendor
folder Go's reader, `readVendorList` of cmd/go/internal/modload/vendor.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.gomodules import Module, unquoted
from analyzer.packages.formats.text import text

_TOKEN: Final = re.compile(
    rb"""[ \t\r]++|(?P<comment>//.*+)"""
    rb"""|(?P<token>"(?:[^"\\]|\\.)*+"|`[^`]*+`|[()\[\]{},]|(?:(?!//)[^ \t\r()\[\]{},])++)"""
)
_MOST_TOKENS: Final = 7
"""More than any statement has that counts here."""
_OTHERS: Final = frozenset({"module", "toolchain", "godebug", "retract", "tool", "ignore"})
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,18})"
_WORDS: Final = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*+"
_VERSION: Final = re.compile(
    rf"v({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_WORDS}))?(?:\+{_WORDS})?", re.ASCII
)
_LANGUAGE: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})(?![0-9])", re.ASCII)
_WHOLE: Final = (1, 17)
"""From this version of the language on, go.mod names every module that packages come from."""
_SUM: Final = re.compile(rb"(?P<path>\S+) (?P<version>\S+?)(?P<mod>/go\.mod)? h[0-9]+:\S+")

Order = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


def order(version: str) -> Order | None:
    """What versions of modules are compared by; None where Go would first have to look one up."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    words = (match[4] or "").split(".") if match[4] else []
    marks = tuple(
        (0, len(word.lstrip("0")), word.lstrip("0")) if word.isdigit() else (1, 0, word)
        for word in words
    )
    return tuple(int(number) for number in match.groups()[:3]), not words, marks


@dataclass(frozen=True, slots=True)
class Needed:
    """A module that a project is built with."""

    module: Module
    """With what replaces it; its version is empty where the file states none that is exact."""
    evidence: str


@dataclass(slots=True)
class GoMod:
    """What a go.mod says."""

    module: str = ""
    """Its own path."""
    language: tuple[int, int] = (1, 16)
    """What Go takes where the file does not say."""
    excluded: set[tuple[str, str]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    _required: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _replaced: dict[tuple[str, str], Module] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether it names every module that packages come from, not only its own needs."""
        return self.language >= _WHOLE

    def require(self, path: str, version: str, *, indirect: bool) -> None:
        """Of several versions of one module Go takes the highest."""
        stated = order(version)
        known = order(self._required[path][0]) if path in self._required else None
        if path not in self._required or (stated and (known is None or known < stated)):
            self._required[path] = (version if stated else "", indirect)

    def replace(self, path: str, version: str, new: Module) -> None:
        """The version is empty where any is replaced."""
        self._replaced[path, version] = new

    def needed(self) -> Iterator[Needed]:
        """In the order of the file."""
        for path, (version, indirect) in self._required.items():
            new = self._replaced.get((path, version)) or self._replaced.get((path, ""))
            words = f"require {path} {version}{' // indirect' if indirect else ''}"
            if new:
                words += f" => {new.path} {new.version}"
            yield Needed(Module(path, version, new), words.rstrip())

    def names(self, path: str) -> bool:
        """Whether it requires a module of this path."""
        return path in self._required


def read_mod(data: bytes) -> GoMod:
    """A go.mod.

    Raises:
        ValueError: it is larger than any such file.
    """
    reader = _Reader()
    for number, raw in enumerate(bounded(data).split(b"\n"), 1):
        reader.line(number, raw)
    return reader.end()


class _Reader:
    """The block that is open, and what was read."""

    def __init__(self) -> None:
        self._mod = GoMod()
        self._wanted: list[tuple[str, str, bool]] = []
        self._block: str | None = None
        self._opened = 0

    def line(self, number: int, raw: bytes) -> None:
        found = islice(_lexed(raw), _MOST_TOKENS + 1)
        tokens: list[str] = []
        comment = ""
        for kind, token in found:
            if kind == "comment":
                comment = token
            else:
                tokens.append(token)
        if self._block is not None:
            if tokens == [")"]:
                self._block = None
            elif tokens:
                self._statement(number, [self._block, *tokens], comment)
        elif tokens[-1:] == ["("]:
            self._block, self._opened = " ".join(tokens[:-1]), number
        elif tokens and tokens[1:] != ["(", ")"]:
            self._statement(number, tokens, comment)

    def end(self) -> GoMod:
        """All of it, when the last line was read."""
        if self._block is not None:
            what = f"a block that begins in line {self._opened} has no end"
            self._mod.faults.append(Fault(self._opened, what, lost=True))
        for path, version, indirect in self._wanted:
            if (path, version) not in self._mod.excluded:
                self._mod.require(path, version, indirect=indirect)
        return self._mod

    def _statement(self, number: int, tokens: list[str], comment: str) -> None:
        verb, *stated = tokens
        try:
            if verb in {"require", "exclude"}:
                path, version = map(_value, stated)
                self._module(verb, _checked(path), version, comment)
            elif verb == "replace":
                self._replace([_value(token) for token in stated])
            elif verb == "go":
                self._language(*map(_value, stated))
            elif verb == "module":
                self._mod.module = " ".join(stated).strip('"`')
            elif verb not in _OTHERS:
                what = f"a directive that is not known: {cut(verb)}"
                noise = re.fullmatch("[a-z]+", verb) is None
                self._mod.faults.append(Fault(number, what, lost=noise))
        except (ValueError, TypeError):
            what = f"not a statement of {verb}: {cut(' '.join(stated), 80)}"
            self._mod.faults.append(Fault(number, what, lost=True))

    def _module(self, verb: str, path: str, version: str, comment: str) -> None:
        if verb == "exclude":
            self._mod.excluded.add((path, version))
            return
        mark = comment.removeprefix("//").split(maxsplit=1)
        indirect = mark == ["indirect"] or mark[:1] == ["indirect;"]
        self._wanted.append((path, version, indirect))

    def _replace(self, words: list[str]) -> None:
        arrow = words.index("=>")
        path, version = [*words[:arrow], ""] if arrow == 1 else words[:arrow]
        new, at = [*words[arrow + 1 :], ""] if arrow + 2 == len(words) else words[arrow + 1 :]
        module = Module(_checked(new), at)
        if module.local == bool(at):
            raise ValueError(new)
        exact = module if module.local or order(at) else Module(new, "")
        self._mod.replace(_checked(path), version, exact)

    def _language(self, version: str) -> None:
        match = _LANGUAGE.match(version)
        if match is None:
            raise ValueError(version)
        self._mod.language = int(match[1]), int(match[2])


def _lexed(raw: bytes) -> Iterator[tuple[str, str]]:
    """Tokens with their quotes, and a comment at the end."""
    for match in _TOKEN.finditer(raw):
        if match.lastgroup:
            yield match.lastgroup, text(match[0])


def _value(token: str) -> str:
    if len(token) > 1 and token[0] == token[-1] and token[0] in '"`':
        return text(unquoted(token).encode("utf-8", "surrogatepass"))
    if any(quote in token for quote in "\"'`"):
        raise ValueError(token)
    return token


def _checked(path: str) -> str:
    if not path.strip("/"):
        raise ValueError(path)
    return path


def read_sums(
    data: bytes, excluded: set[tuple[str, str]]
) -> tuple[Mapping[str, str], tuple[Fault, ...]]:
    """Of each module whose sources a go.sum has a sum of, the highest version that it names.

    Sums of a go.mod alone (`/go.mod`) are of versions that were looked at; where the highest is
    such a one, no package of the module was wanted.

    Raises:
        ValueError: it is larger than any such file.
    """
    highest: dict[str, tuple[Order, str]] = {}
    sources: set[tuple[str, str]] = set()
    faults = []
    for number, raw in enumerate(bounded(data).split(b"\n"), 1):
        line = raw.strip()
        match = _SUM.fullmatch(line)
        place = order(text(match["version"])) if match else None
        if match is None or place is None:
            if line:
                faults.append(Fault(number, f"not a sum: {cut(line)}", lost=True))
            continue
        path, version = text(match["path"]), text(match["version"])
        if (path, version) in excluded or not path.strip("/"):
            continue
        if not match["mod"]:
            sources.add((path, version))
        highest[path] = max(highest.get(path, (place, version)), (place, version))
    found = {path: version for path, (_, version) in highest.items() if (path, version) in sources}
    return found, tuple(faults)


def read_vendored(data: bytes) -> list[Module]:
    """The modules of a vendor folder's modules.txt that packages are taken from.

    Raises:
        ValueError: it is larger than any such file.
    """
    found: dict[tuple[str, str], Module] = {}
    module: Module | None = None
    for raw in bounded(data).split(b"\n"):
        words = [text(word) for word in raw.split(maxsplit=6)]
        if raw.startswith(b"# "):
            module = _vendored(words[1:])
        elif module and len(words) == 1:
            found.setdefault((module.path, module.version), module)
    return list(found.values())


def _vendored(words: list[str]) -> Module | None:
    """`module version`, `=>`, and a module with version or a folder; None for anything else.

    No path of a module has a colon, https://go.dev/ref/mod#go-mod-file-ident.
    """
    path, version, *rest = [*words, "", ""]
    if not path.strip("/") or ":" in path or order(version) is None:
        return None
    new = Module(rest[1], rest[2]) if rest[0] == "=>" and rest[1].strip("/") else None
    return Module(path, version, new)
