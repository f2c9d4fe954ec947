"""`layouts/multi` and its next release: what dpkg-query and umoci say of both differs likewise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.harness import MULTI, call
from tests.support.tools import ROOT

NEXT = ROOT / "fixtures" / "layouts" / "next"
PLATFORMS = ("amd64", "arm64")
Json = dict[str, Any]


def facts(name: str, architecture: str) -> Json:
    """What other tools say of one platform of a layout."""
    found = json.loads((ROOT / f"fixtures/layouts/{name}.expected.json").read_bytes())
    platform: Json = found["platforms"][architecture]
    return platform


def installed(name: str, architecture: str) -> dict[str, str]:
    """Versions by name, as dpkg-query lists what is installed."""
    lines = [line.split() for line in facts(name, architecture)["packages"]]
    return {package: version for state, package, version, _ in lines if state == "installed"}


def tree(name: str, architecture: str) -> dict[str, Json]:
    """The tree that umoci unpacks, by path, without what is the same thing by another name."""
    return {entry["path"]: entry for entry in facts(name, architecture)["tree"]}


def parts(architecture: str) -> dict[str, Json]:
    """The parts of the difference of one platform."""
    answer = call("diff", MULTI, NEXT, "--platform", f"linux/{architecture}", "-o", "json")
    (image,) = answer.json["images"]
    return {child["subject"]: child for child in image["children"]}


@pytest.mark.parametrize("architecture", PLATFORMS)
def test_packages_differ_as_the_lists_of_dpkg(architecture: str) -> None:
    before, after = installed("multi", architecture), installed("next", architecture)
    expected = {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    found = {
        side["name"]: tuple((child[when] or {}).get("version") for when in ("before", "after"))
        for child in parts(architecture)["packages"]["children"]
        for side in [child["after"] or child["before"]]
    }
    assert found == expected
    assert len(expected) == (3 if architecture == "amd64" else 2)


@pytest.mark.parametrize("architecture", PLATFORMS)
def test_files_differ_as_the_trees_of_umoci(architecture: str) -> None:
    before, after = tree("multi", architecture), tree("next", architecture)
    expected = {
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    }
    found = {child["subject"] for child in parts(architecture)["files"]["children"]}
    assert found == expected
    assert {"etc/host.conf", "usr/bin/clear"} < expected


def test_only_the_setuid_bit_is_unexplained() -> None:
    """Packages and build steps explain the rest; a program of an unchanged package is tampering."""
    causes = {c["subject"]: c["cause"]["kind"] for c in parts("amd64")["files"]["children"]}
    assert {path for path, kind in causes.items() if kind == "unexplained"} == {"usr/bin/clear"}
    assert causes["etc/host.conf"] == "build-step"


def test_platforms_shows_what_dpkg_lists_differently() -> None:
    lists = [installed("next", architecture) for architecture in PLATFORMS]
    expected = {
        name: [versions.get(name) for versions in lists]
        for name in lists[0].keys() | lists[1].keys()
        if lists[0].get(name) != lists[1].get(name)
    }
    assert expected == {"hostname": ["3.24", "3.23+nmu2"], "tracer": ["0.9-1", None]}
    shown = call("platforms", NEXT).text
    for name, versions in expected.items():
        (row,) = [line.split() for line in shown.splitlines() if f"deb/{name} " in f"{line} "]
        assert row == [f"deb/{name}", *(version or "-" for version in versions)]
