"""syft's own form: a document after its schema, which it is held against where that lies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.bills.model import Evidence, Party, Relation
from analyzer.bills.read import read_bill
from tests.support.tools import shared

LAYER = "sha256:" + "d" * 64
SYFT: dict[str, Any] = {
    "artifacts": [
        {
            "id": "a1",
            "name": "musl",
            "version": "1.2.3-r4",
            "type": "apk",
            "foundBy": "apk-db-cataloger",
            "locations": [
                {
                    "path": "/lib/apk/db/installed",
                    "layerID": LAYER,
                    "accessPath": "/lib/apk/db/installed",
                    "annotations": {"evidence": "primary"},
                }
            ],
            "licenses": [
                {
                    "value": "MIT",
                    "spdxExpression": "MIT",
                    "type": "declared",
                    "urls": [],
                    "locations": [],
                },
                {
                    "value": "BSD or so",
                    "spdxExpression": "",
                    "type": "concluded",
                    "urls": ["https://example.org/"],
                    "locations": [],
                },
            ],
            "language": "",
            "cpes": [{"cpe": "cpe:2.3:a:musl:musl:1.2.3:*:*:*:*:*:*:*", "source": "syft"}],
            "purl": "pkg:apk/alpine/musl@1.2.3-r4",
            "metadataType": "apk-db-entry",
            "metadata": {
                "package": "musl",
                "maintainer": "Timo Teräs <timo.teras@iki.fi>",
                "version": "1.2.3-r4",
                "architecture": "x86_64",
                "url": "https://musl.libc.org/",
                "description": "the C library",
                "size": 1,
                "installedSize": 2,
                "pullDependencies": [],
                "provides": [],
                "pullChecksum": "Q1",
                "gitCommitOfApkPort": "c",
                "files": [],
            },
        },
        {
            "id": "a2",
            "name": "inner",
            "version": "2",
            "type": "java-archive",
            "foundBy": "java-archive-cataloger",
            "locations": [{"path": "/app/outer.jar", "layerID": LAYER, "accessPath": "/x"}],
            "licenses": [],
            "language": "java",
            "cpes": [],
            "purl": "",
            "metadataType": "java-archive",
            "metadata": {
                "virtualPath": "/app/outer.jar:inner.jar",
                "digest": [{"algorithm": "sha1", "value": "b" * 40}],
            },
        },
    ],
    "artifactRelationships": [
        {"parent": "img", "child": "a1", "type": "contains"},
        {"parent": "a1", "child": "a2", "type": "dependency-of"},
        {"parent": "a1", "child": "f1", "type": "evident-by"},
    ],
    "files": [
        {
            "id": "f1",
            "location": {"path": "/lib/apk/db/installed", "layerID": LAYER},
            "metadata": {
                "mode": 644,
                "type": "RegularFile",
                "userID": 0,
                "groupID": 0,
                "mimeType": "text/plain",
                "size": 3,
            },
            "digests": [{"algorithm": "sha256", "value": "c" * 64}],
        }
    ],
    "source": {
        "id": "img",
        "name": "alpine",
        "version": "sha256:" + "e" * 64,
        "type": "image",
        "metadata": {
            "userInput": "alpine:3.17",
            "imageID": "sha256:" + "f" * 64,
            "manifestDigest": "sha256:" + "e" * 64,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "tags": ["alpine:3.17"],
            "imageSize": 3,
            "layers": [{"mediaType": "m", "digest": LAYER, "size": 3}],
            "manifest": "e30=",
            "config": "e30=",
            "repoDigests": ["alpine@sha256:1"],
            "architecture": "amd64",
            "os": "linux",
            "labels": {"a": "b"},
        },
    },
    "distro": {"prettyName": "Alpine Linux v3.17", "id": "alpine", "versionID": "3.17.0"},
    "descriptor": {"name": "syft", "version": "1.50.0", "configuration": {"a": 1}},
    "schema": {
        "version": "16.1.10",
        "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.1.10.json",
    },
}


def test_the_document_is_one_that_syft_could_write() -> None:
    import jsonschema

    schema = json.loads(shared("schemas", "syft-16.1.10.schema.json").read_bytes())
    jsonschema.validate(SYFT, schema)


def test_everything_that_has_a_place_is_read() -> None:
    bill = read_bill(json.dumps(SYFT).encode())
    image, layer, system, musl, inner, file = bill.elements
    assert bill.form == "syft 16.1.10 (JSON)"
    assert bill.creators == (Party("syft", kind="tool", version="1.50.0"),)
    assert bill.subjects == ("img",)
    assert (image.kind, image.digests) == ("image", ("sha256:" + "e" * 64,))
    assert ("syft:image:imageID", "sha256:" + "f" * 64) in image.properties
    assert (layer.kind, layer.name, layer.digests) == ("layer", LAYER, ())
    assert (system.kind, system.name, system.version) == ("system", "alpine", "3.17.0")
    assert musl.evidence == (Evidence("lib/apk/db/installed", layer=LAYER, by="apk-db-cataloger"),)
    assert (musl.licence, musl.licence_concluded) == ("MIT", "")
    assert musl.licences_found == ("MIT", "BSD or so")
    assert musl.cpes == ("cpe:2.3:a:musl:musl:1.2.3:*:*:*:*:*:*:*",)
    assert musl.supplier == Party("Timo Teräs <timo.teras@iki.fi>", kind="")
    assert inner.evidence == (
        Evidence("app/outer.jar", layer=LAYER, inside="inner.jar", by="java-archive-cataloger"),
    )
    assert inner.digests == ("sha1:" + "b" * 40,)
    assert (file.kind, file.digests) == ("file", ("sha256:" + "c" * 64,))
    assert bill.relations == (
        Relation("img", "CONTAINS", layer.ref),
        Relation("img", "CONTAINS", system.ref),
        Relation("img", "CONTAINS", "a1"),
        Relation("a2", "DEPENDS_ON", "a1"),
        Relation("a1", "OTHER", "f1", "evident-by"),
    )
    assert {each.what: each.count for each in bill.lost} == {
        "artifacts[].licenses[].urls[]": 1,
        "artifacts[].metadata": 1,
        "descriptor.configuration": 1,
        "files[].metadata": 1,
        "source.metadata.labels": 1,
    }


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_what_is_no_image(kind: str) -> None:
    source = {"id": "s", "name": "/srv", "type": kind, "metadata": {"path": "/srv"}}
    bill = read_bill(json.dumps({**SYFT, "source": source}).encode())
    assert bill.elements[0].kind == "other"


def test_older_documents() -> None:
    """Until version 10 of the form CPEs and licences were texts, and the source had a target."""
    artifact = {"id": "a", "name": "a", "cpes": ["cpe:2.3:a:a:a:1"], "licenses": ["MIT"]}
    source = {"type": "image", "target": {"userInput": "a:1", "manifestDigest": "sha256:1"}}
    bill = read_bill(json.dumps({**SYFT, "artifacts": [artifact], "source": source}).encode())
    (package,) = bill.packages
    assert (package.cpes, package.licences_found) == (("cpe:2.3:a:a:a:1",), ("MIT",))
    assert (bill.elements[0].name, bill.elements[0].version) == ("a:1", "sha256:1")
