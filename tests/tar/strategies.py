"""Well-formed archives of every format, written by the standard library."""

from __future__ import annotations

import io
import tarfile

from hypothesis import strategies as st

_PART = st.one_of(
    st.text("abcdefgh.-_ ", min_size=1, max_size=12).filter(lambda text: text not in {".", ".."}),
    st.sampled_from(["é", "日本", "x" * 99, "y" * 120, "n\udcff\udc80", "a\nb", "back\\slash"]),
)
NAMES = st.lists(_PART, min_size=1, max_size=4).map("/".join)
_TYPES = (
    tarfile.REGTYPE,
    tarfile.AREGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CONTTYPE,
)
_SIZES = st.sampled_from([0, 1, 511, 512, 513, 1024, 1500])
_IDS = st.sampled_from([0, 1000, 0o7777777, 0o10000000, 1 << 31, 1 << 40])
_XATTRS = st.dictionaries(
    st.sampled_from(["security.capability", "user.a", "user.é"]),
    st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    max_size=2,
)


class Archive(bytes):
    """Shown by its size; a failing test shows the entries, which say more than the bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<archive of {len(self)} bytes>"


@st.composite
def members(draw: st.DrawFn, form: int) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(draw(NAMES))
    info.type = draw(st.sampled_from(_TYPES))
    if info.type == tarfile.AREGTYPE and len(info.name) > 40:
        info.type = tarfile.REGTYPE  # tarfile judges the cut name in the header, Go the whole one
    small = form == tarfile.USTAR_FORMAT
    info.mode = draw(st.integers(0, 0o7777))
    info.uid = draw(_IDS) & 0o7777777 if small else draw(_IDS)
    info.gid = draw(_IDS) & 0o7777777 if small else draw(_IDS)
    info.mtime = draw(st.integers(0, 1 << 33))
    if form == tarfile.PAX_FORMAT:
        info.mtime = draw(st.sampled_from([0, 1.5, 1714564800.123456, 1 << 34, -1]))
        info.pax_headers = {f"SCHILY.xattr.{key}": v for key, v in draw(_XATTRS).items()}
    info.uname = draw(st.sampled_from(["", "root", "jürgen"]))
    info.gname = draw(st.sampled_from(["", "wheel"]))
    if info.issym() or info.islnk():
        info.linkname = draw(NAMES)
    if info.ischr() or info.isblk():
        info.devmajor, info.devminor = draw(st.tuples(st.integers(0, 255), st.integers(0, 255)))
    data = draw(_SIZES) * b"d" if info.isreg() else b""
    info.size = len(data)
    return info, data


@st.composite
def archives(draw: st.DrawFn) -> Archive:
    """The bytes of one archive."""
    form = draw(st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for info, data in draw(st.lists(members(form), max_size=5)):
            try:
                archive.addfile(info, io.BytesIO(data))
            except ValueError:
                assert form == tarfile.USTAR_FORMAT  # a name that does not fit there
    return Archive(out.getvalue())
