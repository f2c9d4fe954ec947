"""Folders in which sources of dependencies lie: their own manifests declare nothing of an image.

What a package manager fetches it unpacks with the files that its author developed it by. Whoever
depends on it obeys none of them:

- `registry/src` and `git/checkouts` of Cargo's home, each folder there with a hash of 16 digits,
  https://doc.rust-lang.org/cargo/guide/cargo-home.html;
- Go's module cache, by a folder `name@version` wherever the cache is,
  https://go.dev/ref/mod#module-cache;
- Debian's packages of sources, https://wiki.debian.org/Rust and https://go-team.pages.debian.net;
- packages of Node.js and Python, and caches of package managers, see `caches.py`;
- gems, by a folder `name-version` below one `gems`, or with a commit where Bundler unpacked it from
  a repository, https://guides.rubygems.org/command-reference/#gem-environment;
- pub's cache, by `hosted`, a server and a folder `name-version` wherever the cache is,
  https://dart.dev/tools/pub/cmd/pub-cache;
- renv's cache, https://rstudio.github.io/renv/reference/paths.html;
- rebar3's cache and what it takes in place of dependencies,
  https://rebar3.org/docs/configuration/dependencies/#checkout-dependencies;
- what conda keeps about a package, in `info` of a folder `name-version-build`,
  https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html;
- Composer's own packages and files in a vendor folder, https://getcomposer.org/doc/01-basic-usage.md.

Folders with names that projects have as well, such as `deps` and `vendor`, mean nothing here.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.caches import is_cached

_COPIES = re.compile(
    r"(?:^|/)(?:"
    r"(?:registry/src|git/checkouts)/[^/]+-[0-9a-f]{16}"
    r"|[^/@]+@v[0-9]+\.[0-9]+\.[0-9]+[^/]*"
    r"|usr/share/cargo/registry|usr/share/gocode/src"
    r"|node_modules|(?:site|dist)-packages"
    r"|\.cache/(?:deno|rebar3|R/renv/cache)"
    r"|gems/[^/]+-(?:[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[^/]+)?|[0-9a-f]{12})"
    r"|hosted/[^/]+/[0-9A-Za-z_]+-[0-9]+\.[0-9]+\.[0-9]+[^/]*"
    r"|_checkouts|pkgs/[^/]+-[^-/]+-[^-/]+/info|vendor/composer"
    r")/"
)


def is_copy(path: str) -> bool:
    """Whether the file at `path` belongs to the sources of somebody's dependency."""
    return _COPIES.search(path) is not None or is_cached(path)
