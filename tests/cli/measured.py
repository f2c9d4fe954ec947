"""The program with its memory and time, measured by a process between.

Linux charges a new program with the peak of who starts it: here, of a test run of many minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

from tests.cli.harness import command
from tests.support.tools import ROOT

_MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
said = done.stdout[-20000:].decode(errors="replace")
print(json.dumps([done.returncode, said, used.ru_maxrss * 1024, used.ru_utime + used.ru_stime]))
"""


class Measured(NamedTuple):
    """Exit code, both streams together, the peak of resident memory in bytes, CPU seconds."""

    code: int
    said: str
    peak: int
    seconds: float


def measured(*arguments: object) -> Measured:
    """Run the program."""
    line = [sys.executable, "-c", _MEASURE, *command(*arguments)]
    return Measured(*json.loads(subprocess.check_output(line, cwd=ROOT)))
