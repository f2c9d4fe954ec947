"""Several statements about one package."""

from __future__ import annotations

from itertools import permutations

from analyzer.packages.contract import Location, Package, Source
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
