"""Which number the user of an image has, against the runtime specs that podman writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.api import analyze
from analyzer.findings.model import FindingKind
from analyzer.findings.users import is_number, listed_number, number_of
from tests.support.engines import podman
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Dir, Entries

ROOT = b"root:x:0:0::/:\n"
#: The user, the lines of passwd below that of root, and the number that podman 4.3.1 gives.
ANSWERS = {
    "plus": ("+0", b"", 0),
    "minus": ("-0", b"", 0),
    "seven": ("+7", b"", 7),
    "zeros": ("0" * 30, b"", 0),
    "letters": ("app", b"app:x:zz:5::/:\n", 0),
    "hexadecimal": ("app", b"app:x:0x5:5::/:\n", 0),
    "underscore": ("app", b"app:x:1_0:5::/:\n", 0),
    "blank": ("app", b"app:x: 0:5::/:\n", 0),
    "short": ("app", b"app:x\n", 0),
    "name-only": ("app", b"app\n", 0),
    "empty": ("app", b"app:x:::::\n", 0),
    "signed": ("app", b"app:x:+000:5::/:\n", 0),
    "form-feed": ("app", b"junk:x:5:5:\x0capp:x:1000:1000::/:\napp:x:0:5::/:\n", 0),
    "return": ("app", b"junk:x:5:5:\rapp:x:1000:1000::/:\napp:x:0:5::/:\n", 0),
    "next-line": ("app", b"junk:x:5:5:\xc2\x85app:x:1000:1000::/:\napp:x:0:5::/:\n", 0),
    "no-break-space": ("app", b"\xc2\xa0app:x:0:5::/:\n", 0),
    "first": ("app", b"app:x:5:5::/:\napp:x:0:0::/:\n", 5),
    "comment": ("#app", b"#app:x:0:0::/:\n", 0),
    "wraps": ("app", b"app:x:4294967296:5::/:\n", 0),
    "negative": ("app", b"app:x:-1:5::/:\n", 4294967295),
    "too-large": ("app", b"app:x:99999999999999999999:5::/:\n", 4294967295),
    "too-small": ("app", b"app:x:-99999999999999999999:5::/:\n", 0),
    "large-name": ("99999999999999999999", b"99999999999999999999:x:0:5::/:\n", 0),
}
CASES = pytest.mark.parametrize(("user", "passwd", "number"), ANSWERS.values(), ids=ANSWERS)


def image(folder: Path, user: str, passwd: bytes) -> Path:
    layer: Entries = {"a": b"", "dev/": Dir(), "etc/passwd": ROOT + passwd}
    return (
        ImageBuilder()
        .layer(layer)
        .config(config={"User": user, "Cmd": ["/a"]})
        .write_oci(folder, ref_name="v")
    )


@CASES
def test_the_number_that_podman_gives(user: str, passwd: bytes, number: int) -> None:
    told = number_of(user) if is_number(user) else listed_number(user, ROOT + passwd)
    assert told == number


@CASES
def test_who_runs_as_root(tmp_path: Path, user: str, passwd: bytes, number: int) -> None:
    [report] = analyze(str(image(tmp_path / "layout", user, passwd))).images
    found = [each for each in report.findings if each.kind is FindingKind.RUNS_AS_ROOT]
    assert bool(found) is (number == 0)


def test_podman_gives_these_numbers(tmp_path: Path) -> None:
    """`podman init` writes the runtime spec, whether or not a runtime can start it here."""
    given: dict[str, Any] = {}
    with podman() as client:
        for name, (user, passwd, _) in ANSWERS.items():
            layout = image(tmp_path / name, user, passwd)
            pulled = client("pull", "-q", f"oci:{layout}:v").strip()
            made = client("create", "--network=none", pulled).strip()
            try:
                client("init", made)
            except AssertionError as refused:
                given[name] = str(refused)
            folder = client("container", "inspect", "--format", "{{.StaticDir}}", made).strip()
            spec = Path(folder, "config.json")
            if spec.exists():
                given[name] = json.loads(spec.read_text())["process"]["user"]["uid"]
    assert given == {name: number for name, (_, _, number) in ANSWERS.items()}


@pytest.mark.parametrize(
    "user", ["", "+", "-", "5.0", " 0", "0x0", "\u0660", "1_0", "+-0", "9" * 20]
)
def test_no_numbers(user: str) -> None:
    """Go's `strconv.Atoi`: decimal digits of ASCII with or without a sign, in 64 bits."""
    assert not is_number(user)


def test_a_separator_of_ascii_is_no_blank() -> None:
    """Podman: "unable to find user app: no matching entries in passwd file"."""
    assert listed_number("app", ROOT + b"\x1capp:x:0:5::/:\n") is None


def test_a_long_number_takes_no_time() -> None:
    assert is_number("0" * 1_000_000)
    assert not is_number("0" * 1_000_000 + "x")
    assert not is_number("9" * 1_000_000)
