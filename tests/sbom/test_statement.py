"""Statements about one platform, held against the in-toto specification and its own library."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from analyzer.api import analyze
from analyzer.digest import Digest, digest_bytes
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import ImageReport
from analyzer.sbom.statement import CYCLONEDX, SPDX, By, Subject, statement, subject_of
from tests.sbom.reports import (
    IMAGE_ID,
    INDEX,
    MANIFEST,
    make_docker_image,
    make_image,
    make_local_image,
)
from tests.support.tools import ROOT, unavailable

PREDICATE = (
    b'{\n  "spdxVersion": "SPDX-2.3",\n  "text": "a\\nb \xc3\xa9 </script>",\n  "n": [1]\n}\n'
)
SUBJECT = Subject("registry.example/team/app:1.0", MANIFEST)


def parsed(data: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(data)
    return document


def hex_of(digest: Digest) -> str:
    return digest.partition(":")[2]


def check_with_in_toto(data: bytes) -> None:
    """By the library of the in-toto project: no member it does not know, all it asks for."""
    try:
        json_format = import_module("google.protobuf.json_format")
        wrapper = import_module("in_toto_attestation.v1.statement")
        messages = import_module("in_toto_attestation.v1.statement_pb2")
    except ImportError:
        unavailable("in-toto-attestation is not installed")
    message = json_format.Parse(data, messages.Statement())
    wrapper.Statement.copy_from_pb(message).validate()


class TestTheStatement:
    def test_has_the_members_of_the_specification(self) -> None:
        """spec/v1/statement.md, "Schema"."""
        assert parsed(statement(PREDICATE, SPDX, SUBJECT)) == {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {"name": "registry.example/team/app:1.0", "digest": {"sha256": hex_of(MANIFEST)}}
            ],
            "predicateType": "https://spdx.dev/Document",
            "predicate": {"spdxVersion": "SPDX-2.3", "text": "a\nb é </script>", "n": [1]},
        }

    @pytest.mark.parametrize("predicate", [PREDICATE, b"{}", b'{"a": {}}'])
    @pytest.mark.parametrize("by", ["manifest", "image-id"])
    def test_in_totos_library_accepts(self, predicate: bytes, by: By) -> None:
        if predicate == b"{}":
            predicate = b'{"bomFormat": "CycloneDX"}'
        check_with_in_toto(statement(predicate, CYCLONEDX, subject_of(make_image(), by)))

    def test_the_library_would_notice_what_we_must_not_write(self) -> None:
        """Else the test above could not fail."""
        whole = parsed(statement(PREDICATE, SPDX, SUBJECT))
        for broken in (
            {**whole, "subject": []},
            {**whole, "subject": [{"name": "x"}]},
            {**whole, "extra": 1},
            {**whole, "_type": "https://in-toto.io/Statement/v2"},
        ):
            with pytest.raises(Exception, match=r"required|no field|Wrong statement type"):
                check_with_in_toto(json.dumps(broken).encode())

    def test_the_document_stands_in_it_as_it_was_written(self) -> None:
        """Indented by one step; no string of it changes."""
        data = statement(PREDICATE, SPDX, SUBJECT)
        inside = data.partition(b'"predicate": ')[2].removesuffix(b"\n}\n")
        assert inside.replace(b"\n  ", b"\n") == PREDICATE.strip()

    def test_what_an_envelope_carries_is_what_was_written(self) -> None:
        """DSSE signs bytes, not JSON (DSSE, protocol.md): the statement survives base64."""
        data = statement(PREDICATE, SPDX, SUBJECT)
        assert parsed(base64.standard_b64decode(base64.standard_b64encode(data))) == parsed(data)

    @pytest.mark.parametrize(
        "predicate", [b"", b"[]", b'"x"', b"<bom/>", b"{", b"\xff", b'{"a":' * 100_000]
    )
    def test_only_a_json_object_is_a_predicate(self, predicate: bytes) -> None:
        """statement.md: `predicate` is an object; a CycloneDX document in XML is none."""
        with pytest.raises(ValueError, match=r"."):
            statement(predicate, CYCLONEDX, SUBJECT)


class TestTheSubject:
    def test_is_the_manifest_of_the_platform_and_never_the_index(self) -> None:
        image = make_image(index_digest=INDEX)
        assert subject_of(image) == Subject("registry.example/team/app:1.0", MANIFEST)

    def test_of_two_platforms_is_what_the_index_of_the_fixture_lists(self) -> None:
        """Read from the layout's own documents, not by us."""
        layout = ROOT / "fixtures" / "layouts" / "multi"
        (entry,) = json.loads((layout / "index.json").read_bytes())["manifests"]
        index = layout / "blobs" / entry["digest"].replace(":", "/")
        listed = {
            "/".join((each["platform"]["os"], each["platform"]["architecture"])): each["digest"]
            for each in json.loads(index.read_bytes())["manifests"]
        }
        images = analyze(str(layout)).images
        found = {
            "/".join(image.platform.split("/")[:2]): subject_of(image).digest for image in images
        }
        assert len(found) == 2
        assert found == {platform: listed[platform] for platform in found}
        assert entry["digest"] not in found.values()

    @pytest.mark.parametrize("names", [(), ("latest",), ("1.0",)])
    def test_has_no_name_where_the_file_states_none(self, names: tuple[str, ...]) -> None:
        """statement.md: `_` where the name is not meaningful; a tag alone names no image."""
        assert subject_of(make_image(names=names)).name == "_"

    def test_names_are_harmless(self) -> None:
        image = make_image(names=("registry.example/\x1b[2Japp\ud800:1",))
        data = statement(PREDICATE, SPDX, subject_of(image))
        assert b"\x1b" not in data
        check_with_in_toto(data)

    @pytest.mark.parametrize("image", [make_docker_image(), make_local_image()])
    def test_is_refused_where_no_registry_has_the_manifest(self, image: ImageReport) -> None:
        """A docker archive holds none; Docker's own, made while saving, is served by nobody."""
        with pytest.raises(InputError) as caught:
            subject_of(image)
        assert caught.value.code is Code.NO_SUBJECT
        assert "team/app:1.0 linux/amd64" in caught.value.message
        assert "--subject image-id" in caught.value.hint

    @pytest.mark.parametrize("image", [make_docker_image(), make_local_image(), make_image()])
    def test_can_be_the_config_under_a_name_that_says_so(self, image: ImageReport) -> None:
        subject = subject_of(image, "image-id")
        assert (subject.name, subject.digest) == ("oci-config", IMAGE_ID)
        data = statement(PREDICATE, SPDX, subject)
        (descriptor,) = parsed(data)["subject"]
        assert descriptor["annotations"] == {"reference": image.names[0]}
        assert descriptor["digest"] == {"sha256": hex_of(IMAGE_ID)}

    def test_nothing_is_suggested_that_is_not_there(self) -> None:
        image = make_docker_image(image_id=None)
        with pytest.raises(InputError) as caught:
            subject_of(image)
        assert "--subject" not in caught.value.hint
        with pytest.raises(InputError, match="image ID"):
            subject_of(image, "image-id")

    @pytest.mark.parametrize("text", ["md5+b64:AA==", "blake3:xyz"])
    def test_has_no_digest_that_is_not_hexadecimal(self, text: str) -> None:
        """digest_set.md: values of the named algorithms are lower-case hexadecimal."""
        with pytest.raises(InputError, match="algorithm"):
            subject_of(make_image(manifest_digest=Digest(text)))

    def test_keeps_the_algorithm_of_the_digest(self) -> None:
        digest = digest_bytes(b"manifest", "sha512")
        data = statement(PREDICATE, SPDX, subject_of(make_image(manifest_digest=digest)))
        (descriptor,) = parsed(data)["subject"]
        assert descriptor["digest"] == {"sha512": hex_of(digest)}
        check_with_in_toto(data)

    def test_of_an_image_that_is_only_named_is_refused(self) -> None:
        image = replace(make_image(manifest_digest=None, image_id=None), completeness="absent")
        with pytest.raises(InputError):
            subject_of(image)
