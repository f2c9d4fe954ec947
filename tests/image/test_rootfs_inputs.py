"""Root filesystems as directories and tars, against dpkg-query, umoci, GNU tar and skopeo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from analyzer import Report, analyze
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.states import states_of
from analyzer.diff.filesystem.model import FileState
from analyzer.image.identity import Kind, Origin
from analyzer.problems import Code, Severity
from tests.rootfs.trees import merged, unpacked
from tests.support.engines import dockerd
from tests.support.realimages import expected_tree, real_image
from tests.support.tools import ROOT, require_tool, run

SAVES = ROOT / "fixtures" / "saves"
APK = ROOT / "fixtures" / "layouts" / "apk"


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The fixture image of two platforms as umoci unpacks it."""
    umoci, skopeo = require_tool("umoci"), require_tool("skopeo")
    folder = tmp_path_factory.mktemp("roots")
    found = {}
    for architecture in ("amd64", "arm64"):
        layout, bundle = folder / f"layout-{architecture}", folder / f"bundle-{architecture}"
        save = SAVES / f"multi-{architecture}.tar"
        run([skopeo, "copy", "-q", f"docker-archive:{save}", f"oci:{layout}:v"])
        run([umoci, "unpack", "--image", f"{layout}:v", bundle])
        found[architecture] = bundle / "rootfs"
    yield found
    shutil.rmtree(folder)


def installed(root: Path) -> set[tuple[str, ...]]:
    """What dpkg itself lists."""
    form = "${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n"
    command = [require_tool("dpkg-query"), f"--admindir={root}/var/lib/dpkg", "-W", "-f", form]
    lines = run(command).stdout.decode().splitlines()
    return {tuple(line.split("\t")) for line in lines}


def packages(report: Report, platform: str | None = None) -> set[tuple[str, ...]]:
    (image,) = (i for i in report.images if platform in {None, i.platform})
    of_system = (p for p in image.packages if p.type in {"deb", "apk"})
    return {(p.name, p.version, p.arch or "", p.state) for p in of_system}


def packed(root: Path, path: Path) -> Path:
    """`root` as GNU tar packs it."""
    run(["tar", "--xattrs", "--xattrs-include=*", "-C", root, "-cf", path, "."])
    return path


Outline = Mapping[str, FileState]


def outline(path: Path) -> Outline:
    """The merged tree of the only image."""
    with open_inputs([Wanted(str(path))]) as (side,):
        tree = side.tree(side.report.images[0])
        assert tree is not None
        found = states_of(tree)
    return {path: state._replace(owners=(), layer=0) for path, state in found.items()}


def without_times(found: Outline) -> Outline:
    return {path: item._replace(mtime=0) for path, item in found.items()}


def test_packages_of_a_directory_are_those_that_dpkg_lists(roots: dict[str, Path]) -> None:
    for root in roots.values():
        expected = installed(root)
        assert expected
        assert packages(analyze(str(root))) == expected


def test_the_tar_of_a_directory_has_the_same_files_and_packages(
    roots: dict[str, Path], tmp_path: Path
) -> None:
    root = roots["amd64"]
    tar = packed(root, tmp_path / "a.tar")
    assert packages(analyze(str(tar))) == packages(analyze(str(root)))
    one, two = outline(root), outline(tar)
    assert one
    # GNU tar keeps whole seconds.
    assert {path: item._replace(mtime=int(item.mtime)) for path, item in one.items()} == dict(two)


def test_a_directory_is_listed_as_it_lies_on_disk(roots: dict[str, Path]) -> None:
    rows, problems = merged(roots["amd64"])
    assert rows == unpacked(roots["amd64"])
    assert problems == ()


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_real_root_filesystem(architecture: str, tmp_path: Path) -> None:
    """Its tree is what umoci wrote down of the image, its packages what dpkg lists."""
    archive = real_image(f"oci-archive-{architecture}")
    layout, bundle = tmp_path / "layout", tmp_path / "bundle"
    run([require_tool("skopeo"), "copy", "-q", f"oci-archive:{archive}", f"oci:{layout}:v"])
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", bundle])
    rows, _ = merged(bundle / "rootfs")
    theirs = {entry.pop("path"): entry for entry in expected_tree(architecture)}
    for entry in theirs.values():
        entry.pop("xattrs", None)  # read only when contents are compared
    assert rows == theirs
    assert packages(analyze(str(bundle / "rootfs"))) == installed(bundle / "rootfs")
    one, two = outline(bundle / "rootfs"), outline(archive)
    assert without_times(one) == without_times(two)
    assert one["srv/odd/capable"].xattrs  # a capability, which umoci restored
    shutil.rmtree(bundle)


