"""Headers of rpm packages, as the values of rpm's database hold them.

https://rpm-software-management.github.io/rpm/manual/format_header.html; limits and the order in
which entries count follow rpm's `lib/header.c` (hdrblobInit, hdrblobImport). The database keeps
no magic before them: `il` and `dl`, `il` index entries of 16 bytes, `dl` bytes of data, integers
big-endian.

A region (tags 61 to 63) comes first in all but the oldest headers and only says which entries a
signature covers. Entries behind it, the dribbles, were added at installation and replace those
of the same tag inside it. Since they stand later, the later entry of a tag is the valid one.
"""

from __future__ import annotations

import struct

from analyzer.packages.formats.damage import Damage, Unreadable

NAME, VERSION, RELEASE, EPOCH = 1000, 1001, 1002, 1003
SUMMARY, VENDOR, LICENSE, PACKAGER, URL, ARCH = 1004, 1011, 1014, 1015, 1020, 1022
OLDFILENAMES, FILESIZES, FILESTATES, FILEMODES = 1027, 1028, 1029, 1030
FILEDIGESTS, FILELINKTOS, FILEFLAGS = 1035, 1036, 1037
FILEUSERNAME, FILEGROUPNAME, SOURCERPM, FILEVERIFYFLAGS = 1039, 1040, 1044, 1045
PROVIDENAME, REQUIRENAME = 1047, 1049
DIRINDEXES, BASENAMES, DIRNAMES = 1116, 1117, 1118
LONGFILESIZES, FILEDIGESTALGO, MODULARITYLABEL = 5008, 5011, 5096
SIGPGP, SIGGPG, DSAHEADER, RSAHEADER, OPENPGP = 259, 262, 267, 268, 278
SHA1HEADER, SHA256HEADER = 269, 273
"""Tags: rpm's `include/rpm/rpmtag.h`."""

_REGIONS = frozenset({61, 62, 63})
_REGION_TYPE, _REGION_COUNT = 7, 16
_MAGIC = b"\x8e\xad\xe8\x01\0\0\0\0"
"""Of a header in a file; the database leaves it out, digests have it."""
_MAX_TAGS = 0xFFFF
_MAX_DATA = 0x0FFFFFFF
_MAX_ARRAY = 0x000FFFFF
"""`HEADER_TAGS_MAX`, `HEADER_DATA_MAX` and `HEADER_ARRAY_MAX`: rpm refuses more."""
_LENGTHS = struct.Struct(">II")
_ENTRY = struct.Struct(">IIiI")
_NUMBERS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_BINARY = 7
_ONE_STRING = 6
_STRINGS = frozenset({_ONE_STRING, 8, 9})
"""Types: characters and integers; one string, an array of strings, one string in many languages
(the first of which is that of no language)."""


