"""What packages a document or an image claims, in the words in which two tools agree.

Tools write one package in many ways; what is brought together here was seen in documents of syft,
trivy, BuildKit, apko, ko, bom, osv-scanner, sbom-tool and cdxgen:

- the namespace of a package of the system is a distribution (`rhel`, `redhat`; apko writes
  `unknown` for it); it is compared apart, and left out of the name;
- the epoch stands in the version or in the qualifier `epoch`, as trivy has it for deb;
- `foo_bar`, `foo-bar` and `foo.bar` are one project of Python (PEP 503);
- Go modules: any case, `v1.2.3` or `1.2.3`, the standard library with `go` before its version,
  and what comes after three elements of a path in the subpath, as syft has it;
- an architecture is `amd64` or `x86_64`; a package for all of them contradicts none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.bills.model import Bill, Element
from analyzer.diff.purlparts import PurlParts, purl_parts
from analyzer.image.platform import normalise
from analyzer.packages.choosing import Standing, standing_of
from analyzer.packages.contract import Package
from analyzer.packages.purltypes import rules_of

NO_TYPE = ""
"""The type of what has only a name."""
IMAGES = frozenset({"docker", "oci"})
"""Types of package URLs that name images, not packages in them."""
_FOLDED = frozenset({"golang", "nuget", "pypi"})
"""Types whose names tools write in different cases beyond what the standard says."""
_EPOCH = re.compile(r"(?P<epoch>[0-9]+):(?P<rest>.+)", re.DOTALL)
_EPOCHS = frozenset({"alpm", "deb", "rpm"})
_GO_VERSION = re.compile(r"(?:go|v)(?=[0-9])")
_PEP503 = re.compile(r"[-_.]+")
_NO_VERSION = frozenset({"", "(devel)", "(none)", "noassertion", "none", "unknown"})
_ANY = frozenset({"", "all", "any", "noarch"})
_ARCHITECTURES = {
    "armv6": "armel",
    "armv6hl": "armel",
    "armv7": "armhf",
    "armv7hl": "armhf",
    "armv7l": "armhf",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "loongarch64": "loong64",
    "mips64el": "mips64le",
    "ppc64el": "ppc64le",
    "x86": "386",
}
"""What distributions call architectures, in words that `image.platform` knows."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that a package is there."""

    type: str
    """The package URL type; `NO_TYPE` where only a name is known."""
    name: str
    """To be compared: with its namespace where that is part of the name."""
    version: str
    """To be compared; empty where none is stated."""
    arch: str
    """As platforms call it; empty where none is stated, or where it runs on all."""
    said: Mapping[str, str] = field(compare=False)
    """As it is written: `type`, `name`, `version`, `arch`, `purl`, `state`."""
    standing: Standing = Standing.INSTALLED
    places: tuple[str, ...] = ()
    """The files that say so, of an image."""
    source: tuple[str, str] = ("", "")
    """The source package, name and version to be compared; empty where none is known."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is, whatever its version."""
        return self.type, self.name

    @property
    def base(self) -> str:
        """The name alone, for what is known by nothing else."""
        return self.name.rpartition("/")[2]


def claims_of_image(packages: Iterable[Package]) -> list[Claim]:
    """What an image claims, in whatever sense its packages are in it."""
    return [_of_package(package) for package in packages]


def _of_package(package: Package) -> Claim:
    kind = package.type
    source = package.source
    return Claim(
        type=kind,
        name=_name(kind, package.namespace, package.name),
        version=_version(kind, package.version),
        arch=architecture(package.arch) if rules_of(kind).system else "",
        said={
            "type": kind,
            "name": "/".join(part for part in (package.namespace, package.name) if part),
            "version": package.version,
            "arch": package.arch,
            "purl": package.purl,
            "state": package.state,
        },
        standing=standing_of(package),
        places=tuple(sorted({place.path for place in package.locations})),
        source=(
            (_name(kind, "", source.name), _version(kind, source.version)) if source else ("", "")
        ),
    )