def test_an_apk_root_has_the_packages_of_its_image(tmp_path: Path) -> None:
    layout, bundle = tmp_path / "layout", tmp_path / "bundle"
    run([require_tool("skopeo"), "copy", "-q", f"oci:{APK}", f"oci:{layout}:v"])
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", bundle])
    database = (bundle / "rootfs/lib/apk/db/installed").read_text().splitlines()
    names = {line[2:] for line in database if line.startswith("P:")}
    assert names
    assert {row[0] for row in packages(analyze(str(bundle / "rootfs")))} == names


def test_no_identifier_of_a_directory_is_made_up(roots: dict[str, Path]) -> None:
    report = analyze(str(roots["amd64"]))
    (image,) = report.images
    assert {identity.kind for identity in image.identities} == {
        *(Kind.IMAGE_ID, Kind.MANIFEST, Kind.INDEX, Kind.LAYER, Kind.DIFF_ID, Kind.CHAIN_ID)
    }
    for identity in image.identities:
        assert identity.digest is None
        assert identity.origin is Origin.NOT_RECOVERABLE
        assert identity.reason
    (layer,) = image.layers
    assert (layer.digest, layer.diff_id, layer.chain_id, layer.size) == (None, None, None, None)
    assert [node.digest for node in report.tree] == [None]
    assert report.source.size is None
    assert report.exit_code == 0


def test_a_link_to_the_directory_is_the_directory(roots: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(roots["amd64"])
    assert packages(analyze(str(tmp_path / "link"))) == installed(roots["amd64"])


def test_a_database_behind_a_link_that_leads_out_is_not_read(tmp_path: Path) -> None:
    status = "Package: outside\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/status").write_text(status)
    root = tmp_path / "root"
    for name in ("etc", "usr", "var/lib"):
        (root / name).mkdir(parents=True)
    for target in (str(tmp_path / "outside"), "../../../outside"):
        (root / "var/lib/dpkg").symlink_to(target)
        assert packages(analyze(str(root))) == set()
        (root / "var/lib/dpkg").unlink()


def test_a_moved_database_is_found_behind_links_inside(tmp_path: Path) -> None:
    """Absolute targets are those of the root filesystem, not of this machine."""
    status = "Package: inside\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    for name in ("etc", "usr/data/dpkg", "var/lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "usr/data/dpkg/real").write_text(status)
    (tmp_path / "usr/data/dpkg/status").symlink_to("real")
    (tmp_path / "var/lib/dpkg").symlink_to("/usr/data/dpkg")
    assert {row[0] for row in packages(analyze(str(tmp_path)))} == {"inside"}


# BuildKit's output for several platforms (exporter/local and exporter/tar).


