"""Core metadata of Python distributions: METADATA of dist-info, PKG-INFO of egg-info.

https://packaging.python.org/en/latest/specifications/core-metadata/ says "RFC 822, as read by
the email.parser module with the compat32 policy". Of that the header alone is read here, with
the same answers to what RFC 822 forbids: a line that is neither field nor continuation ends the
header, and of a field that may come once the first counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

_NAME = frozenset(range(0x21, 0x7F)) - {ord(":")}
"""RFC 822, section 3.1.2: printable characters except the colon."""
_NOTHING = frozenset({"", "unknown"})
"""distutils wrote UNKNOWN for whatever it was not given."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields of one header by lower-case name, every value with its lines unfolded."""

    fields: Mapping[str, tuple[str, ...]]
    faults: tuple[Fault, ...]

    def first(self, name: str) -> str:
        """The first value of a field on one line; empty where it says nothing."""
        for value in self.fields.get(name, ()):
            line = " ".join(value.split())
            return "" if line.lower() in _NOTHING else line
        return ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be repeated, each on one line."""
        lines = (" ".join(value.split()) for value in self.fields.get(name, ()))
        return tuple(line for line in lines if line.lower() not in _NOTHING)

    def raw(self, name: str) -> str:
        """The first value of a field with its line breaks."""
        return next(iter(self.fields.get(name, ())), "").strip()


def read(data: bytes) -> Metadata:
    """The header of `data`."""
    fields: dict[str, list[list[bytes]]] = {}
    value: list[bytes] | None = None
    faults: list[Fault] = []
    for number, whole in enumerate(_header(data), 1):
        line = whole.rstrip(b"\r")
        if not line:
            break
        if line[:1] in {b" ", b"\t"}:
            if value is None:
                faults.append(Fault(number, "continues a field, but none came before", lost=True))
            else:
                value.append(line)
            continue
        name, colon, rest = line.partition(b":")
        if not colon or not name or not _NAME.issuperset(name):
            # The parser that pip uses takes all that follows for the description.
            what = f"not a field, so what follows is no metadata: {cut(line)}"
            # With name and version known, nothing is lost that pip would have known.
            faults.append(Fault(number, what, lost=not fields.keys() >= {"name", "version"}))
            break
        value = [rest]
        fields.setdefault(name.decode("ascii").lower(), []).append(value)
    return Metadata(
        {name: tuple(map(_unfolded, values)) for name, values in fields.items()},
        tuple(faults),
    )


def _header(data: bytes) -> list[bytes]:
    """The lines up to the first empty one."""
    plain = data.removeprefix(b"\xef\xbb\xbf")
    ends = [at for at in (plain.find(b"\n\n"), plain.find(b"\n\r\n")) if at >= 0]
    return (plain[: min(ends)] if ends else plain).split(b"\n")


def _unfolded(lines: list[bytes]) -> str:
    return "\n".join(text(line.replace(b"\t", b" ")) for line in lines)
