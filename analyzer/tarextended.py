"""The extended headers of a tar, kept until the header that they belong to."""

from __future__ import annotations

from analyzer import tarheader as tar
from analyzer.problems import Code, ProblemLog, warning
from analyzer.tarheader import BadHeader

EXTENSIONS = frozenset(b"xgLK")
"""Types that say something about the next entry."""

_MOST_BYTES = 1 << 20
"""Go's archive/tar, format.go, `maxSpecialFileSize`."""


class ExtendedHeaders:
    """What extended headers say of the entry to come."""

    def __init__(self, where: str, log: ProblemLog) -> None:
        self._where = where
        self._log = log
        self._pax: dict[str, bytes] = {}
        self._long_name = b""
        self._long_link = b""
        self._refused = False  # by engines, for what waits
        self.waiting = False
        """Whether an extended header waits for its entry."""

    def extend(self, kind: int, data: bytes, end: int) -> None:
        """Take in the data of an extended header that ends before byte `end`.

        Go's reader gives no second header of a kind the records of the first, and starts anew
        after a global one.

        Raises:
            BadHeader: malformed records.
        """
        if len(data) > _MOST_BYTES:
            self._refuse_at(end, f"an extended header of {len(data)} bytes")
        if kind == ord("g"):
            self._pass_over(data, end)
            return
        self.waiting = True
        name = data.partition(b"\0")[0]
        if kind == ord("L"):
            self._repeated(end, bool(self._long_name))
            self._long_name = name
        elif kind == ord("K"):
            self._repeated(end, bool(self._long_link))
            self._long_link = name
        else:
            self._repeated(end, bool(self._pax))
            self._pax = {}
            self._read_pax(data, self._pax, end)

    def _read_pax(self, data: bytes, records: dict[str, bytes], end: int) -> None:
        """Read records, and say what readers make of them differently."""
        left, signed = tar.read_pax(data, records)
        if left:  # some writers leave them inside the size
            self._refuse_at(end, "zeros behind the records of an extended header")
        if signed:
            what = "the length of an extended record has a sign, which engines take"
            self._conflict(end, f"{what}; GNU tar, bsdtar and Python pass over what follows")

    def _pass_over(self, data: bytes, end: int) -> None:
        """A global header, as every runtime does that takes it."""
        what = f"before byte {end}: a global extended header; containerd, docker and podman "
        what += "pass over it, umoci refuses the layer, and GNU tar and Python apply it"
        self._log.add(warning(Code.RUNTIME_DEPENDENT, self._where, what))
        records: dict[str, bytes] = {}
        try:
            self._read_pax(data, records, end)
        except BadHeader as problem:
            self._refuse_at(end, f"a global header that is damaged ({problem})")
        if self.waiting:
            what = "a global header follows an extended one, which engines then forget"
            self._conflict(end, f"{what}; GNU tar and Python do not")
            self.forget()

    def _repeated(self, end: int, twice: bool) -> None:  # noqa: FBT001 - of the call before
        if twice:
            what = "two extended headers of a kind stand before one entry; the second counts"
            self._conflict(end, f"{what}, in Python both do, and the first more")

    def _refuse_at(self, end: int, what: str) -> None:
        self._refuse_extended(f"before byte {end}: {what}")

    def _refuse_extended(self, what: str) -> None:
        self._refused = True
        detail = f"{what}; engines refuse the layer"
        self._log.add(warning(Code.RUNTIME_DEPENDENT, self._where, detail))

    def _conflict(self, end: int, what: str) -> None:
        self._log.add(warning(Code.HEADER_CONFLICT, self._where, f"before byte {end}: {what}"))

    def forget(self) -> None:
        """Drop the extended headers."""
        if self.waiting:
            self._pax, self._long_name, self._long_link = {}, b"", b""
            self.waiting = self._refused = False
