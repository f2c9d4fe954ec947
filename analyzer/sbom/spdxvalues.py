"""Single values of a bill as the model of spdx-tools has them, each checked.

What is no valid value becomes a note, so that no document is invalid and nothing goes unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from packageurl import PackageURL
from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.package import (
    CATEGORY_TO_EXTERNAL_PACKAGE_REF_TYPES,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    PackagePurpose,
)
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.model.spdx_none import SpdxNone
from spdx_tools.spdx.validation.external_package_ref_validator import validate_external_package_ref
from spdx_tools.spdx.validation.uri_validators import (
    validate_download_location,
    validate_uri,
    validate_url,
)

from analyzer.bills.members import prose
from analyzer.bills.model import Element, Evidence, Kind, Party
from analyzer.bills.spdxparts import LICENCE_COMMENT
from analyzer.paths import printable
from analyzer.sbom.spdxrest import Notes

OLD = "2.2"
"""The version of SPDX that lacks some of the members and words of 2.3."""
PURPOSES: Mapping[Kind, PackagePurpose] = {
    "image": PackagePurpose.CONTAINER,
    "index": PackagePurpose.OTHER,
    "manifest": PackagePurpose.OTHER,
    "attestation": PackagePurpose.OTHER,
    "layer": PackagePurpose.ARCHIVE,
    "system": PackagePurpose.OPERATING_SYSTEM,
    "library": PackagePurpose.LIBRARY,
    "application": PackagePurpose.APPLICATION,
    "framework": PackagePurpose.FRAMEWORK,
    "platform": PackagePurpose.OTHER,
    "file": PackagePurpose.FILE,
    "source": PackagePurpose.SOURCE,
    "archive": PackagePurpose.ARCHIVE,
    "device": PackagePurpose.DEVICE,
    "firmware": PackagePurpose.FIRMWARE,
    "install": PackagePurpose.INSTALL,
    "data": PackagePurpose.OTHER,
    "other": PackagePurpose.OTHER,
}
"""SPDX 2.3, 7.24. Of a `package` its document says nothing of the kind, so neither do we."""
_LENGTHS: Mapping[str, Collection[int]] = {
    "sha1": (40,),
    "sha224": (56,),
    "sha256": (64,),
    "sha384": (96,),
    "sha512": (128,),
    "sha3_256": (64,),
    "sha3_384": (96,),
    "sha3_512": (128,),
    "blake2b_256": (64,),
    "blake2b_384": (96,),
    "blake2b_512": (128,),
    "md2": (32,),
    "md4": (32,),
    "md5": (32,),
    "md6": range(1, 129),
    "adler32": (8,),
}
"""Hexadecimal digits of each checksum algorithm (SPDX 2.3, 7.10).

