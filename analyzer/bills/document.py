"""Which document some bytes are, whatever it comes in, and its members as JSON has them.

What follows from the content alone: names and endings of files are never looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from analyzer.bills import cyclonedx, spdx, syftjson, tagvalue, wrapping, xmlform
from analyzer.bills.encoding import in_utf_8, is_utf_16, refusal
from analyzer.bills.members import Json, Rest
from analyzer.bills.model import Bound
from analyzer.jsonvalues import parse, sequence, word
from analyzer.limits import Limits, exceeded
from analyzer.paths import printable

Family = Literal["SPDX", "CycloneDX", "syft"]
Syntax = Literal["JSON", "XML", "tag-value", "YAML"]

HEAD = 64 << 10
"""Bytes at the beginning in which the form shows."""
YAML = re.compile(
    rb"""^["']?(?:spdxVersion["']?[ \t]*:|SPDXID["']?[ \t]*:[ \t]*["']?SPDXRef-DOCUMENT\b)""",
    re.MULTILINE,
)
"""One of two lines that every SPDX document has as YAML, and near its beginning when sorted."""
_MOST_WRAPPINGS = 5
_SPDX = re.compile(r"(?:SPDX-2\.[0-3](?:\.[0-9]{1,2})?)?")
_CYCLONEDX = re.compile(r"(?:1\.[0-7])?")


class NotABill(ValueError):
    """These bytes are no bill of materials that we know, or a damaged one."""


class NotRead(NotABill):
    """A bill of materials of a kind or version that exists and is not read here."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document, out of what it came in."""

    family: Family
    version: str
    """`2.3`; empty where it states none."""
    syntax: Syntax
    value: Json
    """Its members, in the shape that they have as JSON."""
    data: bytes
    """The document itself; empty where it was a member of another one."""
    bound: tuple[Bound, ...] = ()

    @property
    def form(self) -> str:
        """`SPDX 2.3 (JSON)`."""
        return f"{' '.join(filter(None, (self.family, self.version)))} ({self.syntax})"


def read_document(data: bytes, limits: Limits, rest: Rest) -> Document:
    """The document in `data`; what of it cannot be kept is told to `rest`.

    Raises:
        NotRead: it is of a kind or version that is not read.
        NotABill: it is none.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    bound: tuple[Bound, ...] = ()
    about = ""
    try:
        syntax, value = _parse(data, limits, rest)
        for _ in range(_MOST_WRAPPINGS):
            inner = wrapping.unwrap(value) if syntax == "JSON" else None
            if inner is None:
                family, version = _family(value)
                return Document(family, version, syntax, value, data, bound)
            about, bound = inner.about, (*bound, *inner.bound)
            data = inner.text
            syntax, value = ("JSON", inner.value) if inner.value else _parse(data, limits, rest)
    except NotRead:
        raise
    except ValueError as fault:
        words = f"{about}: {fault}" if about else str(fault)
        raise NotABill(words) from fault
    raise NotABill(f"wrapped more than {_MOST_WRAPPINGS} times")


def _parse(data: bytes, limits: Limits, rest: Rest) -> tuple[Syntax, Json]:
    """The form of a text and its members. Raises ValueError and LimitExceeded."""
    if len(data) > limits.sbom_bytes:
        raise exceeded("sbom_bytes", limits.sbom_bytes, len(data), "")
    wide = is_utf_16(data)
    data = data if wide else in_utf_8(data)
    head = in_utf_8(data[: 2 * HEAD]) if wide else data[:HEAD]
    start = head.lstrip()[:1]
    if wide and start != b"<":
        raise NotABill(refusal(head))
    if start == b"{":
        return "JSON", _json(data, limits, rest)
    if start == b"<":
        return "XML", _xml(data, head, limits, rest)
    if tagvalue.is_tag_value(head):
        return "tag-value", tagvalue.to_json(data, limits)
    if YAML.search(head):
        from analyzer.bills import yamlform  # late: hardly any document is YAML

        value = yamlform.to_json(data, limits)
        if isinstance(value, dict):
            return "YAML", value
    raise NotABill("neither JSON nor XML nor the tag-value or YAML form of SPDX")


def _json(data: bytes, limits: Limits, rest: Rest) -> Json:
    count = data.count(b",") + data.count(b"[") + data.count(b"{")
    if count > limits.sbom_values:
        raise exceeded("sbom_values", limits.sbom_values, count, "")
    repeated: Counter[str] = Counter()
    value = parse(data, repeated)
    for name, times in repeated.items():
        rest.add(f"{printable(name)} (stated again)", times)
    if not isinstance(value, dict):
        raise NotABill("JSON, but no object")
    return value


def _xml(data: bytes, head: bytes, limits: Limits, rest: Rest) -> Json:
    if xmlform.is_rdf(head) and not xmlform.is_cyclonedx(head):
        raise NotRead("SPDX as RDF/XML is not read; convert it to JSON or tag-value first")
    return xmlform.to_json(data, rest, limits)


def _family(value: Json) -> tuple[Family, str]:
    """Which format it is, and its version. Raises NotRead and NotABill."""
    if cyclonedx.is_cyclonedx(value):
        version = word(value.get("specVersion"))
        if not _CYCLONEDX.fullmatch(version):
            raise NotRead(f"CycloneDX {version!r:.20} is not read, only 1.0 to 1.7")
        return "CycloneDX", version
    if is_spdx3(value):
        raise NotRead("SPDX 3 (JSON-LD) is not read, only SPDX 2; convert it first")
    if spdx.is_spdx(value):
        version = word(value.get("spdxVersion"))
        if not _SPDX.fullmatch(version):
            raise NotRead(f"{version!r:.20} is not read, only SPDX-2.0 to SPDX-2.3")
        return "SPDX", version.removeprefix("SPDX-")
    if syftjson.is_syft(value):
        return "syft", syftjson.version(value)
    raise NotABill("neither SPDX of version 2 nor CycloneDX nor syft's own form")


def is_spdx3(value: Json) -> bool:
    """Whether an object says by its context that it is SPDX of version 3."""
    context = value.get("@context")
    names = context if isinstance(context, list) else [context]
    return any("spdx.org/rdf/" in word(name) for name in sequence(names))


def known(value: Json) -> bool:
    """Whether an object is a document, or something that holds one, read or not."""
    for _ in range(_MOST_WRAPPINGS):
        if any(test(value) for test in (cyclonedx.is_cyclonedx, spdx.is_spdx, is_spdx3)):
            return True
        if syftjson.is_syft(value):
            return True
        try:
            inner = wrapping.unwrap(value)
            if inner is None:
                return False
            _, value = ("", inner.value) if inner.value else _parse(inner.text, Limits(), Rest())
        except NotRead:
            return True
        except ValueError:
            return False
    return False
