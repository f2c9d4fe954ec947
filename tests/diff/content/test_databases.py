"""Databases by records: what dpkg-query tells of two states, and accounts without hashes."""

from __future__ import annotations

from pathlib import Path

from analyzer.diff.tree import Kind
from tests.diff.content.comparing import compare, parts, shown
from tests.support.tools import require_tool, run

STATUS = """Package: a
Status: install ok installed
Architecture: amd64
Maintainer: M <m@example.org>
Version: {a}
Description: first
 second line

Package: {other}
Status: install ok installed
Architecture: all
Maintainer: M <m@example.org>
Version: 1
Description: x

"""
FORM = "${Package}:${Architecture}|${Version}|${Status}\n"


def by_dpkg(tmp_path: Path, name: str, status: bytes) -> dict[str, tuple[str, str]]:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "status").write_bytes(status)
    tool = require_tool("dpkg-query")
    out = run([tool, f"--admindir={folder}", "-W", "-f", FORM]).stdout.decode()
    rows = [line.split("|") for line in out.splitlines()]
    return {key: (version, state) for key, version, state in rows}


def test_dpkg_status_by_package_as_dpkg_query_lists_it(tmp_path: Path) -> None:
    one = STATUS.format(a="1.0", other="b").encode()
    two = STATUS.format(a="2:1.0~rc1", other="c").encode()
    before, after = by_dpkg(tmp_path, "1", one), by_dpkg(tmp_path, "2", two)
    found = compare("var/lib/dpkg/status", one, two)
    kinds = {child.subject: child.kind for child in found.children}
    assert kinds == {
        name: Kind.ADDED
        if name not in before
        else Kind.REMOVED
        if name not in after
        else Kind.CHANGED
        for name in {*before, *after}
        if before.get(name) != after.get(name)
    }
    changed = found.child("a:amd64")
    assert changed is not None
    version = changed.child("version")
    assert version is not None
    assert (version.before, version.after) == (before["a:amd64"][0], after["a:amd64"][0])
    assert parts(changed) == {"a:amd64": Kind.CHANGED, "version": Kind.CHANGED}


def test_apk_installed_by_package_and_file() -> None:
    one = b"C:Q1a=\nP:musl\nV:1.2.3-r0\nF:lib\nR:ld-musl.so\na:0:0:755\nZ:Q1x=\n\nP:b\nV:1\n\n"
    two = one.replace(b"r0", b"r1").replace(b"Q1x", b"Q1y").replace(b"P:b\n", b"P:c\n")
    assert shown("lib/apk/db/installed", one, two) == [
        "- b: name b, version 1",
        "+ c: name c, version 1",
        "~ musl",
        "  ~ file lib/ld-musl.so: 0:0:755 Q1x= -> 0:0:755 Q1y=",
        "  ~ version: 1.2.3-r0 -> 1.2.3-r1",
    ]


def test_a_field_that_repeats_without_end_takes_no_longer_than_its_bytes() -> None:
    """Joined one by one, these would take hours."""
    one, two = (b"P:a\n" + b"D:%b\n" % word * 1_000_000 for word in (b"x", b"y"))
    (package,) = compare("lib/apk/db/installed", one, two).children
    assert [field.subject for field in package.children] == ["depends"]


def test_passwd_and_group_by_account() -> None:
    one, two = b"root:x:0:0:root:/root:/bin/sh\n", b"root:x:0:0:root:/root:/bin/bash\n"
    assert shown("etc/passwd", one, two + b"app:x:7:7::/:\n") == [
        "+ app: password x, user ID 7, group ID 7, home /",
        "~ root",
        "  ~ shell: /bin/sh -> /bin/bash",
    ]
    assert shown("etc/group", b"a:x:1:\n", b"a:x:1:me\n") == ["~ a", "  + members: me"]


def test_shadow_never_shows_a_hash() -> None:
    hashes = [b"$y$j9T$abcdefgh$ijklmnop", b"$y$j9T$abcdefgh$qrstuvwx"]
    one, two = (b"root:%b:19000:0:99999:7:::\n" % each for each in hashes)
    for path in ("etc/shadow", "etc/shadow-"):
        assert shown(path, one, two) == [
            "~ root",
            "  ~ password: (a hash by method y, 24 characters) (what differs is not shown)",
        ]
    for odd in (one + b"\n", b"", b"\0" + one, b"\x7fELF" + one, b"root:" + hashes[0], b"x" * 30):
        text = "\n".join(shown("etc/shadow", odd, two))
        assert "ijkl" not in text
        assert "qrst" not in text
    text = "\n".join(shown("etc/shadow", one, two, content_text_bytes=10))
    assert "$y$" not in text
    locked = "\n".join(shown("etc/shadow", one, b"root:!" + hashes[0] + b":19000:0:99999:7:::\n"))
    assert "!(a hash by method y, 24 characters)" in locked


def test_os_release_by_variable() -> None:
    one, two = b'ID=debian\nVERSION_ID="12"\n', b"ID=debian\nVERSION_ID=13\n"
    assert shown("etc/os-release", one, two) == ["~ VERSION_ID: 12 -> 13"]
    assert shown("usr/lib/os-release", one, b"VERSION_ID='12'\nID=debian\n")[0] == (
        "note: nothing that counts in os-release differs, only how it is written"
    )


def test_a_damaged_database_is_compared_as_far_as_it_goes() -> None:
    one = b"Package: a\nVersion: 1\n\n"
    found = compare("var/lib/dpkg/status", one, b"Package: a\nnonsense\nVersion: 2\n\n")
    assert parts(found) == {"inside": Kind.CHANGED, "a": Kind.CHANGED, "version": Kind.CHANGED}
    assert found.notes == ("after: line 2: not a field: nonsense",)


def test_members_of_json_by_path() -> None:
    one = b'{"a": 1, "b": [1, 2, 3], "c": {"x y": true}, "z": 1, "token": "abcdefgh1234"}'
    two = b'{"z": 1, "a": 1.0, "b": [1, 3, 4], "c": {"x y": 1, "n": null}, "token": "abcdefgh9"}'
    assert shown("conf.json", one, two) == [
        "~ a: 1 -> 1.0",
        "- b[1]: 2",
        "+ b[2]: 4",
        "+ c.n: null",
        '~ c["x y"]: true -> 1',
        "~ token: ab...(12 characters) -> ab...(9 characters)",
    ]


def test_json_of_another_spelling_is_told_as_such() -> None:
    lines = shown("a.json", b'{"a":1,"b":2}\n', b'{"b": 2, "a": 1}\n')
    assert lines == [
        "note: nothing that counts in JSON differs, only how it is written",
        "@@ -1 +1 @@",
        '-{"a":1,"b":2}',
        '+{"b": 2, "a": 1}',
    ]


def test_what_is_no_json_is_compared_as_text() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert "not compared as JSON" in shown("a.json", deep, deep[1:-1])[0]
    assert "nested deeper" in shown("a.json", b"[" * 200 + b"]" * 200, b"[]")[0]
    assert "not compared as JSON" in shown("a.json", b"{'a': 1}", b"{'a': 2}")[0]
