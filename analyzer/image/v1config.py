"""The V1 part of a config as docker's own structs write it, for each generation of them.

Docker does not hash the config's bytes for a v1 id: it reads them into a Go struct and writes
that struct again, so unknown members vanish, absent ones appear as zero values, and the order is
the struct's. moby: image/image.go (`V1Image`), api/types/container/config.go (`Config`,
`HealthConfig`), read at the tags v1.10.3 to v28.5.2 and at the head of August 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from analyzer.image.gojson import Value

Created = Literal["zero", "image", "epoch"]
"""What the layers below the top say: year 1, the image's own time, or 1970."""
Field = tuple[str, str, bool]
"""Name, kind, and whether an empty value is left out."""

ZERO_TIME = "0001-01-01T00:00:00Z"
EPOCH = "1970-01-01T00:00:00Z"

_HEALTH_1: tuple[Field, ...] = (
    ("Test", "list", True),
    ("Interval", "int", True),
    ("Timeout", "int", True),
)
_START_PERIOD: Field = ("StartPeriod", "int", True)
_START_INTERVAL: Field = ("StartInterval", "int", True)
_RETRIES: Field = ("Retries", "int", True)
_CONFIG: tuple[Field, ...] = (
    ("Hostname", "str", False),
    ("Domainname", "str", False),
    ("User", "str", False),
    ("AttachStdin", "bool", False),
    ("AttachStdout", "bool", False),
    ("AttachStderr", "bool", False),
    ("ExposedPorts", "set", True),
    ("Tty", "bool", False),
    ("OpenStdin", "bool", False),
    ("StdinOnce", "bool", False),
    ("Env", "list", False),
    ("Cmd", "words", False),
    ("Healthcheck", "health", True),
    ("ArgsEscaped", "bool", True),
    ("Image", "str", False),
    ("Volumes", "set", False),
    ("WorkingDir", "str", False),
    ("Entrypoint", "words", False),
    ("NetworkDisabled", "bool", True),
    ("MacAddress", "str", True),
    ("OnBuild", "list", False),
    ("Labels", "map", False),
    ("StopSignal", "str", True),
    ("StopTimeout", "int?", True),
    ("Shell", "words", True),
)
_NOT_IN_1_10 = {"Healthcheck", "StopTimeout", "Shell"}
_CONFIG_1_10 = tuple(field for field in _CONFIG if field[0] not in _NOT_IN_1_10)
_PUBLISH_SERVICE: Field = ("PublishService", "str", True)
_CONFIG_29 = tuple(
    (name, kind, omit or name == "OnBuild") for name, kind, omit in _CONFIG if name != "MacAddress"
)


@dataclass(frozen=True, slots=True)
class Generation:
    """Docker versions that write the same bytes; `first` and `last` name the range."""

    first: str
    last: str
    created: Created
    config: tuple[Field, ...] = _CONFIG
    health: tuple[Field, ...] = (*_HEALTH_1, _RETRIES)
    variant: bool = False
    no_time_is_null: bool = False


_OLDEST = Generation(
    "1.10", "1.11", "zero", (*_CONFIG_1_10[:7], _PUBLISH_SERVICE, *_CONFIG_1_10[7:])
)
_17_05 = Generation("17.05", "19.03", "epoch", health=(*_HEALTH_1, _START_PERIOD, _RETRIES))
_20_10 = replace(_17_05, first="20.10", last="24", variant=True)
_25 = replace(
    _20_10,
    first="25",
    last="28",
    health=(*_HEALTH_1, _START_PERIOD, _START_INTERVAL, _RETRIES),
    no_time_is_null=True,
)
GENERATIONS = (
    _OLDEST,
    Generation("1.12", "1.12", "zero"),
    Generation("1.13", "17.03", "image"),
    Generation("17.04", "17.04", "epoch"),
    _17_05,
    _20_10,
    _25,
    replace(_25, first="29", last="29 or later", config=_CONFIG_29),
)


