"""Every version of one path through the layers of an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.digest import Digest
from analyzer.inside import Inside
from analyzer.listing.items import ROOT, Item, Kind, kind_as_stored
from analyzer.listing.times import utc_exact
from analyzer.paths import join, split
from analyzer.rootfs.firstnames import FirstNames
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.origin import Change, Event
from analyzer.rootfs.tree import Node, State, Stop, Why, follow, locate, new_directory, walk
from analyzer.tarheader import EntryKind

_MOST_NAMESAKES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A property that a layer changed: its name, and what it was and is, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """What one layer did to a path.

    `item` is what stands there afterwards, None where nothing does. `changed` names what differs
    from before besides the content. `before` is what was there. `compared` is False where a digest
    is lacking, so that size and time alone tell whether the content is the same.
    """

    layer: int
    change: Change
    item: Item | None
    before: Item | None
    changed: tuple[Difference, ...]
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A path of the tree with its versions, oldest first, and what stands there in the end.

    `layers` are those after which the path that was asked for led here. The root is there even
    where no layer lists it: then it has no versions, and nobody knows more of it.
    """

    path: str
    versions: tuple[Version, ...]
    now: Item | None
    layers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """The answer for `asked`, a root-relative path; without places there never was such a path.

    `nearest` is the deepest directory above it that is in the merged tree, and `namesakes` are
    paths of the tree that end in the same name.
    """

    asked: str
    places: tuple[Place, ...]
    nearest: str
    namesakes: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether the path ever was in the image."""
        return bool(self.places)


def log_of(inside: Inside, file: str) -> Log:
    """Every version of `file`, whose folders may be links, as each layer left them."""
    asked, folder = _plain(file), _names_folder(file)
    leads: dict[str, list[int]] = {}
    for layer, path in enumerate(_leads_to(inside, asked, folder=folder)):
        if path is not None:
            leads.setdefault(path, []).append(layer)
    if not asked:
        leads.setdefault("", [])  # an image without layers has a root as well
    places = [
        Place(path, versions, _now(inside, path) if versions else None, tuple(layers))
        for path, layers in leads.items()
        if (versions := tuple(_versions(inside, path))) or not path
    ]
    if places:
        return Log(asked or ROOT, tuple(places), "", ())
    at, _ = _deepest(inside.history.root, asked)
    told = f"{asked}/" if folder and asked and split(asked)[1] != ".." else asked
    return Log(told, (), at or ROOT, tuple(_namesakes(inside.history.root, asked)))


def _plain(file: str) -> str:
    """Without what says nothing; what `..` means is up to the links before it."""
    return "/".join(part for part in file.split("/") if part not in {"", "."})


def _names_folder(file: str) -> bool:
    """Whether the end of a path is a folder's, so that a link there is followed."""
    return file.rpartition("/")[2] in {"", ".", ".."}


def _leads_to(inside: Inside, asked: str, *, folder: bool) -> Iterator[str | None]:
    """Where `asked` led after each layer; None for a way through what is no folder."""
    root = new_directory(None, 0)
    for layer, scan in enumerate(inside.scans):
        if scan is not None:
            apply_layer(root, scan.entries, layer, "")
        yield _folder_at(root, asked) if folder else _place_at(root, asked)


def _place_at(root: Node, asked: str) -> str | None:
    """Where a path leads, the last of its names not followed; of one that is gone, where it was."""
    at, rest = _deepest(root, asked)
    return None if ".." in rest.split("/") else join(at, rest)


def _folder_at(root: Node, asked: str) -> str | None:
    """As `_place_at`, for a path with a slash behind it."""
    found = follow(root, f"{asked}/")
    if not isinstance(found, Stop):
        return found[0]
    return _place_at(root, asked) if found.why is Why.MISSING else None


def _deepest(root: Node, path: str) -> tuple[str, str]:
    """The deepest directory above `path` that is there, by its own name, and what is left."""
    folder, rest = split(path)
    while folder:
        at = locate(root, folder)
        if at is not None and at[1].is_directory:
            return at[0], rest
        folder, name = split(folder)
        rest = join(name, rest)
    return "", rest


def _now(inside: Inside, path: str) -> Item | None:
    last = inside.history.of(path)[-1].after
    if last is None:
        return None
    root = inside.history.root
    at = locate(root, path, follow_last=False)
    linked = FirstNames(root).of(*at) if at is not None else None
    return _item(inside, path, last)._replace(hardlink=linked)


def _versions(inside: Inside, path: str) -> Iterator[Version]:
    for event in inside.history.of(path):
        after, before = event.after, event.before
        new = _item(inside, path, after) if after is not None else None
        old = _item(inside, path, before) if before is not None else None
        compared = new is None or old is None or _compared(old, new)
        differences = tuple(_differences(event))
        yield Version(event.layer, event.change, new, old, differences, compared)


def _compared(old: Item, new: Item) -> bool:
    if not old.kind is new.kind is Kind.FILE or old.entry is new.entry:
        return True
    return old.digest is not None and new.digest is not None


def _item(inside: Inside, path: str, state: State) -> Item:
    entry, content = state.entry, state.content
    is_link = entry is not None and kind_as_stored(entry) is Kind.HARDLINK
    is_file = state.kind is EntryKind.FILE and content is not None
    digest: Digest | None = None
    if is_file and content is not None and inside.digests:
        digest = inside.digest_of(state.content_layer, content)
    return Item(
        path or ROOT,
        Kind(state.kind.value),
        content,
        state.layer,
        hardlink=entry.link if entry is not None and is_link else None,
        digest=digest,
    )


def _differences(event: Event) -> Iterator[Difference]:
    """Which properties an event changed; nothing for what was not there before or after."""
    if event.before is None or event.after is None:
        return
    before, after = _properties(event.before), _properties(event.after)
    for name in dict.fromkeys([*before, *after]):
        one, two = before.get(name, "none"), after.get(name, "none")
        if one != two:
            yield Difference(name, one, two)


def _properties(state: State) -> dict[str, str]:
    """What `stat`, `readlink` and `getfattr` show of a name, by the words of the output."""
    item = Item("", Kind(state.kind.value), state.content, state.layer)
    found = {"type": item.kind.value, "mode": f"{item.mode:04o}"}
    found["owner"] = "{}:{}".format(*item.owner)
    if item.entry is None:
        return found
    found["time"] = utc_exact(item.entry.mtime)
    if item.kind is Kind.FILE:
        found["size"] = str(item.size)
    if item.target is not None:
        found["target"] = item.target
    if item.entry.device is not None:
        found["device"] = "{}:{}".format(*item.entry.device)
    for name, value in sorted(item.xattrs.items()):
        found[f"xattr {name}"] = value.hex()
    return found


def _namesakes(root: Node, asked: str) -> Iterator[str]:
    _, name = split(asked)
    same = (path for path, _ in walk(root) if split(path)[1] == name)
    for _, path in zip(range(_MOST_NAMESAKES), same, strict=False):
        yield path
