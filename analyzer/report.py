"""The report: one tree of values that every output is written from.

Its JSON form is published as `analyzer/schema/report-1.0.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.digest import Digest
from analyzer.findings.model import Finding
from analyzer.image.identity import LOCAL_MANIFEST, ROOTFS, Identity, Kind
from analyzer.image.model import Completeness
from analyzer.image.synthesised import MadeUp
from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro
from analyzer.packages.document import package_document
from analyzer.paths import printable
from analyzer.problems import Problem, exit_code_of
from analyzer.version import __version__

SCHEMA = "ociscope-report-1.0"
"""Names the schema that `to_document` follows."""

Document = dict[str, Any]
ROOT_FILESYSTEM = "root filesystem"
"""What an image without any document is called."""
NO_PLATFORM = "unknown/unknown"
"""Of what states none."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Who made the report."""

    name: str
    version: str


TOOL = Tool("ociscope", __version__)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The input file: its base name (never a path), its form, its size in bytes.

    `size` is null for a directory. `writer` is the program that probably wrote it (empty when
    nothing speaks for one), `evidence` what speaks for that: probable, never a fact.
    """

    name: str
    kind: str
    size: int | None
    writer: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One document or blob as it lies in the file, with what it leads to.

    `kind`: index, manifest, docker-manifest (`manifest.json` of a docker archive), image (an
    entry of it), config, layer, attestation, artifact, attachment (a blob of one of these), blob
    and file (nothing leads to them). `digest` is the promised one,
    or computed where none is promised. `verified` as in `Identity`. `present`: its bytes are in
    the file; else `size` is as declared.
    """

    kind: str
    name: str
    digest: Digest | None
    media_type: str
    size: int | None
    platform: str
    verified: bool | None
    present: bool = True
    names: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Node, ...] = ()
    description: str = ""
    """What an artifact is, in words; empty for everything else."""
    subject: Digest | None = None
    """The manifest or index that it claims to be about."""
    linked_by: str = ""
    """How it claims that: `subject`, `annotation`, `tag`, `place`; empty without a subject."""

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in file order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer of an image; sizes in bytes.

    Of a layer that is not in the file only what the manifest promises is known. `compressor` is
    what the head of the stored bytes says of the program that wrote them, empty for plain ones.
    """

    digest: Digest | None
    diff_id: Digest | None
    chain_id: Digest | None
    media_type: str
    compression: str
    size: int | None
    uncompressed_size: int | None
    created_by: str
    """The build step, with what looks like a secret masked; `config` has it as it stands."""
    compressor: str = ""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One name of a regular file of the merged root filesystem; hard links are such names.

    Directories, symbolic links, devices, pipes and sockets are none. `sha1` and `sha256` are None
    where the content could not be read whole.
    """

    path: str
    """Root-relative, as the layer spells it: not printable yet."""
    size: int
    mode: int
    """Permissions with setuid, setgid and sticky bit."""
    layer: int
    """0-based position of the layer that holds this content."""
    sha1: Digest | None
    sha256: Digest | None
    owners: tuple[str, ...]
    """`ident` of every package whose database or metadata lists it, sorted."""


