"""Legacy ids, attestations and made-up digests stand among an image's identities, labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.image.identity import Identity, Kind, Origin
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import shared


def sample(name: str, kind: Kind) -> list[Identity]:
    (image,) = analyze(str(shared("samples", f"{name}.tar")), platforms=["linux/amd64"]).images
    return [identity for identity in image.identities if identity.kind is kind]


@pytest.mark.parametrize(
    ("name", "top", "writer"),
    [
        # The folder of the top layer, as docker 20.10 and podman 4.3 called it.
        ("docker-20.10-save", "1ef42ddb15d5", "docker"),
        ("podman-4.3-save-docker-archive", "0bde05715964", "podman"),
    ],
)
def test_legacy_ids_name_the_formula_that_gives_them(name: str, top: str, writer: str) -> None:
    found = sample(name, Kind.V1_ID)
    assert [identity.layer for identity in found] == [0, 1, 2, 3]
    assert found[-1].digest is not None
    assert found[-1].digest.startswith(f"sha256:{top}")
    assert all(identity.verified and writer in identity.reason for identity in found)


def test_an_id_of_no_known_formula_is_neither_proven_nor_refuted(tmp_path: Path) -> None:
    save = ImageBuilder().layer({"a": b"a"}).write_save(tmp_path / "s.tar", "a:1", style="legacy")
    data = save.read_bytes()
    (image,) = analyze(str(save)).images
    (good,) = [i for i in image.identities if i.kind is Kind.V1_ID]
    assert good.digest is not None
    real = good.digest.removeprefix("sha256:").encode()
    (tmp_path / "odd.tar").write_bytes(rechecked(data, real, b"f" * 64))
    (image,) = analyze(str(tmp_path / "odd.tar")).images
    (odd,) = [i for i in image.identities if i.kind is Kind.V1_ID]
    assert odd.verified is None
    assert odd.origin is Origin.STORED


def rechecked(data: bytes, old: bytes, new: bytes) -> bytes:
    """A tar with a name replaced everywhere and its header checksums made right again."""
    blocks = [data[n : n + 512] for n in range(0, len(data), 512)]
    made = b""
    for block in blocks:
        changed = block.replace(old, new)
        if changed != block and block[257:262] == b"ustar":
            blank = changed[:148] + b" " * 8 + changed[156:]
            changed = changed[:148] + b"%06o\0 " % sum(blank) + changed[156:]
        made += changed
    return made


@pytest.mark.parametrize(
    ("name", "digests"),
    [
        # identity.md, section 4: what skopeo, docker 29 and crane print for this image.
        ("docker-20.10-save", {"3b13b26c", "316deac5"}),
        ("crane-tarball", {"3b13b26c", "431ffc47"}),
    ],
)
def test_made_up_digests_are_those_that_the_tools_print(name: str, digests: set[str]) -> None:
    found = sample(name, Kind.SYNTHESISED)
    made = {i.digest[7:15] for i in found if i.digest is not None}
    assert digests <= made
    assert {i.origin for i in found if i.digest} == {Origin.MADE_UP}
    assert all(i.verified is None for i in found)


def test_an_attestation_is_listed_with_the_platform_it_is_about() -> None:
    (found,) = sample("buildkit-oci-multi-platform-attestations", Kind.ATTESTATION)
    assert found.digest is not None
    assert found.digest.startswith("sha256:8e71f3d9")
    assert found.verified


def test_an_oci_layout_has_nothing_made_up() -> None:
    assert sample("podman-4.3-save-oci-archive", Kind.SYNTHESISED) == []


def test_shown_by_is_about_the_whole_file() -> None:
    path = shared("samples", "docker-20.10-save.tar")
    answer = call("ids", path, "--shown-by", "-o", "json")
    (image,) = answer.json["images"]
    rows = {(row["command"], row["field"]): row for row in image["shown_by"]}
    assert rows["docker images", "IMAGE ID"]["digest"].startswith("sha256:3")
    refused = call("ids", path, "--shown-by", "--platform", "linux/amd64")
    assert refused.code == 2
    assert "whole file" in refused.err
