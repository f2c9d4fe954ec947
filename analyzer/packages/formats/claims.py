"""What documents about software, SBOMs above all, say of one package; and their package URLs.

https://github.com/package-url/purl-spec, read by packageurl-python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.packages.contract import Package
from analyzer.paths import printable

_CPE = re.compile(r"cpe:/[aho](?::[^\s:]*){0,6}|cpe:2\.3:[aho*-](?::(?:[^\s:\\]|\\\S)+){10}")
_SYSTEM = frozenset({"alpm", "apk", "deb", "rpm"})
"""Types whose `arch` is written again when a purl is made of a package."""
_IMAGES = frozenset({"docker", "oci"})
"""Types that name an image, which is what many a document is about."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One package as a document describes it; texts are printable."""

    ref: str
    """How the document itself refers to it."""
    name: str
    version: str = ""
    namespace: str = ""
    purl: str = ""
    licences: tuple[str, ...] = ()
    supplier: str = ""
    originator: str = ""
    """Where it is another than the supplier."""
    cpes: tuple[str, ...] = ()
    homepage: str = ""
    digests: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """The `ref` of those that it depends on."""


def cpe_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of `texts` that are CPE names (NISTIR 7695, 6.1 and 6.2), each once."""
    return tuple(dict.fromkeys(each for each in texts if _CPE.fullmatch(each)))


@dataclass(frozen=True, slots=True)
class Purl:
    """The components of a package URL, printable."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: tuple[tuple[str, str], ...]

    @property
    def image(self) -> bool:
        """Whether it names an image."""
        return self.type in _IMAGES


def read_purl(url: str) -> Purl | None:
    """The components of `url`; None where it is no package URL."""
    from packageurl import PackageURL  # late: most images have no such document

    try:
        parsed = PackageURL.from_string(url)
    except ValueError:
        return None
    pairs = dict(parsed.qualifiers)
    return Purl(
        type=printable(parsed.type),
        namespace=printable(parsed.namespace or ""),
        name=printable(parsed.name),
        version=printable(parsed.version or ""),
        qualifiers=tuple(sorted((printable(k), printable(v)) for k, v in pairs.items())),
    )


def identify(claim: Claim, purl: Purl | None) -> Package:
    """The package that `claim` speaks of, by its purl if there is one.

    The epoch of an rpm, a qualifier in purls, goes back to the version, where rpm has it.
    """
    if purl is None:
        return Package(
            name=claim.name,
            version=claim.version,
            arch="",
            type="generic",
            namespace=claim.namespace,
        )
    qualifiers = dict(purl.qualifiers)
    arch = qualifiers.get("arch", "")
    version = purl.version or claim.version
    if purl.type in _SYSTEM:
        qualifiers.pop("arch", None)
    if purl.type == "rpm" and (epoch := qualifiers.pop("epoch", "")):
        version = f"{epoch}:{version}"
    return Package(
        name=purl.name,
        version=version,
        arch=arch,
        type=purl.type,
        namespace=purl.namespace,
        qualifiers=tuple(sorted(qualifiers.items())),
    )
