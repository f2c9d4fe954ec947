"""Go modules, from the build information that Go's linker leaves in every program.

https://pkg.go.dev/debug/buildinfo and https://pkg.go.dev/runtime/debug#BuildInfo: what
`go version -m` prints. The program's own module, every module in it, and Go's own library as
`stdlib` at the version of Go. Choices of ours:

- A module's purl namespace is its path but for the last part, by the purl type `golang`. Sums
  (`h1:`) are of the module's source tree, not of a file, and are left out.
- A replaced module: what replaced it is what is in the program. The original is listed, too, as
  `declared`, and requires what replaced it. A folder has neither path nor version that mean
  anything elsewhere, so then the original's name is kept, without a version.
- A main module that was built from a folder has no version (`(devel)`). What `-ldflags` or the
  commit suggest is taken with low confidence (`formats/gomodules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Confidence,
    Files,
    Location,
    Package,
    Problem,
    error,
    warning,
)
from analyzer.packages.formats import gomodules, program
from analyzer.packages.formats.fault import problems
from analyzer.packages.formats.gomodules import DEVELOPMENT, Module, Modules
from analyzer.packages.formats.text import excerpt, text

_STDLIB = "stdlib"


def parse(files: Files) -> Iterator[Package | Problem]:
    """The modules of every Go program."""
    for path in sorted(files):
        for parts in program.images(files[path]):
            if program.GO_VERSION in parts:
                yield from _program(path, parts)


def _program(path: str, parts: Mapping[str, bytes]) -> Iterator[Package | Problem]:
    if program.GO_FAULT in parts:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, text(parts[program.GO_FAULT]))
    modules = gomodules.read(parts[program.GO_MODULES])
    library = _library(path, text(parts[program.GO_VERSION]))
    found = [library]
    for module in modules.dependencies:
        found += _dependency(path, module)
    if modules.main:
        found.append(_main(path, modules.main, modules, found))
    yield from found
    yield from problems(path, modules.faults)
    if nameless := [_name(package) for package in found if not package.version]:
        more = f", and {len(nameless) - 1} more" if len(nameless) > 1 else ""
        detail = f"Go module {nameless[0]}{more}: at no version that Go knows"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _name(package: Package) -> str:
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


def _token(path: str, version: str) -> str:
    """Exact, because an image holds the same module at many versions."""
    return f"{path}@{version}"


def _library(path: str, version: str) -> Package:
    """Go's own library; of `go1.21.5 X:boringcrypto`, `1.21.5`; old unreleased Go says none."""
    words = (word for word in version.split(" ") if word.startswith("go"))
    library = _package(path, Module(_STDLIB, next(words, "").removeprefix("go")))
    return library._replace(evidence=excerpt(f"build info: {version}"))


def _package(path: str, module: Module) -> Package:
    namespace, _, name = module.path.rstrip("/").rpartition("/")
    version = "" if module.version == DEVELOPMENT else module.version
    return Package(
        name=name,
        version=version,
        arch="",
        type="golang",
        namespace=namespace,
        provides=(_token(module.path, version),),
        evidence=excerpt(f"build info: dep {module.path} {module.version}"),
        method="build-info",
        locations=(Location(path),),
    )


def _dependency(path: str, module: Module) -> Iterator[Package]:
    new = module.replacement
    if new is None:
        yield _package(path, module)
        return
    inside = Module(module.path, "") if new.local else new
    words = f"build info: dep {module.path} {module.version} => {new.path} {new.version}"
    evidence = excerpt(words)
    yield _package(path, inside)._replace(evidence=evidence)
    # Provides nothing: what a program requires is what is in it.
    yield _package(path, module)._replace(
        state="declared",
        provides=(),
        requires=((_token(inside.path, inside.version),),),
        evidence=evidence,
    )


def _main(path: str, main: Module, modules: Modules, found: list[Package]) -> Package:
    requires = sorted(package.provides for package in found if package.state != "declared")
    confidence: Confidence = "high"
    evidence = f"build info: mod {main.path} {main.version}"
    if main.version in {"", DEVELOPMENT}:
        guess = gomodules.guessed_version(main, modules.settings)
        if guess.version:
            main, confidence = Module(main.path, guess.version), "low"
            evidence += f", {guess.evidence}"
    return _package(path, main)._replace(
        arch=text(modules.settings.get("GOARCH", "").encode("utf-8", "surrogateescape")),
        confidence=confidence,
        requires=tuple(requires),
        evidence=excerpt(evidence),
    )


CATALOGER = Cataloger(
    name="golang",
    version=2,
    group="file",
    wants=(program.PROGRAMS,),
    parse=parse,
    about="Go programs",
    fills=frozenset({"namespace", "arch", "requires", "provides", "evidence", "confidence"}),
)
