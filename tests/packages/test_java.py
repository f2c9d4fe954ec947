"""Java archives against the JDK's own reading of them and what other projects' tests say."""

from __future__ import annotations

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.reduced import pack
from analyzer.packages.catalogers.java import CATALOGER
from analyzer.packages.contract import Package
from analyzer.packages.formats.jar import opened, reduce
from analyzer.packages.formats.jarname import split_name
from analyzer.packages.formats.manifest import parse_manifest
from analyzer.packages.formats.pom import PomError, packed, read, unpacked
from analyzer.packages.formats.properties import parse_properties
from tests.packages.cases import parse
from tests.support.tools import require_tool, run, shared, unavailable

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "packages" / "java"
ORACLE = Path(__file__).with_name("JarFacts.java")


def jdk(files: Iterable[Path]) -> list[dict[str, dict[str, str]]]:
    """What `java.util.jar` and `java.util.Properties` say of archives; one start for all."""
    shown = run([require_tool("java"), ORACLE, *files]).stdout.decode("ascii")
    return [json.loads(line) for line in shown.splitlines()]


def ours(path: Path) -> dict[str, dict[str, str]]:
    """The same by our readers."""
    archive = opened(pack(reduce(path.read_bytes(), lambda _count: None))).archives[0]
    manifest, wrong = parse_manifest(archive.manifest)
    assert not wrong
    facts = {"manifest": dict(manifest)}
    return facts | {name: parse_properties(data) for name, data in archive.properties.items()}


def readable() -> list[Path]:
    """Fixtures that the JDK takes and that hold nothing which we show in another way."""
    folders = [FIXTURES / name for name in ("ordinary", "shaded", "nested", "strange")]
    found = [path for folder in folders for path in sorted(folder.rglob("*.?ar"))]
    left_out = {"esc-1.jar", "locked-7.1.jar", "backup.par"}
    return [path for path in found if path.name not in left_out]


def test_manifests_and_properties_are_what_the_jdk_reads() -> None:
    """Continuation lines, letters of attribute names, prefixes, and two members of one name."""
    paths = readable()
    assert len(paths) > 10
    assert {p.name for p in paths} >= {"twice-2.jar", "error_prone_annotations.jar"}
    for path, theirs in zip(paths, jdk(paths), strict=True):
        assert ours(path) == theirs, path


def test_properties_are_what_the_jdk_reads(tmp_path: Path) -> None:
    """Separators, escapes, continuation lines and comments, all in odd places."""
    texts = [
        b"a=1\nb:2\nc 3\nd\\=e = f \n#x=1\n  ! y=1\n\n",
        b"long=one, \\\n   two, \\\n\tthree\nend\\",
        b"slashes=a\\\\\nnext=b\\\\\\\nc",
        b"\\u0041\\t=\\u00e9\\q\r\nx=\xe9\rempty\n=nokey\n:also",
        b"k=# no comment\\\n# but this goes on\na   :   =b",
    ]
    corpus = Path(__file__).resolve().parents[3] / "shared/corpus/lang/quay-claircore/java"
    texts += [path.read_bytes() for path in sorted(corpus.glob("properties/*.jar"))]
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.jar")
        with zipfile.ZipFile(paths[-1], "w") as archive:
            archive.writestr("pom.properties", text)
    for path, theirs in zip(paths, jdk(paths), strict=True):
        expected = {
            key.replace("\t", "\\x09"): value.replace("\t", "\\x09")
            for key, value in theirs["pom.properties"].items()
        }
        assert ours(path)["pom.properties"] == expected, path


def test_main_sections_of_manifests() -> None:
    """64 manifests of an image with Cassandra, against claircore's own expectation and the JDK."""
    folder = shared("corpus", "lang", "quay-claircore", "java", "manifest")
    paths = sorted(folder.glob("*.jar"))
    assert len(paths) == 64
    for path in paths:
        section, wrong = parse_manifest(path.read_bytes())
        assert not wrong
        assert section == parse_manifest(path.with_name(f"{path.name}.want").read_bytes())[0]