@pytest.fixture(params=["directory", "tar"])
def platforms(
    request: pytest.FixtureRequest, roots: dict[str, Path], tmp_path: Path
) -> Iterator[Path]:
    """Both platforms, each in its folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    for architecture, root in roots.items():
        run(["cp", "-a", root, folder / f"linux_{architecture}"])
    if request.param == "tar":
        tar = tmp_path / "out.tar"
        run(["tar", "-C", folder, "-cf", tar, *(f"linux_{name}" for name in roots)])
        yield tar
    else:
        yield folder
    shutil.rmtree(folder)


def test_each_platform_has_its_own_packages(platforms: Path, roots: dict[str, Path]) -> None:
    report = analyze(str(platforms))
    assert [image.platform for image in report.images] == ["linux/amd64", "linux/arm64"]
    for architecture, root in roots.items():
        assert packages(report, f"linux/{architecture}") == installed(root)
    assert report.exit_code == 0


def test_one_platform_can_be_chosen(platforms: Path, roots: dict[str, Path]) -> None:
    report = analyze(str(platforms), platforms=["linux/arm64"])
    assert packages(report) == installed(roots["arm64"])
    nodes = [node for top in report.tree for node in (top, *top.children)]
    assert "linux_arm64" in {node.name for node in nodes}
    assert "linux_amd64" not in {node.name for node in nodes}


def test_each_platform_has_its_own_files(platforms: Path, roots: dict[str, Path]) -> None:
    for architecture, root in roots.items():
        assert merged(platforms, f"linux/{architecture}")[0] == unpacked(root)


def test_that_the_platform_is_a_claim_is_said(platforms: Path) -> None:
    for image in analyze(str(platforms)).images:
        (problem,) = (p for p in image.problems if p.code is Code.PLATFORM_CLAIMED)
        assert problem.severity is Severity.NOTE
        assert problem.where == image.platform.replace("/", "_")
        assert image.platform_declared is None


def test_a_link_from_one_platform_to_another_leads_nowhere(tmp_path: Path) -> None:
    status = "Package: other\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    (tmp_path / "linux_amd64/var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "linux_amd64/var/lib/dpkg/status").write_text(status)
    (tmp_path / "linux_arm64/var/lib").mkdir(parents=True)
    (tmp_path / "linux_arm64/var/lib/dpkg").symlink_to("../../../linux_amd64/var/lib/dpkg")
    tar = tmp_path / "out.tar"
    run(["tar", "-C", tmp_path, "-cf", tar, "linux_amd64", "linux_arm64"])
    report = analyze(str(tar))
    assert {row[0] for row in packages(report, "linux/amd64")} == {"other"}
    assert packages(report, "linux/arm64") == set()


def test_two_spellings_of_one_platform_stay_two_images(tmp_path: Path) -> None:
    for folder in ("linux_arm", "linux_arm_v7"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app").write_bytes(folder.encode())
    images = analyze(str(tmp_path)).images
    assert [(image.platform, image.position) for image in images] == [
        ("linux/arm/v7", 0),
        ("linux/arm/v7", 1),
    ]


def test_a_moved_database_in_the_folder_of_a_platform(tmp_path: Path) -> None:
    """The second reading of a layer finds the folder's file as well."""
    status = "Package: moved\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    folder = tmp_path / "linux_amd64"
    for name in ("usr/data", "var/lib"):
        (folder / name).mkdir(parents=True)
    (folder / "usr/data/status").write_text(status)
    (folder / "var/lib/dpkg").symlink_to("/usr/data")
    tar = tmp_path / "out.tar"
    run(["tar", "-C", tmp_path, "-cf", tar, "linux_amd64"])
    for path in (tar, tmp_path / "only"):
        if path != tar:
            path.mkdir()
            shutil.move(folder, path)
        assert {row[0] for row in packages(analyze(str(path)))} == {"moved"}


def test_docker_export_of_a_scratch_image(tmp_path: Path) -> None:
    (tmp_path / "hello").write_bytes(b"\x7fELF")
    run(["tar", "-C", tmp_path, "-cf", tmp_path / "in.tar", "hello"])
    with dockerd() as docker:
        docker("import", tmp_path / "in.tar", "hello:1")
        container = docker("create", "hello:1", "/hello").strip()
        docker("export", "-o", tmp_path / "out.tar", container)
    report = analyze(str(tmp_path / "out.tar"))
    assert report.source.kind == "rootfs tar"
    assert report.source.writer == "docker export"
    assert report.images[0].packages == ()
    listed = run(["tar", "-tf", tmp_path / "out.tar"]).stdout.decode().split()
    assert set(outline(tmp_path / "out.tar")) == {name.rstrip("/") for name in listed}


def test_what_buildkit_writes_for_one_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The BuildKit inside docker 20.10; its tar and its directory hold the same files."""
    monkeypatch.setenv("DOCKER_BUILDKIT", "1")
    context = tmp_path / "context"
    (context / "etc").mkdir(parents=True)
    (context / "etc/os-release").write_text("ID=scratch\n")
    (context / "hello").write_text("hello")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY etc /etc\nCOPY hello /\n")
    tar, folder = tmp_path / "out.tar", tmp_path / "out"
    with dockerd() as docker:
        docker("build", "--output", f"type=tar,dest={tar}", context)
        docker("build", "--output", f"type=local,dest={folder}", context)
    for path in (tar, folder):
        report = analyze(str(path))
        (image,) = report.images
        assert image.distro is not None
        assert image.distro.id == "scratch"
        assert report.exit_code == 0
    listed = run(["tar", "-tf", tar]).stdout.decode().split()
    assert set(outline(tar)) == {name.rstrip("/") for name in listed} == set(outline(folder))
