"""The regular files of an image as elements of its bill, and which package contains which.

Hard links are files of their own, each by its name. Directories, symbolic links, devices and
pipes are no elements: SPDX 2.3, 8.4 asks a SHA-1 of every file, and they have no content. For the
same reason a file of which no digest could be taken (damage, limits, content that only a second
name still has) is left out, and a remark says so.

A package that contains files has its files analysed in SPDX's sense: 7.8 forbids that a package
with `filesAnalyzed` false contains any, and the verification code of 7.9 that then is needed is
over the files that the document lists (`bills/verification.py`). That is the package as it is in
this image: what was stripped or changed after it was installed shows in the code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from analyzer.bills.model import Element, Relation, Remark
from analyzer.packages.contract import Package
from analyzer.paths import printable
from analyzer.report import ImageFile, ImageReport
from analyzer.sbom import ids

_Copies = Mapping[str, Sequence[tuple[Package, Element]]]


def file_elements(
    image: ImageReport,
    root: Element,
    layers: Sequence[Element],
    packages: Sequence[tuple[Package, Element]],
) -> tuple[list[Element], list[Relation]]:
    """The files of `image` that have digests, and `X CONTAINS file` for each.

    X is every package of the bill that lists the file, else the image itself.

    Args:
        image: analysed with `files`; without them there are no elements.
        root: the element of the image.
        layers: the element of each layer; files get its `ociscope:layer:...` properties that say
            which one it is.
        packages: the packages of the bill.
    """
    copies: dict[str, list[tuple[Package, Element]]] = defaultdict(list)
    for package, element in packages:
        copies[package.ident].append((package, element))
    anchor = ids.anchor(image)
    places = [_place(layer) for layer in layers]
    elements: list[Element] = []
    relations: list[Relation] = []
    for file in image.files or ():
        if file.sha1 is None or file.sha256 is None:
            continue
        element = Element(
            ref=ids.element_ref(
                "File", (file.path.rpartition("/")[2],), (anchor, file.path, file.sha256)
            ),
            kind="file",
            name=printable(file.path),
            digests=(file.sha1, file.sha256),
            properties=places[file.layer],
        )
        elements.append(element)
        owners = [*_owners(file, copies)] or [root.ref]
        relations += (Relation(owner, "CONTAINS", element.ref) for owner in owners)
    return elements, relations


def file_remarks(image: ImageReport, root: Element) -> tuple[Remark, ...]:
    """What a reader has to know about the files, in words; nothing where none were asked for."""
    if image.files is None:
        return ()
    said = (
        "Files listed are the regular files and hard links of the merged root filesystem; a "
        "package CONTAINS those that its database or metadata lists, the image all others."
    )
    unread = sum(1 for file in image.files if file.sha1 is None or file.sha256 is None)
    if not unread:
        return (Remark(root.ref, said),)
    some = "1 file" if unread == 1 else f"{unread} files"
    missing = f"Not listed: {some} of which no digest could be taken."
    return (Remark(root.ref, said), Remark(root.ref, missing))


def _owners(file: ImageFile, copies: _Copies) -> Iterator[str]:
    """The packages of the bill that list a file; of several copies of one the nearest."""
    for ident in file.owners:
        if ident in copies:
            yield min(copies[ident], key=lambda copy: -_nearness(file, copy[0]))[1].ref


def _nearness(file: ImageFile, package: Package) -> int:
    """How many folders a file has in common with what proves a package."""
    folders = file.path.split("/")[:-1]
    return max(
        (shared_folders(folders, place.path.split("/")) for place in package.locations), default=0
    )


def shared_folders(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names two paths have in common from the root on."""
    shared = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        shared += 1
    return shared


def _place(layer: Element) -> tuple[tuple[str, str], ...]:
    """What of a layer's properties says which one it is."""
    names = {"ociscope:layer:position", "ociscope:layer:digest", "ociscope:layer:diff-id"}
    return tuple(each for each in layer.properties if each[0] in names)
