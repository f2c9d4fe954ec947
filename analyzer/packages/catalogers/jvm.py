"""Java runtimes by the file `release` in their folder.

https://openjdk.org/jeps/220 ("The JDK directory layout"); the members are named in
https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/System.html and
https://github.com/openjdk/jdk/blob/master/make/ReleaseFile.gmk. Other products have files of
this name, too: one without JAVA_VERSION is none of a Java runtime and is passed over.

The version is that of the build, as `java -version` shows it in brackets: JAVA_RUNTIME_VERSION;
before Java 9, where nothing writes that, FULL_VERSION. The name is `openjdk`, and `jdk` or `jre`
for what Oracle sells. The namespace is whoever built it.

Until Java 8 a JDK has a JRE of its own in its folder `jre`
(https://docs.oracle.com/javase/8/docs/technotes/tools/unix/jdkfiles.html), often with a release
file, too. That is the JDK's, and no second runtime, if it is of the same Java version.
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
    warning,
)
from analyzer.packages.formats.assignments import parse_assignments

_MEMBERS = (
    *(b"JAVA_VERSION", b"JAVA_RUNTIME_VERSION", b"FULL_VERSION", b"IMPLEMENTOR", b"OS_ARCH"),
    *(b"BUILD_TYPE", b"IMAGE_TYPE", b"MODULES", b"SOURCE_REPO", b"BUILD_SOURCE_REPO"),
)
_FILE = "release"
_INNER = "jre/"
_COMPANY = re.compile(r"[, ]+(?:corporation|corp|inc|ltd|llc|systems|microsystems|gmbh)\b\.?")
_LONGEST = 200
_ODD = re.compile(r"[^a-z0-9.]+")


def parse(files: Files) -> Iterator[Package | Problem]:
    """One runtime for each file that is of one, but for the JRE inside a JDK."""
    read = {path: _values(files[path]) for path in sorted(files)}
    for path, (values, faults) in read.items():
        if "JAVA_VERSION" not in values:
            continue
        if faults:
            # Lines are counted among those that matter, so the number would mislead.
            what = faults[0].partition(": ")[2]
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, what)
        folder = path.removesuffix(_FILE)
        outer = read.get(f"{folder.removesuffix(_INNER)}{_FILE}") if _has_inner(folder) else None
        if outer is not None and _same(outer[0], values):
            continue
        package = _package(path, values)
        inner = f"{folder}{_INNER}{_FILE}"
        if inner in read and _same(values, read[inner][0]):
            package = package._replace(locations=(*package.locations, Location(inner)))
        if not package.version:
            yield warning(Code.PACKAGE_FIELD_MISSING, path, "JAVA_VERSION is empty")
        yield package


def _values(data: bytes) -> tuple[dict[str, str], list[str]]:
    """What a file says of a runtime, and what is wrong with these lines."""
    lines = [line for line in data.split(b"\n") if line.partition(b"=")[0] in _MEMBERS]
    return parse_assignments(b"\n".join(lines))


def _has_inner(folder: str) -> bool:
    return f"/{folder}".endswith(f"/{_INNER}")


def _same(outer: Mapping[str, str], inner: Mapping[str, str]) -> bool:
    return bool(inner.get("JAVA_VERSION")) and outer.get("JAVA_VERSION") == inner["JAVA_VERSION"]


def _package(path: str, values: Mapping[str, str]) -> Package:
    repository = values.get("SOURCE_REPO") or values.get("BUILD_SOURCE_REPO", "")
    return Package(
        name=_name(values),
        version=_version(values),
        arch=values.get("OS_ARCH", ""),
        type="generic",
        namespace=_namespace(values.get("IMPLEMENTOR", "")),
        supplier=values.get("IMPLEMENTOR", ""),
        qualifiers=(("repository_url", repository),) if repository else (),
        locations=(Location(path),),
        method="metadata",
    )


def _version(values: Mapping[str, str]) -> str:
    java, full = values["JAVA_VERSION"], values.get("FULL_VERSION", "")
    of_build = full if full.startswith(java) else java
    return values.get("JAVA_RUNTIME_VERSION") or of_build


def _name(values: Mapping[str, str]) -> str:
    if values.get("BUILD_TYPE") != "commercial":
        return "openjdk"
    if image := values.get("IMAGE_TYPE", "").lower():
        return "jre" if image == "jre" else "jdk"
    # A runtime for users has no compiler among its modules.
    modules = values.get("MODULES", "").split()
    return "jre" if modules and "jdk.compiler" not in modules else "jdk"


def _namespace(implementor: str) -> str:
    """`Azul Systems, Inc.` as `azul`, `Eclipse Adoptium` as `eclipse-adoptium`."""
    return _ODD.sub("-", _COMPANY.sub("", implementor.lower()[:_LONGEST])).strip("-.")


CATALOGER = Cataloger(
    name="jvm",
    version=2,
    # A JRE inside a JDK is the JDK's.
    group="image",
    wants=(Want(f"**/{_FILE}"),),
    parse=parse,
    about="Java runtimes: JDK and JRE by their release file",
    fills=frozenset({"arch", "namespace", "supplier", "qualifiers"}),
)
