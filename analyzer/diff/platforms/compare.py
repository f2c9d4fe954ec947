"""Compares all platforms of each image of a report. Pure: the same report, the same comparison."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from analyzer.diff.pairs import is_attestation
from analyzer.diff.platforms.claims import claims
from analyzer.diff.platforms.config import config_rows
from analyzer.diff.platforms.filepaths import States
from analyzer.diff.platforms.fileplaces import Ground, npm_folders
from analyzer.diff.platforms.files import FileTrees, file_rows, row_of
from analyzer.diff.platforms.model import Column, Comparison, ImagePlatforms, Part, Row
from analyzer.diff.platforms.packages import Inventory, key_of, package_rows, take
from analyzer.diff.platforms.rest import attachment_rows, distribution_rows, shared_layers
from analyzer.diff.platforms.rules import NAME_OF_ARCHITECTURE
from analyzer.diff.platforms.shown import Shown
from analyzer.diff.platforms.steps import step_rows
from analyzer.image.platform import Platform, normalise
from analyzer.packages.choosing import COUNTED, standing_of
from analyzer.problems import UNREAD, Code, Severity
from analyzer.report import ImageReport, Node, Report

NOT_HERE = "named, and not in this file"
NO_TREE = "not all of its layers could be read, so nothing is known of its packages"
NO_FILES = "not all of its layers could be read whole, so its files were not compared"
UNREAD_FILES = "the content of {} of its files was not read, so whether they differ is not known"
SOME_PACKAGES = "some packages could not be read: what was not found may be there"
NO_CONFIG = "its config is not in this file or could not be read"
FIRST = Platform("linux", "amd64")
"""What most tools take where nobody chooses, so what it would say of the others comes first."""
_OF_PACKAGES = frozenset({Code.CATALOGER_FAILED, Code.PACKAGE_DATABASE_DAMAGED})
_SHORT_DIGEST = 19


ReadTrees = Callable[[Sequence[ImageReport]], FileTrees]
"""The files of all platforms of one image, in the order of these reports."""


def compare_platforms(report: Report, read_trees: ReadTrees | None = None) -> Comparison:
    """Every image of `report` whose layers were read, in file order.

    Statements about images (`unknown/unknown`) are no platforms. The platforms of an image are
    sorted, linux/amd64 first, so their order in the index changes nothing. Files are compared
    where `read_trees` reads them.
    """
    positions: dict[int, list[ImageReport]] = defaultdict(list)
    for image in report.images:
        if not is_attestation(image):
            positions[image.position].append(image)
    return Comparison(
        report.source,
        tuple(_compare(positions[number], report.tree, read_trees) for number in sorted(positions)),
    )


def _compare(
    images: Sequence[ImageReport], tree: Sequence[Node], read_trees: ReadTrees | None
) -> ImagePlatforms:
    images = sorted(images, key=_place)
    platforms = [platform_of(image) for image in images]
    inventories = _inventories(images, platforms)
    rows = image_rows(images, tree)
    files = None
    if read_trees is not None and sum(image.completeness != "absent" for image in images) > 1:
        files = read_trees(images)
        found = file_rows(files, ground_of(images, rows))
        rows += [row_of(each, files.trees) for each in found]
    masked = Shown(images)
    names = dict.fromkeys(name for image in images for name in image.names)
    return ImagePlatforms(
        names=tuple(names),
        position=images[0].position,
        index_digest=next((i.index_digest for i in images if i.index_digest), None),
        columns=tuple(_columns(images, platforms, inventories, files)),
        rows=tuple(masked.row(row) for row in rows),
        layers=shared_layers(images),
        claims=tuple(claims(inventories, rows)),
    )


def image_rows(images: Sequence[ImageReport], tree: Sequence[Node] = ()) -> list[Row]:
    """The rows about these platforms, with cells in their order; not masked yet."""
    platforms = [platform_of(image) for image in images]
    inventories = _inventories(images, platforms)
    read = [inventory is not None for inventory in inventories]
    configs = [image.config or None for image in images]
    histories = [None if config is None else config.get("history", []) for config in configs]
    return [
        *distribution_rows([image.distro for image in images], read, platforms),
        *package_rows(inventories, platforms),
        *config_rows(configs, platforms),
        *step_rows(histories, platforms),
        *attachment_rows(images, tree),
    ]


def ground_of(images: Sequence[ImageReport], rows: Sequence[Row]) -> Ground:
    """What the rules about files are told of packages; `rows` are those of `image_rows`."""
    keys = [{p.ident: key_of(p) for p in image.packages if p.installed} for image in images]
    about = [row for row in rows if row.part is Part.PACKAGES]
    differing = {row.subject for row in about if row.unexpected}
    named = {
        (row.subject.partition("/")[0], name)
        for row in about
        if NAME_OF_ARCHITECTURE in row.rules
        for cell in row.cells
        for name in cell.value or ()
    }
    return Ground(
        platforms=tuple(platform_of(image) for image in images),
        keys=tuple(keys),
        differing=frozenset(k for each in keys for k in each.values() if "/".join(k) in differing),
        named=frozenset(named),
        databases=frozenset(
            location.path
            for image in images
            for package in image.packages
            if package.method == "database"
            for location in package.locations
        ),
        folders=tuple(npm_folders(image.packages, named) for image in images),
    )


def _inventories(
    images: Sequence[ImageReport], platforms: Sequence[Platform]
) -> list[Inventory | None]:
    """The packages of each platform; None where any of them may be missing or another one."""
    return [
        None if _unread(i) else take(i.packages, platform, whole=not _packages_unread(i))
        for i, platform in zip(images, platforms, strict=True)
    ]


def platform_of(image: ImageReport) -> Platform:
    """The platform of an image, with what only its index or config says of it."""
    declared = image.platform_declared or image.config
    version = declared.get("os.version") or image.config.get("os.version") or ""
    system, architecture, variant = [*image.platform.split("/"), "", ""][:3]
    return normalise(system, architecture, variant, version if isinstance(version, str) else "")


def _place(image: ImageReport) -> tuple[object, ...]:
    platform = platform_of(image)
    digests = image.manifest_digest or "", image.image_id or ""
    return platform != FIRST, platform, image.completeness == "absent", *digests


def _unread(image: ImageReport) -> bool:
    """Whether something of the merged tree is missing, so that any package may be."""
    codes = {p.code for p in image.problems if p.severity is Severity.ERROR} & UNREAD
    return bool(codes - _OF_PACKAGES) or image.completeness != "complete"


def _packages_unread(image: ImageReport) -> bool:
    return any(p.code in _OF_PACKAGES and p.severity is Severity.ERROR for p in image.problems)


def _columns(
    images: Sequence[ImageReport],
    platforms: Sequence[Platform],
    inventories: Sequence[Inventory | None],
    files: FileTrees | None,
) -> Iterable[Column]:
    trees = files.trees if files is not None else [{}] * len(images)
    for image, platform, inventory, label, tree in zip(
        images, platforms, inventories, _labels(images, platforms), trees, strict=True
    ):
        reasons = _reasons(image, inventory, tree)
        yield Column(
            label=label,
            platform=platform,
            manifest_digest=image.manifest_digest,
            image_id=image.image_id,
            completeness=image.completeness,
            packages=None if inventory is None else _counted(image),
            layers=len(image.layers),
            not_compared=tuple(dict.fromkeys(part for part, _ in reasons)),
            notes=tuple(dict.fromkeys(why for _, why in reasons)),
        )


def _counted(image: ImageReport) -> int:
    return sum(standing_of(package) in COUNTED for package in image.packages)


def _reasons(
    image: ImageReport, inventory: Inventory | None, tree: States | None
) -> list[tuple[Part, str]]:
    if image.completeness == "absent":
        return [(part, NOT_HERE) for part in Part]
    found = []
    if inventory is None:
        found += [(Part.DISTRIBUTION, NO_TREE), (Part.PACKAGES, NO_TREE)]
    elif not inventory.whole:
        found.append((Part.PACKAGES, SOME_PACKAGES))
    if not image.config:
        found += [(Part.CONFIG, NO_CONFIG), (Part.BUILD, NO_CONFIG)]
    unread = sum(state.unread for state in tree.values()) if tree is not None else 0
    if tree is None or unread:
        found.append((Part.FILES, UNREAD_FILES.format(unread) if unread else NO_FILES))
    return found


def _labels(images: Sequence[ImageReport], platforms: Sequence[Platform]) -> list[str]:
    """Names of the columns: where two would be the same, with what tells them apart."""
    plain = [image.platform for image in images]
    versions = [
        f"{name} {platform.os_version}".strip()
        for name, platform in zip(plain, platforms, strict=True)
    ]
    digests = [
        f"{name} {(image.manifest_digest or image.image_id or '')[:_SHORT_DIGEST]}".strip()
        for name, image in zip(versions, images, strict=True)
    ]
    labels = []
    counts = [Counter(each) for each in (plain, versions, digests)]
    for number, names in enumerate(zip(plain, versions, digests, strict=True)):
        free = (n for n, count in zip(names, counts, strict=True) if count[n] == 1)
        labels.append(next(free, f"{names[-1]} #{number}"))
    return labels
