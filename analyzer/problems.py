"""What can go wrong inside a file without stopping us, as data.

A `Problem` stands in the report beside what could be read, so that "found nothing" and
"could not read" never look alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters to somebody who relies on the report."""

    ERROR = "error"
    """The report is wrong or incomplete without this."""
    WARNING = "warning"
    """Something contradicts a specification or itself; the report is complete."""
    NOTE = "note"
    """Worth knowing; nothing is wrong."""


class Code(StrEnum):
    """Every problem and error code; the values are stable and part of the JSON output."""

    # Input: why nothing, or not this, could be opened.
    NOT_FOUND = "not-found"
    NOT_READABLE = "not-readable"
    NOT_AN_IMAGE = "not-an-image"
    NO_IMAGES = "no-images"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no-match"
    BAD_ARGUMENT = "bad-argument"
    OUTPUT_FAILED = "output-failed"
    NO_SUBJECT = "no-subject"
    BAD_TEMPLATE = "bad-template"
    UNSUPPORTED = "unsupported"

    # The outer file and its members.
    ARCHIVE_DAMAGED = "archive-damaged"
    ARCHIVE_TRUNCATED = "archive-truncated"
    DUPLICATE_MEMBER = "duplicate-member"
    OUTSIDE_MEMBER = "outside-member"
    UNSAFE_LINK = "unsafe-link"
    LAYOUT_MARKER = "layout-marker"

    # Documents.
    BAD_DOCUMENT = "bad-document"
    DUPLICATE_KEYS = "duplicate-keys"
    INDEX_AND_MANIFEST = "index-and-manifest"
    INDEX_CYCLE = "index-cycle"
    BLOB_MISSING = "blob-missing"
    PLATFORM_ABSENT = "platform-absent"
    UNREFERENCED_BLOB = "unreferenced-blob"
    PLATFORM_MISMATCH = "platform-mismatch"
    PLATFORM_CLAIMED = "platform-claimed"
    PROGRAM_MISMATCH = "program-mismatch"
    VIEWS_DISAGREE = "views-disagree"
    HISTORY_MISMATCH = "history-mismatch"
    LAYER_COUNT_MISMATCH = "layer-count-mismatch"
    NOT_A_CONTAINER_IMAGE = "not-a-container-image"
    ATTESTATION_INDEX = "attestation-index"
    SUBJECT_ABSENT = "subject-absent"
    SIGNATURES_UNCHECKED = "signatures-unchecked"

    # Bytes against promises.
    DIGEST_MISMATCH = "digest-mismatch"
    SIZE_MISMATCH = "size-mismatch"
    DIFF_ID_MISMATCH = "diff-id-mismatch"
    NAME_MISMATCH = "name-mismatch"
    COMPRESSION_MISMATCH = "compression-mismatch"

    # Layer contents.
    LAYER_DAMAGED = "layer-damaged"
    LAYER_TRUNCATED = "layer-truncated"
    LAYER_ENCRYPTED = "layer-encrypted"
    LAYER_FOREIGN = "layer-foreign"
    HEADER_DAMAGED = "header-damaged"
    HEADER_CONFLICT = "header-conflict"
    ODD_NUMBER = "odd-number"
    SPARSE_FILE = "sparse-file"
    END_MARKER_MISSING = "end-marker-missing"
    TRAILING_DATA = "trailing-data"
    GZIP_MEMBERS = "gzip-members"
    GZIP_HEADER = "gzip-header"
    SKIPPABLE_FRAME = "skippable-frame"
    TOC_MISMATCH = "toc-mismatch"
    LIMIT_EXCEEDED = "limit-exceeded"
    UNSAFE_NAME = "unsafe-name"
    ENTRY_UNSUPPORTED = "entry-unsupported"
    RUNTIME_DEPENDENT = "runtime-dependent"
    RESERVED_WHITEOUT = "reserved-whiteout"
    FILE_READ_AGAIN = "file-read-again"

    # Packages.
    PACKAGE_DATABASE_ABSENT = "package-database-absent"
    PACKAGE_DATABASE_DAMAGED = "package-database-damaged"
    PACKAGE_DATABASE_UNUSED = "package-database-unused"
    PACKAGE_FIELD_MISSING = "package-field-missing"
    CATALOGER_FAILED = "cataloger-failed"


UNREAD = frozenset(
    {
        Code.ARCHIVE_DAMAGED,
        Code.ARCHIVE_TRUNCATED,
        Code.BAD_DOCUMENT,
        Code.BLOB_MISSING,
        Code.CATALOGER_FAILED,
        Code.ENTRY_UNSUPPORTED,
        Code.HEADER_DAMAGED,
        Code.INDEX_AND_MANIFEST,
        Code.INDEX_CYCLE,
        Code.LAYER_COUNT_MISMATCH,
        Code.LAYER_DAMAGED,
        Code.LAYER_ENCRYPTED,
        Code.LAYER_TRUNCATED,
        Code.LIMIT_EXCEEDED,
        Code.NOT_READABLE,
        Code.PACKAGE_DATABASE_DAMAGED,
        Code.UNSAFE_LINK,
        Code.UNSUPPORTED,
    }
)
"""Codes that mean content is missing from the report (exit code 3 when severity is error)."""

UNPROVEN = frozenset(
    {
        Code.DIGEST_MISMATCH,
        Code.SIZE_MISMATCH,
        Code.DIFF_ID_MISMATCH,
        Code.NAME_MISMATCH,
        Code.TOC_MISMATCH,
    }
)
"""Codes that mean bytes were read and contradict what was declared (exit code 1)."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong or worth knowing, and where.

    `where` names a place inside the input (a blob, a member, a path in a layer), never a path
    of the machine. `detail` says what was declared and what was measured.
    """

    code: Code
    severity: Severity
    where: str
    detail: str


def error(code: Code, where: str, detail: str) -> Problem:
    """A problem of severity error."""
    return Problem(code, Severity.ERROR, where, detail)


def warning(code: Code, where: str, detail: str) -> Problem:
    """A problem of severity warning."""
    return Problem(code, Severity.WARNING, where, detail)


def note(code: Code, where: str, detail: str) -> Problem:
    """A problem of severity note."""
    return Problem(code, Severity.NOTE, where, detail)


def exit_code_of(problems: Iterable[Problem]) -> int:
    """3 when content could not be read, 1 when bytes contradict a digest, else 0."""
    codes = {problem.code for problem in problems if problem.severity is Severity.ERROR}
    if codes & UNREAD:
        return 3
    return 1 if codes & UNPROVEN else 0


class ProblemLog:
    """Collects problems of one place; after `cap` of one code it counts instead of repeating.

    A hostile layer can break a rule a million times; the report says it once with a number.
    """

    def __init__(self, where: str, cap: int = 20) -> None:
        self._where = where
        self._cap = cap
        self._problems: list[Problem] = []
        self._seen: dict[tuple[Code, Severity], int] = {}

    def add(self, problem: Problem) -> None:
        """Take in one problem."""
        key = (problem.code, problem.severity)
        self._seen[key] = count = self._seen.get(key, 0) + 1
        if count <= self._cap:
            self._problems.append(problem)

    def finish(self) -> tuple[Problem, ...]:
        """Everything collected, with one line for each code that went over the cap."""
        more = [
            Problem(code, severity, self._where, f"{count - self._cap} more of this kind")
            for (code, severity), count in self._seen.items()
            if count > self._cap
        ]
        return tuple(self._problems + more)
