"""Content that proves a cause: read out of layers of either side, within limits, or not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.limits import Limits
from tests.support.imagebuilder import File, ImageBuilder

if TYPE_CHECKING:
    from pathlib import Path

SHADOW = "root:*:{}:0:99999:7:::\n"
STEP = "RUN /bin/sh -c useradd # buildkit"


def made(path: Path, text: str, name: str = "etc/shadow") -> Wanted:
    image = ImageBuilder().layer({"base": File(b"b")}).layer({name: text.encode()}, created_by=STEP)
    return Wanted(str(image.write_oci(path, "app:1")))


def rule(before: Wanted, after: Wanted, limits: Limits | None = None) -> str:
    with open_inputs([before, after], limits=limits) as (one, two):
        (pair,) = compare_inputs(one, two, limits=limits).children
    part = pair.child("files")
    assert part is not None
    (file,) = part.children
    assert file.cause is not None
    return file.cause.rule


def test_the_day_of_a_password_change_is_proven_by_content(tmp_path: Path) -> None:
    one, two = (made(tmp_path / str(day), SHADOW.format(day)) for day in (19000, 19001))
    assert rule(one, two) == "password-day"


def test_another_password_is_no_noise(tmp_path: Path) -> None:
    one = made(tmp_path / "one", SHADOW.format(19000))
    two = made(tmp_path / "two", SHADOW.format(19000).replace("*", "$6$salt$hash"))
    assert rule(one, two) == "same-step"


def test_a_machine_id_that_came_is_read_on_its_side(tmp_path: Path) -> None:
    one = made(tmp_path / "one", "", "etc/empty")
    two = ImageBuilder().layer({"base": File(b"b")})
    two.layer({"etc/empty": b"", "etc/machine-id": b"0123456789abcdef" * 2}, created_by=STEP)
    assert rule(one, Wanted(str(two.write_oci(tmp_path / "two", "app:1")))) == "machine-id"


@pytest.mark.parametrize(("most", "name"), [(25, "same-step"), (26, "password-day")])
def test_what_is_beyond_the_limit_proves_nothing(tmp_path: Path, most: int, name: str) -> None:
    one, two = (made(tmp_path / str(day), SHADOW.format(day)) for day in (19000, 19001))
    assert len(SHADOW.format(19000)) == 26
    assert rule(one, two, Limits(cause_bytes=most)) == name


def test_a_file_of_a_layer_that_is_not_the_promised_one_proves_nothing(tmp_path: Path) -> None:
    one = made(tmp_path / "one", SHADOW.format(19000))
    two = ImageBuilder().layer({"base": File(b"b")})
    two.layer(
        {"etc/shadow": SHADOW.format(19001).encode()},
        created_by=STEP,
        declare_diff_id="sha256:" + "0" * 64,
    )
    assert rule(one, Wanted(str(two.write_oci(tmp_path / "two", "app:1")))) == "same-step"
