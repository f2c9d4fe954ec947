"""A NuGet package's manifest, `<id>.nuspec`.

https://learn.microsoft.com/nuget/reference/nuspec. A document type is refused, because entities
may be declared in it; NuGet has no use for one. Namespaces are many and say nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from analyzer.paths import printable

_DEPTH = 64
_VALUE = 4000
_NEEDS = 2000
_FIELDS = ("id", "version", "authors", "license", "licenseUrl", "projectUrl")
_METADATA = ("package", "metadata")
_DEPENDENCY = "dependency"


@dataclass(slots=True)
class Nuspec:
    """The texts of `metadata`, printable; empty where they are absent."""

    fields: dict[str, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    """IDs of what any framework's group depends on, in lower case."""

    def get(self, name: str) -> str:
        """The text of one element."""
        return self.fields.get(name, "")


class NuspecError(ValueError):
    """Not a manifest that can be read; the message says why."""


def parse(data: bytes) -> Nuspec:
    """A manifest. Raises NuspecError."""
    handler = _Handler()
    try:
        handler.parser.Parse(data, True)  # noqa: FBT003 - expat takes no keywords
    except NuspecError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise NuspecError(f"not XML that can be read: {fault}") from fault
    if not handler.complete:
        raise NuspecError("no package with metadata in it")
    return handler.found


class _Handler:
    def __init__(self) -> None:
        self.found = Nuspec()
        self.complete = False
        self._path: list[str] = []
        self._text: list[str] = []
        # The separator makes expat tell the namespace apart from the name.
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise NuspecError("it declares a document type, which may hold entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        self._text = []
        if len(self._path) > _DEPTH:
            raise NuspecError(f"more than {_DEPTH} elements deep")
        inside = tuple(self._path[:3]) == (*_METADATA, "dependencies")
        needed = printable(attributes.get("id", "").strip()).lower()
        if inside and self._path[-1] == _DEPENDENCY and needed and len(self.found.needs) < _NEEDS:
            self.found.needs.add(needed)

    def _data(self, data: str) -> None:
        if len(self._text) < _VALUE:
            self._text.append(data[:_VALUE])

    def _end(self, _name: str) -> None:
        name = self._path.pop()
        if tuple(self._path) == _METADATA and name in _FIELDS:
            value = " ".join("".join(self._text)[:_VALUE].split())
            self.found.fields.setdefault(name, printable(value))
        self.complete |= (*self._path, name) == _METADATA
        self._text = []
