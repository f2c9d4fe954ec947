"""The config that tools write for an image whose schema 1 manifest has none, byte for byte.

moby image/v1/imagev1.go (`MakeConfigFromV1Config`, `HistoryFromConfig`) and containers/image
manifest/docker_schema1.go (`ToSchema2Config`) write the same: the JSON of the newest entry
without the members of the v1 form, with `rootfs` and `history` added, members sorted. Where the
manifest was converted from a newer one, this is often the very config that it had before.

JSON of docker before 1.8.3 is first read into Go structs and written anew, by docker also where
no `docker_version` is stated; those structs changed from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.digest import DiffId
from analyzer.errors import MalformedImage
from analyzer.image import gojson, v1config
from analyzer.image.gojson import Value
from analyzer.image.schema1 import Schema1, Schema1Layer
from analyzer.image.v1config import GENERATIONS, Unreadable

_DROPPED = frozenset({"id", "parent", "Size", "parent_id", "layer_id", "throwaway"})
_FIRST_PLAIN = (1, 8, 3)
"""The docker version from which on its JSON is taken as it stands."""
_NEWEST_WITH_SCHEMA1 = next(g for g in GENERATIONS if g.first == "20.10")
_READ = frozenset(
    {"id", "parent", "author", "comment", "created", "container_config", "throwaway"}
    | {"docker_version", "Cmd"}
)
_READ_LOWER = frozenset(name.lower() for name in _READ)
_ID = re.compile(r"[0-9a-f]{64}")

REFUSED = "its history is no chain of entries that name each other; docker and skopeo refuse it"
REWRITTEN = (
    "its history is of docker before 1.8.3, which is written anew by structs that differ from "
    "version to version"
)
UNKNOWN_DIFF_IDS = "the layers could not all be read, and diff IDs are part of it"


@dataclass(frozen=True, slots=True)
class MadeConfig:
    """A config that a tool would write, or why it cannot be known (`raw` is None then).

    `docker`: docker writes it too, and not skopeo alone; they differ where `docker_version` or a
    time is missing.
    """

    raw: bytes | None
    docker: bool = True
    reason: str = ""


def made_config(manifest: Schema1, diff_ids: Sequence[DiffId | None]) -> MadeConfig:
    """What `docker pull` and `skopeo copy` write; `diff_ids` are those of its layers."""
    known = [diff_id for diff_id in diff_ids if diff_id is not None]
    steps = manifest.steps
    if not chained(steps):
        return MadeConfig(None, reason=REFUSED)
    if len(known) != len(diff_ids):
        return MadeConfig(None, reason=UNKNOWN_DIFF_IDS)
    newest = manifest.entries[-1].history
    try:
        members = gojson.members(newest, "v1Compatibility")
        version = _version(gojson.decode(newest, "v1Compatibility"))
        history: list[Value] = [_history(step) for step in steps]
    except (MalformedImage, Unreadable) as problem:
        return MadeConfig(None, reason=f"its history cannot be read: {problem}")
    if version and _numbers(version) < _FIRST_PLAIN:
        return MadeConfig(None, reason=REWRITTEN)
    parts = {name: gojson.compact(raw) for name, raw in members.items() if name not in _DROPPED}
    listed: list[Value] = list(known)
    parts["rootfs"] = gojson.encode({"type": "layers", "diff_ids": listed})
    parts["history"] = gojson.encode(history)
    dated = all(gojson.decode(step.history, "").get("created") for step in steps)
    return MadeConfig(gojson.sorted_object(parts), docker=bool(version) and dated)


def is_v1_id(text: str) -> bool:
    """Whether it is an ID as docker before 1.10 gave them."""
    return _ID.fullmatch(text) is not None


def chained(steps: Sequence[Schema1Layer]) -> bool:
    """Whether each entry names the one below as its parent, and the lowest none."""
    ids = [step.v1_id for step in steps]
    parents = [step.parent for step in steps]
    sound = all(is_v1_id(one) for one in ids) and len(set(ids)) == len(ids)
    return bool(ids) and sound and parents == ["", *ids[:-1]]


def _history(step: Schema1Layer) -> dict[str, Value]:
    """One entry of the config's history."""
    value = gojson.decode(step.history, "v1Compatibility")
    _plain(value)
    texts = {
        "author": _text(value.get("author")),
        "created_by": step.created_by,
        "comment": _text(value.get("comment")),
    }
    created: Value = v1config.created_of(value, _NEWEST_WITH_SCHEMA1)
    entry = {"created": created} | {name: text for name, text in texts.items() if text}
    return entry | ({"empty_layer": True} if step.throwaway else {})


def _plain(value: Mapping[str, Any]) -> None:
    """Go takes members spelled otherwise, and docker a command that is one string; we do not."""
    command = value.get("container_config") or {}
    names = [*value, *command] if isinstance(command, dict) else [*value]
    if any(name not in _READ and name.lower() in _READ_LOWER for name in names):
        raise Unreadable("a member is spelled in an unusual way")
    words = command.get("Cmd") if isinstance(command, dict) else command
    if words is not None and not isinstance(words, list):
        raise Unreadable("its command is no list")


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise Unreadable("a text is something else")
    return value or ""


def _version(value: object) -> str:
    return _text(value.get("docker_version")) if isinstance(value, dict) else ""


def _numbers(version: str) -> tuple[int, ...]:
    """As moby api/types/versions has it: what is no number counts as 0."""
    parts = version.split(".")
    return tuple(int(part) if re.fullmatch(r"[0-9]{1,9}", part) else 0 for part in parts)
