"""PEAR's list of files, and the reader of what PHP serialises."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers.php import CATALOGER, owns
from analyzer.packages.contract import Owned
from analyzer.packages.formats import phpserial
from tests.packages.cases import FOLDER, Case, parse

REGISTRY = "usr/share/php/.registry"


def test_files_are_owned_with_the_digests_that_md5sum_gives() -> None:
    path = f"{REGISTRY}/structures_graph.reg"
    owned = {file.path: file for file in owns({path: Case(FOLDER / "php" / "pear").files[path]})}
    # md5sum of the files of Debian's php-pear 1.10.13.
    digests = {
        "usr/share/php/Structures/Graph.php": "88ae1ad8bcd74d4b74ad845f55611cdd",
        "usr/share/php/Structures/Graph/Node.php": "f8e969f0b45d3859408901c8350bb701",
    }
    for name, digest in digests.items():
        owner = ("Structures_Graph", "1.1.1", "")
        assert owned[name] == Owned(owner, name, kind="file", digest=f"md5:{digest}")


def test_owners_are_the_packages_that_parse_gives() -> None:
    files = Case(FOLDER / "php" / "pear").files
    packages, _ = parse(CATALOGER, files)
    known = {(p.name, p.version, p.arch) for p in packages}
    assert {file.owner for file in owns(files)} <= known


def test_damaged_registry_owns_nothing_and_raises_nothing() -> None:
    assert list(owns(Case(FOLDER / "php" / "damaged").files)) == []


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"N;", ""),
        (b"b:1;", "1"),
        (b"b:0;", "0"),
        (b"i:-42;", "-42"),
        (b"d:1.5E+25;", "1.5E+25"),
        (b"d:-INF;", "-INF"),
        (b's:0:"";', ""),
        (b's:4:"a";b";', 'a";b'),
        (b's:2:"\xc3\xa9";', "é"),
        (b"a:0:{}", {}),
        (b'a:2:{i:0;s:1:"a";s:1:"k";a:1:{i:-1;N;}}', {"0": "a", "k": {"-1": ""}}),
        # What stands behind a value is ignored, as unserialize() did before PHP 8.3.
        (b"i:1;rest", "1"),
    ],
)
def test_scalars_and_arrays(data: bytes, value: object) -> None:
    assert phpserial.load(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"b:2;",
        b"i:;",
        b"i:1",
        b's:2:"a";',
        b's:1:"ab";',
        b's:-1:"";',
        b"a:1:{}",
        b"a:0:{i:0;N;}",
        b"a:1:{a:0:{}i:0;}",
        b"a:1:{N;N;}",
        b"a:99999999:{",
        b'O:1:"A":0:{}',
        b'C:1:"A":0:{}',
        b"R:1;",
        b"r:1;",
        b"a:1:{i:0;" * 100,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(phpserial.Refused, match=r"^byte \d+: "):
        phpserial.load(data)
