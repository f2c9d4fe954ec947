"""Programs over Go's standard library, compiled once and asked many times."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.support.tools import require_tool, run

Said = dict[str, Any]

_MAIN = """
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	var length uint64
	for binary.Read(os.Stdin, binary.BigEndian, &length) == nil {
		data := make([]byte, length)
		if _, err := io.ReadFull(os.Stdin, data); err != nil {
			panic(err)
		}
		line, err := json.Marshal(answer(data))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
"""


@contextlib.contextmanager
def go_program(source: str) -> Iterator[Callable[[bytes], Said]]:
    """Give bytes to the function `answer([]byte) interface{}` of `source`, of package main."""
    go = require_tool("go")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.go").write_text(_MAIN)
        (folder / "answer.go").write_text(source)
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

            def ask(data: bytes) -> Said:
                to.write(len(data).to_bytes(8, "big") + data)
                to.flush()
                said: Said = json.loads(back.readline())
                return said

            yield ask
            to.close()
