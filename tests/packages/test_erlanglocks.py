"""Lock files of Mix and rebar3 against Elixir and rebar3 themselves."""

from __future__ import annotations

import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import erlanglocks
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats.elixirterm import DEPTH, read_map
from analyzer.packages.formats.erlterm import Atom, NotATerm, Term, consult, first
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER
from tests.support.tools import require_tool, run

SHOW = Path(__file__).with_name("lock_terms.exs")
HEX = "ab" * 32
TEXTS = [
    r'%{a: {:hex, :"b c", "\x41\u{1F600}\u00e9\"\\\#{x}\e\0\xe9", [], ["x": 1, y: nil]}}',
    '%{"a" => {:x}, "b b": {Some.Module, :y?, z!: -1_000}, c: {true, [[]], %{"l" => {}, k: "v"}}}',
    "# c\n%{ # d\n}",
]
LISTING = """
{ok, Parts} = escript:extract("REBAR", []), {archive, Zip} = lists:keyfind(archive, 1, Parts),
ok = file:write_file("ZIP", Zip), halt().
"""
READING = """
lists:foreach(fun(File) ->
  lists:foreach(fun
    ({App, {pkg, Name, Version, _, Outer}, _}) ->
        io:format("~ts ~ts ~ts ~ts~n", [App, Name, Version, Outer]);
    ({App, {Kind, Url, {ref, Ref}}, _}) -> io:format("~ts ~ts+~ts@~ts~n", [App, Kind, Url, Ref]);
    ({App, {_, Url, {ref, Ref}, Dir}, _}) ->
        io:format("~ts git+~ts@~ts#~ts~n", [App, Url, Ref, Dir])
  end, rebar_config:consult_lock_file(File)), io:format("--~n")
end, [FILES]), halt().
"""


def files(pattern: str) -> list[Path]:
    """Sound lock files of the fixtures."""
    folders = [FOLDER / "erlanglocks" / case / "srv" for case in ("ordinary", "strange")]
    found = [path for folder in folders for path in sorted(folder.glob(pattern))]
    return [path for path in found if path.parent.name != "foreign"]


def shown(term: Term) -> str:
    """The form of `lock_terms.exs`."""
    match term:
        case Atom():
            return f"a'{term.encode().hex()}'"
        case str():
            return f"'{term.encode('utf-8', 'surrogateescape').hex()}'"
        case list():
            return f"[{','.join(map(shown, term))}]"
        case tuple():
            return f"({','.join(map(shown, term))})"
        case dict():
            pairs = sorted((shown(str(key)), shown(value)) for key, value in term.items())
            return "{" + ",".join(f"({key},{value})" for key, value in pairs) + "}"
    return str(term)


class TestMix:
    """`mix.lock`."""

    def test_terms_are_those_that_elixir_reads(self, tmp_path: Path) -> None:
        elixir = require_tool("elixir")
        paths = files("*/mix.lock")
        for number, source in enumerate(TEXTS):
            path = tmp_path / f"{number}.lock"
            path.write_text(source, "utf-8")
            paths.append(path)
        said = run([elixir, SHOW, *paths]).stdout.decode().split("\n")
        for path, line in zip(paths, said, strict=False):
            entries, faults = read_map(path.read_bytes())
            assert faults == []
            found = sorted(f"{shown(entry.key)}={shown(entry.value)}" for entry in entries)
            assert ";".join(found) == line

    @pytest.mark.parametrize("code", ["version()", '"#{1}"', "x", "1 + 1", ":a.b()", "1.5", "&f/1"])
    def test_code_is_refused_and_the_rest_is_read(self, code: str) -> None:
        entries, faults = read_map(f'%{{\n  "a": {{:hex, {code}}},\n  "b": {{:c}},\n}}\n'.encode())
        assert [entry.key for entry in entries] == ["b"]
        assert [(fault.line, fault.lost) for fault in faults] == [(2, True)]

    def test_nesting_is_bounded(self) -> None:
        for depth, count in ((DEPTH, 1), (DEPTH + 1, 0)):
            entries, _ = read_map(b"%{a: " + b"[" * depth + b"]" * depth + b"}")
            assert len(entries) == count

    @pytest.mark.parametrize(
        "piece",
        [b"a: [\n", b'a: {"\n', b'"a": "\n', b"}", b"}\n", b"#{", b"\\", b'"\\', b"a: [1,\n", b" "],
    )
    def test_damage_of_any_length_is_read_in_linear_time(self, piece: bytes) -> None:
        start = time.process_time()
        read_map(b"%{\n" + piece * 20_000)
        assert time.process_time() - start < 5