class Unreadable(Exception):
    """Docker could not read this config, so it never gave its layers an id."""


def below_top(generation: Generation, created: str | None) -> dict[str, Value]:
    """The V1 image of every layer below the top."""
    return {"container_config": struct({}, generation), "created": created}


def top(document: Mapping[str, Any], generation: Generation) -> dict[str, Value]:
    """The V1 image of the top layer. Raises Unreadable."""
    fields = _folded(document)
    strings = ["comment", "container", "docker_version", "author", "architecture", "os"]
    strings += ["variant"] if generation.variant else []
    values: dict[str, Value] = {
        name: text for name in strings if (text := _text(fields.get(name), name))
    }
    values["created"] = created_of(document, generation)
    values["container_config"] = struct(_object(fields.get("container_config")) or {}, generation)
    config = _object(fields.get("config"))
    if config is not None:
        values["config"] = struct(config, generation)
    size = _number(fields.get("size"), "Size")
    return values | ({"Size": size} if size else {})


def struct(value: Mapping[str, Any], generation: Generation) -> dict[str, Value]:
    """A `container.Config`. Raises Unreadable."""
    return _fields(value, generation.config, generation)


def _fields(
    value: Mapping[str, Any], fields: tuple[Field, ...], generation: Generation
) -> dict[str, Value]:
    given = _folded(value)
    result: dict[str, Value] = {}
    for name, kind, omit in fields:
        read = _field(given.get(name.lower()), name, kind, generation)
        empty = read is None or (not read and kind not in {"health", "int?"})
        if not (omit and empty):
            result[name] = read
    return result


def _field(value: object, name: str, kind: str, generation: Generation) -> Value:
    if kind == "health":
        health = _object(value)
        return None if health is None else _fields(health, generation.health, generation)
    return _READERS[kind](value, name)


def _folded(value: Mapping[str, Any]) -> dict[str, Any]:
    """Go finds struct fields whatever the case of their names."""
    return {name.lower(): item for name, item in value.items()}


def _object(value: object) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise Unreadable("an object is something else")
    return value


def _text(value: object, name: str) -> str:
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{name} is no string")
    return value or ""


def _number(value: object, name: str) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
        raise Unreadable(f"{name} is no 64-bit integer")
    return value


def _boolean(value: object, name: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise Unreadable(f"{name} is no boolean")
    return bool(value)


def _pointer(value: object, name: str) -> int | None:
    return None if value is None else _number(value, name)


def _list(value: object, name: str) -> list[Value] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise Unreadable(f"{name} is no list")
    return [_text(item, name) for item in value]


def _words(value: object, name: str) -> list[Value] | None:
    """A `strslice.StrSlice`, which takes a single string too."""
    return [value] if isinstance(value, str) else _list(value, name)


def _map(value: object, name: str) -> dict[str, Value] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is no object")
    return {key: _text(item, name) for key, item in sorted(value.items())}


def _set(value: object, name: str) -> dict[str, Value] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is no object")
    if any(item is not None and not isinstance(item, dict) for item in value.values()):
        raise Unreadable(f"{name} has a member that is no object")
    return {key: {} for key in sorted(value)}


_READERS: Mapping[str, Callable[[object, str], Value]] = {
    "str": _text,
    "bool": _boolean,
    "int": _number,
    "int?": _pointer,
    "list": _list,
    "words": _words,
    "map": _map,
    "set": _set,
}

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_NANOSECOND_DIGITS = 9


def created_of(document: Mapping[str, Any], generation: Generation) -> str | None:
    """`created` as Go's time.Time writes it again. Raises Unreadable."""
    value = _folded(document).get("created")
    if value is None:
        return None if generation.no_time_is_null else ZERO_TIME
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Unreadable("created is no time as in RFC 3339")
    fraction = (match[2] or "")[:_NANOSECOND_DIGITS].rstrip("0")
    zone = "Z" if match[3] in {"+00:00", "-00:00"} else match[3]
    return match[1] + (f".{fraction}" if fraction else "") + zone
