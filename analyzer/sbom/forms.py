"""The forms in which a bill is written: their names, versions and file names.

Loads no library, so that a command can refuse a form before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """One form of document."""

    name: str
    versions: tuple[str, ...] = ()
    """Of its specification; the first is the default. Empty where there is no choice."""
    ending: str = ""
    """Of the file that `-d` names."""
    of_index: bool = False
    """It is about an index, not about one platform."""
    of_image: bool = False
    """It says things of an image that other bills do not hold, so nothing is converted to it."""


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("spdx-json", ("2.3", "2.2"), "spdx.json"),
        Form("spdx-tv", ("2.3", "2.2"), "spdx"),
        Form("spdx3-json", ("3.0.1",), "spdx3.json"),
        Form("cyclonedx-json", ("1.6", "1.5", "1.7"), "cdx.json"),
        Form("cyclonedx-xml", ("1.6", "1.5", "1.7"), "cdx.xml"),
        Form("intoto", ("2.3", "2.2"), "spdx.intoto.json", of_image=True),
        Form("intoto:cyclonedx", ("1.6", "1.5", "1.7"), "cdx.intoto.json", of_image=True),
        Form("syft-json", (), "syft.json"),
        Form("purl", (), "purl.txt"),
        Form("csv", (), "csv"),
        Form("template", (), "txt"),
        Form("index", ("2.3", "2.2"), "spdx.json", of_index=True, of_image=True),
    )
}
