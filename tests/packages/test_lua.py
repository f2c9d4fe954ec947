"""Lua's literals against Lua, and the files of rocks as LuaRocks put them."""

from __future__ import annotations

import hashlib

import pytest

from analyzer.packages.catalogers import lua
from analyzer.packages.contract import Owned
from analyzer.packages.formats.lualiteral import DEPTH, NotLiteral, assignments
from tests.packages.cases import FOLDER, Case
from tests.support.tools import require_tool, run

VALUES = {
    "text": (r'"a\tb\65\x42\u{e9}\"\z  c"', 'a\tbAB\u00e9"c'),
    "single": (r"'it\'s'", "it's"),
    "long": ("[==[\nline]]\n]==]", "line]]\n"),
    "whole": ("-12", -12),
    "hexadecimal": ("0xfF", 255),
    "fraction": ("2.5e1", 25.0),
    "yes": ("true", True),
    "nothing": ("nil", None),
    "table": ("{1, 'b'; [\"c d\"]=3, e={}, [7]=4,}", {1: 1, 2: "b", "c d": 3, "e": {}, 7: 4}),
}


def test_values_as_the_manual_says() -> None:
    program = "\n".join(f"{name} = {text}" for name, (text, _) in VALUES.items())
    expected = {name: value for name, (_, value) in VALUES.items()}
    assert assignments(program.encode()) == expected


def test_values_as_lua_has_them() -> None:
    program = require_tool("lua")
    for text, expected in VALUES.values():
        if isinstance(expected, str):
            said = run([program, "-e", f"io.write({text})"]).stdout
            assert said == expected.encode()
        elif not isinstance(expected, dict):
            literal = {None: "nil", True: "true"}.get(expected, str(expected))  # type: ignore[call-overload]
            assert (
                run([program, "-e", f"io.write(tostring({text} == {literal}))"]).stdout == b"true"
            )


@pytest.mark.parametrize(
    "program",
    [
        "x = os.time()",
        "x = y",
        "x = 1 + 1",
        "x = 'a' .. 'b'",
        "local x = 1",
        "x.y = 1",
        "x = function() end",
        "print 'x'",
        "x = {",
        "x = {1 2}",
        "x = 'a\nb'",
        "x = [[a",
        "x",
        "= 1",
        "true = 1",
        "x = --[[",
    ],
)
def test_what_has_to_be_run_is_refused(program: str) -> None:
    with pytest.raises(NotLiteral, match="line 1"):
        assignments(program.encode())


def test_nesting_is_bounded() -> None:
    assert assignments(b"x = " + b"{" * DEPTH + b"}" * DEPTH)
    with pytest.raises(NotLiteral, match="too deeply"):
        assignments(b"x = " + b"{" * 100_000)


def test_comments_and_strings_that_never_end_cost_one_look() -> None:
    for program in (b"-- [" * 50_000, b"x = '" + b"\\z " * 50_000, b"x = [" + b"=" * 50_000):
        if program.startswith(b"x"):
            with pytest.raises(NotLiteral):
                assignments(program)
        else:
            assert assignments(program) == {}


def test_owned_files_are_where_luarocks_put_them() -> None:
    """`find -type f` and md5sum of the tree that the fixture is of."""
    given = Case(FOLDER / "lua" / "ordinary").files
    rocks = "usr/local/lib/luarocks/rocks-5.3"
    groups = [
        {path: data for path, data in given.items() if path.startswith(f"{rocks}/{name}/")}
        for name in ("demo-rock", "inner-rock")
    ]
    owned = [entry for group in groups for entry in lua.owns(group)]
    assert {entry.path: entry.digest for entry in owned} == {
        "usr/local/share/lua/5.3/demo.lua": "md5:f0849714d8b0e64ca9586a3a5612e718",
        "usr/local/share/lua/5.3/demo/sub.lua": "md5:4040607d6a2fd972e4d0e670a05048d8",
        "usr/local/share/lua/5.3/inner.lua": "md5:3f78c9a0cd6bf6a366728f4a875fbdd4",
        f"{rocks}/demo-rock/1.2-1/doc/readme.txt": "md5:764efa883dda1e11db47671c4a3bbd9e",
        f"{rocks}/demo-rock/1.2-1/bin/demo": "md5:f37427284159bb9744344311a9136329",
        f"{rocks}/demo-rock/1.2-1/demo-rock-1.2-1.rockspec": "md5:94abc810a713da25023d29c04772393a",
        f"{rocks}/demo-rock/1.2-1/rock_manifest": "",
        f"{rocks}/inner-rock/0.9-2/inner-rock-0.9-2.rockspec":
            "md5:d3fe045ed8bd0e1dfb3899f8fd33fd25",
        f"{rocks}/inner-rock/0.9-2/rock_manifest": "",
        "usr/local/bin/demo": "",
    }  # fmt: skip
    assert {entry.owner for entry in owned} == {
        ("demo-rock", "1.2-1", ""),
        ("inner-rock", "0.9-2", ""),
    }
    [program] = [entry for entry in owned if entry.path.endswith("/bin/demo") and entry.digest]
    assert program.flags == ("missing-ok",)
    # The rockspecs are in the fixture, and have the digests that LuaRocks wrote down.
    stated = {entry.path: entry for entry in owned if entry.path in given and entry.digest}
    assert len(stated) == 2
    for path, entry in stated.items():
        assert entry.digest == "md5:" + hashlib.md5(given[path], usedforsecurity=False).hexdigest()


def test_a_manifest_names_nothing_outside_its_rock() -> None:
    rock = "usr/local/lib/luarocks/rocks-5.3/x/1-1"
    data = b'rock_manifest = { ["../../y"] = "a", lua = { [".."] = { z = "b" }, ["/etc"] = "c" } }'
    owned = list(lua.owns({f"{rock}/rock_manifest": data}))
    assert owned == [Owned(("x", "1-1", ""), f"{rock}/rock_manifest", "file")]
