"""Places in repositories of Java archives, against the poms that lie there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from analyzer.packages.catalogers.java import CATALOGER
from analyzer.packages.formats.jarrepository import coordinates
from tests.packages.cases import parse
from tests.support.tools import unavailable

DEBIAN = Path("/usr/share/maven-repo")


def own_coordinates(pom: Path) -> tuple[str, ...]:
    """Of a pom by the standard library; a pom may leave group and version to its parent's."""
    project = ET.parse(pom).getroot()  # noqa: S314 - of an installed package
    for element in project.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tuple(
        (project.findtext(name) or project.findtext(f"parent/{name}") or "").strip()
        for name in ("groupId", "artifactId", "version")
    )


def test_places_say_what_poms_in_the_repository_say() -> None:
    """Debian adds places for `debian` and its own version numbers, which poms do not have."""
    if not DEBIAN.is_dir():
        unavailable("no repository of Maven, as Debian's package maven brings one")
    compared = 0
    for pom in sorted(DEBIAN.rglob("*.pom")):
        group, artifact, version = own_coordinates(pom)
        if pom.parent.name != version or "${" in group:
            continue
        path = pom.with_suffix(".jar").relative_to("/").as_posix()
        assert coordinates(path) == (group, artifact, version)
        compared += 1
    assert compared > 50


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # Gradle's and Coursier's caches, and a snapshot as Maven deploys it.
        (
            "root/.gradle/caches/modules-2/files-2.1/org.ow2.asm/asm/9.2/81a03f76/asm-9.2.jar",
            ("org.ow2.asm", "asm", "9.2"),
        ),
        (
            "r/.cache/coursier/v1/https/repo1.maven.org/maven2/org/ow2/asm/asm/9.2/asm-9.2.jar",
            ("org.ow2.asm", "asm", "9.2"),
        ),
        (
            "root/.m2/repository/a/b/1-SNAPSHOT/b-1-20230101.120000-1-tests.jar",
            ("a", "b", "1-SNAPSHOT"),
        ),
        ("srv/lib/org/ow2/asm/asm/9.2/asm-9.2.jar", None),
        ("root/.m2/repository/org/ow2/asm/asm/9.2/other-9.2.jar", None),
        ("root/.m2/repository/asm/9.2/asm-9.2.jar", None),
    ],
)
def test_coordinates_by_place(path: str, expected: tuple[str, str, str] | None) -> None:
    assert coordinates(path) == expected


def test_an_archive_without_metadata_has_the_group_of_its_place() -> None:
    """Such as org.ow2.asm:asm, which Gradle built; Maven's metadata in an archive goes first."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nBundle-Version: 9.2.0\n")
    path = "root/.m2/repository/org/ow2/asm/asm/9.2/asm-9.2.jar"
    packages, problems = parse(CATALOGER, {path: file.getvalue()})
    assert problems == []
    (package,) = packages
    assert (package.namespace, package.name, package.version) == ("org.ow2.asm", "asm", "9.2")
    assert (package.method, package.confidence) == ("file-name", "medium")