SHADED = "cassandra-driver-core-3.11.0-shaded.jar"
"""Its pom.properties is of jctools, which was copied into it."""


def corpus_properties() -> list[Path]:
    """pom.properties of an image with Cassandra, under the names of their archives."""
    folder = shared("corpus", "lang", "quay-claircore", "java", "properties")
    found = sorted(path for path in folder.glob("*.jar") if path.name != SHADED)
    assert len(found) == 48
    return found


def test_one_set_of_coordinates_that_is_not_the_archives_own() -> None:
    path = shared("corpus", "lang", "quay-claircore", "java", "properties", SHADED)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(
            "META-INF/maven/org.jctools/jctools-core/pom.properties", path.read_bytes()
        )
    packages, _ = parse(CATALOGER, {f"opt/{SHADED}": target.getvalue()})
    assert [(p.state, p.name, p.version) for p in packages] == [
        ("installed", "cassandra-driver-core", "3.11.0"),
        ("vendored", "jctools-core", "2.1.1"),
    ]


def test_coordinates_of_properties() -> None:
    """Every pom.properties of that image names what its archive's file name says."""
    for path in corpus_properties():
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("META-INF/maven/g/a/pom.properties", path.read_bytes())
        packages, _ = parse(CATALOGER, {f"opt/{path.name}": target.getvalue()})
        values = dict(
            line.split("=", 1) for line in path.read_text().splitlines() if "=" in line[1:]
        )
        stated = [(values["groupId"], values["artifactId"], values["version"])]
        assert [(p.namespace, p.name, p.version) for p in packages] == stated
        assert packages[0].confidence == "high"


def debian_archives() -> dict[Path, set[tuple[str, str, str]]]:
    """Archives of this machine's Debian packages with the coordinates that Debian gives them.

    In /usr/share/maven-repo each is linked from `<group>/<artifact>/<version>/`, where the
    version may be an alias such as `debian` or `2.x`.
    """
    found: dict[Path, set[tuple[str, str, str]]] = defaultdict(set)
    root = Path("/usr/share/maven-repo")
    for link in sorted(root.rglob("*.jar")):
        *group, name, version, _ = link.relative_to(root).parts
        if link.exists():
            found[link.resolve()].add((".".join(group), name, version))
    return found


def test_identities_are_those_that_debian_states() -> None:
    """Where confidence is not low, nothing may be wrong; a group that is there never is."""
    archives = debian_archives()
    if len(archives) < 20:
        unavailable("fewer than 20 archives of Debian packages in /usr/share/maven-repo")
    sure = 0
    for path, stated in archives.items():
        packages, _ = parse(CATALOGER, {str(path).lstrip("/"): path.read_bytes()})
        package = packages[0]
        if package.namespace:
            assert (package.namespace, package.name) in {(g, a) for g, a, _ in stated}, path
        if package.confidence != "low":
            sure += 1
            versions = {version for *_, version in stated}
            alias = any(v == "debian" or v.endswith("x") for v in versions)
            assert package.version in versions or alias, path
    assert sure > len(archives) / 2


def versioned(path: str) -> list[tuple[str, str, str]]:
    """Group, name and version of what has a version, as others list nothing else."""
    data = shared("corpus", *path.split("/")).read_bytes()
    packages, _ = parse(CATALOGER, {path: data})
    return sorted((p.namespace, p.name, p.version) for p in packages if p.version)


