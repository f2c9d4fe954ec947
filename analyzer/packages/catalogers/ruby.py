"""Installed Ruby gems by their specifications, those that come with Ruby included.

https://guides.rubygems.org/specification-reference/. RubyGems keeps one file for each gem in
`specifications/` of a gem home, and those of Ruby's own gems in `specifications/default/`;
Debian's packages put theirs in `/usr/share/rubygems-integration/*/specifications/`. The code in
them is read and never run (`formats/gemspec.py`).

Name and version are what the code assigns; where that would have to be run, what the comment in
the first line says, which RubyGems itself goes by; else the file name, with low confidence. A gem
for one platform, of which there may be several in one version, has that for its architecture.

Bundler keeps gems out of git repositories in `bundler/gems/<repository>-<commit>/` and writes
their specification anew, too. Where it has not, there is the one that the author wrote: what is
code in that is left empty; most often the version.

A specification in a gem home lists files below `gems/<name>-<version>[-<platform>]/`. Those of
Ruby's own lie with Ruby, `gems/` left out of the path: `lib/csv.rb` of
`/usr/lib/ruby/gems/3.1.0` is `/usr/lib/ruby/3.1.0/csv.rb`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Confidence,
    Files,
    Location,
    Method,
    Owned,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.gemspec import Gemspec, read_gemspec
from analyzer.packages.formats.text import text

_FILE_NAME = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(?:-(?P<platform>.+))?\.gemspec")
_INTEGRATION = "/rubygems-integration/"
_DEFAULT_HOME = re.compile(r"(?P<before>(?:.*/)?)gems/(?P<abi>[^/]+)")
_LONGEST_NAME = 300
_IN_GIT = re.compile(
    r"(?:.*/)?bundler/gems/[^/]*-(?P<commit>[0-9a-f]{7,40})/(?P<name>[^/]+)\.gemspec"
)


@dataclass(frozen=True, slots=True)
class _Identity:
    name: str
    version: str
    platform: str
    method: Method = "metadata"
    confidence: Confidence = "high"


def parse(files: Files) -> Iterator[Package | Problem]:
    """One gem for each specification."""
    for path in sorted(files):
        spec = read_gemspec(files[path])
        identity = _identity(path, spec)
        if from_git := _IN_GIT.fullmatch(path):
            yield from _problems_of_git(path, identity, from_git["commit"])
        else:
            yield from _problems(path, spec, identity)
        if identity is None:
            continue
        yield Package(
            name=identity.name,
            version=identity.version,
            arch=identity.platform,
            type="gem",
            licenses=spec.licenses,
            supplier=", ".join(spec.authors),
            homepage=spec.homepage,
            locations=(Location(path),),
            qualifiers=(("platform", identity.platform),) if identity.platform else (),
            requires=tuple((name,) for name in spec.needs),
            method=identity.method,
            confidence=identity.confidence,
        )


def _identity(path: str, spec: Gemspec) -> _Identity | None:
    if spec.name and spec.version:
        return _Identity(spec.name, spec.version, spec.platform)
    if from_git := _IN_GIT.fullmatch(path):
        name = spec.name or text(from_git["name"].encode("utf-8", "surrogateescape"))
        return _Identity(name, spec.version, spec.platform, "metadata", "medium")
    if spec.stub:
        name, version, platform = spec.stub
        return _Identity(spec.name or name, spec.version or version, spec.platform or platform)
    match = _FILE_NAME.fullmatch(path.rpartition("/")[2][-_LONGEST_NAME:])
    if match and (spec.unread or spec.name):
        found = (match["name"], match["version"], match["platform"] or "")
        name, version, platform = (text(f.encode("utf-8", "surrogateescape")) for f in found)
        return _Identity(spec.name or name, version, platform, "file-name", "low")
    return _Identity(spec.name, "", spec.platform) if spec.name else None


def _problems(path: str, spec: Gemspec, identity: _Identity | None) -> Iterator[Problem]:
    if identity is None:
        detail = "no gem specification, or cut off before the name of the gem"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    if not spec.whole:
        detail = f"gem {identity.name}: cut off, nothing ends the specification"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if spec.unread:
        detail = f"gem {identity.name}: not read, because it is code: {', '.join(spec.unread)}"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if not identity.version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"gem {identity.name} has no version")
    if spec.stub and spec.name and spec.stub[:2] != (identity.name, identity.version):
        other = " ".join(spec.stub[:2])
        detail = f"its first line says {other}, its code {identity.name} {identity.version}"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _problems_of_git(path: str, identity: _Identity | None, commit: str) -> Iterator[Problem]:
    """That of a specification written by hand much is code is no news."""
    if identity and not identity.version:
        detail = f"gem {identity.name} of commit {commit}: its version is given by code, not read"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def owns(files: Files) -> Iterator[Owned]:
    """The files that specifications list, where they lie."""
    for path in sorted(files):
        spec = read_gemspec(files[path])
        identity = _identity(path, spec)
        # Debian puts files elsewhere and leaves the list as the gem's author wrote it.
        if identity is None or _INTEGRATION in f"/{path}":
            continue
        owner = identity.name, identity.version, identity.platform
        yield Owned(owner, path, "file")
        # Which of the files of its own gems Ruby installs, their lists do not say.
        flags = ("missing-ok",) if path.rpartition("/")[0].endswith("/default") else ()
        for name in spec.files:
            if place := _place(path, identity, name):
                yield Owned(owner, place, "file", flags=flags)


def _place(path: str, identity: _Identity, name: str) -> str:
    """Where a listed file is; empty for what no rule says."""
    home, inside, below = f"/{path}".rpartition("/specifications/")
    if ".." in name.split("/") or not inside:
        return ""
    if not below.startswith("default/"):
        full = "-".join(filter(None, (identity.name, identity.version, identity.platform)))
        return f"{home}/gems/{full}/{name}"[1:]
    home_of_ruby = _DEFAULT_HOME.fullmatch(home)
    # Programs, compiled parts and texts of Ruby's own gems lie in other places.
    elsewhere = not name.endswith(".rb") or name.startswith(("ext/", "exe/", "bin/"))
    if home_of_ruby is None or elsewhere:
        return ""
    return f"{home_of_ruby['before']}{home_of_ruby['abi']}/{name.removeprefix('lib/')}"[1:]


CATALOGER = Cataloger(
    name="ruby",
    version=1,
    group="file",
    wants=(
        Want("**/specifications/*.gemspec"),
        Want("**/specifications/default/*.gemspec"),
        Want("**/bundler/gems/*/*.gemspec"),
    ),
    parse=parse,
    about="Ruby gems: specifications in gem homes, Ruby's own, Debian's, and out of git",
    fills=frozenset(
        {"arch", "licenses", "supplier", "homepage", "qualifiers", "requires", "confidence"}
    ),
    owns=owns,
)
