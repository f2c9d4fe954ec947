"""Maven's `pom.xml`, as far as it says what an artifact is and what it needs.

https://maven.apache.org/pom.html, "The Basics", "Dependencies", "Inheritance", "Properties".

A parent that lies elsewhere is not looked for, so what only it states stays unknown. A document
type is refused, because entities may be declared in it; Maven itself has no use for one.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from xml.parsers import expat

from analyzer.packages.formats.text import text

_MOST_DEPTH = 64
_MOST_VALUE = 500
_MOST_LISTED = 2000
_REFERENCE = re.compile(r"\$\{([^${}]{1,200})\}")
_REFERENCES = 5
"""In one value, and times that the value of a property may name another property."""


class PomError(ValueError):
    """Not a pom that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One of the `dependencies`; what it leaves to others is empty."""

    group: str
    artifact: str
    version: str = ""
    scope: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Pom:
    """What a pom says; coordinates that it inherits are in, references to properties undone.

    A value in which a reference is left, because others than this file define it, is empty.
    """

    group: str
    artifact: str
    version: str
    licenses: tuple[str, ...] = ()
    organization: str = ""
    url: str = ""
    dependencies: tuple[Dependency, ...] = ()


def read(data: bytes) -> Pom:
    """A pom's own bytes. Raises PomError."""
    handler = _Handler()
    try:
        handler.parser.Parse(data, True)  # noqa: FBT003 (expat takes no keywords)
    except PomError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise PomError(f"not XML that can be read: {fault}") from fault
    if not handler.is_pom:
        raise PomError("no Maven project")
    return _pom(handler)


def packed(pom: Pom) -> bytes:
    """As bytes for a part, the same for the same pom."""
    return json.dumps(asdict(pom), ensure_ascii=True, sort_keys=True).encode("ascii")


def unpacked(data: bytes) -> Pom:
    """What `packed` was given."""
    stored = json.loads(data)
    needs = tuple(Dependency(**each) for each in stored.pop("dependencies"))
    return Pom(**{**stored, "licenses": tuple(stored["licenses"]), "dependencies": needs})


class _Handler:
    """Text of the elements that matter, by their path under `project`."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.properties: dict[str, str] = {}
        self.licenses: list[dict[str, str]] = []
        self.dependencies: list[dict[str, str]] = []
        self.is_pom = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        # The separator makes expat tell the namespace apart from the name.
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise PomError("it declares a document type, which may hold entities")

    def _start(self, name: str, _attributes: object) -> None:
        self._path.append(name.rpartition(" ")[2])
        if len(self._path) > _MOST_DEPTH:
            raise PomError(f"more than {_MOST_DEPTH} elements deep")
        if self._path == ["project"]:
            self.is_pom = True
        place = "/".join(self._path[1:])
        lists = {"licenses/license": self.licenses, "dependencies/dependency": self.dependencies}
        if place in lists and len(lists[place]) < _MOST_LISTED:
            lists[place].append({})
        self._text, self._length = [], 0

    def _data(self, data: str) -> None:
        self._length += len(data)
        if self._length <= _MOST_VALUE:
            self._text.append(data)

    def _end(self, _name: str) -> None:
        value = "".join(self._text).strip()
        match self._path[1:]:
            case ["groupId" | "artifactId" | "version" | "url" as name]:
                self.values[name] = value
            case ["parent" | "organization" as outer, name]:
                self.values[f"{outer}.{name}"] = value
            case ["properties", name]:
                self.properties[name] = value
            case ["licenses", "license", name] if self.licenses:
                self.licenses[-1][name] = value
            case ["dependencies", "dependency", name] if self.dependencies:
                self.dependencies[-1][name] = value
        self._path.pop()
        self._text, self._length = [], 0


def _pom(handler: _Handler) -> Pom:
    """Inherited coordinates filled in, references undone."""
    raw = handler.values
    group = raw.get("groupId") or raw.get("parent.groupId", "")
    version = raw.get("version") or raw.get("parent.version", "")
    own = {"groupId": group, "artifactId": raw.get("artifactId", ""), "version": version}
    known = dict(handler.properties)
    for prefix in ("project.", "pom.", ""):
        known.update({f"{prefix}{name}": value for name, value in own.items()})
    for name in ("groupId", "version"):
        known[f"project.parent.{name}"] = raw.get(f"parent.{name}", "")

    def plain(value: str) -> str:
        return _undone(value, known)

    return Pom(
        plain(group),
        plain(own["artifactId"]),
        plain(version),
        tuple(
            filter(
                None, (plain(each.get("name") or each.get("url", "")) for each in handler.licenses)
            )
        ),
        plain(raw.get("organization.name", "")),
        plain(raw.get("url", "")),
        tuple(_dependency({k: plain(v) for k, v in each.items()}) for each in handler.dependencies),
    )


def _dependency(values: dict[str, str]) -> Dependency:
    return Dependency(
        values.get("groupId", ""),
        values.get("artifactId", ""),
        values.get("version", ""),
        values.get("scope", ""),
        values.get("optional", "").lower() == "true",
    )


def _undone(value: str, known: dict[str, str]) -> str:
    """`value` with references replaced, as text; empty where one is left."""
    for _ in range(_REFERENCES):
        if not 0 < value.count("${") <= _REFERENCES:
            break
        value = _REFERENCE.sub(lambda match: known.get(match[1], match[0]), value)
    if "${" in value:
        return ""
    return text(" ".join(value.split()).encode("utf-8", "surrogatepass"))
