"""`packages --files`: what packages list, against dpkg-query and rpm."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import APK, MULTI, call
from tests.stock.roots import build_deb, empty_root, install
from tests.support.imagebuilder import ImageBuilder
from tests.support.realimages import real_image
from tests.support.tools import ROOT, require_tool, run, unavailable

SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "packages-1.0.json").read_bytes())
)
SPEC = """\
Name: x
Version: 1.0
Release: 1
Summary: made for a test
License: MIT
BuildArch: noarch
%description
None.
%install
mkdir -p %{buildroot}/usr/share/x
echo data > %{buildroot}/usr/share/x/data
ln -s data %{buildroot}/usr/share/x/link
%files
%dir /usr/share/x
/usr/share/x/data
/usr/share/x/link
"""


def told(*arguments: object) -> dict[str, list[dict[str, Any]]]:
    """What each package of the only platform lists."""
    answer = call("packages", *arguments, "--files", "-o", "json")
    assert answer.code == 0, answer.err
    SCHEMA.validate(answer.json)
    assert answer.json["view"] == "files"
    (image,) = answer.json["images"]
    return {each["package"]: each["files"] for each in image["packages"]}


def test_every_list_of_a_real_image_is_that_of_dpkg(tmp_path: Path) -> None:
    if os.geteuid():
        unavailable("umoci makes files of devices unless root runs it")
    layout = real_image("oci-layout")
    one = f"oci:{tmp_path}/one:v"
    words = ("--override-os", "linux", "--override-arch", "amd64")
    run([require_tool("skopeo"), *words, "copy", f"oci:{layout}", one])
    run([require_tool("umoci"), "unpack", "--image", f"{tmp_path}/one:v", tmp_path / "bundle"])
    root = tmp_path / "bundle/rootfs"
    found = told(layout, "--platform", "linux/amd64", "--type", "deb")
    assert len(found) > 50
    for ident, files in found.items():
        name, _, arch = ident.removeprefix("deb:").partition("@")[0].partition(":")
        admin = f"--admindir={root}/var/lib/dpkg"
        listing = run([require_tool("dpkg-query"), admin, "-L", f"{name}:{arch}"]).stdout.decode()
        # "package diverts others to: ..." stands behind a path that is one of a diversion
        paths = {line[1:] for line in listing.splitlines() if line.startswith("/")} - {"."}
        assert {each["listed_as"].lstrip("/") for each in files} - {"", "."} == paths
        for each in files:
            place = root / each["path"]
            assert each["present"] == (place.is_symlink() or place.exists()), each
            if each["kind"] == "file" and each["present"]:
                assert place.is_file(), each
            if each["kind"] == "dir" and each["present"]:
                assert (root / os.path.realpath(place)).is_dir() or place.is_symlink(), each


def test_the_list_is_that_of_rpm(tmp_path: Path) -> None:
    (tmp_path / "x.spec").write_text(SPEC)
    places = ["--define", f"_topdir {tmp_path}/top", "--define", f"_rpmdir {tmp_path}"]
    run([require_tool("rpmbuild"), "-bb", *places, tmp_path / "x.spec"])
    (built,) = tmp_path.glob("noarch/*.rpm")
    root = tmp_path / "root"
    root.mkdir()
    rpm = [require_tool("rpm"), "--force-debian", "--root", str(root), "--dbpath", "/var/lib/rpm"]
    run([*rpm, "--install", "--nodeps", "--nosignature", str(built)])
    (files,) = told(root).values()
    listing = run([*rpm, "-ql", "x"]).stdout.decode().split()
    assert ["/" + each["listed_as"] for each in files] == sorted(listing)
    kinds = {each["path"].rpartition("/")[2]: each["kind"] for each in files}
    assert kinds == {"x": "dir", "data": "file", "link": "link"}
    assert all(each["present"] for each in files)


def test_text_and_csv_say_what_is_not_there(tmp_path: Path) -> None:
    root = empty_root(tmp_path / "root")
    install(root, build_deb(tmp_path, "one", "1", {"usr/one/a": b"", "usr/one/b": b""}, {}))
    (root / "usr/one/b").unlink()
    text = call("packages", root, "--name", "one", "--files").text
    assert "deb one 1 all: 2 files, 2 folders, 1 of them not there\n" in text
    assert "\n  usr/one/a\n  usr/one/b  (not there)\n" in text
    table = call("packages", root, "--name", "one", "--files", "-o", "csv").text
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows["usr/one/a"]["present"], rows["usr/one/b"]["present"]) == ("yes", "no")
    assert rows["usr/one/a"]["package"] == "deb:one:all@1"
    assert rows["usr/one"]["kind"] == "dir"


def test_filters_choose_packages() -> None:
    everything = told(MULTI, "--platform", "linux/amd64")
    some = told(MULTI, "--platform", "linux/amd64", "--name", "lib*")
    assert some == {ident: files for ident, files in everything.items() if ident[4:7] == "lib"}
    assert 0 < len(some) < len(everything)
    assert told(APK, "--type", "deb") == {}
    assert "no package fits" in call("packages", APK, "--type", "deb", "--files").text


def test_a_package_without_a_list_says_so(tmp_path: Path) -> None:
    lock = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'
    layout = ImageBuilder().layer({"app/package-lock.json": lock}).write_oci(tmp_path / "layout")
    text = call("packages", layout, "--state", "declared", "--files").text
    assert "npm a 1.0.0: lists no files" in text


@pytest.mark.parametrize("other", ["--history", "--verify", "--tree"])
def test_it_is_a_view_of_its_own(other: str) -> None:
    answer = call("packages", APK, "--files", other)
    assert answer.code == 2
    assert "are different views of an image" in answer.err
