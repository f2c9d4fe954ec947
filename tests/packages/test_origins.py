"""One name and version out of two places are two packages, as package managers have them."""

from __future__ import annotations

from pathlib import Path

from analyzer import analyze
from analyzer.packages.contract import Package
from tests.support.imagebuilder import ImageBuilder

COMMITS = ("1" * 40, "2" * 40)
CRATES = "registry+https://github.com/rust-lang/crates.io-index"
SUM = "0" * 64


def lock(*sources: str) -> bytes:
    """A Cargo.lock with `itoa` 1.0.1 of each source.

    Cargo tells packages apart by name, version and source: cargo/core/package_id.rs, `PackageId`.
    """
    entries = (
        f'[[package]]\nname = "itoa"\nversion = "1.0.1"\nsource = "{source}"\n'
        + (f'checksum = "{SUM}"\n' if source == CRATES else "")
        for source in sources
    )
    return ("version = 3\n\n" + "\n".join(entries)).encode()


def git(commit: str) -> str:
    return f"git+https://git.example/itoa#{commit}"


def packages(builder: ImageBuilder, path: Path) -> list[Package]:
    (image,) = analyze(str(builder.write_oci(path))).images
    return list(image.packages)


def test_of_a_registry_and_of_a_repository(tmp_path: Path) -> None:
    content = lock(CRATES, git(COMMITS[0]))
    found = packages(ImageBuilder().layer({"srv/Cargo.lock": content}), tmp_path)
    assert sorted(package.purl for package in found) == [
        "pkg:cargo/itoa@1.0.1",
        f"pkg:cargo/itoa@1.0.1?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fitoa%40{COMMITS[0]}",
    ]
    assert {package.origin: package.digests for package in found} == {
        "": (f"sha256:{SUM}",),
        f"vcs_url=git+https://git.example/itoa@{COMMITS[0]}": (),
    }


def test_in_two_files_each_is_proved_by_its_own(tmp_path: Path) -> None:
    one, two = (lock(git(commit)) for commit in COMMITS)
    builder = ImageBuilder().layer({"a/Cargo.lock": one, "b/Cargo.lock": two})
    found = packages(builder, tmp_path)
    assert sorted((package.purl[-40:], package.locations[0].path) for package in found) == [
        (COMMITS[0], "a/Cargo.lock"),
        (COMMITS[1], "b/Cargo.lock"),
    ]


def test_another_commit_came_with_the_layer_that_changed_it(tmp_path: Path) -> None:
    builder = ImageBuilder()
    for commit in COMMITS:
        builder.layer({"srv/Cargo.lock": lock(git(commit))})
    (package,) = packages(builder, tmp_path)
    assert package.introduced_in == 1
    assert COMMITS[1] in package.purl
