"""Programs by version strings: what they say of themselves, and the rules of the table."""

from __future__ import annotations

import mmap
import re
import shutil
import struct
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.programs import CATALOGER
from analyzer.packages.formats.versionstring import Find, Rule, versions
from analyzer.packages.formats.wellknown import RULES
from tests.packages.cases import FOLDER, Case, parse
from tests.support.programs import Part, elf

FINDS = [(rule, find) for rule in RULES for find in rule.finds]
SPEAKING = {
    "bash": (["--version"], r"version ([0-9.]+)"),
    "curl": (["--version"], r"curl ([0-9.]+)"),
    "openssl": (["version"], r"OpenSSL ([0-9.]+[a-z]?)"),
    "perl": (["-e", "printf '%vd', $^V"], r"([0-9.]+)"),
    "python3.11": (["-c", "import platform; print(platform.python_version())"], r"(\S+)"),
    "node": (["--version"], r"v([0-9.]+)"),
    "nginx": (["-v"], r"nginx/([0-9.]+)"),
    "haproxy": (["-v"], r"version ([0-9]+\.[0-9]+\.[0-9]+)"),
    "memcached": (["--version"], r"memcached ([0-9.]+)"),
    "redis-server": (["--version"], r"v=([0-9.]+)"),
    "busybox": (["--help"], r"BusyBox v([0-9.]+)"),
    "mariadbd": (["--version"], r"Ver ([0-9.]+)"),
    "php8.2": (["--version"], r"PHP ([0-9.]+)"),
    "apache2": (["-v"], r"Apache/([0-9.]+)"),
    "lighttpd": (["-v"], r"lighttpd/([0-9.]+)"),
    "go": (["version"], r"go([0-9]\S+)"),
}


@pytest.mark.parametrize("name", SPEAKING)
def test_programs_of_this_machine_say_the_same(name: str, tmp_path: Path) -> None:
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    content = Path(found).resolve().read_bytes()
    if content[:4] != b"\x7fELF":
        pytest.skip(f"{name} is no program here")
    options, pattern = SPEAKING[name]
    command = [found, *options]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    stated = re.search(pattern, told.stdout + told.stderr)
    assert stated is not None
    packages, problems = parse(CATALOGER, {f"usr/bin/{name}": content})
    if not packages:
        # Small programs leave the text to a library, as Debian's Ruby and Node do.
        assert problems == []
        pytest.skip(f"{name} has no such text here")
    assert [package.version for package in packages] == [stated[1]]


@pytest.mark.parametrize(("rule", "find"), FINDS, ids=lambda item: getattr(item, "package", ""))
class TestEveryRow:
    """What a new row of the table is told first."""

    def test_says_where_the_text_comes_from(self, rule: Rule, find: Find) -> None:
        assert rule.name
        assert "https://" in find.source

    def test_pattern_cannot_run_away(self, rule: Rule, find: Find) -> None:
        assert rule.files
        # Repetitions are counted, so that the cost has a bound.
        assert not re.search(rb"(?<!\\)[*+]", re.sub(rb"\[[^]]*\]|\(\?", b"", find.pattern))
        assert "version" in re.compile(find.pattern).groupindex
        assert all(len(anchor) > 2 for anchor in find.anchors)


def test_no_file_is_of_two_programs() -> None:
    plan = CapturePlan(CATALOGER.wants)
    names = {pattern.replace("*", "x") for rule in RULES for pattern in rule.files}
    for name in names:
        assert len(plan.wanted(name).reducers) == 1, name
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_package_has_text_of_a_real_program() -> None:
    shown = set()
    plan = CapturePlan(CATALOGER.wants)
    by_name = {f"version-string-{rule.name}": rule for rule in RULES}
    for case in ("ordinary", "not-in-debian", "strange"):
        for path in (FOLDER / "programs" / case).rglob("*"):
            wanted = plan.wanted(path.relative_to(FOLDER / "programs" / case).as_posix())
            if path.is_file() and wanted.reducers:
                rule = by_name[wanted.reducers[0].name]
                content = path.read_bytes()
                shown |= {
                    find for find in rule.finds if re.search(find.pattern, content, re.DOTALL)
                }
    missing = {find.package for _, find in FINDS} - {find.package for find in shown}
    assert missing == set()


@pytest.mark.parametrize("case", ["ordinary", "not-in-debian", "strange"])
def test_the_evidence_is_text_of_the_program(case: str) -> None:
    files = Case(FOLDER / "programs" / case).files
    packages, _ = parse(CATALOGER, files)
    assert packages
    for package in packages:
        content = files[package.locations[0].path]
        for text in package.evidence.removesuffix("...").split("; "):
            raw = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text).encode("latin-1")
            assert raw in content, package
        assert package.version in package.evidence


