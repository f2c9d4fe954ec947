"""Which platform and distribution a document is of, held against those of an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.bills.model import Bill
from analyzer.diff.billsubject import roots
from analyzer.diff.claims import Claim
from analyzer.diff.purlparts import purl_parts
from analyzer.diff.tree import Difference, Kind, leaf
from analyzer.errors import InputError
from analyzer.image.platform import Platform, normalise, parse_platform
from analyzer.packages.purltypes import rules_of
from analyzer.report import ImageReport

PLATFORM = "platform"
DISTRO = "distro"
NO_PLATFORM = str(Platform("", ""))
"""How the platform of an image is written that states none."""
NOT_IN_IMAGE = "the image does not say"
NOT_STATED = "the document does not say"
_PACKAGES = "{} of {} packages that state an architecture"
_DISTRIBUTIONS = {
    "alma": "almalinux",
    "amazon": "amzn",
    "amazon linux": "amzn",
    "cbl-mariner": "mariner",
    "opensuse-leap": "opensuse.leap",
    "opensuse-tumbleweed": "opensuse.tumbleweed",
    "oracle": "ol",
    "redhat": "rhel",
    "red hat": "rhel",
    "suse linux enterprise server": "sles",
}
"""What trivy (pkg/fanal/types/const.go) and namespaces of package URLs call a distribution whose
ID in os-release is another."""
_NO_DISTRIBUTION = frozenset({"", "unknown", "linux", "none", "noassertion"})


@dataclass(frozen=True, slots=True)
class Stated:
    """A platform, or an architecture alone, and what states it."""

    platform: Platform
    where: str
    of_packages: bool = False

    def __str__(self) -> str:
        """`linux/arm/v7`, or what of it is stated."""
        return _written(self.platform)


@dataclass(frozen=True, slots=True)
class Distribution:
    """An ID of os-release and a version; either may be empty."""

    ident: str = ""
    version: str = ""

    def __str__(self) -> str:
        """As people say it: `alpine 3.17`."""
        return f"{self.ident} {self.version}".strip()


def stated_platforms(bill: Bill, claims: Sequence[Claim]) -> tuple[Stated, ...]:
    """What `bill` says of its platform, by its subject and by its packages."""
    found = [*_of_subject(bill)]
    arch, count, total = _most(claims)
    if arch:
        found.append(Stated(Platform("", arch), _PACKAGES.format(count, total), of_packages=True))
    return tuple(dict.fromkeys(found))


def _of_subject(bill: Bill) -> Iterator[Stated]:
    for element in roots(bill):
        parts = purl_parts(element.purl)
        if parts is not None and parts.qualifiers.get("arch"):
            words = (parts.qualifiers.get(key, "") for key in ("os", "arch", "variant"))
            yield Stated(normalise(*words), "the package URL of its subject")
        for name, value in element.properties:
            if name.lower().endswith("platform") and (found := _parsed(value)):
                yield Stated(found, f"the property {name}")
    for bound in bill.bound:
        parts = purl_parts(bound.name)
        if parts is not None and (found := _parsed(parts.qualifiers.get("platform", ""))):
            yield Stated(found, "the statement's subject")


def _parsed(text: str) -> Platform | None:
    try:
        return parse_platform(text)
    except InputError:
        return None


def _written(platform: Platform) -> str:
    words = (platform.os, platform.architecture, platform.variant)
    return "/".join(word for word in words if word)


def _most(claims: Iterable[Claim]) -> tuple[str, int, int]:
    """The architecture that most packages state, how many do, and how many state any."""
    counts = Counter(claim.arch.partition("/")[0] for claim in claims if claim.arch)
    if not counts:
        return "", 0, 0
    count, arch = min((-count, arch) for arch, count in counts.items())
    return arch, -count, counts.total()


def compare_platform(
    stated: Sequence[Stated], image: ImageReport, packages: Sequence[Claim]
) -> Difference:
    """The platform part; its notes are the places of the document that say another one.

    A root filesystem states no platform: its packages alone say of which architecture it is.
    """
    if not stated:
        return leaf(PLATFORM, Kind.UNKNOWN, None, image.platform, [NOT_STATED])
    own = _most(packages)[0]
    have = _parsed(image.platform) or Platform("", "")
    if str(have) == NO_PLATFORM:
        have = Platform("", own)
    other = [each for each in stated if not _agrees(each, have, own)]
    before = [{"platform": str(each), "where": each.where} for each in stated]
    kind = Kind.CHANGED if other else Kind.SAME
    notes = [f"{each.where}: {each}" for each in other]
    return leaf(PLATFORM, kind, before, image.platform, notes)


def _agrees(stated: Stated, have: Platform, own: str) -> bool:
    """A 32-bit system on a 64-bit platform is what its packages are, not what its config says."""
    said = stated.platform
    if stated.of_packages:
        return said.architecture == (own or have.architecture)
    pairs = [
        (said.os, have.os),
        (said.architecture, have.architecture),
        (said.variant, have.variant),
    ]
    return all(one == two or not one or not two for one, two in pairs)


def stated_distribution(bill: Bill, claims: Sequence[Claim]) -> Distribution:
    """What `bill` says of the distribution: its element, else the package URLs of packages."""
    systems = sorted(
        (_ident(element.name), element.version)
        for element in bill.elements
        if element.kind == "system"
    )
    for ident, version in systems:
        if ident not in _NO_DISTRIBUTION:
            return Distribution(ident, version)
    counts = Counter(found for claim in claims if (found := _of_purl(claim)).ident)
    return min(counts, key=lambda each: (-counts[each], str(each)), default=Distribution())


def _ident(name: str) -> str:
    name = name.strip().lower()
    return _DISTRIBUTIONS.get(name, name)


def _of_purl(claim: Claim) -> Distribution:
    """From `distro=alpine-3.17.0` of syft, or `distro=3.17.0` of trivy and osv-scanner."""
    parts = purl_parts(claim.said["purl"]) if rules_of(claim.type).system else None
    if parts is None:
        return Distribution()
    name, _, version = parts.qualifiers.get("distro", "").rpartition("-")
    if not version[:1].isdigit():
        name, version = parts.qualifiers.get("distro", ""), ""
    ident = _ident(name) or _ident(parts.namespace)
    return Distribution() if ident in _NO_DISTRIBUTION else Distribution(ident, version)


def distribution_of(image: ImageReport) -> Distribution:
    """What an image says its distribution is."""
    distro = image.distro
    return Distribution(_ident(distro.id), distro.version_id) if distro else Distribution()


def compare_distributions(one: Distribution, two: Distribution) -> Difference:
    """The distro part. Versions agree where one is the beginning of the other: 12 and 12.5."""
    before, after = _document(one), _document(two)
    if before is None:
        return leaf(DISTRO, Kind.UNKNOWN, before, after, [NOT_STATED])
    if after is None:
        return leaf(DISTRO, Kind.UNKNOWN, before, after, [NOT_IN_IMAGE])
    same = _same_ident(one.ident, two.ident) and _same_release(one.version, two.version)
    return leaf(DISTRO, Kind.SAME if same else Kind.CHANGED, before, after)


def _document(found: Distribution) -> dict[str, str] | None:
    return {"id": found.ident, "version": found.version} if found.ident else None


def _same_ident(one: str, two: str) -> bool:
    """`opensuse` is the namespace of all its editions."""
    first, second = sorted(word.replace("-", ".") for word in (one, two))
    return first == second or second.startswith(f"{first}.")


def _same_release(one: str, two: str) -> bool:
    first, second = one.split("."), two.split(".")
    return not one or not two or all(a == b for a, b in zip(first, second, strict=False))
