"""Flatpak's installations: what the cases of `fixtures/packages/flatpak` do not show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.flatpak import CATALOGER
from analyzer.packages.dependencies import dependencies
from analyzer.packages.formats import flatpakdeploy
from tests.packages.cases import FOLDER, Case, parse

FILES = Case(FOLDER / "flatpak" / "ordinary").files
APP = next(data for path, data in FILES.items() if "/app/" in path and path.endswith("/deploy"))


def test_what_flatpak_noted() -> None:
    """`flatpak info` of the same installation."""
    found = flatpakdeploy.read(APP)
    assert found["origin"] == "demo"
    assert found["commit"] == "040df1f104b2ff88998d47630c45e3636d508866f115598a29a93b5a6bc8abe1"
    assert found["appdata-version"] == "2.10.38"
    assert found["appdata-license"] == "GPL-3.0-or-later"


def test_the_application_needs_its_runtime() -> None:
    packages, _ = parse(CATALOGER, FILES)
    needs = {p.name: needed for p, needed in zip(packages, dependencies(packages), strict=True)}
    assert needs["org.demo.App"] == ("generic:org.demo.Platform:x86_64@23.08",)


def test_what_is_cut_off_is_refused() -> None:
    """The offsets stand at the end."""
    for end in range(len(APP) - 1):
        with pytest.raises(ValueError, match="not the data"):
            flatpakdeploy.read(APP[:end])


@given(st.binary(max_size=400), st.integers(0, len(APP) - 1), st.integers(0, 255))
def test_damaged_data_is_read_or_refused(random: bytes, place: int, byte: int) -> None:
    for data in (random, APP[:place] + bytes([byte]) + APP[place + 1 :]):
        try:
            values = flatpakdeploy.read(data)
        except ValueError:
            continue
        assert all(value.isprintable() for value in values.values())
