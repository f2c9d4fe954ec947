"""Minimum elements: as `ntia-conformance-checker` counts them, and each gap planted."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ntia_conformance_checker import NTIAChecker

from analyzer.api import analyze, to_spdx
from analyzer.checks.examine import Asked, check_document
from analyzer.checks.minimum import CISA, NTIA, says_nothing
from analyzer.checks.result import Checked, Minimum
from analyzer.limits import Limits
from tests.checks.corpus import needs_corpus, spdx_documents
from tests.support.tools import ROOT

ASKED = Asked(Limits())
FIXTURES = ROOT / "fixtures" / "layouts"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The checker logs what it also answers."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def checked(value: Any) -> Checked:  # noqa: ANN401 - JSON
    return check_document(json.dumps(value).encode(), "x.json", ASKED)


def minimum(result: Checked, name: str, profile: str = NTIA) -> Minimum:
    [found] = [each for each in result.profiles if each.name == profile]
    [element] = [each for each in found.minimums if each.name == name]
    return element


def gaps(result: Checked, name: str, profile: str = NTIA) -> set[str]:
    return {gap.ref for gap in minimum(result, name, profile).gaps}


def compare(data: bytes, folder: Path) -> NTIAChecker | None:
    """Hold both answers about one document against each other; None where it cannot be parsed."""
    file = folder / "x.spdx.json"
    file.write_bytes(data)
    theirs = NTIAChecker(str(file))
    if theirs.doc is None:
        return None
    ours = check_document(data, "x", ASKED)
    # They ask all packages that are reached from the document by certain relationships. We ask
    # what is not reached as well (that it is not is a gap itself), but no layers and no sources.
    asked = theirs.reachable_component_ids - _records(data)
    for name, missing in (
        ("name", theirs.components_without_names),
        ("version", theirs.components_without_versions),
        ("supplier", theirs.components_without_suppliers),
    ):
        wanted = {ref for _, ref in missing if ref in asked}
        found = {
            gap.ref
            for gap in minimum(ours, name).gaps
            # Words such as `unknown` are a gap for us alone.
            if gap.ref in asked and not gap.says
        }
        assert found == wanted, name
    assert (not minimum(ours, "author").gaps) is theirs.doc_author
    assert (not minimum(ours, "timestamp").gaps) is theirs.doc_timestamp
    # Nothing that they reach is loose for us; they want a DESCRIBES, which we take from
    # documentDescribes and relationships alike, as their parser does.
    assert not gaps(ours, "dependency") & asked
    # An SPDXID satisfies them. It identifies nothing outside of its document, so not us.
    assert theirs.components_without_identifiers == []
    return theirs


def _records(data: bytes) -> set[str]:
    """Packages that are no components for us: layers and sources."""
    return {
        each["SPDXID"]
        for each in json.loads(data).get("packages", [])
        if each.get("primaryPackagePurpose") in {"SOURCE", "FILE"} or _is_layer(each)
    }


def _is_layer(package: dict[str, Any]) -> bool:
    """By its name: a digest (apko, bom), or our own purpose of layers."""
    digest = str(package.get("name", "")).startswith("sha256:")
    return digest and package.get("primaryPackagePurpose") != "CONTAINER"


@needs_corpus
def test_documents_of_other_tools_are_counted_as_the_checker_does(tmp_path: Path) -> None:
    compared = [
        name
        for name, value in spdx_documents().items()
        if compare(json.dumps(value).encode(), tmp_path) is not None
    ]
    assert len(compared) > 15


@pytest.mark.parametrize("layout", ["multi", "apk"])
def test_our_documents_are_counted_as_the_checker_does(layout: str, tmp_path: Path) -> None:
    report = analyze(str(FIXTURES / layout))
    for image in report.images:
        theirs = compare(to_spdx(report, image), tmp_path)
        assert theirs is not None
        assert theirs.validation_messages == []
        assert theirs.dependency_relationships


SPDX: dict[str, Any] = {
    "SPDXID": "SPDXRef-DOCUMENT",
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "name": "n",
    "comment": "Generated after the build.",
    "documentNamespace": "https://x.example/a",
    "creationInfo": {
        "created": "2024-01-01T00:00:00Z",
        "creators": ["Tool: a-1", "Organization: O"],
    },
    "packages": [
        {
            "SPDXID": f"SPDXRef-{name}",
            "name": name,
            "versionInfo": "1",
            "downloadLocation": "NONE",
            "filesAnalyzed": False,
            "supplier": "Organization: O",
            "licenseDeclared": "MIT",
            "checksums": [{"algorithm": "SHA256", "checksumValue": "ab" * 32}],
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": f"pkg:npm/{name}@1",
                }
            ],
        }
        for name in ("root", "part")
    ],
    "relationships": [
        {
            "spdxElementId": one,
            "relationshipType": kind,
            "relatedSpdxElement": other,
        }
        for one, kind, other in (
            ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-root"),
            ("SPDXRef-root", "CONTAINS", "SPDXRef-part"),
        )
    ],
}
CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "timestamp": "2024-01-01T00:00:00Z",
        "lifecycles": [{"phase": "post-build"}],
        "authors": [{"name": "A"}],
        "tools": {"components": [{"type": "application", "name": "t", "version": "1"}]},
        "component": {
            "type": "container",
            "bom-ref": "SPDXRef-root",
            "name": "root",
            "version": "1",
            "purl": "pkg:npm/root@1",
            "supplier": {"name": "O"},
            "licenses": [{"license": {"id": "MIT"}}],
            "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        },
    },
    "components": [
        {
            "type": "library",
            "bom-ref": "SPDXRef-part",
            "name": "part",
            "version": "1",
            "purl": "pkg:npm/part@1",
            "supplier": {"name": "O"},
            "licenses": [{"license": {"id": "MIT"}}],
            "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        }
    ],
    "dependencies": [{"ref": "SPDXRef-root", "dependsOn": ["SPDXRef-part"]}],
}


@pytest.mark.parametrize("value", [SPDX, CYCLONEDX], ids=["SPDX", "CycloneDX"])
def test_a_document_with_everything_passes_both_profiles(value: dict[str, Any]) -> None:
    result = checked(value)
    assert result.passes, result
    assert [(p.name, p.missing) for p in result.profiles] == [(NTIA, 0), (CISA, 0)]
    for profile in result.profiles:
        for each in profile.minimums:
            assert (each.have, each.gaps) == (each.of, ())
    assert minimum(result, "supplier").of == 2


@pytest.mark.parametrize(
    ("member", "value", "missing"),
    [
        ("supplier", "NOASSERTION", {"supplier"}),
        ("supplier", None, {"supplier"}),
        ("supplier", "Organization: unknown", {"supplier"}),
        ("supplier", "Organization: (none)", {"supplier"}),
        ("versionInfo", "", {"version"}),
        ("versionInfo", None, {"version"}),
        ("versionInfo", "UNKNOWN", {"version"}),
        ("name", "", {"name"}),
        ("licenseDeclared", "NOASSERTION", {"licence"}),
        ("checksums", [], {"hash"}),
        ("externalRefs", [], {"software-identifier"}),
    ],
)
def test_a_gap_in_spdx(member: str, value: object, missing: set[str]) -> None:
    document = copy.deepcopy(SPDX)
    document["packages"][1][member] = value
    if value is None:
        del document["packages"][1][member]
    result = checked(document)
    found = {each.name for p in result.profiles for each in p.minimums if each.gaps}
    assert found == missing
    name = missing.pop()
    profile = CISA if name in {"licence", "hash", "software-identifier"} else NTIA
    assert gaps(result, name, profile) == {"SPDXRef-part"}
    assert not result.passes


@pytest.mark.parametrize(
    ("member", "value", "missing"),
    [
        ("supplier", {"name": ""}, {"supplier"}),
        ("supplier", None, {"supplier"}),
        ("version", "unknown", {"version"}),
        ("version", None, {"version"}),
        ("licenses", [], {"licence"}),
        ("hashes", [], {"hash"}),
        ("purl", None, {"software-identifier"}),
    ],
)
def test_a_gap_in_cyclonedx(member: str, value: object, missing: set[str]) -> None:
    document = copy.deepcopy(CYCLONEDX)
    document["components"][0][member] = value
    if value is None:
        del document["components"][0][member]
    result = checked(document)
    found = {each.name for p in result.profiles for each in p.minimums if each.gaps}
    assert found == missing


def test_a_hash_alone_identifies_for_ntia_and_not_for_the_draft() -> None:
    document = copy.deepcopy(SPDX)
    document["packages"][1]["externalRefs"] = []
    result = checked(document)
    assert gaps(result, "identifier") == set()
    assert gaps(result, "software-identifier", CISA) == {"SPDXRef-part"}
    document["packages"][1]["checksums"] = []
    assert gaps(checked(document), "identifier") == {"SPDXRef-part"}


@pytest.mark.parametrize("member", ["publisher", "manufacturer", "authors"])
def test_who_made_a_component_stands_for_its_supplier_in_cyclonedx(member: str) -> None:
    document = copy.deepcopy(CYCLONEDX)
    del document["components"][0]["supplier"]
    values: dict[str, Any] = {
        "publisher": "P",
        "manufacturer": {"name": "P"},
        "authors": [{"name": "P"}],
    }
    document["components"][0][member] = values[member]
    assert gaps(checked(document), "supplier") == set()


def test_a_part_that_nothing_relates_to_the_root_is_a_gap() -> None:
    document = copy.deepcopy(SPDX)
    del document["relationships"][1]
    result = checked(document)
    assert gaps(result, "dependency") == {"SPDXRef-part"}
    document["relationships"].append(
        {
            "spdxElementId": "SPDXRef-part",
            "relationshipType": "CONTAINED_BY",
            "relatedSpdxElement": "SPDXRef-root",
        }
    )
    assert gaps(checked(document), "dependency") == set()


def test_an_entry_of_its_own_is_enough_in_cyclonedx() -> None:
    document = copy.deepcopy(CYCLONEDX)
    document["dependencies"] = []
    assert gaps(checked(document), "dependency") == {"SPDXRef-part"}
    document["dependencies"] = [{"ref": "SPDXRef-part"}]
    assert gaps(checked(document), "dependency") == set()


def test_a_tool_is_an_author_for_ntia_with_a_note_and_none_for_the_draft() -> None:
    document = copy.deepcopy(SPDX)
    document["creationInfo"]["creators"] = ["Tool: a-1"]
    result = checked(document)
    author = minimum(result, "author")
    assert (author.have, author.of) == (1, 1)
    assert "only a tool" in author.note
    assert minimum(result, "author-named", CISA).have == 0


@pytest.mark.parametrize("value", [SPDX, CYCLONEDX], ids=["SPDX", "CycloneDX"])
def test_a_time_that_is_none_is_a_gap(value: dict[str, Any]) -> None:
    document = copy.deepcopy(value)
    if "creationInfo" in document:
        document["creationInfo"]["created"] = "yesterday"
    else:
        del document["metadata"]["timestamp"]
    assert minimum(checked(document), "timestamp").have == 0


def test_the_context_has_to_be_said() -> None:
    spdx, cyclonedx = copy.deepcopy(SPDX), copy.deepcopy(CYCLONEDX)
    del spdx["comment"], cyclonedx["metadata"]["lifecycles"]
    assert minimum(checked(spdx), "context", CISA).have == 0
    assert minimum(checked(cyclonedx), "context", CISA).have == 0


def test_a_document_without_components_has_none_of_the_elements() -> None:
    document = copy.deepcopy(CYCLONEDX)
    del document["metadata"]["component"], document["components"], document["dependencies"]
    result = checked(document)
    assert minimum(result, "name").have == 0
    assert not result.passes


def test_only_the_profiles_that_are_asked_for() -> None:
    asked = Asked(Limits(), (NTIA,))
    result = check_document(json.dumps(SPDX).encode(), "x", asked)
    assert [profile.name for profile in result.profiles] == [NTIA]


@pytest.mark.parametrize("text", ["", " ", "NOASSERTION", "Unknown", "(none)", "N/A", "None"])
def test_words_for_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["0", "unknown-horizons", "Debian", "1.0"])
def test_words_for_something(text: str) -> None:
    assert not says_nothing(text)
