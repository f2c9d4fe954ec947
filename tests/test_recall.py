"""What is kept of whole images: the same answers as without it, from hashing alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analyzer.reading
import analyzer.recall.recall
import analyzer.scanning
from analyzer import analyze, to_document
from analyzer.digest import DiffId, Digest
from analyzer.findings.model import Finding, FindingKind
from analyzer.image.model import Measured, Table
from analyzer.layers.cache import IMAGE, LayerCache
from analyzer.limits import Limits
from analyzer.packages.contract import Location, Package, Sighting, Source
from analyzer.packages.distro import Distro
from analyzer.problems import Code, note
from analyzer.recall.codestate import state_of
from analyzer.recall.outcome import Outcome
from analyzer.recall.stored import BadOutcome, outcome_bytes, read_outcome
from tests.cli.harness import APK, MULTI, SAVE
from tests.support.imagebuilder import ImageBuilder, Link
from tests.support.layouts import Layout, blob_path
from tests.support.tools import ROOT
from tests.test_samples import NAMES, sample

INPUTS = (MULTI, SAVE, APK, ROOT / "fixtures/layouts/next", ROOT / "fixtures/saves/multi-arm64.tar")
STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
OS = b"ID=debian\nVERSION_ID=12\n"


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(tmp_path / "cache")


def document(
    path: Path,
    cache: LayerCache | None,
    limits: Limits | None = None,
    platforms: Sequence[str] = (),
    names: Sequence[str] = (),
) -> dict[str, Any]:
    report = analyze(str(path), cache=cache, limits=limits, platforms=platforms, images=names)
    return to_document(report)


def images(cache: LayerCache) -> int:
    return cache.folder.info().kinds[IMAGE]


@contextmanager
def reading_nothing() -> Iterator[None]:
    """No layer is inflated, no scan out of the cache is read, and no cataloger is loaded."""
    nobody = mock.Mock(side_effect=AssertionError("something was read"))
    with (
        mock.patch.object(analyzer.scanning, "scan_layer", nobody),
        mock.patch.object(analyzer.reading, "find_catalogers", nobody),
        mock.patch.object(LayerCache, "load", nobody),
    ):
        yield


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_what_is_known_is_answered_by_hashing_alone(path: Path, cache: LayerCache) -> None:
    fresh = document(path, None)
    assert document(path, cache) == fresh
    with reading_nothing():
        assert document(path, cache) == fresh


@pytest.mark.parametrize("name", NAMES)
def test_real_archives_say_the_same_when_they_are_known(name: str, cache: LayerCache) -> None:
    path = sample(name)
    fresh = document(path, None)
    assert document(path, cache) == fresh
    assert images(cache)
    assert document(path, cache) == fresh


def test_of_two_platforms_one_may_be_known(cache: LayerCache) -> None:
    fresh = document(MULTI, None)
    document(MULTI, cache, platforms=["linux/arm64"])
    assert images(cache) == 1
    assert document(MULTI, cache) == fresh
    assert images(cache) == 2
    with reading_nothing():
        assert document(MULTI, cache) == fresh


def test_every_layer_is_hashed(cache: LayerCache, tmp_path: Path) -> None:
    """The same promise, other bytes; also where the layer alone has no entry in the cache."""
    database = {"var/lib/dpkg/status": STATUS}
    image = ImageBuilder().layer({"etc/os-release": OS}).layer(database, codec="none")
    path = image.write_oci(tmp_path / "layout")
    document(path, cache)
    blob = path / blob_path(image.build().layer_digests[1])
    blob.write_bytes(blob.read_bytes().replace(b"Version: 1", b"Version: 2"))
    for scans in (True, False):
        if not scans:
            for entry in (tmp_path / "cache").glob("*/*.scan"):
                entry.unlink()
        wrong = document(path, cache)
        assert "digest-mismatch" in {p["code"] for p in wrong["images"][0]["problems"]}
        assert wrong["images"][0]["packages"][0]["version"] == "2"
        assert wrong == document(path, None)


def test_what_shapes_the_answer_is_in_the_key(
    cache: LayerCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another config over the same layers, other limits, another state of the program."""
    build = ImageBuilder().layer({"etc/os-release": OS, "bin/sh": b"#"})
    plain = build.write_oci(tmp_path / "plain")
    document(plain, cache)
    assert images(cache) == 1
    document(plain, cache, Limits(captured_bytes=10**6))
    assert images(cache) == 2
    monkeypatch.setattr(analyzer.recall.recall, "code_state", lambda: "another")
    document(plain, cache)
    assert images(cache) == 3
    monkeypatch.setattr(analyzer.recall.recall, "code_state", lambda: "")
    document(plain, cache)
    assert images(cache) == 3


