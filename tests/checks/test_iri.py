"""IRI references, against the grammar library that the CycloneDX validator uses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3987_syntax import (  # type: ignore[import-untyped]
    is_valid_syntax_iri_reference,
)

from analyzer.checks.iri import is_iri_reference

# RFC 3986, 1.1.2 and 5.4; and what tools write into `url`.
WRITTEN = [
    *("ftp://ftp.is.co.za/rfc/rfc1808.txt", "http://www.ietf.org/rfc/rfc2396.txt", "g", "./g"),
    *("mailto:John.Doe@example.com", "g/", "/g"),
    *("news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212", "//g", "?y", "g?y", "#s"),
    *("telnet://192.0.2.16:80/", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "g#s"),
    *(";x", "g;x", "g;x?y#s", "", ".", "./", "..", "../../g", "/./g", "g.", "http:g", "a%20b"),
    *("https://x.example/ä", "https://x.example/a b", "a:b", "1a:b", "a/b:c"),
    *("https://github.com/a/b.git", "git@github.com:a/b.git", "git+ssh://git@x/a.git", "<none>"),
    *("http://a/b|c", "http://a/b^c", "http://a/{b}", 'http://a/"b"', "http://a/b\\c", "a\nb"),
    *("http://u:p@x.example:8080/", "http://x.example:port/", "http://a%zz/", "%", "a#b#c"),
    *(
        "http://x]/",
        "http://[x/",
        "[a]",
        "a[b]",
        "http://a/[b]",
        "a?[b]",
        "a#[b]",
        "x:",
        ":x",
        "//",
    ),
    *("//", "///a", "////a", "file:///etc", "a//b", "http:////x", "http://a@b@c/", "https://"),
    *("\ue000", "a?\ue000", "a#\ue000"),
]


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_what_people_write(text: str) -> None:
    assert is_iri_reference(text) is is_valid_syntax_iri_reference(text)


@pytest.mark.parametrize("text", ["ldap://[2001:db8::7]/c=GB?objectClass?one", "http://[::1]/"])
def test_addresses_between_brackets(text: str) -> None:
    """RFC 3986, 1.1.2 has the first as an example; the library knows only some forms."""
    assert is_iri_reference(text)
    assert not is_valid_syntax_iri_reference(text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab1:/?#[]@%4.-\u00e4\ue000 <"), max_size=9))
def test_any_text(text: str) -> None:
    # What stands between brackets is trusted; the grammar looks at each digit of an address.
    if "[" not in text:
        assert is_iri_reference(text) is is_valid_syntax_iri_reference(text)


def test_megabytes_are_no_matter() -> None:
    chance = random.Random("iri")  # noqa: S311
    for piece in ("a", "%41", "a:", "/", "?", "@", "[", "%"):
        is_iri_reference("http://" + piece * 500_000)
        is_iri_reference(piece * 500_000 + " ")
    assert is_iri_reference("https://x.example/" + "".join(chance.choices("ab/", k=500_000)))
