"""What is taken for a bill of materials and what is not."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from analyzer.bills.read import looks_like_bill
from tests.support.tools import shared

SPDX = b'{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}'
TAGS = b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n"
NOT_FIRST = json.dumps({"components": [{"name": "x" * 100_000}], "bomFormat": "CycloneDX"}).encode()
SYFT = json.dumps(
    {
        "artifacts": [{"name": "a" * 100_000}],
        "source": {},
        "schema": {
            "version": "16",
            "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.json",
        },
    }
).encode()
BILLS = {
    "spdx": SPDX,
    "byte-order mark": b"\xef\xbb\xbf" + SPDX,
    "blanks": b"\n\n  " + SPDX,
    "cut off": SPDX[:40],
    "tag-value": TAGS,
    "tag-value after comments": b"# made by hand\n\n" + TAGS,
    "yaml": b"SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n",
    "yaml after a marker": b'---\n"spdxVersion": "SPDX-2.2"\n',
    "yaml, sorted": b"SPDXID: SPDXRef-DOCUMENT\n"
    + b"name: a\n" * 10_000
    + b"spdxVersion: SPDX-2.3\n",
    "xml": b'<?xml version="1.0"?>\n<!-- x -->\n<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.4"/>',
    "rdf": b'<rdf:RDF xmlns="http://spdx.org/rdf/terms#"/>',
    "spdx 3": b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}',
    "bomFormat at the end": NOT_FIRST,
    "syft, schema at the end": SYFT,
}
OTHERS = {
    "nothing": b"",
    "manifest.json": b'[{"Config":"a.json","RepoTags":["spdxVersion:1"],"Layers":[]}]',
    "index": b'{"schemaVersion":2,"manifests":[{"annotations":{"bomFormat":"CycloneDX"}}]}',
    "config": b'{"config":{"Labels":{"spdxVersion":"SPDX-2.3","x":"\\"bomFormat\\":"}}}',
    "config, cut off": b'{"config":{"Labels":{"spdxVersion":"SPDX-2.3","a":"b',
    "xml": b"<project><bom>http://cyclonedx.org</bom></project>",
    "text about SPDX": b"The line SPDXVersion: comes first.\n",
    "binary": b"\0" + TAGS,
    "artifacts of somebody": b'{"artifacts": [], "schema": {"url": "https://example.org/"}}',
}


@pytest.mark.parametrize("name", BILLS)
def test_bills(name: str) -> None:
    assert looks_like_bill(BILLS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert not looks_like_bill(OTHERS[name])


@pytest.mark.parametrize("name", BILLS)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_tar_that_holds_one_is_a_tar(name: str, form: int) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        member = tarfile.TarInfo("{spdxVersion")
        member.size = len(BILLS[name])
        tar.addfile(member, io.BytesIO(BILLS[name]))
    assert not looks_like_bill(out.getvalue())


def test_files_of_images_are_none() -> None:
    """Every file of the layouts and archives of the corpus that is no SBOM by its name."""
    found = [
        path
        for folder in ("layouts", "archives")
        for path in sorted(shared("corpus", folder).rglob("*"))
        if path.is_file() and "spdx" not in path.name
    ]
    assert len(found) > 100
    assert [path for path in found if looks_like_bill(path.read_bytes()[: 1 << 20])] == []