Without BLAKE3: spdx-tools, which is the yardstick of many, wants 256 digits for its 256 bits and
rejects a document with a right one.
"""
_NEW_ALGORITHMS = frozenset(
    name for name in _LENGTHS if name.startswith(("sha3_", "blake2b_")) or name == "adler32"
)
_HEX = re.compile(r"[0-9a-f]*")
_SAFE = re.compile(r"[!-~]{1,2000}")
"""What an address or identifier is made of; longer ones are not looked at."""
_TYPE = re.compile(r"[A-Za-z0-9.-]{1,100}")
_IN_PARENTHESES = re.compile(r".*\(.*\)")
_CATEGORIES = {
    "SECURITY": ExternalPackageRefCategory.SECURITY,
    "PACKAGE-MANAGER": ExternalPackageRefCategory.PACKAGE_MANAGER,
    "PERSISTENT-ID": ExternalPackageRefCategory.PERSISTENT_ID,
    "OTHER": ExternalPackageRefCategory.OTHER,
}
_NEW_SECURITY = frozenset({"advisory", "fix", "url", "swid"})
_LIKE_CPE_22 = "cpe:/"


def line(text: str) -> str:
    """`text` on one line, without blanks around it."""
    return printable(text).strip()


def facts(element: Element) -> list[str]:
    """The properties of an element that SPDX has no member for, each on a line."""
    return [line(f"{n}: {value}") for n, value in element.properties if n != LICENCE_COMMENT]


def actor(party: Party | None) -> Actor | SpdxNoAssertion:
    """A supplier or originator (SPDX 2.3, 7.5): a person or an organization."""
    kind = ActorType.PERSON if party and party.kind == "person" else ActorType.ORGANIZATION
    name = line(party.name or party.mail) if party else ""
    return _actor(kind, name, party.mail) if party and name else SpdxNoAssertion()


def creator(party: Party) -> Actor | None:
    """Who made a document (SPDX 2.3, 6.8): `Tool: name-version`, or as `actor`."""
    if party.kind != "tool":
        made = actor(party)
        return made if isinstance(made, Actor) else None
    name = line("-".join(part for part in (party.name, party.version) if part))
    return Actor(ActorType.TOOL, name) if name else None


def _actor(kind: ActorType, name: str, mail: str) -> Actor:
    """The mail address stands in parentheses, so a name that ends so needs empty ones."""
    address = line(mail).translate(str.maketrans("()", "[]"))
    bare = not address and _IN_PARENTHESES.fullmatch(name)
    return Actor(kind, f"{name} ()" if bare else name, address or None)


def checksums(element: Element, version: str, notes: Notes) -> list[Checksum]:
    """Checksums by the names and lengths that SPDX knows, sorted (SPDX 2.3, 7.10)."""
    good: set[tuple[str, str]] = set()
    for digest in sorted(set(element.digests)):
        name, _, value = digest.partition(":")
        if _is_checksum(name, value.lower(), version):
            good.add((name, value.lower()))
        else:
            notes.add("digests that SPDX has no place for", f"Digest: {line(digest)}")
    return [Checksum(ChecksumAlgorithm[name.upper()], value) for name, value in sorted(good)]


def sha1_of(digests: Iterable[str]) -> str:
    """The one SHA-1 among `digests`; empty where there is none, or several that differ."""
    named = (digest.partition(":") for digest in digests)
    found = {value.lower() for name, _, value in named if name == "sha1"}
    good = [value for value in found if _is_checksum("sha1", value, OLD)]
    return good[0] if len(good) == len(found) == 1 else ""


def _is_checksum(name: str, value: str, version: str) -> bool:
    if name not in _LENGTHS or (version == OLD and name in _NEW_ALGORITHMS):
        return False
    return bool(_HEX.fullmatch(value)) and len(value) in _LENGTHS[name]


def address(text: str, what: str, notes: Notes) -> str | SpdxNoAssertion | SpdxNone | None:
    """A home page (SPDX 2.3, 7.11); None where nothing is stated or it is no address."""
    if not text or text == "NOASSERTION":
        return None
    if text == "NONE":
        return SpdxNone()
    if _SAFE.fullmatch(text) and not validate_url(text):
        return text
    notes.add(f"{what} that is no address", f"{what.capitalize()}: {line(text)}")
    return None


def location(text: str, notes: Notes) -> str | SpdxNoAssertion | SpdxNone:
    """A download location (SPDX 2.3, 7.7)."""
    if not text or text == "NOASSERTION":
        return SpdxNoAssertion()
    if text == "NONE":
        return SpdxNone()
    if _SAFE.fullmatch(text) and not validate_download_location(text):
        return text
    notes.add("download location that is no address", f"Download location: {line(text)}")
    return SpdxNoAssertion()


def is_uri(text: str) -> bool:
    """Whether `text` is an absolute URI without a fragment (RFC 3986)."""
    return bool(_SAFE.fullmatch(text)) and not validate_uri(text)


def package_url(element: Element) -> PackageURL | None:
    """The package URL of an element, if what is stated is one."""
    if not _SAFE.fullmatch(element.purl):
        return None
    try:
        return PackageURL.from_string(element.purl)
    except ValueError:
        return None


def references(
    element: Element, version: str, notes: Notes, *, good_purl: bool
) -> list[ExternalPackageRef]:
    """Package URL, CPEs and other pointers, in the order of what they say (SPDX 2.3, 7.21)."""
    if element.purl and not good_purl:
        notes.add("package URL that is none", f"Package URL: {line(element.purl)}")
    listed = [*_stated(element, good_purl=good_purl)]
    good: list[ExternalPackageRef] = []
    for category, kind, locator, comment in dict.fromkeys(listed):
        made = _reference(category, kind, locator, comment, version)
        if made is None:
            words = f"{kind or category}: {locator}" + (f" ({comment})" if comment else "")
            notes.add("references that SPDX has no type for", line(words))
        else:
            good.append(made)
    return good


def _stated(element: Element, *, good_purl: bool) -> Iterator[tuple[str, str, str, str]]:
    if good_purl:
        yield "PACKAGE-MANAGER", "purl", element.purl, element.purl_comment
    for cpe in sorted(set(element.cpes)):
        old = cpe.lower().startswith(_LIKE_CPE_22)
        yield "SECURITY", "cpe22Type" if old else "cpe23Type", cpe, ""
    for each in sorted(set(element.references)):
        yield each.category, each.type, each.locator, each.comment


def _reference(
    category: str, kind: str, locator: str, comment: str, version: str
) -> ExternalPackageRef | None:
    """A reference by the rules of the library's validator; None for what breaks them."""
    if not _TYPE.fullmatch(kind) or not _SAFE.fullmatch(locator):
        return None
    old = version == OLD
    # The schema of 2.2 has no PERSISTENT-ID, and its text only two types of SECURITY.
    strange = old and (category == "PERSISTENT-ID" or kind in _NEW_SECURITY)
    known = _CATEGORIES.get("OTHER" if strange else category, ExternalPackageRefCategory.OTHER)
    if kind not in CATEGORY_TO_EXTERNAL_PACKAGE_REF_TYPES[known]:
        known = ExternalPackageRefCategory.OTHER
    made = ExternalPackageRef(known, kind, locator, prose(comment).strip() or None)
    if kind == "purl" or not validate_external_package_ref(made, "", f"SPDX-{version}"):
        return made
    return None


def evidence_words(evidence: Evidence) -> str:
    """`Shown by usr/lib/a.jar (inside b.jar, layer sha256:..., method, confidence 0.7): text`."""
    facts = (
        evidence.inside and f"inside {evidence.inside}",
        evidence.layer and f"layer {evidence.layer}",
        evidence.method,
        evidence.confidence is not None and f"confidence {evidence.confidence:g}",
        evidence.by and f"by {evidence.by}",
    )
    known = ", ".join(fact for fact in facts if fact)
    place = evidence.path or "something whose place is not stated"
    words = f"Shown by {place}{f' ({known})' if known else ''}"
    return line(f"{words}: {evidence.text}" if evidence.text else words)
