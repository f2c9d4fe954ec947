"""WordPress with its plugins and themes, by the headers in their files.

https://developer.wordpress.org/plugins/plugin-basics/header-requirements/ and
https://developer.wordpress.org/themes/basics/main-stylesheet-style-css/. Which files are looked at:
`get_plugins`, `get_mu_plugins` and `search_theme_directories` of WordPress. A plugin is called by
its folder, or by its file where it has none, as `wp plugin list` does and wordpress.org too.
Must-use plugins without a header are listed by WordPress as file names only; here they are not.

The package URL standard has no type for these, so they are `generic`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    unpack,
    warning,
)
from analyzer.packages.formats import wpheader
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.text import text

_CORE = "wp-includes/version.php"
_VERSION = re.compile(rb"^\$wp_version[ \t]*=[ \t]*'([^'\\]*)'[ \t]*;", re.MULTILINE)
_CONTENT = "wp-content"


def parse(files: Files) -> Iterator[Package | Problem]:
    """WordPress itself, and each plugin and theme that it would list."""
    for path in sorted(files):
        if f"/{path}".endswith(f"/{_CORE}"):
            yield from _core(path, files[path])
            continue
        values = {name: text(value) for name, value in unpack(files[path]).items()}
        kind = "theme" if path.endswith("style.css") else "plugin"
        if {"theme": wpheader.THEME, "plugin": wpheader.PLUGIN}[kind] in values:
            yield from _extension(path, kind, values)


def _core(path: str, data: bytes) -> Iterator[Package | Problem]:
    match = _VERSION.search(data)
    if match is None:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "no $wp_version in it")
        return
    yield _package(path, "", "wordpress", text(match[1]))


def _extension(path: str, kind: str, values: Mapping[str, str]) -> Iterator[Package | Problem]:
    place, slug = _placed(path)
    version = values.get("Version", "")
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"{kind} {slug} has no version")
    needed = values.get("Requires Plugins", "") if kind == "plugin" else values.get("Template", "")
    needs = sorted({name.strip() for name in needed.split(",")} - {"", slug})
    yield _package(
        path,
        f"wordpress-{kind}",
        slug,
        version,
        licenses=tuple(filter(None, [values.get("License", "")])),
        supplier=values.get("Author", ""),
        homepage=values.get(f"{kind.capitalize()} URI", ""),
        requires=tuple((f"{place}:{kind}:{name}",) for name in needs),
        provides=(f"{place}:{kind}:{slug}",),
    )


def _placed(path: str) -> tuple[str, str]:
    """The folder with all content of one WordPress, and what the extension is called."""
    *above, outer, folder, name = ["", *path.split("/")]
    if outer == _CONTENT:
        return "/".join([*above, outer][1:]), shown(name.removesuffix(".php"))
    return "/".join(above[1:]), shown(folder)


def _package(
    path: str,
    namespace: str,
    name: str,
    version: str,
    *,
    licenses: tuple[str, ...] = (),
    supplier: str = "",
    homepage: str = "",
    requires: tuple[tuple[str, ...], ...] = (),
    provides: tuple[str, ...] = (),
) -> Package:
    return Package(
        name=name,
        version=version,
        arch="",
        type="generic",
        licenses=licenses,
        supplier=supplier,
        homepage=homepage,
        locations=(Location(path),),
        namespace=namespace,
        requires=requires,
        provides=provides,
        method="metadata",
    )


CATALOGER = Cataloger(
    name="wordpress",
    version=1,
    group="file",
    wants=(
        Want(f"**/{_CORE}"),
        Want(f"**/{_CONTENT}/plugins/*.php", reducer=wpheader.REDUCER),
        Want(f"**/{_CONTENT}/plugins/*/*.php", reducer=wpheader.REDUCER),
        Want(f"**/{_CONTENT}/mu-plugins/*.php", reducer=wpheader.REDUCER),
        Want(f"**/{_CONTENT}/themes/*/style.css", reducer=wpheader.REDUCER),
    ),
    parse=parse,
    about="WordPress, its plugins and themes",
    fills=frozenset({"namespace", "licenses", "supplier", "homepage", "requires", "provides"}),
)
