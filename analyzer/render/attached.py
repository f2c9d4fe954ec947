"""What `inspect` says of signatures, SBOMs and attestations: listed under what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.digest import Digest
from analyzer.image.referrers import WORDS
from analyzer.paths import printable
from analyzer.report import Node

_INDENT = "  "


def attached_block(tree: Sequence[Node]) -> list[str]:
    """One block, or none where nothing in the file is about anything else."""
    nodes = [node for top in tree for node in top.walk()]
    about: dict[Digest, dict[Digest, Node]] = {}
    for node in nodes:
        if node.subject is not None and node.digest is not None:
            about.setdefault(node.subject, {}).setdefault(node.digest, node)
    if not about:
        return []
    targets = {node.digest: node for node in reversed(nodes) if node.digest}
    lines = ["Signatures, SBOMs and the like, under what they say they are about"]
    for subject in sorted(about, key=lambda digest: _order(digest, nodes)):
        lines += [_INDENT + line for line in _target(subject, targets)]
        for node in about[subject].values():
            what = printable(node.description or node.kind)
            lines += [
                f"{_INDENT * 2}{what}, by its {WORDS[node.linked_by]}",
                f"{_INDENT * 3}{node.digest}",
            ]
    return ["\n".join(lines)]


def _order(digest: Digest, nodes: Sequence[Node]) -> tuple[int, Digest]:
    """The place in the file; what is not in it comes last."""
    places = (place for place, node in enumerate(nodes) if node.digest == digest)
    return next(places, len(nodes)), digest


def _target(subject: Digest, targets: Mapping[Digest, Node]) -> tuple[str, str]:
    """The two lines that head what is about `subject`: what it is, and its digest."""
    node = targets.get(subject)
    if node is None:
        return "about something that is not in this file", f"{_INDENT}{subject}"
    names = f" {', '.join(printable(name) for name in node.names)}" if node.names else ""
    what = f"{printable(node.description or node.kind)} {printable(node.platform)}".strip()
    absent = "" if node.present else ", only named in this file"
    return f"about the {what}{names}{absent}", f"{_INDENT}{subject}"
