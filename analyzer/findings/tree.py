"""What the merged tree tells: shells, package managers, programs with more rights. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from analyzer.capabilities import CAPABILITY, capabilities_text
from analyzer.findings.config import ROOT, ConfigFindings, short_step
from analyzer.findings.model import Finding, FindingKind
from analyzer.findings.users import is_number, listed_number
from analyzer.paths import join, printable
from analyzer.rootfs.tree import Node, locate
from analyzer.tarheader import Entry, EntryKind

USERS = "etc/passwd"
"""passwd(5), which gives user names their numbers."""
_FOLDERS = ("bin", "usr/bin", "usr/local/bin", "sbin", "usr/sbin", "usr/local/sbin", "busybox")
"""Where shells(5) and package managers are; distroless debug images have `busybox`."""
_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "busybox")
_MANAGERS = (
    *("apt-get", "dpkg", "apk", "dnf", "dnf5", "microdnf", "tdnf", "yum", "zypper", "rpm"),
    *("pacman", "opkg", "xbps-install", "emerge", "swupd", "nix-env"),
)
_EXECUTABLE = 0o111
_SETUID = 0o4000
_SETGID = 0o2000

StepOf = Callable[[int], str]
"""The build step of a layer, safe to show; empty where it is not known."""


def tree_findings(root: Node, step_of: StepOf) -> tuple[Finding, ...]:
    """The findings of a merged tree."""
    shells = _programs(root, _SHELLS, FindingKind.SHELL, "a shell", step_of)
    managers = _programs(root, _MANAGERS, FindingKind.PACKAGE_MANAGER, "a package manager", step_of)
    return (*shells, *managers, *sorted(_privileged(root, step_of), key=_order))


def user_findings(
    found: ConfigFindings, users: bytes | None, layer: int | None
) -> tuple[Finding, ...]:
    """Whether the image runs as root, by `etc/passwd` of the merged tree where it tells.

    A number is never taken for a name (moby/sys, user/user.go, GetExecUser). `layer` is where
    that file comes from.
    """
    name = (found.user or "").partition(":")[0]
    number = listed_number(name, users or b"") if name and not is_number(name) else None
    if number is None or (number == 0 and name == ROOT):
        return tuple(found.root_by_name())
    if number:
        return ()
    why = f"{USERS} gives user {found.shown(name)} the number 0"
    return (found.runs_as_root(why, layer),)


def _programs(
    root: Node, names: Sequence[str], kind: FindingKind, what: str, step_of: StepOf
) -> Iterator[Finding]:
    """Programs by the names that lead to them, each once however many do."""
    seen: set[int] = set()
    for name in names:
        for folder in _FOLDERS:
            wanted = join(folder, name)
            at = locate(root, wanted)
            content = at[1].content if at is not None else None
            if at is None or content is None or at[1].kind is not EntryKind.FILE:
                continue
            path, node = at
            if content.mode & _EXECUTABLE and id(content) not in seen:
                seen.add(id(content))
                known_as = f"{what}: {wanted}"
                yield _finding(kind, known_as, path, node, step_of)


def _privileged(root: Node, step_of: StepOf) -> Iterator[Finding]:
    """Regular files with setuid, setgid or capabilities."""
    pending = [("", root)]
    while pending:
        here, node = pending.pop()
        for name, child in (node.children or {}).items():
            if child.children is not None:
                pending.append((join(here, name), child))
            elif child.content is not None and child.kind is EntryKind.FILE:
                for kind, what in _rights(child.content):
                    yield _finding(kind, what, join(here, name), child, step_of)


def _rights(entry: Entry) -> Iterator[tuple[FindingKind, str]]:
    if entry.mode & _SETUID:
        yield FindingKind.SETUID, f"setuid: runs as user {entry.uid}, whoever starts it"
    if entry.mode & _SETGID:
        yield FindingKind.SETGID, f"setgid: runs with group {entry.gid}, whoever starts it"
    if entry.xattrs and CAPABILITY in entry.xattrs:
        words = capabilities_text(entry.xattrs[CAPABILITY])
        yield FindingKind.CAPABILITIES, f"rights of root by file capabilities: {words}"


def _finding(kind: FindingKind, what: str, path: str, node: Node, step_of: StepOf) -> Finding:
    layer = node.content_layer
    return Finding(kind, printable(what), printable(path), layer, short_step(step_of(layer)))


def _order(finding: Finding) -> tuple[int, str]:
    return list(FindingKind).index(finding.kind), finding.where