def program(*texts: bytes) -> bytes:
    """An ELF file with these texts in it."""
    return elf([], [Part(0, b"\0".join((b"", *texts, b"")), b".rodata")])


@pytest.mark.parametrize("before", [0, 1, 63, 64, (1 << 20) - 70, (1 << 20) - 1, 1 << 20])
def test_texts_are_found_across_every_border(before: int) -> None:
    content = elf([], [Part(0, bytes(before) + b"BusyBox v1.36.1 (", b".rodata")])
    packages, _ = parse(CATALOGER, {"bin/busybox": content})
    assert [package.version for package in packages] == ["1.36.1"]


@pytest.mark.parametrize("code", [0, 1, 63, (1 << 20) - 1, 3 << 20])
def test_texts_are_found_on_both_sides_of_code(code: int) -> None:
    texts = [b"BusyBox v1.36.1 (", b"BusyBox v1.36.2 ("]
    parts = [Part(0, texts[0], b".rodata"), Part(0, bytes(code), b".text"), Part(0, texts[1])]
    packages, problems = parse(CATALOGER, {"bin/busybox": elf([], parts)})
    assert [package.version for package in packages] == [""]
    assert "1.36.1, 1.36.2" in problems[0].detail


@pytest.mark.parametrize("place", [0, 10_000, 1 << 31, (1 << 64) - 1])
@pytest.mark.parametrize("size", [0, 17, 1 << 31, (1 << 64) - 1])
def test_code_that_a_header_puts_anywhere_does_not_stop_the_search(place: int, size: int) -> None:
    content = bytearray(elf([], [Part(0, b"BusyBox v1.36.1 (", b".data"), Part(0, b"", b".text")]))
    (sections,) = struct.unpack_from("<Q", content, 40)
    struct.pack_into("<QQ", content, sections + 2 * 64 + 24, place, size)
    packages, _ = parse(CATALOGER, {"bin/busybox": bytes(content)})
    hidden = place == 0 and size > content.index(b"BusyBox")
    assert [package.version for package in packages] == ([] if hidden else ["1.36.1"])


def test_a_mapped_file_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "busybox"
    path.write_bytes(program(b"BusyBox v1.36.1 ("))
    reducer = CapturePlan(CATALOGER.wants).wanted("bin/busybox").reducers[0]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        parts = reducer.apply(mapped, lambda _count: None)
    assert parts == {"rule": b"busybox", "0/0": b"BusyBox v1.36.1"}


def test_neighbours_that_share_a_nul_are_two() -> None:
    packages, problems = parse(CATALOGER, {"bin/envoy": program(b"1.2.3", b"1.36.4")})
    assert [package.version for package in packages] == [""]
    assert "1.2.3, 1.36.4" in problems[0].detail


def test_versions_of_commands_are_not_those_of_redis() -> None:
    """Redis lists since when it has each command; only its own stands before the build's name."""
    content = program(b"1.0.0", b"7.0.15", b"2.8.9", b"7.0.15host-1702957741000000000")
    packages, problems = parse(CATALOGER, {"bin/redis-server": content})
    assert [(package.name, package.version) for package in packages] == [("redis", "7.0.15")]
    assert problems == []


TEXTS = [b"BusyBox v", b"1.2.3", b"\0", b"PHP/", b"X-Powered-By: PHP/", b"OpenSSL ", b" 1 Jan 2000"]
NAMES = sorted({glob.rpartition("/")[2].replace("*", "x") for rule in RULES for glob in rule.files})


@given(
    name=st.sampled_from(NAMES),
    content=st.lists(st.one_of(st.sampled_from(TEXTS), st.binary(max_size=9)), max_size=30),
)
def test_any_program_is_looked_through(name: str, content: list[bytes]) -> None:
    packages, problems = parse(CATALOGER, {f"bin/{name}": b"\x7fELF" + b"".join(content)})
    for package in packages:
        assert package.confidence == "low"
        assert package.evidence.isprintable()
        assert 0 < len(package.evidence) <= 200
    assert all(problem.where == f"bin/{name}" for problem in problems)


def test_parts_of_other_shapes_are_let_be() -> None:
    rule = RULES[0]
    assert versions(rule, b"\0") == {}
    assert list(chain(CATALOGER.parse({"bin/x": b""}))) == []
