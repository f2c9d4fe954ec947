"""Specifications of gems against RubyGems, which runs them, and `gem list`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.ruby import CATALOGER
from analyzer.packages.contract import Package
from analyzer.packages.formats.gemspec import read_gemspec
from analyzer.packages.formats.rubyliteral import NotALiteral, read_literal
from tests.packages.cases import parse
from tests.support.tools import require_tool, run

FACTS = Path(__file__).with_name("gem_facts.rb")
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "packages" / "ruby"


def homes() -> list[Path]:
    """Gem homes of this machine's Ruby."""
    shown = run([require_tool("gem"), "env", "gempath"]).stdout.decode().strip()
    return [Path(path) for path in shown.split(":")]


def specifications() -> list[Path]:
    """Of all gems of this machine."""
    found = [path for home in homes() for path in home.glob("specifications/**/*.gemspec")]
    return sorted(found)


def rubygems(files: list[Path]) -> list[dict[str, Any]]:
    """What RubyGems reads; one start for all."""
    shown = run([require_tool("ruby"), FACTS, *files]).stdout.decode("utf-8")
    return [json.loads(line) for line in shown.splitlines()]


def ours(files: list[Path]) -> list[Package]:
    """The gems of files where they lie."""
    packages, problems = parse(CATALOGER, {str(p).lstrip("/"): p.read_bytes() for p in files})
    assert problems == []
    return packages


def test_the_gems_are_those_of_gem_list() -> None:
    shown = run([require_tool("gem"), "list", "--local", "--all"]).stdout.decode("utf-8")
    theirs = set()
    for line in filter(None, shown.splitlines()):
        match = re.fullmatch(r"(\S+) \((.*)\)", line)
        assert match
        for version in match[2].split(", "):
            theirs.add((match[1], version.removeprefix("default: ").split(" ")[0]))
    assert len(theirs) > 20
    assert {(p.name, p.version) for p in ours(specifications())} == theirs


def test_every_member_is_what_rubygems_reads() -> None:
    """Of all gems of this machine, and of the fixtures that RubyGems can load."""
    files = specifications() + sorted((FIXTURES / "ordinary").rglob("*.gemspec"))
    for path, theirs in zip(files, rubygems(files), strict=True):
        spec = read_gemspec(path.read_bytes())
        assert {
            "name": spec.name,
            "version": spec.version,
            "platform": spec.platform or "ruby",
            "licenses": list(spec.licenses),
            "authors": list(spec.authors),
            "homepage": spec.homepage,
            "needs": list(spec.needs),
        } == {key: value for key, value in theirs.items() if key != "files"}, path
        # RubyGems counts documentation among the files that it lists.
        assert set(spec.files) <= set(theirs["files"]), path


def test_owned_files_are_where_they_are_said_to_be() -> None:
    """Of this machine's gems; sources of compiled parts Debian leaves out."""
    require_tool("gem")
    assert CATALOGER.owns
    missing, count = [], 0
    for path in specifications():
        for owned in CATALOGER.owns({str(path).lstrip("/"): path.read_bytes()}):
            count += 1
            if "missing-ok" not in owned.flags and not Path(f"/{owned.path}").exists():
                missing.append(owned.path)
    assert count > 100
    assert [path for path in missing if not path.endswith("/extconf.rb")] == []


