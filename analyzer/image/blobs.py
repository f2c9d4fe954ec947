"""Documents by promise: found in the source, bounded, hashed over their raw bytes, parsed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from analyzer.digest import (
    Digest,
    algorithm_for,
    algorithm_of,
    can_check,
    digest_bytes,
    encoded_of,
    parse_digest,
)
from analyzer.errors import AnalyzerError, InputError, MalformedImage
from analyzer.image.documents import Descriptor, load_json
from analyzer.image.embedded import EmbeddingSource
from analyzer.image.misplaced import Misplaced
from analyzer.image.model import Document
from analyzer.image.schema1 import digest_as_signed
from analyzer.limits import Limits, exceeded
from analyzer.problems import Code, Problem, error, note
from analyzer.source.base import BlobSource, read_bounded

Locate = Callable[[Digest], str]


def layout_name(digest: Digest) -> str:
    """Where a blob lies in an OCI layout (image-spec v1.1, image-layout.md)."""
    return f"blobs/{algorithm_of(digest)}/{encoded_of(digest)}"


def flat_name(digest: Digest) -> str:
    """Where a blob lies in skopeo's `dir:` (containers/image directory/directory_dest.go)."""
    return encoded_of(digest)


def stated_digest(name: str) -> Digest | None:
    """The digest that a blob's place in an OCI layout states; None for other files."""
    folder, _, encoded = name.removeprefix("blobs/").partition("/")
    if not name.startswith("blobs/"):
        return None
    try:
        return parse_digest(f"{folder}:{encoded}")
    except MalformedImage:
        return None


