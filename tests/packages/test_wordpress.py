"""WordPress headers: what a reducer keeps of a file, and which files are looked at."""

from __future__ import annotations

import pytest

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.wordpress import CATALOGER
from analyzer.packages.contract import files_for, unpack
from analyzer.packages.formats import wpheader
from tests.packages.cases import parse

PLAN = CapturePlan(CATALOGER.wants)
PLUGIN = b"<?php\n/*\nPlugin Name: A\nVersion: 1.0\n*/\n"


def test_headers_alone_are_kept_of_a_large_file() -> None:
    path = "wp-content/plugins/a/a.php"
    given = files_for(CATALOGER.wants, {path: PLUGIN + b"x" * 10**7})
    assert unpack(given[path]) == {"Plugin Name": b"A", "Version": b"1.0"}


@pytest.mark.parametrize("content", [b"", b"<?php\n", b"Version: 1.0\n", b"Plugin Name:\n"])
def test_nothing_is_kept_of_what_names_no_extension(content: bytes) -> None:
    assert files_for(CATALOGER.wants, {"wp-content/plugins/a/a.php": content}) == {}


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_first_8_kib_count_to_the_byte(beyond: int) -> None:
    header = b"\nPlugin Name: A"
    content = b" " * (wpheader.HEAD_BYTES - len(header) + beyond) + header
    # With one byte less the name is empty, and WordPress takes no plugin without one.
    assert wpheader.headers(content) == ({} if beyond else {"Plugin Name": b"A"})


@pytest.mark.parametrize(
    "path",
    [
        "wp-content/plugins/a/inc/b.php",
        "wp-content/mu-plugins/a/b.php",
        "wp-content/themes/a/b/style.css",
        "wp-content/uploads/a.php",
        "plugins/a/a.php",
    ],
)
def test_files_where_wordpress_does_not_look_are_not_kept(path: str) -> None:
    assert not PLAN.keeps(path)


def test_a_plugin_with_the_name_of_the_core_folder_is_no_core() -> None:
    packages, problems = parse(CATALOGER, {"wp-content/plugins/my-wp-includes/version.php": PLUGIN})
    assert [(p.namespace, p.name) for p in packages] == [("wordpress-plugin", "my-wp-includes")]
    assert problems == []