def test_files_of_an_installed_gem(tmp_path: Path) -> None:
    """`gem install` says where it put them."""
    gem = require_tool("gem")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "tiny.rb").write_text("")
    (tmp_path / "exe").mkdir()
    (tmp_path / "exe" / "tiny").write_text("")
    (tmp_path / "tiny.gemspec").write_text(
        'Gem::Specification.new { |s| s.name = "tiny"; s.version = "1.0"; s.summary = "s"\n'
        's.authors = ["A"]; s.files = ["lib/tiny.rb", "exe/tiny"]; s.bindir = "exe"\n'
        's.executables = ["tiny"]; s.platform = Gem::Platform::CURRENT }\n'
    )
    run([gem, "build", "tiny.gemspec"], cwd=tmp_path)
    (built,) = tmp_path.glob("*.gem")
    home = tmp_path / "home"
    run([gem, "install", "--local", "--no-document", "--install-dir", home, built], cwd=tmp_path)
    (spec,) = home.glob("specifications/*.gemspec")
    files = {f"home/specifications/{spec.name}": spec.read_bytes()}
    (package,), problems = parse(CATALOGER, files)
    assert problems == []
    assert (package.name, package.version) == ("tiny", "1.0")
    assert dict(package.qualifiers)["platform"] in spec.name
    assert CATALOGER.owns
    owned = [item.path for item in CATALOGER.owns(files)]
    assert f"home/gems/{spec.stem}/exe/tiny" in owned
    assert all((tmp_path / path).exists() for path in owned)


WRITTEN_BY_HAND = b"""# frozen_string_literal: true

require_relative "lib/forked/version"

Gem::Specification.new do |spec|
  spec.name = "forked"
  spec.version = Forked::VERSION
  spec.authors = ["A B"]
  spec.license = "MIT"
  spec.files = Dir.chdir(__dir__) do
    `git ls-files -z`.split("\\x0")
  end
end
"""
"""As `bundle gem` makes them."""


def test_a_specification_of_a_repository_that_bundler_has_not_rewritten() -> None:
    path = "app/vendor/bundle/ruby/3.1.0/bundler/gems/forked-ab65028cf8c9/forked.gemspec"
    (package,), (problem,) = parse(CATALOGER, {path: WRITTEN_BY_HAND})
    assert (package.name, package.version, package.confidence) == ("forked", "", "medium")
    assert package.licenses == ("MIT",)
    assert problem.code == "package-field-missing"
    assert "ab65028cf8c9" in problem.detail
    assert CATALOGER.owns
    assert [owned.path for owned in CATALOGER.owns({path: WRITTEN_BY_HAND})] == [path]


def test_a_list_does_not_lead_out_of_the_gem() -> None:
    path = "opt/app/vendor/bundle/ruby/3.1.0/specifications/escape-1.gemspec"
    data = (FIXTURES / "strange" / path).read_bytes()
    assert b"etc/passwd" in data
    assert CATALOGER.owns
    assert [owned.path for owned in CATALOGER.owns({path: data})] == [path]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (b'"a".freeze', "a"),
        (rb'"\u00e9\u{1F600 41}\x41\101\\\"\#{x}"', 'é\U0001f600AAA\\"#{x}'),
        (b"'a\\'b\\n'", "a'b\\n"),
        (b"%q<a b>.freeze", "a b"),
        (b"%q{a}", "a"),
        (b"%w[a b]", ["a", "b"]),
        (b"[\"a\".freeze, nil, %q<b>,\n # c\n 'd']", ["a", "b", "d"]),
        (b"[]", []),
        (b"nil", None),
        (b"4", None),
    ],
)
def test_literals(code: bytes, value: object) -> None:
    """As the literals page of Ruby's documentation has them."""
    found, end = read_literal(code, 0)
    assert found == value
    assert end == len(code)


@pytest.mark.parametrize(
    "code", [b'"#{x}"', b"File.read", b"[a]", b"%q<a", b"%q<a<b>>", b'"', b"[", b'["a" "b"]', b""]
)
def test_what_would_have_to_be_run_is_no_literal(code: bytes) -> None:
    with pytest.raises(NotALiteral):
        read_literal(code, 0)


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    for code in (data, b"Gem::Specification.new do |s|\n  s.name = " + data):
        read_gemspec(code)


@given(st.text(max_size=40).filter(lambda text: text.isprintable()))
def test_text_is_kept(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")
    assert read_literal(f'"{quoted}"'.encode(), 0)[0] == value


def test_literals_without_end_do_not_have_the_whole_file_searched_each() -> None:
    found = read_gemspec(b"s.name=%q(\n" * 100_000 + b's.name="a"\nend\n')
    assert (found.name, found.unread) == ("a", ("name",))
