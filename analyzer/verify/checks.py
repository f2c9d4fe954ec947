"""The checks of `verify` by name, and the check that each problem of reading belongs to."""

from __future__ import annotations

from analyzer.problems import Code

TITLES = {
    "archive": "headers and links of the outer archive",
    "duplicate-members": "one member for one name",
    "outside-members": "members that belong to the format",
    "trailing-bytes": "nothing behind the end",
    "documents": "documents can be read in full",
    "duplicate-keys": "no JSON key twice in one object",
    "one-kind": "no document is index and manifest at once",
    "presence": "what is named is in the file",
    "digests": "declared digests are those of the bytes",
    "sizes": "declared sizes are those of the bytes",
    "data": "embedded copies are what they copy",
    "member-names": "names that state a digest",
    "unreferenced": "blobs that a document leads to",
    "diff-ids": "diff IDs of the inflated layers",
    "layers": "layers can be read to their end",
    "tables": "tables of contents are those promised",
    "media-types": "media types say how layers are packed",
    "counts": "as many layers as diff IDs and build steps",
    "platforms": "platform of descriptor and config",
    "programs": "programs are for the processor stated",
    "views": "index.json and manifest.json agree",
    "other": "remarks that belong to no other check",
}
"""Every check by its stable name, in the order of the table."""

CHECK_OF = {
    Code.UNSAFE_LINK: "archive",
    Code.DUPLICATE_MEMBER: "duplicate-members",
    Code.OUTSIDE_MEMBER: "outside-members",
    Code.TRAILING_DATA: "trailing-bytes",
    Code.BAD_DOCUMENT: "documents",
    Code.INDEX_CYCLE: "documents",
    Code.LAYOUT_MARKER: "documents",
    Code.NO_IMAGES: "documents",
    Code.DUPLICATE_KEYS: "duplicate-keys",
    Code.INDEX_AND_MANIFEST: "one-kind",
    Code.BLOB_MISSING: "presence",
    Code.PLATFORM_ABSENT: "presence",
    Code.LAYER_FOREIGN: "presence",
    Code.UNREFERENCED_BLOB: "unreferenced",
    Code.PLATFORM_MISMATCH: "platforms",
    Code.PROGRAM_MISMATCH: "programs",
    Code.VIEWS_DISAGREE: "views",
    Code.HISTORY_MISMATCH: "counts",
    Code.LAYER_COUNT_MISMATCH: "counts",
    Code.COMPRESSION_MISMATCH: "media-types",
    Code.DIGEST_MISMATCH: "digests",
    Code.SIZE_MISMATCH: "sizes",
    Code.DIFF_ID_MISMATCH: "diff-ids",
    Code.NAME_MISMATCH: "member-names",
}
IN_LAYERS = frozenset(
    {
        Code.LAYER_DAMAGED,
        Code.LAYER_TRUNCATED,
        Code.LAYER_ENCRYPTED,
        Code.HEADER_DAMAGED,
        Code.HEADER_CONFLICT,
        Code.ODD_NUMBER,
        Code.SPARSE_FILE,
        Code.GZIP_MEMBERS,
        Code.GZIP_HEADER,
        Code.SKIPPABLE_FRAME,
        Code.TOC_MISMATCH,
        Code.END_MARKER_MISSING,
        Code.RUNTIME_DEPENDENT,
        Code.LIMIT_EXCEEDED,
        Code.ENTRY_UNSUPPORTED,
        Code.NOT_READABLE,
        Code.UNSAFE_NAME,
        Code.RESERVED_WHITEOUT,
    }
)
PROVED_HERE = frozenset(
    {Code.DIGEST_MISMATCH, Code.SIZE_MISMATCH, Code.DIFF_ID_MISMATCH, Code.NAME_MISMATCH}
)
"""Said by reading and by these checks; theirs has declared, measured and offset apart."""
