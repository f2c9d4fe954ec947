"""Files of several platforms in words: what they differ in, the gravest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyzer.diff.filesystem.rights import Right
from analyzer.diff.platforms.model import Part, Row, State
from analyzer.paths import printable
from analyzer.render.text import human_bytes
from analyzer.render.values import inline

_DIGEST_CHARACTERS = 19
_SET_IDS = ((0o4000, Right.SETUID.value), (0o2000, Right.SETGID.value))
_RARE = ("target", "device", "capabilities", "xattrs")
"""Members that only some kinds of files have, in the order in which they are told."""


def file_texts(row: Row) -> list[str]:
    """A text for each cell: what differs between the platforms, or what stands there at all."""
    values = [cell.value for cell in row.cells if cell.state is State.THERE]
    return [_text(cell.value, values) if cell.value else "" for cell in row.cells]


def _text(value: dict[str, Any], values: Sequence[dict[str, Any]]) -> str:
    def differs(*names: str) -> bool:
        return any(value.get(name) != other.get(name) for other in values for name in names)

    words = [value["type"]] if differs("type") else []
    if differs("sha256", "size"):
        words.append(human_bytes(value["size"]))
        words.append((value["sha256"] or "not read")[:_DIGEST_CHARACTERS])
    words += [value["mode"]] if differs("mode") else []
    words += [f"owner {value['uid']}:{value['gid']}"] if differs("uid", "gid") else []
    words += [f"{name} {inline(value.get(name))}" for name in _RARE if differs(name)]
    return ", ".join(words or _alone(value))


def _alone(value: dict[str, Any]) -> list[str]:
    """What is to be said of a file that is not on all platforms."""
    mode = int(value["mode"], 8)
    words = [word for bit, word in _SET_IDS if value["type"] == "file" and mode & bit]
    if value["type"] == "symlink":
        return [f"link to {printable(value.get('target') or '')}"]
    words += ["capabilities"] if "capabilities" in value else []
    words.append("folder" if value["type"] == "directory" else value["type"])
    if value["type"] == "file":
        words.append(human_bytes(value["size"]))
    return words


def owners_of(row: Row) -> tuple[str, ...]:
    """The packages that list the file on any platform, without version and architecture."""
    owners = {
        ":".join(owner.partition("@")[0].split(":")[:2])
        for cell in row.cells
        if cell.value
        for owner in cell.value.get("owners", ())
    }
    return tuple(sorted(owners))


def by_weight(rows: Sequence[Row]) -> list[Row]:
    """Files that allow more somewhere first, then other content, then those not everywhere."""
    return sorted(rows, key=_weight) if rows and rows[0].part is Part.FILES else list(rows)


def _weight(row: Row) -> int:
    values = [cell.value for cell in row.cells if cell.value]
    rights = {(v["mode"], v["uid"], v["gid"], v.get("capabilities")) for v in values}
    if len(rights) > 1 or (row.only_some and any(_grave(value) for value in values)):
        return 0
    return 2 if row.only_some else 1


def _grave(value: dict[str, Any]) -> bool:
    set_id = int(value["mode"], 8) & (_SET_IDS[0][0] | _SET_IDS[1][0])
    return value["type"] == "file" and bool(set_id or "capabilities" in value)
