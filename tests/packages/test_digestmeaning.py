"""Digests of packages: whoever fills them says of what, and jars are hashed as sha1sum does."""

from __future__ import annotations

import zipfile
from pathlib import Path

from analyzer import analyze
from analyzer.packages.contract import Package
from analyzer.packages.digestmeaning import DIGESTS_OF, archive_digests, own_digests
from analyzer.packages.registry import find_catalogers
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import require_tool, run

POM = b"groupId=org.example\nartifactId=demo\nversion=1.0\n"
PLACE = "META-INF/maven/org.example/demo/pom.properties"


def test_every_cataloger_that_fills_them_says_of_what_they_are() -> None:
    filling = {each.name for each in find_catalogers() if "digests" in each.fills}
    assert set(DIGESTS_OF) == filling


def jar(path: Path, content: bytes) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(PLACE, POM)
        archive.writestr("Main.class", content)
    return path.read_bytes()


def test_that_of_a_jar_is_of_its_own_bytes(tmp_path: Path) -> None:
    data = jar(tmp_path / "demo.jar", b"x")
    image = ImageBuilder().layer({"opt/demo-1.0.jar": data}).write_oci(tmp_path / "layout")
    (package,) = analyze(str(image)).images[0].packages
    stated = run([require_tool("sha1sum"), tmp_path / "demo.jar"]).stdout.decode().split()[0]
    assert own_digests(package) == (f"sha1:{stated}",)
    assert archive_digests(package) == ()


def test_two_jars_of_one_name_that_differ_have_none(tmp_path: Path) -> None:
    jars = {f"opt/{n}/demo-1.0.jar": jar(tmp_path / f"{n}.jar", n.encode()) for n in "ab"}
    image = ImageBuilder().layer(dict(jars)).write_oci(tmp_path / "layout")
    (package,) = analyze(str(image)).images[0].packages
    assert len(package.digests) == 2
    assert own_digests(package) == ()


def test_that_of_a_download_is_no_hash_of_what_is_installed() -> None:
    stated = ("sha512:" + "0" * 128,)
    package = Package("left-pad", "1", "", "npm", digests=stated, cataloger="node")
    assert (own_digests(package), archive_digests(package)) == ((), stated)
    assert archive_digests(package._replace(digests=())) == ()
