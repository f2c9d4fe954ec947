"""The files of an rpm package, as its header lists them.

Tags and bits: rpm's `include/rpm/rpmtag.h`, `rpmfiles.h` and `rpmcrypto.h`, described in
https://rpm-software-management.github.io/rpm/manual/tags.html.

What rpm itself holds against the disk is told, and no more (`rpmfilesVerify` of `lib/verify.c`):
no digest and size of ghosts, of files that another architecture's package provides, and of what
the package says may change (`%verify(not …)`); nothing but existence of files that another
package replaced. Files that were not installed are left out.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from analyzer.packages.contract import Owned, Owner
from analyzer.packages.formats import rpmheader as tags
from analyzer.packages.formats.damage import Damage
from analyzer.packages.formats.rpmheader import Header
from analyzer.packages.formats.text import text
from analyzer.paths import decode

_MD5 = 1
_ALGORITHMS = {
    1: ("md5", 32),
    2: ("sha1", 40),
    3: ("ripemd160", 40),
    8: ("sha256", 64),
    9: ("sha384", 96),
    10: ("sha512", 128),
    11: ("sha224", 56),
    12: ("sha3_256", 64),
    14: ("sha3_512", 128),
}
"""Hash algorithms of OpenPGP (RFC 9580, 9.5) with the length of their digests in digits."""
_HEX = re.compile(rb"[0-9a-fA-F]+")
_REPLACED, _NOT_INSTALLED, _NET_SHARED, _WRONG_COLOUR = 1, 2, 3, 4
_GHOST = 1 << 6
_FLAGS = {1 << 0: "config", 1 << 1: "doc", 1 << 3: "missing-ok", _GHOST: "ghost", 1 << 7: "licence"}
_VERIFY_DIGEST, _VERIFY_SIZE, _VERIFY_TARGET = 1 << 0, 1 << 1, 1 << 2
_VERIFY_USER, _VERIFY_GROUP, _VERIFY_MODE = 1 << 3, 1 << 4, 1 << 6
_VERIFY_ALL = 0xFFFFFFFF
_Kind = Literal["", "file", "dir", "link", "other"]
_KINDS: Mapping[int, _Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


def paths(header: Header) -> Iterator[tuple[bytes, bytes]]:
    """Folder (with its last slash) and name of every file, in the header's order.

    `OLDFILENAMES` of packages built before rpm 4 are whole paths, told as names.
    """
    if tags.BASENAMES not in header:
        yield from ((b"", path) for path in header.strings(tags.OLDFILENAMES))
        return
    folders = header.strings(tags.DIRNAMES)
    names, indexes = header.strings(tags.BASENAMES), header.numbers(tags.DIRINDEXES)
    if len(names) != len(indexes) or max(indexes, default=-1) >= len(folders):
        header.damage.append(Damage("a header whose list of files is damaged"))
    for name, index in zip(names, indexes, strict=False):
        if index < len(folders):
            yield folders[index], name


def owned(header: Header, owner: Owner) -> Iterator[Owned]:
    """All files of a package that were installed with it, and its ghosts."""
    facts = _Facts(header)
    for at, (folder, name) in enumerate(paths(header)):
        state = facts.of(facts.states, at, 0)
        if path := decode(folder + name).strip("/"):
            if state == _REPLACED:
                yield Owned(owner, path, flags=facts.flags(at))
            elif state not in {_NOT_INSTALLED, _NET_SHARED}:
                yield facts.owned(owner, path, at, wrong=state == _WRONG_COLOUR)


class _Facts:
    """The parallel lists of a header; a list that is absent or too short says nothing."""

    def __init__(self, header: Header) -> None:
        self.states = header.numbers(tags.FILESTATES)
        self._modes = header.numbers(tags.FILEMODES)
        long_sizes = tags.LONGFILESIZES in header
        self._sizes = header.numbers(tags.LONGFILESIZES if long_sizes else tags.FILESIZES)
        self._digests = header.strings(tags.FILEDIGESTS)
        self._targets = header.strings(tags.FILELINKTOS)
        self._users = header.strings(tags.FILEUSERNAME)
        self._groups = header.strings(tags.FILEGROUPNAME)
        self._flags = header.numbers(tags.FILEFLAGS)
        self._verify = header.numbers(tags.FILEVERIFYFLAGS)
        # Packages from before the tag have MD5 only.
        algorithm = header.number(tags.FILEDIGESTALGO)
        self._algorithm = _ALGORITHMS.get(_MD5 if algorithm is None else algorithm)

    @staticmethod
    def of(values: Sequence[int], at: int, otherwise: int) -> int:
        """One number of a list."""
        return values[at] if at < len(values) else otherwise

    def flags(self, at: int) -> tuple[str, ...]:
        """The attributes of a file that `Owned` has words for."""
        return _words(self.of(self._flags, at, 0))

    def owned(self, owner: Owner, path: str, at: int, *, wrong: bool) -> Owned:
        """One file; `wrong` of one whose content is another architecture's."""
        mode = self._modes[at] if at < len(self._modes) else None
        kind = "" if mode is None else _KINDS.get(stat.S_IFMT(mode), "other")
        verify = self.of(self._verify, at, _VERIFY_ALL)
        ghost = bool(self.of(self._flags, at, 0) & _GHOST)
        content = kind == "file" and not ghost and not wrong
        return Owned(
            owner,
            path,
            kind,
            digest=self._digest(at) if content and verify & _VERIFY_DIGEST else "",
            size=self._size(at) if content and verify & _VERIFY_SIZE else None,
            mode=_permissions(mode) if kind != "link" and verify & _VERIFY_MODE else None,
            user=_account(_at(self._users, at)) if verify & _VERIFY_USER else "",
            group=_account(_at(self._groups, at)) if verify & _VERIFY_GROUP else "",
            target=(
                decode(_at(self._targets, at))
                if kind == "link" and not ghost and verify & _VERIFY_TARGET
                else ""
            ),
            flags=self.flags(at),
        )

    def _size(self, at: int) -> int | None:
        return self._sizes[at] if at < len(self._sizes) else None

    def _digest(self, at: int) -> str:
        digest = _at(self._digests, at)
        if self._algorithm is None or not _HEX.fullmatch(digest):
            return ""
        name, length = self._algorithm
        return f"{name}:{digest.decode('ascii').lower()}" if len(digest) == length else ""


@lru_cache(maxsize=256)
def _words(bits: int) -> tuple[str, ...]:
    return tuple(sorted(word for bit, word in _FLAGS.items() if bits & bit))


@lru_cache(maxsize=256)
def _account(raw: bytes) -> str:
    """The name of a user or group; a few names stand for all files."""
    return text(raw)


def _at(values: Sequence[bytes], at: int) -> bytes:
    return values[at] if at < len(values) else b""


def _permissions(mode: int | None) -> int | None:
    return None if mode is None else stat.S_IMODE(mode)
