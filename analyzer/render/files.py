"""Listings of files as text: long as `ls -l`, as a tree, and the table of what was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from stat import filemode

from analyzer.capabilities import CAPABILITY, capabilities_text
from analyzer.inside import Inside
from analyzer.listing.document import Listing, View, complete
from analyzer.listing.items import ROOT, Item, Kind
from analyzer.listing.times import utc
from analyzer.paths import printable, split
from analyzer.problems import Code
from analyzer.render.lines import headed, named_rows, titled, wrapped
from analyzer.render.stepline import step_line
from analyzer.render.text import human_bytes
from analyzer.rootfs.fates import Ending, Fate
from analyzer.rootfs.origin import Change
from analyzer.tarheader import Seconds

NOTHING = "-"
_TYPE_BITS = {
    Kind.FILE: 0o100000,
    Kind.DIRECTORY: 0o040000,
    Kind.SYMLINK: 0o120000,
    Kind.CHARACTER_DEVICE: 0o020000,
    Kind.BLOCK_DEVICE: 0o060000,
    Kind.FIFO: 0o010000,
}
_FILE, _FOLDER = Kind.FILE, Kind.DIRECTORY
_PLAIN = frozenset({_FILE, _FOLDER})
_NUMBERS = frozenset({"size", "layer", "in layer", "gone in"})

Columns = Mapping[str, Callable[[Item], str]]


def files_lines(
    view: View,
    listings: Sequence[Listing],
    width: int | None = None,
    *,
    tree: bool = False,
    sha256: bool = False,
) -> Iterator[str]:
    """What `ociscope files` prints, line by line, each with its end: a table for each platform."""
    for number, listing in enumerate(listings):
        if view is View.DELETED:
            lines = _lost(listing, width, sha256=sha256)
        elif tree:
            lines = _tree(listing, width, sha256=sha256)
        else:
            lines = _long(view, listing, width, sha256=sha256)
        if number:
            yield "\n"
        yield from (f"{line}\n" for line in lines)


def mode_text(item: Item) -> str:
    """Type and permissions as `ls -l` and `tar -tv` show them; `w` is a marker that removes."""
    return _mode_text(item.kind, item.mode)


@lru_cache(maxsize=4096)
def _mode_text(kind: Kind, mode: int) -> str:
    """Kept, since the files of an image share a few dozen."""
    letter = {Kind.HARDLINK: "h", Kind.WHITEOUT: "w", Kind.OPAQUE: "w"}.get(kind)
    text = filemode(_TYPE_BITS.get(kind, 0) | mode)
    return letter + text[1:] if letter else text


def owner_text(item: Item) -> str:
    """`uid:gid`."""
    return _owner_text(*item.owner)


@lru_cache(maxsize=4096)
def _owner_text(uid: int, gid: int) -> str:
    return f"{uid}:{gid}"


def size_text(item: Item) -> str:
    """Bytes of a file, `major,minor` of a device, nothing else has a size."""
    entry = item.entry
    if entry is None:
        return NOTHING
    if entry.device is not None:
        return "{},{}".format(*entry.device)
    return str(entry.size) if item.kind is _FILE else NOTHING


def fate_text(ending: Ending | None) -> str:
    """What became of a name, in few words."""
    if ending is None:
        return NOTHING
    if ending.layer is None or ending.fate in {Fate.MARKER, Fate.LEFT_OUT}:
        return ending.fate.value
    kept = ", linked" if ending.shared else ""
    return f"{ending.fate.value} by {ending.layer}{kept}"


def name_text(item: Item) -> str:
    """The name, with where it leads and what it may do."""
    return printable(item.path) + _slash(item) + behind_text(item)


def _slash(item: Item) -> str:
    return "/" if item.kind is _FOLDER and item.path != ROOT else ""


def behind_text(item: Item) -> str:
    """What stands behind a name: where it leads, what it removes, its attributes."""
    xattrs = item.xattrs
    if item.kind in _PLAIN and item.hardlink is None and not xattrs:  # as nearly all are
        return ""
    text = ""
    if item.target is not None:
        text += f" -> {printable(item.target)}"
    if item.hardlink is not None:
        text += f" link to {printable(item.hardlink)}"
    if item.kind is Kind.WHITEOUT:
        gone = printable(split(item.removes)[1]) if item.removes else ""
        text += f" removes {gone}" if gone else " without meaning"
    if item.kind is Kind.OPAQUE:
        text += " hides what lower layers have here"
    capability = xattrs.get(CAPABILITY)
    if capability is not None:
        text += f" [{capabilities_text(capability)}]"
    others = sorted(name for name in xattrs if name != CAPABILITY)
    return text + (f" [{', '.join(map(printable, others))}]" if others else "")


def _time(known: dict[Seconds, str], item: Item) -> str:
    """`known` has the times that were shown before: most files of a layer share a few."""
    if item.entry is None:
        return NOTHING
    seconds = item.entry.mtime
    if seconds not in known:
        known[seconds] = utc(seconds, "%Y-%m-%d %H:%M")
    return known[seconds]


def _names(item: Item) -> str:
    entry = item.entry
    if entry is None or not (entry.uname or entry.gname):
        return NOTHING
    return _names_text(entry.uname, entry.gname)


@lru_cache(maxsize=4096)
def _names_text(user: str, group: str) -> str:
    return f"{printable(user)}:{printable(group)}"


def _columns(view: View, items: Sequence[Item], *, time: bool = True) -> Columns:
    found: dict[str, Callable[[Item], str]] = {"mode": mode_text, "owner": owner_text}
    if any(item.entry is not None and (item.entry.uname or item.entry.gname) for item in items):
        found["names"] = _names
    found["size"] = size_text
    if time:
        found["time (UTC)"] = partial(_time, {})
    if view is not View.LAYER:
        found["layer"] = lambda item: str(item.layer)
    if view is View.ALL_LAYERS:
        found["fate"] = lambda item: fate_text(item.ending)
    return found


def _digest(item: Item) -> str:
    return item.digest.removeprefix("sha256:") if item.digest else NOTHING


def _rows(
    listing: Listing,
    headers: Sequence[str],
    rows: Callable[[], Iterator[tuple[Item | None, Sequence[str]]]],
    width: int | None,
    *,
    sha256: bool,
    columns: Columns | None = None,
) -> Iterator[str]:
    """The table of `rows`, with digests in a column, or below where a terminal has no room.

    `columns` are those that stand before the name, where each item has just one row.
    """
    if not listing.items:
        return iter(())
    fits = None
    if columns is not None:
        fits = [max(map(len, map(show, listing.items))) for show in columns.values()]
    right = [n for n, header in enumerate(headers) if header in _NUMBERS]
    column = sha256 and width is None

    def cells() -> Iterator[tuple[Sequence[str], str]]:
        for item, row in rows():
            if column:
                digest = _digest(item) if item is not None else ""
                yield [*row[:-1], digest, row[-1]], ""
            else:
                yield row, (item.digest or "") if sha256 and item is not None else ""

    if column:
        headers = [*headers[:-1], "sha256", headers[-1]]
        if fits is not None:
            fits.append(max(len(_digest(item)) for item in listing.items))
    return named_rows(cells, headers, width, right, fits)


def _title(listing: Listing, words: str, width: int | None) -> list[str]:
    lines = headed(titled(listing.inside.image), words, width)
    if not complete(listing.inside):
        lines += ["INCOMPLETE: not every layer could be read; standard error says why"]
    lines += disputed(listing.inside, width)
    return lines


def disputed(inside: Inside, width: int | None) -> list[str]:
    """Whether engines make different trees of the layers; a listing shows only one of them."""
    count = sum(problem.code is Code.RUNTIME_DEPENDENT for problem in inside.problems)
    if not count:
        return []
    words = f"container engines disagree about what these layers make (notes: {count}); "
    return wrapped(words + "-o json has the notes, this is what the specification says", width)


def _counted(listing: Listing) -> str:
    shown, total = len(listing.items), listing.total
    contents = {id(item.entry): item.size for item in listing.items}  # of hard links, once
    size = human_bytes(sum(contents.values()))
    names = f"{'' if shown == total else f'{shown} of '}{total} name{'' if total == 1 else 's'}"
    return f"{names}, {size}"


def _long(view: View, listing: Listing, width: int | None, *, sha256: bool) -> Iterator[str]:
    yield from _title(listing, _counted(listing), width)
    if listing.layer is not None:
        step = listing.inside.steps[listing.layer]
        yield step_line(step, listing.layer, width)
    columns = _columns(view, listing.items)
    shows = (*columns.values(), name_text)

    def rows() -> Iterator[tuple[Item, Sequence[str]]]:
        for item in listing.items:
            yield item, [show(item) for show in shows]

    yield from _rows(listing, (*columns, "name"), rows, width, sha256=sha256, columns=columns)


# The tree.


def _tree(listing: Listing, width: int | None, *, sha256: bool) -> Iterator[str]:
    yield from _title(listing, _counted(listing), width)
    columns = _columns(View.MERGED, listing.items, time=False)
    rows = partial(_branches, listing, columns)
    yield from _rows(listing, (*columns, "name"), rows, width, sha256=sha256)


def _branches(listing: Listing, columns: Columns) -> Iterator[tuple[Item | None, Sequence[str]]]:
    shown: set[str] = set()
    for item in listing.items:
        for folder in _above(item.path, shown):
            yield None, [*("" for _ in columns), _indented(folder, "/")]
            shown.add(folder)
        shown.add(item.path)
        cells = [show(item) for show in columns.values()]
        name = _indented(item.path, _slash(item) + behind_text(item))
        yield item, [*cells, name]


def _above(path: str, shown: set[str]) -> Iterator[str]:
    """Folders of `path` that were not shown, outermost first: a filter may leave them out."""
    missing = []
    folder, _ = split(path)
    while folder and folder not in shown:
        missing.append(folder)
        folder, _ = split(folder)
    yield from reversed(missing)


def _indented(path: str, behind: str) -> str:
    _, name = split(path)
    return "  " * path.count("/") + printable(name) + behind


# What is shipped and shown nowhere.

_HOW = {
    Change.REMOVED: "removed",
    Change.HIDDEN: "hidden",
    Change.DROPPED: "gone with its directory",
    Change.REPLACED: "replaced",
}
"""Anything else put another file in its place, be that with the same content."""
_AGAIN = frozenset({Change.SAME, Change.METADATA})


def _lost(listing: Listing, width: int | None, *, sha256: bool) -> Iterator[str]:
    size = human_bytes(sum(item.size for item in listing.items))
    files = f"{len(listing.items)} file{'' if len(listing.items) == 1 else 's'}"
    chosen = "" if len(listing.items) == listing.total else f" of {listing.total}"
    words = f"{files}{chosen} still shipped and shown nowhere, {size}"
    yield from _title(listing, words, width)
    if not listing.items:
        return

    def rows() -> Iterator[tuple[Item, Sequence[str]]]:
        for item in listing.items:
            yield item, _lost_row(item, compared=sha256)

    headers = ("size", "in layer", "gone in", "how", "name")
    yield from _rows(listing, headers, rows, width, sha256=sha256)
    yield from ("", *_steps(listing, width))


def _lost_row(item: Item, *, compared: bool) -> list[str]:
    """`compared`: contents were, so that equal ones are known to be equal."""
    event = item.event
    gone = str(event.layer) if event is not None else NOTHING
    how = _HOW.get(event.change, "overwritten") if event is not None else NOTHING
    if compared and event is not None and event.change in _AGAIN:
        how = "the same again"
    also = "".join(f", also {printable(name)}" for name in item.also)
    return [human_bytes(item.size), str(item.layer), gone, how, printable(item.path) + also]


def _steps(listing: Listing, width: int | None) -> Iterator[str]:
    """The build steps of the layers that were named above."""
    named = {item.layer for item in listing.items}
    named |= {item.event.layer for item in listing.items if item.event is not None}
    for layer in sorted(named):
        yield step_line(listing.inside.steps[layer], layer, width)
