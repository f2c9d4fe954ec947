"""Platforms are normalised as containerd's platforms package does (database.go)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.image.platform import Platform, normalise, parse_platform


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("linux/amd64", "linux/amd64"),
        ("Linux/AMD64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/x86-64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v2", "linux/amd64/v2"),
        ("linux/i386", "linux/386"),
        ("linux/i386/v7", "linux/386"),
        ("linux/386", "linux/386"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/9", "linux/arm64/v9"),
        ("linux/arm64/9.0", "linux/arm64/v9"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/5", "linux/arm/v5"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/v8", "linux/arm/v8"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("macos/arm64", "darwin/arm64"),
        ("windows/amd64", "windows/amd64"),
        ("linux/riscv64", "linux/riscv64"),
        ("linux/s390x", "linux/s390x"),
    ],
)
def test_every_spelling_becomes_the_one_containerd_shows(written: str, shown: str) -> None:
    assert str(parse_platform(written)) == shown


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/amd64/", "linux /amd64", "é/é"]
)
def test_what_is_no_platform_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(InputError, match="not a platform") as caught:
        parse_platform(text)
    assert "linux/arm/v7" in caught.value.hint


def test_nothing_known_is_shown_as_unknown() -> None:
    assert str(Platform("", "")) == "unknown/unknown"
    assert not Platform("unknown", "unknown").known
    assert not Platform("linux", "").known
    assert Platform("linux", "amd64").known


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_normalising_twice_changes_nothing(os: str, architecture: str, variant: str) -> None:
    once = normalise(os, architecture, variant)
    assert normalise(once.os, once.architecture, once.variant) == once
