"""Ids of a document and what refers to them: doubles, dangling ends, parts that hang in the air."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from analyzer.bills.model import Bill, Element
from analyzer.checks.result import Finding, short
from analyzer.checks.spdxschema import values_at
from analyzer.problems import Severity

_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
"""A UUID of version 4 (RFC 9562, 5.4)."""
_SPDX_IDS = ("SPDXID", "packages[].SPDXID", "files[].SPDXID", "snippets[].SPDXID")
_SPDX_REFERENCES = (
    *("relationships[].spdxElementId", "relationships[].relatedSpdxElement"),
    *("documentDescribes[]", "packages[].hasFiles[]", "snippets[].snippetFromFile"),
)
_CYCLONEDX_REFERENCES = (
    *("dependencies[].ref", "dependencies[].dependsOn[]", "dependencies[].provides[]"),
    *("compositions[].assemblies[]", "compositions[].dependencies[]", "annotations[].subjects[]"),
)
_NO_ELEMENT = frozenset({"NONE", "NOASSERTION"})
"""SPDX 2.3, 11.1: may stand where an element is related to nothing, or to nobody knows what."""
_RECORDS = frozenset({"attestation", "data", "file", "index", "layer", "manifest"})
_SHOWN_NAMES = 5


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of a document and what refers to them, with their places."""

    ids: tuple[tuple[str, str], ...]
    references: tuple[tuple[str, str], ...]
    entries: frozenset[str]
    """Of CycloneDX: what has an entry of its own in `dependencies`."""

    @property
    def count(self) -> int:
        """How many ids and references there are."""
        return len(self.ids) + len(self.references)


def spdx_names(document: Any) -> Names:  # noqa: ANN401 - any JSON
    """Of an SPDX document in its JSON shape."""
    return Names(tuple(_texts(document, _SPDX_IDS)), tuple(_texts(document, _SPDX_REFERENCES)),
                 frozenset())  # fmt: skip


def cyclonedx_names(document: Any) -> Names:  # noqa: ANN401
    """Of a CycloneDX document in its JSON shape."""
    return Names(
        tuple(_bom_refs(document)),
        tuple(_texts(document, _CYCLONEDX_REFERENCES)),
        frozenset(value for _, value in _texts(document, ("dependencies[].ref",))),
    )


def _texts(document: Any, places: Iterable[str]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for place in places:
        for where, value in values_at(document, place):
            if isinstance(value, str):
                yield where, value


def _bom_refs(document: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every `bom-ref`, wherever it stands."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, dict):
            ref = value.get("bom-ref")
            if isinstance(ref, str):
                yield where or "the document", ref
            waiting += [(f"{where}.{name}".strip("."), item) for name, item in value.items()
                        if isinstance(item, dict | list)]  # fmt: skip
        elif isinstance(value, list):
            waiting += [(f"{where}[{number}]", item) for number, item in enumerate(value)
                        if isinstance(item, dict | list)]  # fmt: skip


def reference_findings(names: Names, bill: Bill) -> Iterator[Finding]:
    """Doubles and dangling references are errors; what nothing relates to the subject is noted."""
    counts = Counter(value for _, value in names.ids)
    for where, value in names.ids:
        if counts[value] > 1:
            what = f"the id {short(value, 120)} stands {counts[value]} times in the document"
            yield Finding(Severity.ERROR, "duplicate-id", where, what)
    for where, value in names.references:
        if value not in counts and not _outside(value):
            what = f"nothing in the document has the id {short(value, 120)}"
            yield Finding(Severity.ERROR, "dangling-reference", where, what)
    yield from _unrelated(bill, names.entries)
    yield from _random(bill, names)
    yield from _doubles(bill)


def _outside(value: str) -> bool:
    """Whether a reference leads into another document, or says that there is nothing."""
    return value in _NO_ELEMENT or value.startswith(("DocumentRef-", "urn:cdx:"))


def related(bill: Bill) -> frozenset[str]:
    """The ids of all elements that some chain of relations ties to what the document describes."""
    near: dict[str, list[str]] = defaultdict(list)
    for relation in bill.relations:
        near[relation.one].append(relation.other)
        near[relation.other].append(relation.one)
    seen, waiting = set(bill.subjects), list(bill.subjects)
    while waiting:
        for ref in near[waiting.pop()]:
            # NONE is no element through which anything could be tied to anything.
            if ref not in seen and not _outside(ref):
                seen.add(ref)
                waiting.append(ref)
    return frozenset(seen)


def _unrelated(bill: Bill, entries: frozenset[str]) -> Iterator[Finding]:
    """CycloneDX relates records, such as layers, by their place in the document alone."""
    if not bill.subjects:
        what = "it does not say what it describes as a whole"
        yield Finding(Severity.NOTE, "no-subject", "the document", what)
        return
    tied = related(bill) | entries
    records = frozenset() if bill.form.startswith("SPDX") else _RECORDS
    loose = [each for each in bill.elements if each.ref not in tied and each.kind not in records]
    if loose:
        what = f"{len(loose)} of {len(bill.elements)} elements that no relation ties to what the "
        what += f"document describes: {_names(loose)}"
        yield Finding(Severity.NOTE, "unrelated", "the document", what)


def _random(bill: Bill, names: Names) -> Iterator[Finding]:
    if _RANDOM.search(bill.identifier):
        what = f"{short(bill.identifier, 160)} is random: the next run writes another"
        yield Finding(Severity.NOTE, "random-id", "the document", what)
    if random := sum(_RANDOM.search(value) is not None for _, value in names.ids):
        what = f"ids of elements are random, {random} of them: the next run writes others"
        yield Finding(Severity.NOTE, "random-id", "the document", what)


def _doubles(bill: Bill) -> Iterator[Finding]:
    """One package listed twice at one place (as syft did, its issue 4760)."""
    seen: dict[tuple[object, ...], list[Element]] = defaultdict(list)
    for element in bill.packages:
        places = frozenset((each.path, each.layer, each.inside) for each in element.evidence)
        named = (element.purl,) if element.purl else (element.name, element.version)
        seen[(*named, places)].append(element)
    for same in seen.values():
        if len(same) > 1:
            where = ", ".join(short(each.ref, 60) for each in same[:_SHOWN_NAMES])
            what = f"{_names(same[:1])} is listed {len(same)} times, at the same place"
            yield Finding(Severity.NOTE, "duplicate-package", where, what)


def _names(elements: list[Element]) -> str:
    shown = [short(f"{each.name} {each.version}".strip(), 80) for each in elements[:_SHOWN_NAMES]]
    more = len(elements) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
