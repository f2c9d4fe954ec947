"""Several statements about one package."""

from __future__ import annotations

from itertools import permutations

from analyzer.packages.contract import Location, Method, Package, Source
from analyzer.packages.merging import merged


def test_the_surest_statement_counts_whoever_came_first() -> None:
    """A note in a program knows less of an rpm than rpm's database."""
    note = Package(
        name="bash",
        version="5.2-1",
        arch="x86_64",
        type="rpm",
        method="note",
        confidence="medium",
        locations=(Location("usr/bin/bash", 1),),
    )
    database = Package(
        name="bash",
        version="5.2-1",
        arch="x86_64",
        type="rpm",
        source=Source("bash", "5.2-1"),
        supplier="Fedora Project",
        locations=(Location("var/lib/rpm/rpmdb.sqlite", 0),),
    )
    for order in permutations((note, database)):
        (package,) = merged(order)
        assert package.method == "database"
        assert package.confidence == "high"
        assert package.source == Source("bash", "5.2-1")
        assert package.supplier == "Fedora Project"
        assert [place.path for place in package.locations] == [
            "usr/bin/bash",
            "var/lib/rpm/rpmdb.sqlite",
        ]


def statement(path: str, method: Method, cataloger: str, *, hold: bool = False) -> Package:
    """One statement about the same package."""
    return Package(
        name="bash",
        version="5.2-1",
        arch="x86_64",
        type="rpm",
        method=method,
        confidence="high" if method == "database" else "medium",
        evidence="" if method == "database" else f"note in {path}",
        cataloger=cataloger,
        hold=hold,
        locations=(Location(path, 0),),
    )


def test_who_found_it_in_another_way_is_named_once() -> None:
    one = statement("usr/bin/bash", "note", "elfnote")
    two = statement("usr/lib/bash/cat", "note", "elfnote")
    database = statement("var/lib/rpm/rpmdb.sqlite", "database", "rpm", hold=True)
    (package,) = merged([one, two, database])
    assert package.hold
    assert package.evidence == ""
    assert len(package.locations) == 3
    (other,) = package.also
    assert (other.ident, other.path, other.evidence) == (
        package.ident,
        "usr/bin/bash",
        "note in usr/bin/bash",
    )
    assert (other.cataloger, other.method, other.rule) == ("elfnote", "note", "same-package")
    (notes,) = merged([one, two])
    assert notes.evidence == "note in usr/bin/bash"
    assert notes.also == ()
