"""A document in JSON held against the rules of its version of SPDX, and against the text's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analyzer.checks.result import Finding, short
from analyzer.checks.spdxrules import (
    CHECKSUMS,
    FORMATS,
    HEX_DIGITS,
    RULES,
    Each,
    Leaf,
    Members,
    OneOf,
    Shape,
)
from analyzer.problems import Severity

_HEX = frozenset("0123456789abcdef")
_TYPES: dict[str, tuple[type, str]] = {
    "text": (str, "a text"),
    "flag": (bool, "true or false"),
    "object": (dict, "an object"),
}
_SHOWN_VALUE = 60


def schema_findings(
    document: Any,  # noqa: ANN401 - any JSON
    version: str,
    *,
    texts: bool = False,
) -> Iterator[Finding]:
    """Where `document` breaks the JSON schema of SPDX `version` (a key of `RULES`).

    With `texts` a text of digits is a whole number: scalars of YAML are read as they stand.

    The rule of each finding is the keyword of JSON Schema that is broken, its place the object or
    value that the schema's own error would name.
    """
    yield from _against(RULES[version], _numbers(document) if texts else document, "")


def format_findings(document: Any) -> Iterator[Finding]:  # noqa: ANN401
    """Where texts have not the form that the specification asks for beyond its schema."""
    for form in FORMATS:
        for place in form.places:
            for where, value in values_at(document, place):
                if isinstance(value, str) and not form.pattern.fullmatch(value):
                    says = f"{_quoted(value)} must be: {form.words} (SPDX {form.clause})"
                    yield Finding(Severity.ERROR, form.rule, where, says)
    yield from _namespace(document)
    yield from _checksums(document)


def values_at(document: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Each value at `place`, a path in which `[]` is every element, with its own path."""
    found: Iterable[tuple[str, Any]] = [("", document)]
    for part in place.split("."):
        found = _step(found, part)
    yield from found


def _step(found: Iterable[tuple[str, Any]], part: str) -> Iterator[tuple[str, Any]]:
    name, many = part.removesuffix("[]"), part.endswith("[]")
    for where, value in found:
        if not isinstance(value, dict) or name not in value:
            continue
        path, below = _join(where, name), value[name]
        if not many:
            yield path, below
        elif isinstance(below, list):
            yield from ((f"{path}[{number}]", item) for number, item in enumerate(below))


_WHOLE = ("order", "offset", "lineNumber")


def _numbers(value: Any) -> Any:  # noqa: ANN401
    """`value` with digits as numbers where the rules ask for numbers."""
    if isinstance(value, dict):
        return {
            name: int(item) if name in _WHOLE and _is_whole(item) else _numbers(item)
            for name, item in value.items()
        }
    return [_numbers(item) for item in value] if isinstance(value, list) else value


def _is_whole(item: object) -> bool:
    return isinstance(item, str) and item.isascii() and item.isdigit() and len(item) <= _DIGITS


_DIGITS = 18


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _against(shape: Shape, value: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401
    if isinstance(shape, Leaf):
        yield from _leaf(shape, value, where)
    elif isinstance(shape, OneOf):
        yield from _one_of(shape, value, where)
    elif isinstance(shape, Each):
        yield from _each(shape, value, where)
    else:
        yield from _members(shape, value, where)


def _leaf(shape: Leaf, value: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401
    if shape.kind == "whole":
        # JSON Schema draft 7, 6.1.1: 1.0 is an integer; booleans are no numbers.
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or value != value // 1:
            yield _wrong_type(value, "a whole number", where)
        return
    kind, words = _TYPES[shape.kind]
    if not isinstance(value, kind):
        yield _wrong_type(value, words, where)


def _one_of(shape: OneOf, value: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401
    if not isinstance(value, str):
        yield _wrong_type(value, "a text", where)
    elif value not in shape.values:
        yield _error("enum", where, f"{_quoted(value)} {_instead(value, shape.values)}")


def _instead(value: str, allowed: frozenset[str]) -> str:
    """What should stand there; the spelling alone where that is what differs."""
    plain = value.upper().replace("-", "_")
    near = [word for word in sorted(allowed) if word.upper().replace("-", "_") == plain]
    if near:
        return f"is spelled {near[0]} in JSON by this version's schema"
    return f"is none of {', '.join(sorted(allowed))}"


def _each(shape: Each, value: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401
    if not isinstance(value, list):
        yield _wrong_type(value, "a list", where)
        return
    if len(value) < shape.least:
        yield _error("minItems", where, "the list must not be empty")
    for number, item in enumerate(value):
        yield from _against(shape.item, item, f"{where}[{number}]")


def _members(shape: Members, value: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401
    if not isinstance(value, dict):
        yield _wrong_type(value, "an object", where)
        return
    for name in sorted(shape.required - value.keys()):
        yield _error("required", where, f"{name} is missing")
    for name, item in value.items():
        if name in shape.shapes:
            yield from _against(shape.shapes[name], item, _join(where, name))
        else:
            yield _error("additionalProperties", where, f"there is no member {_quoted(name)} here")


def _wrong_type(value: Any, wanted: str, where: str) -> Finding:  # noqa: ANN401
    return _error("type", where, f"{wanted} must stand here, not {_kind(value)}")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def _error(rule: str, where: str, words: str) -> Finding:
    return Finding(Severity.ERROR, rule, where or "the document", words)


def _quoted(value: str) -> str:
    return f"'{short(value, _SHOWN_VALUE + 60)}'"


def _namespace(document: Any) -> Iterator[Finding]:  # noqa: ANN401
    """SPDX 6.5: mandatory by the text, although the schema does not list it as required."""
    if not isinstance(document, dict):
        return
    value = document.get("documentNamespace")
    place = "documentNamespace"
    if value is None or value == "":
        yield _error("namespace", place, "it is missing; SPDX 6.5 makes it mandatory")
    elif isinstance(value, str):
        if "#" in value:
            yield _error("namespace", place, "it must not hold a '#' (SPDX 6.5)")
        if not value.partition(":")[0].isascii() or ":" not in value or " " in value:
            yield _error("namespace", place, "it must be an absolute URI with a scheme (SPDX 6.5)")


def _checksums(document: Any) -> Iterator[Finding]:  # noqa: ANN401
    for place in CHECKSUMS:
        for where, checksum in values_at(document, place):
            if isinstance(checksum, dict):
                yield from _checksum(checksum, where)


def _checksum(checksum: dict[str, Any], where: str) -> Iterator[Finding]:
    algorithm, value = checksum.get("algorithm"), checksum.get("checksumValue")
    if not isinstance(algorithm, str) or not isinstance(value, str):
        return
    digits = HEX_DIGITS.get(algorithm, ())
    if digits and (len(value) not in digits or not set(value) <= _HEX):
        wanted = f"{digits[0]} " if len(digits) == 1 else ""
        what = f"{_quoted(value)} must be {wanted}lowercase hexadecimal digits (SPDX 8.4)"
        yield _error("checksum", where, what)
    elif value and not value.strip("0"):
        what = "nothing but zeros: no content has this digest, so nothing was hashed"
        yield _error("zero-checksum", where, what)
