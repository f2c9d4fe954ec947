"""The grammar of deb822(5), sentence by sentence, and what happens where it is broken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.formats.deb822 import Stanza, parse, read, read_odd, split
from analyzer.packages.formats.fault import Fault, problems

NAMES = st.text("abcXYZ-0", min_size=1).filter(lambda name: name[0] not in "-#")
VALUES = st.text("ab :.-", min_size=1).map(str.strip).filter(bool)


def stanzas(data: bytes) -> list[dict[str, str]]:
    """The fields of every stanza."""
    return [dict(part.fields) for part in parse(data) if isinstance(part, Stanza)]


def faults(data: bytes) -> list[tuple[int, bool]]:
    """Line of every fault, and whether something is lost with it."""
    return [(part.line, part.lost) for part in parse(data) if isinstance(part, Fault)]


def test_stanzas_are_separated_by_empty_lines() -> None:
    assert stanzas(b"a: 1\n\nb: 2\n\n\n\nc: 3\n") == [{"a": "1"}, {"b": "2"}, {"c": "3"}]
    assert faults(b"a: 1\n\nb: 2\n\n\n\nc: 3\n") == []


def test_stanzas_know_their_first_line() -> None:
    parts = list(parse(b"\n\na: 1\nb: 2\n\n\nc: 3\n"))
    assert [part.line for part in parts] == [3, 7]


def test_blanks_around_a_value_are_ignored() -> None:
    assert stanzas(b"a:  1 \t\nb:2\nc :\t3\n") == [{"a": "1", "b": "2", "c": "3"}]


def test_field_names_are_not_case_sensitive() -> None:
    assert stanzas(b"PacKage: Foo\n") == [{"package": "Foo"}]


def test_lines_that_begin_with_a_blank_go_on_with_the_value() -> None:
    data = b"a: 1\n two\n\tStatus: deinstall\n .\n  three\nb: 2\n"
    assert stanzas(data) == [{"a": "1\n two\n\tStatus: deinstall\n .\n  three", "b": "2"}]
    assert faults(data) == []


def test_a_line_of_blanks_does_not_end_a_stanza() -> None:
    """dpkg-query: "blank line in value of field", a warning."""
    assert stanzas(b"a: 1\n \t\nb: 2\n") == [{"a": "1\n", "b": "2"}]
    assert faults(b"a: 1\n \t\nb: 2\n") == [(2, False)]


def test_empty_lines_of_other_systems_end_a_stanza() -> None:
    assert stanzas(b"a: 1\r\n\r\nb: 2\r\n") == [{"a": "1"}, {"b": "2"}]


def test_of_two_fields_of_one_name_the_first_counts() -> None:
    assert stanzas(b"a: 1\nA: 2\n more\nb: 3\n") == [{"a": "1", "b": "3"}]
    assert faults(b"a: 1\nA: 2\n more\nb: 3\n") == [(2, False)]


def test_comments_are_reported_and_do_not_end_a_value() -> None:
    assert stanzas(b"a: 1\n# x: y\n two\n") == [{"a": "1\n two"}]
    assert faults(b"a: 1\n# x: y\n two\n") == [(2, False)]


def test_a_line_that_is_no_field_costs_only_itself_and_its_own_lines() -> None:
    for line in (b"garbage", b": 1", b"-x: 1", b"a b: 1", b"\xff: 1", b"a\0: 1"):
        data = b"a: 1\n" + line + b"\n its own\nb: 2\n"
        assert stanzas(data) == [{"a": "1", "b": "2"}], line
        assert faults(data) == [(2, True)], line


def test_a_folded_line_without_field_is_lost() -> None:
    assert stanzas(b"a: 1\n\n b: 2\nc: 3\n") == [{"a": "1"}, {"c": "3"}]
    assert faults(b"a: 1\n\n b: 2\nc: 3\n") == [(3, True)]


def test_a_file_that_ends_within_a_line_says_so() -> None:
    """dpkg-query: "end of file during value of field (missing final newline)", an error."""
    assert stanzas(b"a: 1\nb: 2") == [{"a": "1", "b": "2"}]
    assert faults(b"a: 1\nb: 2") == [(2, True)]
    assert faults(b"") == []


def test_bytes_that_are_no_utf_8_are_kept_visible() -> None:
    assert stanzas(b"a: J\xf6rg\nb: J\xc3\xb6rg\nc: \x1b[31m\nd: x\ty\n") == [
        {"a": "J\\xf6rg", "b": "Jörg", "c": "\\x1b[31m", "d": "x\ty"}
    ]


def test_many_faults_are_two_problems() -> None:
    found = list(problems("p", [Fault(n, "x", lost=n > 3) for n in range(1, 10)]))
    assert [(problem.severity, problem.detail) for problem in found] == [
        ("error", "line 4: x; so 5 more times"),
        ("warning", "line 1: x; so 2 more times"),
    ]


@given(st.lists(st.dictionaries(NAMES, VALUES, min_size=1), max_size=5))
def test_what_is_written_is_read(written: list[dict[str, str]]) -> None:
    folded = [{name.lower(): value for name, value in stanza.items()} for stanza in written]
    text = "\n".join("".join(f"{n}: {v}\n" for n, v in stanza.items()) for stanza in folded)
    assert stanzas(text.encode()) == folded
    assert faults(text.encode()) == []


@given(st.binary(max_size=500))
def test_any_bytes_give_stanzas_and_faults(data: bytes) -> None:
    lines = data.count(b"\n") + 1
    for part in parse(data):
        assert 1 <= part.line <= lines
        if isinstance(part, Stanza):
            assert part.fields
            shown = "".join(part.fields.values()).translate(dict.fromkeys(map(ord, "\n\t")))
            assert shown.isprintable()


PIECES = [
    *(b"a: 1", b"B-c:2 ", b" two", b"\tthree", b" ", b"d :\t4", b"# no", b"-e: 5", b"a: 6", b":"),
    *(b"f: J\xf6rg", b"g: J\xc3\xb6rg\tx", b"h: \x1b", b"i:", b"\r", b"j: 7\r", b"k\xc3\xb6: 8"),
]


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=9), max_size=8).map(b"\n".join),
    st.sampled_from([b"", b"\n"]),
)
def test_the_quick_way_says_what_the_careful_one_says(data: bytes, end: bytes) -> None:
    for _, piece in split(data + end):
        assert list(read(piece)) == list(read_odd(piece))


def test_a_long_line_that_is_no_field_is_read_once() -> None:
    """A reader that tried a field at each of its characters would not come back."""
    assert faults(b"a" * 2_000_000 + b"\n") == [(1, True)]
    assert faults(b"a:" + b" " * 2_000_000) == [(1, True)]
