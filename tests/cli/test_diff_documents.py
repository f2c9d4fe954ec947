"""`diff` with an SBOM document on a side: our own against their image, exit codes, JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.harness import APK, MULTI, SAVE, call
from tests.support.realimages import LANGUAGES, real_image, successor
from tests.support.tools import ROOT, require_tool, run

SCHEMA = json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())
FORMS = ("spdx-json", "spdx-tv", "cyclonedx-json", "cyclonedx-xml", "intoto", "intoto:cyclonedx")
AMD64, ARM64 = ("--platform", "linux/amd64"), ("--platform", "linux/arm64")


def written(image: Path, folder: Path, form: str = "spdx-json", *options: str) -> Path:
    """The document of one platform of an image."""
    path = folder / f"{image.name}.{form.replace(':', '-')}"
    answer = call("sbom", image, "-o", f"{form}={path}", *(options or AMD64))
    assert answer.code == 0, answer.err
    return path


@pytest.mark.parametrize("form", FORMS)
def test_our_documents_agree_with_their_image(form: str, tmp_path: Path) -> None:
    answer = call("diff", written(MULTI, tmp_path, form), MULTI, "--exit-code")
    assert answer.code == 0
    assert "12 of 12 packages agree; not about linux/arm64" in " ".join(answer.text.split())
    assert "describes linux/amd64 of this file (manifest sha256:" in " ".join(answer.text.split())


@pytest.mark.parametrize("form", ["spdx-json", "cyclonedx-json"])
def test_and_with_an_image_of_many_languages(form: str, tmp_path: Path) -> None:
    image = real_image(LANGUAGES)
    listed = call("packages", image, *AMD64).text.partition("\n")[0]
    counts = listed.partition(": ")[2].partition(";")[0].split(", ")
    total = sum(int(count.split()[0]) for count in counts)
    answer = call("diff", written(image, tmp_path, form), image, "--exit-code")
    assert answer.code == 0
    assert f"{total} of {total} packages agree" in " ".join(answer.text.split())


def test_the_document_of_another_platform(tmp_path: Path) -> None:
    answer = call("diff", written(MULTI, tmp_path), MULTI, *ARM64, "--exit-code")
    assert answer.code == 1
    words = " ".join(answer.text.split())
    assert "wrong platform: multi.spdx-json describes 1.0 linux/amd64 of this file" in words
    assert "amd64 -> arm64" in words


def test_the_document_of_another_image(tmp_path: Path) -> None:
    answer = call("diff", written(MULTI, tmp_path), APK)
    assert answer.code == 0
    words = " ".join(answer.text.split())
    assert "wrong subject: multi.spdx-json names sha256:" in words
    assert "which is nothing in this file" in words
    assert "in the document only" in words
    assert call("diff", written(MULTI, tmp_path), APK, "--exit-code").code == 1


def test_a_docker_archive_cannot_prove_a_manifest(tmp_path: Path) -> None:
    """The same image, saved by docker: nothing is called wrong that cannot be known."""
    answer = call("diff", written(MULTI, tmp_path), SAVE, "--exit-code")
    words = " ".join(answer.text.split())
    assert answer.code == 0
    assert "12 of 12 packages agree" in words
    assert "the image ID of this image" in words


def tree(node: dict[str, Any]) -> list[tuple[str, str]]:
    below = node.get("children", node.get("images", []))
    return [(node.get("subject", ""), node.get("kind", "")), *(n for c in below for n in tree(c))]


def test_the_sides_may_be_exchanged(tmp_path: Path) -> None:
    sbom = written(MULTI, tmp_path)
    one = call("diff", sbom, APK, "-o", "json").json
    two = call("diff", APK, sbom, "-o", "json").json
    for found in (one, two):
        jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert (one["before"], one["after"]) == (two["after"], two["before"])
    assert one["headline"] == two["headline"]
    turned = {"added": "removed", "removed": "added"}
    assert [(s, turned.get(k, k)) for s, k in tree(one)] == tree(two)


def test_the_text_keeps_the_order_in_which_the_sides_were_typed(tmp_path: Path) -> None:
    """As JSON and CSV do; the headline is about the document either way."""
    sbom = written(MULTI, tmp_path)
    there, back = call("diff", sbom, APK).text, call("diff", APK, sbom).text
    titles = [text.splitlines()[0].split(" -> ") for text in (there, back)]
    assert titles[0] == titles[1][::-1]
    assert titles[1][0].startswith("apk ")


def test_so_do_its_sections(tmp_path: Path) -> None:
    """One package went on the way to the image after, another came, a third is newer there."""
    before, after = (successor(name) for name in ("before", "after"))
    sbom = written(before, tmp_path)
    there, back = call("diff", sbom, after).text, call("diff", after, sbom).text
    sections = "  In the document only\n    deb/abacus", "  In the image only\n    deb/chart"
    assert there.index(sections[0]) < there.index(sections[1])
    assert back.index(sections[1]) < back.index(sections[0])
    assert "1:1.0~rc1-1 -> 1:1.0-1  (newer in the image)" in there
    assert "1:1.0-1 -> 1:1.0~rc1-1  (older in the document)" in back


def test_two_documents_of_different_formats(tmp_path: Path) -> None:
    paths = [written(MULTI, tmp_path, form) for form in ("spdx-json", "cyclonedx-xml")]
    answer = call("diff", *paths, "--exit-code")
    assert answer.code == 0
    assert "12 of 12 packages agree" in " ".join(answer.text.split())
    assert "both name one image" in answer.text
    jsonschema.Draft202012Validator(SCHEMA).validate(call("diff", *paths, "-o", "json").json)
    other = written(MULTI, tmp_path, "cyclonedx-json", *ARM64)
    assert call("diff", paths[0], other, "--exit-code").code == 1


def test_the_document_of_the_index(tmp_path: Path) -> None:
    path = tmp_path / "index.json"
    assert call("sbom", MULTI, "-o", f"index={path}").code == 0
    answer = call("diff", path, MULTI, "--exit-code")
    assert answer.code == 0
    assert "it names 2 of 2 images" in " ".join(answer.text.split())


def test_a_document_that_cannot_be_read_is_an_error_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [')
    answer = call("diff", path, MULTI)
    assert answer.code == 2
    assert answer.err.startswith("ociscope: error: bad.json: ")


@pytest.mark.parametrize("form", ["json", "table"])
def test_the_same_bytes_every_time(form: str, tmp_path: Path) -> None:
    sbom = written(MULTI, tmp_path)
    answers = {call("diff", sbom, APK, "-o", form).out for _ in range(2)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("names", "code"),
    [("packages", 1), ("identity", 1), ("distro", 1), ("identity,packages", 1), ("", 0)],
)
def test_a_pipeline_fails_on_parts_of_a_document(names: str, code: int, tmp_path: Path) -> None:
    """A gate that passes because it was not asked is worse than none."""
    wanted = ("--fail-on", names) if names else ()
    assert call("diff", written(MULTI, tmp_path), APK, *wanted).code == code
    own = call("diff", written(MULTI, tmp_path), MULTI, *wanted)
    assert (own.code, own.err) == (0, "")


def test_what_may_fail_is_said_and_what_a_document_does_not_tell_is_refused(tmp_path: Path) -> None:
    sbom = written(MULTI, tmp_path)
    answer = call("diff", APK, sbom, "--fail-on", "packages", "--fail-on", "distro")
    assert (answer.code, answer.err) == (1, "failed on: distro, packages\n")
    refused = call("diff", sbom, APK, "--fail-on", "setuid")
    assert refused.code == 2
    assert "there are: identity, distro, packages" in refused.err


@pytest.mark.parametrize(
    "option",
    [
        ("--reproducible",),
        ("--unexplained",),
        ("--content",),
        ("--content-of", "etc/**"),
        ("--layer", "0:1"),
    ],
)
def test_options_about_images_are_no_questions_to_a_document(
    option: tuple[str, ...], tmp_path: Path
) -> None:
    answer = call("diff", written(MULTI, tmp_path), APK, *option)
    assert answer.code == 2
    assert "is an SBOM document" in answer.err


def test_a_document_for_pull_requests_and_spreadsheets(tmp_path: Path) -> None:
    """What dpkg-query has of one image and the other, an apk image, cannot have."""
    found = json.loads(MULTI.with_name("multi.expected.json").read_bytes())
    listed = [line.split() for line in found["platforms"]["amd64"]["packages"]]
    installed = {(words[1], words[2]) for words in listed if words[0] == "installed"}
    paths = [written(MULTI, tmp_path), written(MULTI, tmp_path, "cyclonedx-json", *ARM64)]
    rows = csv.DictReader(io.StringIO(call("diff", paths[0], APK, "-o", "csv").text))
    gone = [row for row in rows if row["part"] == "packages" and row["kind"] == "removed"]
    told = {(row["subject"].removeprefix("deb/"), row["before"].split(",")[0]) for row in gone}
    assert told == installed
    text = call("diff", *paths, "-o", "md").text
    assert text.startswith("## multi.spdx-json → multi.cyclonedx-json\n")
    assert "12 other architecture" in text


def test_a_root_filesystem_is_of_the_platform_of_its_packages(tmp_path: Path) -> None:
    """It states none; dpkg's database tells amd64 from arm64 all the same."""
    require_tool("umoci")
    layout = real_image("oci-layout")
    run(
        [
            "skopeo",
            "copy",
            "-q",
            "--override-arch",
            "amd64",
            f"oci:{layout}:1.0",
            f"oci:{tmp_path}/one:1.0",
        ]
    )
    run(["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/one:1.0", f"{tmp_path}/bundle"])
    tree = tmp_path / "bundle" / "rootfs"
    own = call("diff", written(layout, tmp_path), tree)
    assert "wrong" not in own.text
    assert "platform     the image states none" in own.text
    other = call("diff", written(layout, tmp_path, "cyclonedx-json", *ARM64), tree)
    assert "wrong platform: it is of linux/arm64, this is not" in " ".join(other.text.split())
