"""Licences out of machine-readable copyright files of Debian, version 1.0 of the format.

https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

The files are read while a layer streams past, because they are many and mostly licence texts.
Drafts of the format and files in prose say nothing that could be taken word for word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.layers.wants import Charge, Content, Reducer
from analyzer.packages.formats.text import text

_VERSION = b"/copyright-format/1.0"
"""Of every spelling of the address that the Format field must have."""
_HEAD_BYTES = 4096
"""The header paragraph comes first; its other fields may stand before Format."""
_LICENCES = "licences"


def licences(parts: Mapping[str, bytes]) -> tuple[str, ...]:
    """The short names of a reduced file, in the order in which it first has them."""
    return tuple(filter(None, parts.get(_LICENCES, b"").decode("utf-8").split("\n")))


def reduce(content: Content, _charge: Charge) -> Mapping[str, bytes]:
    """The short names of the licences of a whole file; nothing where it is in another format."""
    at = content.find(_VERSION, 0, _HEAD_BYTES)
    if at < 0 or not _is_format(content[content.rfind(b"\n", 0, at) + 1 : at]):
        return {}
    found = dict.fromkeys(_short_names(content[:]))
    return {_LICENCES: "\n".join(found).encode()} if found else {}


def _is_format(line: bytes) -> bool:
    name, colon, address = line.partition(b":")
    return bool(colon) and name.strip().lower() == b"format" and b" " not in address.strip()


def _short_names(data: bytes) -> Iterator[str]:
    """The first line of License in the header and in each paragraph that has Files.

    Paragraphs of License alone hold texts for names that the others use ("Stand-alone License
    Paragraph"), so they add nothing. Lines that begin with a blank go on with a value.
    """
    speaks, name = True, ""
    for line in data.split(b"\n"):
        if line[:1] in {b" ", b"\t"}:
            continue
        field, _, value = line.partition(b":")
        match field.strip().lower():
            case b"":
                speaks, name = False, ""
            case b"files":
                speaks = True
            case b"license":
                name = text(value.strip())
            case _:
                continue
        if speaks and name:
            yield name
            speaks, name = False, ""


REDUCER = Reducer("dep5", 1, reduce)
