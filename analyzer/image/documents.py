"""Index, manifest and config documents: parsed with their types checked, raw bytes kept.

OCI image-spec v1.1, image-index.md, manifest.md, config.md, descriptor.md. Digests are only
ever taken over the raw bytes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn

from analyzer.digest import DiffId, Digest, parse_digest
from analyzer.errors import MalformedImage
from analyzer.image import media
from analyzer.limits import Limits, overrun
from analyzer.paths import printable, quoted
from analyzer.problems import Code, Problem, error, warning

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A promise about a blob: what it is, its digest, its size in bytes."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Json | None = None
    urls: tuple[str, ...] = ()
    data: bytes | None = None
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An image index or manifest list."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str]
    problems: tuple[Problem, ...]
    subject: Descriptor | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image manifest, or an artifact in the shape of one."""

    media_type: str
    artifact_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]
    subject: Descriptor | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One build step as the config tells it."""

    created_by: str
    empty_layer: bool


@dataclass(frozen=True, slots=True)
class Config:
    """An image config; `document` is all of it as parsed."""

    document: Json
    os: str
    architecture: str
    variant: str
    os_version: str
    diff_ids: tuple[DiffId, ...]
    history: tuple[History, ...]
    problems: tuple[Problem, ...]


def load_json(raw: bytes, where: str, limits: Limits) -> tuple[Any, tuple[Problem, ...]]:
    """Parse JSON strictly: UTF-8 without byte-order mark, no NaN, bounded nesting.

    A member that occurs twice is a problem, not an error: parsers disagree about which counts
    (Go and Python take the last).

    Raises:
        MalformedImage: it is not JSON, or nested deeper than `json_depth`.
    """
    _check_depth(raw, where, limits.json_depth)
    doubles: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            doubles.extend(name for name, count in counts.items() if count > 1)
        return result

    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        text = raw.decode("utf-8")
        if text.startswith("\ufeff"):
            raise ValueError("it begins with a byte-order mark")  # noqa: TRY301 - said once below
        value = json.loads(
            text, object_pairs_hook=members, parse_constant=refuse, parse_float=_number
        )
    except (ValueError, RecursionError) as problem:
        raise MalformedImage(Code.BAD_DOCUMENT, f"not JSON: {problem}", where=where) from problem
    found = tuple(
        warning(Code.DUPLICATE_KEYS, where, f"member {quoted(name)} occurs more than once")
        for name in sorted(set(doubles))[:20]
    )
    return value, found


def _number(text: str) -> float | str:
    """A number; one beyond all floats stays text, since no JSON writer could give it back."""
    value = float(text)
    return value if isfinite(value) else text


_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _check_depth(raw: bytes, where: str, allowed: int) -> None:
    depth = deepest = 0
    for byte in _STRINGS.sub(b"", raw).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > allowed:
        what = overrun("json_depth", allowed, deepest)
        raise MalformedImage(Code.LIMIT_EXCEEDED, what, where=where)


class Reader:
    """Takes typed members out of one parsed document, and collects what has a wrong type."""

    def __init__(self, value: object, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []
        if not isinstance(value, dict):
            self.fail("", "an object", value)
        self.value: Json = value

    def fail(self, name: str, wanted: str, value: object) -> NoReturn:
        """Give up on the document."""
        place = f"member {name!r} is" if name else "it is"
        raise MalformedImage(
            Code.BAD_DOCUMENT,
            f"{place} {_kind(value)}, expected {wanted}",
            where=self.where,
        )

    def complain(self, name: str, wanted: str, value: object) -> None:
        """Go on without a member that has the wrong type."""
        self.problems.append(
            warning(
                Code.BAD_DOCUMENT,
                self.where,
                f"member {name!r} is {_kind(value)}, expected {wanted}; ignored",
            )
        )

    def text(self, name: str) -> str:
        """An optional string; empty when absent."""
        value = self.value.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.complain(name, "a string", value)
        return ""

    def mapping(self, name: str) -> Json | None:
        """An optional object."""
        value = self.value.get(name)
        if value is None or isinstance(value, dict):
            return value
        self.complain(name, "an object", value)
        return None

    def strings(self, name: str) -> tuple[str, ...]:
        """An optional list of strings."""
        value = self.value.get(name)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.complain(name, "a list of strings", value)
        return ()

    def annotations(self) -> dict[str, str]:
        """The `annotations` member, with values made printable."""
        value = self.mapping("annotations") or {}
        good = {k: printable(v) for k, v in value.items() if isinstance(v, str)}
        if len(good) != len(value):
            self.complain("annotations", "an object of strings", value)
        return {printable(name): text for name, text in good.items()}

    def list_of(self, name: str) -> list[Any]:
        """A list that must be there (null counts as empty, as Go writes an empty list)."""
        value = self.value.get(name)
        if value is None and name in self.value:
            return []
        if not isinstance(value, list):
            self.fail(name, "a list", value)
        return value


def parse_descriptor(value: object, where: str, problems: list[Problem]) -> Descriptor:
    """A descriptor. Raises MalformedImage for a bad digest or size."""
    reader = Reader(value, where)
    size = reader.value.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        reader.fail("size", "a number of bytes", size)
    descriptor = Descriptor(
        media_type=reader.text("mediaType"),
        digest=parse_digest(reader.value.get("digest"), where),
        size=size,
        annotations=reader.annotations(),
        platform=reader.mapping("platform"),
        urls=reader.strings("urls"),
        data=_embedded(reader),
        artifact_type=reader.text("artifactType"),
    )
    problems += reader.problems
    return descriptor


def _embedded(reader: Reader) -> bytes | None:
    text = reader.text("data")
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        reader.complain("data", "base64", text)
        return None


def _descriptors(
    values: Iterable[object], where: str, problems: list[Problem]
) -> tuple[Descriptor, ...]:
    """All descriptors that can be read; each that cannot is a problem of severity error."""
    found = []
    for position, value in enumerate(values):
        try:
            found.append(parse_descriptor(value, f"{where} entry {position}", problems))
        except MalformedImage as problem:
            problems.append(problem_of(problem))
    return tuple(found)


def parse_index(value: object, where: str) -> Index:
    """An index. Raises MalformedImage when it has no list of manifests."""
    reader = Reader(value, where)
    _refuse_both(reader)
    manifests = _descriptors(reader.list_of("manifests"), where, reader.problems)
    annotations, subject = reader.annotations(), _subject_of_index(reader)
    problems = tuple(reader.problems)
    return Index(reader.text("mediaType"), manifests, annotations, problems, subject)


def _subject_of_index(reader: Reader) -> Descriptor | None:
    """What an index is about; one that cannot be read is no reason to refuse its manifests."""
    try:
        return _subject(reader)
    except MalformedImage as problem:
        reader.problems.append(problem_of(problem))
        return None


def _subject(reader: Reader) -> Descriptor | None:
    subject = reader.mapping("subject")
    where = f"{reader.where} subject"
    return parse_descriptor(subject, where, reader.problems) if subject else None


def parse_manifest(value: object, where: str) -> Manifest:
    """A manifest. Raises MalformedImage when config or layers cannot be read.

    A manifest with one unreadable layer descriptor is refused whole: its layers could no
    longer be matched with diff IDs by position.
    """
    reader = Reader(value, where)
    _refuse_both(reader)
    config = parse_descriptor(reader.value.get("config"), f"{where} config", reader.problems)
    layers = tuple(
        parse_descriptor(item, f"{where} layer {position}", reader.problems)
        for position, item in enumerate(reader.list_of("layers"))
    )
    subject = _subject(reader)
    return Manifest(
        media_type=reader.text("mediaType"),
        artifact_type=reader.text("artifactType"),
        config=config,
        layers=layers,
        annotations=reader.annotations(),
        subject=subject,
        problems=tuple(reader.problems),
    )


def _refuse_both(reader: Reader) -> None:
    """A document that is index and manifest at once is an attack (CVE-2021-41190)."""
    if "manifests" in reader.value and ("layers" in reader.value or "config" in reader.value):
        raise MalformedImage(
            Code.INDEX_AND_MANIFEST,
            "has both 'manifests' and 'layers' or 'config': readers would disagree what it is",
            where=reader.where,
        )


def parse_config(value: object, where: str) -> Config:
    """A config. Raises MalformedImage when it is no object or its diff IDs are no digests."""
    reader = Reader(value, where)
    rootfs = Reader(reader.mapping("rootfs") or {}, f"{where} rootfs")
    diff_ids = rootfs.value.get("diff_ids")
    if diff_ids is not None and not isinstance(diff_ids, list):
        rootfs.fail("diff_ids", "a list", diff_ids)
    history = reader.value.get("history")
    if history is not None and not isinstance(history, list):
        reader.problems.append(
            warning(
                Code.BAD_DOCUMENT,
                where,
                f"member 'history' is {_kind(history)}, expected a list; ignored",
            )
        )
        history = None
    return Config(
        document=reader.value,
        os=reader.text("os"),
        architecture=reader.text("architecture"),
        variant=reader.text("variant"),
        os_version=reader.text("os.version"),
        diff_ids=tuple(DiffId(parse_digest(item, f"{where} diff_ids")) for item in diff_ids or ()),
        history=tuple(_step(item) for item in history or ()),
        problems=tuple(reader.problems),
    )


def _step(value: object) -> History:
    if not isinstance(value, dict):
        return History("", empty_layer=False)
    created_by = value.get("created_by")
    return History(
        printable(created_by) if isinstance(created_by, str) else "",
        empty_layer=value.get("empty_layer") is True,
    )


def guess_media_type(value: object) -> str:
    """What a document is, from its members alone, for those that do not say."""
    if not isinstance(value, dict):
        return ""
    stated = value.get("mediaType")
    if isinstance(stated, str) and stated:
        return stated
    if "manifests" in value:
        return media.OCI_INDEX
    if value.get("schemaVersion") == 1:
        return media.DOCKER_SCHEMA1
    config = value.get("config")
    if isinstance(config, dict) and config.get("mediaType") == media.DOCKER_CONFIG:
        return media.DOCKER_MANIFEST
    return media.OCI_MANIFEST if "layers" in value or "config" in value else ""


def is_index(value: object, media_type: str) -> bool:
    """Whether a document is an index: by its members, and by `media_type` where they are odd."""
    if isinstance(value, dict) and ("manifests" in value) != ("layers" in value):
        return "manifests" in value
    return media_type in media.INDEXES


def problem_of(problem: MalformedImage) -> Problem:
    """An error about one part, as data beside the parts that could be read."""
    return error(problem.code, problem.where, problem.message)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    if value is None:
        return "missing or null"
    return names.get(type(value), "a number")
