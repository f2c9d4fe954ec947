"""What `ociscope packages --history` prints: what each layer did, and the lives worth telling."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from analyzer.packages.choosing import Standing, standing_of
from analyzer.packages.lifeline import Event, Life, Turn
from analyzer.paths import printable
from analyzer.render.lines import titled, wrapped
from analyzer.render.stepline import step_line
from analyzer.render.text import human_bytes
from analyzer.stock.history import Remains, StockHistory

_INDENT = "  "
_COLUMNS = 80
_MOST_NAMES = 12
"""Of one turn in one layer; a base layer installs hundreds."""
_MOST_PATHS = 5
Turned = Mapping[tuple[int, Turn], Sequence[tuple[Life, Event]]]


def history_text(
    histories: Sequence[StockHistory], width: int | None = None, *, every: bool = False
) -> str:
    """One block for each platform; with `every`, also the lives in which nothing happened."""
    columns = min(width or _COLUMNS, _COLUMNS)
    return "\n\n".join("\n".join(_block(history, columns, every)) for history in histories)


def _block(history: StockHistory, width: int, every: bool) -> Iterator[str]:  # noqa: FBT001
    if history.stock.inside.image.completeness == "absent":
        yield f"{titled(history.stock.inside.image)}: not in this file"
        return
    lives = history.lives.lives
    stays = len(list(_there(history)))
    yield titled(history.stock.inside.image)
    twice = _seen_twice(history)
    owned = f" (of them {twice} seen twice, as files of a package of the system)" if twice else ""
    words = f"there now: {stays}{owned}; gone: {len(lives) - stays}"
    yield from wrapped(f"{_packages(len(lives))} in all layers; {words}", width)
    yield ""
    yield from _layers(history, width)
    told = [life for life in lives if every or life.eventful]
    if told:
        yield ""
        yield from _lives(told, width)
    yield from _lost(history, width)
    yield from _remains(history.remains, width)


def _seen_twice(history: StockHistory) -> int:
    """How many of the packages that are there only name what another one brought."""
    standings: dict[tuple[str, ...], set[Standing]] = defaultdict(set)
    for package in history.stock.packages:
        if package.installed:
            key = (package.type, package.namespace, package.name, package.arch)
            standings[key].add(standing_of(package))
    found = (standings[each.type, each.namespace, each.name, each.arch] for each in _there(history))
    return sum(each == {Standing.OWNED} for each in found)


def _there(history: StockHistory) -> Iterator[Life]:
    return (life for life in history.lives.lives if life.versions)


def _layers(history: StockHistory, width: int) -> Iterator[str]:
    turned: dict[tuple[int, Turn], list[tuple[Life, Event]]] = defaultdict(list)
    for life in history.lives.lives:
        for event in life.events:
            turned[event.layer, event.turn].append((life, event))
    for layer, step in enumerate(history.stock.steps):
        yield step_line(step, layer, width)
        turns = [(turn, turned[layer, turn]) for turn in Turn if (layer, turn) in turned]
        for turn, found in turns:
            yield from _indented(f"{len(found)} {turn.value}{_names(found)}", width, 1)
        if not turns:
            yield f"{_INDENT}no change"


def _names(found: Sequence[tuple[Life, Event]]) -> str:
    """The packages of one turn, unless they are too many to read."""
    if len(found) > _MOST_NAMES:
        return ""
    names = _told_apart([life for life, _ in found])
    events = (event for _, event in found)
    pairs = zip(names, events, strict=True)
    return ": " + ", ".join(f"{name} {_versions(event)}" for name, event in pairs)


def _told_apart(lives: Sequence[Life]) -> list[str]:
    """Their names; with the architecture, as dpkg writes it, where several have one name."""
    count = Counter(map(_name, lives))
    return [
        f"{name}:{printable(life.arch)}" if count[name] > 1 and life.arch else name
        for life, name in zip(lives, map(_name, lives), strict=True)
    ]


def _name(life: Life) -> str:
    return printable(f"{life.namespace}/{life.name}" if life.namespace else life.name)


def _versions(event: Event) -> str:
    """What was and what is, as far as there was or is something."""
    text = " -> ".join(printable(version) for version in (event.before, event.after) if version)
    return f"{text} ({printable(event.left)} left)" if event.left else text


def _lives(lives: Sequence[Life], width: int) -> Iterator[str]:
    for life in lives:
        kind = ", ".join(printable(word) for word in (life.type, life.arch) if word)
        now = ", ".join(map(printable, life.versions)) or "gone"
        yield f"{_name(life)} ({kind}): {now}"
        for event in life.events:
            words = f"layer {event.layer}: {event.turn.value} {_versions(event)}"
            yield from _indented(words, width, 1)


def _packages(count: int) -> str:
    return f"{count} package{'s' * (count != 1)}"


def _lost(history: StockHistory, width: int) -> Iterator[str]:
    if not history.lives.databases:
        return
    yield ""
    yield "DATABASES THAT A LAYER DELETED"
    for lost in history.lives.databases:
        words = f"{printable(lost.path)}, deleted in layer {lost.layer}, had "
        yield from _indented(words + _packages(lost.packages), width, 1)


def _remains(remains: Sequence[Remains], width: int) -> Iterator[str]:
    if not remains:
        return
    yield ""
    yield "GONE, AND STILL SHIPPED"
    names = _told_apart([each.life for each in remains])
    for each, name in zip(remains, names, strict=True):
        gone = f"{each.event.turn.value} in layer {each.event.layer}"
        yield f"{_INDENT}{name} {printable(each.event.before)}, {gone}"
        yield from _indented(_left(each), width, 2)
        if each.shown:
            yield from _indented(f"the image still shows {_paths(each.shown)}", width, 2)


def _left(remains: Remains) -> str:
    if not remains.files:
        return "which files it had is not known, or layers store none of them"
    layers = ", ".join(map(str, remains.layers))
    files = f"{remains.files} file{'s' * (remains.files != 1)}"
    return (
        f"{files} of {human_bytes(remains.size)} in layer{'s' * (len(remains.layers) > 1)} {layers}"
    )


def _paths(paths: Sequence[str]) -> str:
    shown = ", ".join(map(printable, paths[:_MOST_PATHS]))
    more = len(paths) - _MOST_PATHS
    return f"{shown} and {more} more" if more > 0 else shown


def _indented(text: str, width: int, depth: int) -> Iterator[str]:
    indent = _INDENT * depth
    first, *more = wrapped(text, width - len(indent) - len(_INDENT)) or [""]
    yield indent + first
    yield from (indent + _INDENT + line for line in more)
