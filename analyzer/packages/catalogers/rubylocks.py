"""Ruby gems that a lock file of Bundler names: `declared`, which is not installed.

`Gemfile.lock` and `gems.locked`, https://bundler.io/man/gemfile.5.html; see
`formats/gemfilelock.py`. A gem out of a git repository has its address and commit in `vcs_url`.
"""

from __future__ import annotations

from collections.abc import Iterator

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
)
from analyzer.packages.formats import fault
from analyzer.packages.formats.gemfilelock import Locked, read_lock


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each lock file declares, once per name, version and platform."""
    for path in sorted(files):
        gems, faults = read_lock(files[path])
        seen: set[tuple[str, str, str]] = set()
        for gem in gems:
            key = gem.name, gem.version, gem.platform
            if key not in seen:
                seen.add(key)
                yield _package(path, gem)
        yield from fault.problems(path, faults)
        if not gems and not faults and files[path].strip():
            detail = "no section of a lock file of Bundler in it"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _package(path: str, gem: Locked) -> Package:
    platform = (("platform", gem.platform),) if gem.platform else ()
    commit = f"@{gem.revision}" if gem.revision else ""
    vcs = (("vcs_url", f"git+{gem.remote}{commit}"),) if gem.source == "GIT" else ()
    return Package(
        name=gem.name,
        version=gem.version,
        arch=gem.platform,
        type="gem",
        state=DECLARED,
        locations=(Location(path),),
        qualifiers=(*platform, *vcs),
        requires=tuple((name,) for name in dict.fromkeys(gem.needs)),
        digests=(f"sha256:{gem.sha256}",) if gem.sha256 else (),
        method="lock-file",
    )


CATALOGER = Cataloger(
    name="rubylocks",
    version=1,
    group="file",
    wants=(Want("**/Gemfile.lock"), Want("**/gems.locked")),
    parse=parse,
    about="Ruby gems that lock files of Bundler declare",
    fills=frozenset({"arch", "qualifiers", "requires", "digests"}),
)
