"""From somebody's manifest, index or signed payload to the bytes of this file, link by link.

1. The document hashes to the digest that is claimed, or names it.
2. An index, or one below it, lists a manifest for the platform of the image here.
3. The manifest names the config: its digest is that of the config bytes in the file.
4. The config lists as many diff IDs as the manifest has layers.
5. Every layer in the file inflates to its diff ID.
6. The stored layer blobs are those that the manifest lists; where they are not, the content is
   still the same, since the config fixes it.

A Docker schema 1 manifest names no config, so 3 is whether its history is made from the config
in the file; where it is not, the layers are compared by their stored bytes alone.

A digest links a document to bytes only; nothing here says who signed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes
from analyzer.image.documents import Index, Manifest
from analyzer.image.model import Image, LayerRef, Measured
from analyzer.image.schema1 import Schema1
from analyzer.limits import Budget, Limits
from analyzer.paths import printable
from analyzer.problems import Code, Problem, Severity
from analyzer.scanning import SILENT, LayerStore, Progress
from analyzer.source.base import BlobSource
from analyzer.source.detect import Opened
from analyzer.verify import oldmanifest
from analyzer.verify.chain import Against, Level, Link
from analyzer.verify.claim import Claim, Kind
from analyzer.verify.nested import Ways, ways
from analyzer.verify.otherwise import stored_config, what_still_holds
from analyzer.verify.stored import stored_document

_UNDECIDABLE = frozenset(
    {Code.LIMIT_EXCEEDED, Code.LAYER_ENCRYPTED, Code.NOT_READABLE, Code.UNSUPPORTED}
)
"""Problems of a scan after which its diff ID is unknown rather than wrong."""

_FETCH = "the raw manifest JSON of {} (skopeo inspect --raw, crane manifest)"
_FETCH_INDEX = "the index {}, or the manifest for this platform in it"
_WHOLE_FILE = (
    "{} is the hash of the file with its signatures, as sha256sum prints it; registries call "
    "this manifest {}"
)
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
        else:
            self._go_on(claim)

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
            if digest_bytes(claim.raw, algorithm_of(digest)) == digest:
                self.still.append(_WHOLE_FILE.format(digest, measured))
            elif bare == digest:
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
        return stored_document(self.source, digest, raws, self.limits)

    def _stored_index(self, digest: Digest) -> Index | None:
        document = self._stored(digest)
        return document.index if document else None

    def _go_on(self, document: Claim) -> None:
        if document.index is not None:
            self._index(document.index)
        elif document.manifest is not None:
            self._manifest(document.manifest, self._best(document.manifest))
        elif document.schema1 is not None:
            self._schema1(document.schema1, self._most_alike(document.schema1.layers))
        else:
            self.link("this document is a manifest or an index", holds=False)

    # 2. An index.

    def _index(self, index: Index) -> None:
        if not self.images:
            self.link("an image of which something is in this file", holds=None)
        down = ways(index, self._stored_index, self.limits)
        for image in self.images:
            self.platform = str(image.platform)
            self._child(down, image)
        self.platform = ""

    def _child(self, down: Ways, image: Image) -> None:
        path = down.to(image)
        text = f"the index lists a manifest for {image.platform}"
        if path is None:
            self.link(text, holds=None if down.unread else False)
            self.bring += [_FETCH_INDEX.format(digest) for digest in down.unread]
            self.still.append(f"the index lists {', '.join(down.platforms) or 'no platform'}")
            return
        *indexes, child = path
        for nested in indexes:
            self.link("the index lists an index that is in this file", nested.digest, holds=True)
        self.link(text, child.digest, holds=True)
        document = self._stored(child.digest)
        if document is None:
            self.link("its bytes are in this file", holds=None)
            self.bring.append(_FETCH.format(child.digest))
            return
        if document.manifest is None and document.schema1 is None:
            self.link("it is a manifest", holds=None)
            return
        self.link("its bytes are in this file and hash to it", child.digest, holds=True)
        if document.manifest is not None:
            self._manifest(document.manifest, image)
        elif document.schema1 is not None:
            self._schema1(document.schema1, image)

    # 3 to 6. A manifest.

    def _best(self, manifest: Manifest) -> Image | None:
        """The image that is meant: the one with this config, else the one most alike."""
        for image in self.images:
            if self._config_digest(image, manifest.config.digest) == manifest.config.digest:
                return image
        return self._most_alike([layer.digest for layer in manifest.layers])

    def _most_alike(self, listed: Sequence[Digest]) -> Image | None:
        """The first image with the most layers of those listed, then with as many layers."""
        alike = [
            (len({*listed} & {layer.digest for layer in i.layers}), len(i.layers) == len(listed))
            for i in self.images
        ]
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
        listed = [layer.digest for layer in manifest.layers]
        scanned = self._measure(image, listed)
        if measured != promised:
            measures = [row[1] for row in scanned]
            self.still += what_still_holds(
                manifest, image, measures, stored_config(self.source, manifest, self.limits)
            )
            return
        self._layers(listed, image, scanned)

    def _schema1(self, manifest: Schema1, image: Image | None) -> None:
        """A manifest that names no config, though its history may be made from one."""
        if image is None:
            self.link("an image of which something is in this file", holds=None)
            return
        self.covered.append(image)
        scanned = self._measure(image, manifest.layers)
        if manifest.signatures:
            self.still.append(oldmanifest.NO_SIGNATURE)
        document = image.config_document
        if document is not None and oldmanifest.commits_to(manifest, document.raw):
            text = "its newest v1 ID is made from the config that is in this file"
            self.link(text, document.measured, holds=True)
            self._layers(manifest.layers, image, scanned)
            return
        measured = [(layer, bytes_) for layer, bytes_, _ in scanned]
        links = list(oldmanifest.layer_links(manifest.layers, measured, self.platform))
        self.links += links
        self.levels.append(Level.LAYERS)
        undecided = [link.declared for link in links if link.holds is None]
        self.bring += [f"a file that holds the layer {digest} as listed" for digest in undecided]
        self.still += oldmanifest.remarks(manifest, image, self.limits)

    def _measure(
        self, image: Image, listed: Sequence[Digest]
    ) -> list[tuple[LayerRef, Measured, bool]]:
        """Each layer with what it measures, and whether its diff ID could be known.

        Stored bytes are measured by the algorithm of the digest that is listed for them.
        """
        wanted = [*listed, *(layer.digest for layer in image.layers[len(listed) :])]
        pairs = zip(image.layers, wanted, strict=False)
        asked = [replace(layer, digest=digest) for layer, digest in pairs]
        store = LayerStore(self.source, Budget(self.limits))
        measures = replace(image, layers=tuple(asked))
        store.scan([measures], None, self.progress)
        found = []
        every = zip(image.layers, asked, store.measured(measures), strict=True)
        for layer, one, measured in every:
            scan = store.of(one)
            codes = {problem.code for problem in scan.problems} if scan else set()
            found.append((layer, measured, scan is not None and not codes & _UNDECIDABLE))
        return found

    def _layers(
        self,
        listed: Sequence[Digest],
        image: Image,
        scanned: Sequence[tuple[LayerRef, Measured, bool]],
    ) -> None:
        diff_ids = image.config.diff_ids if image.config else ()
        count = len(diff_ids)
        text = f"the config lists {count} diff IDs, the manifest {len(listed)} layers"
        self.link(text, holds=count == len(listed))
        self.link(f"this file has {len(scanned)} layers", holds=len(scanned) == count)
        good = 0
        for layer, measured, known in scanned:
            wanted = diff_ids[layer.position] if layer.position < count else None
            same = measured.diff_id == wanted and wanted is not None
            holds: bool | None = same
            if not same and (layer.name is None or not known):
                holds = None
                self.bring.append(f"a file that holds layer {layer.position}, and can be read")
            elif wanted and not can_check(wanted):
                holds = None
                self.still.append(f"digests of {algorithm_of(wanted)} cannot be computed here")
            seen = measured.diff_id or "could not be inflated"
            self.link(
                f"layer {layer.position} inflates to its diff ID", wanted or "", seen, holds=holds
            )
            good += same
        if good < len(scanned):
            self.still.append("the same config (image ID), as the manifest names it")
            self.still.append(f"{good} of {len(scanned)} layers inflate to their diff IDs")
        self._blobs(listed, scanned)

    def _blobs(
        self, listed: Sequence[Digest], scanned: Sequence[tuple[LayerRef, Measured, bool]]
    ) -> None:
        pairs = zip(listed, scanned, strict=False)
        same = sum(digest == row[1].digest for digest, row in pairs)
        whole = same == len(listed) == len(scanned)
        text = f"{same} of {len(listed)} stored layer blobs are the bytes it lists"
        self.link(text, holds=whole, needed=False)
        self.levels.append(Level.IDENTICAL if whole else Level.CONTENT)
        if not whole:
            raw = all(row[1].compression == "none" for row in scanned)
            why = "layers are stored uncompressed here" if raw else "layers are packed otherwise"
            self.still.append(f"same content by config, not byte-identical blobs: {why}")