class Blobs:
    """Reads documents of one source and remembers which names were used.

    A document that several others lead to is read, hashed and parsed once; what is wrong with
    it is said each time, since each time another image may be meant.
    """

    def __init__(self, source: BlobSource, limits: Limits, locate: Locate = layout_name) -> None:
        self.source = source if isinstance(source, EmbeddingSource) else EmbeddingSource(source)
        self.limits = limits
        self.locate = locate
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self.measured: dict[str, Digest] = {}
        self._embedded: set[tuple[str, bytes]] = set()
        self._misplaced = Misplaced(self.source)
        self._said_misplaced: set[str] = set()
        self._raw: dict[tuple[str, str], Document] = {}
        self._parsed: dict[tuple[str, str], tuple[Document, tuple[Problem, ...]]] = {}

    def find(self, promised: Descriptor) -> str | None:
        """The name of the blob; None when it is not in the file, nor embedded.

        A copy embedded in the descriptor stands in for a blob that is not there, and is
        compared with one that is by its digest. A blob of a layout that lies under a wrong name
        is found by its bytes.
        """
        name = self._name(promised)
        if promised.data is not None:
            self._take_embedded(name, promised, promised.data)
        if not self.source.has(name):
            found = self._misplaced.find(promised.digest, promised.size) if self._layout else None
            if found is None:
                return None
            self._say_misplaced(found, promised.digest)
            name = found
        self.used.add(name)
        return name

    @property
    def _layout(self) -> bool:
        return self.locate is layout_name

    def _say_misplaced(self, name: str, digest: Digest) -> None:
        if name not in self._said_misplaced:
            self._said_misplaced.add(name)
            what = f"the name says {stated_digest(name)}, measured {digest}; read as what it is"
            self.problems.append(error(Code.NAME_MISMATCH, name, what))

    def _name(self, promised: Descriptor) -> str:
        """Where the blob lies; skopeo's `dir:` adds a suffix to the manifests of a list."""
        name = self.locate(promised.digest)
        listed = f"{name}.manifest.json"
        return listed if not self.source.has(name) and self.source.has(listed) else name

    def _take_embedded(self, name: str, promised: Descriptor, data: bytes) -> None:
        if (name, data) in self._embedded:
            return
        self._embedded.add((name, data))
        if not self.source.has(name):
            self.source.embed(name, data)
            what = "not in the file; the copy embedded in its descriptor is read"
            self.problems.append(note(Code.BLOB_MISSING, name, what))
        elif not self.source.is_embedded(name) and can_check(promised.digest):
            measured = digest_bytes(data, algorithm_of(promised.digest))
            if measured != promised.digest:
                what = f"the copy embedded in the descriptor: declared {promised.digest}"
                self.problems.append(
                    error(Code.DIGEST_MISMATCH, name, f"{what}, measured {measured}")
                )

    def document(
        self, name: str, declared: Digest | None, size: int | None, limit: str = "manifest_bytes"
    ) -> Document:
        """Read the JSON document at `name`.

        A digest or size that does not match is a problem; the document is read all the same,
        since what it says is evidence.

        Raises:
            MalformedImage: no JSON. LimitExceeded: larger than the named limit. InputError:
            not there or not readable.
        """
        return self._parse(self._read(name, declared, size, limit))

    def try_document(
        self, name: str, declared: Digest | None, size: int | None, limit: str = "manifest_bytes"
    ) -> Document | None:
        """As `document`, with errors turned into problems.

        None when the bytes cannot be had; bytes that are no JSON are a document that is not
        `readable`, since their digest is still evidence.
        """
        try:
            document = self._read(name, declared, size, limit)
        except AnalyzerError as problem:
            self.note_error(problem, name)
            return None
        try:
            return self._parse(document)
        except AnalyzerError as problem:
            self.note_error(problem, name)
            return replace(document, readable=False)

    def raw(self, name: str) -> bytes:
        """The bytes of a document, from memory where it was read before; empty if unreadable."""
        known = next((d.raw for (found, _), d in self._raw.items() if found == name), None)
        if known is not None:
            return known
        try:
            return read_bounded(self.source, name, self.limits.document_bytes) or b""
        except (AnalyzerError, OSError):
            return b""

    def peek(self, name: str) -> object:
        """The JSON object at `name`, or None for whatever else is there; leaves no trace."""
        try:
            with self.source.open(name) as stream:
                if stream.read(1) != b"{":
                    return None
            raw = read_bounded(self.source, name, self.limits.manifest_bytes)
            return load_json(raw or b"", name, self.limits)[0]
        except (AnalyzerError, OSError):
            return None

    def note_error(self, problem: AnalyzerError, where: str) -> None:
        """Keep an error as a problem beside what can be read."""
        hint = f"; {problem.hint}" if problem.code is Code.LIMIT_EXCEEDED and problem.hint else ""
        self.problems.append(
            error(problem.code, problem.where or where, f"{problem.message}{hint}")
        )

    def _read(self, name: str, declared: Digest | None, size: int | None, limit: str) -> Document:
        """The raw bytes with their digest, compared with what was promised."""
        self.used.add(name)
        algorithm = algorithm_for(declared)
        document = self._raw.get((name, algorithm))
        allowed: int = getattr(self.limits, limit)
        if document is None or len(document.raw) > allowed:
            raw = self._bytes(name, limit, allowed)
            document = Document(name, raw, None, None, digest_bytes(raw, algorithm))
            self._raw[name, algorithm] = document
            self.measured[name] = document.measured
        document = replace(document, declared=declared)
        if document.verified is not True:
            # The stored signatures of a schema 1 manifest are not part of what it is called by.
            signed = digest_as_signed(document.raw, name, algorithm, self.limits)
            document = replace(document, measured=signed or document.measured)
            self.measured[name] = document.measured
        self._compare(document, size)
        return document

    def _bytes(self, name: str, limit: str, allowed: int) -> bytes:
        try:
            raw = read_bounded(self.source, name, allowed)
        except OSError as problem:
            reason = problem.strerror or "read failed"
            raise InputError(Code.NOT_READABLE, reason, where=name) from problem
        if raw is None:
            raise exceeded(limit, allowed, self.source.size(name), name)
        return raw

    def _parse(self, document: Document) -> Document:
        key = document.name, algorithm_of(document.measured)
        known = self._parsed.get(key)
        if known is None:
            value, problems = load_json(document.raw, document.name, self.limits)
            known = self._parsed[key] = replace(document, value=value), problems
        self.problems += known[1]
        return replace(document, value=known[0].value)

    def _compare(self, document: Document, size: int | None) -> None:
        name, declared, seen = document.name, document.declared, len(document.raw)
        if document.verified is False:
            self.problems.append(
                error(
                    Code.DIGEST_MISMATCH,
                    name,
                    f"declared {declared}, measured {document.measured}",
                )
            )
        if size is not None and size != seen:
            self.problems.append(
                error(Code.SIZE_MISMATCH, name, f"declared {size} bytes, measured {seen}")
            )
