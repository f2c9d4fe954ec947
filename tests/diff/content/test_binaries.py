"""Programs by what readelf tells of them; bytecode by its header; anything by its bytes."""

from __future__ import annotations

import importlib.util
import py_compile
import re
import struct
from pathlib import Path

import pytest

from tests.diff.content.comparing import compare, parts, shown
from tests.support.tools import require_tool, run


def made(
    tmp_path: Path, name: str, *options: str, source: str = "int main(void){return 0;}"
) -> Path:
    """A program of the compiler of this machine."""
    out = tmp_path / name
    code = tmp_path / f"{name}.c"
    code.write_text(source)
    run([require_tool("gcc"), "-O1", *options, "-o", out, code])
    return out


def dynamic(path: Path, tag: str) -> list[str]:
    """Values of a tag as `readelf -d` prints them in brackets."""
    out = run([require_tool("readelf"), "-dW", path]).stdout.decode()
    return re.findall(rf"\({tag}\).*\[(.*)\]", out)


def build_id(path: Path) -> str:
    out = run([require_tool("readelf"), "-nW", path]).stdout.decode()
    found = re.search(r"Build ID: ([0-9a-f]+)", out)
    assert found is not None
    return found[1]


def sections(path: Path) -> dict[str, int]:
    out = run([require_tool("readelf"), "-SW", path]).stdout.decode()
    rows = re.findall(r"\] (\S+)\s+(\S+)\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", out)
    return {name: int(size, 16) for name, kind, size in rows if kind != "NOBITS" and int(size, 16)}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    math = "#include <math.h>\nint main(int c, char **v){return (int)cos(c);}"
    link = "-Wl,--build-id=sha1,--no-as-needed"
    before = made(tmp_path, "one", link, "-Wl,-rpath,/opt/a", "-Wl,--enable-new-dtags")
    after = made(
        tmp_path, "two", link, "-Wl,-rpath,/opt/b", "-Wl,--disable-new-dtags", "-lm", source=math
    )
    return before, after


def test_libraries_paths_and_build_id_are_those_of_readelf(two: tuple[Path, Path]) -> None:
    before, after = two
    found = compare("usr/bin/x", before.read_bytes(), after.read_bytes())
    children = {child.subject: (child.before, child.after) for child in found.children}
    needed = [set(dynamic(path, "NEEDED")) for path in two]
    assert needed[0] != needed[1]
    assert {name for name in children if name.startswith("needed library ")} == {
        f"needed library {name}" for name in needed[0] ^ needed[1]
    }
    assert children["runpath"] == (dynamic(before, "RUNPATH")[0], None)
    assert children["rpath"] == (None, dynamic(after, "RPATH")[0])
    assert children["build ID"] == (build_id(before), build_id(after))
    assert "interpreter" not in children
    assert "machine" not in children


def test_sections_have_the_sizes_of_readelf(two: tuple[Path, Path]) -> None:
    sizes = [sections(path) for path in two]
    found = compare("usr/bin/x", two[0].read_bytes(), two[1].read_bytes())
    told = {
        child.subject.removeprefix("section "): (
            child.before and child.before["size"],
            child.after and child.after["size"],
        )
        for child in found.children
        if child.subject.startswith("section ")
    }
    expected = {name: (sizes[0].get(name), sizes[1].get(name)) for name in {**sizes[0], **sizes[1]}}
    unequal = {name: pair for name, pair in expected.items() if pair[0] != pair[1]}
    assert unequal
    assert all(told[name] == pair for name, pair in unequal.items())
    assert all(expected[name] == pair for name, pair in told.items())


