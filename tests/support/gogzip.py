"""Go's compress/gzip, which container engines inflate layers with, asked directly."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.support.goprogram import go_program

_PROGRAM = """
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
)

type member struct {
	At, Seconds   int64
	Os            int
	Name, Comment string
	Extra         int
}

func answer(data []byte) interface{} {
	found, problem := read(data)
	return map[string]interface{}{"Members": found, "Problem": problem}
}

func read(data []byte) (found []member, problem string) {
	found = []member{}
	behind := bytes.NewReader(data)
	source := bufio.NewReader(behind)
	at := func() int64 { return int64(len(data) - behind.Len() - source.Buffered()) }
	start := at()
	stream, err := gzip.NewReader(source)
	for err == nil {
		h := stream.Header
		seconds := int64(0)
		if !h.ModTime.IsZero() {
			seconds = h.ModTime.Unix()
		}
		found = append(found, member{start, seconds, int(h.OS), h.Name, h.Comment, len(h.Extra)})
		stream.Multistream(false)
		if _, err = io.Copy(io.Discard, stream); err != nil {
			break
		}
		start = at()
		err = stream.Reset(source)
	}
	if err != io.EOF {
		return found, err.Error()
	}
	return found, ""
}
"""


@dataclass(frozen=True)
class GoMember:
    """A member as Go tells of it; `extra` is the size of that field."""

    at: int
    mtime: int
    system: int
    name: str
    comment: str
    extra: int


@dataclass(frozen=True)
class GoStream:
    """The members before the end or before `problem`."""

    members: tuple[GoMember, ...]
    problem: str


@contextlib.contextmanager
def go_gunzip() -> Iterator[Callable[[bytes], GoStream]]:
    """A reader of whole streams, compiled with the Go that is installed."""
    with go_program(_PROGRAM) as ask:

        def read(data: bytes) -> GoStream:
            said = ask(data)
            return GoStream(
                tuple(
                    GoMember(m["At"], m["Seconds"], m["Os"], m["Name"], m["Comment"], m["Extra"])
                    for m in said["Members"]
                ),
                said["Problem"],
            )

        yield read
