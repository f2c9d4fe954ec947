"""The packages of a bill as plain lists: one package URL on each line, or a table in CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from packageurl import PackageURL

from analyzer.bills.model import Bill, Element, Evidence, Lost, Relation
from analyzer.csvtext import csv_text
from analyzer.paths import printable
from analyzer.sbom.stated import NAMES, Facts, Places, fact, lost_facts

COLUMNS = (
    *("kind", "type", "namespace", "name", "version", "arch", "state", "layer", "layer_digest"),
    *("purl", "license_expression", "licenses", "source", "source_version", "supplier"),
    *("originator", "digests", "cpes", "homepage", "cataloger", "method", "confidence", "path"),
    "owner",
)
"""As in `ociscope packages -o csv`, where both have them."""
_FACTS = {
    *(Facts.PURL, Facts.SUPPLIER, Facts.ORIGINATOR, Facts.LICENCE, Facts.FOUND, Facts.DIGESTS),
    *(Facts.CPES, Facts.HOMEPAGE, Facts.EVIDENCE),
}
_PROPERTIES = {
    *("package:type", "package:arch", "package:state", "package:source:name"),
    *("package:source:version", "package:found-by", "package:method", "package:confidence"),
    *("layer:position", "layer:digest"),
}


def purl_list(bill: Bill) -> bytes:
    """The package URLs of all packages, each once, sorted by code points; UTF-8.

    Packages without one are not in the list: `lost_in_lists` counts them.
    """
    found = {printable(package.purl) for package in bill.packages if package.purl}
    return "".join(f"{purl}\n" for purl in sorted(found)).encode()


def csv_table(bill: Bill) -> bytes:
    """A line for each package, sorted, under `COLUMNS`; what is not stated is an empty cell."""
    owners = _owners(bill)
    rows = sorted(list(map(str, _row(package, owners))) for package in bill.packages)
    return csv_text(COLUMNS, rows).encode()


def lost_in_lists(bill: Bill, form: Literal["purl", "csv"]) -> tuple[Lost, ...]:
    """What of `bill` the list of package URLs, or the table, has no place for."""
    packages = {package.ref for package in bill.packages}
    holders = {*bill.subjects, *(packages if form == "csv" else ())}

    def has_place(relation: Relation) -> bool:
        """A list says that what it lists is in the image; the table has a column for owners."""
        contains = relation.kind == "CONTAINS" and relation.one in holders
        return contains and relation.other in packages

    if form == "csv":
        further = sum(len(package.evidence) > 1 for package in bill.packages)
        more = Lost("places where a package was found, beyond the first", further)
        places = Places(NAMES | _FACTS, frozenset(_PROPERTIES), relations=has_place)
    else:
        more = Lost("packages without a package URL", sum(not p.purl for p in bill.packages))
        places = Places(NAMES | {Facts.PURL}, relations=has_place)
    return lost_facts(bill, places, (more,))


def _row(package: Element, owners: Mapping[str, list[str]]) -> Iterator[object]:
    purl = _parsed(package.purl)
    first = package.evidence[0] if package.evidence else Evidence("")
    yield package.kind
    yield fact(package, "package:type") or (purl.type if purl else "")
    yield package.namespace
    yield package.name
    yield package.version
    yield fact(package, "package:arch") or _qualifier(purl, "arch")
    yield fact(package, "package:state")
    yield fact(package, "layer:position")
    yield fact(package, "layer:digest") or first.layer
    yield package.purl
    yield package.licence
    yield _joined(package.licences_found)
    yield fact(package, "package:source:name")
    yield fact(package, "package:source:version")
    yield _party(package, "supplier")
    yield _party(package, "originator")
    yield " ".join(package.digests)
    yield " ".join(package.cpes)
    yield package.homepage
    yield first.by
    yield first.method
    yield "" if first.confidence is None else f"{first.confidence:g}"
    yield f"{first.path}!/{first.inside}" if first.inside else first.path
    yield _joined(owners.get(package.ref, ()))


def _owners(bill: Bill) -> dict[str, list[str]]:
    """By `ref`, the packages that say the files of another are theirs."""
    packages = {package.ref: package for package in bill.packages}
    owners: dict[str, list[str]] = defaultdict(list)
    for relation in bill.relations:
        if relation.kind == "CONTAINS" and relation.one in packages and relation.other in packages:
            owner = packages[relation.one]
            owners[relation.other].append(f"{owner.name} {owner.version}".strip())
    return {ref: sorted(set(names)) for ref, names in owners.items()}


def _party(package: Element, role: Literal["supplier", "originator"]) -> str:
    party = package.supplier if role == "supplier" else package.originator
    if party is None:
        return ""
    return f"{party.name} <{party.mail}>" if party.mail else party.name


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _parsed(purl: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(purl)
    except ValueError:
        return None


def _qualifier(purl: PackageURL | None, key: str) -> str:
    return purl.qualifiers.get(key, "") if purl is not None else ""
