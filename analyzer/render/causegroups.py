"""Files that nothing explains, those of one cause in one folder together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.diff.filesystem.causes import Cause, CauseKind
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.filesystem.rights import Right
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind
from analyzer.paths import printable
from analyzer.render.filechanges import importance
from analyzer.render.text import human_bytes

_FEWEST = 3
"""So many lines are shorter than what is said of a group."""
_LEVELS = 2
"""How deep a folder is that files of one cause are looked for in, `usr/lib` or `etc/java`."""
_PLAIN = frozenset({"content", "time"})
"""Members of a change that say no more than that it is another file."""
_RIGHTS = tuple(side + right.value for side in (BEFORE, AFTER) for right in Right)
_EXECUTABLE = frozenset({BEFORE + Right.EXECUTABLE.value, AFTER + Right.EXECUTABLE.value})
_WORDS = {Kind.ADDED: "added", Kind.REMOVED: "removed", Kind.CHANGED: "with other content"}


@dataclass(frozen=True, slots=True)
class Group:
    """One file, or several of one kind of change below `folder`."""

    children: tuple[Difference, ...]
    cause: Cause
    folder: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The files as they are called below the folder; folders end in a slash."""
        cut = len(self.folder) + 1 if self.folder else 0
        return tuple(printable(child.subject[cut:] + _slash(child)) for child in self._inner)

    @property
    def counted(self) -> str:
        """Such as `25 added, 4.1 kB`."""
        words, inner = _WORDS[self.children[0].kind], self._inner
        named = len(inner) < len(self.children)
        said = [
            f"{words}, with {len(inner)} names in it" if named else f"{len(self.children)} {words}"
        ]
        sides = [child.after or child.before for child in self.children]
        size = sum(side["size"] for side in sides)
        said += [human_bytes(size)] if size else []
        programs = sum(bool(_EXECUTABLE & set(child.notes)) for child in self.children)
        return ", ".join([*said, f"{programs} executable"] if programs else said)

    @property
    def _inner(self) -> list[Difference]:
        return [child for child in self.children if child.subject != self.folder]


def why(cause: Cause) -> str:
    """The cause as one clause, with the layers that brought the file or the versions."""
    sides = list(dict.fromkeys(filter(None, (cause.why.before, cause.why.after))))
    gap = " " if cause.kind is CauseKind.PACKAGE else "; "
    said = gap.join(filter(None, (cause.why.text, " -> ".join(sides))))
    return printable(": ".join(filter(None, (said, cause.why.detail))))


def unexplained(part: Difference) -> list[Difference]:
    """The files that nothing explains, what allows more than before first."""
    lost = (c for c in part.children if c.cause and c.cause.kind is CauseKind.UNEXPLAINED)
    return sorted(lost, key=importance)


def grouped(children: Iterable[Difference]) -> list[Group]:
    """`children`, each with a cause, in their order; a group stands where its first file does.

    What gives or takes rights, moves, or differs in more than content stays alone.
    """
    found: dict[tuple[object, ...], list[Difference]] = {}
    for child in children:
        found.setdefault(_key(child), []).append(child)
    groups = []
    for members in found.values():
        if len(members) < _FEWEST:
            groups += [_group([child]) for child in members]
        else:
            groups.append(_group(members))
    return groups


def _group(children: Sequence[Difference]) -> Group:
    cause = children[0].cause
    if cause is None:
        message = "only files with a cause are grouped"
        raise ValueError(message)
    if len(children) == 1:
        return Group(tuple(children), cause)
    return Group(tuple(children), cause, _common([_folder(child) for child in children]))


def _common(folders: Sequence[str]) -> str:
    """The lowest folder that all of `folders` are or lie in."""
    shared = []
    for names in zip(*(folder.split("/") for folder in folders), strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return "/".join(shared)


def _key(child: Difference) -> tuple[object, ...]:
    if not _plain(child):
        return (child.subject, child.kind)
    return (_top(child), child.kind, child.cause)


def _plain(child: Difference) -> bool:
    if child.kind not in _WORDS or child.child(PATH) is not None:
        return False
    rights = {note for note in child.notes if note in _RIGHTS}
    if child.kind is Kind.CHANGED:
        return not rights and {member.subject for member in child.children} <= _PLAIN
    return rights <= _EXECUTABLE


def _top(child: Difference) -> str:
    return "/".join(_folder(child).split("/")[:_LEVELS])


def _folder(child: Difference) -> str:
    """The folder that it lies in; of a folder, itself."""
    return child.subject if _slash(child) else child.subject.rpartition("/")[0]


def _slash(child: Difference) -> str:
    side = child.after or child.before
    return "/" if side["type"] == "directory" else ""
