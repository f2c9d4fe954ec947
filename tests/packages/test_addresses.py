"""Nothing that somebody logs in with is handed on; pip's own rule is the oracle."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from analyzer import analyze, to_cyclonedx, to_document, to_spdx
from analyzer.packages.catalogers import (
    erlanglocks,
    golocks,
    javalocks,
    nodelocks,
    pythonlocks,
    rlocks,
    rubylocks,
    rustlocks,
)
from analyzer.packages.contract import Cataloger, Package
from analyzer.packages.formats.addresses import without_login, without_logins
from analyzer.packages.parsing import ParseCache
from analyzer.packages.purl import package_url
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import run

ADDRESSES = (
    "https://example.com/a.git",
    "https://user:secret@example.com/a.git",
    "https://ghp_0123456789@example.com/a.git",
    "https://x-access-token:ghs_0123@example.com:8443/a.git?b=c@d#e@f",
    "https://us@er:p@ss@example.com/a@b",
    "https://${USER}:${PASSWORD}@example.com/a.git",
    "https://${TOKEN}@example.com/a.git",
    "https://${TOKEN}:x@example.com/a.git",
    "ssh://git@example.com/a.git",
    "http://user@example.com",
    "https://example.com/~user@home/a",
    "file:///srv/a@b",
    "git@example.com:a/b.git",
    "a: //b@c",
)
PIP = """
import json, sys
from pip._internal.models.direct_url import DirectUrl, VcsInfo
urls = json.load(sys.stdin)
print(json.dumps([DirectUrl(url, VcsInfo("git", "0")).redacted_url for url in urls]))
"""


def test_what_pip_takes_away_is_taken_away() -> None:
    """It ends the login at the first `@`, which leaves a piece of a password that has one."""
    pytest.importorskip("pip")
    plain = [address for address in ADDRESSES if "p@ss" not in address]
    done = run([sys.executable, "-c", PIP], stdin=json.dumps(plain).encode())
    assert [without_login(address) for address in plain] == json.loads(done.stdout)


@pytest.mark.parametrize("scheme", ["git+https", "git+http", "hg+https", "svn+http", "ftp"])
def test_a_tool_before_the_scheme_changes_nothing(scheme: str) -> None:
    assert without_login(f"{scheme}://u:p@h/a@{'0' * 40}") == f"{scheme}://h/a@{'0' * 40}"


def test_a_password_with_an_at_sign_goes_as_a_whole() -> None:
    assert without_login("https://us@er:p@ss@example.com/a@b") == "https://example.com/a@b"


def test_over_ssh_the_user_stays_and_the_password_goes() -> None:
    """RFC 3986, 3.2.1: what is behind the first colon is the password."""
    assert without_login("git+ssh://hg:secret@example.com/a") == "git+ssh://hg@example.com/a"


@pytest.mark.parametrize("key", ["vcs_url", "download_url", "repository_url"])
def test_no_password_is_in_a_package_url(key: str) -> None:
    package = Package("a", "1", "", "npm", qualifiers=((key, "https://u:secret@example.com/a"),))
    cataloger = Cataloger("x", 1, "file", (), lambda _files: [package])
    ((told,), _) = ParseCache().parse(cataloger, {})
    url = package_url(told, None)
    assert "secret" not in f"{url} {told}"
    assert url.endswith(f"{key}=https:%2F%2Fexample.com%2Fa")


def test_another_password_is_no_other_origin(tmp_path: Path) -> None:
    """What is handed on tells two packages apart, so that no two have the same package URL."""
    locks: dict[str, bytes] = {}
    for who in ("a:1@", "b:2@", ""):
        source = f'"git+https://{who}git.example/x#{"0" * 40}"'
        text = f'[[package]]\nname = "x"\nversion = "1.0.0"\nsource = {source}\n'
        locks[f"srv/{len(locks)}/Cargo.lock"] = text.encode()
    report = analyze(str(ImageBuilder().layer(locks).write_oci(tmp_path)))
    (package,) = report.images[0].packages
    assert len(package.locations) == 3


@pytest.mark.parametrize("address", ADDRESSES)
def test_in_a_text_addresses_become_what_they_become_alone(address: str) -> None:
    plain = without_login(address)
    assert without_logins(address) == plain
    assert without_logins(f"<{address} ({address}") == f"<{plain} ({plain}"


@pytest.mark.parametrize("piece", ["a", "a:", "a://", "ssh", "://a@", "a://b@ "])
def test_texts_of_any_length_are_read_in_linear_time(piece: str) -> None:
    start = time.process_time()
    without_logins(piece * 200_000)
    assert time.process_time() - start < 5


LOGIN = "https://user:secret-{}@h.example/b".format("x" * 60)
CRATE = """[[package]]
name = "a"
version = "1"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""


