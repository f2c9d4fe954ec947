"""Documents against the official schemas of CycloneDX, which ship with its Python library.

https://github.com/CycloneDX/specification/tree/master/schema. The schema files are the library's;
they are applied here because its own validator takes minutes for some thousand components: it
compares each with every other, and parses each address with a general grammar.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT7

from analyzer.checks.iri import is_iri_reference
from analyzer.checks.result import Finding, short
from analyzer.problems import Severity

JSON_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
"""There is no JSON form before 1.2."""
XML_VERSIONS = ("1.0", "1.1", *JSON_VERSIONS)
_STRICT = frozenset({"1.2", "1.3"})
"""Their ordinary schemas allow any member, misspelled ones too; the strict ones stand beside."""
_BESIDE = ("spdx", "jsf-0.82", "cryptography-defs")
_PREFIX = "http://cyclonedx.org/schema/"
_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_LONGEST_LIST = 20
_TOO_DEEP = "nested too deeply to be checked"


def json_findings(document: Any, version: str) -> Iterator[Finding]:  # noqa: ANN401 - any JSON
    """Every error of `document` by the schema of `version` (one of `JSON_VERSIONS`)."""
    yield from findings_by(_validator(version), document)


def findings_by(validator: Any, document: Any) -> Iterator[Finding]:  # noqa: ANN401 - jsonschema's
    """Every error by a JSON schema, at the place and in the words of the innermost cause."""
    try:
        for error in validator.iter_errors(document):
            cause = best_match([error]) or error
            yield Finding(
                Severity.ERROR, str(cause.validator), _path(cause.absolute_path), _words(cause)
            )
    except RecursionError:
        yield Finding(Severity.ERROR, "depth", "the document", _TOO_DEEP)
    except Unresolvable as fault:
        what = f"the schema refers to {fault.ref}, which is not in it, and nothing is fetched"
        yield Finding(Severity.ERROR, "schema", "the schema", what)


def own_validator(schema: Any) -> Any:  # noqa: ANN401 - jsonschema's
    """A validator of a schema that a user brought; nothing it refers to is fetched.

    Raises:
        ValueError: it is no JSON schema.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    if not isinstance(schema, dict):
        raise ValueError("a JSON schema is an object")  # noqa: TRY004 - one error for callers
    kind = validator_for(schema, default=Draft7Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as fault:
        raise ValueError(f"not a JSON schema: {short(fault.message)}") from None
    return _extended(kind)(schema, registry=Registry())


@cache
def _validator(version: str) -> Any:  # noqa: ANN401
    name = f"bom-{version}{'-strict' if version in _STRICT else ''}"
    beside = [
        (f"{_PREFIX}{each}.SNAPSHOT.schema.json", DRAFT7.create_resource(_schema(each)))
        for each in _BESIDE
    ]
    registry: Registry[Any] = Registry().with_resources(beside)
    kind = _extended(Draft7Validator)
    return kind(_schema(name), registry=registry, format_checker=_formats())


def _extended(kind: Any) -> Any:  # noqa: ANN401 - jsonschema's
    return extend(kind, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]


def _schema(name: str) -> Any:  # noqa: ANN401
    return json.loads(_file(f"{name}.SNAPSHOT.schema.json").read_bytes())


def _file(name: str) -> Any:  # noqa: ANN401
    return resources.files("cyclonedx.schema") / "_res" / name


def _formats() -> FormatChecker:
    """Those that CycloneDX's schemas use."""
    formats = FormatChecker(("date-time", "email", "idn-email"))

    @formats.checks("iri-reference")
    def _iri_reference(value: object) -> bool:
        return not isinstance(value, str) or is_iri_reference(value)

    return formats


def _unique_items(
    _validator: object, wanted: object, value: object, _schema: object
) -> Iterator[ValidationError]:
    """`uniqueItems` (JSON Schema draft 7, 6.4.5) in linear time: equal things are written alike."""
    if wanted is not True or not isinstance(value, list):
        return
    seen: dict[str, int] = {}
    for number, item in enumerate(value):
        first = seen.setdefault(_written(item), number)
        if first != number:
            yield ValidationError(f"elements {first} and {number} are the same")
            return


def _written(value: Any) -> str:  # noqa: ANN401
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """`value` with 1.0 as 1, which JSON Schema counts as equal."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _path(parts: Any) -> str:  # noqa: ANN401
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "the document"


def _required(error: ValidationError) -> str:
    return error.message.replace("is a required property", "is missing")


def _enum(error: ValidationError) -> str:
    stated: Any = error.validator_value
    allowed = [str(each) for each in stated]
    more = f" and {len(allowed) - _LONGEST_LIST} more" if len(allowed) > _LONGEST_LIST else ""
    return f"{_value(error)} is none of {', '.join(allowed[:_LONGEST_LIST])}{more}"


def _value(error: ValidationError) -> str:
    if isinstance(error.instance, dict | list):
        return "what stands here"
    return short(repr(error.instance), 120)


_WORDS: Mapping[str, Callable[[ValidationError], str]] = {
    "required": _required,
    "enum": _enum,
    "const": lambda error: f"{_value(error)} must be {error.validator_value!r}",
    "type": lambda error: f"{_value(error)} is not of type {error.validator_value}",
    "format": lambda error: f"{_value(error)} is no {error.validator_value}",
    "pattern": lambda error: f"{_value(error)} does not match {error.validator_value}",
    "oneOf": lambda error: f"{_value(error)} is not exactly one of the things allowed here",
    "anyOf": lambda error: f"{_value(error)} is none of the things allowed here",
}


def _words(error: ValidationError) -> str:
    words = _WORDS.get(str(error.validator))
    return words(error) if words is not None else error.message


def xml_findings(data: bytes, version: str) -> Iterator[Finding]:
    """Every error of a document in XML by the schema of `version` (one of `XML_VERSIONS`).

    Raises:
        ValueError: it is no well-formed XML, or declares entities, which no document of this
            kind needs.
    """
    from lxml import etree  # type: ignore[import-untyped]

    # libxml2's own bounds (depth, length of texts, growth of entities) hold: no huge_tree.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise ValueError(f"not XML: {short(str(fault))}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("it declares a document type, which CycloneDX has not")
    schema = _xml_schema(version)
    schema.validate(root)
    for entry in schema.error_log:
        words = entry.message.replace(f"{{{_NAMESPACE}{version}}}", "")
        yield Finding(Severity.ERROR, "xml-schema", f"line {entry.line}", words)


def _xml_schema(version: str) -> Any:  # noqa: ANN401 - lxml's
    from lxml import etree

    with resources.as_file(_file(f"bom-{version}.SNAPSHOT.xsd")) as path:
        # The schema imports its neighbour by a relative name.
        return etree.XMLSchema(file=str(path))
