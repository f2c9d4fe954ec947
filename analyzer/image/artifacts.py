"""What an artifact is, in plain words: charts, signatures, SBOMs, modules, files.

OCI image-spec v1.1, manifest.md, "Guidelines for Artifact Usage": the type of an artifact is its
`artifactType`, else the media type of its config. Where both say nothing (an empty config, or
the config of an image that cosign writes around signatures) its layers tell what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.digest import digest_bytes
from analyzer.image import media
from analyzer.image.documents import Descriptor, Manifest, Reader, parse_descriptor
from analyzer.image.model import ImageSet
from analyzer.paths import printable

EMPTY = "application/vnd.oci.empty.v1+json"
"""Media type of a config that says nothing (image-spec v1.1, manifest.md)."""
TITLE = "org.opencontainers.image.title"
"""The name of the file that a layer holds (oras)."""
_PREDICATES = ("dev.sigstore.bundle.predicateType", "in-toto.io/predicate-type", "predicateType")
"""Annotations with the type of an attestation: cosign 3, BuildKit, cosign 1 and 2."""
_SAY_NOTHING = frozenset(
    {
        "",
        EMPTY,
        *media.CONFIGS,
        "application/vnd.unknown.config.v1+json",
        "application/vnd.unknown.artifact.v1",
    }
)
"""Types that stand where no type was given; the last two are those of oras."""

_WORDS = {
    "application/vnd.cncf.helm.config.v1+json": "Helm chart",
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip": "Helm chart",
    "application/vnd.cncf.notary.signature": "Notation signature",
    "application/vnd.dev.cosign.simplesigning.v1+json": "cosign signature",
    "application/vnd.dev.cosign.artifact.sig.v1+json": "cosign signature",
    "application/vnd.dev.cosign.artifact.sbom.v1+json": "SBOM",
    "application/vnd.dsse.envelope.v1+json": "signed attestation",
    "application/vnd.in-toto+json": "in-toto attestation",
    media.DOCKER_ATTESTATION: "BuildKit attestation",
    "application/wasm": "WebAssembly module",
    "application/vnd.wasm.config.v0+json": "WebAssembly module",
    "application/vnd.wasm.config.v1+json": "WebAssembly module",
    "application/vnd.wasm.content.layer.v1+wasm": "WebAssembly module",
    "application/vnd.module.wasm.content.layer.v1+wasm": "WebAssembly module",
    "application/vnd.docker.plugin.v1+json": "Docker plugin",
    "application/spdx+json": "SPDX SBOM",
    "text/spdx": "SPDX SBOM",
    "text/spdx+json": "SPDX SBOM",
    "text/spdx+xml": "SPDX SBOM",
    "application/vnd.cyclonedx": "CycloneDX SBOM",
    "application/vnd.cyclonedx+json": "CycloneDX SBOM",
    "application/vnd.cyclonedx+xml": "CycloneDX SBOM",
    "application/vnd.syft+json": "Syft SBOM",
    "application/sarif+json": "SARIF report",
    "application/vnd.openvex+json": "OpenVEX document",
}
"""By artifact type, config or layer media type; each is the type its own project registers."""
_BUNDLE = "application/vnd.dev.sigstore.bundle"
_COSIGN_SIGN = "https://sigstore.dev/cosign/sign/"
"""Predicate of the statement in which cosign 3 signs an image."""
_NAMED_FILES = 3
_LISTED_KINDS = 5


_NO_CONFIG = Descriptor(EMPTY, digest_bytes(b"{}"), 2)


def is_artifact_manifest(value: object) -> bool:
    """Whether a document is of the kind that only artifacts had, with `blobs` and no config.

    image-spec v1.1.0-rc2, artifact.md, and before it ORAS's artifact manifest; both were given
    up for image manifests, and are still in registries.
    """
    return isinstance(value, dict) and "blobs" in value and not {"config", "layers"} & value.keys()


def parse_artifact_manifest(value: object, where: str) -> Manifest:
    """Such a document as the manifest it would be today; its config is not in the file.

    Raises:
        MalformedImage: its blobs or its subject cannot be read.
    """
    reader = Reader(value, where)
    blobs = tuple(
        parse_descriptor(item, f"{where} blob {position}", reader.problems)
        for position, item in enumerate(reader.list_of("blobs"))
    )
    subject = reader.mapping("subject")
    about = parse_descriptor(subject, f"{where} subject", reader.problems) if subject else None
    return Manifest(
        media_type=reader.text("mediaType"),
        artifact_type=reader.text("artifactType"),
        config=_NO_CONFIG,
        layers=blobs,
        annotations=reader.annotations(),
        subject=about,
        problems=tuple(reader.problems),
    )


def artifact_type(manifest: Manifest) -> str:
    """The type that an artifact states; empty where it states none."""
    for stated in (manifest.artifact_type, manifest.config.media_type):
        if stated not in _SAY_NOTHING:
            return stated
    return ""


def describe(manifest: Manifest) -> str:
    """What an artifact is, in a few words: `Helm chart`, `cosign signature`, its files' names."""
    layers = dict.fromkeys(layer.media_type for layer in manifest.layers)
    stated = artifact_type(manifest)
    known = _known(stated, manifest)
    if known is None and not stated:
        known = next(filter(None, (_known(kind, manifest) for kind in layers)), None)
    if known is not None:
        return known
    files = _files(manifest.layers)
    if stated:
        return f"artifact of type {printable(stated)}" + (f" ({files})" if files else "")
    return f"files: {files}" if files else "artifact that states no type"


def describe_type(stated: str) -> str:
    """What an artifact is, where only a descriptor tells of it."""
    return _WORDS.get(stated) or _bundle(stated, "") or f"artifact of type {printable(stated)}"


def only_artifacts(found: ImageSet) -> str:
    """What a file holds that holds artifacts and no image; empty where there are images."""
    items = [item for top in found.tree for item in top.walk()]
    listed = list(dict.fromkeys(item.description for item in items if item.description))
    if found.images or not listed:
        return ""
    more = len(listed) - _LISTED_KINDS
    tail = f" and {more} more kinds" if more > 0 else ""
    return f"no container image in this file, only: {'; '.join(listed[:_LISTED_KINDS])}{tail}"


def _known(kind: str, manifest: Manifest) -> str | None:
    predicate = next(filter(None, _predicates(manifest)), "")
    word = _WORDS.get(kind) or _bundle(kind, predicate)
    attests = word in {"in-toto attestation", "signed attestation", "BuildKit attestation"}
    return f"{word}, predicate {predicate}" if word and attests and predicate else word


def _bundle(kind: str, predicate: str) -> str | None:
    """A Sigstore bundle holds a signature or an attestation; its predicate tells which."""
    if not kind.startswith(_BUNDLE):
        return None
    if predicate.startswith(_COSIGN_SIGN):
        return "cosign signature (Sigstore bundle)"
    return f"Sigstore bundle, predicate {predicate}" if predicate else "Sigstore bundle"


def _predicates(manifest: Manifest) -> Iterator[str]:
    for notes in (manifest.annotations, *(layer.annotations for layer in manifest.layers)):
        yield from (notes[name] for name in _PREDICATES if notes.get(name))


def _files(layers: Iterable[Descriptor]) -> str:
    titles = [title for layer in layers if (title := layer.annotations.get(TITLE))]
    more = len(titles) - _NAMED_FILES
    shown = ", ".join(titles[:_NAMED_FILES])
    return f"{shown} and {more} more" if more > 0 else shown
