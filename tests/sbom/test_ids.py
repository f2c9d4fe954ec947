"""Identifiers made from content are legal, stable and distinct."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packageurl import PackageURL

from analyzer.digest import Digest
from analyzer.sbom import ids
from tests.sbom.reports import (
    IMAGE_ID,
    INDEX,
    MANIFEST,
    make_docker_image,
    make_image,
    make_local_image,
)
from tests.support.tools import ROOT

LEGAL = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT | st.none() | st.integers()))
def test_any_text_gives_a_legal_id(name: str, version: str, facts: list[object]) -> None:
    """SPDX 2.3, 3.2: letters, digits, dot and hyphen, surrogates and all else escaped."""
    made = ids.element_id("Package", (name, version), facts)
    assert LEGAL.fullmatch(made)
    assert made == ids.element_id("Package", (name, version), facts)


def test_an_id_shows_its_words() -> None:
    """A person reading the document sees which package an id means."""
    made = ids.element_id("Package", ("deb", "libstdc++6", "12.2.0-14"), ())
    assert made.startswith("SPDXRef-Package-deb-libstdc-6-12.2.0-14-")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a+b",), ("a_b",)),
        (("a-", "b"), ("a", "-b")),
        (("x" * 200 + "1",), ("x" * 200 + "2",)),
        (("",), ("+",)),
        (("\udc80",), ("\udc81",)),
    ],
)
def test_words_that_escape_alike_differ(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """The fingerprint is over the words as they were, not as they are shown."""
    assert ids.element_id("Package", one, ()) != ids.element_id("Package", other, ())


def test_facts_and_kind_tell_ids_apart() -> None:
    """Two copies of a package in different places are two elements."""
    one = ids.element_id("Package", ("a",), (None, "lib/a", 0))
    assert one != ids.element_id("Package", ("a",), (None, "lib/a", 1))
    assert one != ids.element_id("Package", ("a",), ("None", "lib/a", 0))
    assert one != ids.element_id("Layer", ("a",), (None, "lib/a", 0))


def test_numbered_makes_every_id_unique() -> None:
    """What even the fingerprint cannot tell apart is numbered in order."""
    assert list(ids.numbered(["a", "b", "a", "a"])) == ["a", "b", "a-2", "a-3"]


def test_namespace_is_a_urn_of_the_contents() -> None:
    """SPDX 2.3, 6.5: an absolute URI without a fragment; another one for other contents."""
    namespace = ids.document_namespace(b"{}\n")
    assert namespace == ids.document_namespace(b"{}\n")
    assert namespace != ids.document_namespace(b"{} \n")
    assert namespace.startswith("urn:uuid:")
    assert UUID(namespace.removeprefix("urn:uuid:")).version == 5


@pytest.mark.parametrize(
    ("name", "host", "path", "tag"),
    [
        ("debian:12", "", "debian", "12"),
        ("team/app:1.0", "", "team/app", "1.0"),
        ("docker.io/library/debian:12", "docker.io", "library/debian", "12"),
        ("localhost:5000/app", "localhost:5000", "app", ""),
        ("localhost/app:x", "localhost", "app", "x"),
        ("registry.example/a/b@sha256:00", "registry.example", "a/b", ""),
        ("registry.example/a/b:1@sha256:00", "registry.example", "a/b", "1"),
        ("app.d:1", "", "app.d", "1"),
        ("alpine", "", "alpine", ""),
        ("latest", "", "", "latest"),
        ("v1.2", "", "", "v1.2"),
        ("3.20-slim", "", "", "3.20-slim"),
        ("", "", "", ""),
    ],
)
def test_names_are_taken_apart(name: str, host: str, path: str, tag: str) -> None:
    """A host is a first element with a dot, a colon, or `localhost`, and nothing else."""
    assert ids.parse_name(name) == ids.ImageName(host, path, tag)


def test_oci_purl_states_the_manifest_digest() -> None:
    """purl-spec, oci: lower-case last element, digest, full repository without scheme and tag."""
    purl = ids.image_purl(make_image(names=("registry.example:5000/Team/App:1.0",)))
    assert purl == (
        f"pkg:oci/app@{MANIFEST}?arch=amd64&os=linux"
        "&repository_url=registry.example:5000%2FTeam%2FApp&tag=1.0"
    )
    assert PackageURL.from_string(purl).qualifiers == {
        "arch": "amd64",
        "os": "linux",
        "repository_url": "registry.example:5000/Team/App",
        "tag": "1.0",
    }


def test_no_repository_url_without_a_stated_host() -> None:
    """`debian:12` may come from any registry; a default would be a guess."""
    purl = ids.image_purl(make_image(names=("debian:12",), platform="linux/arm/v7"))
    assert purl == f"pkg:oci/debian@{MANIFEST}?arch=arm&os=linux&tag=12&variant=v7"


def test_an_image_without_names_has_a_marked_stand_in() -> None:
    """An oci purl needs a name; the document says that it is none of the file's."""
    for names, tag in (((), ""), (("latest",), "&tag=latest")):
        image = make_image(names=names)
        assert ids.purl_is_stand_in(image)
        assert ids.image_purl(image) == f"pkg:oci/image@{MANIFEST}?arch=amd64&os=linux{tag}"
    assert not ids.purl_is_stand_in(make_image())


