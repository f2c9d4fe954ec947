"""The layer cache: the same answers as without it, for layers that are hashed all the same."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analyzer.scanning
from analyzer import analyze, to_document
from analyzer.layers.cache import LayerCache, fingerprint_of
from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.stored import FORMAT, BadScan, read_scan, scan_bytes
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.sealed import SealedFolder
from tests.cli.harness import APK, MULTI, SAVE
from tests.support.imagebuilder import (
    Device,
    Dir,
    Entries,
    File,
    HardLink,
    ImageBuilder,
    Link,
    tar_bytes,
)
from tests.support.layouts import blob_path
from tests.support.tools import ROOT

INPUTS = {"layout": MULTI, "docker archive": SAVE, "apk": APK}


def document(path: Path, cache: LayerCache | None) -> str:
    return json.dumps(to_document(analyze(str(path), cache=cache)), sort_keys=True)


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(tmp_path / "cache")


def entries_of(folder: Path) -> list[Path]:
    """Scans of layers, and outcomes of images."""
    return sorted((*folder.glob("??/*.scan"), *folder.glob("??/*.image")))


def no_scan(*_arguments: object, **_keywords: object) -> LayerScan:
    raise AssertionError("a layer was inflated")


# The same answers.


@pytest.mark.parametrize("name", INPUTS)
def test_a_hit_inflates_nothing_and_answers_the_same(
    name: str, cache: LayerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = INPUTS[name]
    fresh = document(path, None)
    assert document(path, cache) == fresh
    monkeypatch.setattr(analyzer.scanning, "scan_layer", no_scan)
    assert document(path, cache) == fresh


def test_layers_with_other_bytes_are_found_out_on_a_hit(cache: LayerCache, tmp_path: Path) -> None:
    """The cache knows what the promised digest holds; the file holds something else."""
    image = ImageBuilder().layer({"etc/os-release": b"ID=one\n"})
    path = image.write_oci(tmp_path / "layout")
    good = document(path, cache)
    assert "digest-mismatch" not in good
    blob = path / blob_path(image.build().layer_digests[0])
    other = ImageBuilder().layer({"etc/os-release": b"ID=two\n"}).write_oci(tmp_path / "other")
    swapped = other / blob_path(
        ImageBuilder().layer({"etc/os-release": b"ID=two\n"}).build().layer_digests[0]
    )
    shutil.copy(swapped, blob)
    wrong = document(path, cache)
    assert "digest-mismatch" in wrong
    assert wrong == document(path, None)


def test_damaged_layers_are_not_remembered(cache: LayerCache, tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"x" * 3000}, codec="gzip")
    path = image.write_oci(tmp_path / "layout")
    blob = path / blob_path(image.build().layer_digests[0])
    blob.write_bytes(blob.read_bytes()[:-9])
    document(path, cache)
    assert cache.folder.info().kinds == {"scan": 0, "image": 0}


def test_another_plan_or_limit_is_another_entry() -> None:
    plans = [None, NOTHING, CapturePlan((), digests=""), CapturePlan((Want("a"),))]
    plans.append(CapturePlan((), digests="", sha1=True))
    keys = {fingerprint_of(plan, Limits(), "sha256") for plan in plans}
    keys |= {fingerprint_of(None, Limits(layer_entries=5), "sha256")}
    keys |= {fingerprint_of(None, Limits(), "sha512")}
    assert len(keys) == len(plans) + 2


def test_a_limit_holds_for_what_the_cache_gives_back(cache: LayerCache) -> None:
    document(MULTI, cache)
    tight = Limits(captured_bytes=100)
    assert "limit-exceeded" in json.dumps(
        to_document(analyze(str(MULTI), limits=tight, cache=cache))
    )


# As bytes.

ODD: Entries = [
    ("\udcff\n", File(b"x" * 600, mode=0o4755, xattrs={"security.capability": b"\0\xff"})),
    ("d", Dir()),
    ("d/l", Link("../\udcfe")),
    ("d/h", HardLink("\udcff\n")),
    ("d/c", Device("c", 1, 3)),
    (".wh.gone", File(b"")),
    ("twice", b"one"),
    ("twice", b"two"),
]


def test_every_field_of_an_entry_comes_back() -> None:
    scan = scanned()
    assert {entry.kind.value for entry in scan.entries} >= {"file", "symlink", "hardlink"}
    raw = scan_bytes(scan, "x")
    assert len(scan.earlier) == 1
    assert read_scan(raw, "x") == scan
    assert scan_bytes(read_scan(raw, "there"), "there") == raw


def scanned() -> LayerScan:
    plan = CapturePlan((Want("**/*"),), digests="", sha1=True)
    return scan_layer(io.BytesIO(tar_bytes(ODD)), "x", plan, Budget(Limits()))


SCAN = scan_bytes(scanned(), "x")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SCAN) - 1), st.binary(min_size=0, max_size=8))
def test_any_bytes_are_a_scan_or_are_refused(at: int, data: bytes) -> None:
    try:
        read_scan(SCAN[:at] + data + SCAN[at + len(data) :], "x")
    except BadScan:
        return


@pytest.mark.parametrize(
    "change",
    [
        {"paths": ["../../etc/passwd"] * len(ODD)},
        {"paths": [7] * len(ODD)},
        {"sizes": [-1] * len(ODD)},
        {"sizes": [True] * len(ODD)},
        {"kinds": "z" * len(ODD)},
        {"owners": [99] * len(ODD)},
        {"links": {"99": "x"}},
        {"links": {"0": 5}},
        {"paths": []},
        {"format": FORMAT + 1},
        {"captured": [["a", -5]]},
        {"digests": [[512, "sha256:zz"]]},
        {"digests": [["512", f"sha256:{'0' * 64}"]]},
        {"sha1": [[512, "sha1:zz"]]},
        {"sha1": [[512, f"sha256:{'0' * 64}"]]},
        {"sha1": [512]},
        {"measured": {}},
        {"problems": [["nonsense", "error", None, "x"]]},
    ],
    ids=str,
)
def test_what_breaks_the_form_is_refused(change: dict[str, object]) -> None:
    head, _, contents = SCAN.partition(b"\n")
    document = json.loads(head) | change
    with pytest.raises(BadScan):
        read_scan(json.dumps(document).encode() + b"\n" + contents, "x")


# Damaged and hostile folders.


def damage(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        for path in entries_of(folder):
            path.write_bytes(change(path.read_bytes()))

    return do


def swap(folder: Path) -> None:
    """Every entry under the name of the next one; each is a good entry of something else."""
    paths = entries_of(folder)
    contents = [path.read_bytes() for path in paths]
    for path, data in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(data)


def forge(folder: Path) -> None:
    """Entries of other packages, by somebody who does not know the key."""
    for path in entries_of(folder):
        path.write_bytes(path.read_bytes()[:32] + path.read_bytes()[32:].replace(b"dpkg", b"evil"))


def new_key(data: bytes) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        (folder / "key").write_bytes(data)

    return do


def lose_key(folder: Path) -> None:
    (folder / "key").unlink()


def instead(put: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else in place of the key."""

    def do(folder: Path) -> None:
        lose_key(folder)
        put(folder / "key")

    return do


