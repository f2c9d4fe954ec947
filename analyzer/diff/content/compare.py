"""Tells what two contents are and has them compared by who knows that kind.

The order of the sides never matters: of two contents the lesser one is always compared with the
greater, and the answer is mirrored where that exchanged them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from analyzer.codec import Codec
from analyzer.diff.content.bytesat import compare_bytes, compare_silently
from analyzer.diff.content.databases import ONE_RECORD, holds_passwords, reader_for
from analyzer.diff.content.elfparts import compare_elf
from analyzer.diff.content.jsonmembers import compare_json
from analyzer.diff.content.packed import codec_of, head_of
from analyzer.diff.content.pyc import compare_pyc, is_pyc
from analyzer.diff.content.records import compare_fields, compare_records
from analyzer.diff.content.room import Found, Room, Unreadable
from analyzer.diff.content.rpmrecords import Beside, compare_rpm_files, rpm_kind
from analyzer.diff.content.single import compare_single
from analyzer.diff.content.sqlitefile import compare_sqlite, is_sqlite
from analyzer.diff.content.tarball import compare_tars, is_tar
from analyzer.diff.content.text import compare_text, first_difference, is_text
from analyzer.diff.content.ziparchive import MAGICS, compare_zips
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf, mirrored
from analyzer.errors import LimitExceeded
from analyzer.layers.wants import Content
from analyzer.packages.formats.elf import MAGIC
from analyzer.tarheader import BLOCK_BYTES

SUBJECT = "inside"
_Compare = Callable[[], Found]
ALONE: Beside = ({}, {})


def compare_content(
    path: str, before: Content, after: Content, room: Room, beside: Beside = ALONE
) -> Difference:
    """What differs inside a file that is at `path` in both images.

    Args:
        path: root-relative; it tells databases, and names nothing on the host.
        before: one whole content.
        after: the other.
        room: what this may cost.
        beside: per side the files that this one is read with, by path.

    Returns:
        A node `inside`; its values are kind and size of the two contents. What cannot be read
        as what it looks like, or only over a limit, is compared as text or bytes, with a note.
    """
    at = first_difference(before, after)
    if at == len(before) == len(after):
        side = {"kind": kind_of(path, before, room), "size": len(before)}
        return leaf(SUBJECT, Kind.SAME, side, side)
    if before[at : at + 1] > after[at : at + 1]:
        return mirrored(_compare(path, after, before, room, beside[::-1]))
    return _compare(path, before, after, room, beside)


def kind_of(path: str, content: Content, room: Room) -> str:
    """What a content is, in a word or two. Never raises."""
    if kind := rpm_kind(path, content) or _by_magic(content, room):
        return kind
    if path.endswith(".pyc") and is_pyc(content):
        return "Python bytecode"
    if not is_text(content):
        return "data"
    if database := reader_for(path):
        return database[0]
    if not content:
        return "empty"
    return "JSON" if _looks_like_json(path, content) else "text"


def _by_magic(content: Content, room: Room) -> str:
    if content[: len(MAGIC)] == MAGIC:
        return "ELF"
    if content[:4] in MAGICS:
        return "zip"
    if is_sqlite(content):
        return "SQLite"
    codec = codec_of(content)
    if codec is not Codec.NONE:
        return f"{codec.value} tar" if _holds_tar(content, room) else codec.value
    return "tar" if is_tar(content[:BLOCK_BYTES]) else ""


def _holds_tar(content: Content, room: Room) -> bool:
    try:
        return is_tar(head_of(content, room))
    except (Unreadable, LimitExceeded):
        return False


def _looks_like_json(path: str, content: Content) -> bool:
    head = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if path.endswith(".json"):
        return head[:1] in {b"{", b"["}
    tail = content[-64:].rstrip(b" \t\r\n")
    return (head[:1], tail[-1:]) in {(b"{", b"}"), (b"[", b"]")}


def _compare(path: str, before: Content, after: Content, room: Room, beside: Beside) -> Difference:
    kinds = kind_of(path, before, room), kind_of(path, after, room)
    notes: list[str] = []
    found = Found()
    special = _special(kinds, path, before, after, room, beside)
    if special is not None:
        try:
            found = special()
        except Unreadable as fault:
            notes.append(f"not compared as {kinds[0]}: {fault}")
        except LimitExceeded as fault:
            notes.append(f"not compared as {kinds[0]}: {fault.message}; {fault.hint}")
        notes += found.notes
    if not any(child.differs for child in found.children):
        if special is not None and not notes:
            notes.append(f"nothing that counts in {kinds[0]} differs, only how it is written")
        plain = _plain(path, before, after, room)
        found = Found([*found.children, *plain.children])
        notes += plain.notes
    sides = [
        {"kind": kind, "size": len(side)} for kind, side in zip(kinds, (before, after), strict=True)
    ]
    notes.sort(
        key=lambda note: 1 if note.startswith(BEFORE) else 2 if note.startswith(AFTER) else 0
    )
    return container(SUBJECT, found.children, before=sides[0], after=sides[1], notes=notes)


def _plain(path: str, before: Content, after: Content, room: Room) -> Found:
    """As text where both are, else as bytes."""
    if holds_passwords(path):
        return compare_silently(before, after)
    if is_text(before) and is_text(after):
        found = compare_text(before, after, room)
        if any(child.differs for child in found.children):
            return found
    return compare_bytes(before, after)


def _special(
    kinds: tuple[str, str],
    path: str,
    before: Content,
    after: Content,
    room: Room,
    beside: Beside,
) -> _Compare | None:
    """Who knows both contents; None where they are plain text or bytes, or of two kinds."""
    kind = kinds[0]
    look = partial(_inside, room.deeper())
    streams = {codec.value for codec in Codec} - {Codec.NONE.value}
    if all(k == "tar" or k.endswith(" tar") for k in kinds):
        return partial(compare_tars, before, after, look, room)
    if streams.issuperset(kinds) and not room.bottom:
        return partial(compare_single, path, before, after, look, room)
    if kind != kinds[1]:
        return None
    known: dict[str, _Compare] = {
        "ELF": partial(compare_elf, before, after, room),
        "zip": partial(compare_zips, before, after, look, room),
        "JSON": partial(compare_json, before, after, room),
        "Python bytecode": partial(compare_pyc, before, after),
        "SQLite": partial(compare_sqlite, before, after),
    }
    if kind in known:
        return known[kind]
    return _by_path(kind, path, before, after, room, beside)


def _by_path(
    kind: str, path: str, before: Content, after: Content, room: Room, beside: Beside
) -> _Compare | None:
    if rpm_kind(path, before):
        return partial(compare_rpm_files, path, before, after, room, beside)
    database = reader_for(path)
    if database is not None and database[0] == kind:
        return partial(_databases, path, before, after, room)
    return None


def _databases(path: str, before: Content, after: Content, room: Room) -> Found:
    database = reader_for(path)
    if database is None or max(len(before), len(after)) > room.limits.content_text_bytes:
        raise Unreadable("larger than limit content_text_bytes")
    kind, read = database
    compare = compare_fields if kind in ONE_RECORD else compare_records
    return compare(read(bytes(before)), read(bytes(after)), room)


def _inside(room: Room, name: str, before: bytes, after: bytes) -> Difference:
    return compare_content(name, before, after, room)
