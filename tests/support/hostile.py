"""Everything hostile in one table: a sentence, and what writes the case.

    for sentence, write in HOSTILE.items():
        answer = run_analyzer(write(tmp_path))
        assert EXPECT[sentence].accepts(answer.code, answer.output)

Nothing of this is ever stored; the files are made while the tests run. Every writer is
deterministic, needs no privileges, and stays within the folder it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.hostile_bombs import BOMBS
from tests.support.hostile_case import Expect
from tests.support.hostile_documents import DOCUMENTS
from tests.support.hostile_files import FILES
from tests.support.hostile_layers import LAYERS

if TYPE_CHECKING:
    from tests.support.hostile_case import Writer

__all__ = ["EXPECT", "HOSTILE", "Expect"]

#: What writes the case under a folder; returns the path to hand to the analyzer.
HOSTILE: dict[str, Writer] = {
    **FILES.writers,
    **DOCUMENTS.writers,
    **LAYERS.writers,
    **BOMBS.writers,
}

#: What a fair analyzer may answer, under the same sentences.
EXPECT: dict[str, Expect] = {
    **FILES.expect,
    **DOCUMENTS.expect,
    **LAYERS.expect,
    **BOMBS.expect,
}