SCALIBR = "lang/google-osv-scalibr/java/"
SIMPLE = ("com.some.package", "package-name", "1.2.3")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{SCALIBR}simple.jar", [SIMPLE]),
        (
            f"{SCALIBR}complex.jar",
            [("com.some.anotherpackage", "another-package-name", "3.2.1"), SIMPLE],
        ),
        (f"{SCALIBR}nested_at_10.jar", [SIMPLE]),
        # Too deep for scalibr, which says so in its test; not for us.
        (f"{SCALIBR}nested_at_100.jar", [SIMPLE]),
        # scalibr takes the artifact for the group, too, where nothing states one.
        (f"{SCALIBR}no_pom_properties-2.4.0.jar", [("", "no_pom_properties", "2.4.0")]),
        (f"{SCALIBR}pom_missing_group_id-2.4.0.jar", [("", "pom_missing_group_id", "2.4.0")]),
        (f"{SCALIBR}org.eclipse.sisu.inject-0.3.5.jar", [("", "org.eclipse.sisu.inject", "0.3.5")]),
        ("malformed/google-osv-scalibr/empty.jar", []),
        (
            "lang/quay-claircore/java/inner.jar",
            [
                ("", "jackson-annotations", "2.13.0"),
                ("", "log4j", "2.14.0"),
                ("", "log4j-api", "2.14"),
            ],
        ),
    ],
)
def test_archives_of_other_projects(path: str, expected: list[tuple[str, str, str]]) -> None:
    """Scalibr's archive_test.go and claircore's jar_test.go."""
    assert versioned(path) == sorted(expected)


def test_digest_of_the_innermost_archive() -> None:
    """As scalibr's test has it, in base64: PO6pevcX8f2Rkpv4xB6NYviFokQ=."""
    data = shared("corpus", *f"{SCALIBR}nested_at_10.jar".split("/")).read_bytes()
    packages, _ = parse(CATALOGER, {"a.jar": data})
    (package,) = [package for package in packages if package.version]
    assert package.digests == ("sha1:3ceea97af717f1fd91929bf8c41e8d62f885a244",)
    assert package.locations[0].inside == "!/".join(["nested.jar"] * 9)


def test_what_is_no_archive_is_told() -> None:
    data = shared("corpus", "malformed", "google-osv-scalibr", "invalid_jar.jar").read_bytes()
    packages, problems = parse(CATALOGER, {"opt/invalid.jar": data})
    assert packages == []
    assert [problem.code for problem in problems] == ["package-database-damaged"]


@pytest.mark.parametrize(
    ("stem", "name", "version"),
    [
        # syft, archive_filename_test.go
        ("pkg-maven-4.3.2", "pkg-maven", "4.3.2"),
        ("liferay-package", "liferay-package", ""),
        ("pkg-extra-field-maven-4.3.2-rc1", "pkg-extra-field-maven", "4.3.2-rc1"),
        ("wagon-webdav-1.0.2-beta-2.2.3a-hudson", "wagon-webdav", "1.0.2-beta-2.2.3a-hudson"),
        ("wagon-http-lightweight-1.0.5-beta-2", "wagon-http-lightweight", "1.0.5-beta-2"),
        ("commons-jelly-1.1-hudson-20100305", "commons-jelly", "1.1-hudson-20100305"),
        ("jtidy-4aug2000r7-dev-hudson-1", "jtidy", "4aug2000r7-dev-hudson-1"),
        ("trilead-ssh2-build212-hudson-5", "trilead-ssh2", "build212-hudson-5"),
        ("guava-r06", "guava", "r06"),
        ("spring-data-r2dbc-1.1.0.RELEASE", "spring-data-r2dbc", "1.1.0.RELEASE"),
        ("jboss-saaj-api_1.4_spec-1.0.2.Final", "jboss-saaj-api_1.4_spec", "1.0.2.Final"),
        # scalibr, filename_test.go
        ("yolo-1.2.3-jre", "yolo", "1.2.3-jre"),
        ("the-yolo-package_1.2.3-jre", "the-yolo-package", "1.2.3-jre"),
        ("jcsp-core-rc4", "jcsp-core", "rc4"),
        ("yolo-rc1asd-1.2.3", "yolo-rc1asd", "1.2.3"),
        # Maven Central: artifact log4j-1.2-api of org.apache.logging.log4j.
        ("log4j-1.2-api-2.14.1", "log4j-1.2-api", "2.14.1"),
        # Debian's liblog4j1.2-java, and a snapshot of a Maven repository.
        ("log4j-1.2-1.2.17", "log4j-1.2", "1.2.17"),
        ("foo-1.0-20230101.120000-1", "foo", "1.0-20230101.120000-1"),
        ("netty-transport-4.1.58.Final-linux-x86_64", "netty-transport", "4.1.58.Final"),
    ],
)
def test_file_names(stem: str, name: str, version: str) -> None:
    assert split_name(stem) == (name, version)


