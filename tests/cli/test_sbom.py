"""`ociscope sbom` and the evidence pack of `analyze -d`, as people type them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.cli.harness import APK, MULTI, SAVE, call, files_below
from tests.support.tools import ROOT

INDEX = json.loads((MULTI / "index.json").read_bytes())["manifests"][0]["digest"]
MANIFESTS = {
    f"{each['platform']['os']}/{each['platform']['architecture']}": each["digest"]
    for each in json.loads((MULTI / "blobs" / INDEX.replace(":", "/")).read_bytes())["manifests"]
}
"""As the index of the fixture, written by buildah and skopeo, lists them."""
ONE = ("--platform", "linux/amd64")
FORMS = {
    "spdx-json": b"{",
    "spdx-json@2.2": b"{",
    "spdx-tv": b"## Document Information\nSPDXVersion: SPDX-2.3",
    "cyclonedx-json": b"{",
    "cyclonedx-json@1.5": b"{",
    "cyclonedx-xml@1.7": b"<?xml",
    "intoto": b"{",
    "intoto:cyclonedx": b"{",
    "syft-json": b"{",
    "purl": b"pkg:",
    "csv": b"",
}


def root_of(document: Any) -> Any:  # noqa: ANN401 (JSON)
    """The element that an SPDX document describes."""
    (described,) = {
        each["relatedSpdxElement"]
        for each in document["relationships"]
        if each["relationshipType"] == "DESCRIBES"
    }
    return next(p for p in document["packages"] if p["SPDXID"] == described)


def test_each_platform_has_its_own_manifest_as_subject(tmp_path: Path) -> None:
    """Never the index (syft#1683, cosign#3552): in SPDX, CycloneDX and the statement."""
    forms = ("spdx-json", "cyclonedx-json", "intoto")
    outputs = [f"{form}={tmp_path}/{form}-{{platform}}.json" for form in forms]
    assert call("sbom", MULTI, *(word for o in outputs for word in ("-o", o))).code == 0
    for platform, digest in MANIFESTS.items():
        name = platform.replace("/", "-")
        spdx, cdx, statement = (
            json.loads((tmp_path / f"{form}-{name}.json").read_bytes()) for form in forms
        )
        assert root_of(spdx)["versionInfo"] == digest
        assert root_of(spdx)["checksums"][0]["checksumValue"] == digest.partition(":")[2]
        assert cdx["metadata"]["component"]["version"] == digest
        (subject,) = statement["subject"]
        assert f"sha256:{subject['digest']['sha256']}" == digest
        assert statement["predicate"] == spdx


@pytest.mark.parametrize(("form", "start"), FORMS.items())
def test_every_form_goes_to_standard_output(form: str, start: bytes) -> None:
    answer = call("sbom", MULTI, *ONE, "-o", form)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(start)
    assert b"libacl1" in answer.out


def test_versions_are_those_that_were_asked_for(tmp_path: Path) -> None:
    wanted = {
        "spdx-json@2.2": ("spdxVersion", "SPDX-2.2"),
        "spdx-json": ("spdxVersion", "SPDX-2.3"),
        "cyclonedx-json@1.5": ("specVersion", "1.5"),
        "cyclonedx-json": ("specVersion", "1.6"),
        "cyclonedx-json@1.7": ("specVersion", "1.7"),
    }
    outputs = [f"{form}={tmp_path}/{form}" for form in wanted]
    assert call("sbom", APK, *(word for o in outputs for word in ("-o", o))).code == 0
    for form, (member, version) in wanted.items():
        assert json.loads((tmp_path / form).read_bytes())[member] == version


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "spdx"), "no output format is called 'spdx'"),
        (("-o", "spdx-json@3.0"), "no version '3.0' of spdx-json"),
        (("-o", "purl@1"), "no version '1' of purl"),
        (("-o", "spdx-json="), "no file name"),
        (("-o", "spdx-json", "-o", "purl"), "several outputs for one place, standard output"),
        (("-o", "template"), "needs --template FILE"),
        (("--template", "nowhere.j2"), "--template without -o template"),
        (("-o", "template", "--template", "nowhere.j2"), "nowhere.j2"),
        (("-o", "index", *ONE), "an index SBOM lists every platform"),
        (("-o", "purl"), "2 documents (purl, one for each platform) for one place"),
        (("-o", "purl={platfrom}.txt"), "nothing stands for {platfrom} in a file name"),
    ],
)
def test_what_cannot_be_written_is_refused(words: tuple[str, ...], said: str) -> None:
    answer = call("sbom", MULTI, *words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.out == b""


@pytest.mark.parametrize("other", ["{image}-{platform}.json", "1.0-linux-arm64.json", "link"])
def test_placeholders_that_meet_in_one_file_are_refused(other: str, tmp_path: Path) -> None:
    """The document written last would be all that is left. `1.0` is the tag of the fixture."""
    (tmp_path / "link").symlink_to("1.0-linux-arm64.json")
    words = ("-o", f"spdx-json={tmp_path}/1.0-{{platform}}.json")
    one = ("--platform", "linux/arm64")
    answer = call("sbom", MULTI, *one, *words, "-o", f"cyclonedx-json={tmp_path}/{other}")
    assert answer.code == 2
    assert "spdx-json and cyclonedx-json would both be written to" in answer.err
    assert set(files_below(tmp_path)) == set()


def test_names_hold_the_digest(tmp_path: Path) -> None:
    assert call("sbom", MULTI, "-o", f"purl={tmp_path}/{{digest}}.txt").code == 0
    expected = {f"{digest.replace(':', '-')}.txt" for digest in MANIFESTS.values()}
    assert set(files_below(tmp_path)) == expected


class TestIndex:
    @pytest.mark.parametrize(
        ("of_platforms", "of_index"),
        [("spdx-json", "index"), ("spdx-json@2.2", "index"), ("spdx-json@2.2", "index@2.2")],
    )
    def test_lists_every_manifest_and_no_package(
        self, of_platforms: str, of_index: str, tmp_path: Path
    ) -> None:
        """As ko and apko write it: the index VARIANT_OF each manifest."""
        documents = f"{of_platforms}={tmp_path}/{{platform}}.json"
        words = ("-o", documents, "-o", f"{of_index}={tmp_path}/index")
        assert call("sbom", MULTI, *words).code == 0
        index = json.loads((tmp_path / "index").read_bytes())
        assert root_of(index)["versionInfo"] == INDEX
        by_id = {each["SPDXID"]: each.get("versionInfo") for each in index["packages"]}
        variants = {
            by_id[each["relatedSpdxElement"]]
            for each in index["relationships"]
            if each["relationshipType"] == "VARIANT_OF"
        }
        assert variants == set(MANIFESTS.values())
        assert len(index["packages"]) == 1 + len(MANIFESTS)
        written = {
            hashlib.sha1(data, usedforsecurity=False).hexdigest(): json.loads(data)
            for name, data in files_below(tmp_path).items()
            if name.endswith(".json")
        }
        pointers = {
            each["checksum"]["checksumValue"]: each["spdxDocument"]
            for each in index["externalDocumentRefs"]
        }
        assert pointers == {sha1: d["documentNamespace"] for sha1, d in written.items()}

    def test_is_refused_where_there_is_none(self) -> None:
        answer = call("sbom", SAVE, "-o", "index")
        assert answer.code == 2
        assert "no index lists the images of this file" in answer.err


class TestStatement:
    def test_is_refused_where_the_manifest_is_not_in_the_file(self) -> None:
        answer = call("sbom", SAVE, "-o", "intoto")
        assert answer.code == 2
        assert "--subject image-id" in answer.err
        assert answer.out == b""

    def test_names_the_config_when_asked_to(self) -> None:
        answer = call("sbom", SAVE, "-o", "intoto:cyclonedx", "--subject", "image-id")
        (subject,) = answer.json["subject"]
        with tarfile.open(SAVE) as archive:
            member = archive.extractfile("manifest.json")
            assert member is not None
            config = json.load(member)[0]["Config"]
        assert subject["digest"]["sha256"] == Path(config).name.removesuffix(".json")
        assert "oci-config" in json.dumps(subject)


def test_files_are_listed_on_request() -> None:
    document = call("sbom", APK, "--files").json
    assert {tuple(sorted(c["algorithm"] for c in f["checksums"])) for f in document["files"]} == {
        ("SHA1", "SHA256")
    }
    assert "files" not in call("sbom", APK).json


def test_a_template_is_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "t.j2"
    file.write_text("{% for p in bill.packages %}{{ p.name }} {{ p.version }}\n{% endfor %}")
    answer = call("sbom", APK, "-o", "template", "--template", file)
    assert answer.code == 0
    listed = {tuple(line.split(" ", 1)) for line in answer.text.splitlines()}
    expected = call("packages", APK, "-o", "json").json["images"][0]["packages"]
    assert listed == {(p["name"], p["version"]) for p in expected if p["state"] == "installed"}


class TestConversion:
    @pytest.mark.parametrize("form", ["spdx-json", "spdx-tv", "cyclonedx-json", "cyclonedx-xml"])
    @pytest.mark.parametrize("target", ["spdx-json", "cyclonedx-json", "cyclonedx-xml", "purl"])
    def test_keeps_every_package(self, form: str, target: str, tmp_path: Path) -> None:
        source = tmp_path / "document"
        assert call("sbom", APK, "-o", f"{form}={source}").code == 0
        answer = call("sbom", source, "-o", target)
        assert answer.code == 0
        (tmp_path / "converted").write_bytes(answer.out)
        purls = call("sbom", APK, "-o", "purl").text
        if target != "purl":
            assert call("sbom", tmp_path / "converted", "-o", "purl").text == purls
        else:
            assert answer.text == purls

    def test_tells_what_is_not_carried_over(self, tmp_path: Path) -> None:
        source = tmp_path / "a.cdx.json"
        document = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "components": [{"type": "library", "name": "left-pad", "version": "1.3.0"}],
            "vulnerabilities": [{"id": "CVE-1"}, {"id": "CVE-2"}],
        }
        source.write_text(json.dumps(document))
        answer = call("sbom", source, "-o", "spdx-json")
        assert answer.code == 0
        assert "spdx-json has no place for: " in answer.err
        assert "vulnerabilities[] (2 times)" in answer.err
        assert "left-pad" in answer.text

    @pytest.mark.parametrize("words", [("-o", "intoto"), ("-o", "index"), ("--files",), ONE])
    def test_claims_nothing_of_an_image(self, words: tuple[str, ...], tmp_path: Path) -> None:
        source = tmp_path / "a.json"
        assert call("sbom", APK, "-o", f"spdx-json={source}").code == 0
        answer = call("sbom", source, *words)
        assert answer.code == 2
        assert answer.out == b""


