"""One document through all checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from analyzer.bills.document import Document
from analyzer.checks.loading import Loaded, load, repeated_members
from analyzer.checks.minimum import TITLES, Knowable, profiles
from analyzer.checks.references import Names, cyclonedx_names, reference_findings, spdx_names
from analyzer.checks.result import Check, Checked, Finding, Origin, check_of
from analyzer.checks.subject import stated
from analyzer.digest import digest_bytes
from analyzer.errors import AnalyzerError, InputError, Unsupported
from analyzer.jsonvalues import parse
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.problems import Code, Severity


@dataclass(frozen=True, slots=True)
class Asked:
    """What to hold documents against."""

    limits: Limits
    profiles: Sequence[str] = tuple(TITLES)
    schema: Any = None
    """A JSON schema that the user brought, which then stands for the built-in one."""
    schema_name: str = ""


def check_document(
    data: bytes,
    name: str,
    asked: Asked,
    *,
    origin: Origin = "file",
    about: str = "",
    knowable: Knowable | None = None,
) -> Checked:
    """All checks of one document.

    Raises:
        InputError: it is no document that can be checked.
        LimitExceeded: it is larger or deeper than allowed.
    """
    loaded = load(data, name, asked.limits)
    names = _names(loaded)
    return Checked(
        name=name,
        origin=origin,
        form=loaded.form,
        size=len(data),
        digest=digest_bytes(data),
        subject=stated(loaded.bill),
        checks=tuple(_checks(loaded, names, asked)),
        profiles=profiles(
            loaded.bill, loaded.document.family, names.entries, asked.profiles, knowable
        ),
        about=about,
    )


def not_checked(data: bytes, name: str, fault: AnalyzerError, about: str) -> Checked:
    """What is said of an attached document that raised `fault`; the rest goes on without it."""
    severity = Severity.NOTE if isinstance(fault, Unsupported) else Severity.ERROR
    finding = Finding(severity, fault.code.value, "the document", fault.message)
    check = check_of("schema", "it can be read", 1, [finding])
    return Checked(name, "attestation", "", len(data), digest_bytes(data), (), (check,), (), about)


def _names(loaded: Loaded) -> Names:
    read = spdx_names if loaded.document.family == "SPDX" else cyclonedx_names
    return read(loaded.document.value)


def _checks(loaded: Loaded, names: Names, asked: Asked) -> Iterator[Check]:
    from analyzer.checks.identifiers import cpe_findings, expressions, licence_findings
    from analyzer.checks.purls import purl_findings

    bill, is_spdx = loaded.bill, loaded.document.family == "SPDX"
    schema = _schema(loaded, asked)
    yield schema
    if is_spdx:
        yield from _of_spdx(loaded, schema)
    title = "ids are unique, and what refers to one finds it"
    yield check_of("references", title, names.count, reference_findings(names, bill))
    purls = sum(bool(element.purl) for element in bill.elements)
    title = "package URLs are what their specification asks"
    yield check_of("purls", title, purls, purl_findings(bill.elements))
    cpes = sum(len(element.cpes) for element in bill.elements)
    yield check_of("cpes", "CPE names are well-formed", cpes, cpe_findings(bill.elements))
    licences = sum(1 for _ in expressions(bill))
    title = "licence expressions are valid"
    yield check_of("licences", title, licences, licence_findings(bill, defined=is_spdx))


def _of_spdx(loaded: Loaded, schema: Check) -> Iterator[Check]:
    from analyzer.checks.spdxschema import format_findings
    from analyzer.checks.spdxtraps import spdx_traps

    document = loaded.document
    found = (*format_findings(document.value), *spdx_traps(document.value, document.version))
    yield check_of("specification", "what SPDX asks beyond its schema", 1, found)
    title = "what the validators of spdx-tools say"
    # The library tells wrong types by chance: it looks at one element of each list.
    if any(finding.rule in {"type", "depth"} for finding in schema.findings):
        why = "members have the wrong type, so it cannot be asked"
        yield Check("spdx-tools", title, 0, skipped=why)
        return
    from analyzer.checks.spdxlibrary import library_findings

    says = library_findings(document.value, document.data, document.syntax)
    yield check_of("spdx-tools", title, 1, says)


def _schema(loaded: Loaded, asked: Asked) -> Check:
    """The schema of the standard, or the one that was brought."""
    document = loaded.document
    if asked.schema is not None and document.syntax in {"JSON", "YAML"}:
        title = f"valid by {asked.schema_name}"
        return check_of("schema", title, 1, _own(asked.schema, document.value))
    if document.family == "SPDX":
        find, schema = _spdx_schema(document)
    else:
        find, schema = _cyclonedx_schema(document)
    if find is None:
        member = "spdxVersion" if document.family == "SPDX" else "specVersion"
        what = f"{printable(document.form)}: there is no schema for this version"
        wrong = Finding(Severity.ERROR, "version", member, what)
        return check_of("schema", schema, 1, [wrong])
    found = chain(repeated_members(loaded), find())
    check = check_of("schema", schema, 1, found)
    return replace(check, skipped=_NO_SCHEMA) if document.syntax == "tag-value" else check


_NO_SCHEMA = "the tag-value form has none"
_Find = Callable[[], Iterable[Finding]]


def _spdx_schema(document: Document) -> tuple[_Find | None, str]:
    """What finds the errors, and what that is, in words."""
    from analyzer.checks.spdxrules import RULES
    from analyzer.checks.spdxschema import schema_findings

    version = document.version
    words = f"valid by the JSON schema of SPDX {version}".rstrip()
    if version not in RULES:
        return None, words
    if document.syntax == "tag-value":
        return lambda: (), "valid by a schema"
    numbers = document.syntax == "YAML"
    return lambda: schema_findings(document.value, version, texts=numbers), words


def _cyclonedx_schema(document: Document) -> tuple[_Find | None, str]:
    from analyzer.checks import cyclonedxschema

    version = document.version
    words = f"valid by the {document.syntax} schema of CycloneDX {version}".rstrip()
    if document.syntax == "XML" and version in cyclonedxschema.XML_VERSIONS:
        return lambda: cyclonedxschema.xml_findings(document.data, version), words
    if document.syntax == "JSON" and version in cyclonedxschema.JSON_VERSIONS:
        return lambda: cyclonedxschema.json_findings(document.value, version), words
    return None, words


def _own(schema: Any, value: Any) -> Iterator[Finding]:  # noqa: ANN401 - any JSON
    from analyzer.checks.cyclonedxschema import findings_by, own_validator

    yield from findings_by(own_validator(schema), value)


def read_schema(data: bytes, name: str) -> Any:  # noqa: ANN401 - any JSON
    """A JSON schema that a user brought.

    Raises:
        InputError: it is none.
    """
    from analyzer.checks.cyclonedxschema import own_validator

    try:
        schema = parse(data)
        own_validator(schema)
    except ValueError as fault:
        raise InputError(Code.BAD_ARGUMENT, f"no JSON schema: {fault}", where=name) from fault
    return schema
