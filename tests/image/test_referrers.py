"""What is about an image stands with it: by subject, tag, annotation or place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.problems import Code
from analyzer.report import Node
from tests.cli.harness import call
from tests.image.inputs import image
from tests.support.artifacts import artifact, bundle, sbom, signature, signed_attestation
from tests.support.documents import Document, make_index
from tests.support.layoutforms import (
    cosign_save,
    fallback_list,
    oras_layout,
    regctl_dir,
)
from tests.support.layouts import Layout
from tests.support.tools import shared


def referrers(path: Path) -> list[Identity]:
    """The referrers in the identities of the one image."""
    (one,) = analyze(str(path)).images
    return [identity for identity in one.identities if identity.kind is Kind.REFERRER]


def nodes(path: Path) -> list[Node]:
    report = analyze(str(path), depth=Depth.DOCUMENTS)
    return [node for top in report.tree for node in top.walk()]


def links(path: Path) -> set[tuple[str | None, str | None, str]]:
    """Digest, subject and way of every link."""
    return {(n.digest, n.subject, n.linked_by) for n in nodes(path) if n.subject}


class TestBySubject:
    def test_oras_lists_referrers_as_entries_of_their_own(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        path = oras_layout(tmp_path / "oras", {"v1": one}, [bill])
        assert links(path) == {(bill.digest, one.digest, "subject")}
        (found,) = referrers(path)
        assert found.digest == bill.digest
        assert found.origin is Origin.STORED
        assert found.verified
        assert "SPDX SBOM, about this manifest" in found.reason

    def test_a_signature_of_an_sbom_belongs_to_the_image_too(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        signed = bundle(bill)
        path = oras_layout(tmp_path / "oras", {"v1": one}, [bill, signed])
        assert [found.digest for found in referrers(path)] == [bill.digest, signed.digest]

    def test_what_is_about_the_index_belongs_to_every_platform(self, tmp_path: Path) -> None:
        index = make_index([image(), image("b", "linux/arm64")])
        signed = bundle(index)
        path = oras_layout(tmp_path / "oras", {"v1": index}, [signed])
        for one in analyze(str(path)).images:
            (found,) = [i for i in one.identities if i.kind is Kind.REFERRER]
            assert found.digest == signed.digest
            assert "about the index" in found.reason

    def test_what_is_about_one_platform_does_not_belong_to_the_other(self, tmp_path: Path) -> None:
        one, other = image(), image("b", "linux/arm64")
        path = oras_layout(tmp_path / "oras", {"v1": make_index([one, other])}, [sbom(other)])
        found = {
            str(i.platform): [x.kind for x in i.identities if x.kind is Kind.REFERRER]
            for i in analyze(str(path)).images
        }
        assert found == {"linux/amd64": [], "linux/arm64": [Kind.REFERRER]}

    def test_an_index_can_be_a_referrer(self, tmp_path: Path) -> None:
        one = image()
        subject = {"mediaType": one.media_type, "digest": one.digest, "size": len(one.raw)}
        listed = make_index([sbom()], platform=False, changes={"subject": subject})
        path = oras_layout(tmp_path / "oras", {"v1": one}, [listed])
        assert (listed.digest, one.digest, "subject") in links(path)

    def test_two_that_are_about_each_other_end(self, tmp_path: Path) -> None:
        # No real pair can exist; the digests stand in annotations, which anybody can write.
        one, bill, other = image(), sbom(), artifact(artifact_type="application/vnd.x")
        layout = Layout()
        layout.add(one)
        about = "vnd.docker.reference.digest"
        layout.add(bill, platform=False, annotations={about: other.digest})
        layout.add(other, platform=False, annotations={about: bill.digest})
        path = layout.write_dir(tmp_path / "layout")
        assert referrers(path) == []
        assert len(links(path)) == 2

    def test_an_image_that_is_about_its_own_sbom_ends(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        layout = Layout()
        layout.add(one, annotations={"vnd.docker.reference.digest": bill.digest})
        layout.add(bill, platform=False)
        (found,) = referrers(layout.write_dir(tmp_path / "layout"))
        assert found.digest == bill.digest

    def test_a_broken_referrer_is_not_called_verified(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        path = oras_layout(tmp_path / "oras", {"v1": one}, [bill])
        (path / "blobs" / "sha256" / bill.digest[7:]).write_bytes(bill.raw + b" ")
        (found,) = referrers(path)
        assert found.verified is False
        assert analyze(str(path)).exit_code == 1


class TestByTag:
    def test_regctl_lists_referrers_under_the_fallback_tag(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        path = regctl_dir(tmp_path / "ocidir", "v1", one, [bill])
        listed = fallback_list([bill])
        assert links(path) == {
            (listed.digest, one.digest, "tag"),
            (bill.digest, one.digest, "subject"),
        }
        assert {found.digest for found in referrers(path)} == {listed.digest, bill.digest}
        assert all(found.verified for found in referrers(path))

    def test_the_list_speaks_for_a_referrer_that_is_not_here(self, tmp_path: Path) -> None:
        one = image()
        bill = sbom(one)
        path = regctl_dir(tmp_path / "ocidir", "v1", one, [bill])
        (path / "blobs" / "sha256" / bill.digest[7:]).unlink()
        assert (bill.digest, one.digest, "tag") in links(path)
        (found,) = [found for found in referrers(path) if found.digest == bill.digest]
        assert found.verified is None
        assert "not in this file" in found.reason

    @pytest.mark.parametrize(
        ("suffix", "make"), [("sig", signature), ("att", signed_attestation), ("sbom", sbom)]
    )
    def test_cosign_tags(self, suffix: str, make: object, tmp_path: Path) -> None:
        assert callable(make)
        one = image()
        document = make(one) if suffix != "sbom" else sbom()
        tag = f"{one.digest.replace(':', '-')}.{suffix}"
        path = oras_layout(tmp_path / "oras", {"v1": one, tag: document}, [])
        assert links(path) == {(document.digest, one.digest, "tag")}
        (found,) = referrers(path)
        assert found.digest == document.digest
        assert "by its tag" in found.reason

    def test_a_full_name_ends_in_the_tag(self, tmp_path: Path) -> None:
        one = image()
        tag = f"example.com:5000/app:{one.digest.replace(':', '-')}.sig"
        path = oras_layout(tmp_path / "oras", {"v1": one, tag: signature(one)}, [])
        assert {subject for _, subject, _ in links(path)} == {one.digest}

    def test_a_long_digest_is_cut_to_64_digits(self, tmp_path: Path) -> None:
        import hashlib

        one = image()
        long = f"sha512:{hashlib.sha512(one.raw).hexdigest()}"
        layout = Layout()
        layout.add_descriptor(one.descriptor({}, platform=True) | {"digest": long})
        for digest, data in one.blobs.items():
            layout.extra_blob(data, digest)
        layout.extra_blob(one.raw, long)
        layout.add(fallback_list([sbom()]), ref_name=f"sha512-{long[7:71]}", platform=False)
        path = layout.write_dir(tmp_path / "layout")
        assert {subject for _, subject, _ in links(path)} == {long}

    def test_an_ordinary_tag_is_no_link(self, tmp_path: Path) -> None:
        tags: dict[str, Document] = {"v1": image(), "sha256-abc": sbom(), "sha256": sbom()}
        assert links(oras_layout(tmp_path / "oras", tags, [])) == set()


class TestByPlace:
    def test_cosign_save_puts_signatures_beside_the_image(self, tmp_path: Path) -> None:
        one = image()
        sigs, atts = signature(one), signed_attestation(one)
        path = cosign_save(tmp_path / "saved", one, sigs, atts)
        assert links(path) == {
            (sigs.digest, one.digest, "place"),
            (atts.digest, one.digest, "place"),
        }
        assert [found.digest for found in referrers(path)] == [sigs.digest, atts.digest]

    def test_and_beside_an_index(self, tmp_path: Path) -> None:
        index = make_index([image(), image("b", "linux/arm64")])
        sigs = signature(index)
        path = cosign_save(tmp_path / "saved", index, sigs)
        assert links(path) == {(sigs.digest, index.digest, "place")}

    def test_bundles_that_index_json_lost_are_found(self, tmp_path: Path) -> None:
        one = image()
        signed = bundle(one)
        path = cosign_save(tmp_path / "saved", one, referrers=[signed])
        assert signed.digest.encode() not in (path / "index.json").read_bytes()
        assert links(path) == {(signed.digest, one.digest, "subject")}
        report = analyze(str(path))
        (found,) = [p for p in report.problems if p.code is Code.UNREFERENCED_BLOB]
        assert found.where.endswith(signed.digest[7:])
        assert "what it says that it is about" in found.detail


class TestSubjectAbsent:
    def test_it_is_said(self, tmp_path: Path) -> None:
        one, other = image(), image("other")
        path = oras_layout(tmp_path / "oras", {"v1": one}, [sbom(other)])
        report = analyze(str(path))
        (found,) = [p for p in report.problems if p.code is Code.SUBJECT_ABSENT]
        assert other.digest in found.detail
        assert "SPDX SBOM" in found.detail
        assert report.exit_code == 0
        assert referrers(path) == []

    def test_inspect_lists_it_last(self, tmp_path: Path) -> None:
        one, other = image(), image("other")
        path = oras_layout(tmp_path / "oras", {"v1": one}, [sbom(other), bundle(one)])
        text = call("inspect", path).text
        assert text.index("about the manifest linux/amd64 v1") < text.index("not in this file")

    def test_nothing_is_said_of_one_that_is_here(self, tmp_path: Path) -> None:
        one = image()
        path = oras_layout(tmp_path / "oras", {"v1": one}, [sbom(one)])
        assert Code.SUBJECT_ABSENT not in {p.code for p in analyze(str(path)).problems}


class TestRealFiles:
    @pytest.mark.parametrize(
        ("name", "signatures"),
        [("e2e-valid-signature", 1), ("e2e-valid-multiple-signatures", 2)],
    )
    def test_notation_signatures_are_about_the_artifact(self, name: str, signatures: int) -> None:
        # notaryproject/notation test/e2e/testdata; INDEX.md states manifest and signatures.
        path = shared("corpus", "layouts", "notaryproject-notation", name)
        signed = "sha256:b8479de3f88fb259a0a9ea82a5b2a052a1ef3c4ebbcfc61482d5ae4c831f8af9"
        found = {n.digest for n in nodes(path) if n.description == "Notation signature"}
        assert len(found) == signatures
        assert {n.subject for n in nodes(path) if n.digest in found} == {signed}

    def test_an_attestation_of_docker_29_says_what_it_is_about(self) -> None:
        path = shared("samples", "docker-29-save-one-platform-with-attestation.tar")
        (node,) = [n for n in nodes(path) if n.kind == "attestation"]
        assert node.description == "BuildKit attestation, predicate https://slsa.dev/provenance/v1"
        manifest = next(n for n in nodes(path) if n.kind == "manifest")
        assert node.subject == manifest.digest


def test_json_states_what_each_is_about(tmp_path: Path) -> None:
    one = image()
    path = oras_layout(tmp_path / "oras", {"v1": one}, [sbom(one)])
    (root,) = call("inspect", path, "-o", "json").json["tree"]
    first, second = root["children"]
    assert (first["subject"], first["linked_by"], first["description"]) == (None, None, "")
    assert second["subject"] == one.digest
    assert second["linked_by"] == "subject"
    assert json.loads(sbom(one).raw)["subject"]["digest"] == one.digest


def test_lookup_finds_a_referrer(tmp_path: Path) -> None:
    one = image()
    path = oras_layout(tmp_path / "oras", {"v1": one}, [sbom(one)])
    answer = call("lookup", sbom(one).digest, path)
    assert answer.code == 0
    assert "referrer" in answer.text


def test_a_chosen_platform_keeps_what_is_about_it(tmp_path: Path) -> None:
    one, other = image(), image("b", "linux/arm64")
    path = oras_layout(
        tmp_path / "oras", {"v1": make_index([one, other])}, [sbom(one), sbom(other, b"[]")]
    )
    text = call("inspect", path, "--platform", "linux/arm64").text
    assert sbom(other, b"[]").digest in text
    assert sbom(one).digest not in text
