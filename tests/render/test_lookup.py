"""Answers as text: whole digests, lines of a terminal, nothing raw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.digest import DiffId, Digest, chain_ids, digest_bytes
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.lookup.model import Answer, Link, Place, Result, Searched
from analyzer.lookup.question import parse_question
from analyzer.lookup.search import search
from analyzer.render.lookup import layers_text, lookup
from tests.sbom.reports import IMAGE_ID, MANIFEST, make_image, make_report

REPORT = make_report()


def shown(text: str, *inputs: Searched, width: int | None = None) -> str:
    return lookup(search(parse_question(text), inputs or (Searched("app.tar", REPORT),)), width)


def test_the_image_id_in_words() -> None:
    text = shown(IMAGE_ID[7:19])
    lines = text.splitlines()
    assert lines[:2] == [IMAGE_ID[7:19], "1 answer (1 input searched)"]
    assert "Image ID" in lines
    assert f"  {IMAGE_ID}" in lines
    assert "  of          registry.example/team/app:1.0  linux/amd64" in lines
    assert f"    {MANIFEST}  yes" in lines
    assert "does not pull" in " ".join(text.split())


@pytest.mark.parametrize("width", [None, 80, 200])
def test_no_line_is_wider_than_80_columns(width: int | None) -> None:
    for wanted in (IMAGE_ID, MANIFEST, digest_bytes(b"tar 0")):
        assert max(map(len, shown(wanted, width=width).splitlines())) <= 80


def test_only_commands_may_be_wider() -> None:
    wide = [line for line in shown(digest_bytes(b"nothing")).splitlines() if len(line) > 80]
    assert all(line.startswith("    ") for line in wide)


def test_a_broken_link_shouts() -> None:
    image = make_image()
    broken = [replace(i, verified=False) for i in image.identities if i.kind is Kind.IMAGE_ID]
    image = replace(image, identities=(*image.identities[1:], *broken))
    assert f"    {IMAGE_ID}  NO" in shown(IMAGE_ID, Searched("app.tar", make_report(image)))


def test_nothing_of_an_archive_reaches_the_terminal_raw() -> None:
    image = make_image(names=("app\x1b[2J",))
    text = shown(IMAGE_ID, Searched("a\x1b.tar", make_report(image)))
    assert all(line.isprintable() for line in text.splitlines())
    assert all(
        line.isprintable() for line in shown("a" * 64, Searched("a\x1b.tar", REPORT)).splitlines()
    )


def test_several_values_with_one_beginning_are_said_to_be_several() -> None:
    places = (Place("a.tar", recomputed=True),)
    answers = tuple(Answer("archive", digest_bytes(b"%d" % n), places) for n in range(2))
    result = Result(parse_question("1234567"), (Searched("a.tar", REPORT),), answers)
    assert "2 different values begin with these digits" in lookup(result)


def test_a_thousand_places_do_not_flood_the_screen() -> None:
    places = tuple(Place(f"{n}.tar", recomputed=True) for n in range(1000))
    answer = Answer("archive", digest_bytes(b"x"), places)
    text = lookup(Result(parse_question("1234567"), (Searched("a", REPORT),), (answer,)))
    assert "980 more places" in text
    assert len(text.splitlines()) < 100


def deep_chain(*, verified: bool | None) -> str:
    """What is shown for the chain ID of ten layers."""
    diff_ids = [DiffId(digest_bytes(b"%d" % n)) for n in range(10)]
    chain: list[Digest] = list(chain_ids(diff_ids))
    found = [
        Identity(kind, digest, origin, verified, layer=layer)
        for kind, digests, origin in (
            (Kind.DIFF_ID, diff_ids, Origin.STORED),
            (Kind.CHAIN_ID, chain, Origin.COMPUTED),
        )
        for layer, digest in enumerate(digests)
    ]
    image = replace(make_image(), identities=tuple(found))
    return shown(chain[-1], Searched("app.tar", make_report(image)))


def test_a_long_stack_is_shortened_when_all_of_it_holds() -> None:
    assert "8 more diff IDs, all recomputed: yes" in deep_chain(verified=True)


@pytest.mark.parametrize("verified", [False, None])
def test_and_not_when_it_does_not(*, verified: bool | None) -> None:
    text = deep_chain(verified=verified)
    assert "more diff IDs" not in text
    assert text.count("diff ID of layer") == 10


def test_unreadable_inputs_are_counted() -> None:
    inputs = (Searched("app.tar", REPORT), Searched("b.tar", None, failure="no"))
    assert "(1 input searched, 1 not readable)" in shown(IMAGE_ID, *inputs)
    assert "NOT FOUND" in shown("f" * 64, *inputs)


@pytest.mark.parametrize(
    ("layers", "text"),
    [((3,), "layer 3"), ((0, 1, 2), "layers 0 to 2"), ((0, 2, 5), "layers 0, 2, 5")],
)
def test_layers_in_words(layers: tuple[int, ...], text: str) -> None:
    assert layers_text(layers) == text


def test_a_missing_link_is_named() -> None:
    place = Place("a.tar", ("a:1",), "linux/amd64", chain=(Link("manifest", None, None),))
    answer = Answer("image-id", IMAGE_ID, (place,))
    text = lookup(Result(parse_question(IMAGE_ID), (Searched("a", REPORT),), (answer,)))
    assert "    manifest digest: not in this file" in text
