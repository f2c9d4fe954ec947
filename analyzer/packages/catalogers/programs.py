"""Well-known programs that carry no metadata, by version strings in their bytes.

After the idea of syft's binary classifiers
(https://github.com/anchore/syft/tree/main/syft/pkg/cataloger/binary); the table is our own, in
`formats/wellknown.py`, and says for each text where the program's source has it. A program is
looked into if its file has one of the names that it has in practice. The confidence is low: a text
may be a distributor's, or of a library inside. A program in which several versions are found is
listed without one; a file in which none is found is not taken for the program at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    error,
    warning,
)
from analyzer.packages.formats.text import excerpt, text
from analyzer.packages.formats.versionstring import Find, fault, rule_of, versions
from analyzer.packages.formats.wellknown import RULES

_RULES = {rule.name: rule for rule in RULES}


def parse(files: Files) -> Iterator[Package | Problem]:
    """The program that each file is."""
    for path in sorted(files):
        rule = _RULES.get(rule_of(files[path]))
        if rule is None:
            continue
        if words := fault(files[path]):
            detail = f"this may be {rule.name}; {text(words)}, and has no version in it"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        stated: dict[str, dict[bytes, bytes]] = {}
        kinds: dict[str, Find] = {}
        for find, found in versions(rule, files[path]).items():
            for version, evidence in found.items():
                stated.setdefault(find.package, {}).setdefault(version, evidence)
            kinds[find.package] = find
        for name in sorted(stated):
            yield from _program(path, kinds[name], stated[name])


def _program(path: str, find: Find, stated: Mapping[bytes, bytes]) -> Iterator[Package | Problem]:
    """`stated` are the versions and what matched for each."""
    found = sorted(stated)
    version = text(found[0]) if len(found) == 1 else ""
    if not version:
        several = ", ".join(map(text, found))
        detail = f"{find.package}: several versions are in the program: {several}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    yield Package(
        name=find.package,
        version=version,
        arch="",
        type=find.type,
        namespace=find.namespace,
        evidence=excerpt(b"; ".join(stated[each].strip(b"\0") for each in found)),
        method="version-string",
        confidence="low",
        locations=(Location(path),),
    )


CATALOGER = Cataloger(
    name="programs",
    version=2,
    group="file",
    wants=tuple(want for rule in RULES for want in rule.wants),
    parse=parse,
    about="well-known programs by text in them",
    fills=frozenset({"namespace", "evidence", "confidence"}),
)