def claims_of_bill(bill: Bill) -> tuple[list[Claim], list[Element]]:
    """What a document claims, and entries that name no package: without purl and version.

    What the document describes as a whole is none of its packages, and neither is an image.
    """
    claims, others = [], []
    for element in _listed(bill):
        parts = purl_parts(element.purl)
        if parts is not None and parts.type in IMAGES:
            continue
        if parts is None and not element.version:
            others.append(element)
        else:
            claims.append(_of_element(element, parts))
    return claims, others


def _listed(bill: Bill) -> Iterator[Element]:
    subjects = frozenset(bill.subjects)
    return (e for e in bill.packages if e.ref not in subjects or not e.ref)


def _of_element(element: Element, parts: PurlParts | None) -> Claim:
    kind = parts.type if parts else NO_TYPE
    arch = (parts.qualifiers.get("arch", "") if parts else "") or _arch_property(element)
    system = rules_of(kind).system or kind == NO_TYPE
    name = _element_name(kind, element, parts)
    written = "/".join(part for part in (element.namespace, element.name) if part)
    return Claim(
        type=kind,
        name=name,
        version=_version(kind, _element_version(element, parts)),
        arch=architecture(arch) if system else "",
        said={
            "type": kind,
            "name": written or name,
            "version": element.version or (parts.version if parts else ""),
            "arch": arch,
            "purl": element.purl,
            "state": "listed",
        },
    )


def _element_name(kind: str, element: Element, parts: PurlParts | None) -> str:
    if parts is None:
        return _name(kind, element.namespace, element.name)
    name = parts.name
    if kind == "golang" and parts.subpath:
        name = f"{name}/{parts.subpath}"
    return _name(kind, parts.namespace, name)


def _element_version(element: Element, parts: PurlParts | None) -> str:
    """With its epoch, wherever that stands."""
    if parts is None or not parts.version:
        return element.version
    if parts.type not in _EPOCHS or _EPOCH.fullmatch(parts.version):
        return parts.version
    stated = _EPOCH.fullmatch(element.version)
    epoch = parts.qualifiers.get("epoch", "")
    if not epoch and stated and stated["rest"] == parts.version:
        epoch = stated["epoch"]
    return f"{epoch}:{parts.version}" if epoch.isdigit() else parts.version


def _arch_property(element: Element) -> str:
    """As syft (`syft:metadata:architecture`) and we (`ociscope:package:arch`) write it."""
    words = ("architecture", "arch")
    found = (v for name, v in element.properties if name.lower().rpartition(":")[2] in words)
    return next(found, "")


def _name(kind: str, namespace: str, name: str) -> str:
    rules = rules_of(kind)
    if rules.system:
        return name.partition(":")[0].lower() if kind == "deb" else _folded(kind, name)
    if kind == "pypi":
        return _PEP503.sub("-", name.lower())
    whole = f"{namespace}/{name}" if namespace else name
    return _folded(kind, whole)


def _folded(kind: str, name: str) -> str:
    return name.lower() if kind in _FOLDED or "name" in rules_of(kind).folded else name


def _version(kind: str, version: str) -> str:
    version = version.strip()
    if version.lower() in _NO_VERSION:
        return ""
    if kind in _EPOCHS:
        epoch = _EPOCH.fullmatch(version)
        return epoch["rest"] if epoch and not epoch["epoch"].strip("0") else version
    if kind == "golang":
        return _GO_VERSION.sub("", version, count=1) if _GO_VERSION.match(version) else version
    return version.lower() if kind == "pypi" else version


def architecture(name: str) -> str:
    """What platforms call an architecture: `amd64`, `arm/v7`; empty for what runs on all."""
    name = name.strip().lower()
    if name in _ANY:
        return ""
    found = normalise("", _ARCHITECTURES.get(name, name))
    return f"{found.architecture}/{found.variant}" if found.variant else found.architecture
