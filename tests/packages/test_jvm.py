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


JDK8 = b'JAVA_VERSION="1.8.0_392"\nFULL_VERSION="1.8.0_392-b08"\nIMPLEMENTOR="Temurin"\n'


def test_the_jre_inside_a_jdk_is_no_second_runtime() -> None:
    """As "JDK and JRE File Structure" of Java 8 has it; Temurin's builds have both files."""
    inner = b'JAVA_VERSION="1.8.0_392"\nIMAGE_TYPE="JRE"\n'  # said less fully
    files = {"opt/jdk/release": JDK8, "opt/jdk/jre/release": inner}
    (package,), problems = parse(CATALOGER, files)
    assert problems == []
    assert (package.name, package.version) == ("openjdk", "1.8.0_392-b08")
    assert [place.path for place in package.locations] == list(files)


def test_other_pairs_of_files_are_two_runtimes() -> None:
    other = JDK8.replace(b"392", b"382")
    for files in (
        {"opt/jdk/release": JDK8, "opt/jdk/jre/release": other},
        {"opt/jdk/release": JDK8, "opt/jre/release": JDK8.replace(b"Temurin", b"Other")},
        {"opt/jdk/release": b"1.0\n", "opt/jdk/jre/release": JDK8, "jre/release": other},
        {"opt/jdk/release": JDK8, "opt/jdk/myjre/release": other},
    ):
        packages, problems = parse(CATALOGER, files)
        assert len(packages) == 2, files
        assert problems == []


def test_a_jre_at_the_root_is_a_runtime() -> None:
    (package,), _ = parse(CATALOGER, {"jre/release": JDK8})
    assert [place.path for place in package.locations] == ["jre/release"]
    (both,), _ = parse(CATALOGER, {"release": JDK8, "jre/release": JDK8})
    assert [place.path for place in both.locations] == ["release", "jre/release"]
