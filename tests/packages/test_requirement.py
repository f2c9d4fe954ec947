"""Requirements of Python distributions, against `packaging`, which has the grammar of PEP 508."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from analyzer.packages.formats.requirement import Interpreter, NotARequirement, Read, read, required

PIECES = ["a", "A-b", "b.c_", "==", "~=", ">=", "===", "<", "!=", "1", "1.2", "1.*", ".*", "1a1"]
PIECES += [",", " ", " ,", "(", ")", "[x]", ";", "os_name == 'posix'", "@", "\u0661", "1!", "\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
@example("a\n")
@example("\na==1")
@example("a\x0b<1")
@example("a<=1\x0b,>2")
def test_read_as_packaging_reads_it(requirement: str) -> None:
    try:
        found = Requirement(requirement)
    except InvalidRequirement:
        with pytest.raises(NotARequirement):
            read(requirement)
        return
    exact = [s.version for s in found.specifier if s.operator in {"==", "==="}]
    pinned = len(found.specifier) == 1 and exact and not exact[0].endswith(".*")
    assert read(requirement) == Read(found.name, exact[0] if pinned else "")
    if found.marker is None:
        assert required(requirement, Interpreter("3.11")) == canonicalize_name(found.name)


PLAIN = ["certifi==2022.9.24", "idna", "six >= 1.5", "urllib3<3,>=1.21.1", "rich~=12.6", "a!=1.*"]


def test_plain_ones_need_no_library() -> None:
    code = f"""
import sys
from analyzer.packages.formats.requirement import read
assert read({PLAIN[0]!r}).version == "2022.9.24"
for text in {PLAIN!r}:
    read(text)
assert "packaging" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
