"""Known rebuild noise: what each rule takes for noise, and what it must not."""

from __future__ import annotations

import gzip
import io
import os
import py_compile
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff.filesystem import masks
from analyzer.diff.filesystem.model import FileChange
from analyzer.diff.filesystem.noise import Contents, path_noise, proven_noise
from analyzer.diff.filesystem.noiserules import BY_PATH, NEVER, PROVEN, RULES, TIMES, Rule
from analyzer.diff.tree import Kind
from analyzer.explain.loader import topic
from analyzer.tarheader import EntryKind
from tests.diff.changes import added, changed, removed, state
from tests.support.tools import ROOT, require_tool

DOCUMENT = ROOT / "docs/noise.md"


def rule(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


def reading(before: bytes | None, after: bytes | None) -> Contents:
    return lambda _change: (before, after)


# --- what only the masked fields differ in, as the tools write it -------------


def compiled(folder: Path, source: str, time: int) -> bytes:
    file = folder / "module.py"
    file.write_text(source)
    os.utime(file, (time, time))
    target = folder / "module.pyc"
    py_compile.compile(
        str(file), str(target), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP
    )
    return target.read_bytes()


def test_bytecode_of_one_source_differs_by_the_time_of_the_source(tmp_path: Path) -> None:
    one, two = (compiled(tmp_path, "x = 1\n", time) for time in (10**9, 10**9 + 60))
    other = compiled(tmp_path, "x = 2\n", 10**9)
    assert one != two
    assert masks.bytecode(one) == masks.bytecode(two) != masks.bytecode(other)


def test_bytecode_by_hash_has_no_time(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("x = 1\n")
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    target = tmp_path / "m.pyc"
    py_compile.compile(str(file), str(target), invalidation_mode=mode)
    assert masks.bytecode(target.read_bytes()) is None


def gzipped(folder: Path, content: bytes, time: int) -> bytes:
    file = folder / "notes"
    file.write_bytes(content)
    os.utime(file, (time, time))
    return subprocess.run(["gzip", "-c", file], check=True, capture_output=True).stdout


def test_gzip_of_one_file_differs_by_its_time(tmp_path: Path) -> None:
    require_tool("gzip")
    one, two = (gzipped(tmp_path, b"news\n", time) for time in (10**9, 10**9 + 60))
    assert one != two
    assert gzip.decompress(one) == gzip.decompress(two)
    assert masks.gzip_time(one) == masks.gzip_time(two)
    assert masks.gzip_time(one) != masks.gzip_time(gzipped(tmp_path, b"olds\n", 10**9))


def zipped(content: bytes, year: int, extra: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("META-INF/MANIFEST.MF", "a/B.class"):
            info = zipfile.ZipInfo(name, (year, 1, 2, 3, 4, 6))
            info.extra = extra
            archive.writestr(info, content)
        archive.comment = b"a comment"
    return stream.getvalue()


def test_zip_of_the_same_members_differs_by_their_times() -> None:
    one, two = zipped(b"x", 2020), zipped(b"x", 2021)
    assert one != two
    assert masks.zip_times(one) == masks.zip_times(two) != masks.zip_times(zipped(b"y", 2020))


def test_zip_of_info_zip_has_times_in_extra_fields(tmp_path: Path) -> None:
    require_tool("zip")
    made = []
    for time in (10**9, 10**9 + 3600):
        file = tmp_path / "member"
        file.write_text("x")
        os.utime(file, (time, time))
        target = tmp_path / f"{time}.zip"
        subprocess.run(["zip", "-q", target, "member"], check=True, cwd=tmp_path)
        made.append(target.read_bytes())
    assert b"UT" in made[0]
    assert made[0] != made[1]
    assert masks.zip_times(made[0]) == masks.zip_times(made[1])


def test_static_library_of_one_object_differs_by_its_time(tmp_path: Path) -> None:
    require_tool("ar")
    made = []
    for time in (10**9, 10**9 + 60):
        file = tmp_path / "odd.o"
        file.write_bytes(b"odd")
        os.utime(file, (time, time))
        target = tmp_path / f"{time}.a"
        subprocess.run(["ar", "rcU", target, file, __file__], check=True)
        made.append(target.read_bytes())
    assert made[0] != made[1]
    assert masks.ar_times(made[0]) == masks.ar_times(made[1])
    assert masks.ar_times(made[0].replace(b"odd", b"new")) != masks.ar_times(made[0])


SHADOW = b"root:*:%d:0:99999:7:::\ndaemon:*:%d:0:99999:7:::\n"


def test_days_of_a_password_change_are_noise_and_passwords_are_not() -> None:
    one, two = SHADOW % (19000, 19000), SHADOW % (19001, 19002)
    assert masks.last_change(one) == masks.last_change(two)
    assert masks.last_change(one) != masks.last_change(two.replace(b"root:*", b"root:$6$x$y"))
    assert masks.last_change(b"root:*:today:0:99999:7:::\n") is None


@pytest.mark.parametrize("data", [b"", b"\n", b"uninitialized\n", b"0123456789abcdef" * 2 + b"\n"])
def test_a_machine_id_is_noise(data: bytes) -> None:
    assert masks.machine_id(data) == b""


@pytest.mark.parametrize("data", [b"#!/bin/sh\n", b"0123456789abcdeg" * 2, b"0" * 31])
def test_what_is_no_machine_id_is_not(data: bytes) -> None:
    assert masks.machine_id(data) is None


def scripts(times: tuple[int, int], first: str = "#!/bin/sh\n") -> bytes:
    """As apk writes `lib/apk/db/scripts.tar`: src/database.c, apk_db_scriptdb_write."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        members = zip(("a-1.Q1x=.post-install", "b"), times, (first, "x" * 600), strict=True)
        for name, time, text in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(text), time, 0o755
            archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def test_scripts_of_apk_differ_by_the_time_of_writing() -> None:
    one, two, other = scripts((1, 2)), scripts((10**9, 10**9)), scripts((1, 2), "#!/bin/ash")
    assert one != two
    assert masks.tar_times(one) == masks.tar_times(two) != masks.tar_times(other)
    assert masks.tar_times(one[:1000]) is not None, "its headers are whole"
    assert masks.tar_times(one.replace(b"ustar", b"other")) is None
    change = changed("lib/apk/db/scripts.tar", ("content", "time"))
    assert proven_noise(change, reading(one, two)) is rule("apk-scripts")
    assert proven_noise(change, reading(one, other)) is None


def test_the_number_of_a_system_may_come_and_go_if_it_is_one() -> None:
    """As /proc/sys/kernel/random/uuid gives it, which libzypp reads."""
    number = Path("/proc/sys/kernel/random/uuid").read_bytes()
    path = "var/lib/zypp/AnonymousUniqueId"
    assert proven_noise(added(path), reading(None, number)) is rule("zypp-id")
    assert proven_noise(added(path), reading(None, number + b"curl\n")) is None


@pytest.mark.parametrize("mask", [rule.mask for rule in PROVEN if rule.name != "machine-id"])
@pytest.mark.parametrize("data", [b"\x00", b"PK\x05\x06", b"!<arch>\nx", b"\x1f\x8b", b"a:b\n"])
def test_what_is_of_no_format_is_not_masked(mask: masks.Mask, data: bytes) -> None:
    assert mask(data) is None


WHOLE = {masks.last_change, masks.machine_id, masks.unique_id}


@given(st.sampled_from([rule.mask for rule in PROVEN]), st.binary(max_size=400))
def test_any_bytes_are_masked_or_not_of_the_format(mask: masks.Mask, data: bytes) -> None:
    """Of what is no text the length stays, so that no two files of other lengths become one."""
    found = mask(data)
    assert found is None or mask in WHOLE or len(found) == len(data)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_a_broken_zip_is_masked_or_not_of_the_format(place: int, data: bytes) -> None:
    whole = zipped(b"x", 2020, b"UT\x05\x00\x01abcd")
    broken = whole[: place % len(whole)] + data + whole[place % len(whole) + len(data) :]
    found = masks.zip_times(broken)
    assert found is None or len(found) == len(broken)


# --- which changes a rule covers ------------------------------------------------


def test_only_times_are_noise_wherever_they_are() -> None:
    assert proven_noise(changed("usr/bin/su", ("time",))) is TIMES
    assert proven_noise(changed("usr/bin/su", ("mode", "time"))) is None


def test_a_proven_rule_holds_by_the_content_alone() -> None:
    change = changed("etc/shadow", ("content",))
    one, two = SHADOW % (1, 1), SHADOW % (2, 2)
    assert proven_noise(change, reading(one, two)) is rule("password-day")
    assert proven_noise(change, reading(one, two + b"eve::0:0:99999:7:::\n")) is None
    assert proven_noise(change) is None
    assert proven_noise(changed("etc/shadow", ("content", "mode")), reading(one, two)) is None


def test_a_machine_id_may_come_and_go_if_it_is_one() -> None:
    assert proven_noise(added("etc/machine-id"), reading(None, b"\n")) is rule("machine-id")
    assert proven_noise(removed("etc/machine-id"), reading(b"\n", None)) is rule("machine-id")
    assert proven_noise(added("etc/machine-id"), reading(None, b"curl\n")) is None


PATHS = {
    "var/log/apt/history.log": "logs",
    "var/cache/ldconfig/aux-cache": "caches",
    "var/cache/fontconfig/0a-le64.cache-7": "caches",
    "var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease": "apt-lists",
    "var/lib/dpkg/status-old": "database-backups",
    "etc/ld.so.cache": "ld-cache",
    "etc/resolv.conf": "builder-stubs",
    ".dockerenv": "builder-stubs",
    "root/.cache/pip/http/1/2/3": "home-caches",
    "root/.npm/_cacache/index-v5/0a/33/47b3": "home-caches",
    "usr/lib/python3/dist-packages/__pycache__/six.cpython-311.pyc": "bytecode",
    "var/lib/systemd/random-seed": "seeds",
    "var/lib/systemd/catalog/database": "journal-catalog",
    "boot/initrd.img-6.1.0-18-amd64": "initramfs",
    "usr/share/icons/hicolor/icon-theme.cache": "desktop-caches",
    "var/lib/rpm/rpmdb.sqlite": "rpm-database",
    "usr/share/rpm/rpmdb.sqlite": "rpm-database",
    "usr/lib/sysimage/rpm/rpmdb.sqlite-wal": "database-locks",
    "lib/apk/db/lock": "database-locks",
    "var/lib/dpkg/triggers/Lock": "database-locks",
    "var/lib/rpm/__db.001": "database-locks",
    "usr/lib/fontconfig/cache/0a-le64.cache-9": "desktop-caches",
    "var/lib/yum/yumdb/b/0a-bash/checksum_type": "dnf-history",
    "var/lib/dnf/history.sqlite-wal": "dnf-history",
    "srv/app/node_modules/.modules.yaml": "pnpm-state",
}


@pytest.mark.parametrize(("path", "name"), PATHS.items())
def test_each_rule_covers_the_files_it_is_for(path: str, name: str) -> None:
    assert path_noise(changed(path, ("content",))) is rule(name)


def test_every_rule_by_path_was_tried() -> None:
    assert {rule.name for rule in BY_PATH} == set(PATHS.values())


@pytest.mark.parametrize(
    "change",
    [
        changed("var/log/x", ("content", "mode")),
        changed("var/log/x", ("type",)),
        changed("var/log/x", ("owner",)),
        added("var/cache/miner", mode=0o755),
        added("var/log/su", mode=0o4644),
        added("var/cache/link", kind=EntryKind.SYMLINK, target="/etc/shadow"),
        added("var/cache/device", kind=EntryKind.BLOCK_DEVICE),
        added("var/cache/odd", xattrs=(("security.capability", b"1"),)),
        added("etc/resolv.conf", mode=0o755, size=9),
        changed("etc/ssh/ssh_host_rsa_key", ("content",)),
        changed("var/lib/dpkg/info/tar.postinst", ("content",)),
        changed("usr/lib/python3/six.pyc", ("content",)),
        added("var/lib/rpm/rpmdb.sqlite"),
        FileChange("opt/x", Kind.MOVED, state(), state(), (), "var/cache/x"),
    ],
    ids=lambda change: f"{change.kind} {change.path} {' '.join(change.what)}",
)
def test_no_rule_covers_what_could_hide_something(change: FileChange) -> None:
    assert path_noise(change) is None


def test_an_empty_stub_may_have_any_permissions() -> None:
    """As buildah leaves it: https://github.com/podman-container-tools/buildah/issues/4242."""
    assert path_noise(added("etc/resolv.conf", mode=0o700, size=0)) is rule("builder-stubs")


# --- the list as people read it ----------------------------------------------


def documented() -> str:
    """`docs/noise.md` as the list has it."""
    lines = [*HEAD.splitlines(), ""]
    for one in RULES:
        paths = ", ".join(f"`/{pattern}`" for pattern in one.patterns)
        lines += [f"## `{one.name}`", "", f"{one.what[0].upper()}{one.what[1:]}.", ""]
        lines += [f"- paths: {paths}", f"- made by: {one.made_by}", f"- why: {one.why}"]
        lines += [f"- also where the file is on one side only: {'yes' if one.presence else 'no'}"]
        lines += [f"- told by: {'its content' if one.mask else 'its path'}"] * (one is not TIMES)
        lines += [f"- source: {'; '.join(one.sources)}", ""]
    lines += ["## What is no noise", ""]
    lines += [f"- {what}: {why}" for what, why in NEVER.items()]
    return "\n".join(lines) + "\n"


HEAD = """\
# Known rebuild noise

What differs between two builds of one thing although nobody changed anything. `ociscope diff`
counts such files apart and names the rule; `ociscope explain noise` is the short form.

This page is written from `analyzer/diff/filesystem/noiserules.py`; a test keeps both equal.

A rule told by content has read both files and found that nothing else differs. A rule told by path
says that such a file is expected to differ: that is no proof that what is in it is harmless. No
rule covers a program, a link, a device, another type, owner or mode, an extended attribute, or a
file that a package brings which is the same on both sides; what rpm calls `%ghost` a package only
names. The first rule that fits is taken.
"""


def test_the_page_says_what_the_list_says() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(documented())
    assert DOCUMENT.read_text() == documented()


def test_the_topic_names_every_rule_and_no_other() -> None:
    found = topic("noise")
    assert re.findall(r"^- `([a-z-]+)`", found.text, re.MULTILINE) == [r.name for r in RULES]


def test_every_rule_has_a_source_and_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.sources and rule.why and rule.made_by for rule in RULES)
