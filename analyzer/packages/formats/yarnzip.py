"""The archives in which Yarn keeps packages: one package each, under `node_modules/<name>/`.

https://yarnpkg.com/advanced/lexicon, "Cache" and "Zero-installs". With Plug'n'Play Node runs the
code out of them, so they are all that there is of a package.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.packages.contract import Charge, Content, Reducer
from analyzer.packages.formats import npm
from analyzer.packages.formats.zipreader import LOCAL_MAGIC, Member, ZipError, members, read

MANIFEST = "package.json"
"""The part that is kept."""
FAULT = "fault"
"""The part that says, in words, why that one is not there."""
_ENDINGS = (b"/package.json",)
_MOST_MEMBERS = 200_000
_MOST_BYTES = 4 << 20


def _reduce(content: Content, charge: Charge) -> Mapping[str, bytes]:
    fault = ""
    for member in members(content, _MOST_MEMBERS, _ENDINGS):
        if isinstance(member, ZipError):
            fault = fault or str(member)
        elif _is_manifest(member):
            try:
                return {MANIFEST: read(content, member, charge, _MOST_BYTES)}
            except ZipError as problem:
                fault = f"{MANIFEST}: {problem}"
    return {FAULT: fault.encode("utf-8", "surrogateescape")} if fault else {}


def _is_manifest(member: Member) -> bool:
    if not (member.name.startswith("node_modules/") and member.name.endswith(f"/{MANIFEST}")):
        return False
    place = npm.place(member.name)
    return place is not None and f"node_modules/{place.name}" == place.folder


REDUCER = Reducer("yarn-archive", 1, _reduce, magics=(LOCAL_MAGIC,))
"""Archives are as large as packages are; the manifest is all that is wanted of them."""
