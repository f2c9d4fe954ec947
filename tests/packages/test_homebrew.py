"""Homebrew's kegs: what the cases of `fixtures/packages/homebrew` do not show."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers.homebrew import CATALOGER
from analyzer.packages.dependencies import dependencies
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, Case, parse

FILES = Case(FOLDER / "homebrew" / "ordinary").files
KEG = "opt/homebrew/Cellar/a/1"


def test_package_urls_name_other_taps_only() -> None:
    """purl-spec, `types/brew-definition.json`: homebrew/core is meant where none is named."""
    packages, _ = parse(CATALOGER, FILES)
    assert {package_url(package, None) for package in packages} == {
        "pkg:brew/xz@5.6.2",
        "pkg:brew/zstd@1.5.6",
        "pkg:brew/some-org/some-tap/tool@1.0_1",
    }


def test_formulae_need_what_they_declare() -> None:
    packages, _ = parse(CATALOGER, FILES)
    needs = {p.name: needed for p, needed in zip(packages, dependencies(packages), strict=True)}
    assert needs["zstd"] == ("brew:xz:x86_64@5.6.2",)
    assert needs["tool"] == ("brew:xz:x86_64@5.6.2", "brew:zstd:x86_64@1.5.6")


@pytest.mark.parametrize(
    ("line", "licence"),
    [
        ('license "MIT"', "MIT"),
        ('license any_of: ["MIT", "ISC"]', "MIT OR ISC"),
        ('license all_of: ["MIT", "ISC"]', "MIT AND ISC"),
        ("license :public_domain", ":public_domain"),
        pytest.param("license " + " " * 200_000 + '"MIT"', "MIT", id="long line"),
        ('license "GPL-2.0-only" => { with: "Classpath-exception-2.0" }', None),
        ('license all_of: ["MIT", any_of: ["ISC", "0BSD"]]', None),
    ],
)
def test_licences_that_are_no_plain_list_stay_as_they_stand(line: str, licence: str | None) -> None:
    """By https://docs.brew.sh/License-Guidelines."""
    formula = f"class A < Formula\n  {line}\nend\n".encode()
    (package,), problems = parse(CATALOGER, {f"{KEG}/.brew/a.rb": formula})
    assert package.licenses == ((licence or line.removeprefix("license ")),)
    assert problems == []


def test_a_keg_is_its_formulas() -> None:
    """Homebrew's `Keg#uninstall` removes the folder of the version with all that is in it."""
    files = Case(FOLDER / "homebrew" / "ordinary").files
    packages, _ = parse(CATALOGER, files)
    assert CATALOGER.owns
    owned = {item.owner: (item.path, item.kind) for item in CATALOGER.owns(files)}
    assert owned == {
        p.owner_key: (f"home/linuxbrew/.linuxbrew/Cellar/{p.name}/{p.version}", "tree")
        for p in packages
    }
    assert len(owned) == 3
