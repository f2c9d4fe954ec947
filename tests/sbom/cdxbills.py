"""A bill made by hand for CycloneDX, and what a stranger could put into one."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bills.model import (
    Bill,
    Completeness,
    Element,
    Evidence,
    ExternalDocument,
    Party,
    Reference,
    Relation,
    Remark,
)
from analyzer.digest import digest_bytes

LAYER = digest_bytes(b"blob 0")
DIFF_ID = digest_bytes(b"tar 0")
MANIFEST = digest_bytes(b"manifest")
IMAGE_ID = digest_bytes(b"config")

ROOT = Element(
    "SPDXRef-Image",
    "image",
    "registry.example/team/app",
    MANIFEST,
    purl=f"pkg:oci/app@{MANIFEST}?arch=amd64",
    digests=(MANIFEST,),
    supplier=Party("Team"),
    properties=(
        ("ociscope:image:id", IMAGE_ID),
        ("ociscope:image:manifest", MANIFEST),
        ("ociscope:image:name", "registry.example/team/app:1.0"),
        ("ociscope:image:platform", "linux/arm64/v8"),
    ),
)
BOTTOM = Element(
    "SPDXRef-Layer-0",
    "layer",
    LAYER,
    LAYER,
    digests=(LAYER,),
    properties=(
        ("ociscope:layer:diff-id", DIFF_ID),
        ("ociscope:layer:digest", LAYER),
        ("ociscope:layer:media-type", "application/vnd.oci.image.layer.v1.tar+gzip"),
        ("ociscope:layer:position", "0"),
    ),
)
SYSTEM = Element(
    "SPDXRef-OS",
    "system",
    "debian",
    "12",
    summary="Debian GNU/Linux 12 (bookworm)",
    cpes=("cpe:/o:debian:debian_linux:12",),
)
LIBC = Element(
    "SPDXRef-libc6",
    "package",
    "libc6",
    "2.36-9+deb12u4",
    purl="pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc",
    supplier=Party("GNU Libc Maintainers", "debian-glibc@lists.debian.org"),
    licence="LGPL-2.1-or-later AND GPL-2.0-only",
    licences_found=("LGPL-2.1+", "GPL-2"),
    homepage="https://www.gnu.org/software/libc/libc.html",
    evidence=(
        Evidence("var/lib/dpkg/status", LAYER, method="database", confidence=1.0, by="dpkg"),
        Evidence("usr/share/doc/libc6/copyright", LAYER, method="metadata", by="dpkg"),
    ),
    properties=(
        ("ociscope:layer:diff-id", DIFF_ID),
        ("ociscope:layer:digest", LAYER),
        ("ociscope:layer:position", "0"),
        ("ociscope:package:arch", "amd64"),
        ("ociscope:package:source:name", "glibc"),
        ("ociscope:package:source:version", "2.36-9+deb12u4"),
        ("ociscope:package:state", "installed"),
        ("ociscope:package:type", "deb"),
    ),
)
ANGULAR = Element(
    "SPDXRef-angular",
    "library",
    "core",
    "17.0.0",
    namespace="@angular",
    purl="pkg:npm/%40angular/core@17.0.0",
    digests=("sha256:" + "ab" * 32,),
    originator=Party("Google", kind="person"),
    licence="MIT",
    licences_found=("MIT",),
    cpes=("cpe:2.3:a:angular:angular:17.0.0:*:*:*:*:*:*:*",),
    evidence=(
        Evidence(
            "app/bundle.tar", LAYER, inside="node_modules/@angular/core/package.json", by="node"
        ),
    ),
)
HAND_BUILT = Element("SPDXRef-tool", "application", "tool")

FULL = Bill(
    name="registry.example/team/app:1.0 linux/arm64/v8",
    subjects=(ROOT.ref,),
    elements=(ROOT, BOTTOM, SYSTEM, LIBC, ANGULAR, HAND_BUILT),
    relations=(
        Relation(ROOT.ref, "CONTAINS", BOTTOM.ref),
        Relation(ROOT.ref, "CONTAINS", SYSTEM.ref),
        Relation(ROOT.ref, "CONTAINS", LIBC.ref),
        Relation(ROOT.ref, "CONTAINS", ANGULAR.ref),
        Relation(ROOT.ref, "CONTAINS", HAND_BUILT.ref),
        Relation(BOTTOM.ref, "CONTAINS", LIBC.ref),
        Relation(LIBC.ref, "CONTAINS", ANGULAR.ref),
        Relation(ANGULAR.ref, "DEPENDS_ON", LIBC.ref),
    ),
    created="2024-01-02T03:04:05Z",
    creators=(Party("ociscope", kind="tool", version="0.1.0"),),
    comment="One sentence.\nAnother.",
    licence_texts=(("LicenseRef-x", "text"),),
    completeness=(Completeness("deb", "complete", "listed by a database", (LIBC.ref,)),),
    remarks=(Remark(ROOT.ref, "Not listed: 1 package."),),
    external=(ExternalDocument("DocumentRef-x", "urn:uuid:1"),),
    lifecycle="post-build",
)

HOSTILE_TEXTS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'quoted",
    'a "b", c\nd',
    "\x1b[2J\u202e\ud800",
    "",
    "</text>]]>",
    "{{ 7 * 7 }}",
    "x" * 20_000,
)


def hostile_bill() -> Bill:
    """A bill with every text of a stranger in every member of a package that can hold it."""
    packages = tuple(_hostile(number, text) for number, text in enumerate(HOSTILE_TEXTS))
    return replace(
        FULL,
        name=HOSTILE_TEXTS[8],
        subjects=(ROOT.ref, "nowhere"),
        elements=(*FULL.elements, *packages, packages[0]),
        relations=(
            *FULL.relations,
            Relation("nowhere", "CONTAINS", "SPDXRef-libc6"),
            Relation("SPDXRef-libc6", "DEPENDS_ON", "nowhere"),
            Relation(packages[0].ref, "DEPENDS_ON", packages[1].ref),
            Relation(packages[0].ref, "\x1b", packages[1].ref, "\ud800"),
        ),
    )


def _hostile(number: int, text: str) -> Element:
    return Element(
        f"hostile-{number}",
        "package",
        text,
        text,
        namespace=text,
        purl=text,
        purl_comment=text,
        digests=(f"sha256:{text}", text),
        supplier=Party(text, text),
        originator=Party(text, text),
        licence=text,
        licence_concluded=text,
        licences_found=(text, text),
        copyright=text,
        cpes=(text,),
        homepage=text,
        download=text,
        summary=text,
        description=text,
        comment=text,
        origin=text,
        evidence=(Evidence(text, text, text, text, 0.5, text, text),),
        references=(Reference("OTHER", text, text),),
        properties=((f"ociscope:package:{text}", text), ("ociscope:package:type", text)),
    )
