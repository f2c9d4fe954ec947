"""Topics found by what people type and paste."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.explain.loader import Topic, names, topic
from analyzer.problems import Code


def refused(wanted: str) -> InputError:
    with pytest.raises(InputError) as caught:
        topic(wanted)
    assert caught.value.code is Code.NO_MATCH
    assert "'ociscope explain' lists all topics" in caught.value.hint
    return caught.value


def near(wanted: str) -> list[str]:
    return refused(wanted).hint.partition("near it: ")[2].partition(";")[0].split(", ")


@pytest.mark.parametrize(
    "pasted",
    [
        "digest-mismatch",
        "[digest-mismatch]",
        "[digest-mismatch].",
        " [digest-mismatch]\n",
        "DIGEST_MISMATCH",
        "digest mismatch",
        "'digest-mismatch'",
        "error: blobs/sha256/ab[1]: declared x, measured y [digest-mismatch]",
    ],
)
def test_a_code_may_be_pasted_as_it_was_printed(pasted: str) -> None:
    assert topic(pasted).name == "digest-mismatch"


def test_every_topic_is_found_by_its_name() -> None:
    assert [topic(name).name for name in names()] == list(names())


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("manifest-digest", "image-id"),
        ("diffid", "diff-id"),
        ("digest-missmatch", "digest-mismatch"),
        ("image-ids", "image-id"),
        ("image-i", "image-id"),
        ("attest", "attestations"),
        ("platform-abs", "platform-absent"),
        ("whiteout", "whiteouts"),
        ("unknown/unknown", "attestations"),
        ("layer-digest", "diff-id"),
        ("docker-29", "containerd-store"),
        ("chainid", "chain-id"),
    ],
)
def test_what_is_near_is_named(wanted: str, first: str) -> None:
    assert near(wanted)[0] == first


def test_what_is_near_nothing_is_only_told_where_the_list_is() -> None:
    assert refused("xyzzy").hint == "'ociscope explain' lists all topics"
    assert refused("../loader").hint == "'ociscope explain' lists all topics"
    assert refused("[]").hint == "'ociscope explain' lists all topics"


@given(st.text(max_size=300))
def test_any_text_is_a_topic_or_refused_in_short(wanted: str) -> None:
    with suppress(InputError):
        assert isinstance(topic(wanted), Topic)


def test_what_is_refused_is_repeated_in_short() -> None:
    assert len(refused("x" * 5000).message) < 150
