"""Every known mistake of SBOM documents, planted in one that is in order."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from packageurl import PackageURL
from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document_to_file

from analyzer.checks.examine import Asked, check_document
from analyzer.checks.identifiers import expression_fault
from analyzer.checks.purls import parse
from analyzer.checks.result import Checked
from analyzer.limits import Limits
from analyzer.problems import Severity
from tests.checks.corpus import SBOMS, needs_corpus
from tests.checks.test_minimum import ASKED, CYCLONEDX, SPDX, checked

Json = dict[str, Any]
Rules = set[tuple[str, str]]


def errors(result: Checked) -> Rules:
    return _rules(result, Severity.ERROR)


def notes(result: Checked) -> Rules:
    return _rules(result, Severity.NOTE)


def _rules(result: Checked, severity: Severity) -> Rules:
    return {
        (check.name, finding.rule)
        for check in result.checks
        for finding in check.findings
        if finding.severity is severity
    }


def spdx(change: Callable[[Json], object]) -> Checked:
    value = copy.deepcopy(SPDX)
    change(value)
    return checked(value)


def cyclonedx(change: Callable[[Json], object]) -> Checked:
    value = copy.deepcopy(CYCLONEDX)
    change(value)
    return checked(value)


def part(value: Json) -> Json:
    """The one package that is not the root."""
    group = value.get("packages") or value["components"]
    found: Json = group[-1]
    return found


def test_documents_in_order_have_no_finding_at_all() -> None:
    for value in (SPDX, CYCLONEDX):
        assert errors(checked(value)) == notes(checked(value)) == set()


class TestSpdx:
    def test_the_purpose_of_an_operating_system(self) -> None:
        """SPDX 2.3, 7.24: a hyphen in the text, an underscore in the JSON schema."""
        result = spdx(lambda value: part(value).update(primaryPackagePurpose="OPERATING-SYSTEM"))
        assert errors(result) == {("schema", "enum")}
        [finding] = result.checks[0].findings
        assert finding.where == "packages[1].primaryPackagePurpose"
        assert "is spelled OPERATING_SYSTEM" in finding.words
        fine = spdx(lambda value: part(value).update(primaryPackagePurpose="OPERATING_SYSTEM"))
        assert errors(fine) == set()

    @pytest.mark.parametrize(
        ("version", "category", "wrong"),
        [
            ("SPDX-2.3", "PACKAGE_MANAGER", True),
            ("SPDX-2.3", "PACKAGE-MANAGER", False),
            ("SPDX-2.2", "PACKAGE_MANAGER", False),
            ("SPDX-2.2", "PACKAGE-MANAGER", True),
        ],
    )
    def test_the_category_of_package_urls(self, version: str, category: str, wrong: bool) -> None:  # noqa: FBT001
        def change(value: Json) -> None:
            value["spdxVersion"] = version
            for package in value["packages"]:
                package["externalRefs"][0]["referenceCategory"] = category
                package["copyrightText"] = package["licenseConcluded"] = "NOASSERTION"

        assert errors(spdx(change)) == ({("schema", "enum")} if wrong else set())

    def test_a_namespace_that_is_missing_or_has_a_fragment(self) -> None:
        gone = spdx(lambda value: value.pop("documentNamespace"))
        assert ("specification", "namespace") in errors(gone)
        split = spdx(lambda value: value.update(documentNamespace="https://x.example/a#b"))
        assert ("specification", "namespace") in errors(split)
        assert ("spdx-tools", "spdx-tools") in errors(split)

    def test_fractions_of_a_second(self) -> None:
        late = "2024-01-01T00:00:00.123Z"
        result = spdx(lambda value: value["creationInfo"].update(created=late))
        assert ("specification", "date") in errors(result)

    def test_a_digest_of_zeros(self) -> None:
        zero = [{"algorithm": "SHA1", "checksumValue": "0" * 40}]
        result = spdx(lambda value: part(value).update(checksums=zero))
        assert errors(result) == {("specification", "zero-checksum")}

    def test_files_said_to_be_analyzed_that_are_not_there(self) -> None:
        result = spdx(lambda value: part(value).pop("filesAnalyzed"))
        assert notes(result) == {("specification", "files-analyzed")}

        def older(value: Json) -> None:
            value["spdxVersion"] = "SPDX-2.2"
            for package in value["packages"]:
                package["externalRefs"][0]["referenceCategory"] = "PACKAGE_MANAGER"
                package["copyrightText"] = package["licenseConcluded"] = "NOASSERTION"
            part(value)["filesAnalyzed"] = True

        # SPDX 2.2, 3.9.3: then the verification code is mandatory.
        assert errors(spdx(older)) == {("specification", "files-analyzed")}

    def test_a_licence_reference_that_is_not_defined(self) -> None:
        def use(value: Json) -> None:
            part(value)["licenseDeclared"] = "MIT AND LicenseRef-x"

        def define(value: Json) -> None:
            use(value)
            value["hasExtractedLicensingInfos"] = [
                {"licenseId": "LicenseRef-x", "extractedText": "t"}
            ]

        assert errors(spdx(use)) == {
            ("licences", "licence-reference"),
            ("spdx-tools", "spdx-tools"),
        }
        assert errors(spdx(define)) == set()

    @pytest.mark.parametrize("text", ["GPLv2+ and MIT OR", "Foo", "MIT MIT", "(MIT", "MIT; BSD"])
    def test_an_expression_that_is_none(self, text: str) -> None:
        result = spdx(lambda value: part(value).update(licenseDeclared=text))
        assert ("licences", "licence") in errors(result)

    def test_an_id_twice(self) -> None:
        result = spdx(lambda value: part(value).update(SPDXID="SPDXRef-root"))
        assert ("references", "duplicate-id") in errors(result)
        assert ("spdx-tools", "spdx-tools") in errors(result)

    @pytest.mark.parametrize("end", ["spdxElementId", "relatedSpdxElement"])
    def test_a_relationship_to_nothing(self, end: str) -> None:
        result = spdx(lambda value: value["relationships"][1].update({end: "SPDXRef-gone"}))
        assert errors(result) >= {
            ("references", "dangling-reference"),
            ("spdx-tools", "spdx-tools"),
        }

    @pytest.mark.parametrize("other", ["NONE", "NOASSERTION", "DocumentRef-x:SPDXRef-y"])
    def test_a_relationship_out_of_the_document(self, other: str) -> None:
        result = spdx(lambda value: value["relationships"][1].update(relatedSpdxElement=other))
        assert ("references", "dangling-reference") not in errors(result)

    def test_something_that_nothing_relates_to_the_root(self) -> None:
        result = spdx(lambda value: value["relationships"].pop())
        assert notes(result) == {("references", "unrelated")}

    def test_a_document_that_describes_nothing(self) -> None:
        result = spdx(lambda value: value.update(relationships=[]))
        assert ("references", "no-subject") in notes(result)
        assert [each.what for each in result.subject] == ["nothing"]

    def test_a_random_namespace(self) -> None:
        name = "https://x.example/6ba7b811-9dad-41d1-80b4-00c04fd430c8"
        assert notes(spdx(lambda value: value.update(documentNamespace=name))) == {
            ("references", "random-id")
        }
        made = name.replace("-41d1-", "-51d1-")  # of version 5: made from content
        assert notes(spdx(lambda value: value.update(documentNamespace=made))) == set()

    def test_a_package_twice(self) -> None:
        def double(value: Json) -> None:
            value["packages"].append({**part(value), "SPDXID": "SPDXRef-again"})
            value["relationships"].append(
                {**value["relationships"][1], "relatedSpdxElement": "SPDXRef-again"}
            )

        assert notes(spdx(double)) == {("references", "duplicate-package")}

    @pytest.mark.parametrize(
        ("locator", "rule"),
        [
            ("pkg:npm/", "purl"),
            ("npm/a@1", "purl"),
            ("pkg:npm/a b@1", "purl"),
            ("pkg:npm/a@1?arch", "purl"),
            ("pkg:npm/a@1?A=1&a=2", "purl"),
            ("pkg:npm/a@1%zz", "purl"),
        ],
    )
    def test_a_package_url_that_is_none(self, locator: str, rule: str) -> None:
        def change(value: Json) -> None:
            part(value)["externalRefs"][0]["referenceLocator"] = locator

        assert ("purls", rule) in errors(spdx(change))

    @pytest.mark.parametrize(
        ("locator", "rule"),
        [
            ("pkg:npm/@angular/core@1", "purl-form"),
            ("pkg:oci/debian@sha256%3Aabcd", "purl-form"),
            ("pkg:deb/debian/a@1?distro=x&arch=y", "purl-form"),
            ("pkg:PyPI/Foo_bar@1", "purl-form"),
            ("pkg:deb/a@1", "purl-type"),
        ],
    )
    def test_a_package_url_in_another_form(self, locator: str, rule: str) -> None:
        def change(value: Json) -> None:
            part(value)["externalRefs"][0]["referenceLocator"] = locator

        result = spdx(change)
        assert (errors(result), notes(result)) == (set(), {("purls", rule)})

    @pytest.mark.parametrize(
        ("cpe", "fine"),
        [
            ("cpe:2.3:a:openssl:openssl:1.1.1g:*:*:*:*:*:*:*", True),
            (r"cpe:2.3:a:x:y\+z:1.0\~rc1:*:*:*:*:*:*:*", True),
            ("cpe:2.3:a:openssl:openssl:1.1.1g", False),
            ("cpe:2.3:x:openssl:openssl:1.1.1g:*:*:*:*:*:*:*", False),
            ("cpe:2.3:a:x:y+z:1:*:*:*:*:*:*:*", False),
            ("cpe:2.3:a:x: :1:*:*:*:*:*:*:*", False),
        ],
    )
    def test_cpe_names(self, cpe: str, fine: bool) -> None:  # noqa: FBT001
        """As `spdx-tools` has them, after the specification of CPE."""

        def change(value: Json) -> None:
            part(value)["externalRefs"].append(
                {
                    "referenceCategory": "SECURITY",
                    "referenceType": "cpe23Type",
                    "referenceLocator": cpe,
                }
            )

        found = errors(spdx(change))
        assert (("cpes", "cpe") in found) is not fine
        assert (("spdx-tools", "spdx-tools") in found) is not fine

    def test_a_member_that_is_stated_twice(self) -> None:
        data = json.dumps(SPDX).replace('"name": "n"', '"name": "m", "name": "n"').encode()
        assert errors(check_document(data, "x", ASKED)) == {("schema", "repeated-member")}

    def test_a_wrong_type_keeps_the_library_from_being_asked(self) -> None:
        result = spdx(lambda value: part(value).update(versionInfo=1))
        assert ("schema", "type") in errors(result)
        [library] = [check for check in result.checks if check.name == "spdx-tools"]
        assert library.skipped

    def test_the_tag_value_form(self, tmp_path: Any) -> None:  # noqa: ANN401
        from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

        parser: Any = JsonLikeDictParser
        file = tmp_path / "x.spdx"
        write_document_to_file(parser().parse(copy.deepcopy(SPDX)), str(file), validate=False)
        text = file.read_text()
        result = check_document(text.encode(), "x", ASKED)
        assert result.form == "SPDX 2.3 (tag-value)"
        assert errors(result) == notes(result) == set()
        wrong = text.replace("PackageLicenseDeclared: MIT", "PackageLicenseDeclared: LicenseRef-x")
        assert errors(check_document(wrong.encode(), "x", ASKED)) == {
            ("licences", "licence-reference"),
            ("spdx-tools", "spdx-tools"),
        }

    def test_yaml_is_json_in_other_clothes(self) -> None:
        import yaml

        value = json.loads(json.dumps(SPDX))  # no object stands in two places
        result = check_document(yaml.safe_dump(value).encode(), "x", ASKED)
        assert result.form == "SPDX 2.3 (YAML)"
        assert errors(result) == set()
        part(value)["filesAnalyzed"] = "yes"
        again = check_document(yaml.safe_dump(value).encode(), "x", ASKED)
        assert errors(again) == {("schema", "type")}


class TestCycloneDx:
    def test_an_id_twice(self) -> None:
        result = cyclonedx(lambda value: part(value).update({"bom-ref": "SPDXRef-root"}))
        assert ("references", "duplicate-id") in errors(result)

    def test_a_dependency_on_nothing(self) -> None:
        gone = cyclonedx(lambda value: value["dependencies"][0].update(dependsOn=["gone"]))
        assert errors(gone) == {("references", "dangling-reference")}
        alone = cyclonedx(lambda value: value["dependencies"].append({"ref": "gone"}))
        assert errors(alone) == {("references", "dangling-reference")}

    def test_an_assembly_of_nothing(self) -> None:
        entry = {"aggregate": "complete", "assemblies": ["gone"]}
        result = cyclonedx(lambda value: value.update(compositions=[entry]))
        assert errors(result) == {("references", "dangling-reference")}

    def test_a_link_into_another_document(self) -> None:
        link = "urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#x"
        result = cyclonedx(lambda value: value["dependencies"].append({"ref": link}))
        assert errors(result) == set()

    def test_a_service_may_be_depended_on(self) -> None:
        def change(value: Json) -> None:
            value["services"] = [{"bom-ref": "s", "name": "s"}]
            value["dependencies"][0]["dependsOn"] = ["SPDXRef-part", "s"]

        assert errors(cyclonedx(change)) == set()

    def test_a_misspelled_member_is_an_error_in_old_versions_too(self) -> None:
        value = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.2",
            "version": 1,
            "components": [{"type": "library", "name": "a", "version": "1", "licences": []}],
        }
        assert ("schema", "additionalProperties") in errors(checked(value))

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_versions_without_json(self, version: str) -> None:
        value = {"bomFormat": "CycloneDX", "specVersion": version, "version": 1}
        assert ("schema", "version") in errors(checked(value))

    def test_xml(self) -> None:
        text = (
            '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>'
            '<component type="library" bom-ref="a"><name>a</name><version>1</version>'
            "<purl>pkg:npm/</purl></component></components>"
            '<dependencies><dependency ref="gone"/></dependencies></bom>'
        )
        result = check_document(text.encode(), "x", ASKED)
        assert result.form == "CycloneDX 1.6 (XML)"
        assert errors(result) == {("references", "dangling-reference"), ("purls", "purl")}
        worse = check_document(text.replace("<name>a</name>", "").encode(), "x", ASKED)
        assert ("schema", "xml-schema") in errors(worse)


STATEMENT: Json = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "app", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://spdx.dev/Document",
    "predicate": SPDX,
}


class TestEnvelopes:
    def test_a_document_in_a_statement_in_an_envelope(self) -> None:
        payload = base64.b64encode(json.dumps(STATEMENT).encode()).decode()
        envelope = {
            "payloadType": "application/vnd.in-toto+json",
            "payload": payload,
            "signatures": [],
        }
        for value in (STATEMENT, envelope):
            result = checked(value)
            assert result.form == "SPDX 2.3 (JSON) in an in-toto statement"
            assert result.passes
            first = result.subject[0]
            assert (first.what, first.value) == ("statement", f"sha256:{'ab' * 32}")

    def test_what_is_wrong_inside_is_found(self) -> None:
        inner = copy.deepcopy(STATEMENT)
        inner["predicate"]["packages"][1]["SPDXID"] = "SPDXRef-root"
        assert ("references", "duplicate-id") in errors(checked(inner))


class TestSubject:
    def said(self, **members: object) -> dict[str, str]:
        result = cyclonedx(lambda value: value["metadata"]["component"].update(members))
        return {each.what: each.value for each in result.subject}

    def test_every_digest_that_is_stated(self) -> None:
        digest = f"sha256:{'cd' * 32}"
        said = self.said(
            purl=f"pkg:oci/app@{digest}?arch=arm64&os=linux",
            version=digest,
            properties=[{"name": "aquasecurity:trivy:ImageID", "value": f"sha256:{'ef' * 32}"}],
        )
        assert said["package URL"] == said["version"] == digest
        assert said["digest"] == f"sha256:{'ab' * 32}"
        assert said["image ID"] == f"sha256:{'ef' * 32}"
        assert said["platform"] == "linux/arm64"

    @needs_corpus
    def test_of_trivy(self) -> None:
        path = "aboutcode-org-scancode.io/alpine-3.17/trivy-alpine-3.17-sbom.json"
        result = check_document(SBOMS.joinpath(path).read_bytes(), "x", ASKED)
        said = {each.what: each.value for each in result.subject}
        document = json.loads(SBOMS.joinpath(path).read_bytes())["metadata"]["component"]
        properties = {each["name"]: each["value"] for each in document["properties"]}
        assert said["image ID"] == properties["aquasecurity:trivy:ImageID"]
        assert said["repository digest"] == properties["aquasecurity:trivy:RepoDigest"]


# https://github.com/package-url/purl-spec: its own examples, and what its rules refuse.
PURLS = [
    *("pkg:bitbucket/birkenfeld/pygments-main@244fd47e07d1014f0aed9c", "pkg:gem/a@1?platform=java"),
    *("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "pkg:npm/%40angular/animation@12.3"),
    *("pkg:docker/cassandra@sha256:244fd47e07d1004f0aed9c", "pkg:golang/a.b/c@v1#sub/path"),
    *("pkg:maven/org.apache/x@1?repository_url=a%2Fb&type=zip", "pkg:npm/@a/b@1", "pkg:npm/@a/b"),
    *("pkg://npm/a@1", "pkg:/npm/a", "pkg:npm//a@1", "pkg:npm/a@", "pkg:npm/a?"),
    *("pkg:n&g?inx/a", "pkg:1npm/a", "npm/a", "pkg:npm", "pkg:", ""),
    *("pkg:generic/a@1?checksum=sha1:ad9503c,sha256:41bf&x_y.z-a=1", "pkg:npm/a?b"),
]


@pytest.mark.parametrize("purl", PURLS)
def test_package_urls_are_taken_apart_as_the_reference_library_does(purl: str) -> None:
    try:
        wanted = PackageURL.from_string(purl)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            parse(purl)
        return
    found = parse(purl)
    assert (found.type, found.namespace, found.name) == (
        wanted.type,
        wanted.namespace or "",
        wanted.name,
    )
    assert (found.version, found.subpath) == (wanted.version or "", wanted.subpath or "")
    assert dict(found.qualifiers) == wanted.qualifiers


def test_where_the_reference_library_is_laxer_or_stricter_than_the_specification() -> None:
    """Its text: the scheme is lowercased when parsing; keys are not empty, and unique."""
    assert parse("PKG:npm/a").name == "a"
    for purl in ("pkg:npm/a?b=c&b=d", "pkg:npm/a?=b"):
        assert PackageURL.from_string(purl)
        with pytest.raises(ValueError, match="qualifier"):
            parse(purl)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("MIT", True),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", True),
        ("(MIT OR Apache-2.0) AND LicenseRef-x", True),
        ("DocumentRef-d:LicenseRef-x", True),
        ("MIT WITH MIT", False),
        ("MIT AND", False),
        ("GPLv2", False),
        ("(" * 60 + "MIT" + ")" * 60, False),
        ("MIT AND " * 10_000 + "MIT", False),
    ],
    ids=[
        "id",
        "with",
        "parentheses",
        "reference",
        "no exception",
        "half",
        "unknown",
        "deep",
        "long",
    ],
)
def test_licence_expressions(text: str, fine: bool) -> None:  # noqa: FBT001
    assert (not expression_fault(text)) is fine


def test_a_schema_of_ones_own_stands_for_the_built_in_one() -> None:
    asked = Asked(Limits(), schema={"required": ["colour"]}, schema_name="mine.json")
    result = check_document(json.dumps(SPDX).encode(), "x", asked)
    assert errors(result) == {("schema", "required")}
    assert "mine.json" in result.checks[0].title
