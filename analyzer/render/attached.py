"""What `inspect` says of signatures, SBOMs and attestations: listed under what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from analyzer.digest import Digest
from analyzer.image.referrers import WORDS
from analyzer.paths import printable
from analyzer.report import Node

_INDENT = "  "
_WIDTH_COLUMNS = 80


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
    places = {node.digest: place for place, node in reversed(list(enumerate(nodes)))}
    # What is not in the file comes last.
    for subject in sorted(about, key=lambda digest: (places.get(digest, len(nodes)), digest)):
        lines += [*_wrapped(_target(subject, targets), _INDENT), f"{_INDENT * 2}{subject}"]
        for node in about[subject].values():
            what = printable(node.description or node.kind)
            lines += _wrapped(f"{what}, by its {WORDS[node.linked_by]}", _INDENT * 2)
            lines.append(f"{_INDENT * 3}{node.digest}")
    return ["\n".join(lines)]


def _target(subject: Digest, targets: Mapping[Digest, Node]) -> str:
    """What `subject` is, as far as the file tells."""
    node = targets.get(subject)
    if node is None:
        return "about something that is not in this file"
    names = f" {', '.join(printable(name) for name in node.names)}" if node.names else ""
    what = f"{printable(node.description or node.kind)} {printable(node.platform)}".strip()
    return f"about the {what}{names}" + ("" if node.present else ", only named in this file")


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        text,
        _WIDTH_COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
