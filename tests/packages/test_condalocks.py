"""Lock files of conda-lock against its own models."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import condalocks
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats.condalock import read_lock
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER
from tests.support.tools import run

SHOW = Path(__file__).with_name("lock_models.py")
FILES = [
    path
    for case in ("ordinary", "strange", "absent-version")
    for path in sorted((FOLDER / "condalocks" / case / "srv").rglob("*.yml"))
]


def test_packages_are_those_that_conda_lock_reads() -> None:
    tool = shutil.which("conda-lock")
    if tool is None:
        pytest.skip("conda-lock is not installed")
    python = Path(tool).read_text("utf-8").split("\n", 1)[0].removeprefix("#!")
    said = run([python, SHOW, *FILES]).stdout.decode().splitlines()
    for path, stated in zip(FILES, map(json.loads, said), strict=True):
        found, faults = read_lock(path.read_bytes())
        assert faults == []
        ours = [
            {
                "manager": each.manager,
                "name": each.name,
                "version": each.version,
                "url": each.url,
                "build": each.build,
                "needs": sorted(each.needs),
                "digests": {key: value for key, value in each.digests.items() if value != "null"},
            }
            for each in found
        ]
        # Packages of several categories are one to conda-lock.
        assert {json.dumps(each, sort_keys=True) for each in ours} == {
            json.dumps(each, sort_keys=True) for each in stated
        }


TEXTS = st.one_of(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), min_size=1, max_size=200),
    st.lists(st.sampled_from([">=1,<2", "it's", '"', "\\", "||", "#", "a: b", "-", "é"]))
    .map(" ".join)
    .filter(bool),
)


@given(
    needs=st.dictionaries(st.from_regex(r"[a-z][a-z0-9._-]{0,150}", fullmatch=True), TEXTS),
    url=TEXTS,
    wide=st.booleans(),
)
def test_texts_over_several_lines_are_those_that_pyyaml_wrote(
    *, needs: dict[str, str], url: str, wide: bool
) -> None:
    item = {"name": "a", "version": "1", "manager": "pip", "dependencies": needs, "url": url}
    text = yaml.dump({"package": [item]}, sort_keys=False, allow_unicode=wide)
    [found], faults = read_lock(text.encode())
    assert faults == []
    assert found.needs == tuple(needs)
    if url.isprintable() and url == " ".join(url.split(" ")).strip():
        assert found.url == url


def conda(url: str, build: str = "") -> str:
    """The package URL of a package of conda from there."""
    text = f"package:\n- name: a\n  version: '1'\n  manager: conda\n  url: {url}\n"
    [package] = condalocks.parse({"conda-lock.yml": f"{text}  build: {build}\n".encode()})
    assert isinstance(package, Package)
    return package_url(package, None)


@pytest.mark.parametrize(
    ("url", "build", "purl"),
    [
        (
            "https://repo.anaconda.com/pkgs/main/linux-64/absl-py-0.4.1-py36h06a4308_0.tar.bz2",
            "",
            "pkg:conda/a@1?build=py36h06a4308_0&channel=main&subdir=linux-64&type=tar.bz2",
        ),
        (
            "https://conda.anaconda.org/conda-forge/noarch/a-1-0.conda#abc",
            "b",
            "pkg:conda/a@1?build=b&channel=conda-forge&subdir=noarch&type=conda",
        ),
        (
            "https://u:p@host.example.org/t/token/own/label/x/osx-64/a-1-0.conda",
            "",
            "pkg:conda/a@1?build=0&channel=own%2Flabel%2Fx&subdir=osx-64&type=conda",
        ),
        ("file:///srv/c/noarch/a-1-0.conda", "", "pkg:conda/a@1?build=0&subdir=noarch&type=conda"),
        ("a.conda", "", "pkg:conda/a@1"),
    ],
)
def test_package_urls(url: str, build: str, purl: str) -> None:
    """The first is an example of the type `conda`."""
    assert conda(url, build) == purl


@pytest.mark.parametrize("piece", [b"- a: 'b\n", b"- a: b\n  c\n", b"  a: 'b\n", b"- \n", b"a\n"])
def test_damage_of_any_length_is_read_in_linear_time(piece: bytes) -> None:
    start = time.process_time()
    read_lock(b"package:\n- name: a\n" + piece * 20_000)
    assert time.process_time() - start < 5


ITEMS = [b"package:\n", b"- ", b"  ", b"name: a\n", b"manager: conda\n", b"manager: pip\n", b"'"]
ODD = [b'"', b"hash:\n    md5: a\n", b"url: a/b/c-1-0.conda\n", b"\n", b": ", b"\\\n", b"#"]
PIECES = st.sampled_from([*ITEMS, *ODD])


@given(st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=40).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    for lead in (b"", b"package:\n- name: a\n  manager: conda\n"):
        for item in condalocks.parse({"conda-lock.yml": lead + data}):
            assert item.name if isinstance(item, Package) else isinstance(item, Problem)


def test_a_byte_order_mark_may_begin_it() -> None:
    """YAML 1.2.2, 5.2; one elsewhere is no such mark."""
    path = FILES[0]
    assert read_lock(b"\xef\xbb\xbf" + path.read_bytes()) == read_lock(path.read_bytes())
    _, faults = read_lock(b"\xef\xbb\xbf\xef\xbb\xbf" + path.read_bytes())
    assert faults


def test_a_line_that_is_quoted_has_no_password() -> None:
    login = b"https://user:secret-" + b"x" * 60 + b"@h.example/a"
    _, outside = read_lock(b"package:\n" + login + b"\n")
    _, inside = read_lock(b"package:\n- name: a\n  " + login + b"\n")
    assert ["h.example" in fault.what for fault in outside + inside] == [True, True]
    assert "secret" not in repr(outside + inside)


def test_what_the_system_has_is_no_package() -> None:
    """As in conda-lock's own example/pangeo/conda-lock.yml; `conda list` shows none of them."""
    item = b"""- dependencies: {}
  manager: %s
  name: %s
  platform: osx-64
  url: file:///var/folders/T/tmpwlkinwe4/osx-64/__osx-11.0-0.tar.bz2
  version: '11.0'
"""
    names = ((b"conda", b"__osx"), (b"conda", b"_libgcc_mutex"), (b"pip", b"x"))
    data = b"version: 1\npackage:\n" + b"".join(item % each for each in names)
    found = list(condalocks.parse({"conda-lock.yml": data}))
    assert [each.name for each in found if isinstance(each, Package)] == ["_libgcc_mutex", "x"]
    assert len(found) == 2