def test_soname_interpreter_and_debug_link(tmp_path: Path) -> None:
    code = "int f(void){return 1;}"
    shared = ("-shared", "-fPIC")
    one = made(tmp_path, "a.so", *shared, "-Wl,-soname,liba.so.1", source=code)
    new = made(tmp_path, "b.so", *shared, "-Wl,-soname,liba.so.2", source=code)
    assert dynamic(one, "SONAME") == ["liba.so.1"]
    assert "~ soname: liba.so.1 -> liba.so.2" in shown("x", one.read_bytes(), new.read_bytes())
    plain = made(tmp_path, "plain")
    other = made(tmp_path, "other", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
    out = run([require_tool("readelf"), "-lW", plain]).stdout.decode()
    real = re.search(r"program interpreter: (.*)\]", out)
    assert real is not None
    found = compare("x", plain.read_bytes(), other.read_bytes()).child("interpreter")
    assert found is not None
    assert (found.before, found.after) == (real[1], "/lib/ld-musl-x86_64.so.1")
    linked = tmp_path / "linked"
    run([require_tool("objcopy"), f"--add-gnu-debuglink={one}", plain, linked])
    link = compare("x", plain.read_bytes(), linked.read_bytes()).child("debug link")
    assert link is not None
    assert link.after == "a.so"


def test_go_programs_tell_their_settings(tmp_path: Path) -> None:
    go = require_tool("go")
    (tmp_path / "go.mod").write_text("module example.org/x\n\ngo 1.18\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    env = {"GOFLAGS": "-mod=mod", "GOCACHE": str(tmp_path / "cache"), "CGO_ENABLED": "0"}
    for name, options in (("one", ()), ("two", ("-trimpath",))):
        build = [go, "build", "-buildvcs=false", *options, "-o", tmp_path / name, "."]
        run(build, cwd=tmp_path, env=env, timeout=300)
    listed = [
        set(run([go, "version", "-m", tmp_path / name]).stdout.decode().split("\n")[1:])
        for name in ("one", "two")
    ]
    assert "\tbuild\t-trimpath=true" in listed[1] - listed[0]
    found = compare("x", *((tmp_path / name).read_bytes() for name in ("one", "two")))
    assert parts(found)["Go setting -trimpath"] == "added"


def test_a_damaged_program_is_compared_all_the_same(two: tuple[Path, Path]) -> None:
    one = two[0].read_bytes()
    for size in range(0, 4096, 97):
        assert compare("x", one, one[:size]).differs
    assert "too" not in shown("x", one, one, content_inflated_bytes=1)
    over = shown("x", one, two[1].read_bytes(), content_inflated_bytes=1)
    assert over[0].startswith("note: not compared as ELF: limit content_inflated_bytes is 1")


def test_the_header_of_bytecode(tmp_path: Path) -> None:
    source = tmp_path / "m.py"
    source.write_text("x = 1\n")
    timed = tmp_path / "timed.pyc"
    hashed = tmp_path / "hashed.pyc"
    py_compile.compile(str(source), str(timed), doraise=True)
    checked = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(source), str(hashed), doraise=True, invalidation_mode=checked)
    one, two = timed.read_bytes(), hashed.read_bytes()
    found = {child.subject: child for child in compare("m.pyc", one, two).children}
    expected = importlib.util.source_hash(source.read_bytes()).hex()
    assert found["source hash"].after == expected
    assert found["source size"].before == source.stat().st_size
    assert found["source time"].before == int(source.stat().st_mtime)
    assert "code" not in found
    later = one[:8] + struct.pack("<I", 1) + one[12:]
    assert [c.subject for c in compare("m.pyc", one, later).children] == ["source time"]
    other = one[:-1] + bytes([one[-1] ^ 1])
    code = compare("m.pyc", one, other).child("code")
    assert code is not None
    assert code.before["first difference"] == len(one) - 1


def test_any_bytes_by_the_first_that_differ(tmp_path: Path) -> None:
    one, two = bytes(range(256)) * 10, bytes(range(256)) * 9 + b"\0\0" + bytes(300)
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "two").write_bytes(two)
    done = run([require_tool("cmp"), tmp_path / "one", tmp_path / "two"], check=False)
    byte = re.search(r"byte (\d+)", done.stdout.decode())
    assert byte is not None
    (child,) = compare("x", one, two).children
    # cmp counts from 1.
    assert child.before["offset"] == int(byte[1]) - 1
    assert bytes.fromhex(child.before["hex"]) == one[int(byte[1]) - 1 :][:16]
    assert compare("x", one, one + b"\0").children[0].before == {"offset": len(one), "hex": ""}