def test_a_name_that_states_a_repository_wins() -> None:
    """A tag alone says less than a name that stands behind it."""
    image = make_image(names=("latest", "docker.io/library/debian:12"))
    assert ids.name_of(image).repository == "docker.io/library/debian"


def test_image_id_never_becomes_an_oci_purl() -> None:
    """No registry knows an image ID as a manifest, so type `docker` carries it."""
    image = make_docker_image(names=("registry.example/team/app:1.0",))
    assert ids.image_purl(image) == (
        f"pkg:docker/team/app@{IMAGE_ID}?repository_url=registry.example"
    )
    assert ids.image_purl(make_docker_image(names=())) == ""
    assert ids.image_purl(make_docker_image(image_id=None)) == ""


def test_a_local_manifest_is_no_registry_digest() -> None:
    """Docker's graphdriver store saves a manifest that no registry has (sbom.md, 1)."""
    image = make_local_image()
    assert image.manifest_digest == MANIFEST
    assert image.registry_digest is None
    assert make_image().registry_digest == MANIFEST
    assert ids.anchor(image) == IMAGE_ID
    assert ids.image_purl(image) == f"pkg:docker/team/app@{IMAGE_ID}"
    assert ids.anchor(replace(image, image_id=None)) == MANIFEST


def test_unknown_architecture_is_left_out() -> None:
    """`arch=unknown` would be a claim."""
    assert "arch" not in ids.image_purl(make_image(platform="unknown/unknown"))
    assert "arch" not in ids.image_purl(make_image(platform=""))


def test_index_purl() -> None:
    """The index has its own digest and no architecture."""
    assert ids.index_purl(make_image()) == ""
    purl = ids.index_purl(make_image(names=("app:1",), index_digest=INDEX))
    assert purl == f"pkg:oci/app@{INDEX}?tag=1"


@example([" "], "")
@example(["a/ /b"], "")
@given(st.lists(ANY_TEXT, max_size=3), ANY_TEXT)
def test_purls_of_any_names_parse(names: list[str], platform: str) -> None:
    """Names are input: whatever they hold, what we write is a package URL or nothing."""
    for digest in (MANIFEST, None):
        image = make_image(names=tuple(names), platform=platform, manifest_digest=digest)
        purl = ids.image_purl(image)
        if purl:
            parsed = PackageURL.from_string(purl)
            assert parsed.version == (MANIFEST if digest else IMAGE_ID)


def test_anchor_prefers_the_manifest() -> None:
    """The digest that stands for the image is the one a registry knows."""
    assert ids.anchor(make_image()) == MANIFEST
    assert ids.anchor(make_docker_image()) == IMAGE_ID
    none: Digest | None = ids.anchor(make_docker_image(image_id=None))
    assert none is None


def test_ids_do_not_load_the_sbom_library() -> None:
    """Start-up is part of the design: other writers use the ids without spdx-tools."""
    code = "import sys, analyzer.sbom.ids; print('spdx_tools' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]
