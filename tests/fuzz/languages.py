"""Targets that read what package managers of Node.js, PHP, .NET and WordPress leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.packages.contract import Package, Problem, files_for
from analyzer.packages.registry import find_catalogers
from tests.fuzz.target import Target
from tests.support.tools import ROOT

_FOUND = {cataloger.name: cataloger for cataloger in find_catalogers()}
_MOST_SEED = 4000


def _file(name: str, path: str) -> Callable[[bytes], None]:
    """One file at a path that the cataloger wants, reduced where it asks for that."""
    cataloger = _FOUND[name]

    def run(data: bytes) -> None:
        files = files_for(cataloger.wants, {path: data})
        for item in cataloger.parse(files):
            if isinstance(item, Package):
                shown = item.name + item.version + item.supplier + item.homepage + item.namespace
                assert item.name
                assert "".join((shown, *item.licenses)).isprintable()
            else:
                assert isinstance(item, Problem)
        if cataloger.owns:
            list(cataloger.owns(files))

    return run


def _seeds(pattern: str) -> Callable[[], Iterator[bytes]]:
    """The fixtures at `pattern`, the large ones cut."""

    def seeds() -> Iterator[bytes]:
        for path in sorted((ROOT / "fixtures" / "packages").glob(pattern)):
            if path.is_file():
                yield path.read_bytes()[:_MOST_SEED]

    return seeds


_JSON = (b'"packages"', b'"dependencies"', b'"version"', b"null", b"[]", b"{}", b"1e999")
_YAML = (b"- ", b"? ", b": ", b"|-\n", b"'", b"{", b"[", b"---\n", b"&a", b"*a", b"!!str")
LANGUAGES = (
    Target(
        "node-package",
        _file("node", "app/node_modules/a/package.json"),
        _seeds("node/strange/**/package.json"),
        (b'"peerDependencies"', b'"license"', b'"author"', *_JSON),
    ),
    Target(
        "npm-lock",
        _file("nodelocks", "app/package-lock.json"),
        _seeds("nodelocks/*/**/package-lock.json"),
        (b'"node_modules/a"', b'"link"', b'"resolved"', b'"integrity"', *_JSON),
    ),
    Target(
        "yarn-lock",
        _file("nodelocks", "app/yarn.lock"),
        _seeds("nodelocks/*/**/yarn.lock"),
        (b"# yarn lockfile v1", b"__metadata:", b"resolution: ", *_YAML),
    ),
    Target(
        "pnpm-lock",
        _file("nodelocks", "app/pnpm-lock.yaml"),
        _seeds("nodelocks/*/**/pnpm-lock.yaml"),
        (b"lockfileVersion: '9.0'", b"packages:", b"snapshots:", *_YAML),
    ),
    Target(
        "bun-lock",
        _file("nodelocks", "app/bun.lock"),
        _seeds("nodelocks/*/**/bun.lock"),
        (b'"lockfileVersion": 1', b"// ", b"/*", b"*/", b",}", b'["a@1.0.0", "", {}, ""]', *_JSON),
    ),
    Target(
        "deno-lock",
        _file("nodelocks", "app/deno.lock"),
        _seeds("nodelocks/*/**/deno.lock"),
        (b'"version": "4"', b'"npm"', b'"jsr"', b'"specifiers"', b"npm:a@1.0.0_b@1", *_JSON),
    ),
    Target(
        "pnp-map",
        _file("nodelocks", "app/.pnp.cjs"),
        _seeds("nodelocks/*/**/.pnp.*"),
        (b"const RAW_RUNTIME_STATE =\n'", b'"packageRegistryData"', b"npm:", b"\\\n", *_JSON),
    ),
    Target(
        "composer",
        _file("php", "vendor/composer/installed.json"),
        _seeds("php/*/**/installed.json"),
        (b'"authors"', b'"license"', b'"require"', b'"dist"', *_JSON),
    ),
    Target(
        "pear-registry",
        _file("php", "usr/share/php/.registry/a.reg"),
        _seeds("php/*/**/*.reg"),
        (b"a:1:{", b's:4:"name";', b"i:0;", b"N;", b"b:1;", b"d:1.5;", b"O:1:", b"}"),
    ),
    Target(
        "deps-json",
        _file("dotnet", "app/a.deps.json"),
        _seeds("dotnet/*/**/*.deps.json"),
        (b'"libraries"', b'"targets"', b'"runtimeTarget"', b'"sha512"', *_JSON),
    ),
    Target(
        "nuspec",
        _file("dotnet", "root/.nuget/packages/a/1.0/a.nuspec"),
        _seeds("dotnet/*/**/*.nuspec"),
        (b"<package>", b"<metadata>", b"<id>a</id>", b"<!DOCTYPE", b"<!ENTITY", b"&e;", b"<?xml"),
    ),
    Target(
        "wordpress-plugin",
        _file("wordpress", "wp-content/plugins/a/a.php"),
        _seeds("wordpress/*/**/plugins/*/*.php"),
        (b"Plugin Name:", b"Version:", b"*/", b"?>", b"\r", b"#@ /*"),
    ),
)
