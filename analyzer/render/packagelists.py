"""Packages for spreadsheets, documents and other programs: CSV, Markdown, package URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.csvtext import csv_text
from analyzer.packages.choosing import Choice, Standing, standing_of
from analyzer.packages.contract import Package
from analyzer.paths import printable
from analyzer.render.packages import full_name
from analyzer.render.text import heading
from analyzer.report import ImageReport, Report

CSV_HEADERS = (
    *("image", "platform", "type", "namespace", "name", "version", "arch", "standing", "state"),
    *("layer", "purl", "license_expression", "licenses", "source", "source_version", "supplier"),
    *("cataloger", "method", "confidence", "path", "owner", "step"),
)
_MARKDOWN = ("name", "version", "architecture", "type", "layer", "licence")
_STATE = "state"


def packages_csv(report: Report, choice: Choice) -> str:
    """One line for each package; cells that do not apply are empty."""
    rows = (
        (
            image.names[0] if image.names else f"@{image.position}",
            image.platform,
            *_cells(package),
            _step(package, image),
        )
        for image in report.images
        for package in choice.of(image.packages)
    )
    return csv_text(CSV_HEADERS, rows)


def _cells(package: Package) -> Iterator[object]:
    source = package.source
    yield package.type
    yield from (package.namespace, package.name, package.version, package.arch)
    yield standing_of(package).value
    yield package.state
    yield "" if package.introduced_in is None else package.introduced_in
    yield package.purl
    yield package.license_expression
    yield "; ".join(package.licenses)
    yield source.name if source else ""
    yield source.version if source else ""
    yield package.supplier
    yield package.cataloger
    yield package.method
    yield package.confidence
    yield package.locations[0].path if package.locations else ""
    yield package.owner


def _step(package: Package, image: ImageReport) -> str:
    """The build step that brought it, secrets masked; empty where that is not known."""
    layer = package.introduced_in
    return (image.layers[layer].created_by or "") if layer is not None else ""


def packages_markdown(report: Report, choice: Choice) -> str:
    """A heading and a table for each platform, as GitHub shows them."""
    return "\n".join(line for image in report.images for line in _section(image, choice))


def _section(image: ImageReport, choice: Choice) -> Iterator[str]:
    yield f"## {_cell(heading(image))}\n"
    chosen = choice.of(image.packages)
    standings = [standing_of(package) for package in chosen]
    # As in the table: what is only declared must not pass for installed.
    told = any(standing is not Standing.INSTALLED for standing in standings)
    headers = (*_MARKDOWN, _STATE) if told else _MARKDOWN
    yield _line(headers)
    yield _line("---" for _ in headers)
    for package, standing in zip(chosen, standings, strict=True):
        layer = "" if package.introduced_in is None else str(package.introduced_in)
        licence = package.license_expression or "; ".join(package.licenses)
        cells = (full_name(package), package.version, package.arch, package.type, layer, licence)
        yield _line(map(_cell, (*cells, standing.value)[: len(headers)]))
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text that Markdown takes for nothing else (CommonMark 0.31, 2.4; GFM, "Tables")."""
    shown = printable(text)
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>#&~" else letter for letter in shown)


def package_urls(report: Report, choice: Choice) -> str:
    """Package URLs of all platforms, one on each line, each once, sorted."""
    found = {
        package.purl
        for image in report.images
        for package in choice.of(image.packages)
        if package.purl
    }
    return "".join(f"{url}\n" for url in sorted(found))


def without_url(report: Report, choice: Choice) -> int:
    """How many of the chosen packages have no package URL."""
    return sum(not package.purl for image in report.images for package in choice.of(image.packages))
