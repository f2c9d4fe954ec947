"""Identifiers made from content: element ids, document namespaces, package URLs of images.

The same input gives the same identifiers, and a difference in what is described gives others.
Nothing here needs an SBOM library, so that every writer can use it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID, uuid5

from analyzer.digest import Digest, digest_bytes, encoded_of
from analyzer.paths import printable
from analyzer.report import ImageReport

_OURS = uuid5(UUID(int=0), "ociscope document namespace")
_NOT_ID = re.compile(r"[^A-Za-z0-9.-]+")
_READABLE_LENGTH = 80
_FINGERPRINT_LENGTH = 16
_LIKE_A_TAG = re.compile(r"latest|v?[0-9].*")
_STAND_IN = "image"


def element_id(kind: str, words: Iterable[str], facts: Iterable[object]) -> str:
    """`SPDXRef-` and an `element_ref`."""
    return f"SPDXRef-{element_ref(kind, words, facts)}"


def element_ref(kind: str, words: Iterable[str], facts: Iterable[object]) -> str:
    """`<kind>-<words>-<fingerprint of kind, words and facts>`.

    SPDX 2.3, 3.2: an SPDXID is `SPDXRef-` and letters, digits, `.` and `-`. The words are for
    people and may be cut or escaped alike; the fingerprint tells them apart.
    """
    words = list(words)
    printed = [_NOT_ID.sub("-", word).strip("-") for word in words]
    readable = "-".join(word for word in (kind, *printed) if word)[:_READABLE_LENGTH].strip("-")
    return f"{readable}-{fingerprint([kind, words, [*facts]])}"


def fingerprint(facts: object) -> str:
    """A short hash of strings, numbers and None, and lists of them.

    `ascii` writes every such value in one way that no other value shares, lone surrogates
    included, and does not depend on the Unicode version of the interpreter as `repr` does.
    """
    return encoded_of(digest_bytes(ascii(facts).encode()))[:_FINGERPRINT_LENGTH]


def numbered(ids: Iterable[str]) -> Iterator[str]:
    """Make equal ids differ: the second holder gets `-2`, the third `-3`.

    A fingerprint has sixteen digits, so a number behind it cannot make another element's id.
    """
    seen: Counter[str] = Counter()
    for each in ids:
        seen[each] += 1
        yield each if seen[each] == 1 else f"{each}-{seen[each]}"


def anchor(image: ImageReport) -> Digest | None:
    """The digest that stands for the whole image: as a registry serves it, else the image ID."""
    return image.registry_digest or image.image_id or image.manifest_digest


def document_namespace(document: bytes) -> str:
    """`urn:uuid:` and a UUIDv5 over the SHA-256 of `document`, written with an empty namespace.

    SPDX 2.3, 6.5 asks for a unique absolute URI without `#`. A URN claims no web host, and any
    change of the document gives another one (RFC 9562, 5.5).
    """
    return f"urn:uuid:{uuid5(_OURS, encoded_of(digest_bytes(document)))}"


@dataclass(frozen=True, slots=True)
class ImageName:
    """An image name taken apart; empty strings for what it does not state."""

    host: str
    path: str
    """The repository without its host."""
    tag: str

    @property
    def repository(self) -> str:
        """Host and path as they were written."""
        return f"{self.host}/{self.path}" if self.host else self.path

    @property
    def last(self) -> str:
        """The last element of the path, empty where that is blank."""
        last = self.path.rpartition("/")[2]
        return last if last.strip() else ""


def parse_name(name: str) -> ImageName:
    """Take an image name apart as distribution/reference does, without its defaults.

    The first element is a host only when it has a dot or a colon or is `localhost`. A layout
    may name an image by a tag alone (OCI image-spec v1.1, annotations.md, `ref.name`): a lone
    word that looks like a tag is taken for one.
    """
    bare = printable(name).partition("@")[0]
    head, slash, last = bare.rpartition("/")
    last, _, tag = last.partition(":")
    if not slash and not tag and _LIKE_A_TAG.fullmatch(last):
        return ImageName("", "", last)
    host, _, rest = f"{head}{slash}{last}".partition("/")
    if rest and ("." in host or ":" in host or host == "localhost"):
        return ImageName(host, rest, tag)
    return ImageName("", f"{head}{slash}{last}", tag)


def name_of(image: ImageReport) -> ImageName:
    """The first name that states a repository, else what the first name states."""
    references = [parse_name(name) for name in image.names]
    named = [reference for reference in references if reference.last]
    return next(iter(named or references), ImageName("", "", ""))


def image_purl(image: ImageReport) -> str:
    """The package URL of an image, empty when nothing would make a true one.

    purl-spec, type `oci`: the version is a manifest digest. Where only the image ID is known
    (from `docker save`), that is no such digest, and type `docker` is used, which allows it.
    """
    reference = name_of(image)
    digest = image.registry_digest
    if digest:
        return _oci(reference, digest, *_platform(image))
    if image.image_id and reference.last:
        path = "/".join(_encode(part) for part in reference.path.split("/") if part.strip())
        return f"pkg:docker/{path}@{_encode(image.image_id)}" + _qualifiers(
            repository_url=reference.host
        )
    return ""


def index_purl(image: ImageReport) -> str:
    """The package URL of the index that lists the image, empty when there is none."""
    if image.index_digest is None:
        return ""
    return _oci(name_of(image), image.index_digest)


def purl_is_stand_in(image: ImageReport) -> bool:
    """Whether `image_purl` had to invent the name, because the file states none.

    An `oci` package URL needs a name and is meaningful by its digest alone; ko writes the same
    word there.
    """
    return image.registry_digest is not None and not name_of(image).last


def _oci(
    reference: ImageName,
    digest: Digest,
    system: str = "",
    architecture: str = "",
    variant: str = "",
) -> str:
    name = _encode((reference.last or _STAND_IN).lower())
    return f"pkg:oci/{name}@{_encode(digest)}" + _qualifiers(
        arch=architecture,
        os=system,
        variant=variant,
        repository_url=reference.repository if reference.host else "",
        tag=reference.tag,
    )


def _platform(image: ImageReport) -> list[str]:
    """Operating system, architecture and variant, each empty where it is not known."""
    parts = [*printable(image.platform).split("/"), "", ""][:3]
    return ["" if part == "unknown" else part for part in parts]


def _qualifiers(**values: str) -> str:
    """Sorted, empty values left out (purl-spec, "Rules for each purl component")."""
    pairs = [f"{key}={_encode(value)}" for key, value in sorted(values.items()) if value]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _encode(text: str) -> str:
    """Percent-encode as purl-spec asks: a colon never, a slash inside a value always."""
    return quote(text, safe=":")
