"""R packages that lock files of renv and packrat name: `declared`, which is not installed.

`renv.lock` (https://rstudio.github.io/renv/articles/renv.html; its reader is
`R/lockfile-read.R` of https://github.com/rstudio/renv, where a package comes from tells
`R/records.R`) and `packrat.lock` (https://rstudio.github.io/packrat/; `R/lockfile.R` of
https://github.com/rstudio/packrat).

purl-spec has no type for Bioconductor: its packages are `cran` with a `repository_url`, as are
those of other repositories. A package out of a repository of source code has that one's address and
commit in `vcs_url`, one out of an archive its `download_url`; folders of the machine that the lock
file was made on are no addresses. `Hash` is of the DESCRIPTION, not of an archive.

What is needed to run is required, as of installed packages; renv's older lock files and packrat's
name what is needed to build among that. A lock file inside an installed package is none of the
image's projects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from analyzer.packages.contract import (
    DECLARED,
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
from analyzer.packages.formats import deb822
from analyzer.packages.formats.addresses import without_logins
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.jsonfile import (
    NotAnObject,
    Object,
    line,
    lines,
    mapping,
    member,
    read_object,
    sequence,
)
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.sourcecopies import is_copy

_RENV = "renv.lock"
_LIBRARY = re.compile(r"(?:\A|/)(?:R/library|site-library|(?:renv|packrat)/(?:library|lib|src))/")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
"""Writing R Extensions, "The DESCRIPTION file"."""
_BETWEEN_URLS = re.compile(r"[\s,]+")
_API = re.compile(r"/api/v[0-9]+/?\Z|/[0-9.]+/?\Z")
_HOSTS = {
    "github": ("api.github.com", "github.com"),
    "gitlab": ("gitlab.com", "gitlab.com"),
    "bitbucket": ("api.bitbucket.org", "bitbucket.org"),
}
"""The interface that is asked, which is the default, and where git fetches."""
_GIT = frozenset({"git", "git2r", "xgit"})
_CRAN = frozenset({"CRAN", "RSPM", "PPM", "P3M", "standard", "Repository", "unknown"})
"""The first and its mirrors (`R/lockfile-write.R` of renv takes them for one), and words that name
no repository."""
_BIOCONDUCTOR = "https://bioconductor.org"
_COMMIT = 40
"""Digits of a commit; tools write the version of a package there, too."""
_OLD = {
    "GithubRepo": "RemoteRepo",
    "GithubUsername": "RemoteUsername",
    "GithubRef": "RemoteRef",
    "GithubSha1": "RemoteSha",
    "GithubSubdir": "RemoteSubdir",
}
"""Of older packrats, with what they are called since."""
_KNOWN = ("Package", "Version", "Source", "RemoteType", "RemoteHost", "RemoteUrl", *_OLD.values())
_FIELDS = {
    **{name.lower(): name for name in _KNOWN},
    **{old.lower(): new for old, new in _OLD.items()},
}
"""Fields of packrat by their lower case."""

Record = Mapping[str, str]
"""Fields of one package, on one line each."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package that a lock file names."""
    for path in sorted(files):
        if is_copy(path) or _LIBRARY.search(path):
            continue
        renv = path.rpartition("/")[2] == _RENV
        for item in (_renv if renv else _packrat)(path, files[path]):
            yield item
            if isinstance(item, Package) and not item.version:
                detail = f"package {item.name} has no Version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _renv(path: str, data: bytes) -> Iterator[Package | Problem]:
    if not data.strip():
        return
    try:
        document = read_object(data)
    except NotAnObject as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    if not isinstance(document.get("Packages"), dict):
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "no object of Packages in it")
    repositories = dict(_repositories(member(document, "R").get("Repositories")))
    lost = 0
    for key, entry in member(document, "Packages").items():
        fields = {name: line(mapping(entry), name) for name in mapping(entry)}
        name = fields.get("Package") or shown(key)
        if not isinstance(entry, dict) or not name:
            lost += 1
            continue
        package = _package(path, name, fields, repositories)
        yield package._replace(requires=_tokens(_renv_needs(entry)))
    if lost:
        detail = f"{lost} entries without a name or of a wrong type, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _repositories(stated: object) -> Iterator[tuple[str, str]]:
    """Names and addresses: a list of objects, an object in the oldest lock files."""
    for name in mapping(stated):
        yield shown(name), line(mapping(stated), name)
    for each in sequence(stated):
        yield line(mapping(each), "Name"), line(mapping(each), "URL")