@pytest.mark.parametrize(
    ("cataloger", "path", "content"),
    [
        (nodelocks, "deno.lock", f'{{"version":"4","remote":{{"{LOGIN}":"aa"}}}}'),
        (nodelocks, "deno.lock", f'{{"version":"4","remote":{{"{LOGIN}":1}}}}'),
        (rustlocks, "Cargo.lock", f'{CRATE}dependencies = ["b 1 (git+{LOGIN})"]'),
        (erlanglocks, "mix.lock", f'%{{\n"a": {{:git, {LOGIN}", "0", []}},\n}}'),
        (erlanglocks, "mix.lock", f'%{{"{LOGIN}": 1}}'),
        (erlanglocks, "rebar.lock", f'{{"1", []}} "{LOGIN}".'),
        (rlocks, "renv.lock", f'{{"Packages":{{"q":{{"Version":"1","URL":"{LOGIN}"}}}}}}'),
        (nodelocks, "yarn.lock", f'# yarn lockfile v1\n\n\n"a@{LOGIN}\n'),
        (nodelocks, "bun.lock", f'{{"lockfileVersion":1,"packages":{{"a@{LOGIN}":["x"]}}}}'),
        (nodelocks, "deno.lock", f'{{"version":"4","npm":{{"{LOGIN}":{{}}}}}}'),
        (nodelocks, "pnpm-lock.yaml", f"lockfileVersion: '9.0'\npackages:\n  '{LOGIN}': {{}}\n"),
        (rubylocks, "Gemfile.lock", f"GEM\n  remote: x\n  specs:\n    {LOGIN}\n"),
        (pythonlocks, "requirements.txt", f"foo {LOGIN} ; @ y"),
        (javalocks, "gradle.lockfile", f"{LOGIN} x\n"),
        (golocks, "go.mod", f'module m\nreplace a => "{LOGIN}" b c\n'),
    ],
)
def test_no_password_is_in_what_lock_files_yield(
    cataloger: ModuleType, path: str, content: str
) -> None:
    found = list(cataloger.parse({path: content.encode()}))
    assert "h.example" in repr(found)
    assert "secret" not in repr(found)


PAGES = {
    "usr/lib/python3/dist-packages/a-1.dist-info/METADATA": (
        f"Metadata-Version: 2.1\nName: a\nVersion: 1\nHome-page: {LOGIN}\n\n"
    ),
    "srv/node_modules/b/package.json": json.dumps(
        {
            "name": "b",
            "version": "1.0.0",
            "homepage": LOGIN,
            "author": {"name": "A", "url": LOGIN},
            "license": LOGIN,
        }
    ),
    "srv/composer.lock": json.dumps(
        {"packages": [{"name": "x/c", "version": "1", "homepage": LOGIN}]}
    ),
    "srv/go.mod": f'module m\ngo 1.21\nrequire "{LOGIN}" v1.0.0\n',
}


def test_no_password_is_in_what_is_told_of_an_image(tmp_path: Path) -> None:
    files = {path: text.encode() for path, text in PAGES.items()}
    report = analyze(str(ImageBuilder().layer(files).write_oci(tmp_path / "layout")))
    image = report.images[0]
    assert sorted(package.type for package in image.packages) == [
        "composer",
        "golang",
        "npm",
        "pypi",
    ]
    papers = to_cyclonedx(report, image), to_spdx(report, image)
    for shown in (report, to_document(report), *papers):
        assert "h.example" in str(shown)
        assert "secret" not in str(shown)
