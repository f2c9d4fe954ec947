"""Which of two versions is newer, asked of the package managers that are installed.

Each of `TOOLS` takes any number of pairs and answers with -1, 0 or 1 for each, in one run where the
tool can do that.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.tools import require_tool, run, unavailable

Pair = tuple[str, str]
Ask = Callable[[Sequence[Pair]], list[int]]

_SEMVER = (
    "/usr/share/nodejs/semver",
    "/usr/lib/node_modules/npm/node_modules/semver",
    "/usr/local/lib/node_modules/npm/node_modules/semver",
)
"""What npm orders versions with: Debian's package of it, and where npm brings its own."""
_MAVEN = ("/usr/share/maven/lib",)
_GO = """package main

import (
    "bufio"
    "fmt"
    "os"
    "strings"

    "compare/semver"
)

func main() {
    lines := bufio.NewScanner(os.Stdin)
    for lines.Scan() {
        pair := strings.Split(lines.Text(), "\\t")
        if !semver.IsValid(pair[0]) || !semver.IsValid(pair[1]) {
            panic(lines.Text())
        }
        fmt.Println(semver.Compare(pair[0], pair[1]))
    }
}
"""


def _numbers(output: bytes, pairs: Sequence[Pair]) -> list[int]:
    """One number a line, one line a pair."""
    found = [int(word) for word in output.split()]
    assert len(found) == len(pairs)
    return [(number > 0) - (number < 0) for number in found]


def _lines(pairs: Sequence[Pair]) -> bytes:
    return "".join(f"{one}\t{two}\n" for one, two in pairs).encode()


def _dpkg(pairs: Sequence[Pair]) -> list[int]:
    dpkg = require_tool("dpkg")

    def holds(one: str, relation: str, two: str) -> bool:
        done = run([dpkg, "--compare-versions", one, relation, two], check=False)
        assert not done.stderr, done.stderr
        return done.returncode == 0

    return [-1 if holds(*p[:1], "lt", p[1]) else int(not holds(p[0], "eq", p[1])) for p in pairs]


def _rpm(pairs: Sequence[Pair]) -> list[int]:
    """The Lua binding takes whole versions with epoch and release from rpm 4.16 on."""
    calls = "; ".join(f'print(rpm.vercmp("{one}", "{two}"), "")' for one, two in pairs)
    return _numbers(run([require_tool("rpm"), "--eval", f"%{{lua: {calls}}}"]).stdout, pairs)


def _vercmp(pairs: Sequence[Pair]) -> list[int]:
    vercmp = require_tool("vercmp")
    return [int(run([vercmp, *pair]).stdout) for pair in pairs]


def _ruby(pairs: Sequence[Pair]) -> list[int]:
    text = 'STDIN.each_line { |l| a, b = l.chomp.split("\\t"); '
    text += "puts Gem::Version.new(a) <=> Gem::Version.new(b) }"
    return _numbers(run([require_tool("ruby"), "-e", text], stdin=_lines(pairs)).stdout, pairs)


def _perl(pairs: Sequence[Pair]) -> list[int]:
    text = "while (<>) { chomp; my ($a, $b) = split /\\t/; "
    text += 'print version->parse($a) <=> version->parse($b), "\\n" }'
    done = run([require_tool("perl"), "-Mversion", "-e", text], stdin=_lines(pairs))
    return _numbers(done.stdout, pairs)


def _r(pairs: Sequence[Pair]) -> list[int]:
    text = 'd <- read.table("stdin", sep="\\t", colClasses="character"); '
    text += 'for (i in seq_len(nrow(d))) cat(utils::compareVersion(d[i,1], d[i,2]), "\\n")'
    done = run([require_tool("R"), "--vanilla", "-s", "-e", text], stdin=_lines(pairs))
    return _numbers(done.stdout, pairs)


def _node(pairs: Sequence[Pair]) -> list[int]:
    semver = next((path for path in _SEMVER if Path(path, "package.json").exists()), None)
    if semver is None:
        unavailable("node-semver is not installed")
    text = f"const s = require({json.dumps(semver)});"
    text += f"for (const [a, b] of {json.dumps(pairs)}) console.log(s.compare(a, b))"
    return _numbers(run([require_tool("node"), "-e", text]).stdout, pairs)


def _maven(pairs: Sequence[Pair]) -> list[int]:
    """`ComparableVersion` prints how each of its arguments compares with the next."""
    library = next((Path(path) for path in _MAVEN if Path(path).is_dir()), None)
    if library is None:
        unavailable("maven is not installed")
    jars = [*library.glob("maven-artifact*.jar"), *library.glob("commons-lang3*.jar")]
    main = "org.apache.maven.artifact.versioning.ComparableVersion"
    words = [version for pair in pairs for version in pair]
    java = [require_tool("java"), "-cp", ":".join(map(str, jars)), main]
    lines = run([*java, *words]).stdout.decode().splitlines()
    signs = [line.split()[-2] for line in lines if line.startswith("   ")]
    return [{"<": -1, "==": 0, ">": 1}[sign] for sign in signs[::2]]


def _go(pairs: Sequence[Pair]) -> list[int]:
    """golang.org/x/mod/semver as the go command itself was built with."""
    go = require_tool("go")
    root = run([go, "env", "GOROOT"]).stdout.decode().strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "semver").mkdir()
        source = Path(root, "src/cmd/vendor/golang.org/x/mod/semver/semver.go")
        (folder / "semver/semver.go").write_bytes(source.read_bytes())
        (folder / "main.go").write_text(_GO)
        (folder / "go.mod").write_text("module compare\n\ngo 1.19\n")
        done = run([go, "run", "."], cwd=folder, stdin=_lines(pairs))
    return _numbers(done.stdout, pairs)


def _php(pairs: Sequence[Pair]) -> list[int]:
    text = 'while ($line = fgets(STDIN)) { [$a, $b] = explode("\\t", rtrim($line, "\\n")); '
    text += 'echo version_compare($a, $b), "\\n"; }'
    return _numbers(run([require_tool("php"), "-r", text], stdin=_lines(pairs)).stdout, pairs)


def _nix(pairs: Sequence[Pair]) -> list[int]:
    """`builtins` need no store."""
    asked = " ".join(f"(builtins.compareVersions {_quoted(a)} {_quoted(b)})" for a, b in pairs)
    nix = [require_tool("nix-instantiate"), "--store", "dummy://", "--eval", "--strict", "--expr"]
    return _numbers(run([*nix, f"[ {asked} ]"]).stdout.strip(b"[] \n"), pairs)


def _quoted(text: str) -> str:
    return json.dumps(text).replace("${", "\\${")


TOOLS: dict[str, Ask] = {
    "alpm": _vercmp,
    "cpan": _perl,
    "cran": _r,
    "deb": _dpkg,
    "gem": _ruby,
    "golang": _go,
    "maven": _maven,
    "nix": _nix,
    "npm": _node,
    "opkg": _dpkg,
    "pear": _php,
    "rpm": _rpm,
    "wordpress": _php,
}
"""By the name of the rules. opkg compares with what once was dpkg's code (libopkg/pkg.c): dpkg
answers for it wherever it takes the version."""