def make_sparse(path: Path) -> None:
    """Far more than memory holds."""
    path.touch()
    os.truncate(path, 1 << 40)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound, chdir(path.parent):  # of at most 107 bytes
        bound.bind(path.name)


def make_pipes(folder: Path) -> None:
    for path in entries_of(folder):
        path.unlink()
        os.mkfifo(path)


def make_folders(folder: Path) -> None:
    for path in entries_of(folder):
        path.unlink()
        path.mkdir()


HARM: dict[str, Callable[[Path], None]] = {
    "cut off": damage(lambda data: data[: len(data) // 2]),
    "empty": damage(lambda _: b""),
    "one byte flipped": damage(lambda data: data[:99] + bytes([data[99] ^ 1]) + data[100:]),
    "rubbish": damage(lambda _: os.urandom(500)),
    "under another name": swap,
    "forged": forge,
    "another key": new_key(b"k" * 32),
    "no key": lose_key,
    "a key that is none": new_key(b""),
    "a key of a terabyte": instead(make_sparse),
    "a pipe in place of the key": instead(os.mkfifo),
    "a folder in place of the key": instead(Path.mkdir),
    "a link in place of the key": instead(lambda path: path.symlink_to("/dev/zero")),
    "a socket in place of the key": instead(make_socket),
    "pipes in place of entries": make_pipes,
    "folders in place of entries": make_folders,
}


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_or_hostile_cache_changes_no_answer_and_is_rebuilt(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    good = document(MULTI, LayerCache(folder))
    HARM[harm](folder)
    assert document(MULTI, LayerCache(folder)) == good
    if harm != "folders in place of entries":
        monkeypatch.setattr(analyzer.scanning, "scan_layer", no_scan)
    assert document(MULTI, LayerCache(folder)) == good


@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_a_folder_that_others_may_write_to_is_not_used(
    mode: int, cache: LayerCache, tmp_path: Path
) -> None:
    document(MULTI, cache)
    (tmp_path / "cache").chmod(mode)
    assert cache.folder.info().unusable == "others may write into it"
    before = [path.stat().st_mtime_ns for path in entries_of(tmp_path / "cache")]
    document(APK, cache)
    assert [path.stat().st_mtime_ns for path in entries_of(tmp_path / "cache")] == before


def test_a_link_in_place_of_the_folder_is_not_used(cache: LayerCache, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    document(MULTI, cache)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_may_not_be_entered_is_no_error(
    cache: LayerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", refuse)
    scan = scanned()
    assert scan.measured.digest is not None
    assert not cache.has(scan.measured.digest, "f")


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = LayerCache(tmp_path / "file" / "below")
    assert document(MULTI, cache) == document(MULTI, None)
    assert cache.folder.info().kinds == {"scan": 0, "image": 0}


@pytest.mark.parametrize("nameless", [True, False])
def test_many_threads_agree_on_one_key(
    nameless: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the file system cannot make files without a name."""
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    scan = scanned()
    digest = scan.measured.digest
    assert digest is not None
    for number in range(20):
        folder = tmp_path / str(number)
        caches = [LayerCache(folder) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda item: item[1].store(scan, f"f{item[0]}", "x"), enumerate(caches)))
        assert all(LayerCache(folder).load(digest, f"f{n}", "x") == scan for n in range(4))
        assert sorted(path.suffix for path in folder.rglob("*") if path.is_file()) == [
            "",
            *[".scan"] * 4,
        ]


# Size, and several at once.


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    document(MULTI, LayerCache(folder))
    old = entries_of(folder)
    size = sum(path.stat().st_size for path in old)
    for number, path in enumerate(old):
        os.utime(path, (number, number))
    document(APK, LayerCache(folder, limit_bytes=size))
    left = entries_of(folder)
    assert sum(path.stat().st_size for path in left) <= size
    assert old[0] not in left
    assert old[-1] in left


def test_many_stores_look_through_the_folder_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And still never leave more than the limit: an image may have a thousand layers."""
    looks: list[int] = []
    real = SealedFolder._files  # noqa: SLF001 - what takes the time

    def counted(folder: SealedFolder) -> Iterator[tuple[Path, os.stat_result]]:
        looks.append(1)
        return real(folder)

    monkeypatch.setattr(SealedFolder, "_files", counted)
    scan = scanned()
    for limit, most in ((Limits().cache_bytes, 1), (60_000, 160)):
        looks.clear()
        cache = LayerCache(tmp_path / str(limit), limit_bytes=limit)
        for number in range(200):
            cache.store(scan, f"f{number}", "x")
            size = sum(path.stat().st_size for path in entries_of(tmp_path / str(limit)))
            assert size <= limit
        assert 1 <= len(looks) <= most


def test_a_folder_in_place_of_an_entry_keeps_no_other_from_being_deleted(
    cache: LayerCache, tmp_path: Path
) -> None:
    document(MULTI, cache)
    empty, full, *_ = entries_of(tmp_path / "cache")
    for path in (empty, full):
        path.unlink()
        path.mkdir()
    (full / "mine").write_bytes(b"")
    gone, left = cache.folder.clear()
    assert sum(gone.values()) == 6
    assert [(path, why) for path, why in left] == [(full, os.strerror(errno.ENOTEMPTY))]
    assert entries_of(tmp_path / "cache") == [full]


def test_a_folder_in_place_of_an_entry_does_not_let_the_cache_grow(tmp_path: Path) -> None:
    """It is older than every entry, so it would be the first to go."""
    folder = SealedFolder(tmp_path, ("scan",), 100_000)
    folder.write("first", "scan", b"x")
    (path,) = tmp_path.glob("??/*.scan")
    path.unlink()
    path.mkdir()
    os.utime(path, (0, 0))
    for number in range(20):
        folder.write(f"about {number}", "scan", bytes(20_000))
    assert folder.info().size <= 100_000


def test_a_folder_of_files_in_place_of_the_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / "mine").write_bytes(b"")
    tmp_path.chmod(0o700)
    folder = SealedFolder(tmp_path, ("scan",))
    folder.write("about", "scan", b"x")
    assert folder.read("about", "scan") is None
    assert folder.info().unusable == "its key is a folder with files in it"
    assert (tmp_path / "key" / "mine").exists()


def test_clear_leaves_nothing(cache: LayerCache, tmp_path: Path) -> None:
    document(MULTI, cache)
    (tmp_path / "cache" / "ab").mkdir(exist_ok=True)
    (tmp_path / "cache" / "ab" / "x.part").write_bytes(b"rest of a killed process")
    assert cache.folder.clear() == ({"scan": 6, "image": 2}, ())
    assert entries_of(tmp_path / "cache") == []
    assert list((tmp_path / "cache").rglob("*.part")) == []


PROGRAM = """
import json, sys
from pathlib import Path
from analyzer import analyze, to_document
from analyzer.layers.cache import LayerCache
report = analyze(sys.argv[1], cache=LayerCache(Path(sys.argv[2])))
print(json.dumps(to_document(report), sort_keys=True))
"""


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, str(MULTI), str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_processes_at_once_give_the_same_answers(tmp_path: Path) -> None:
    good = document(MULTI, None)
    processes = [start(tmp_path / "cache") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda process: process.communicate(timeout=120)[0], processes))
    assert {answer.decode().strip() for answer in answers} == {good}


def test_killed_at_any_moment_it_leaves_no_file_and_no_wrong_answer(tmp_path: Path) -> None:
    """`kill -9` in a loop, at moments spread over a whole run."""
    good = document(MULTI, None)
    folder = tmp_path / "cache"
    begun = time.monotonic()
    start(tmp_path / "measure").communicate()
    whole = time.monotonic() - begun
    for step in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        with start(folder) as process:
            time.sleep(whole * step / 20)
            process.send_signal(signal.SIGKILL)
        left = [path for path in folder.rglob("*") if path.is_file()]
        assert all(path.suffix in {".scan", ".image"} or path.name == "key" for path in left)
        assert document(MULTI, LayerCache(folder)) == good
