"""Index, manifest and config documents: types checked, bytes kept, nothing believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import AnalyzerError, Limits
from analyzer.errors import MalformedImage
from analyzer.image import media
from analyzer.image.documents import (
    guess_media_type,
    is_index,
    load_json,
    parse_config,
    parse_descriptor,
    parse_index,
    parse_manifest,
)
from analyzer.problems import Code, Problem, Severity
from tests.image.inputs import digest
from tests.support.documents import DOCKER_CONFIG, OCI_CONFIG, OCI_LAYER

LIMITS = Limits()
SOUND = {"mediaType": OCI_LAYER, "digest": digest(b"x"), "size": 1}


def load(raw: bytes, limits: Limits = LIMITS) -> Any:  # noqa: ANN401 - any JSON value
    return load_json(raw, "here", limits)[0]


class TestJson:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"{",
            b"{} {}",
            b"\xef\xbb\xbf{}",
            b'{"a":\xff}',
            '{"a":1}'.encode("utf-16"),
            b'{"a":NaN}',
            b'{"a":-Infinity}',
            b'{"a":' + b"9" * 5000 + b"}",
            b"{'a':1}",
        ],
    )
    def test_what_is_no_json_is_refused_with_its_place(self, raw: bytes) -> None:
        with pytest.raises(MalformedImage) as caught:
            load(raw)
        assert caught.value.where == "here"
        assert caught.value.code is Code.BAD_DOCUMENT

    def test_the_depth_limit_is_exact(self) -> None:
        limits = Limits(json_depth=5)
        assert load(b"[" * 5 + b"]" * 5, limits) == [[[[[]]]]]
        with pytest.raises(MalformedImage, match="json_depth"):
            load(b"[" * 6 + b"]" * 6, limits)

    def test_brackets_inside_strings_are_no_depth(self) -> None:
        assert load(b'{"a":"[[[[\\"[[[["}', Limits(json_depth=1)) == {"a": '[[[["[[[['}

    def test_a_hundred_thousand_brackets_are_refused_and_do_not_overflow(self) -> None:
        with pytest.raises(MalformedImage):
            load(b'{"a":' * 100_000)

    def test_a_member_that_occurs_twice_is_said_and_the_last_counts(self) -> None:
        value, found = load_json(b'{"a":1,"b":{"c":1,"c":2},"a":3}', "here", LIMITS)
        assert value == {"a": 3, "b": {"c": 2}}
        assert [(p.code, p.severity) for p in found] == [
            (Code.DUPLICATE_KEYS, Severity.WARNING),
            (Code.DUPLICATE_KEYS, Severity.WARNING),
        ]
        assert "'a'" in found[0].detail
        assert "'c'" in found[1].detail

    def test_many_members_of_one_name_take_no_quadratic_time(self) -> None:
        raw = b"{" + b",".join(b'"%d":0' % number for number in range(200_000)) + b',"0":1}'
        value, found = load_json(raw, "here", LIMITS)
        assert len(value) == 200_000
        assert len(found) == 1

    @given(st.binary(max_size=300))
    def test_any_bytes_are_json_or_refused(self, raw: bytes) -> None:
        with suppress(AnalyzerError):
            load(raw)

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
    def test_what_the_standard_library_writes_is_read_back(self, value: object) -> None:
        with suppress(MalformedImage):  # nested too deep
            assert load(json.dumps(value).encode()) == value


class TestDescriptor:
    def test_all_members_are_taken(self) -> None:
        found: list[Problem] = []
        descriptor = parse_descriptor(
            {
                **SOUND,
                "annotations": {"a": "b"},
                "urls": ["https://example.org/x"],
                "platform": {"os": "linux"},
                "data": base64.b64encode(b"x").decode(),
                "artifactType": "a/b",
                "unknown": 1,
            },
            "here",
            found,
        )
        assert (descriptor.digest, descriptor.size) == (digest(b"x"), 1)
        assert descriptor.annotations == {"a": "b"}
        assert descriptor.urls == ("https://example.org/x",)
        assert descriptor.platform == {"os": "linux"}
        assert descriptor.data == b"x"
        assert descriptor.artifact_type == "a/b"
        assert found == []

    @pytest.mark.parametrize("size", [None, -1, "1", 1.0, True, [1]])
    def test_a_size_must_be_a_count(self, size: object) -> None:
        with pytest.raises(MalformedImage, match="size"):
            parse_descriptor({**SOUND, "size": size}, "here", [])

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            1,
            "",
            "sha256",
            "sha256:abc",
            "sha256:" + "A" * 64,
            "sha256:../../etc/passwd",
            "sha512:" + "a" * 64,
            "sha256:" + "a" * 64 + "\n",
        ],
    )
    def test_a_digest_must_be_one(self, wrong: object) -> None:
        with pytest.raises(MalformedImage, match="not a digest"):
            parse_descriptor({**SOUND, "digest": wrong}, "here", [])

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("mediaType", 1),
            ("annotations", []),
            ("annotations", {"a": 1}),
            ("urls", "x"),
            ("urls", [1]),
            ("platform", "linux"),
            ("data", "not base64!"),
            ("artifactType", {}),
        ],
    )
    def test_an_optional_member_of_a_wrong_type_is_left_out_and_said(
        self, name: str, wrong: object
    ) -> None:
        found: list[Problem] = []
        descriptor = parse_descriptor({**SOUND, name: wrong}, "here", found)
        assert descriptor.digest == digest(b"x")
        assert [p.code for p in found] == [Code.BAD_DOCUMENT]
        assert repr(name) in found[0].detail

    def test_annotations_cannot_carry_escape_codes(self) -> None:
        value = {**SOUND, "annotations": {"a\x1b": "b\x1b[31m\n"}}
        assert parse_descriptor(value, "here", []).annotations == {"a\\x1b": "b\\x1b[31m\\x0a"}


class TestIndex:
    def test_a_descriptor_that_cannot_be_read_leaves_the_others(self) -> None:
        index = parse_index({"manifests": [SOUND, {"digest": "x"}, SOUND]}, "index.json")
        assert len(index.manifests) == 2
        (problem,) = index.problems
        assert problem.severity is Severity.ERROR
        assert problem.where == "index.json entry 1"

    @pytest.mark.parametrize("value", [None, [], "x", {}, {"manifests": {}}, {"manifests": 1}])
    def test_what_lists_nothing_is_no_index(self, value: object) -> None:
        with pytest.raises(MalformedImage):
            parse_index(value, "here")

    def test_null_is_an_empty_list_as_go_writes_it(self) -> None:
        assert parse_index({"manifests": None}, "here").manifests == ()

    @pytest.mark.parametrize("name", ["layers", "config"])
    def test_index_and_manifest_at_once_is_refused(self, name: str) -> None:
        """CVE-2021-41190: two readers would see two different things under one digest."""
        with pytest.raises(MalformedImage, match="both"):
            parse_index({"manifests": [], name: []}, "here")
        with pytest.raises(MalformedImage, match="both"):
            parse_manifest({"manifests": [], name: []}, "here")


class TestManifest:
    def test_config_layers_and_subject_are_taken(self) -> None:
        config = {**SOUND, "mediaType": OCI_CONFIG}
        value = {"config": config, "layers": [SOUND, SOUND], "subject": SOUND, "artifactType": "a"}
        manifest = parse_manifest(value, "here")
        assert manifest.config.media_type == OCI_CONFIG
        assert len(manifest.layers) == 2
        assert manifest.subject is not None
        assert manifest.artifact_type == "a"

    @pytest.mark.parametrize(
        "value",
        [
            {"layers": []},
            {"config": SOUND},
            {"config": [], "layers": []},
            {"config": SOUND, "layers": "x"},
            {"config": SOUND, "layers": [SOUND, {}]},
            {"config": SOUND, "layers": [], "subject": {"digest": 1}},
        ],
    )
    def test_one_that_could_be_matched_wrongly_is_refused_whole(self, value: object) -> None:
        with pytest.raises(MalformedImage):
            parse_manifest(value, "here")


class TestConfig:
    def test_all_members_are_taken(self) -> None:
        config = parse_config(
            {
                "os": "linux",
                "architecture": "arm",
                "variant": "v6",
                "os.version": "1",
                "rootfs": {"type": "layers", "diff_ids": [digest(b"a")]},
                "history": [{"created_by": "x"}, {"empty_layer": True}],
            },
            "here",
        )
        assert (config.os, config.architecture, config.variant) == ("linux", "arm", "v6")
        assert config.os_version == "1"
        assert config.diff_ids == (digest(b"a"),)
        assert [(h.created_by, h.empty_layer) for h in config.history] == [("x", False), ("", True)]
        assert config.problems == ()

    @pytest.mark.parametrize("value", [{}, {"rootfs": None}, {"rootfs": {"diff_ids": None}}])
    def test_without_diff_ids_it_still_is_one(self, value: object) -> None:
        assert parse_config(value, "here").diff_ids == ()

    @pytest.mark.parametrize("wrong", ["x", {}, [1], [digest(b"a")[:-1]]])
    def test_diff_ids_that_are_none_are_refused(self, wrong: object) -> None:
        with pytest.raises(MalformedImage):
            parse_config({"rootfs": {"diff_ids": wrong}}, "here")

    @pytest.mark.parametrize(("name", "wrong"), [("os", 1), ("history", {}), ("rootfs", "x")])
    def test_other_wrong_types_are_left_out_and_said(self, name: str, wrong: object) -> None:
        config = parse_config({"architecture": "amd64", name: wrong}, "here")
        assert config.architecture == "amd64"
        assert [p.code for p in config.problems] == [Code.BAD_DOCUMENT]

    @pytest.mark.parametrize("step", [None, 1, [], {"created_by": 1}, {"empty_layer": "yes"}])
    def test_a_strange_build_step_counts_as_one_with_content(self, step: object) -> None:
        (found,) = parse_config({"history": [step]}, "here").history
        assert (found.created_by, found.empty_layer) == ("", False)


class TestKind:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"mediaType": "x/y", "manifests": []}, "x/y"),
            ({"manifests": []}, media.OCI_INDEX),
            ({"schemaVersion": 1, "fsLayers": []}, media.DOCKER_SCHEMA1),
            ({"config": {"mediaType": DOCKER_CONFIG}, "layers": []}, media.DOCKER_MANIFEST),
            ({"config": {"mediaType": OCI_CONFIG}, "layers": []}, media.OCI_MANIFEST),
            ({"layers": []}, media.OCI_MANIFEST),
            ({"mediaType": 1, "config": []}, media.OCI_MANIFEST),
            ({}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_document_without_media_type_is_told_by_its_members(
        self, value: object, expected: str
    ) -> None:
        """containers/image internal/manifest, GuessMIMEType."""
        assert guess_media_type(value) == expected

    @pytest.mark.parametrize(
        ("value", "media_type", "expected"),
        [
            ({"manifests": []}, media.OCI_MANIFEST, True),
            ({"layers": []}, media.OCI_INDEX, False),
            ({}, media.OCI_INDEX, True),
            ({}, media.OCI_MANIFEST, False),
            ({"manifests": [], "layers": []}, media.OCI_INDEX, True),
        ],
    )
    def test_members_decide_before_the_media_type(
        self,
        value: object,
        media_type: str,
        expected: bool,  # noqa: FBT001 - a table of cases
    ) -> None:
        assert is_index(value, media_type) is expected


_NAMES = st.sampled_from(
    [
        *("manifests", "layers", "config", "digest", "size", "mediaType", "annotations", "data"),
        *("platform", "rootfs", "diff_ids", "history", "os", "urls", "subject", "empty_layer"),
    ]
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 1 << 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from([digest(b"x"), media.OCI_INDEX, media.OCI_MANIFEST, media.OCI_CONFIG]),
)
#: Right names, wrong types.
SHAPED = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("parse", [parse_index, parse_manifest, parse_config])
@given(value=SHAPED)
def test_right_names_with_wrong_types_are_read_or_refused(
    parse: Callable[[object, str], object], value: object
) -> None:
    with suppress(AnalyzerError):
        parse(value, "here")
