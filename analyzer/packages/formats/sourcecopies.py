"""Folders in which sources of dependencies lie: their own manifests declare nothing of an image.

What a package manager fetches it unpacks with the files that its author developed it by. Whoever
depends on it obeys none of them:

- `registry/src` and `git/checkouts` of Cargo's home, each folder there with a hash of 16 digits,
  https://doc.rust-lang.org/cargo/guide/cargo-home.html;
- Go's module cache, by a folder `name@version` wherever the cache is,
  https://go.dev/ref/mod#module-cache;
- Debian's packages of sources, https://wiki.debian.org/Rust and https://go-team.pages.debian.net;
- packages of Node.js and Python.
"""

from __future__ import annotations

import re

_COPIES = re.compile(
    r"(?:^|/)(?:"
    r"(?:registry/src|git/checkouts)/[^/]+-[0-9a-f]{16}"
    r"|[^/@]+@v[0-9]+\.[0-9]+\.[0-9]+[^/]*"
    r"|usr/share/cargo/registry|usr/share/gocode/src"
    r"|node_modules|(?:site|dist)-packages"
    r")/"
)


def is_copy(path: str) -> bool:
    """Whether the file at `path` belongs to the sources of somebody's dependency."""
    return _COPIES.search(path) is not None