class Header:
    """One header: values by tag, taken out of the bytes when they are asked for.

    A tag that is absent gives an empty value. So does one whose value is out of bounds or of
    another type than asked for, and `damage` says so from then on.
    """

    def __init__(self, blob: bytes) -> None:
        """Read the index of `blob`; raises Unreadable where there is none."""
        if len(blob) < _LENGTHS.size:
            raise Unreadable("a header of too few bytes")
        count, size = _LENGTHS.unpack_from(blob)
        start = _LENGTHS.size + count * _ENTRY.size
        if not 0 < count <= _MAX_TAGS or size > _MAX_DATA or start > len(blob):
            raise Unreadable("not a header")
        self.damage: list[Damage] = []
        self._blob = blob
        self._start = start
        self._end = min(start + size, len(blob))
        entries = list(_ENTRY.iter_unpack(memoryview(blob)[_LENGTHS.size : start]))
        self._signed = 0
        self._entries = {tag: (kind, offset, many) for tag, kind, offset, many in entries}
        self._covered = self._region(entries[0], count)
        if BASENAMES in {tag for tag, *_ in entries[self._covered :]}:
            self._entries.pop(OLDFILENAMES, None)
        if self._end < start + size:
            self.damage.append(Damage("a header is cut short"))

    def _region(self, first: tuple[int, int, int, int], count: int) -> int:
        """How many entries belong to the region; all, where the header is older than regions."""
        tag, kind, offset, size = first
        entries: int
        if tag not in _REGIONS or not offset:
            return count
        place = self._start + offset
        if (kind, size) == (_REGION_TYPE, _REGION_COUNT) and self._start <= place:
            trailer = self._blob[place : min(place + _ENTRY.size, self._end)]
            if len(trailer) == _ENTRY.size:
                last, kind, offset, size = _ENTRY.unpack(trailer)
                entries, rest = divmod(-offset, _ENTRY.size)
                fits = not rest and 0 <= entries <= count
                if (last, kind, size) == (tag, _REGION_TYPE, _REGION_COUNT) and fits:
                    self._signed = place + _ENTRY.size - self._start
                    return entries
        self.damage.append(Damage("a header whose signed region is damaged", lost=False))
        return count

    @property
    def signed(self) -> tuple[bytes | memoryview, ...]:
        """All that its digests and signatures are of, in pieces; none where it has no region.

        rpm's `lib/header.c`, `hdrblobDigestUpdate`.
        """
        if not self._signed:
            return ()
        view = memoryview(self._blob)
        index = view[_LENGTHS.size : _LENGTHS.size + self._covered * _ENTRY.size]
        lengths = _LENGTHS.pack(self._covered, self._signed)
        return _MAGIC, lengths, index, view[self._start : self._start + self._signed]

    @property
    def tags(self) -> tuple[int, ...]:
        """Every tag that it has a value for, good or bad, but those of regions."""
        return tuple(tag for tag in self._entries if tag not in _REGIONS)

    @property
    def size(self) -> int:
        """Bytes of its data, which values share out among them."""
        size: int = self._end - self._start
        return size

    def count(self, tag: int) -> int:
        """How many values `tag` says that it has, or bytes; 0 where it is absent."""
        many: int = self._entries.get(tag, (0, 0, 0))[2]
        return many

    def value(self, tag: int) -> tuple[int, ...] | list[bytes] | bytes:
        """What `tag` holds, by its type: numbers, texts, or bytes."""
        kind, _, _ = self._entries.get(tag, (0, 0, 0))
        if kind in _STRINGS:
            return self.strings(tag)
        return self.binary(tag) if kind == _BINARY else self.numbers(tag)

    def __contains__(self, tag: int) -> bool:
        """Whether it has a value for `tag`, good or bad."""
        return tag in self._entries

    def string(self, tag: int) -> bytes:
        """The value of `tag`, or the first of several."""
        found = self._strings(tag, 1)
        return found[0] if found else b""

    def strings(self, tag: int) -> list[bytes]:
        """All values of `tag`."""
        return self._strings(tag, _MAX_ARRAY)

    def _strings(self, tag: int, most: int) -> list[bytes]:
        kind, start, count = self._entry(tag, _STRINGS)
        values: list[bytes] = []
        for _ in range(min(count, most, 1 if kind == _ONE_STRING else most)):
            end = self._blob.find(b"\0", start, self._end)
            if end < 0:
                self._lose(tag, "runs past the end of its header")
                break
            values.append(self._blob[start:end])
            start = end + 1
        return values

    def numbers(self, tag: int) -> tuple[int, ...]:
        """All values of `tag`, unsigned."""
        kind, start, count = self._entry(tag, frozenset(_NUMBERS))
        if not count:
            return ()
        layout = struct.Struct(f">{count}{_NUMBERS[kind]}")
        if start + layout.size > self._end:
            self._lose(tag, "runs past the end of its header")
            return ()
        return layout.unpack_from(self._blob, start)

    def number(self, tag: int) -> int | None:
        """The first value of `tag`."""
        found = self.numbers(tag)
        return found[0] if found else None

    def binary(self, tag: int) -> bytes:
        """The bytes of `tag`."""
        _, start, count = self._entry(tag, frozenset({_BINARY}))
        if start + count > self._end:
            self._lose(tag, "runs past the end of its header")
        return self._blob[start : min(start + count, self._end)]

    def _entry(self, tag: int, kinds: frozenset[int]) -> tuple[int, int, int]:
        """Type, place and count of `tag`; a count of 0 where there is nothing to be had."""
        kind, offset, count = self._entries.get(tag, (0, 0, 0))
        if not kind and not count:
            return 0, 0, 0
        if kind not in kinds:
            self._lose(tag, f"is of type {kind}")
            return 0, 0, 0
        most = _MAX_DATA if kind == _BINARY else _MAX_ARRAY
        if offset < 0 or self._start + offset > self._end or not 0 < count <= most:
            self._lose(tag, "is out of bounds")
            return 0, 0, 0
        return kind, self._start + offset, count

    def _lose(self, tag: int, what: str) -> None:
        self.damage.append(Damage(f"a header whose tag {tag} {what}"))
