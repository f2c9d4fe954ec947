"""Verification codes of packages that contain files.

SPDX 2.3, 7.9: SHA-1 over the sorted SHA-1s of all files of a package, in lower-case hexadecimal
without anything between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyzer.bills.model import Bill
from analyzer.digest import new_sha1

_SHA1 = "sha1:"


def verification_codes(bill: Bill) -> Mapping[str, str | None]:
    """The code of each element that CONTAINS files, by `ref`, as hexadecimal digits.

    None where one of its files has no SHA-1: no code would be true of it. Elements that contain
    no file are not in it: their `filesAnalyzed` is false.
    """
    sums = {
        element.ref: next(
            (d[len(_SHA1) :].lower() for d in element.digests if d.startswith(_SHA1)), None
        )
        for element in bill.elements
        if element.kind == "file"
    }
    files: dict[str, set[str]] = defaultdict(set)
    for relation in bill.relations:
        if relation.kind == "CONTAINS" and relation.other in sums:
            files[relation.one].add(relation.other)
    return {ref: _code([sums[file] for file in contained]) for ref, contained in files.items()}


def _code(sums: list[str | None]) -> str | None:
    known = [each for each in sums if each is not None]
    if len(known) != len(sums):
        return None
    state = new_sha1()
    state.update("".join(sorted(known)).encode())
    return state.hexdigest()
