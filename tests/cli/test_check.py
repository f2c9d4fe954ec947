"""`ociscope check`: documents and images, what it says, and how it exits."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.checks.corpus import SBOMS, SCHEMAS, needs_corpus, needs_schemas
from tests.checks.test_minimum import CYCLONEDX, SPDX
from tests.checks.test_traps import STATEMENT
from tests.cli.harness import APK, MULTI, SAVE, Answer, call, program
from tests.support.artifacts import DSSE, artifact, sbom
from tests.support.codecs import compact
from tests.support.documents import Image, attestation
from tests.support.imagebuilder import File, ImageBuilder
from tests.support.layoutforms import cosign_save, oras_layout
from tests.support.layouts import Layout
from tests.support.tools import ROOT

SCHEMA: dict[str, Any] = json.loads(
    ROOT.joinpath("analyzer", "schema", "check-1.0.json").read_bytes()
)
VALIDATOR = Draft202012Validator(SCHEMA)
STATUS = (
    b"Package: alpha\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    b"Maintainer: Somebody <a@b.example>\n\n"
    b"Package: beta\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
)


def written(folder: Path, value: object, name: str = "x.json") -> Path:
    file = folder / name
    file.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return file


def document(*words: object) -> tuple[dict[str, Any], int]:
    answer = call("check", *words, "-o", "json")
    value: dict[str, Any] = answer.json
    VALIDATOR.validate(value)
    return value, answer.code


def debian() -> Image:
    files = {
        "etc/os-release": File(b"ID=debian\nVERSION_ID=12\n"),
        "var/lib/dpkg/status": File(STATUS),
    }
    return ImageBuilder().layer(files).build()


class TestDocument:
    @pytest.mark.parametrize("value", [SPDX, CYCLONEDX, STATEMENT], ids=["SPDX", "CDX", "in-toto"])
    def test_one_in_order_passes(self, value: object, tmp_path: Path) -> None:
        file = written(tmp_path, value)
        answer = call("check", file)
        assert (answer.code, answer.err) == (0, "")
        assert "PASSES" in answer.text
        found, code = document(file)
        assert (found["verdict"], code) == ("passes", 0)
        assert found["source"] == {"name": "x.json"}
        [only] = found["documents"]
        assert only["origin"] == "file"
        assert only["size"] == file.stat().st_size

    def test_one_with_an_error_fails(self, tmp_path: Path) -> None:
        value = copy.deepcopy(SPDX)
        value["packages"][1]["primaryPackagePurpose"] = "OPERATING-SYSTEM"
        file = written(tmp_path, value)
        answer = call("check", file)
        assert answer.code == 1
        assert "FAILS: 1 error" in answer.text
        assert "packages[1].primaryPackagePurpose" in answer.text
        found, code = document(file)
        assert (found["verdict"], code) == ("fails", 1)

    def test_one_with_notes_alone_passes(self, tmp_path: Path) -> None:
        name = "https://x.example/6ba7b811-9dad-41d1-80b4-00c04fd430c8"
        answer = call("check", written(tmp_path, SPDX | {"documentNamespace": name}))
        assert answer.code == 0
        assert "note (references)" in answer.text

    def test_a_gap_fails_only_by_a_profile_that_asks_for_it(self, tmp_path: Path) -> None:
        value = copy.deepcopy(SPDX)
        value["packages"][1]["checksums"] = []
        file = written(tmp_path, value)
        assert call("check", file).code == 1
        assert call("check", file, "--profile", "cisa-2025-draft").code == 1
        answer = call("check", file, "--profile", "ntia-2021")
        assert answer.code == 0
        assert "CISA" not in answer.text

    def test_shares_are_told_and_gaps_are_bounded(self, tmp_path: Path) -> None:
        value = copy.deepcopy(SPDX)
        for number in range(20):
            value["packages"].append(
                {**value["packages"][1], "SPDXID": f"SPDXRef-{number}", "name": f"p{number:02}"}
            )
            value["packages"][-1].pop("supplier")
            value["relationships"].append(
                {**value["relationships"][1], "relatedSpdxElement": f"SPDXRef-{number}"}
            )
        file = written(tmp_path, value)
        text = call("check", file).text
        [row] = [line.split() for line in text.splitlines() if line.startswith("Supplier name  ")]
        assert row == ["Supplier", "name", "2", "of", "22", "9", "%", "NTIA,", "CISA"]
        assert "and 15 more, -o json for all" in " ".join(text.split())
        found, _ = document(file)
        [supplier] = [
            each
            for each in found["documents"][0]["profiles"][0]["elements"]
            if each["name"] == "supplier"
        ]
        assert len(supplier["gaps"]) == 20
        assert supplier["share"] == 0.0909
        assert {gap["knowable"] for gap in supplier["gaps"]} == {None}

    @needs_corpus
    def test_documents_of_other_tools_have_the_published_form(self) -> None:
        codes = []
        for path in sorted(SBOMS.rglob("*.json")):
            answer = call("check", path, "-o", "json")
            if answer.code != 2:
                VALIDATOR.validate(answer.json)
            codes.append(answer.code)
        assert codes.count(1) > 30

    @needs_schemas
    def test_the_official_schema_can_be_brought(self, tmp_path: Path) -> None:
        schema = SCHEMAS / "spdx-2.3.schema.json"
        file = written(tmp_path, SPDX)
        assert call("check", file, "--schema", schema).code == 0
        older = call("check", file, "--schema", SCHEMAS / "spdx-2.2.schema.json")
        assert older.code == 1
        assert "spdx-2.2.schema.json" in older.text

    def test_the_same_input_gives_the_same_bytes(self, tmp_path: Path) -> None:
        value = copy.deepcopy(CYCLONEDX)
        value["components"] += [{"type": "x", "nme": number} for number in range(5)]
        file = written(tmp_path, value)
        runs = [
            program("check", file, "-o", form, PYTHONHASHSEED=seed).out
            for form in ("json", "table")
            for seed in ("1", "2")
        ]
        assert runs[0] == runs[1]
        assert runs[2] == runs[3]

    def test_lines_have_eighty_columns_but_for_words_that_cannot_break(
        self, tmp_path: Path
    ) -> None:
        text = call("check", written(tmp_path, CYCLONEDX)).text
        assert max(map(len, text.splitlines())) <= 80


class TestRefused:
    def refused(self, *words: object) -> Answer:
        answer = call("check", *words)
        assert answer.code == 2
        assert answer.out == b""
        assert answer.err.startswith("ociscope: error: ")
        return answer

    def test_what_is_neither_a_document_nor_an_image(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "gone.json")
        self.refused(written(tmp_path, b"hello"))
        self.refused(written(tmp_path, {"a": 1}))

    def test_a_damaged_document(self, tmp_path: Path) -> None:
        data = json.dumps(SPDX).encode()[:-10]
        answer = self.refused(written(tmp_path, data))
        assert "[bad-document]" in answer.err

    def test_a_kind_that_is_not_checked(self, tmp_path: Path) -> None:
        context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
        answer = self.refused(written(tmp_path, {"@context": context, "@graph": []}))
        assert "SPDX 3" in answer.err

    def test_a_profile_that_is_none(self, tmp_path: Path) -> None:
        answer = self.refused(written(tmp_path, SPDX), "--profile", "ntia")
        assert "ntia-2021" in answer.err

    @pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"type": 5}'])
    def test_a_schema_that_is_none(self, data: bytes, tmp_path: Path) -> None:
        schema = written(tmp_path, data, "schema.json")
        assert "schema.json" in self.refused(written(tmp_path, SPDX), "--schema", schema).err

    def test_a_schema_that_is_not_there(self, tmp_path: Path) -> None:
        self.refused(written(tmp_path, SPDX), "--schema", tmp_path / "gone")

    def test_choosing_in_a_document(self, tmp_path: Path) -> None:
        self.refused(written(tmp_path, SPDX), "--platform", "linux/amd64")


class TestImage:
    def test_our_documents_of_every_platform_pass(self) -> None:
        found, code = document(MULTI)
        assert code == 0
        assert [each["origin"] for each in found["documents"]] == ["ours"] * 4
        names = [each["name"] for each in found["documents"]]
        assert {name.split()[0] for name in names} == {"SPDX", "CycloneDX"}
        assert {name.split()[-1] for name in names} == {"linux/amd64", "linux/arm64"}
        for each in found["documents"]:
            assert [c for c in each["checks"] if any(
                finding["severity"] == "error" for finding in c["findings"])] == []  # fmt: skip

    def test_our_documents_of_an_archive_without_a_manifest_pass(self) -> None:
        """The image ID is of the config alone: nothing states a hash of the image."""
        found, code = document(SAVE)
        assert code == 0
        for each in found["documents"]:
            elements = {e["name"]: e for p in each["profiles"] for e in p["elements"]}
            gaps = {gap["name"]: gap["knowable"] for gap in elements["hash"]["gaps"]}
            assert gaps["localhost/multi"] is False

    def test_one_platform(self) -> None:
        found, _ = document(MULTI, "--platform", "linux/arm64")
        assert len(found["documents"]) == 2
        assert call("check", APK).code == 0

    def test_gaps_that_no_image_could_fill_are_told_apart(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add(debian(), ref_name="1")
        found, code = document(layout.write_dir(tmp_path / "layout"))
        assert code == 0
        for each in found["documents"]:
            elements = {e["name"]: e for p in each["profiles"] for e in p["elements"]}
            supplier = {gap["name"]: gap["knowable"] for gap in elements["supplier"]["gaps"]}
            # Of alpha the database states a maintainer, of beta it does not.
            assert "alpha" not in supplier
            assert supplier["beta"] is False
        text = call("check", tmp_path / "layout").text
        assert "of which the image states none" in text

    def test_a_gap_that_the_image_could_fill_fails(self) -> None:
        from analyzer import analyze
        from analyzer.checks.examine import Asked, check_document
        from analyzer.checks.knowable import FromImage
        from analyzer.limits import Limits

        [image] = analyze(str(MULTI), platforms=("linux/amd64",)).images
        package = next(each for each in image.packages if each.supplier)
        value = copy.deepcopy(SPDX)
        value["packages"][1] |= {"name": package.name, "versionInfo": package.version}
        value["packages"][1]["externalRefs"][0]["referenceLocator"] = package.purl
        del value["packages"][1]["supplier"]
        data = json.dumps(value).encode()
        result = check_document(data, "x", Asked(Limits()), knowable=FromImage(image))
        [gap] = result.profiles[0].minimums[0].gaps
        assert gap.knowable is True
        assert not result.passes

    def test_buildkits_attestation(self, tmp_path: Path) -> None:
        image = debian()
        beside = attestation(image, copy.deepcopy(SPDX), "https://spdx.dev/Document")
        provenance = attestation(image)
        layout = Layout()
        layout.add_index([image, beside, provenance], ref_name="1")
        found, code = document(layout.write_dir(tmp_path / "layout"))
        [attached] = [each for each in found["documents"] if each["origin"] == "attestation"]
        assert attached["about"] == f"about {image.digest}"
        assert attached["form"] == "SPDX 2.3 (JSON) in an in-toto statement"
        assert attached["subject"][0]["value"] == image.digest
        assert (attached["verdict"], code) == ("passes", 0)

    def test_a_broken_attestation_fails_the_whole(self, tmp_path: Path) -> None:
        image = debian()
        broken = copy.deepcopy(SPDX)
        broken["packages"][1]["SPDXID"] = "SPDXRef-root"
        beside = attestation(image, broken, "https://spdx.dev/Document")
        layout = Layout()
        layout.add_index([image, beside], ref_name="1")
        path = layout.write_dir(tmp_path / "layout")
        found, code = document(path)
        verdicts = {each["origin"]: each["verdict"] for each in found["documents"]}
        assert verdicts == {"ours": "passes", "attestation": "fails"}
        assert code == 1
        assert "1 of 3 documents fail" in call("check", path).text

    @pytest.mark.parametrize(
        ("predicate", "severity"),
        [({"spdxVersion": "SPDX-2.3", "SPDXID": 5}, "error"), ({"spdxVersion": "SPDX-9"}, "note")],
    )
    def test_an_attestation_that_cannot_be_checked_keeps_nothing_else_from_it(
        self, predicate: dict[str, Any], severity: str, tmp_path: Path
    ) -> None:
        image = debian()
        beside = attestation(image, predicate, "https://spdx.dev/Document")
        layout = Layout()
        layout.add_index([image, beside], ref_name="1")
        found, code = document(layout.write_dir(tmp_path / "layout"))
        [attached] = [each for each in found["documents"] if each["origin"] == "attestation"]
        assert severity in {f["severity"] for c in attached["checks"] for f in c["findings"]}
        assert len(found["documents"]) == 3
        assert code == (1 if severity == "error" else 0)

    def test_cosigns_attestation(self, tmp_path: Path) -> None:
        image = debian()
        payload = base64.b64encode(compact(STATEMENT)).decode()
        envelope = compact(
            {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}
        )
        signed = artifact([(DSSE, envelope, {})])
        path = cosign_save(tmp_path / "saved", image, atts=signed)
        found, _ = document(path)
        forms = [e["form"] for e in found["documents"] if e["origin"] == "attestation"]
        assert forms == ["SPDX 2.3 (JSON) in an in-toto statement"]

    def test_a_referrer(self, tmp_path: Path) -> None:
        image = debian()
        bill = sbom(image, compact(SPDX))
        path = oras_layout(tmp_path / "oras", {"v1": image}, [bill])
        found, _ = document(path)
        forms = [e["form"] for e in found["documents"] if e["origin"] == "attestation"]
        assert forms == ["SPDX 2.3 (JSON)"]

    def test_a_layer_that_cannot_be_read_is_exit_code_three(self, tmp_path: Path) -> None:
        image = debian()
        layout = Layout()
        layout.add(image, ref_name="1")
        path = layout.omit(image.layer_digests[0]).write_dir(tmp_path / "layout")
        assert call("check", path).code in {2, 3}


def test_help_needs_no_library() -> None:
    from tests.cli.test_startup import HEAVY, imported

    assert imported("check", "--help") & (HEAVY | {"lxml", "cyclonedx", "referencing"}) == set()


def test_cyclonedx_needs_no_spdx_library(tmp_path: Path) -> None:
    from tests.cli.test_startup import imported

    assert "spdx_tools" not in imported("check", written(tmp_path, CYCLONEDX), "-o", "json")
