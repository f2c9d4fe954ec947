"""A directory as input: an OCI layout, an unpacked save or a skopeo `dir:`."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from analyzer.errors import InputError
from analyzer.limits import Limits, exceeded
from analyzer.paths import printable
from analyzer.problems import Code, Problem, error
from analyzer.source.base import missing


class DirectorySource:
    """Files below `root`; links are followed inside it only, devices and pipes never opened."""

    container = "directory"
    size_bytes = None

    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)
        self._limits = limits
        self._problems: list[Problem] = []
        self._refused: set[str] = set()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Links that lead out of the directory, and folders that cannot be listed."""
        return tuple(sorted(self._problems))

    @cached_property
    def _listing(self) -> frozenset[str]:
        found: list[str] = []
        for folder, _, files in os.walk(self._real_root, onerror=self._not_listed):
            prefix = os.path.relpath(folder, self._real_root)
            names = files if prefix == "." else [f"{prefix}/{name}" for name in files]
            found += (name for name in names if self.has(name))
            if len(found) > self._limits.archive_members:
                raise exceeded(
                    "archive_members", self._limits.archive_members, len(found), self._root.name
                )
        return frozenset(found)

    def names(self) -> Collection[str]:
        """All regular files, and links to such inside the directory."""
        return self._listing

    def has(self, name: str) -> bool:
        """Whether `name` is a regular file here."""
        return self._path(name) is not None

    def identity(self, name: str) -> object:
        """The real path."""
        return self._path(name)

    def link(self, name: str) -> str:
        """`symlink` when the file itself is one."""
        return "symlink" if os.path.islink(os.path.join(self._real_root, name)) else ""

    def size(self, name: str) -> int:
        """Size in bytes. Raises InputError."""
        path = self._path(name)
        if path is None:
            raise missing(name)
        return os.stat(path).st_size

    def open(self, name: str) -> BinaryIO:
        """A reader. Raises InputError."""
        path = self._path(name)
        if path is None:
            raise missing(name)
        try:
            return Path(path).open("rb", buffering=0)
        except OSError as problem:
            raise InputError(
                Code.NOT_READABLE, problem.strerror or "cannot be read", where=name
            ) from problem

    def top_names(self) -> frozenset[str]:
        """The names at the top, files and folders alike."""
        try:
            return frozenset(os.listdir(self._real_root))
        except OSError:
            return frozenset()

    def top_folders(self) -> frozenset[str]:
        """The folders at the top, without links to folders."""
        try:
            with os.scandir(self._real_root) as found:
                return frozenset(item.name for item in found if item.is_dir(follow_symlinks=False))
        except OSError:
            return frozenset()

    def holds(self, pattern: str) -> bool:
        """Whether anything, folder or file, lies at a path that fits the glob."""
        try:
            return next(Path(self._real_root).glob(pattern), None) is not None
        except OSError:
            return False

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, name: str) -> str | None:
        """The real path of `name` when it is a regular file inside the root."""
        if not name or "\0" in name:
            return None
        real = os.path.realpath(os.path.join(self._real_root, name))
        if os.path.commonpath([real, self._real_root]) != self._real_root:
            self._refuse(name)
            return None
        try:
            mode = os.stat(real).st_mode
        except OSError:
            return None
        return real if stat.S_ISREG(mode) else None

    def _not_listed(self, problem: OSError) -> None:
        name = os.path.relpath(problem.filename or self._real_root, self._real_root)
        why = f"folder not listed: {problem.strerror or 'cannot be read'}"
        self._problems.append(error(Code.NOT_READABLE, name, why))

    def _refuse(self, name: str) -> None:
        if name not in self._refused:
            self._refused.add(name)
            self._problems.append(
                error(Code.UNSAFE_LINK, printable(name), "leads out of the directory; not followed")
            )
