"""Targets that read short words of strangers: versions, licences, package URLs, build steps."""

from __future__ import annotations

import json
from collections.abc import Iterator

from analyzer.capabilities import capabilities_text
from analyzer.diff import versions
from analyzer.diff.platforms.apkscripts import same_scripts
from analyzer.diff.purlparts import purl_parts
from analyzer.layering.dockerfile import dockerfile_of
from analyzer.packages.commonlicences import common
from analyzer.packages.licences import license_expression
from tests.fuzz.contents import LIMITS
from tests.fuzz.documents import image_with
from tests.fuzz.streams import with_checksums
from tests.fuzz.target import Target
from tests.support.codecs import compress
from tests.support.imagebuilder import tar_bytes

_RULES = (
    *("alpm", "apk", "bitnami", "brew", "cargo", "composer", "conan", "conda", "cpan", "cran"),
    *("deb", "gem", "golang", "hex", "julia", "luarocks", "maven", "nix", "npm", "nuget"),
    *("opkg", "otp", "pear", "portage", "pub", "pypi", "rpm", "swift", "wordpress"),
)
_KINDS = ("apk", "cargo", "cran", "deb", "gem", "maven", "npm", "pypi", "rpm")
_CUT = b"\n--8<--\n"


def run_versions(data: bytes) -> None:
    """Two versions around a line end; the first byte chooses the rules. Turned, turned around."""
    rules = _RULES[(data[0] if data else 0) % len(_RULES)]
    one, _, two = data[1:].decode("utf-8", "replace").partition("\n")
    found, turned = versions.order(rules, one, two), versions.order(rules, two, one)
    assert (found is None) == (turned is None)
    assert found is None or turned is None or _sign(found) == -_sign(turned)
    assert versions.order(rules, one, one) in {0, None}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _versions() -> Iterator[bytes]:
    for number in range(len(_RULES)):
        yield bytes([number]) + b"1.2.3-4\n1.10~rc1+b2"
        yield bytes([number]) + b"v1!2:3.0_p1-r2\n2024.a5.post1.dev0"


def run_licence(data: bytes) -> None:
    """An expression means itself, and the short way to one is that of the library.

    The first byte chooses the ecosystem; lines are statements.
    """
    kind = _KINDS[(data[0] if data else 0) % len(_KINDS)]
    lines = data[1:].decode("utf-8", "replace").split("\n")
    found = license_expression(kind, lines)
    assert found.isprintable()
    assert not found or license_expression("", [found]) == found
    for line in lines:
        short = common(line) if line.isascii() and line.isprintable() else None
        assert not short or license_expression("", [short]) == short


def _licences() -> Iterator[bytes]:
    stated = (b"MIT AND (Apache-2.0 OR GPL-2.0-or-later WITH Classpath-exception-2.0)", b"GPL-2+")
    for number in range(len(_KINDS)):
        yield bytes([number]) + b"\n".join(stated)
        yield bytes([number]) + b"GPL (>= 2) | BSD_3_clause + file LICENSE\nLicense :: MIT License"


def run_purl(data: bytes) -> None:
    """A package URL has a type and a name, or is none."""
    parts = purl_parts(data.decode("utf-8", "replace"))
    assert parts is None or (parts.type and parts.name)


def run_steps(data: bytes) -> None:
    """Texts with a NUL between them, as the steps of a history; the first is an environment."""
    first, *texts = data.decode("utf-8", "replace").split("\0")
    name, _, value = first.partition("=")
    run = {"Env": first.split("\n"), "Labels": {name: value}}
    steps = [
        {"created_by": text, "empty_layer": not number % 3} for number, text in enumerate(texts)
    ]
    image = image_with(json.dumps({"config": run, "history": steps}).encode())
    if image is not None:
        lines = dockerfile_of(image).split("\n")
        assert all(line.replace("\t", "").isprintable() for line in lines)


def _steps() -> Iterator[bytes]:
    yield b"\0".join(
        (
            b"PATH=/bin\nA=b c",
            b"/bin/sh -c #(nop) ADD file:abc in / ",
            b'/bin/sh -c #(nop)  CMD ["sh"]',
            b"RUN |2 A=b c B=d /bin/sh -c echo $A # buildkit",
            b"COPY --chown=1:2 a b /c/ # buildkit",
            b"/bin/sh -c #(nop)  ENV A=b c",
            b'HEALTHCHECK &{["CMD-SHELL" "true"] "30s" "0s" "0s" "0s" \'\\x03\'}',
            b"/bin/sh -c #(nop)  LABEL a=b\nc=d e",
            b"RUN /bin/sh -c set -e;\n\ttoken=ghp_abcdefghij # buildkit",
            b"EXPOSE map[80/tcp:{} 53/udp:{}]",
        )
    )
    yield b"\0".join(
        (b"A=1", b"SHELL [/bin/bash -c]", b"VOLUME [/a /b c]", b"USER 0", b"WORKDIR /")
    )


def run_capability(data: bytes) -> None:
    """The value of `security.capability` is said in words."""
    assert capabilities_text(data).isprintable()


def _capabilities() -> Iterator[bytes]:
    yield bytes.fromhex("0100000200200000000000000000000000000000")
    yield bytes.fromhex("000000030004000000000000000000000000000000000000")
    yield bytes.fromhex("010000010020000000000000")


def run_scripts(data: bytes) -> None:
    """The scripts of apk on two sides of a mark; any order, one answer."""
    sides = [with_checksums(part) for part in data.split(_CUT, 1)]
    assert same_scripts(sides, LIMITS) == same_scripts(sides[::-1], LIMITS)


def _scripts() -> Iterator[bytes]:
    one, two = (
        tar_bytes({f"a-1-r0.Q1{letter * 27}=.post-install": b"#!/bin/sh\n"}) for letter in "ab"
    )
    yield one + _CUT + two
    yield compress(one, "gzip") + _CUT + compress(two, "gzip")


WORDS = (
    Target(
        "version-order",
        run_versions,
        _versions,
        (b"~", b"^", b"alpha", b"beta", b"rc", b"post", b"dev", b"-SNAPSHOT", b"1!", b"0:", b"_p"),
    ),
    Target(
        "licence",
        run_licence,
        _licences,
        (b" AND ", b" OR ", b" WITH ", b"LicenseRef-", b"GPL-2.0+", b"(", b")", b"+", b", and "),
    ),
    Target(
        "purl",
        run_purl,
        lambda: [b"pkg:npm/%40a/b@1.2%2B3?arch=x&a=b#c/d", b"PKG://deb/debian/a@1:2"],
        (b"pkg:", b"%40", b"?", b"#", b"%ff"),
    ),
    Target(
        "build-steps",
        run_steps,
        _steps,
        (b"/bin/sh -c #(nop) ", b" # buildkit", b"RUN |", b"--mount=", b"\0", b"<<EOF\n", b"map["),
    ),
    Target("capability", run_capability, _capabilities),
    Target("apk-scripts", run_scripts, _scripts, (_CUT, b".post-install", b".Q1")),
)