def test_names_of_a_whole_image() -> None:
    """Of the 48 archives with Maven metadata the file name alone gives name and version."""
    for path in corpus_properties():
        values = parse_properties(path.read_bytes())
        assert split_name(path.stem) == (values["artifactId"], values["version"])


class TestPom:
    """Hostile and odd XML."""

    @pytest.mark.parametrize(
        "xml",
        [
            b'<!DOCTYPE a [<!ENTITY b "c">]><project>&b;</project>',
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><project/>',
            b"<project>" * 1000,
            b"<html/>",
            b"",
            b"<?xml version='1.0' encoding='no-such'?><project/>",
        ],
    )
    def test_refused(self, xml: bytes) -> None:
        with pytest.raises(PomError):
            read(xml)

    def test_references_do_not_grow(self) -> None:
        """The billion laughs by properties instead of entities."""
        laughs = b"".join(
            b"<a%d>${a%d}${a%d}${a%d}${a%d}${a%d}</a%d>" % (n, *[n + 1] * 5, n) for n in range(30)
        )
        pom = read(b"<project><properties>%s</properties><url>${a0}</url></project>" % laughs)
        assert pom.url == ""

    def test_a_property_that_is_itself(self) -> None:
        xml = b"<project><properties><a>${a}</a></properties><version>${a}</version></project>"
        assert read(xml).version == ""

    @given(st.binary(max_size=300))
    def test_any_bytes(self, data: bytes) -> None:
        for xml in (data, b"<project><url>" + data + b"</url></project>"):
            try:
                pom = read(xml)
            except PomError:
                continue
            assert unpacked(packed(pom)) == pom


@given(st.binary(max_size=500))
def test_any_bytes_are_a_manifest_or_properties(data: bytes) -> None:
    shown = [*parse_properties(data).items(), *parse_manifest(data)[0].items()]
    assert all((key + value).isprintable() for key, value in shown)


def test_outer_archives_need_the_inner_ones() -> None:
    """What is required is provided, by the same words."""
    (path,) = (FIXTURES / "nested").rglob("*.ear")
    packages, _ = parse(CATALOGER, {"srv/bank-3.0.ear": path.read_bytes()})
    by_token = {token: package.name for package in packages for token in package.provides}

    def needed(package: Package) -> list[str]:
        return [by_token[tokens[0]] for tokens in package.requires if tokens[0] in by_token]

    assert {package.name: needed(package) for package in packages} == {
        "bank": ["petstore"],
        "petstore": ["commons-lang3", "plexus-cipher"],
        "commons-lang3": [],
        "plexus-cipher": [],
    }


def test_an_archive_needs_the_files_of_its_class_path() -> None:
    """The launcher of Quarkus' fast-jar, and odd URLs (JAR specification, "Class-Path")."""
    path = "lib/boot/a-1.jar lib/main/with%20blank-2.jar ../up-3.jar classes/ http://x/y.jar"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", f"Manifest-Version: 1.0\nClass-Path: {path}\n")
    (package,), _ = parse(CATALOGER, {"app/quarkus-app/quarkus-run.jar": target.getvalue()})
    assert package.requires == (
        ("app/quarkus-app/lib/boot/a-1.jar",),
        ("app/quarkus-app/lib/main/with blank-2.jar",),
        ("app/up-3.jar",),
    )
    library = io.BytesIO()
    with zipfile.ZipFile(library, "w") as archive:
        archive.writestr("x", "")
    (found,), _ = parse(CATALOGER, {"app/up-3.jar": library.getvalue()})
    assert "app/up-3.jar" in found.provides
