"""A document about one platform, bound to that platform by an in-toto Statement.

in-toto attestation framework v1.0, `spec/v1/statement.md` and `resource_descriptor.md`. What signs
it (`cosign attest-blob --statement`) and what reads it matches the subject by its digest alone,
so the digest is that of what the document describes: one platform's manifest, never the index.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from analyzer.canonical import json_bytes
from analyzer.digest import Digest, algorithm_of, can_check, encoded_of
from analyzer.errors import InputError
from analyzer.image.identity import LOCAL_MANIFEST, Kind
from analyzer.paths import printable
from analyzer.problems import Code
from analyzer.report import ImageReport
from analyzer.sbom.ids import name_of

TYPE = "https://in-toto.io/Statement/v1"
SPDX = "https://spdx.dev/Document"
"""in-toto attestation, `spec/predicates/spdx2.md`."""
CYCLONEDX = "https://cyclonedx.org/bom"
"""in-toto attestation, `spec/predicates/cyclonedx.md`."""

By = Literal["manifest", "image-id"]
"""What stands for the image: the digest of its manifest, or its image ID."""
CONFIG_NAME = "oci-config"
"""The subject's name where its digest is that of the config document."""
_NO_NAME = "_"
"""`statement.md`, `subject`: "If the name is not meaningful, leave the field unset or use `_`"."""
_COPY = "copy the image from its registry without conversion ('ociscope explain docker-save')"
_INSTEAD = "take --subject image-id, which names the config document and says so"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about."""

    name: str
    digest: Digest
    reference: str = ""
    """The image's name, where `name` says something else."""


def subject_of(image: ImageReport, by: By = "manifest") -> Subject:
    """The subject of statements about `image`.

    With `by` "image-id" it is the config document, under a name that says so.

    Raises:
        InputError: the digest asked for cannot be had from the file.
    """
    reference = _reference(image)
    if by == "image-id":
        digest = _usable(image.image_id)
        if digest is None:
            raise _refused(image, "its image ID is not known from this file")
        return Subject(CONFIG_NAME, digest, reference)
    digest = _usable(image.registry_digest)
    if digest is None:
        raise _refused(image, _why(image), instead=_usable(image.image_id) is not None)
    return Subject(reference or _NO_NAME, digest)


def statement(predicate: bytes, predicate_type: str, subject: Subject) -> bytes:
    """`predicate`, a document in JSON, as a Statement v1 about `subject`.

    Raises:
        ValueError: the predicate is no JSON object.
    """
    _check_object(predicate)
    head = json_bytes(
        {"_type": TYPE, "subject": [_descriptor(subject)], "predicateType": predicate_type}
    )
    # The document is put in as it was written: what is proven of it alone holds inside, too.
    # A line break in JSON stands between tokens, never in a string.
    inside = predicate.strip().replace(b"\n", b"\n  ")
    return head.removesuffix(b"\n}\n") + b',\n  "predicate": ' + inside + b"\n}\n"


def _descriptor(subject: Subject) -> dict[str, object]:
    digest = {algorithm_of(subject.digest): encoded_of(subject.digest)}
    descriptor: dict[str, object] = {"name": subject.name, "digest": digest}
    if subject.reference:
        descriptor["annotations"] = {"reference": subject.reference}
    return descriptor


def _check_object(predicate: bytes) -> None:
    try:
        is_object = isinstance(json.loads(predicate), dict)
    except RecursionError as deep:
        raise ValueError("the predicate is nested too deeply") from deep
    if not is_object:
        raise ValueError("the predicate of a statement is a JSON object")


def _reference(image: ImageReport) -> str:
    """The first name that states a repository, as it was written; empty when none does."""
    name = name_of(image)
    tag = f":{name.tag}" if name.tag else ""
    return printable(f"{name.repository}{tag}") if name.last else ""


def _usable(digest: Digest | None) -> Digest | None:
    """Only algorithms that in-toto has, whose values are lower-case hexadecimal (digest_set.md)."""
    return digest if digest is not None and can_check(digest) else None


def _why(image: ImageReport) -> str:
    manifest = image.registry_digest
    if manifest is not None:
        return f"statements have no digests of such an algorithm, {printable(manifest)}"
    if image.manifest_digest is not None:
        return LOCAL_MANIFEST
    reasons = [each.reason for each in image.identities if each.kind is Kind.MANIFEST]
    return next((reason for reason in reasons if reason), "there is no manifest in the file")


def _refused(image: ImageReport, why: str, *, instead: bool = False) -> InputError:
    return InputError(
        Code.NO_SUBJECT,
        f"no statement can be bound to {printable(image.label)} {printable(image.platform)}: {why}",
        hint=f"{_COPY}, or {_INSTEAD}" if instead else _COPY,
    )
