"""Files of conda packages as they lie in the environment, and records of others."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers import conda
from analyzer.packages.contract import Owned, Package
from tests.packages.cases import FOLDER, Case
from tests.support.tools import shared

META = "opt/conda/conda-meta/"


def test_owned_files_are_those_that_the_installer_left() -> None:
    """`sha256sum` and `stat` of the environment that the fixture is of."""
    given = Case(FOLDER / "conda" / "ordinary").files
    name = f"{META}libdemo-1.2.3-h123_0.json"
    owner = ("libdemo", "1.2.3", "")
    assert list(conda.owns({name: given[name]})) == [
        Owned(owner, name, "file"),
        # Records of conda state the size from before the prefix was written into it.
        Owned(
            owner,
            "opt/conda/bin/demo-config",
            "file",
            "sha256:64dcc960018ab97f435223ea381ce7a4b816c231f0e5b936e9a10b2427ebe213",
        ),
        Owned(owner, "opt/conda/lib/libdemo.so", "link"),
        Owned(
            owner,
            "opt/conda/lib/libdemo.so.1",
            "file",
            "sha256:112481dc5ec5ae1dc53c47ca37c654e56c8efa79b33c44dec7b8d06ef453a51a",
            8,
        ),
    ]


def test_old_records_list_files_without_digests() -> None:
    name = f"{META}a-1-0.json"
    data = b'{"name": "a", "version": "1", "files": ["bin/a", "../x", "", "/lib/b"]}'
    assert [entry.path for entry in conda.owns({name: data})] == [
        name,
        "opt/conda/bin/a",
        "opt/conda/lib/b",
    ]


def test_the_record_that_osv_scalibr_tests_with() -> None:
    data = shared("corpus", "lang", "google-osv-scalibr", "python", "condameta-valid").read_bytes()
    [package] = [
        item
        for item in conda.parse({f"{META}jupyterlab-3.1.12-py39hf3db000.json": data})
        if isinstance(item, Package)
    ]
    assert (package.name, package.version, package.licenses) == (
        "jupyterlab",
        "3.1.12",
        ("BSD-3-Clause",),
    )
    assert dict(package.qualifiers) == {
        "build": "py39hf3db000",
        "channel": "main",
        "subdir": "linux-64",
    }
    assert package.digests == ("md5:d3f84c3f9b3e0db65cb2ed8c9b50c2b1",)
    assert package.requires == (
        ("jupyterlab_server",),
        ("nbclassic",),
        ("python",),
        ("tornado",),
    )


@pytest.mark.parametrize("size", ["-8", "true", "1.5", '"8"', "null"])
def test_a_size_that_is_none_is_stated_of_no_file(size: str) -> None:
    paths = f'{{"paths": [{{"_path": "lib/a", "size_in_bytes": {size}}}]}}'
    data = f'{{"name": "a", "version": "1", "paths_data": {paths}}}'.encode()
    assert conda.CATALOGER.owns
    found = {item.path: item.size for item in conda.CATALOGER.owns({f"{META}a-1-0.json": data})}
    assert [found[path] for path in found if path.endswith("lib/a")] == [None]
