"""Caches of package managers: what they have unpacked and may use, which nobody has installed.

Told by folders of their own making, since all of them can be moved, and `CACHEDIR.TAG` tells
nothing (uv puts it into virtual environments, too):

- uv, https://docs.astral.sh/uv/reference/storage/#cache-directory: buckets with the number of their
  form; `uv pip list` knows none of what is in them. Environments of scripts (`environments-v2`) are
  environments like any other, as are those that Poetry keeps in its cache;
- conda and its kin, https://docs.conda.io/projects/conda/en/stable/glossary.html, "package cache":
  a folder `name-version-build` in `pkgs`;
- Yarn Classic, https://classic.yarnpkg.com/lang/en/docs/cli/cache/: the number of its form, then
  `npm-name-version-`, the archive's SHA-1 and perhaps `-integrity`;
- Bun, https://bun.com/docs/pm/global-cache: `name@version@@@1`;
- Deno, https://docs.deno.com/runtime/reference/env_variables/: `npm`, host and path of the
  registry, then name and version.

pip, npm and Poetry keep archives and pnpm files by digest alone. What pnpm has in `links` of its
store, and in `node_modules/.pnpm`, is what projects use by links, and no cache. Nor are the trees
from which Go, Cargo, Maven, NuGet and Conan build.

What an installation leads to by links is there under the names of the installation; that of the
cache is one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CACHES = re.compile(
    r"(?:^|/)(?:"
    r"archive-v[0-9]+/[0-9A-Za-z_-]{12,}"
    r"|builds-v[0-9]+/\.tmp[^/]*"
    r"|(?:sdists|built-wheels)-v[0-9]+/(?:pypi|index|url|git|path|editable|directory)"
    r"|git-v[0-9]+/checkouts"
    r"|pkgs/[^/]+-[0-9][^-/]*-[^-/]*[0-9]/(?:lib(?=/python|/node_modules)|Lib|site-packages)"
    r"|v[0-9]+/npm-[^/]+-[0-9a-f]{40}(?:-integrity)?"
    r"|\.bun/install/cache|[^/]*@@@[0-9]+"
    r"|npm/(?:[^/]+\.[^/]+|localhost[^/]*)/(?:[^/]+/){1,6}[0-9]+\.[0-9]+\.[0-9]+[^/]*"
    r")/"
)


def is_cached(path: str) -> bool:
    """Whether the file at `path` lies in a package manager's cache."""
    return _CACHES.search(path) is not None


def outside(paths: Iterable[str]) -> list[str]:
    """Those of `paths` that lie in no cache, sorted."""
    return [path for path in sorted(paths) if not is_cached(path)]
