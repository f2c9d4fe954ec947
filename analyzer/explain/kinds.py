"""What each kind of identifier is, who prints it and what it is good for: the words of answers."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.image.identity import MAKERS
from analyzer.image.schema1ids import BOTH, SKOPEO
from analyzer.image.synthesised import Maker


@dataclass(frozen=True, slots=True)
class Explanation:
    """The fixed words about one kind. `topic` is one of `ociscope explain`, or empty."""

    name: str
    hashed: str
    printed_by: str
    use: str
    topic: str = ""


# Who prints what: ../shared/domain/identity.md is the measured table; per row the source is the
# tool itself (docker 20.10 and 29, podman 4.3, skopeo, crane) or its documentation.
KINDS: dict[str, Explanation] = {
    "archive": Explanation(
        "digest of the file itself",
        "the whole file as it lies on disk",
        "sha256sum, download pages, artifact stores",
        "Proves that a copy of this file is whole. It says nothing about the image: saving the "
        "same image again gives another file.",
        "archive-differs",
    ),
    "index": Explanation(
        "index digest",
        "the index (manifest list), as stored",
        "docker pull (Digest:), RepoDigests, docker images with the containerd store, kubectl "
        "(imageID), skopeo inspect, crane digest, buildx imagetools",
        "It pulls: repository@digest, and the client picks the platform. Pin and sign it.",
        "index",
    ),
    "manifest": Explanation(
        "manifest digest",
        "the manifest of one platform, as stored",
        "docker push, crane digest --platform, buildx imagetools, docker images with the "
        "containerd store (image of one platform), RepoDigests",
        "It pulls: repository@digest gives exactly this platform, if a registry has it. Pin and "
        "sign it.",
        "which-digest",
    ),
    "schema1": Explanation(
        "schema 1 digest",
        "the part of a Docker schema 1 manifest that was signed, so without its signatures",
        "docker pull (Digest:), skopeo inspect and skopeo manifest-digest, registries "
        "(Docker-Content-Digest)",
        "It pulls: repository@digest, where registry and client still take schema 1.",
        "schema-1",
    ),
    "schema1-file": Explanation(
        "hash of a schema 1 manifest as a file",
        "the stored manifest with its signatures",
        "sha256sum manifest.json",
        "Proves that a copy of this manifest is whole, signatures included. It does not pull: no "
        "registry knows the manifest by it.",
        "schema-1",
    ),
    "image-id": Explanation(
        "image ID",
        "the config document, as stored",
        "docker images and docker inspect (graphdriver store), podman images, crictl images, "
        "kubectl (imageID of an image that was loaded, not pulled), trivy and syft (image ID)",
        "It names the image on one machine (docker run, podman run). It does not pull: a "
        "registry is asked for manifests.",
        "image-id",
    ),
    "layer": Explanation(
        "layer digest",
        "the layer as stored, mostly compressed",
        "docker manifest inspect, skopeo inspect (Layers), crane manifest, registries",
        "It fetches this one blob from a registry (crane blob). It is no image: docker pull "
        "refuses it.",
        "diff-id",
    ),
    "diff-id": Explanation(
        "diff ID",
        "the layer's tar stream, uncompressed",
        "docker inspect (RootFS.Layers), podman inspect, skopeo inspect --config, trivy (DiffIDs)",
        "It tells whether two images share a layer, however each compresses it. It does not pull.",
        "diff-id",
    ),
    "chain-id": Explanation(
        "chain ID",
        "the diff IDs of this layer and all below it, as one line of text per step",
        "folder names below image/overlay2/layerdb, containerd snapshots (ctr snapshots ls)",
        "It names a stack of layers on one machine's disk. It does not pull.",
        "chain-id",
    ),
    "v1-id": Explanation(
        "legacy v1 ID",
        "a description of the layer that the writer made from config and chain ID",
        "folders in docker save files; docker history and docker images of before 1.10",
        "Nothing today: no registry and no engine since docker 1.10 takes it. It does not pull.",
        "v1-ids",
    ),
    "synthesised": Explanation(
        "made-up digest",
        "a manifest (for a schema 1 image a config) that a tool writes for itself when it reads "
        "this file",
        "see the note below for the tool",
        "It tells that somebody's output is about this image. It does not pull, unless somebody "
        "has pushed the image anew from the store that made it up.",
        "made-up-digests",
    ),
    "attestation": Explanation(
        "attestation manifest",
        "the manifest of provenance or an SBOM, as stored",
        "buildx imagetools and registries' pages, there as unknown/unknown",
        "It pulls as an artifact (crane manifest, oras pull); it is about an image and is none: "
        "nothing runs from it.",
        "attestations",
    ),
    "referrer": Explanation(
        "referrer",
        "the manifest of a signature, SBOM or other artifact about this image, as stored",
        "oras discover, regctl artifact list, cosign tree, crane digest with its tag",
        "It pulls with the tool that made it (oras pull, cosign). It is about the image and is "
        "none.",
        "referrers",
    ),
    "artifact": Explanation(
        "artifact manifest",
        "the manifest of something that is no image, as stored",
        "oras, cosign, helm, crane manifest",
        "It pulls with the tool that made it (oras pull, cosign, helm). It is no container image.",
        "attestations",
    ),
    "attachment": Explanation(
        "blob of an attestation or artifact",
        "a document or file that an attestation or artifact carries, as stored",
        "crane manifest and oras manifest fetch of that attestation or artifact",
        "It fetches this one blob (crane blob, oras blob fetch). It is no image and no layer.",
        "attestations",
    ),
    "document": Explanation(
        "table of contents of this file",
        "a document at the top of the file that only says what is in it",
        "no tool: sha256sum after unpacking, at most",
        "Nothing. It was written when this file was saved, and nothing commits to it.",
        "archive-differs",
    ),
    "member": Explanation(
        "member of this file",
        "the bytes of one member of the archive, as stored",
        "no tool: sha256sum after unpacking, at most",
        "Nothing. It is a part of this file that no digest of an image covers, or one whose bytes "
        "are not those that it is named by: 'ociscope verify' tells which.",
    ),
    "unreferenced": Explanation(
        "blob that nothing leads to",
        "the blob, as stored",
        "depends on what it was; tools skip it",
        "Nothing in this file names it as part of an image: a rest of an earlier image or of an "
        "older format.",
        "unreferenced-blob",
    ),
    "name": Explanation(
        "name inside the file",
        "not the bytes below that name: legacy layer IDs come from descriptions of layers",
        "docker history and docker images of before 1.10; folders in docker save files",
        "Nothing today: a legacy v1 layer ID, or the name that the writer gave to a file. It "
        "does not pull.",
        "v1-ids",
    ),
    "file": Explanation(
        "content of a file in a layer",
        "the bytes of one regular file",
        "sha256sum in a container, SBOMs, malware and reputation services",
        "It finds this content in other images and lists. It is no identifier of an image.",
    ),
}

MADE_UP_PRINTED_BY = {
    MAKERS[Maker.SKOPEO]: "skopeo inspect docker-archive:FILE (Digest); podman load, then podman "
    "images --digests and podman inspect (Digest)",
    MAKERS[Maker.SYFT]: "syft FILE -o json (manifestDigest), grype, SBOMs that syft wrote",
    MAKERS[Maker.CONTAINERD]: "docker load into the containerd store, then docker images (ID) and "
    "docker inspect (Id, RepoDigests); ctr images import, then ctr images ls",
    BOTH: "docker pull by an engine that still takes schema 1, then docker images; skopeo copy "
    "--format v2s2, there as the digest of the config",
    SKOPEO: "skopeo copy --format v2s2, there as the digest of the config",
    MAKERS[Maker.GGCR]: "crane digest --tarball FILE, and a registry after crane push FILE",
}
ORDER = tuple(KINDS)


def explanation(kind: str) -> Explanation:
    """The words about `kind`; plain ones for a kind that is not in the table."""
    plain = Explanation(kind.replace("-", " "), "see 'ociscope ids'", "see 'ociscope ids'", "")
    return KINDS.get(kind, plain)


def printed_by(kind: str, made_by: str = "") -> str:
    """Which commands print an identifier of `kind`, for a made-up one those of its maker."""
    return MADE_UP_PRINTED_BY.get(made_by) or explanation(kind).printed_by


def rank(kind: str) -> int:
    """The place of `kind` among answers: documents first, from the outermost inwards."""
    return ORDER.index(kind) if kind in KINDS else len(ORDER)