@dataclass(frozen=True, slots=True)
class ImageReport:
    """One platform of one image.

    `image_id`, `manifest_digest` and `index_digest` are of the bytes at hand, or null; how each
    is known stands in `identities`. `config` is the config document as parsed, empty when it
    could not be read. `layers` is bottom first. `manifest` is the manifest as parsed, empty where
    there is none; it is no part of the JSON form.
    """

    names: tuple[str, ...]
    position: int
    """0-based position of the image among the images of the file; platforms share it."""
    platform: str
    platform_declared: Mapping[str, Any] | None
    completeness: Completeness
    """Of its documents and layers, in this file: all there, some there, or only named."""
    image_id: Digest | None
    manifest_digest: Digest | None
    index_digest: Digest | None
    identities: tuple[Identity, ...]
    config: Mapping[str, Any]
    layers: tuple[LayerReport, ...]
    distro: Distro | None = None
    packages: tuple[Package, ...] = ()
    problems: tuple[Problem, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    made_up: tuple[MadeUp, ...] = ()
    """Manifests that tools make up for it; in JSON their digests stand in `identities`."""
    findings: tuple[Finding, ...] = ()
    """What is worth knowing and no problem; those of the tree only where layers were read."""
    files: tuple[ImageFile, ...] | None = None
    """Folder by folder; None where nobody asked for them. No part of the JSON form."""

    @property
    def label(self) -> str:
        """The image as a person would call it: its first name, else a short digest.

        A root filesystem has neither, and is called what it is.
        """
        if self.names:
            return self.names[0]
        if any(identity.reason == ROOTFS for identity in self.identities):
            return ROOT_FILESYSTEM
        digest = self.manifest_digest or self.image_id
        return digest[:19] if digest else f"@{self.position}"

    @property
    def title(self) -> str:
        """`label` and platform; a root filesystem states no platform by itself."""
        if self.platform == NO_PLATFORM and self.label == ROOT_FILESYSTEM:
            return self.label
        return f"{self.label} {self.platform}"

    @property
    def registry_digest(self) -> Digest | None:
        """The manifest digest, unless the manifest was written when the archive was saved.

        Docker's graphdriver store saves a manifest over uncompressed layers: its digest is true of
        the bytes in the file, and no registry serves the image by it.
        """
        reasons = [each.reason for each in self.identities if each.kind is Kind.MANIFEST]
        return None if LOCAL_MANIFEST in reasons else self.manifest_digest

    @property
    def installed(self) -> tuple[Package, ...]:
        """The packages whose files are on disk."""
        return tuple(package for package in self.packages if package.installed)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run learned about one input."""

    tool: Tool
    source: SourceInfo
    tree: tuple[Node, ...]
    images: tuple[ImageReport, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Problems of the file and of every image, each once, sorted."""
        return tuple(sorted({*self.problems, *(p for i in self.images for p in i.problems)}))

    @property
    def exit_code(self) -> int:
        """3 when content could not be read, 1 when bytes contradict a digest, else 0."""
        return exit_code_of(self.all_problems)


ALL_PARTS = ("identities", "config", "layers", "distro", "packages", "findings")
"""Members of an image that a command may leave out; the others are always there."""


def to_document(report: Report, parts: Sequence[str] = ALL_PARTS, *, tree: bool = True) -> Document:
    """The JSON form of `report`, with only the named `parts` of each image."""
    document: Document = {
        "schema": SCHEMA,
        "tool": {"name": report.tool.name, "version": report.tool.version},
        "source": {
            "name": printable(report.source.name),
            "kind": report.source.kind,
            "size": report.source.size,
            "writer": report.source.writer or None,
            "evidence": list(report.source.evidence),
        },
    }
    if tree:
        document["tree"] = [node_document(node) for node in report.tree]
    document["images"] = [image_document(image, parts) for image in report.images]
    document["problems"] = problem_documents(report.problems)
    return document


def image_document(image: ImageReport, parts: Sequence[str] = ALL_PARTS) -> Document:
    """One image of the JSON form."""
    document: Document = {
        "names": list(image.names),
        "position": image.position,
        "platform": image.platform,
        "platform_declared": image.platform_declared,
        "completeness": image.completeness,
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
        "index_digest": image.index_digest,
    }
    optional: dict[str, Any] = {
        "identities": lambda: [identity_document(i) for i in image.identities],
        "config": lambda: image.config,
        "layers": lambda: [layer_document(layer) for layer in image.layers],
        "distro": lambda: distro_document(image.distro),
        "packages": lambda: [package_document(package) for package in image.packages],
        "findings": lambda: [finding_document(finding) for finding in image.findings],
    }
    document |= {name: make() for name, make in optional.items() if name in parts}
    document["problems"] = problem_documents(image.problems)
    return document


def node_document(node: Node) -> Document:
    """One node of the `tree`."""
    return {
        "kind": node.kind,
        "name": printable(node.name),
        "digest": node.digest,
        "media_type": printable(node.media_type),
        "size": node.size,
        "platform": node.platform or None,
        "verified": node.verified,
        "present": node.present,
        "names": list(node.names),
        "annotations": dict(sorted(node.annotations.items())),
        "description": printable(node.description),
        "subject": node.subject,
        "linked_by": node.linked_by or None,
        "children": [node_document(child) for child in node.children],
    }


def identity_document(identity: Identity) -> Document:
    """One entry of `identities`."""
    return {
        "kind": identity.kind.value,
        "digest": identity.digest,
        "origin": identity.origin.value,
        "verified": identity.verified,
        "reason": identity.reason,
        "layer": identity.layer,
        "made_by": identity.made_by or None,
    }


def layer_document(layer: LayerReport) -> Document:
    """One entry of `layers`."""
    return {
        "digest": layer.digest,
        "diff_id": layer.diff_id,
        "chain_id": layer.chain_id,
        "media_type": printable(layer.media_type),
        "compression": layer.compression,
        "size": layer.size,
        "uncompressed_size": layer.uncompressed_size,
        "created_by": layer.created_by,
        "compressor": layer.compressor,
    }


def distro_document(distro: Distro | None) -> Document | None:
    """The `distro` member; None where the image says nothing about its distribution."""
    if distro is None:
        return None
    return {
        "id": distro.id,
        "version_id": distro.version_id,
        "pretty_name": distro.pretty_name,
        "id_like": list(distro.id_like),
        "codename": distro.codename,
        "path": distro.path,
        "variant_id": distro.variant_id,
        "cpe_name": distro.cpe_name,
        "build_id": distro.build_id,
        "image_id": distro.image_id,
        "image_version": distro.image_version,
    }


def finding_document(finding: Finding) -> Document:
    """One entry of `findings`; its texts are safe to show already."""
    return {
        "kind": finding.kind.value,
        "what": finding.what,
        "where": finding.where,
        "layer": finding.layer,
        "step": finding.step or None,
        "masked": finding.masked or None,
    }


def problem_documents(problems: Sequence[Problem]) -> list[Document]:
    """Entries of `problems`, sorted, each once."""
    return [
        {
            "code": problem.code.value,
            "severity": problem.severity.value,
            "where": printable(problem.where),
            "detail": printable(problem.detail),
        }
        for problem in sorted(set(problems))
    ]
