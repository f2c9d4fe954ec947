"""Bills made by hand: one of every shape that the writers can be handed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from analyzer.bills.model import (
    Bill,
    Completeness,
    Element,
    Evidence,
    ExternalDocument,
    Kind,
    Party,
    Reference,
    Relation,
    Remark,
)

CREATED = "2024-01-02T03:04:05Z"
TOOL = Party("ociscope", kind="tool", version="0.1.0")
MANIFEST = f"sha256:{hashlib.sha256(b'manifest').hexdigest()}"


def sums(data: bytes, *names: str) -> tuple[str, ...]:
    """Digests as bills state them, by hashlib."""
    return tuple(f"{name}:{hashlib.new(name, data).hexdigest()}" for name in names)


IMAGE = Element(
    "Image-app",
    "image",
    "registry.example/team/app",
    version=MANIFEST,
    purl=f"pkg:oci/app@{MANIFEST}?arch=amd64&os=linux",
    digests=(MANIFEST,),
    supplier=Party("Example"),
    licence="MIT",
    homepage="https://example.org/app",
    comment="Names in the file: registry.example/team/app:1.0",
    properties=(("ociscope:image:platform", "linux/amd64"),),
)
LAYER = Element("Layer-0", "layer", "sha256:00", comment="Layer at position 0 of 1")
SYSTEM = Element(
    "OperatingSystem-debian", "system", "debian", version="12", summary="Debian GNU/Linux 12"
)
PACKAGE = Element(
    "Package-deb-libc6",
    "package",
    "libc6",
    version="2.36-9+deb12u4",
    purl="pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12",
    supplier=Party("GNU Libc Maintainers", "debian-glibc@lists.debian.org"),
    originator=Party("Jane Doe", "jane@example.org", "person"),
    licence="LGPL-2.1-or-later AND LicenseRef-odd",
    licences_found=("LGPL-2.1+", "odd"),
    copyright="Copyright 1991 Somebody\nCopyright 2001 Somebody else",
    cpes=("cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*", "cpe:/a:gnu:glibc:2.36"),
    homepage="https://www.gnu.org/software/libc/libc.html",
    summary="GNU C Library: Shared libraries",
    description="Contains the standard libraries\nthat nearly all programs use.",
    origin="Recorded in var/lib/dpkg/status (layer 0)",
    evidence=(Evidence("var/lib/dpkg/status", "sha256:00", method="database", confidence=1.0),),
    references=(
        Reference("SECURITY", "advisory", "https://example.org/advisory/1", "about it"),
        Reference("PERSISTENT-ID", "swh", f"swh:1:cnt:{'0a' * 20}"),
        Reference("OTHER", "vcs", "https://git.example.org/glibc.git"),
    ),
    properties=(("ociscope:package:arch", "amd64"), ("ociscope:package:type", "deb")),
)
OTHER = Element("Package-deb-base", "package", "base-files", version="12.4", licence="NONE")
FILE = Element(
    "File-libc",
    "file",
    "usr/lib/x86_64-linux-gnu/libc.so.6",
    digests=sums(b"libc", "sha1", "sha256"),
    licence="LGPL-2.1-or-later",
    properties=(("ociscope:layer:position", "0"),),
)
CONFIG = Element("File-conf", "file", "/etc/a b.conf", digests=sums(b"conf", "sha1"))
LOOSE = Element("File-loose", "file", "./srv/data", digests=sums(b"data", "sha1"), copyright="me")

FULL = Bill(
    name="registry.example/team/app:1.0 linux/amd64",
    subjects=("Image-app",),
    elements=(IMAGE, LAYER, SYSTEM, PACKAGE, OTHER, FILE, CONFIG),
    relations=(
        Relation("Image-app", "CONTAINS", "Layer-0"),
        Relation("Image-app", "CONTAINS", "OperatingSystem-debian"),
        Relation("Image-app", "CONTAINS", "Package-deb-libc6"),
        Relation("Image-app", "CONTAINS", "Package-deb-base"),
        Relation("Image-app", "CONTAINS", "File-conf"),
        Relation("Package-deb-libc6", "CONTAINS", "File-libc"),
        Relation("Package-deb-base", "CONTAINS", "File-libc", "listed by both"),
        Relation("Package-deb-libc6", "DEPENDS_ON", "Package-deb-base"),
        Relation("Package-deb-base", "DEPENDS_ON", "NOASSERTION"),
    ),
    created=CREATED,
    creators=(TOOL, Party("Example", "sbom@example.org"), Party("Jane", kind="person")),
    comment="INCOMPLETE: one layer could not be read.\nGenerated after build.",
    licence_texts=(("LicenseRef-odd", "Do what you want\n\nwith it."),),
    completeness=(
        Completeness("image", "incomplete", "a layer is missing", ("Image-app",)),
        Completeness("deb", "complete", "listed by its database", ("Package-deb-libc6",)),
    ),
    remarks=(Remark("Image-app", "Not listed: 3 packages."), Remark("", "About all of it.")),
    lifecycle="post-build",
)
INDEX = Bill(
    name="app index",
    subjects=("Index-app",),
    elements=(
        Element("Index-app", "index", "app", version="sha256:11", digests=(MANIFEST,)),
        Element("Manifest-amd64", "image", "sha256:22", digests=sums(b"amd64", "sha256")),
        Element("Manifest-att", "attestation", "sha256:33", digests=sums(b"att", "sha256")),
    ),
    relations=(
        Relation("Index-app", "VARIANT_OF", "Manifest-amd64"),
        Relation("Index-app", "CONTAINS", "Manifest-att"),
        Relation("Manifest-att", "OTHER", "Manifest-amd64", "attestation about it"),
    ),
    created=CREATED,
    creators=(TOOL,),
    external=(
        ExternalDocument(
            "DocumentRef-Manifest-amd64",
            "urn:uuid:6c3c2f50-3f0d-5f6e-9a38-2f0b6a1b7a11",
            sums(b"document", "sha1"),
            "Manifest-amd64",
        ),
    ),
)
FOREIGN = Bill(
    name="",
    subjects=("pkg:oci/app@sha256:ab?arch=amd64", "gone"),
    elements=(
        Element("pkg:oci/app@sha256:ab?arch=amd64", "image", "app", supplier=Party("R (D)")),
        Element("d1b0e9b6-7a0e-4a3e-8d39-3f6d2c1a6a55", "library", "a", namespace="@scope"),
        Element("two words", "application", "b", licence="GPLv2 or so", homepage="none of yours"),
        Element("two_words", "platform", "", version=" ", download="on a disk"),
        Element("twice", "package", "c", licence="LicenseRef-a_b OR MIT", purl="pkg:npm"),
        Element(
            "twice", "package", "c", digests=("sha256:short", "md5+b64:AA==", *sums(b"", "md5"))
        ),
        Element("", "data", "d", cpes=("cpe:nothing",), references=(Reference("X", "y z", "a b"),)),
        Element("", "data", "d", evidence=(Evidence("a.jar", inside="b.jar", confidence=0.5),)),
        Element("SPDXRef-DOCUMENT", "other", "e", supplier=Party("tool", kind="tool")),
        Element("no sha1", "file", "x", digests=sums(b"x", "sha256")),
        Element("x" * 5000, "firmware", "f"),
    ),
    relations=(
        Relation("two words", "DEPENDS_ON", "twice"),
        Relation("two words", "DEPENDS_ON", "nobody"),
        Relation("nobody", "CONTAINS", "NONE"),
        Relation("two words", "CONTAINS", "no sha1"),
        Relation("two words", "IS_FOND_OF", "two_words", "very"),
        Relation("two words", "AMENDS", "DocumentRef-odd_name:SPDXRef-x"),
        Relation("two words", "AMENDS", "DocumentRef-bare:SPDXRef-x"),
    ),
    created="2024-01-02T05:04:05.123+02:00",
    creators=(Party("", kind="person"), Party("Somebody (at home)", kind="")),
    licence_texts=(("LicenseRef-a_b", "own text"), ("LicenseRef-empty", "")),
    completeness=(Completeness("npm", "unknown", "", ("two words", "twice", "nobody")),),
    remarks=(Remark("nobody", ""), Remark("two words", "a remark")),
    external=(
        ExternalDocument("DocumentRef-odd_name", "https://example.org/x", sums(b"x", "sha1")),
        ExternalDocument("DocumentRef-bare", "https://example.org/y"),
    ),
    form="CycloneDX 1.6 (JSON)",
)
KINDS = Bill(
    name="kinds",
    subjects=("image",),
    elements=tuple(
        Element(kind, kind, f"a {kind}", digests=sums(kind.encode(), "sha1"))
        for kind in get_args(Kind)
    ),
    created=CREATED,
    creators=(TOOL,),
)
SHAPES: Mapping[str, Bill] = {
    "full": FULL,
    "index": INDEX,
    "foreign": FOREIGN,
    "kinds": KINDS,
    "nothing": Bill("", (), ()),
    "one package without a subject": Bill("x", (), (OTHER,), created="yesterday"),
    "packages without a subject": Bill("x", (), (OTHER, PACKAGE), created=CREATED),
    "only a file": Bill("x", ("File-loose",), (LOOSE,), created=CREATED),
    "a file in no package": replace(FULL, elements=(*FULL.elements, LOOSE)),
    "about a file without a SHA-1": Bill(
        "x", ("f",), (Element("f", "file", "app.jar"), PACKAGE), created=CREATED
    ),
}
