"""What the native tools said of the language image, layer by layer, as sets to compare with.

From `expected.json` of `scripts/language_image.py`, whose layers stand on those of `oci-layout`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.realimages import LANGUAGES, expected

#: Layers of the image below: the bootstrap, netbase removed by dpkg, odd kinds of entries.
BELOW = 3
STEPS = ("python", "node", "ruby", "java", "programs", "changes")
Named = frozenset[tuple[str, str]]
"""Names and versions."""


def layers(architecture: str) -> list[dict[str, Any]]:
    """The answers after each layer, for those tools whose answers it may have changed."""
    found: list[dict[str, Any]] = expected(LANGUAGES)[architecture]["layers"]
    assert tuple(each["step"] for each in found) == STEPS
    return found


def last(architecture: str, tool: str) -> Any:  # noqa: ANN401 - JSON
    """What a tool said last."""
    (*_, answer) = (each[tool] for each in layers(architecture) if tool in each)
    return answer


def by_layer(architecture: str, tool: str) -> dict[int, Named]:
    """The packages that a tool lists after each layer that concerned it, by layer number."""
    return {
        BELOW + number: READERS[tool](each[tool])
        for number, each in enumerate(layers(architecture))
        if tool in each
    }


def pypi_name(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def of_dpkg(lines: list[str]) -> Named:
    """What dpkg-query says is on disk: of the states in the image, only config-files is not."""
    rows = (line.split() for line in lines)
    return frozenset((name, version) for state, name, version, _ in rows if state != "config-files")


def of_pip(rows: list[dict[str, Any]]) -> Named:
    """`pip list`."""
    return frozenset((pypi_name(row["name"]), row["version"]) for row in rows)


def of_gem(lines: list[str]) -> Named:
    """`gem list`: `name (1.1, default: 1.0)`, a platform may stand behind a version."""

    def rows() -> Iterator[tuple[str, str]]:
        for line in lines:
            found = re.fullmatch(r"(\S+) \((.+)\)", line)
            assert found is not None, line
            for version in found[2].split(", "):
                yield found[1], version.removeprefix("default: ").split()[0]

    return frozenset(rows())


def of_npm(tree: dict[str, Any]) -> Named:
    """`npm ls --all --json`; an optional dependency that is not there has no version."""

    def rows(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, below in node.get("dependencies", {}).items():
            if "version" in below:
                yield name, below["version"]
            yield from rows(below)

    return frozenset(rows(tree))


def of_go(programs: dict[str, list[str]]) -> Named:
    """`go version -m`: modules by `mod` and `dep`, but where `=>` replaces the one before.

    The first line is the version of Go, which is that of its standard library.
    """
    found = set()
    for head, *lines in programs.values():
        found.add(("stdlib", head.removeprefix("go")))
        rows: list[list[str]] = []
        for line in lines:
            words = line.split("\t")
            if words[0] == "=>":
                rows.pop()
            if words[0] in {"mod", "dep", "=>"}:
                rows.append(words)
        found |= {(words[1], words[2]) for words in rows}
    return frozenset(found)


def of_rust(programs: dict[str, list[dict[str, Any]]]) -> Named:
    """All packages of the audit sections."""
    return frozenset((row["name"], row["version"]) for rows in programs.values() for row in rows)


def of_jars(archives: dict[str, dict[str, Any]]) -> Named:
    """`groupId/artifactId` and version of every pom.properties."""

    def rows() -> Iterator[tuple[str, str]]:
        for facts in archives.values():
            for text in facts["poms"].values():
                pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
                pom = {key.strip(): value.strip() for key, _, value in pairs}
                yield f"{pom['groupId']}/{pom['artifactId']}", pom["version"]

    return frozenset(rows())


READERS: dict[str, Callable[[Any], Named]] = {
    "dpkg": of_dpkg,
    "pip": of_pip,
    "gem": of_gem,
    "npm": of_npm,
    "shop": of_npm,
    "go": of_go,
    "rust": of_rust,
    "jars": of_jars,
}


def introduced(architecture: str, tool: str) -> dict[tuple[str, str], int]:
    """For each package at the top, the first layer of the unbroken run in which it was listed."""
    found: dict[tuple[str, str], int] = {}
    for layer, listed in by_layer(architecture, tool).items():
        found = {each: found.get(each, layer) for each in listed}
    if tool == "dpkg":
        below = of_dpkg(expected("oci-layout")["platforms"][architecture]["packages"])
        found |= dict.fromkeys(below & found.keys(), 0)
    return found


def turns(architecture: str, tool: str) -> set[tuple[int, str, str, str]]:
    """Layer, name, version gone and version come, for what a later layer than the first changed.

    A name of which one version went and one came was changed from one to the other.
    """
    found = set()
    before: Named | None = None
    for layer, after in by_layer(architecture, tool).items():
        for name in {name for name, _ in after ^ (before or frozenset())} if before else ():
            gone = sorted(version for each, version in (before or set()) - after if each == name)
            come = sorted(version for each, version in after - (before or set()) if each == name)
            if len(gone) == len(come) == 1:
                found.add((layer, name, gone[0], come[0]))
                continue
            found |= {(layer, name, version, "") for version in gone}
            found |= {(layer, name, "", version) for version in come}
        before = after
    return found
