"""The JSON form of lives, owners and verified files: `analyzer/schema/packages-1.0.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.packages.contract import Package, Problem
from analyzer.packages.lifeline import Event, Life, LostDatabase
from analyzer.paths import printable
from analyzer.report import Document, Tool, problem_documents
from analyzer.stock.claims import Claim
from analyzer.stock.history import Remains, StockHistory
from analyzer.stock.listed import Listed, ListedFiles
from analyzer.stock.look import Stock, StockLook
from analyzer.stock.owner import Claimed, Ownership, Spot
from analyzer.stock.verify import Deviation, Fault, Unowned, Verified

SCHEMA = "ociscope-packages-1.0"


def history_document(found: StockLook, histories: Sequence[StockHistory], tool: Tool) -> Document:
    """The JSON form of `packages --history`."""
    images = [
        {
            **_image(history.stock),
            "lives": [_life(life) for life in history.lives.lives],
            "lost_databases": [_database(lost) for lost in history.lives.databases],
            "remains": [_remains(each) for each in history.remains],
        }
        for history in histories
    ]
    problems = [problem for history in histories for problem in history.problems]
    return _document(found, "history", images, tool, problems)


def owner_document(found: StockLook, answers: Sequence[Ownership], tool: Tool) -> Document:
    """The JSON form of `packages --owner`; one answer for each platform."""
    images = [
        {
            **_image(stock),
            "asked": answer.asked,
            "owned": answer.found,
            "spots": [_spot(spot) for spot in answer.spots],
        }
        for stock, answer in zip(found.stocks, answers, strict=True)
    ]
    problems = [problem for answer in answers for problem in answer.problems]
    return _document(found, "owner", images, tool, problems)


def verify_document(found: StockLook, verified: Sequence[Verified], tool: Tool) -> Document:
    """The JSON form of `packages --verify`."""
    images = [
        {
            **_image(each.stock),
            "checked": dict(each.checked),
            "deviations": [_deviation(deviation) for deviation in each.deviations],
            "unowned": [_unowned(unowned) for unowned in each.unowned],
            "unchecked": [_claim(claim) for claim in each.unchecked],
        }
        for each in verified
    ]
    problems = [problem for each in verified for problem in each.problems]
    return _document(found, "verify", images, tool, problems)


def files_document(found: StockLook, listed: Sequence[ListedFiles], tool: Tool) -> Document:
    """The JSON form of `packages --files`."""
    images = [
        {
            **_image(each.stock),
            "packages": [
                {
                    "package": printable(package.ident),
                    "introduced_in": package.introduced_in,
                    "files": [_listed(listed) for listed in listing],
                }
                for package, listing in each.packages
            ],
        }
        for each in listed
    ]
    problems = [problem for each in listed for problem in each.problems]
    return _document(found, "files", images, tool, problems)


def _document(
    found: StockLook, view: str, images: list[Document], tool: Tool, more: Iterable[Problem]
) -> Document:
    problems = {*found.problems, *more}
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "source": {"name": printable(found.look.name), "kind": found.look.kind},
        "view": view,
        "images": images,
        "problems": problem_documents(sorted(problems)),
    }


def _image(stock: Stock) -> Document:
    image = stock.inside.image
    return {
        "position": image.position,
        "names": [printable(name) for name in image.names],
        "platform": printable(stock.inside.platform),
        "completeness": image.completeness,
        "manifest_digest": image.manifest_digest,
        "image_id": image.image_id,
        "steps": list(stock.steps),
    }


def _life(life: Life) -> Document:
    return {**_named(life), "versions": list(life.versions), "events": _events(life.events)}


def _named(life: Life) -> Document:
    return {
        "type": life.type,
        "namespace": printable(life.namespace),
        "name": printable(life.name),
        "arch": printable(life.arch),
    }


def _events(events: Iterable[Event]) -> list[Document]:
    return [
        {
            "layer": event.layer,
            "turn": event.turn.value,
            "before": event.before or None,
            "after": event.after or None,
            "left": event.left or None,
        }
        for event in events
    ]


def _database(lost: LostDatabase) -> Document:
    return {"layer": lost.layer, "path": printable(lost.path), "packages": lost.packages}


def _remains(remains: Remains) -> Document:
    return {
        **_named(remains.life),
        "version": printable(remains.event.before),
        "gone_in": remains.event.layer,
        "files": remains.files,
        "size": remains.size,
        "layers": list(remains.layers),
        "shown": [printable(path) for path in remains.shown],
    }


def _spot(spot: Spot) -> Document:
    return {
        "path": printable(spot.path),
        "present": spot.node is not None,
        "layer": spot.layer,
        "target": printable(spot.target) if spot.target is not None else None,
        "owners": [_owner(owner) for owner in spot.owners],
        "recognised": _idents(spot.recognised),
    }


def _owner(owner: Claimed) -> Document:
    return {
        **_claim(owner.claim),
        "compared": owner.compared,
        "faults": _faults(owner.faults),
        "introduced_in": owner.claim.package.introduced_in,
    }


def _claim(claim: Claim) -> Document:
    return {
        "package": printable(claim.package.ident),
        "path": printable(claim.path),
        "listed_as": printable(claim.owned.path),
        "digest": claim.owned.digest or None,
        "flags": list(claim.owned.flags),
    }


def _listed(listed: Listed) -> Document:
    stated = {name: value for name, value in _claim(listed.claim).items() if name != "package"}
    return {**stated, "kind": listed.kind or None, "present": listed.claim.node is not None}


def _deviation(deviation: Deviation) -> Document:
    return {
        **_claim(deviation.claim),
        "faults": _faults(deviation.faults),
        "layer": deviation.layer,
    }


def _faults(faults: Iterable[Fault]) -> list[str]:
    return [fault.value for fault in faults]


def _unowned(unowned: Unowned) -> Document:
    return {
        "path": printable(unowned.path),
        "executable": unowned.executable,
        "database": unowned.database,
        "mode": f"{unowned.mode:04o}",
        "size": unowned.size,
        "layer": unowned.layer,
        "recognised": _idents(unowned.packages),
    }


def _idents(packages: Iterable[Package]) -> list[str]:
    return sorted(printable(package.ident) for package in packages)
