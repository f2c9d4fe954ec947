"""Which image a document says it is about, and by which digest.

Whether a digest is that of an index or of a manifest of one platform cannot be told from the
document alone; what is stated is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.bills.model import Bill, Element
from analyzer.checks.purls import parse
from analyzer.checks.result import Stated, short

_DIGEST = re.compile(r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})")
_UNKNOWN_KIND = "of an index or of one platform's manifest: the document alone cannot tell"
_IMAGE_ID = "the image ID, the digest of the config; no registry finds an image by it"
_PROPERTIES = {
    "imageid": ("image ID", _IMAGE_ID),
    "repodigest": ("repository digest", _UNKNOWN_KIND),
    "repotag": ("tag", "a name that can be moved to another image"),
}
"""Last words of property names: trivy's `aquasecurity:trivy:ImageID`, and ours."""
_IMAGES = frozenset({"image", "index", "manifest", "other"})
_MOST = 50


def stated(bill: Bill) -> tuple[Stated, ...]:
    """What the document states of its subject, in the order of its parts."""
    return tuple(dict.fromkeys(_all(bill)))[:_MOST]


def _all(bill: Bill) -> Iterator[Stated]:
    for bound in bill.bound:
        for digest in bound.digests:
            words = f"the statement's subject {short(bound.name, 200)}".rstrip()
            yield Stated("statement", short(digest, 200), f"{words}, {_UNKNOWN_KIND}")
    by_ref = {element.ref: element for element in bill.elements}
    subjects = [by_ref[ref] for ref in dict.fromkeys(bill.subjects) if ref in by_ref]
    for element in subjects:
        yield from _element(element)
    if not subjects:
        name = f"; its name is {short(bill.name, 120)}" if bill.name else ""
        yield Stated("nothing", "", f"it does not say which image it is of{name}")


def _element(element: Element) -> Iterator[Stated]:
    what = {"image": "image", "index": "index of images"}.get(element.kind, element.kind)
    name = short(f"{element.name} {element.version}".strip(), 200)
    article = "an" if what[:1] in "aeiou" else "a"
    yield Stated("subject", name, f"{article} {what}")
    if _DIGEST.fullmatch(element.version):
        yield Stated("version", element.version, _of_what(element, element.version, what))
    for digest in element.digests:
        yield Stated("digest", short(digest, 200), _of_what(element, digest, what))
    yield from _purl(element)
    for name, value in element.properties:
        known = _PROPERTIES.get(_property(name))
        if known is not None:
            yield Stated(known[0], short(value, 300), known[1])


def _of_what(element: Element, digest: str, what: str) -> str:
    """What a digest of the subject is of, as far as the document tells."""
    image_ids = {value for name, value in element.properties if _property(name) == "imageid"}
    if digest in image_ids or element.purl.startswith("pkg:docker/"):
        return _IMAGE_ID
    return _UNKNOWN_KIND if element.kind in _IMAGES else f"of the {what} itself"


def _property(name: str) -> str:
    """The last word of a property's name, whoever wrote it."""
    return re.sub(r"[^a-z]", "", name.rpartition(":")[2].lower())


def _purl(element: Element) -> Iterator[Stated]:
    try:
        parsed = parse(element.purl)
    except ValueError:
        return
    if parsed.type not in {"oci", "docker"}:
        return
    qualifiers = dict(parsed.qualifiers)
    platform = "/".join(qualifiers[key] for key in ("os", "arch", "variant") if key in qualifiers)
    if _DIGEST.fullmatch(parsed.version):
        words = _IMAGE_ID if parsed.type == "docker" else _UNKNOWN_KIND
        yield Stated("package URL", parsed.version, words)
    elif parsed.version:
        yield Stated("package URL", short(parsed.version, 200), "a tag, which can be moved")
    if platform:
        yield Stated("platform", short(platform, 100), "by its package URL")
