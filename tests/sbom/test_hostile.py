"""Whatever an image says about itself, the document stays valid and harmless."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.packages.contract import Location, Source
from analyzer.problems import Code, error
from tests.sbom.documents import check_with_library, official_schema, spdx_of, written
from tests.sbom.reports import make_image, make_layer, make_package, make_report

HOSTILE = {
    "control characters": "\x00\x1b[2J\r\n\t\x7f\x85\u202e",
    "bytes that are not UTF-8": "caf\udce9",
    "a lone surrogate": "\ud83d",
    "an emoji": "🦊",
    "ten thousand characters": "n" * 10_000,
    "looks like the namespace": '"documentNamespace": ""',
    "nothing": "",
    "an SPDX keyword": "NOASSERTION",
    "brackets": "((({{{<<<",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts(text: str) -> None:
    """Whatever an image says, the document is valid and holds nothing that a terminal obeys."""
    packages = [
        make_package(f"{text}{n}", text, type="deb", licenses=(text,), supplier=text, purl=text)
        for n in range(2)
    ]
    odd = make_package(text, arch=text, state="unpacked", source=Source(text, text))
    located = make_package(locations=(Location(text, 0),), supplier=f"{text} <{text}@x>")
    image = make_image(
        *packages,
        odd,
        located,
        names=(text, f"{text}:{text}"),
        platform=text,
        layers=(make_layer(created_by=text),),
        config={"created": text, "config": {"Labels": {"org.opencontainers.image.vendor": text}}},
        problems=(error(Code.LAYER_DAMAGED, text, text),),
    )
    data = spdx_of(make_report(image), image)
    document = json.loads(data)
    assert all(c.isprintable() or c == "\n" for c in data.decode())
    json.dumps(document, ensure_ascii=False).encode()  # raises for a lone surrogate
    official_schema().validate(document)
    check_with_library(document)


def test_names_that_escape_alike_get_their_own_ids() -> None:
    """`a+b`, `a_b`, the written-out escape and the escaped byte are four packages."""
    names = ["a+b", "a_b", "\x1b", "\\x1b", "x" * 300 + "1", "x" * 300 + "2"]
    document = written(make_image(*(make_package(name) for name in names)))
    counted = Counter(p["SPDXID"] for p in document["packages"])
    assert set(counted.values()) == {1}
    check_with_library(document)


def test_copies_that_differ_only_in_supplier() -> None:
    """Equal in everything that the id is made of; a package stated twice is one."""
    one, other = make_package(supplier="A"), make_package(supplier="B")
    document = written(make_image(one, other, one))
    found = [p["SPDXID"] for p in document["packages"] if p["name"] == "libc6"]
    assert len(found) == 2
    assert found[1] == f"{found[0]}-2"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=30), min_size=8, max_size=8))
def test_any_texts(texts: list[str]) -> None:
    """No text in any place makes an invalid document."""
    name, version, licence, supplier, place, label, created_by, purl = texts
    image = make_image(
        make_package(
            name, version, licenses=(licence, f"MIT AND {licence}"), supplier=supplier, purl=purl
        ),
        make_package(version, name, locations=(Location(place, 1),)),
        names=(label,),
        layers=(make_layer(created_by=created_by),),
    )
    document = written(image)
    official_schema().validate(document)
    check_with_library(document)


def test_a_large_image() -> None:
    """Three thousand packages, each with its own licence and supplier, keep their own ids."""
    image = make_image(
        *(
            make_package(f"p{n}", licenses=(f"odd {n}",), supplier=f"P <p{n}@x>")
            for n in range(3000)
        )
    )
    document = written(image)
    assert len(document["packages"]) == 3004
    assert len({p["SPDXID"] for p in document["packages"]}) == 3004
