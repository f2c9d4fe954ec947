"""What a syft document says of the image itself and of its distribution.

anchore/syft, `syft/source/image_metadata.go` and `syft/format/syftjson/model/linux_release.go`.
Members are left out where their value is not known: the raw manifest and config, sizes, the
digests by which a registry was asked. A manifest digest stands there only where it is one that a
registry has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analyzer.bills.model import Bill, Element
from analyzer.packages.distro import Distro
from analyzer.paths import printable
from analyzer.report import ImageReport
from analyzer.sbom.ids import fingerprint
from analyzer.sbom.stated import PREFIX, fact

Member = dict[str, Any]
_ID = re.compile(r"[a-z0-9._-]+")
"""os-release(5), ID."""
_NAME = f"{PREFIX}image:name"


def subject_of(bill: Bill) -> Element | None:
    """The one element that the bill is about; None where it names none, or several."""
    found = [element for element in bill.elements if element.ref in set(bill.subjects)]
    return found[0] if len(found) == 1 else None


def source_id(bill: Bill) -> str:
    """Names the source within the document."""
    subject = subject_of(bill)
    facts = [subject.ref, subject.name, subject.version] if subject else [bill.name]
    return fingerprint(["source", *facts])


def source(bill: Bill, qualifiers: Mapping[str, str], image: ImageReport | None) -> Member:
    """The `source` member; `qualifiers` are those of the subject's package URL.

    Before 1.23 syft refuses a document with a type that it does not know. So what is no image is a
    `file` of that name, as in `syft/format/internal/cyclonedxutil/helpers/decoder.go`.
    """
    subject = subject_of(bill)
    named: Member = {
        "id": source_id(bill),
        "name": subject.name if subject else bill.name,
        "version": subject.version if subject else "",
    }
    if subject is not None and subject.supplier is not None:
        named["supplier"] = subject.supplier.name
    if subject is None or subject.kind != "image":
        return {**named, "type": "file", "metadata": {"path": named["name"], "mimeType": ""}}
    return {**named, "type": "image", "metadata": _image(bill, subject, qualifiers, image)}


def _image(
    bill: Bill, subject: Element, qualifiers: Mapping[str, str], image: ImageReport | None
) -> Member:
    names = [value for name, value in subject.properties if name == _NAME]
    system, architecture, variant = _platform(subject, qualifiers)
    facts = {
        "userInput": names[0] if names else subject.name,
        "imageID": fact(subject, "image:id"),
        "manifestDigest": next((d for d in subject.digests if d.startswith("sha")), ""),
        "mediaType": _text(image.manifest.get("mediaType")) if image else "",
        "tags": names,
        "layers": [_layer(each) for each in bill.elements if each.kind == "layer"],
        "repoDigests": [],
        "architecture": architecture,
        "architectureVariant": variant,
        "os": system,
        "labels": _texts(_runtime(image).get("Labels")) if image else {},
        "annotations": _texts(image.manifest.get("annotations")) if image else {},
    }
    lists = {"tags", "layers", "repoDigests"}
    return {name: value for name, value in facts.items() if value or name in lists}


def _platform(subject: Element, qualifiers: Mapping[str, str]) -> tuple[str, str, str]:
    stated = fact(subject, "image:platform").split("/")
    known = [qualifiers.get(key, "") for key in ("os", "arch", "variant")]
    stated = stated if len(stated) > 1 else known
    system, architecture, variant = (*stated, "", "")[:3]
    return system, architecture, variant


def _layer(layer: Element) -> Member:
    digest = fact(layer, "layer:diff-id") or fact(layer, "layer:digest") or layer.name
    media_type = fact(layer, "layer:media-type")
    return ({"mediaType": media_type} if media_type else {}) | {"digest": digest}


def _runtime(image: ImageReport) -> Mapping[str, Any]:
    runtime = image.config.get("config")
    return runtime if isinstance(runtime, dict) else {}


def _text(value: object) -> str:
    return printable(value) if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    """The members of an object whose values are texts, sorted."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {printable(k): printable(v) for k, v in sorted(pairs) if isinstance(v, str)}


def distro(bill: Bill, image: ImageReport | None) -> Member:
    """The `distro` member: as os-release states it, else what the bill says of its system."""
    if image is not None:
        return _release(image.distro) if image.distro else {}
    systems = [element for element in bill.elements if element.kind == "system"]
    if len(systems) != 1:
        return {}
    system = systems[0]
    facts = {
        "prettyName": system.summary or system.description,
        "id" if _ID.fullmatch(system.name) else "name": system.name,
        "versionID": system.version,
        "cpeName": next(iter(system.cpes), ""),
    }
    return {name: value for name, value in facts.items() if value}


def _release(release: Distro) -> Member:
    facts: Member = {
        "prettyName": printable(release.pretty_name),
        "id": printable(release.id),
        "idLike": [printable(each) for each in release.id_like],
        "versionID": printable(release.version_id),
        "versionCodename": printable(release.codename),
        "buildID": printable(release.build_id),
        "imageID": printable(release.image_id),
        "imageVersion": printable(release.image_version),
        "variantID": printable(release.variant_id),
        "cpeName": printable(release.cpe_name),
    }
    return {name: value for name, value in facts.items() if value}
