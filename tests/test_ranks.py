"""Imports go one way: every module imports lower ranks and its own package only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "analyzer"

RANK = {
    "version": 0,
    "problems": 0,
    "errors": 1,
    "canonical": 1,
    "capabilities": 1,
    "csvtext": 1,
    "jsonvalues": 1,
    "paths": 0,
    "globs": 0,
    "nameless": 0,
    "wholefile": 1,
    "storedvalues": 0,
    "sealed": 3,
    "undertaker": 0,
    "gzipheader": 0,
    "gzipmember": 1,
    "zstdframes": 1,
    "tarheader": 1,
    "magicsink": 2,
    "limits": 2,
    "digest": 2,
    "tarconflict": 2,
    "tarextended": 2,
    "tarforms": 2,
    "tarsparse": 2,
    "codec": 2,
    "streamnotes": 3,
    "reference": 2,
    "tarentry": 3,
    "tarnames": 3,
    "tarstream": 4,
    "source": 5,
    "image": 6,
    "layers": 7,
    "rootfs": 8,
    "bills": 8,
    "identifying": 10,
    "scanning": 9,
    "opening": 9,
    "packages": 9,
    "findings": 9,
    "recall": 10,
    "report": 10,
    "inside": 10,
    "explain": 10,
    "sbom": 11,
    "checks": 11,
    "diff": 11,
    "layering": 11,
    "lookup": 11,
    "listing": 11,
    "extract": 11,
    "verify": 11,
    "predict": 11,
    "stock": 11,
    "contained": 11,
    "story": 11,
    "render": 12,
    "reading": 12,
    "comparing": 13,
    "api": 14,
    "__init__": 15,
    "cli": 16,
    "__main__": 17,
}
"""A package of one rank cannot know another of the same: `sbom`, `diff` and `render` are apart."""

THIRD_PARTY = {
    "codec": {"zstandard"},
    "gzipmember": {"isal"},
    "bills": {"yaml"},
    "packages": {"license_expression", "packageurl", "packaging"},
    "sbom": {
        "cyclonedx",
        "jinja2",
        "license_expression",
        "packageurl",
        "spdx_python_model",
        "spdx_tools",
    },
    "checks": {"jsonschema", "license_expression", "lxml", "referencing", "spdx_tools"},
    "diff": {"univers", "packaging"},
    "render": {"tabulate"},
    "cli": {"typer", "rich"},
}
"""Where a library may be used; everywhere else only the standard library is."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def home(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            if module == "analyzer":
                yield from (f"analyzer.{alias.name}" for alias in node.names)
            else:
                yield module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_to_lower_ranks(path: Path) -> None:
    here = home(path)
    for module in imports(path):
        if not module.startswith("analyzer"):
            continue
        there = module.split(".")[1] if "." in module else "__init__"
        assert there == here or RANK[there] < RANK[here], f"{here} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_party_libraries_stay_in_their_homes(path: Path) -> None:
    allowed = THIRD_PARTY.get(home(path), set()) | set(sys.stdlib_module_names) | {"analyzer"}
    used = {module.split(".")[0] for module in imports(path)}
    assert used <= allowed


def test_catalogers_import_the_contract_and_formats_only() -> None:
    for path in sorted((PACKAGE / "packages" / "catalogers").glob("*.py")):
        for module in imports(path):
            if module.startswith("analyzer"):
                assert module.startswith(
                    ("analyzer.packages.contract", "analyzer.packages.formats")
                ), f"{path.name}: {module}"


def test_every_module_has_a_rank() -> None:
    assert {home(path) for path in modules()} == set(RANK)


def test_only_the_command_line_prints_or_exits() -> None:
    for path in modules():
        if home(path) in {"cli", "__main__"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "sys.exit", "exit", "typer.echo"}, path
