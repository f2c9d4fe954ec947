"""Listings of files as CSV (RFC 4180): one line for each name, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.capabilities import CAPABILITY, capabilities_text
from analyzer.csvtext import csv_lines
from analyzer.listing.document import Listing
from analyzer.listing.items import Item
from analyzer.paths import printable
from analyzer.tarheader import seconds_text

HEADERS = (
    "image",
    "platform",
    "layer",
    "path",
    "type",
    "mode",
    "uid",
    "gid",
    "uname",
    "gname",
    "size",
    "mtime",
    "target",
    "hardlink",
    "removes",
    "device",
    "xattrs",
    "capabilities",
    "digest",
    "fate",
    "gone_in_layer",
    "how",
)


def files_csv(listings: Sequence[Listing]) -> Iterator[bytes]:
    """Header and rows, line by line; cells that do not apply are empty.

    Names are shown as in tables, control characters escaped, so that every row is one line.
    """
    rows = (row for listing in listings for row in _rows(listing))
    return (line.encode() for line in csv_lines(HEADERS, rows))


def _rows(listing: Listing) -> Iterator[tuple[object, ...]]:
    image = listing.inside.image
    name = image.names[0] if image.names else f"@{image.position}"
    for item in listing.items:
        yield (name, listing.inside.platform, *_cells(item))


def _cells(item: Item) -> Iterator[object]:
    entry = item.entry
    yield item.layer
    yield item.path
    yield item.kind.value
    yield f"{item.mode:04o}"
    yield from item.owner
    yield entry.uname if entry is not None else ""
    yield entry.gname if entry is not None else ""
    yield item.size
    yield seconds_text(entry.mtime) if entry is not None else ""
    yield item.target or ""
    yield item.hardlink or ""
    yield item.removes or ""
    yield "{},{}".format(*entry.device) if entry is not None and entry.device is not None else ""
    yield " ".join(f"{printable(name)}={value.hex()}" for name, value in item.xattrs.items())
    capability = item.xattrs.get(CAPABILITY)
    yield capabilities_text(capability) if capability is not None else ""
    yield item.digest or ""
    yield item.ending.fate.value if item.ending is not None else ""
    yield from _end(item)


def _end(item: Item) -> tuple[object, object]:
    if item.event is not None:
        return item.event.layer, item.event.change.value
    if item.ending is not None and item.ending.layer is not None:
        return item.ending.layer, ""
    return "", ""