class TestEvidencePack:
    def test_is_what_sha256sum_accepts(self, tmp_path: Path) -> None:
        assert call("analyze", MULTI, "-d", tmp_path).code == 0
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        listed = {line.removesuffix(": OK") for line in done.stdout.splitlines()}
        assert listed == set(files_below(tmp_path)) - {"SHA256SUMS"}
        of_platform = ("packages.json", "sbom.cdx.json", "sbom.spdx.json", "sbom.spdx.intoto.json")
        platforms = [name.replace("/", "-") for name in MANIFESTS]
        expected = {f"1.0/{platform}/{file}" for platform in platforms for file in of_platform}
        assert listed == expected | {"1.0/index.spdx.json", "report.json"}

    def test_has_no_statement_without_a_manifest_and_says_so(self, tmp_path: Path) -> None:
        answer = call("analyze", SAVE, "-d", tmp_path)
        assert answer.code == 0
        assert "no statement for" in answer.err
        assert not any(name.endswith("intoto.json") for name in files_below(tmp_path))

    def test_is_the_same_in_every_circumstance(self, tmp_path: Path) -> None:
        """Hash seed, zone, language, umask, number of cores, folder and time of the run."""
        sums = [_sums(tmp_path / name, number) for number, name in enumerate(("a", "b"))]
        assert sums[0] == sums[1] != b""

    def test_of_a_layout_and_of_its_tar_hold_the_same_documents(self, tmp_path: Path) -> None:
        with tarfile.open(tmp_path / "multi.tar", "w") as packed:
            packed.add(MULTI, ".")
        assert call("analyze", MULTI, "-d", tmp_path / "a").code == 0
        assert call("analyze", tmp_path / "multi.tar", "-d", tmp_path / "b").code == 0
        one, other = files_below(tmp_path / "a"), files_below(tmp_path / "b")
        assert one.keys() == other.keys()
        about_the_file = {"report.json", "SHA256SUMS"}
        differ = {name for name in one if one[name] != other[name]} - about_the_file
        assert {name for name in differ if "sbom" in name or "index" in name} == set()


