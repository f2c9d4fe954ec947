"""Licences as packages state them, in the words of SPDX: tables, grammars, and no half of one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spdx_tools.common.spdx_licensing import spdx_licensing

from analyzer.packages import licencenames
from analyzer.packages.commonlicences import COMMON, common
from analyzer.packages.licences import license_expression

TABLES = {
    name: getattr(licencenames, name)
    for name in ("DEBIAN", "CALLAWAY", "WRITTEN_OUT", "CLASSIFIERS", "URLS")
}


@pytest.mark.parametrize(
    ("kind", "found", "expected"),
    [
        # Debian copyright-format 1.0, "License specification", its own examples and rules.
        ("deb", ["GPL-2+"], "GPL-2.0-or-later"),
        ("deb", ["GPL-1+ or Artistic"], "GPL-1.0-or-later OR Artistic-1.0"),
        (
            "deb",
            ["GPL-2+ or Artistic-2.0, and BSD-3-clause"],
            "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause",
        ),
        ("deb", ["Expat", "GPL-3", "Expat"], "MIT AND GPL-3.0-only"),
        ("deb", ["Expat", "GPL-2 or LGPL-3+"], "MIT AND (GPL-2.0-only OR LGPL-3.0-or-later)"),
        ("deb", ["GFDL-NIV-1.3+"], "GFDL-1.3-no-invariants-or-later"),
        ("deb", ["GPL"], "GPL-1.0-only"),
        ("deb", ["GPL-2+ with OpenSSL exception"], ""),
        ("deb", ["public-domain"], ""),
        ("deb", ["Expat", "BSD-like"], ""),
        # Fedora's names before 38, and SPDX since.
        (
            "rpm",
            ["GPLv2+ and (MIT or ASL 2.0)"],
            "GPL-2.0-or-later AND (MIT OR Apache-2.0)",
        ),
        ("rpm", ["LGPLv2+"], ""),
        ("rpm", ["BSD"], ""),
        ("rpm", ["GPL-3.0-or-later AND MIT"], "GPL-3.0-or-later AND MIT"),
        # apk: SPDX, and before that blanks between names.
        ("apk", ["MIT BSD-2-Clause GPL-2.0-or-later"], "MIT AND BSD-2-Clause AND GPL-2.0-or-later"),
        ("apk", ["MPL-2.0 AND (MIT OR ISC)"], "MPL-2.0 AND (MIT OR ISC)"),
        # Languages.
        ("npm", ["(MIT OR Apache-2.0)"], "MIT OR Apache-2.0"),
        ("npm", ["SEE LICENSE IN LICENSE.md"], ""),
        ("npm", ["UNLICENSED"], ""),
        ("npm", ["Apache License, Version 2.0"], "Apache-2.0"),
        ("pypi", ["License :: OSI Approved :: MIT License"], "MIT"),
        ("pypi", ["License :: OSI Approved :: BSD License"], ""),
        ("cargo", ["MIT/Apache-2.0"], "MIT OR Apache-2.0"),
        ("cran", ["GPL (>= 2)"], "GPL-2.0-or-later"),
        ("cran", ["GPL-2 | GPL-3"], "GPL-2.0-only OR GPL-3.0-only"),
        ("cran", ["MIT + file LICENSE"], "MIT"),
        ("maven", ["https://www.apache.org/licenses/LICENSE-2.0.txt"], "Apache-2.0"),
        ("maven", ["http://www.apache.org/licenses/"], ""),
        # Anything.
        ("generic", ["mit and apache-2.0"], "MIT AND Apache-2.0"),
        (
            "generic",
            ["GPL-2.0+ WITH Classpath-exception-2.0"],
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
        ),
        ("generic", ["LicenseRef-Acme AND MIT"], "LicenseRef-Acme AND MIT"),
        ("generic", [], ""),
        ("generic", ["", "NOASSERTION"], ""),
        ("generic", ["MIT AND"], ""),
        ("generic", ["(" * 60 + "MIT" + ")" * 60], ""),
    ],
)
def test_written_form(kind: str, found: list[str], expected: str) -> None:
    assert license_expression(kind, found) == expected


@pytest.mark.parametrize("name", TABLES)
def test_every_name_of_the_tables_is_one_that_spdx_has(name: str) -> None:
    for theirs, ours in TABLES[name].items():
        assert theirs == theirs.lower()
        assert spdx_licensing.validate(ours).errors == []
        assert str(spdx_licensing.parse(ours)) == ours


WORDS = ["GPL-2+", "MIT", "and", "or", "(", ")", ",", "with", "exception", "Artistic", "+", "WITH"]


@given(
    st.sampled_from(["deb", "rpm", "apk", "npm", "cran", "cargo"]),
    st.lists(
        st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=30),
        max_size=4,
    ),
)
def test_whatever_is_stated_gives_a_valid_expression_or_none(kind: str, found: list[str]) -> None:
    made = license_expression(kind, found)
    if made:
        assert spdx_licensing.validate(made).errors == []


def test_common_names_are_as_spdx_has_them() -> None:
    for small, name in COMMON.items():
        assert small == name.lower()
        assert str(spdx_licensing.parse(name, validate=True, strict=True)) == name


ALIASES = [alias for symbol in spdx_licensing.known_symbols.values() for alias in symbol.aliases]
PARTS = ["MIT", "mit", "Apache-2.0", "ISC", "Bison-exception-2.2", "Nope", "Public", "GPL 2.0"]


@given(
    st.sampled_from(ALIASES)
    | st.lists(
        st.sampled_from([*PARTS, "AND", "OR", "or", "WITH", "(", ")", "(MIT", "ISC)"]),
        min_size=1,
        max_size=6,
    ).map(" ".join)
)
def test_what_is_answered_without_the_library_is_what_it_answers(text: str) -> None:
    """Its own parser, which knows all names, is the oracle."""
    found = common(text)
    try:
        parsed = spdx_licensing.parse(text, validate=True, strict=True)
        expected = "" if parsed is None else str(parsed)
    except Exception:  # noqa: BLE001 - it raises four kinds for odd text, some unintended
        expected = ""
    assert found in {None, expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", "MIT"),
        ("(WTFPL or mit)", None),
        ("(WTFPL OR mit)", "WTFPL OR MIT"),
        ("ISC AND MIT AND Zlib", "ISC AND MIT AND Zlib"),
        ("ISC AND MIT OR Zlib", None),
        ("Public Domain", ""),
        ("GPL 2.0", None),
        ("Nope", None),
    ],
)
def test_what_is_answered_without_the_library(text: str, expected: str | None) -> None:
    assert common(text) == expected


NUMBERS = ["0", *(f"{major}{minor}" for major in range(1, 10) for minor in ("", ".0", ".5", ".1"))]


@pytest.mark.parametrize("kind", ["cran", "deb", "npm", "rpm"])
@pytest.mark.parametrize("family", sorted({*licencenames.FAMILIES.values()}))
def test_no_version_is_made_up_of_a_licence(family: str, kind: str) -> None:
    """`GPL-2.5+` was once written into documents as an SPDX licence of that version."""
    listed = spdx_licensing.known_symbols
    spelled = [f"{family}-{version}{later}" for version in NUMBERS for later in ("", "+")]
    named = {license_expression(kind, [text]) for text in spelled} - {""}
    assert named
    assert named <= set(listed)


def test_every_version_that_spdx_lists_of_a_family_is_known() -> None:
    for family in licencenames.FAMILIES.values():
        start = rf"{re.escape(family)}-(\d[\d.]*)(?:-(?:no-invariants-)?(?:only|or-later))?"
        found = (re.fullmatch(start, str(name)) for name in spdx_licensing.known_symbols)
        assert {match[1] for match in found if match} == {*licencenames.VERSIONS[family].split()}
