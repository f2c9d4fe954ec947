"""What annotations promise of a layer's table of contents, against what the layer carries.

Sources of the annotations: containerd/stargz-snapshotter, estargz/types.go; containers/storage,
pkg/chunked/internal/minimal/compression.go. Engines that fetch layers piece by piece find and
prove the table by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.digest import Digest, algorithm_of, parse_digest
from analyzer.errors import MalformedImage
from analyzer.image.model import LayerRef, Measured, Table
from analyzer.paths import printable
from analyzer.problems import Code, Problem, error, warning

_CHUNKED = "io.github.containers.zstd-chunked."
_CHUNKED_BEFORE = "io.containers.zstd-chunked."
"""As skopeo 1.9.3 and buildah 1.28 write it."""
_TOC = "containerd.io/snapshot/stargz/toc.digest"
_WHOLE_SIZE = "io.containers.estargz.uncompressed-size"
_NUMBERS = re.compile(r"[0-9]{1,20}(?::[0-9]{1,20})*")
_WHAT = {
    _TOC: "the digest of the table of contents",
    f"{_CHUNKED}manifest-checksum": "the digest of the table of contents as stored",
    f"{_CHUNKED}manifest-position": "the place of the table of contents",
    f"{_CHUNKED}tarsplit-checksum": "the digest of the tar-split data",
    f"{_CHUNKED}tarsplit-position": "the place of the tar-split data",
    _WHOLE_SIZE: "the inflated size",
}


def table_promises(layer: LayerRef) -> Mapping[str, str]:
    """The annotations that promise something of the table, under the names they have today."""
    named = {
        name.replace(_CHUNKED_BEFORE, _CHUNKED, 1) if name.startswith(_CHUNKED_BEFORE) else name: v
        for name, v in sorted(layer.annotations.items())
    }
    return {name: named[name] for name in _WHAT if name in named}


def check_table(layer: LayerRef, measured: Measured) -> Iterator[Problem]:
    """Every annotation that the table contradicts, as "declares X, measured Y".

    A layer that was not read to its end contradicts nothing, nor does a table that cannot be
    read; both are problems of the scan. The tar is what its diff ID says in any case.
    """
    promises, table = table_promises(layer), measured.table
    if not promises or table is None or measured.uncompressed_size is None:
        return
    where = layer.name or f"layer {layer.position}"
    if (size := promises.get(_WHOLE_SIZE)) is not None and size != str(measured.uncompressed_size):
        yield _broken(where, _WHOLE_SIZE, size, str(measured.uncompressed_size))
    of_table = {name: value for name, value in promises.items() if name != _WHOLE_SIZE}
    if of_table and not table.form:
        what = f"the manifest promises a table of contents ({next(iter(of_table))}); "
        yield warning(Code.TOC_MISMATCH, where, f"{what}the layer carries none")
    elif table.toc is not None:
        for name, value in of_table.items():
            yield from _compare(where, name, value, _measured(table)[name])


def _measured(table: Table) -> dict[str, Digest | tuple[int, ...] | None]:
    return {
        _TOC: table.toc,
        f"{_CHUNKED}manifest-checksum": table.stored,
        f"{_CHUNKED}manifest-position": table.position,
        f"{_CHUNKED}tarsplit-checksum": table.split,
        f"{_CHUNKED}tarsplit-position": table.split_position,
    }


def _compare(
    where: str, name: str, stated: str, found: Digest | tuple[int, ...] | None
) -> Iterator[Problem]:
    if found is None:
        what = f"the manifest states {_WHAT[name]} ({name}); the layer, {_NO_SUCH}"
        yield warning(Code.TOC_MISMATCH, where, what)
    elif isinstance(found, tuple):
        numbers = map(int, stated.split(":")) if _NUMBERS.fullmatch(stated) else ()
        if tuple(numbers) != found:
            yield _broken(where, name, stated, ":".join(map(str, found)))
    elif _other_algorithm(stated, found):
        what = f"{_WHAT[name]} is stated as {_show(stated)}; measured {found}, not comparable"
        yield warning(Code.TOC_MISMATCH, where, what)
    elif stated != found:
        yield _broken(where, name, stated, found)


_NO_SUCH = "read by its own footer, has none"


def _other_algorithm(stated: str, found: Digest) -> bool:
    try:
        return algorithm_of(parse_digest(stated)) != algorithm_of(found)
    except MalformedImage:
        return False


def _broken(where: str, name: str, stated: str, found: str) -> Problem:
    what = f"{_WHAT[name]}: the manifest declares {_show(stated)} ({name}), measured {found}"
    return error(Code.TOC_MISMATCH, where, what)


def _show(text: str) -> str:
    return f"{printable(text):.200}"
