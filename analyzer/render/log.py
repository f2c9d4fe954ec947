"""Every version of a path as text: a block for each layer that touched it, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.inside import Inside
from analyzer.listing.document import complete
from analyzer.listing.items import Item, Kind
from analyzer.listing.times import utc_exact
from analyzer.listing.versions import Difference, Log, Place, Version
from analyzer.paths import printable
from analyzer.render.files import behind_text, disputed, mode_text, owner_text
from analyzer.render.lines import titled, wrapped
from analyzer.render.stepline import step_line
from analyzer.render.text import human_bytes

_INDENT = "  "


def log_text(inside: Inside, log: Log, width: int | None = None) -> str:
    """What `ociscope log` prints."""
    head = [titled(inside.image)]
    if not complete(inside):
        head.append("INCOMPLETE: not every layer could be read; standard error says why")
    head += disputed(inside, width)
    if not log.found:
        return "\n".join([*head, *_not_found(inside, log, width)])
    blocks = ["\n".join(head)]
    for place in log.places:
        blocks.append("\n".join(_place_head(inside, log, place, width)))
        blocks += ["\n".join(_version(inside, version, width)) for version in place.versions]
    return "\n\n".join(blocks)


def _not_found(inside: Inside, log: Log, width: int | None) -> Iterator[str]:
    known = "never was in this image" if complete(inside) else "is in no layer that could be read"
    stored = [
        number
        for number, scan in enumerate(inside.scans)
        if scan is not None and any(entry.path == log.asked for entry in scan.entries)
    ]
    if stored:
        known = (
            f"is stored in layer {', '.join(map(str, stored))}, but nothing is made of the entry"
        )
    yield from wrapped(f"NOT FOUND: {printable(log.asked)} {known}", width)
    yield f"the nearest directory that there is: {printable(log.nearest)}"
    if log.namesakes:
        yield "of the same name:"
        yield from (_INDENT + printable(path) for path in log.namesakes)


def _place_head(inside: Inside, log: Log, place: Place, width: int | None) -> Iterator[str]:
    if place.path != log.asked and place.path:
        yield from wrapped(f"{printable(log.asked)} leads to {printable(place.path)}", width)
    now = place.now
    if not place.versions:
        by = "no layer" if complete(inside) else "no layer that could be read"
        words = f"the root of the image, listed by {by}; who unpacks it chooses its mode and owner"
    elif now is None:
        last = place.versions[-1]
        words = f"not in the merged tree, {last.change.value} in layer {last.layer}"
    else:
        words = f"in the merged tree, a {_kind(now)} from layer {now.layer}"
        if now.hardlink is not None:
            words += f", hard link to {printable(now.hardlink)}"
        if now.target is not None:
            words += f" to {printable(now.target)}"
    yield from wrapped(f"{printable(place.path or log.asked)}: {words}", width)


def _kind(item: Item) -> str:
    return item.kind.value.replace("-", " ")


def _version(inside: Inside, version: Version, width: int | None) -> Iterator[str]:
    yield step_line(inside.steps[version.layer], version.layer, width)
    yield from (_INDENT + line for line in wrapped(_headline(version), _less(width)))
    item = version.item
    if item is not None:
        yield from (_INDENT + line for line in wrapped(_values(item), _less(width)))
    changed = _changed(version.changed)
    if changed:
        yield from (_INDENT + line for line in wrapped(changed, _less(width)))
    if item is not None and item.kind is Kind.FILE:
        yield _INDENT + (item.digest or "digest not taken")


def _less(width: int | None) -> int | None:
    return None if width is None else max(width - len(_INDENT), 20)


def _headline(version: Version) -> str:
    if version.item is None and version.before is not None:
        return f"{version.change.value} (it was {_was(version.before)})"
    if not version.compared:
        return f"{version.change.value} (by size and time; contents were not compared)"
    return version.change.value


def _was(item: Item) -> str:
    size = f" of {human_bytes(item.size)}" if item.kind is Kind.FILE else ""
    return f"a {_kind(item)}{size} from layer {item.layer}"


def _values(item: Item) -> str:
    words = [mode_text(item), owner_text(item)]
    if item.kind is Kind.FILE:
        words.append("1 byte" if item.size == 1 else f"{item.size} bytes")
    words.append(utc_exact(item.entry.mtime) if item.entry is not None else "listed by no layer")
    behind = behind_text(item).strip()
    return "  ".join([*words, *([behind] if behind else [])])


def _changed(differences: Sequence[Difference]) -> str:
    return ", ".join(
        f"{printable(found.name)} {printable(found.before)} -> {printable(found.after)}"
        for found in differences
    )