def _sums(folder: Path, number: int) -> bytes:
    """The sums of a pack made by the program, in other circumstances for each number."""
    folder.mkdir()
    source = folder / "multi"
    shutil.copytree(MULTI, source)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": str(number),
        "TZ": ("Pacific/Auckland", "America/St_Johns")[number],
        "LC_ALL": ("C", "C.UTF-8")[number],
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    umask = (0o077, 0o002)[number]
    cores = sorted(os.sched_getaffinity(0))

    def circumstances() -> None:
        os.umask(umask)
        os.sched_setaffinity(0, cores[: 1 + number])

    command = [sys.executable, "-m", "analyzer", "analyze", str(source), "-d", "out"]
    subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
        preexec_fn=circumstances,
    )
    return (folder / "out" / "SHA256SUMS").read_bytes()


class TestAuthor:
    def test_stands_before_the_tool(self) -> None:
        author = "Organization: Example Inc. (sbom@example.org)"
        spdx = call("sbom", APK, "--author", author).json
        assert spdx["creationInfo"]["creators"][0] == author
        assert spdx["creationInfo"]["creators"][1].startswith("Tool: ociscope-")
        assert call("sbom", APK).json["creationInfo"]["creators"] == [
            spdx["creationInfo"]["creators"][1]
        ]

    def test_is_in_every_document_of_a_pack(self, tmp_path: Path) -> None:
        assert call("analyze", MULTI, "-d", tmp_path, "--author", "Person: Jane Doe").code == 0
        boms = {n: d for n, d in files_below(tmp_path).items() if "sbom." in n or "index." in n}
        assert len(boms) == 7
        assert [name for name, data in boms.items() if b"Jane Doe" not in data] == []

    @pytest.mark.parametrize("text", ["Jane", "Tool: x-1", "Organization:", ""])
    def test_is_a_person_or_an_organization(self, text: str) -> None:
        answer = call("sbom", APK, "--author", text)
        assert answer.code == 2
        assert "no author" in answer.err


@pytest.mark.parametrize("words", [("sbom", APK, "-o", "purl"), ("analyze", APK, "-d", "nowhere")])
def test_a_bad_date_is_told_before_anybody_waits(words: tuple[object, ...]) -> None:
    unread = mock.Mock(side_effect=AssertionError("layers were read"))
    with (
        mock.patch.dict(os.environ, {"SOURCE_DATE_EPOCH": "yesterday"}),
        mock.patch("analyzer.api.Run.report", unread),
    ):
        answer = call(*words)
    assert answer.code == 2
    assert "SOURCE_DATE_EPOCH is not whole seconds since 1970" in answer.err
