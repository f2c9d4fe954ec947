"""A header block and the extended headers before it, to one entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from struct import Struct
from zlib import adler32

from analyzer import tarforms as forms
from analyzer import tarheader as tar
from analyzer import tarsparse as sparse
from analyzer.paths import SHOWN, clean, decode, quoted
from analyzer.problems import Code, ProblemLog, error, note, warning
from analyzer.tarconflict import COMMON, TAKEN, conflicts, refusals, unset_attributes, unused_sparse
from analyzer.tarextended import ExtendedHeaders
from analyzer.tarheader import BLOCK_BYTES, BadHeader, Entry, EntryKind, Seconds, number

KEPT = 1000
"""Sets of mode and owner, and times, that are remembered for the entries to come."""

_OLD_SPARSE = ord("S")
_CONTIGUOUS = ord("7")
_OWNING = ("uid", "gid", "uname", "gname")
_Owned = tuple[int, int, int, str, str]

_FIELDS = Struct("100s 24s 12s 12s 6s 2s c 100x 88s c 162x c")
"""Name, mode and IDs, size, time, digits of the checksum and what ends them, type, magic with names
of the owners and devices, first byte of the prefix: tar.h, `struct posix_header`; first byte of
what ends a star header."""
_OWNERS = slice(257, 345)
_FILE, _FOLDER = b"0", b"5"
_A_FILE, _A_FOLDER = EntryKind.FILE, EntryKind.DIRECTORY
"""Members of an enumeration are slow to look up, and most entries need one of these."""
_entry_of, _NOTHING_MORE = Entry._make, (None, tar.NO_XATTRS, False)
"""Half the time of a call with defaults."""
_SUM_OF_BLANKS = 8 * ord(" ")
"""What the checksum counts for its own field."""

_SIGNED = "GNU tar refuses a sign, bsdtar may read another number"


@dataclass(slots=True)
class Found:
    """An entry and what follows its header.

    `stored` counts the bytes of data. `segments` is the sparse map as far as it is known, None
    for other files and where the data begins with the map. `extended` old GNU sparse headers
    are followed by blocks with the rest of the map. A file is not `readable` when its sparse map
    is not understood.
    """

    entry: Entry
    stored: int
    segments: list[sparse.Segment] | None = None
    extended: bool = False
    readable: bool = True


class EntryReader(ExtendedHeaders):
    """Builds entries of header blocks and the extended headers before them.

    What a broken field of no consequence for the rest of the archive said is replaced by zero
    and reported, since the entry is there all the same.
    """

    def __init__(self, where: str, log: ProblemLog) -> None:
        super().__init__(where, log)
        self._owned: dict[tuple[bytes | None, ...], _Owned] = {}
        self._times: dict[bytes, Seconds] = {}
        self._sound: set[tuple[bytes, bytes]] = set()  # fields of extended headers
        self._blamed = False
        self._data = 0  # where that of the entry begins
        self._odd_size = partial(self._odd, "size")
        self._odd_mtime = partial(self._odd, "mtime")

    def begin(self, block: bytes, offset: int) -> None:
        """Look at the header of an extended header, of which only the size counts."""
        key = block[100:148], block[_OWNERS]
        if key in self._sound:
            return
        if forms.refused_numbers(block):
            at = offset - BLOCK_BYTES
            self._refuse_extended(f"the extended header at byte {at} has a number that is none")
        elif len(self._sound) < KEPT:
            self._sound.add(key)

    def ordinary(self, block: bytes, offset: int) -> Entry | None:
        """The entry of a header as nearly all are: a file or folder, every field in its usual form.

        None for any other, valid or not: `read` is for those. This says what `read` would, in a
        third of the time, because it is one look and remembers who owned the entries before.
        """
        if self.waiting or not block.isascii():
            return None
        fields = _FIELDS.unpack_from(block)
        name, numbers, size, time, digits, end, kind, owners, prefix, star = fields
        owned = self._owned.get((numbers, owners))
        seconds = self._times.get(time)
        if owned is None or seconds is None or end != b"\0 " or prefix != b"\0" or star != b"\0":
            return None
        # Adler-32 starts with 1 plus the sum of bytes, exact while that is below its modulus.
        total = (adler32(block) & 0xFFFF) - (adler32(digits) & 0xFFFF) - ord(" ") + _SUM_OF_BLANKS
        octal = size[:11]
        if b"%06o" % total != digits or size[11] not in b"\0 " or not octal.isdigit():
            return None
        try:
            stored = int(octal, 8)
        except ValueError:  # digits, and not octal ones
            return None
        raw = name.rstrip(b"\0")
        path, odd = clean(raw.decode("ascii"))
        unusual = raw[-1:] == b"/" if kind == _FILE else stored or kind != _FOLDER
        if unusual or odd or b"\0" in raw:
            return None
        mode, uid, gid, uname, gname = owned
        which = _A_FILE if kind == _FILE else _A_FOLDER
        values = path, which, stored, mode, uid, gid, seconds, uname, gname, None, offset
        return _entry_of(values + _NOTHING_MORE)

    def read(self, block: bytes, offset: int) -> Found:
        """The entry of a header block whose data starts at `offset`. Raises BadHeader."""
        self._data = offset
        name = self._name(block)
        kind, entry_kind = self._kind(block, name)
        bare = kind in tar.HEADER_ONLY or entry_kind is EntryKind.DIRECTORY
        stored = self._stored(block, bare=bare)
        if bare:
            if stored:
                self._note_data(name, stored)
            stored = 0
        plain = not self._pax or self._pax.keys() <= COMMON
        form = None if plain or kind == _OLD_SPARSE else sparse.pax_form(self._pax)
        if form is not None and (stated := self._pax.get("GNU.sparse.name")):
            name = decode(stated)
        path = self._path(name, entry_kind)
        found = Found(self._entry(block, path, entry_kind, stored, offset), stored)
        if self._pax:
            self._note_pax(block, name, plain=plain, sparse_form=form)
        if block[508] and forms.refused_times(block):
            self._refuse("times of a star header that are no numbers")
        if form is not None:
            self._pax_sparse(found, form, bare=bare)
        elif kind == _OLD_SPARSE:
            self._old_sparse(found, block)
        return found

    @property
    def _at(self) -> int:
        """Where the header block of the entry is."""
        return self._data - BLOCK_BYTES

    def _refuse(self, what: str) -> None:
        detail = f"the entry at byte {self._at} has {what}; engines refuse the layer"
        self._log.add(warning(Code.RUNTIME_DEPENDENT, self._where, detail))

    def _entry(self, block: bytes, path: str, kind: EntryKind, stored: int, offset: int) -> Entry:
        pax = self._pax
        owned = None if pax else self._owned.get((block[100:124], block[_OWNERS]))
        mode, uid, gid, uname, gname = owned or self._ownership(block)
        mtime = self._times.get(block[136:148]) if "mtime" not in pax else None
        plain = kind is EntryKind.FILE or kind is EntryKind.DIRECTORY
        return Entry(
            path,
            kind,
            stored,
            mode,
            uid,
            gid,
            self._mtime(block) if mtime is None else mtime,
            uname,
            gname,
            None if plain else self._link(block, kind),
            offset,
            None if plain or kind not in tar.DEVICES else self._device(block),
            tar.xattrs_of(pax) if pax else tar.NO_XATTRS,
        )

    def _ownership(self, block: bytes) -> _Owned:
        """Mode, IDs and names; real images have a dozen such sets, which their entries share."""
        pax = self._pax
        key: tuple[bytes | None, ...] = (block[100:124], block[_OWNERS])
        if pax:
            key += tuple(map(pax.get, _OWNING))
        if (known := self._owned.get(key)) is not None:
            return known
        self._blamed = forms.refused_devices(block)
        if self._blamed:
            self._refuse("device numbers that are none")
        named = forms.form_of(block) is not forms.Form.V7
        owned = (
            self._number(block[100:108], "mode") & 0o7777,
            self._owner_number(block[108:116], "uid"),
            self._owner_number(block[116:124], "gid"),
            tar.text(pax.get("uname") or (block[265:297] if named else b"")),
            tar.text(pax.get("gname") or (block[297:329] if named else b"")),
        )
        if not self._blamed and len(self._owned) < KEPT:
            self._owned[key] = owned
        return owned

    # Names. GNU long names win over pax, and empty values stand for no value, as in Go.

    def _name(self, block: bytes) -> str:
        """All but that of a sparse file."""
        raw = self._long_name or self._pax.get("path")
        if raw:
            return decode(raw)
        if block[345]:
            self._note_misread(block)
        return decode(forms.header_name(block))

    def _path(self, name: str, kind: EntryKind) -> str:
        path, odd = clean(name)
        if odd:
            self._note_odd(name, path)
        if name.endswith("/") and kind is EntryKind.FILE:
            detail = f"{quoted(name, SHOWN)} at byte {self._at} is a file for engines and Python"
            detail += ", a directory for GNU tar and bsdtar, since its name ends in a slash"
            self._log.add(warning(Code.HEADER_CONFLICT, self._where, detail))
        return path

    def _link(self, block: bytes, kind: EntryKind) -> str | None:
        if kind is not EntryKind.SYMLINK and kind is not EntryKind.HARDLINK:
            return None
        raw = self._long_link or self._pax.get("linkpath")
        link = decode(raw) if raw else tar.text(block[157:257])
        if not link and kind is EntryKind.SYMLINK:
            self._refuse("a link to nothing")
        return link if kind is EntryKind.SYMLINK else clean(link)[0]

    def _note_odd(self, name: str, path: str) -> None:
        detail = f"name {quoted(name, SHOWN)} at byte {self._at} is absolute or has '..'"
        detail += f"; engines put it at {quoted(path, SHOWN)}"
        self._log.add(note(Code.UNSAFE_NAME, self._where, detail))

    def _note_data(self, name: str, stored: int) -> None:
        detail = f"{quoted(name, SHOWN)} at byte {self._at} is no file but states {stored} "
        detail += "bytes of data; engines read none, some readers skip them"
        self._log.add(warning(Code.HEADER_CONFLICT, self._where, detail))

    def _note_misread(self, block: bytes) -> None:
        what, grave = forms.misread_name(block)
        if what:
            add = warning if grave else note
            detail = f"the entry at byte {self._at}: {what}"
            self._log.add(add(Code.HEADER_CONFLICT, self._where, detail))

    def _note_pax(self, block: bytes, name: str, *, plain: bool, sparse_form: int | None) -> None:
        refused = list(refusals(block, self._pax))
        for what in refused:
            self._refuse(what)
        told = list(
            conflicts(
                block,
                forms.header_name(block) if "path" in self._pax else b"",
                self._pax,
                (self._long_name, self._long_link),
                sparse=sparse_form is not None,
                taken="which is shown here" if refused or self._refused else TAKEN,
            )
        )
        if not plain:
            told += unset_attributes(self._pax)
            if sparse_form is None and (unused := unused_sparse(self._pax)):
                told.append(unused)
        for what in told:
            detail = f"{quoted(name, SHOWN)} at byte {self._at}: {what}"
            self._log.add(warning(Code.HEADER_CONFLICT, self._where, detail))

    def _kind(self, block: bytes, name: str) -> tuple[int, EntryKind]:
        kind = block[156]
        if kind == 0 and name.endswith("/"):
            return kind, EntryKind.DIRECTORY  # v7: a directory is a name with a slash
        known = tar.KINDS.get(kind)
        if known is None or kind == _CONTIGUOUS:  # which Go's reader knows, and no engine makes
            what = "unknown tar type" if known is None else "tar type"
            detail = f"{quoted(name, SHOWN)} at byte {self._at} is of {what} {chr(kind)!r}"
            detail += "; taken as a file, engines refuse the layer"
            self._log.add(note(Code.ENTRY_UNSUPPORTED, self._where, detail))
        return kind, known or EntryKind.FILE

    # Numbers.

    def _stored(self, block: bytes, *, bare: bool) -> int:
        """Bytes of data; nothing behind the header can be found when this is wrong.

        What has none may state any number.
        """
        size = number(block[124:136], self._odd_size)
        if value := self._pax.get("size"):
            if size < 0 and block[156] not in tar.HEADER_ONLY:
                self._refuse(f"a size of {size} in its header")
            size = tar.decimal(value, "pax size")
        if not bare and not 0 <= size <= tar.LARGEST:
            raise BadHeader(f"size is {size}")
        if value:
            self._note_sign("size", value)
        return size

    def _note_sign(self, key: str, value: bytes, signs: bytes = b"+-") -> None:
        if value[0] in signs:
            self._odd(f"pax {key}", f"{value.decode()}, which engines and Python take; {_SIGNED}")

    def _number(self, field: bytes, what: str) -> int:
        try:
            return tar.number(field, partial(self._odd, what))
        except BadHeader as problem:
            self._blame(what, problem)
            return 0

    def _owner_number(self, field: bytes, key: str) -> int:
        if value := self._pax.get(key):
            try:
                owner = tar.decimal(value, f"pax {key}")
            except BadHeader as problem:
                self._blame(key, problem)
            else:
                self._note_sign(key, value)
                return owner
        return self._number(field, key)

    def _mtime(self, block: bytes) -> Seconds:
        value = self._pax.get("mtime")
        self._blamed = False
        try:
            if value:
                seconds = tar.pax_time(value)
                self._note_sign("mtime", value, b"+")
                return seconds
            seconds = tar.header_time(block[136:148], self._odd_mtime)
        except BadHeader as problem:
            self._blame("mtime", problem)
            return 0
        if len(self._times) < KEPT and not self._blamed:
            self._times[block[136:148]] = seconds
        return seconds

    def _device(self, block: bytes) -> tuple[int, int]:
        if forms.form_of(block) is forms.Form.V7:
            return 0, 0  # whatever stands there: GNU tar and Go, though not Python
        return self._number(block[329:337], "major"), self._number(block[337:345], "minor")

    def _blame(self, what: str, problem: BadHeader) -> None:
        self._blamed = True
        detail = f"{what} of the entry at byte {self._at}: {problem}"
        self._log.add(error(Code.HEADER_DAMAGED, self._where, detail))

    def _odd(self, field: str, what: str) -> None:
        self._blamed = True
        detail = f"{field} of the entry at byte {self._at}: {what}"
        add = note if what in tar.KNOWN_FORMS else warning
        self._log.add(add(Code.ODD_NUMBER, self._where, detail))

    # Sparse files.

    def _note_sparse(self, found: Found, *, refused: bool) -> None:
        entry = found.entry
        detail = f"{quoted(entry.path, SHOWN)} at byte {self._at} is a sparse file: "
        detail += f"{found.stored} bytes are stored, {entry.size} make the file"
        if refused:
            detail += "; engines refuse the layer"
        add = warning if refused else note
        self._log.add(add(Code.SPARSE_FILE, self._where, detail))

    def _old_sparse(self, found: Found, block: bytes) -> None:
        size = tar.number(block[483:495])
        if not 0 <= size <= tar.LARGEST:
            raise BadHeader(f"size of a sparse file is {size}")
        found.entry = found.entry._replace(size=size, sparse=True)
        found.segments = sparse.header_segments(block)
        found.extended = bool(block[482])
        self._note_sparse(found, refused=True)  # though Go's reader knows it

    def _pax_sparse(self, found: Found, form: int, *, bare: bool) -> None:
        if bare:
            self._refuse("a sparse map, and no data")
            return
        value = self._pax.get("GNU.sparse.size") or self._pax.get("GNU.sparse.realsize")
        size = tar.decimal(value, "sparse size") if value else found.stored
        if size < 0:
            raise BadHeader(f"size of a sparse file is {size}")
        found.entry = found.entry._replace(size=size, sparse=True)
        if form == 0:
            try:
                found.segments = sparse.pax_segments(self._pax)
                if not sparse.is_counted(self._pax, found.segments):
                    self._refuse("a sparse map without the right number of its segments")
            except BadHeader as problem:
                self._blame(f"sparse map of {quoted(found.entry.path, SHOWN)}", problem)
                found.readable = False
        self._note_sparse(found, refused=False)
