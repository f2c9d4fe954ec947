"""Release files of Java runtimes against what the runtimes say of themselves."""

from __future__ import annotations

import re
from pathlib import Path

from analyzer.packages.catalogers.jvm import CATALOGER
from tests.packages.cases import parse
from tests.support.tools import require_tool, run, unavailable


def test_version_and_vendor_are_those_of_the_runtime_itself() -> None:
    """For every runtime of this machine that has the file."""
    require_tool("java")
    homes = {path.parent.resolve() for path in Path("/usr/lib/jvm").glob("*/release")}
    homes = {home for home in homes if (home / "bin" / "java").exists()}
    if not homes:
        unavailable("no Java runtime under /usr/lib/jvm has a release file")
    for home in sorted(homes):
        shown = run(
            [home / "bin" / "java", "-XshowSettings:properties", "-version"]
        ).stderr.decode()
        says = dict(re.findall(r"^ +(java\.[a-z.]+) = (.*)$", shown, re.MULTILINE))
        files = {"opt/jvm/release": (home / "release").read_bytes()}
        (package,), problems = parse(CATALOGER, files)
        assert problems == []
        assert package.version == says["java.runtime.version"]
        assert package.supplier == says["java.vendor"]
        assert re.search(rf'^{package.name} version "', shown, re.MULTILINE)


def test_a_long_name_takes_no_time() -> None:
    files = {"release": b'JAVA_VERSION="1"\nIMPLEMENTOR="' + b" ," * 500_000 + b'"\n'}
    (package,), _ = parse(CATALOGER, files)
    assert package.namespace == ""
