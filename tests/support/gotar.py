"""Go's archive/tar, which container engines read layers with, asked directly."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.support.tools import require_tool, run

_PROGRAM = """
package main

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
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

func main() {
	var length uint64
	for binary.Read(os.Stdin, binary.BigEndian, &length) == nil {
		data := make([]byte, length)
		if _, err := io.ReadFull(os.Stdin, data); err != nil {
			panic(err)
		}
		found, problem := read(data)
		line, err := json.Marshal(map[string]interface{}{"Entries": found, "Problem": problem})
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
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
    go = require_tool("go")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.go").write_text(_PROGRAM)
        (folder / "go.mod").write_text("module reader\n\ngo 1.18\n")
        env = {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
        if not os.environ.get("HOME"):
            env["GOCACHE"] = f"{name}/cache"
        run([go, "build", "-buildvcs=false", "-o", "reader", "."], cwd=folder, env=env, timeout=300)
        with subprocess.Popen(
            [folder / "reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as reader:
            assert reader.stdin is not None
            assert reader.stdout is not None
            to, back = reader.stdin, reader.stdout

            def ask(archive: bytes) -> GoAnswer:
                to.write(len(archive).to_bytes(8, "big") + archive)
                to.flush()
                return _answer(back.readline())

            yield ask
            to.close()


def _answer(line: bytes) -> GoAnswer:
    said = json.loads(line)
    return GoAnswer(tuple(map(_entry, said["Entries"])), said["Problem"])


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
