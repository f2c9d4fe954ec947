"""From somebody's manifest, index or signed payload to the bytes of this file, link by link.

1. The document hashes to the digest that is claimed, or names it.
2. An index lists a manifest for the platform of the image here.
3. The manifest names the config: its digest is that of the config bytes in the file.
4. The config lists as many diff IDs as the manifest has layers.
5. Every layer in the file inflates to its diff ID.
6. The stored layer blobs are those that the manifest lists; where they are not, the content is
   still the same, since the config fixes it.

A digest links a document to bytes only; nothing here says who signed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes
from analyzer.errors import AnalyzerError
from analyzer.image.assemble import platform_of
from analyzer.image.blobs import flat_name, layout_name
from analyzer.image.documents import Descriptor, Index, Manifest
from analyzer.image.model import Image, LayerRef, Measured
from analyzer.limits import Budget, Limits
from analyzer.paths import printable
from analyzer.problems import Code, Problem, Severity
from analyzer.scanning import SILENT, LayerStore, Progress
from analyzer.source.base import BlobSource, read_bounded
from analyzer.source.detect import Opened
from analyzer.verify.chain import Against, Level, Link
from analyzer.verify.claim import Claim, Kind, claim_of
from analyzer.verify.otherwise import stored_config, what_still_holds

_UNDECIDABLE = frozenset(
    {Code.LIMIT_EXCEEDED, Code.LAYER_ENCRYPTED, Code.NOT_READABLE, Code.UNSUPPORTED}
)
"""Problems of a scan after which its diff ID is unknown rather than wrong."""

_FETCH = "the raw manifest JSON of {} (skopeo inspect --raw, crane manifest)"
_MIX_UP = (
    "{} is the image ID of {} in this file, not a manifest digest: registries and "
    "signatures address manifests, docker shows image IDs"
)


def check_against(
    opened: Opened,
    images: Sequence[Image],
    claim: Claim,
    digest: Digest | None,
    limits: Limits,
    progress: Progress = SILENT,
) -> Against:
    """Compare the selected `images` of an open input with what `claim` says.

    `digest` is what the claim must hash to, or name if it is a payload.
    """
    present = [image for image in images if image.present]
    run = _Run(opened.source, present, limits, progress)
    run.start(claim, digest)
    run.say_what_is_left()
    run.say_what_was_odd(opened.problems)
    level = Level.NOTHING if not run.levels else max(run.levels, key=list(Level).index)
    return Against(
        name=opened.name,
        kind=opened.kind,
        size=opened.size,
        claim_name=claim.name,
        claim_what=claim.what,
        claim_digest=claim.digest_like(digest),
        images=tuple(printable(image.title) for image in run.covered),
        links=tuple(run.links),
        level=level,
        still=tuple(dict.fromkeys(run.still)),
        bring=tuple(dict.fromkeys(run.bring)),
    )


@dataclass
class _Run:
    """The chain as it grows."""

    source: BlobSource
    images: Sequence[Image]
    limits: Limits
    progress: Progress
    links: list[Link] = field(default_factory=list)
    covered: list[Image] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    bring: list[str] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    platform: str = ""

    def link(
        self,
        text: str,
        declared: str = "",
        measured: str = "",
        *,
        holds: bool | None,
        needed: bool = True,
    ) -> None:
        """Add a link; with one value only, that is declared and measured alike."""
        seen = measured or declared
        self.links.append(Link(text, holds, declared, seen, self.platform, needed))

    def say_what_is_left(self) -> None:
        """Whoever reads `proven` must not think of images that were not looked at."""
        left = [i for i in self.images if not any(i is one for one in self.covered)]
        if left and self.covered:
            titles = ", ".join(sorted({image.title for image in left}))
            self.still.append(f"nothing is said of what else is in this file: {titles}")

    def say_what_was_odd(self, problems: Sequence[Problem]) -> None:
        """Other readers may see another image in a file that contradicts itself."""
        own = {problem for image in self.covered for problem in image.problems}
        odd = [p for p in {*own, *problems} if p.severity is not Severity.NOTE]
        if odd:
            self.still.append(
                f"reading the file met {len(odd)} errors or warnings; other tools may read it "
                "otherwise: 'ociscope verify PATH' lists them"
            )

    # 1. The document.

    def start(self, claim: Claim, digest: Digest | None) -> None:
        if claim.kind is Kind.PAYLOAD:
            self._payload(claim, digest)
            return
        self._hashes(claim, digest)
        if claim.kind is Kind.CONFIG:
            self._config_brought(claim)
        elif claim.index is not None:
            self._index(claim.index)
        elif claim.manifest is not None:
            self._manifest(claim.manifest, self._best(claim.manifest))

    def _hashes(self, claim: Claim, digest: Digest | None) -> None:
        measured = claim.digest_like(digest)
        if digest is None:
            self.link(f"{claim.name}, {claim.what}, hashes to its digest", measured, holds=True)
            return
        if not can_check(digest):
            self.link("the digest is of an algorithm that can be computed", digest, holds=None)
            return
        text = f"{claim.name}, {claim.what}, hashes to the digest that is claimed"
        self.link(text, digest, measured, holds=measured == digest)
        if measured != digest:
            self._mix_up(digest)
            bare = digest_bytes(claim.raw.rstrip(b"\r\n"), algorithm_of(digest))
            if bare == digest:
                self.still.append("without the line end behind it, the document has the digest")
            listed = claim.index.manifests if claim.index else ()
            if any(child.digest == digest for child in listed):
                self.still.append(f"{digest} is a manifest that the index lists")
                self.bring.append(_FETCH.format(digest))

    def _mix_up(self, digest: Digest) -> bool:
        """Somebody gave the digest of a config for that of a manifest."""
        same = [image for image in self.images if image.image_id == digest]
        self.still += [_MIX_UP.format(digest, image.title) for image in same]
        return bool(same)

    def _config_brought(self, claim: Claim) -> None:
        same = [image for image in self.images if image.image_id == claim.digest()]
        self._mix_up(claim.digest())
        self.link("a manifest names this config", holds=None if same or not self.images else False)
        self.bring.append("the manifest JSON; a config is what manifests point to")

    def _payload(self, claim: Claim, digest: Digest | None) -> None:
        if digest is not None:
            named = digest in claim.named
            text = f"{claim.name}, {claim.what}, names the digest that is claimed"
            self.link(text, digest, digest if named else claim.named[0], holds=named)
        else:
            count = len(claim.named)
            many = f"{count} digests, the first being" if count > 1 else "a digest"
            self.link(f"{claim.name}, {claim.what}, names {many}", claim.named[0], holds=True)
        self.still.append("the signature itself is not checked, only what it is about")
        wanted = digest if digest in claim.named else None
        for name in (wanted,) if wanted else claim.named:
            document = self._stored(name)
            if document is not None:
                self.link("a document in this file has this digest", name, holds=True)
                self._go_on(document)
                return
        name = wanted or claim.named[0]
        mixed = [named for named in claim.named if self._mix_up(named)]
        self.link("a document in this file has this digest", name, holds=False if mixed else None)
        if not mixed:
            self.bring.append(_FETCH.format(name))

    def _stored(self, digest: Digest) -> Claim | None:
        """A manifest or index in the file, by its digest."""
        documents = [doc for i in self.images for doc in (i.manifest, *i.indexes) if doc]
        raws = [document.raw for document in documents]
        for name in (layout_name(digest), flat_name(digest)):
            try:
                if self.source.has(name):
                    raws.append(read_bounded(self.source, name, self.limits.manifest_bytes) or b"")
            except (AnalyzerError, OSError):
                continue
        for raw in raws:
            if can_check(digest) and digest_bytes(raw, algorithm_of(digest)) == digest:
                try:
                    return claim_of(raw, "the document", self.limits)
                except AnalyzerError:
                    return None
        return None

    def _go_on(self, document: Claim) -> None:
        if document.index is not None:
            self._index(document.index)
        elif document.manifest is not None:
            self._manifest(document.manifest, self._best(document.manifest))
        else:
            self.link("this document is a manifest or an index", holds=False)

    # 2. An index.

    def _index(self, index: Index) -> None:
        if not self.images:
            self.link("an image of which something is in this file", holds=None)
        for image in self.images:
            self.platform = str(image.platform)
            self._child(index, image)
        self.platform = ""

    def _child(self, index: Index, image: Image) -> None:
        listed = [child for child in index.manifests if _fits(child, image)]
        own = [c for c in index.manifests if c.digest == image.manifest_digest]
        text = f"the index lists a manifest for {image.platform}"
        if not (own or listed):
            self.link(text, holds=False)
            found = [platform_of(child.platform) for child in index.manifests]
            platforms = sorted({str(platform) for platform in found if platform is not None})
            self.still.append(f"the index lists {', '.join(platforms) or 'no platform'}")
            return
        child = (own or listed)[0]
        self.link(text, child.digest, holds=True)
        document = self._stored(child.digest)
        if document is None:
            self.link("its bytes are in this file", holds=None)
            self.bring.append(_FETCH.format(child.digest))
        elif document.manifest is None:
            self.link("it is a manifest", holds=None)
        else:
            self.link("its bytes are in this file and hash to it", child.digest, holds=True)
            self._manifest(document.manifest, image)

    # 3 to 6. A manifest.

    def _best(self, manifest: Manifest) -> Image | None:
        """The image that is meant: the one with this config, else the one most alike."""
        for image in self.images:
            if self._config_digest(image, manifest.config.digest) == manifest.config.digest:
                return image
        listed = {layer.digest for layer in manifest.layers}
        alike = [len(listed & {layer.digest for layer in i.layers}) for i in self.images]
        return self.images[alike.index(max(alike))] if alike else None

    @staticmethod
    def _config_digest(image: Image, like: Digest) -> Digest | None:
        if image.config_document is None:
            return None
        algorithm = algorithm_of(like) if can_check(like) else "sha256"
        return digest_bytes(image.config_document.raw, algorithm)

    def _manifest(self, manifest: Manifest, image: Image | None) -> None:
        if image is None:
            self.link("an image of which something is in this file", holds=None)
            return
        self.covered.append(image)
        promised = manifest.config.digest
        measured = self._config_digest(image, promised)
        text = "the manifest names the config that is in this file (its image ID)"
        if measured is None:
            self.link(text, promised, "not in this file", holds=None)
            self.bring.append(f"a file that holds the config {promised}")
            return
        self.link(text, promised, measured, holds=measured == promised)
        scanned = self._measure(image)
        if measured != promised:
            measures = [row[1] for row in scanned]
            self.still += what_still_holds(
                manifest, image, measures, stored_config(self.source, manifest, self.limits)
            )
            return
        self._layers(manifest, image, scanned)

    def _measure(self, image: Image) -> list[tuple[LayerRef, Measured, bool]]:
        """Each layer with what it measures, and whether its diff ID could be known."""
        store = LayerStore(self.source, Budget(self.limits))
        store.scan([image], None, self.progress)
        found = []
        for layer, measured in zip(image.layers, store.measured(image), strict=True):
            scan = store.of(layer)
            codes = {problem.code for problem in scan.problems} if scan else set()
            found.append((layer, measured, scan is not None and not codes & _UNDECIDABLE))
        return found

    def _layers(
        self,
        manifest: Manifest,
        image: Image,
        scanned: Sequence[tuple[LayerRef, Measured, bool]],
    ) -> None:
        diff_ids = image.config.diff_ids if image.config else ()
        count, listed = len(diff_ids), len(manifest.layers)
        text = f"the config lists {count} diff IDs, the manifest {listed} layers"
        self.link(text, holds=count == listed)
        self.link(f"this file has {len(scanned)} layers", holds=len(scanned) == count)
        good = 0
        for layer, measured, known in scanned:
            wanted = diff_ids[layer.position] if layer.position < count else None
            same = measured.diff_id == wanted and wanted is not None
            holds: bool | None = same
            if not same and (layer.name is None or not known):
                holds = None
                self.bring.append(f"a file that holds layer {layer.position}, and can be read")
            elif not same and wanted and algorithm_of(wanted) != "sha256":
                holds = None  # inflated layers are measured by SHA-256 alone
            seen = measured.diff_id or "could not be inflated"
            self.link(
                f"layer {layer.position} inflates to its diff ID", wanted or "", seen, holds=holds
            )
            good += same
        if good < len(scanned):
            self.still.append("the same config (image ID), as the manifest names it")
            self.still.append(f"{good} of {len(scanned)} layers inflate to their diff IDs")
        self._blobs(manifest, scanned)

    def _blobs(
        self, manifest: Manifest, scanned: Sequence[tuple[LayerRef, Measured, bool]]
    ) -> None:
        pairs = list(zip(manifest.layers, scanned, strict=False))
        same = sum(_blob_matches(listed, row[1]) for listed, row in pairs)
        whole = same == len(manifest.layers) == len(scanned)
        text = f"{same} of {len(manifest.layers)} stored layer blobs are the bytes it lists"
        self.link(text, holds=whole, needed=False)
        self.levels.append(Level.IDENTICAL if whole else Level.CONTENT)
        if not whole:
            raw = all(row[1].compression == "none" for row in scanned)
            why = "layers are stored uncompressed here" if raw else "layers are packed otherwise"
            self.still.append(f"same content by config, not byte-identical blobs: {why}")


def _blob_matches(listed: Descriptor, measured: Measured) -> bool:
    """Whether a stored layer is the very blob that a manifest lists."""
    return measured.digest is not None and listed.digest == measured.digest


def _fits(child: Descriptor, image: Image) -> bool:
    """Whether an entry of an index is for the platform of the image."""
    stated = platform_of(child.platform)
    own = image.platform
    if stated is None or not stated.known:
        return False
    return (stated.os, stated.architecture, stated.variant) == (
        own.os,
        own.architecture,
        own.variant,
    )
