"""Documents that we make of a real image have whatever the image states."""

from __future__ import annotations

from tests.cli.harness import call
from tests.support.realimages import real_image


def test_nothing_is_missing_that_an_image_of_many_languages_states() -> None:
    """Two platforms, each as SPDX and CycloneDX: packages of Debian and six languages."""
    answer = call("check", real_image("languages"), "-o", "json")
    assert answer.code == 0, answer.err
    results = answer.json["documents"]
    assert len(results) == 4
    assert {each["verdict"] for each in results} == {"passes"}
    components = {each["of"] for r in results for each in elements(r, "Component name")}
    assert min(components) > 900


def elements(result: dict[str, object], title: str) -> list[dict[str, int]]:
    """The rows of one minimum element."""
    profiles = result["profiles"]
    assert isinstance(profiles, list)
    return [row for profile in profiles for row in profile["elements"] if row["title"] == title]