class TestRebar:
    """`rebar.lock`."""

    def test_locks_are_those_that_rebar3_reads(self, tmp_path: Path) -> None:
        erl, archive = require_tool("erl"), tmp_path / "rebar3.zip"
        code = LISTING.replace("REBAR", str(require_tool("rebar3"))).replace("ZIP", str(archive))
        run([erl, "-noshell", "-eval", code])
        with ZipFile(archive) as beams:
            beams.extractall(tmp_path)
        paths = files("*/rebar.lock")
        code = READING.replace("FILES", ",".join(f'"{path}"' for path in paths))
        folders = sorted(tmp_path.glob("*/ebin"))
        said = run([erl, "-noshell", "-pa", *folders, "-eval", code]).stdout.decode()
        for path, lines in zip(paths, said.split("--\n"), strict=False):
            found = erlanglocks.parse({"srv/rebar.lock": path.read_bytes()})
            packages = [item for item in found if isinstance(item, Package)]
            assert sorted(map(stated, packages)) == sorted(
                line.partition(" ")[2].replace(" undefined", "").lower()
                for line in lines.splitlines()
            )

    def test_first_reads_one_term(self) -> None:
        assert first(b"{a,1},{b") == (Atom("a"), 1)
        with pytest.raises(NotATerm):
            first(b"{a,1")

    def test_first_of_equal_checksums_counts(self) -> None:
        """As for proplists:get_value."""
        sums = f'{{<<"a">>,<<"{HEX}">>}},{{<<"a">>,<<"{"0" * 64}">>}}'
        text = f'{{"1.2.0",[{{<<"a">>,{{pkg,<<"b">>,<<"1">>}},0}}]}}.\n[{{pkg_hash_ext,[{sums}]}}].'
        [package] = erlanglocks.parse({"srv/rebar.lock": text.encode()})
        assert isinstance(package, Package)
        assert package.digests == (f"sha256:{HEX}",)


def stated(package: Package) -> str:
    """What rebar3 says of a package behind the name of its application."""
    if package.type == "otp":
        return dict(package.qualifiers)["vcs_url"].lower()
    sums = [digest.removeprefix("sha256:") for digest in package.digests]
    return " ".join([package.name, package.version, *sums]).lower()


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ('{:hex, :jason, "1.1.2"}', "pkg:hex/jason@1.1.2"),
        ('{:hex, :foo, "2.3.", "", [], [], "hexpm:acme", ""}', "pkg:hex/acme/foo@2.3."),
        ('{:hex, :foo, "2.3.0", "", [], [], "elsewhere", ""}', "pkg:otp/a@2.3.0"),
        ('{:git, "u", "c", []}', "pkg:otp/a?vcs_url=git%2Bu%40c"),
    ],
)
def test_package_urls_are_those_of_the_standard(entry: str, url: str) -> None:
    """Examples of the types `hex` and `otp`."""
    [package] = erlanglocks.parse({"srv/mix.lock": f"%{{a: {entry}}}".encode()})
    assert isinstance(package, Package)
    assert package_url(package, None) == url


@pytest.mark.parametrize("folder", ["deps/sky", "srv/deps/sky", "srv/_build/default/lib/sky"])
def test_lock_files_of_dependencies_are_none_of_the_project(folder: str) -> None:
    data = {f"{folder}/mix.lock": b'%{a: {:hex, :a, "1"}}', f"{folder}/rebar.lock": b"x"}
    assert list(erlanglocks.parse(data)) == []


PIECES = st.sampled_from(
    [
        b"%{",
        b"}",
        b"{",
        b"[",
        b"]",
        b",",
        b'"a": ',
        b"a: ",
        b":hex",
        b":git",
        b'"1"',
        b"\n",
        b"nil",
        b'{<<"a">>,{pkg,<<"b">>,<<"1">>},0}',
        b".",
        b"{ref,",
        b"<<",
        b">>",
        b"=>",
        b"=======",
        b"#{",
    ]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=30).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    for name, lead in (("mix", b"%{"), ("mix", b""), ("rebar", b""), ("rebar", b'[{<<"a">>,')):
        for item in erlanglocks.parse({f"{name}.lock": lead + data}):
            assert item.name if isinstance(item, Package) else isinstance(item, Problem)


def test_terms_are_shown_alike() -> None:
    """That the comparison with Elixir tells apart what differs."""
    [term] = consult(b'{a, "a", [1]}.')
    assert shown(term) == "(a'61','61',[1])"
