"""The target that reads bills of materials: any form, and what they come in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from analyzer.bills.read import NotABill, looks_like_bill, read_bill
from analyzer.errors import LimitExceeded
from analyzer.limits import KIB, Limits
from tests.bills.fulldocuments import FULL_CYCLONEDX, FULL_SPDX
from tests.fuzz.target import Target
from tests.support.tools import ROOT

LIMITS = Limits(sbom_bytes=256 * KIB, sbom_values=20_000, sbom_depth=50)
_ORDINARY = ROOT / "fixtures" / "packages" / "sbomfiles" / "ordinary"


def run(data: bytes) -> None:
    """What is read can be printed, and was taken for what it is."""
    looks = looks_like_bill(data)
    words = ""
    bill = None
    try:
        bill = read_bill(data, LIMITS)
    except (NotABill, LimitExceeded) as fault:
        words = str(fault)
    assert words.isprintable()
    if bill is None:
        return
    assert looks or b"\0" in data
    assert all(t.replace("\n", "").replace("\t", "").isprintable() for t in texts_in(bill))
    assert all(each.count > 0 for each in bill.lost)
    assert list(bill.lost) == sorted(set(bill.lost))


def texts_in(value: object) -> Iterator[str]:
    """Every text in a tree of dataclasses and tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts_in(getattr(value, each.name))


def seeds() -> Iterator[bytes]:
    for path in sorted(_ORDINARY.rglob("*")):
        if path.suffix in {".json", ".spdx", ".xml"} and path.name != "expected.json":
            yield path.read_bytes()[:6000]
    bom = json.dumps(FULL_CYCLONEDX).encode()
    yield from (bom, json.dumps(FULL_SPDX).encode())
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "a", "digest": {"sha256": "a" * 64}}],
        "predicateType": "https://cyclonedx.org/bom",
        "predicate": {"Data": json.dumps({"bomFormat": "CycloneDX"})},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    yield json.dumps(statement).encode()
    yield json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload}).encode()
    yield b"spdxVersion: SPDX-2.3\npackages:\n- {name: a, versionInfo: 1.10}\n- name: 'b'\n"
    yield json.dumps(
        {
            "artifacts": [{"id": "a", "name": "a", "cpes": ["c"], "locations": [{"path": "/p"}]}],
            "source": {"type": "image", "metadata": {"layers": [{"digest": "sha256:1"}]}},
            "distro": {"id": "alpine"},
            "schema": {"version": "16", "url": "https://github.com/anchore/syft"},
        }
    ).encode()


WORDS = (
    *(b'"spdxVersion"', b'"SPDX-2.3"', b'"bomFormat"', b'"CycloneDX"', b'"components"', b'"purl"'),
    *(b'"relationships"', b'"hasFiles"', b'"annotations"', b'"externalRefs"', b'"checksums"'),
    *(b"SPDXVersion: ", b"PackageName: ", b"<text>", b"</text>", b"Relationship: ", b"SPDXREF: "),
    *(b'"payload"', b'"predicate"', b'"Data"', b'"dsseEnvelope"', b"\\ud800", b"1e999", b"null"),
    *(b"spdxVersion: ", b"&a ", b"*a", b"!!", b"<!DOCTYPE", b"<components>", b"<licenses>"),
)
BILLS = (Target("bill", run, seeds, WORDS),)