def test_another_config_over_the_same_layers(cache: LayerCache, tmp_path: Path) -> None:
    """Findings are of the config, too."""
    found = []
    for user in ("root", "1000"):
        build = ImageBuilder().layer({"etc/os-release": OS}).config(config={"User": user})
        path = build.write_oci(tmp_path / user)
        found.append(document(path, cache))
        assert found[-1] == document(path, None)
    assert found[0]["images"][0]["findings"] != found[1]["images"][0]["findings"]


def test_limits_hold_for_all_images_together(cache: LayerCache) -> None:
    """Each platform alone is within the limit, both together are not."""
    platforms = ("linux/amd64", "linux/arm64")
    limit = 4096
    while any(
        exceeded(document(MULTI, None, Limits(captured_bytes=limit), [p])) for p in platforms
    ):
        limit += 4096
    limits = Limits(captured_bytes=limit)
    for platform in platforms:
        document(MULTI, cache, limits, [platform])
    assert images(cache) == 2
    assert exceeded(document(MULTI, cache, limits))


def two_images(folder: Path, base: Mapping[str, Any]) -> Path:
    """`a` has a layer, `b` the same one and another."""
    layout = Layout()
    layout.add(ImageBuilder().layer(base), name="ex.org/a:1")
    layout.add(ImageBuilder().layer(base).layer({"x": b"1"}), name="ex.org/b:1")
    return layout.write_dir(folder)


def test_a_layer_of_a_known_and_an_unknown_image_is_charged_once(
    cache: LayerCache, tmp_path: Path
) -> None:
    database = STATUS.replace(b"Version", b"Description: " + b"y" * 100_000 + b"\nVersion")
    path = two_images(tmp_path / "layout", {"var/lib/dpkg/status": database})
    limits = Limits(captured_bytes=150_000)
    fresh = document(path, None, limits)
    assert not exceeded(fresh)
    document(path, cache, limits, names=["ex.org/a:1"])
    assert images(cache) == 1
    assert document(path, cache, limits) == fresh


@pytest.mark.parametrize("first", ["ex.org/a:1", "ex.org/b:1", ""])
def test_what_is_said_of_an_image_does_not_depend_on_others(
    first: str, cache: LayerCache, tmp_path: Path
) -> None:
    """The layer of both has a link to a file that is read only for that, once."""
    base = {"var/lib/dpkg/status": Link("/opt/status"), "opt/status": STATUS}
    path = two_images(tmp_path / "layout", base)
    fresh = document(path, None)
    said = [[problem["code"] for problem in image["problems"]] for image in fresh["images"]]
    assert said == [["file-read-again"]] * 2
    document(path, cache, names=[first] if first else [])
    for number, name in enumerate(("ex.org/a:1", "ex.org/b:1")):
        (alone,) = document(path, cache, names=[name])["images"]
        assert alone["problems"] == fresh["images"][number]["problems"]
    assert document(path, cache) == fresh


def exceeded(found: dict[str, Any]) -> bool:
    return "limit-exceeded" in json.dumps(found)


def test_what_was_read_with_errors_is_not_kept(cache: LayerCache, tmp_path: Path) -> None:
    build = ImageBuilder().layer({"var/lib/rpm/rpmdb.sqlite": b"SQLite format 3\0" + b"x" * 5000})
    path = build.write_oci(tmp_path / "layout")
    fresh = document(path, None)
    assert "error" in {problem["severity"] for problem in fresh["images"][0]["problems"]}
    for _ in range(2):
        assert document(path, cache) == fresh
        assert images(cache) == 0


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"[1]", b"\xff", b'{"format":1}', b"[" * 9**6])
def test_what_is_no_outcome_is_read_anew(rubbish: bytes, cache: LayerCache) -> None:
    """Sealed with the right key, so that reading it is the last line of defence."""
    fresh = document(APK, cache)
    cache.folder.clear()
    with mock.patch.object(analyzer.recall.recall, "outcome_bytes", return_value=rubbish):
        document(APK, cache)
    assert images(cache) == 1
    assert document(APK, cache) == fresh
    with reading_nothing():
        assert document(APK, cache) == fresh


# As bytes.

