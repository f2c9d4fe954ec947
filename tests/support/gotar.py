"""Go's archive/tar, which container engines read layers with, asked directly."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from tests.support.goprogram import Said, go_program

_PROGRAM = """
package main

import (
	"archive/tar"
	"bytes"
	"io"
)

type entry struct {
	Name, Link, Data []byte
	Kind             byte
	Mode             int64
	Uid, Gid         int
	Seconds, Nanos   int64
	Major, Minor     int64
	Xattrs           map[string][]byte
}

func read(data []byte) (found []entry, problem string) {
	found = []entry{}
	archive := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return found, ""
		}
		if err != nil {
			return found, err.Error()
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return found, err.Error()
		}
		xattrs := map[string][]byte{}
		for key, value := range h.Xattrs {
			xattrs[key] = []byte(value)
		}
		found = append(found, entry{[]byte(h.Name), []byte(h.Linkname), content, h.Typeflag,
			h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), int64(h.ModTime.Nanosecond()),
			h.Devmajor, h.Devminor, xattrs})
	}
}

func answer(data []byte) interface{} {
	found, problem := read(data)
	return map[string]interface{}{"Entries": found, "Problem": problem}
}
"""


@dataclass(frozen=True)
class GoEntry:
    """An entry as Go gives it, names as they are written."""

    name: bytes
    kind: str
    data: bytes
    mode: int
    uid: int
    gid: int
    mtime: Decimal
    link: bytes
    device: tuple[int, int]
    xattrs: dict[str, bytes]


@dataclass(frozen=True)
class GoAnswer:
    """The entries before the end or before `problem`, for which engines refuse the layer."""

    entries: tuple[GoEntry, ...]
    problem: str


@contextlib.contextmanager
def go_tar() -> Iterator[Callable[[bytes], GoAnswer]]:
    """A reader of whole archives, compiled with the Go that is installed."""
    with go_program(_PROGRAM) as ask:
        yield lambda archive: _answer(ask(archive))


def _answer(said: Said) -> GoAnswer:
    return GoAnswer(tuple(map(_entry, said["Entries"])), str(said["Problem"]))


def _entry(row: dict[str, object]) -> GoEntry:
    def raw(value: object) -> bytes:
        return base64.b64decode(str(value)) if value else b""

    def whole(key: str) -> int:
        return int(str(row[key]))

    xattrs = row["Xattrs"]
    assert isinstance(xattrs, dict)
    return GoEntry(
        raw(row["Name"]),
        chr(whole("Kind")),
        raw(row["Data"]),
        whole("Mode"),
        whole("Uid"),
        whole("Gid"),
        whole("Seconds") + Decimal(whole("Nanos")).scaleb(-9),
        raw(row["Link"]),
        (whole("Major"), whole("Minor")),
        {key: raw(value) for key, value in xattrs.items()},
    )