def _renv_needs(entry: Object) -> Iterator[str]:
    """Requirements, or since renv 1.1 the fields of the DESCRIPTION."""
    for field in ("Requirements", "Depends", "Imports"):
        yield from lines(entry, field)


def _packrat(path: str, data: bytes) -> Iterator[Package | Problem]:
    faults: list[Fault] = []
    repositories: dict[str, str] = {}
    for part in deb822.parse(data):
        if isinstance(part, Fault):
            faults.append(part)
            continue
        fields = {
            _FIELDS.get(key, key): " ".join(value.split()) for key, value in part.fields.items()
        }
        if "packratformat" in fields:
            pairs = (pair.partition("=") for pair in fields.get("repos", "").split(","))
            repositories = {name.strip(): url.strip() for name, _, url in pairs}
        elif name := fields.get("Package"):
            package = _package(path, name, fields, repositories)
            yield package._replace(requires=_tokens(fields.get("requires", "").split(",")))
        else:
            faults.append(Fault(part.line, "a stanza without a Package", lost=True))
    yield from problems(path, faults)


def _tokens(needs: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Names before the version conditions; `R` there is the program."""
    matches = (_NAME.match(need.strip()) for need in needs)
    names = {match[0] for match in matches if match} - {"R"}
    return tuple((name,) for name in sorted(names))


def _package(path: str, name: str, fields: Record, repositories: Record) -> Package:
    licence = fields.get("License", "")
    return Package(
        name=name,
        version=fields.get("Version", ""),
        arch="",
        type="cran",
        state=DECLARED,
        licenses=(licence,) if licence else (),
        supplier=fields.get("Maintainer", ""),
        homepage=without_logins(_BETWEEN_URLS.split(fields.get("URL", ""))[0]),
        locations=(Location(path),),
        qualifiers=tuple(sorted(_origin(fields, repositories))),
        method="lock-file",
    )


def _origin(fields: Record, repositories: Record) -> Iterator[tuple[str, str]]:
    """Where the package comes from, if not from CRAN."""
    kind = (fields.get("RemoteType") or fields.get("Source", "")).lower()
    if url := _vcs(kind, fields):
        yield "vcs_url", url
    if kind == "url" and _is_remote(fields.get("RemoteUrl", "")):
        yield "download_url", fields["RemoteUrl"]
    source = fields.get("Source", "")
    repository = fields.get("Repository", "") if source in {"Repository", ""} else source
    if repository.lower() in {"bioconductor", "bioc"}:
        yield "repository_url", _BIOCONDUCTOR
    elif repository not in _CRAN:
        address = repositories.get(repository, repository)
        if _is_remote(address):
            yield "repository_url", address


def _vcs(kind: str, fields: Record) -> str:
    """`git+ADDRESS@COMMIT#FOLDER`; empty for what is from no repository of source code."""
    commit, address = fields.get("RemoteSha", ""), fields.get("RemoteUrl", "")
    if kind in _HOSTS:
        asked, fetched = _HOSTS[kind]
        stated = _API.sub("", fields.get("RemoteHost", "").removeprefix("https://")) or asked
        host = fetched if stated == asked else stated
        names = fields.get("RemoteUsername", ""), fields.get("RemoteRepo", "")
        address = f"https://{host}/{'/'.join(names)}" if all(names) else ""
    elif kind not in _GIT and len(commit) < _COMMIT:
        # A package of r-universe comes from a repository, and says what it was built from.
        return ""
    if not address:
        return ""
    at, folder = commit or fields.get("RemoteRef", ""), fields.get("RemoteSubdir", "")
    return f"git+{address}{f'@{at}' if at else ''}{f'#{folder}' if folder else ''}"


def _is_remote(address: str) -> bool:
    return address.startswith(("https://", "http://"))


CATALOGER = Cataloger(
    name="rlocks",
    version=2,
    group="file",
    wants=(Want("**/renv.lock"), Want("**/packrat.lock")),
    parse=parse,
    about="R packages that lock files of renv and packrat declare",
    fills=frozenset({"qualifiers", "licenses", "supplier", "homepage", "requires"}),
)
