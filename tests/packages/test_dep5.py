"""Machine-readable copyright files, sentence by sentence of the format, and on a real machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.dpkg import CATALOGER
from analyzer.packages.formats.dep5 import REDUCER, licences
from tests.packages.cases import parse

FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
STATUS = "var/lib/dpkg/status"
TWO = """Package: base
Status: install ok installed
Version: 1
Source: s

Package: linked
Status: install ok installed
Version: 1
Source: s
Depends: libc6 (>= 2), other | base (= 1)

Package: other
Status: install ok installed
Version: 1
"""


def names(text: str) -> tuple[str, ...]:
    """The licences of a copyright file."""
    return licences(REDUCER.apply(text.encode(), lambda _count: None))


def test_the_examples_of_the_format() -> None:
    """Of the specification, its sections Examples and License syntax, shortened."""
    simple = (
        FORMAT
        + """Upstream-Name: X Solitaire

Files: *
Copyright: Copyright 1998 John Doe <jdoe@example.com>
License: GPL-2+
 This program is free software; you can redistribute it
 .
 License: not this one
"""
    )
    complex_ = (
        FORMAT
        + """
Files: *
Copyright: 1998 John Doe
License: GPL-2+
 [LICENSE TEXT]

Files: js/editline/*
Copyright: 1993, John Doe
License: MPL-1.1 or GPL-2 or LGPL-2.1

Files: src/js/fdlibm/*
Copyright: 1993, J-Random Corporation
License: GPL-2+ with OpenSSL exception

License: MPL-1.1
 [LICENSE TEXT]

License: GPL-2
 [LICENSE TEXT]
"""
    )
    assert names(simple) == ("GPL-2+",)
    assert names(complex_) == (
        *("GPL-2+", "MPL-1.1 or GPL-2 or LGPL-2.1", "GPL-2+ with OpenSSL exception"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{FORMAT}License: MIT\n\nFiles: *\nLicense: ISC\n", ("MIT", "ISC")),
        (f"{FORMAT}\nFiles: *\nLICENSE:Expat\t\n", ("Expat",)),
        (f"{FORMAT}\nLicense: Expat\nFiles: *\n", ("Expat",)),
        (f"{FORMAT}\nFiles: a\nLicense: A\n\nFiles: b\nLicense: A\n", ("A",)),
        (f"{FORMAT}\nFiles: *\nLicense:\n some text\n", ()),
        (f"Upstream-Name: x\n{FORMAT}\nFiles: *\nLicense: Zlib\n", ("Zlib",)),
        (FORMAT.replace("https", "http").replace("0/", "0") + "\nFiles: *\nLicense: A", ("A",)),
        (FORMAT.replace("\n", "\r\n") + "\r\nFiles: *\r\nLicense: A\r\n", ("A",)),
        (f"{FORMAT}\nFiles: *\nLicense: a\x1b[31m\n", ("a\\x1b[31m",)),
        ("Format: http://dep.debian.net/deps/dep5\n\nFiles: *\nLicense: MIT\n", ()),
        ("Written by hand, see /copyright-format/1.0/\n\nLicense: GPL-2+\n", ()),
        ("License: GPL-2+\n", ()),
        ("", ()),
    ],
)
def test_what_counts_as_a_licence(text: str, expected: tuple[str, ...]) -> None:
    assert names(text) == expected


@given(st.binary(max_size=300))
def test_any_bytes_give_names_that_can_be_shown(data: bytes) -> None:
    found = licences(REDUCER.apply(FORMAT.encode() + b"\nFiles: *\n" + data, lambda _count: None))
    assert "".join(found).isprintable()


def given_licences(files: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Licences by package."""
    packages, _ = parse(CATALOGER, {path: text.encode() for path, text in files.items()})
    return {package.name: package.licenses for package in packages}


def test_a_linked_folder_has_the_licence_of_the_package_from_the_same_source() -> None:
    """Debian Policy 12.5; `other` is of another source, and comes first."""
    files = {
        STATUS: TWO,
        "usr/share/doc/base/copyright": f"{FORMAT}\nFiles: *\nLicense: MIT\n",
        "usr/share/doc/other/copyright": f"{FORMAT}\nFiles: *\nLicense: ISC\n",
        "var/lib/dpkg/info/linked.list": "/.\n/usr\n/usr/share/doc\n/usr/share/doc/linked\n",
    }
    assert given_licences(files) == {"base": ("MIT",), "linked": ("MIT",), "other": ("ISC",)}
    own = files["var/lib/dpkg/info/linked.list"] + "/usr/share/doc/linked/copyright\n"
    prose = {**files, "var/lib/dpkg/info/linked.list": own}
    assert given_licences(prose)["linked"] == ()
    del files["var/lib/dpkg/info/linked.list"]
    assert given_licences(files)["linked"] == ()


def test_licences_of_a_debian_machine_are_those_that_its_links_lead_to() -> None:
    doc = Path("/usr/share/doc")
    if not Path("/", STATUS).exists() or len(list(doc.glob("*/copyright"))) < 50:
        pytest.skip("not a Debian machine with its documentation")
    folders = [doc, Path("/var/lib/dpkg")]
    plan = CapturePlan(CATALOGER.wants)
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    wanted = [path for path in paths if plan.keeps(str(path)[1:]) and not path.is_symlink()]
    files = {str(path)[1:]: path.read_bytes() for path in wanted if path == path.resolve()}
    packages, _ = parse(CATALOGER, files)
    theirs = {}
    for package in packages:
        file = doc / package.name / "copyright"
        content = file.read_bytes() if file.exists() else b""
        theirs[package.name] = licences(REDUCER.apply(content, lambda _count: None))
    assert {package.name: package.licenses for package in packages} == theirs