DIGEST = Digest("sha256:" + "ab" * 32)
FULL = Outcome(
    measured=(
        Measured(),
        Measured(
            digest=DIGEST,
            size=1,
            diff_id=DiffId(DIGEST),
            uncompressed_size=2,
            compression="zstd",
            compressor="x",
            table=Table("estargz", DIGEST, DIGEST, (1, 2), DIGEST, (3,)),
        ),
    ),
    scanned=((), (note(Code.RUNTIME_DEPENDENT, "a\udcff", "b"),)),
    captured=(0, 7),
    distro=Distro(*(f"{field.name}\n" for field in fields(Distro))),  # type: ignore[arg-type]
    packages=(Package("a", "1", "", "deb"),),
    findings=tuple(
        Finding(kind, "a", "b", n or None, "c", "d") for n, kind in enumerate(FindingKind)
    ),
    problems=(note(Code.BAD_DOCUMENT, "c", "d\u2028"),),
)


def full_package() -> Package:
    """With a value in every member that no other member has."""
    values: dict[str, Any] = {name: f"{name} \udcff" for name in Package._fields}
    for name in ("licenses", "cpes", "provides", "digests", "dependencies"):
        values[name] = (name, "")
    values |= {
        "source": Source("s", "1"),
        "locations": (Location("p", 1, "i"), Location("q")),
        "qualifiers": (("a", "b"),),
        "requires": (("c", "d"), ()),
        "hold": True,
        "introduced_in": 3,
        "also": (Sighting("i", "p", None, "c", "note", "low", "e", "r"),),
    }
    return Package(**values)


def full() -> Outcome:
    distro = replace(FULL.distro, id_like=("a", "b")) if FULL.distro is not None else None
    return replace(FULL, distro=distro, packages=(*FULL.packages, full_package()))


def test_every_member_comes_back() -> None:
    outcome = full()
    assert all(value for value in full_package())
    assert read_outcome(outcome_bytes(outcome)) == outcome
    assert outcome_bytes(read_outcome(outcome_bytes(outcome))) == outcome_bytes(outcome)


def test_members_come_back_as_the_types_they_were() -> None:
    """Tuples and lists are equal to nobody, but a list in a package could not be hashed."""
    outcome = read_outcome(outcome_bytes(full()))
    assert len({*outcome.packages, *outcome.findings, *outcome.problems, outcome.distro}) == 12
    assert all(type(package) is Package for package in outcome.packages)


BYTES = outcome_bytes(full())


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(BYTES) - 1), st.binary(min_size=0, max_size=8))
def test_any_bytes_are_an_outcome_or_are_refused(at: int, data: bytes) -> None:
    try:
        outcome = read_outcome(BYTES[:at] + data + BYTES[at + len(data) :])
    except BadOutcome:
        return
    hash(outcome)


WRONG: Mapping[str, object] = {
    "format": 99,
    "measured": [{}],
    "scanned": [[["no-code", "note", "", ""]]],
    "captured": [True],
    "distro": ["debian"],
    "packages": {"name": ["a"]},
    "findings": [["setuid", "a", "b", "c", "d", "e"]],
    "problems": None,
}


@pytest.mark.parametrize("member", WRONG)
def test_members_of_another_form_are_refused(member: str) -> None:
    value = json.loads(BYTES)
    with pytest.raises(BadOutcome):
        read_outcome(json.dumps(value | {member: WRONG[member]}).encode())


@pytest.mark.parametrize("member", Package._fields)
def test_members_of_packages_are_checked(member: str) -> None:
    value = json.loads(BYTES)
    value["packages"][member][1] = {"a": 1.5}
    with pytest.raises(BadOutcome):
        read_outcome(json.dumps(value).encode())


# The state of the program.


def test_a_program_that_was_changed_is_another(tmp_path: Path) -> None:
    program, library = tmp_path / "program", tmp_path / "library"
    (program / "inner").mkdir(parents=True)
    (program / "__pycache__").mkdir()
    library.mkdir()
    file = program / "inner" / "a.py"
    file.write_text("a = 1\n")
    os.utime(file, (1, 1))
    seen = [state_of(program, [library])]
    (program / "__pycache__" / "a.pyc").write_bytes(b"made anew")
    assert state_of(program, [library]) == seen[0]

    file.write_text("a = 2\n")
    seen.append(state_of(program, [library]))
    os.utime(file, (1, 1))
    file.write_text("a = 10\n")
    os.utime(file, (1, 1))
    seen.append(state_of(program, [library]))
    (program / "b.py").write_text("")
    seen.append(state_of(program, [library]))
    os.utime(library, (5, 5))
    seen.append(state_of(program, [library]))
    assert len(set(seen)) == len(seen)


def test_a_program_in_an_archive_has_no_state(tmp_path: Path) -> None:
    assert state_of(tmp_path / "program.pyz" / "analyzer", []) == ""
