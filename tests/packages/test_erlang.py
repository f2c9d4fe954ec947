"""Erlang's terms, and applications against Erlang itself."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers import erlang
from analyzer.packages.contract import Owned, Package
from analyzer.packages.formats.erlterm import DEPTH, Atom, NotATerm, consult
from tests.packages.cases import FOLDER, Case
from tests.support.tools import require_tool, run


class TestTerms:
    """Data types of the reference manual, by its examples and those of erl_scan."""

    @pytest.mark.parametrize(
        ("text", "term"),
        [
            ("a.", Atom("a")),
            ("'An Atom'.", Atom("An Atom")),
            ('"ab" "cd".', "abcd"),
            ("-42.", -42),
            ("2#101.", 5),
            ("-16#1f.", -31),
            ("1_000.", 1000),
            ("2.3e-3.", 0.0023),
            (r"$\n.", 10),
            ("$A.", 65),
            (r'"\x{41}\102\x43\^A\d".', "ABC\x01\x7f"),
            ("{a,[1|b]}.", (Atom("a"), [1, Atom("b")])),
            ('<<"xy",122>>.', "xyz"),
            ("#{a=>1}.", {"a": 1}),
            ("%c\n[].%c\n", []),
        ],
    )
    def test_reads(self, text: str, term: object) -> None:
        [found] = consult(text.encode())
        assert found == term
        assert type(found) is type(term)

    @pytest.mark.parametrize(
        "text", ["a", "X.", "f(x).", "{a,}.", "[a,].", "{a.", '"a.', "a b.", "<<a>>.", "a.b.", "}."]
    )
    def test_refuses(self, text: str) -> None:
        with pytest.raises(NotATerm, match="line 1"):
            list(consult(text.encode()))

    def test_nesting_is_bounded(self) -> None:
        assert list(consult(b"[" * DEPTH + b"]" * DEPTH + b"."))
        with pytest.raises(NotATerm, match="too deeply"):
            list(consult(b"{" * 100_000))

    def test_comments_are_passed_over_once(self) -> None:
        # A pattern that could cut a comment in many ways would not return from this.
        with pytest.raises(NotATerm):
            list(consult(b"%" * 10_000 + b"\n" + b"%" * 10_000 + b"\n\x01"))


def test_applications_are_those_that_erlang_reads() -> None:
    erl = require_tool("erl")
    for case in ("ordinary", "strange"):
        folder = FOLDER / "erlang" / case
        for path, data in Case(folder).files.items():
            [package] = [p for p in erlang.parse({path: data}) if isinstance(p, Package)]
            code = (
                f'{{ok, [{{application, Name, Stated}} | _]}} = file:consult("{folder / path}"),'
                ' io:format("~s ~w", [Name, proplists:get_value(vsn, Stated)]), halt().'
            )
            said = run([erl, "-noshell", "-eval", code]).stdout.decode()
            points = ",".join(str(ord(c)) for c in package.version)
            if package.name != "raw":  # control characters, which we make visible
                assert said == f"{package.name} [{points}]"


def test_owns_the_resource_file_and_the_modules_beside_it() -> None:
    path = "usr/lib/elixir/lib/eex/ebin/eex.app"
    data = (FOLDER / "erlang" / "ordinary" / path).read_bytes()
    owner = ("eex", "1.14.0", "")
    modules = ("EEx", "EEx.Compiler", "EEx.Engine", "EEx.SmartEngine", "EEx.SyntaxError")
    # The files of Debian's elixir 1.14.0 in that folder.
    expected = [path, *(f"usr/lib/elixir/lib/eex/ebin/Elixir.{module}.beam" for module in modules)]
    assert list(erlang.owns({path: data})) == [Owned(owner, name, "file") for name in expected]


def test_a_number_of_too_many_digits_is_told() -> None:
    """As a key of a map it would be shown, which Python refuses beyond 4300 digits."""
    with pytest.raises(NotATerm, match="digits"):
        list(consult(b"#{16#" + b"F" * 5000 + b" => 1}."))
