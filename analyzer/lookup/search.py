"""From reports and a question to answers. Pure: what was read stands in the reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzer.digest import Digest, encoded_of
from analyzer.explain.kinds import rank
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.lookup.advice import advise
from analyzer.lookup.model import Answer, FileHit, Link, Place, Result, Searched
from analyzer.lookup.question import Question
from analyzer.report import ImageReport, Node

_Found = Iterator[tuple[str, str, Place]]
"""Kind, whole digest, place."""

_NODE_KINDS = {
    "index": "index",
    "docker-manifest": "document",
    "manifest": "manifest",
    "config": "image-id",
    "layer": "layer",
    "attestation": "attestation",
    "artifact": "artifact",
    "attachment": "attachment",
    "blob": "unreferenced",
    "file": "document",
}
_OF_THE_TREE = "attestation"
"""Identities whose chain does not lead through the config; the tree has it."""
_MADE_UP = "synthesised"
"""Nothing in the file commits to these, and they are of no bytes in it."""
_TOP_DOCUMENTS = ("index.json", "manifest.json")
_SUBJECT = "vnd.docker.reference.digest"
"""BuildKit, docs/attestations/attestation-storage.md."""
_HEX_NAME = re.compile(r"(?<![0-9a-f])[0-9a-f]{32,128}(?![0-9a-f])")


def search(question: Question, inputs: Sequence[Searched]) -> Result:
    """Everything that `question` names in `inputs`, and advice where that is nothing."""
    grouped: dict[tuple[str, str], list[Place]] = {}
    for item in inputs:
        for kind, digest, place in _in_input(question, item):
            places = grouped.setdefault((kind, digest), [])
            if place not in places:
                places.append(place)
    ordered = sorted(grouped, key=lambda key: (rank(key[0]), key[0], key[1]))
    answers = tuple(Answer(kind, digest, tuple(grouped[kind, digest])) for kind, digest in ordered)
    advice = None if answers else advise(question, inputs)
    return Result(question, tuple(inputs), answers, advice)


def _in_input(question: Question, item: Searched) -> _Found:
    if item.own is not None and question.names(item.own):
        yield "archive", item.own, Place(item.label, recomputed=True)
    if item.report is None:
        return
    known: set[str] = set()
    for image in item.report.images:
        for kind, digest, place in _in_image(question, image, item.label):
            known.add(digest)
            yield kind, digest, place
    for node in item.report.tree:
        for kind, digest, place in _in_tree(question, (node,), item.label, frozenset(known)):
            known.add(digest)
            yield kind, digest, place
    for member in item.members:
        if member.digest not in known:
            yield "member", member.digest, Place(item.label, recomputed=True, path=member.name)
    yield from _in_names(question, item.report.tree, item.label, known)
    for hit in item.files:
        yield "file", hit.digest, _file_place(hit, item)


# Identifiers of images.


def _in_image(question: Question, image: ImageReport, label: str) -> _Found:
    matches: dict[tuple[Kind, Digest], list[Identity]] = {}
    for identity in image.identities:
        if identity.kind == _OF_THE_TREE:
            continue
        if identity.digest is not None and question.names(identity.digest):
            matches.setdefault((identity.kind, identity.digest), []).append(identity)
    for (kind, digest), found in matches.items():
        layers = tuple(identity.layer for identity in found if identity.layer is not None)
        notes = dict.fromkeys(_note(identity) for identity in found if identity.reason)
        place = Place(
            label,
            image.names,
            image.platform,
            layers,
            _all(_recomputed(identity) for identity in found),
            chain_of(image, kind, layers),
            note="; ".join(notes),
        )
        yield kind.value, digest, place


def _note(identity: Identity) -> str:
    return f"{identity.made_by}: {identity.reason}" if identity.made_by else identity.reason


def chain_of(image: ImageReport, kind: Kind, layers: Sequence[int]) -> tuple[Link, ...]:
    """From the outermost index of `image` to its config, and on to `kind` of `layers`."""
    wanted: list[tuple[Kind, Sequence[int]]] = []
    if kind is Kind.LAYER:
        wanted = [(Kind.LAYER, layers), (Kind.DIFF_ID, layers)]
    elif kind is Kind.DIFF_ID:
        wanted = [(Kind.DIFF_ID, layers)]
    elif kind is Kind.CHAIN_ID:
        wanted = [(Kind.DIFF_ID, range(max(layers) + 1)), (Kind.CHAIN_ID, layers)]
    links = [_link(i) for step in _DOCUMENTS for i in image.identities if i.kind is step]
    if kind not in {*_DOCUMENTS, *(step for step, _ in wanted)} and kind != _MADE_UP:
        links += [
            _link(i)
            for i in image.identities
            if i.kind is kind and (not layers or i.layer in layers)
        ]
    for step, positions in wanted:
        links += _merged([i for i in image.identities if i.kind is step and i.layer in positions])
    if any(link.kind == Kind.INDEX and link.digest is None for link in links):
        links = [link for link in links if link.kind != Kind.INDEX]
    return tuple(links)


_DOCUMENTS = (Kind.INDEX, Kind.MANIFEST, Kind.SCHEMA1, Kind.IMAGE_ID)


def _link(identity: Identity) -> Link:
    layers = () if identity.layer is None else (identity.layer,)
    return Link(identity.kind.value, identity.digest, _recomputed(identity), layers)


def _merged(identities: Sequence[Identity]) -> list[Link]:
    """Links of layers, equal digests as one: an empty layer often stands several times."""
    groups: dict[Digest | None, list[Identity]] = {}
    for identity in identities:
        groups.setdefault(identity.digest, []).append(identity)
    return [
        Link(
            same[0].kind.value,
            digest,
            _all(_recomputed(identity) for identity in same),
            tuple(identity.layer for identity in same if identity.layer is not None),
        )
        for digest, same in groups.items()
    ]


def _recomputed(identity: Identity) -> bool | None:
    """Whether bytes in the file hash to it; what we computed from bytes does, of course.

    A chain ID is computed from what the config states, which is worth no more than its diff IDs.
    """
    computed = identity.origin is Origin.COMPUTED and identity.kind is not Kind.CHAIN_ID
    return True if computed and identity.verified is None else identity.verified


def _all(values: Iterator[bool | None]) -> bool | None:
    found = set(values)
    return False if False in found else None if None in found else True


# Documents and blobs that are no identifier of an image.


def _in_tree(
    question: Question, path: tuple[Node, ...], label: str, known: frozenset[str]
) -> _Found:
    node = path[-1]
    kind = _node_kind(path)
    if (
        node.digest is not None
        and question.names(node.digest)
        and (node.digest not in known or kind == "document")
    ):
        links = tuple(_node_link(path[: end + 1]) for end in range(len(path)))
        yield (
            kind,
            node.digest,
            Place(
                label,
                platform="" if node.platform == "unknown/unknown" else node.platform,
                recomputed=links[-1].recomputed,
                chain=tuple(link for link in links if link.digest is not None),
                path="" if encoded_of(node.digest) in node.name else node.name,
                note="; ".join(_node_notes(node)),
            ),
        )
    for child in node.children:
        yield from _in_tree(question, (*path, child), label, known)


def _node_notes(node: Node) -> Iterator[str]:
    if not node.present:
        yield "only named here; its bytes are not in this file"
    subject = node.annotations.get(_SUBJECT, "")
    if subject:
        yield f"its descriptor says that it is about {subject}"


def _node_kind(path: Sequence[Node]) -> str:
    node, above = path[-1], path[-2].kind if len(path) > 1 else ""
    if len(path) == 1 and node.name in _TOP_DOCUMENTS and node.kind != "manifest":
        return "document"
    if above in {"attestation", "artifact"} and node.kind in {"config", "layer", "blob"}:
        return "attachment"
    return _NODE_KINDS.get(node.kind, "unreferenced")


def _node_link(path: Sequence[Node]) -> Link:
    node, kind = path[-1], _node_kind(path)
    computed = kind == "document" or (len(path) > 1 and path[-2].kind == "image")
    recomputed = True if computed and node.verified is None and node.present else node.verified
    return Link(kind, node.digest, recomputed, name=node.name if kind == "document" else "")


def _in_names(question: Question, tree: Sequence[Node], label: str, known: set[str]) -> _Found:
    """Names inside the file, such as the legacy layer IDs of docker save files."""
    if question.algorithm:
        return
    encoded = {encoded_of(Digest(digest)) for digest in known}
    seen: dict[str, str] = {}
    for node in _flatten(tree):
        for name in _HEX_NAME.findall(node.name):
            if name.startswith(question.digits) and name not in encoded:
                seen.setdefault(name, node.name)
    for name, path in sorted(seen.items()):
        yield "name", name, Place(label, path=path)


def hashed_names(tree: Sequence[Node]) -> Iterator[str]:
    """The names in a tree of which the digest there is that of the bytes."""
    hashed = (n for n in _flatten(tree) if n.present and n.digest and n.verified is not False)
    return (node.name for node in hashed)


def _flatten(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flatten(node.children)


def _file_place(hit: FileHit, item: Searched) -> Place:
    assert item.report is not None  # noqa: S101 - files are found in images of the report
    image = item.report.images[hit.image]
    elsewhere = f" as {hit.shown_as}" if hit.shown_as != hit.path else ""
    notes = {
        True: f"visible in the finished image{elsewhere}",
        False: "deleted or replaced by this layer or one above; its bytes are here all the same",
        None: "whether a layer above hides it is not known: not all could be read",
    }
    chain = chain_of(image, Kind.DIFF_ID, (hit.layer,))
    return Place(
        item.label,
        image.names,
        image.platform,
        (hit.layer,),
        recomputed=True,
        chain=(*chain, Link("file", hit.digest, recomputed=True)),
        path=hit.path,
        note=notes[hit.visible],
    )
