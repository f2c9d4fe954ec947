"""The JSON forms: `analyzer/schema/files-1.0.json` and `analyzer/schema/log-1.0.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzer.canonical import Rows
from analyzer.capabilities import CAPABILITY, capabilities_text
from analyzer.image.model import LayerRef
from analyzer.inside import Inside, Look
from analyzer.listing.items import Item
from analyzer.listing.versions import Difference, Log, Place, Version
from analyzer.paths import printable
from analyzer.report import Document, Tool, problem_documents

FILES_SCHEMA = "ociscope-files-1.0"
LOG_SCHEMA = "ociscope-log-1.0"


class View(StrEnum):
    """Which names a listing is of."""

    MERGED = "merged"
    LAYER = "layer"
    ALL_LAYERS = "all-layers"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Listing:
    """The names of one platform that were asked for, and of how many they were chosen.

    `layer` is the one that was asked for as it is stored, if one was.
    """

    inside: Inside
    items: tuple[Item, ...]
    total: int
    layer: int | None = None


def files_document(look: Look, view: View, listings: Sequence[Listing], tool: Tool) -> Document:
    """The JSON form of `listings`. Names are exact: bytes that are no UTF-8 are lone surrogates."""
    return {
        "schema": FILES_SCHEMA,
        **_head(look, tool),
        "view": view.value,
        "images": [
            {
                **_image(listing.inside),
                "total": listing.total,
                "files": Rows(listing.items, _item),
            }
            for listing in listings
        ],
        "problems": problem_documents(look.problems),
    }


def log_document(look: Look, log: Log, tool: Tool) -> Document:
    """The JSON form of a log of the one platform of `look`."""
    (inside,) = look.images
    return {
        "schema": LOG_SCHEMA,
        **_head(look, tool),
        "image": _image(inside),
        "asked": log.asked,
        "found": log.found,
        "places": [_place(place) for place in log.places],
        "nearest": None if log.found else log.nearest,
        "namesakes": list(log.namesakes),
        "problems": problem_documents(look.problems),
    }


def _head(look: Look, tool: Tool) -> Document:
    return {
        "tool": {"name": tool.name, "version": tool.version},
        "source": {"name": printable(look.name), "kind": look.kind},
    }


def _image(inside: Inside) -> Document:
    image = inside.image
    return {
        "position": image.position,
        "names": [printable(name) for name in image.names],
        "platform": printable(inside.platform),
        "manifest_digest": image.manifest_digest,
        "image_id": image.image_id,
        "complete": complete(inside),
        "layers": [_layer(inside, layer) for layer in image.layers],
    }


def complete(inside: Inside) -> bool:
    """Whether every layer was read to its end."""
    wanted = zip(inside.image.layers, inside.scans, strict=True)
    return all(scan is not None and scan.complete for ref, scan in wanted if ref.filesystem)


def _layer(inside: Inside, layer: LayerRef) -> Document:
    scan = inside.scans[layer.position]
    return {
        "position": layer.position,
        "diff_id": scan.measured.diff_id if scan is not None else None,
        "created_by": inside.steps[layer.position],
        "complete": scan is not None and scan.complete,
    }


def _item(item: Item) -> Document:
    entry = item.entry
    capability = item.xattrs.get(CAPABILITY)
    found: Document = {
        "path": item.path,
        "type": item.kind.value,
        "mode": f"{item.mode:04o}",
        "uid": item.owner[0],
        "gid": item.owner[1],
        "uname": entry.uname if entry is not None else "",
        "gname": entry.gname if entry is not None else "",
        "size": item.size,
        "mtime": entry.mtime if entry is not None else None,
        "target": item.target,
        "hardlink": item.hardlink,
        "removes": item.removes,
        "device": list(entry.device) if entry is not None and entry.device is not None else None,
        "xattrs": {name: value.hex() for name, value in sorted(item.xattrs.items())},
        "capabilities": capabilities_text(capability) if capability is not None else None,
        "layer": item.layer,
        "listed": entry is not None,
        "digest": item.digest,
    }
    if item.ending is not None:
        found["fate"] = {
            "what": item.ending.fate.value,
            "layer": item.ending.layer,
            "shared": item.ending.shared,
        }
    if item.event is not None:
        found["lost"] = {
            "layer": item.event.layer,
            "change": item.event.change.value,
            "also": list(item.also),
        }
    return found


def _place(place: Place) -> Document:
    return {
        "path": place.path,
        "led_to_after_layers": list(place.layers),
        "now": _item(place.now) if place.now is not None else None,
        "versions": [_version(version) for version in place.versions],
    }


def _version(version: Version) -> Document:
    return {
        "layer": version.layer,
        "change": version.change.value,
        "compared": version.compared,
        "file": _item(version.item) if version.item is not None else None,
        "changed": [_difference(difference) for difference in version.changed],
    }


def _difference(difference: Difference) -> Document:
    return {
        "what": difference.name,
        "before": difference.before,
        "after": difference.after,
    }
