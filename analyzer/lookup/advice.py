"""What to say when a hash is not in the files: what it could be, what is undecided, what to bring.

Container and network IDs of docker are 64 random digits (moby, pkg/stringid); git's object names
are SHA-1 of 40. What cannot be told from which kind of file: OCI image-spec v1.1, manifest.md,
for what commits to what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from analyzer.image.identity import LOCAL_MANIFEST, ROOTFS, Kind, Origin
from analyzer.lookup.model import Advice, Bring, Searched, Undecided
from analyzer.lookup.question import Question
from analyzer.problems import UNREAD, Severity
from analyzer.report import ImageReport, Node, Report

_MOST_MENTIONS = 20

_BY_DIGITS = {
    32: "32 digits are an MD5: no identifier of images or layers is one",
    40: "40 digits are a SHA-1, such as a git commit: no identifier of images or layers is one",
    96: "96 digits are a SHA-384, which few tools use for blobs",
    128: "128 digits are a SHA-512; a file that names its blobs by SHA-256 cannot show that one",
}
_SHORT = "the first digits of any digest, as docker ps, docker images and podman images show them"
_CONTAINER = (
    "a container ID (docker ps, first column, or the pod's containerID): random, in no image file"
)
_OTHER_IMAGE = "an identifier of another image: another build, another tag, or another platform"
_OTHER_FORM = (
    "the manifest or layer digest of this same image in another form: pushed from another "
    "store, recompressed, or converted between docker's and OCI's formats"
)
_MADE_UP = (
    "a digest that a tool made up from another file of this image, or another version of the tool; "
    "those that skopeo, podman, crane, syft and docker make up from this file were compared"
)
_FILE = "the SHA-256 of a file in a layer: --files looks there too"


def advise(question: Question, inputs: Sequence[Searched]) -> Advice:
    """Advice about `question`, which nothing in `inputs` answers."""
    return Advice(
        tuple(_could_be(question, inputs)),
        tuple(undecided(question, item) for item in inputs if item.report is not None),
        tuple(_bring(question, inputs)),
    )


def _could_be(question: Question, inputs: Sequence[Searched]) -> Iterator[str]:
    count = len(question.digits)
    special = "" if question.algorithm else _BY_DIGITS.get(count, "")
    if special:
        yield special
        return
    if not question.whole:
        yield f"{count} digits: {_SHORT}"
    if not question.algorithm:
        yield _CONTAINER
    yield _OTHER_IMAGE
    yield _OTHER_FORM
    if any(_no_manifest(image) for item in inputs for image in _images(item)):
        yield _MADE_UP
    if question.method == "sha256" and not all(item.with_files for item in inputs):
        yield _FILE


def undecided(question: Question, item: Searched) -> Undecided:
    """What the form and the state of one input leave open."""
    report = item.report
    if report is None:
        return Undecided(item.label, ())
    reasons = tuple(dict.fromkeys(_reasons(report)))
    mentions = tuple(dict.fromkeys(_mentions(question, report)))
    return Undecided(item.label, reasons, mentions[:_MOST_MENTIONS])


def _reasons(report: Report) -> Iterator[str]:
    images = report.images
    if not images:
        yield "no image in it could be read"
    if any(map(_bare, images)):
        yield (
            "whether it is any identifier of the image that these files are from: a root "
            "filesystem holds nothing that image ID, manifest, layers and diff IDs are hashes of"
        )
    if any(_no_manifest(image) for image in images):
        yield (
            "whether it is the manifest, index or layer digest that a registry has: a docker "
            "archive holds no manifest, and its layers are mostly stored uncompressed"
        )
    if any(_local_manifest(image) for image in images):
        yield (
            "whether it is the manifest, index or layer digest that a registry has: the "
            "manifest in this file was probably written when it was saved"
        )
    if any(_stored_manifest(image) for image in images):
        yield (
            "whether it belongs to another form of the same image; the index, manifest, layer and "
            "config digests of this form are all stored here, and it is none of them"
        )
    for image in images:
        if image.completeness == "absent":
            yield f"{_title(image)} is only named in this file: its config and layers are absent"
        elif image.completeness == "partial":
            yield f"{_title(image)} is not whole: identifiers of what is absent are not known"
    codes = {p.code for p in report.all_problems if p.severity is Severity.ERROR} & UNREAD
    if codes:
        found = ", ".join(sorted(code.value for code in codes))
        yield f"content could not be read ({found}); digests of it are not known"


def _bring(question: Question, inputs: Sequence[Searched]) -> Iterator[Bring]:
    if len(question.digits) in _BY_DIGITS and not question.algorithm:
        return
    readable = next((item for item in inputs if item.report is not None and _images(item)), None)
    if readable is not None:
        yield _for_an_image(question, readable)
    if not question.whole:
        commands = ("docker images --no-trunc --digests", "docker ps --no-trunc")
        yield Bring("Bring all of its digits, without abbreviation:", commands)
    if any(image.completeness != "complete" for item in inputs for image in _images(item)):
        yield Bring(
            "For what is absent, bring a file that has it:",
            ("skopeo copy --all docker://registry.example/repository:tag oci-archive:all.tar",),
        )
    content = question.method == "sha256"
    if content and readable is not None and not all(item.with_files for item in inputs):
        line = f"ociscope lookup --files {question} {_word(readable.label)}"
        yield Bring("If it may be the content of a file:", (line,))


def _for_an_image(question: Question, item: Searched) -> Bring:
    """What decides whether it is an identifier of the image of `item`."""
    if all(map(_bare, _images(item))):
        return Bring(
            "Bring the image that these files may be from; its identifiers and its files can be "
            "compared:",
            (
                f"ociscope lookup {question} image.tar",
                f"ociscope diff image.tar {_word(item.label)}",
            ),
        )
    algorithm = question.algorithm or "sha256"
    digest = f"{algorithm}:{question.digits if question.whole else '...'}"
    source = f"docker://registry.example/repository@{digest}"
    return Bring(
        "If it pulls from a registry, bring its manifest (a few hundred bytes of JSON); that "
        "decides whether it is this image:",
        (
            f"skopeo inspect --raw {source} > manifest.json",
            f"ociscope verify {_word(item.label)} --against manifest.json",
        ),
    )


def _images(item: Searched) -> tuple[ImageReport, ...]:
    return item.report.images if item.report is not None else ()


def _no_manifest(image: ImageReport) -> bool:
    return not _bare(image) and any(
        i.kind is Kind.MANIFEST and i.origin is Origin.NOT_RECOVERABLE for i in image.identities
    )


def _bare(image: ImageReport) -> bool:
    """Whether it is a root filesystem, of which no identifier can be known."""
    return any(i.reason == ROOTFS for i in image.identities)


def _local_manifest(image: ImageReport) -> bool:
    return any(i.kind is Kind.MANIFEST and i.reason == LOCAL_MANIFEST for i in image.identities)


def _stored_manifest(image: ImageReport) -> bool:
    return not (_bare(image) or _no_manifest(image) or _local_manifest(image))


def _title(image: ImageReport) -> str:
    return image.title


def _word(text: str) -> str:
    """`text` as one word of a shell."""
    plain = re.fullmatch(r"[A-Za-z0-9_./:@%+=,-]+", text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


# Where the hash is named in passing: no identifier of anything here, but a trace.


def _mentions(question: Question, report: Report) -> Iterator[str]:
    pattern = re.compile(rf"(?<![0-9a-f]){question.digits}", re.IGNORECASE)
    for node in _flatten(report.tree):
        for key, value in sorted(node.annotations.items()):
            if pattern.search(value):
                yield f"the annotation {key} of {node.name}"
        for name in node.names:
            if pattern.search(name):
                yield f"the name {name}"
    for image in report.images:
        for place in _strings(image.config, "", pattern):
            yield f"the config of {_title(image)}, at {place}"


def _flatten(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flatten(node.children)


def _strings(value: object, place: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Paths of the strings inside a JSON value that the pattern is in."""
    if isinstance(value, str):
        if pattern.search(value):
            yield place
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from _strings(member, f"{place}.{key}" if place else str(key), pattern)
    elif isinstance(value, list | tuple):
        for position, member in enumerate(value):
            yield from _strings(member, f"{place}[{position}]", pattern)
