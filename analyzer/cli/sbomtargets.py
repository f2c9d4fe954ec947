"""`-o FORMAT[@VERSION][=FILE]` of `sbom`, and the file that each document goes to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.cli.output import STANDARD_OUTPUT
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.sbom.forms import FORMS, Form

DEFAULT = "spdx-json"
PLACEHOLDERS = ("{image}", "{platform}", "{digest}")
_LIKE_PLACEHOLDER = re.compile(r"\{\w*\}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One `-o`; `file` is empty for standard output and may hold placeholders."""

    form: Form
    version: str
    file: str

    @property
    def place(self) -> str:
        """The file as messages call it."""
        return self.file or STANDARD_OUTPUT


@dataclass(frozen=True, slots=True)
class Subject:
    """What one document is about, in words that file names may hold."""

    image: str
    platform: str
    digest: str
    words: str
    """For messages."""

    def named(self, file: str) -> str:
        """`file` with its placeholders filled in."""
        for placeholder in PLACEHOLDERS:
            file = file.replace(placeholder, getattr(self, placeholder.strip("{}")))
        return file


def parse_wanted(values: Sequence[str] | None, directory: Path | None) -> tuple[Wanted, ...]:
    """The `-o` options; with `directory` those without a file get a name below it.

    Raises:
        InputError: an unknown form, version or placeholder, or two results for one place.
    """
    wanted = [_parse(value) for value in values or (DEFAULT,)]
    if directory is not None:
        wanted = [_below(directory, each) for each in wanted]
    places = [os.path.realpath(each.file) if each.file else "" for each in wanted]
    if len(set(places)) != len(places):
        shared = next(w for w, p in zip(wanted, places, strict=True) if places.count(p) > 1)
        raise InputError(
            Code.BAD_ARGUMENT,
            f"several outputs for one place, {shared.place}",
            hint="give each -o a file of its own: -o spdx-json=a.json -o cyclonedx-json=b.json",
        )
    return tuple(wanted)


def _parse(value: str) -> Wanted:
    name, equals, file = value.partition("=")
    name, at, version = name.partition("@")
    form = FORMS.get(name)
    if form is None:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"no output format is called {name!r} here",
            hint=f"there are: {', '.join(FORMS)}",
        )
    if at and version not in form.versions:
        known = ", ".join(form.versions) or "none to choose from"
        raise InputError(
            Code.BAD_ARGUMENT,
            f"no version {version!r} of {name}",
            hint=f"versions of {name}: {known}",
        )
    if equals and not file:
        raise InputError(Code.BAD_ARGUMENT, f"no file name behind {value!r}")
    for placeholder in _LIKE_PLACEHOLDER.findall(file):
        if placeholder not in PLACEHOLDERS:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"nothing stands for {placeholder} in a file name",
                hint=f"there are: {', '.join(PLACEHOLDERS)}",
            )
    version = version or next(iter(form.versions), "")
    return Wanted(form, version, "" if file == "-" else file)


def _below(directory: Path, wanted: Wanted) -> Wanted:
    name = f"sbom.{wanted.form.ending}"
    if wanted.version and wanted.version != wanted.form.versions[0]:
        name = f"sbom-{wanted.version}.{wanted.form.ending}"
    folder = "{image}" if wanted.form.of_index else "{image}/{platform}"
    own = f"{folder}/{name.replace('sbom', 'index') if wanted.form.of_index else name}"
    return replace(wanted, file=str(directory / (wanted.file or own)))


def names_for(wanted: Wanted, subjects: Mapping[int, Subject]) -> dict[int, str]:
    """The file of the document about each of `subjects`; empty for standard output.

    Raises:
        InputError: several would share one place.
    """
    names = {number: subject.named(wanted.file) for number, subject in subjects.items()}
    if len({name.lower() for name in names.values()}) != len(names):
        each = "index" if wanted.form.of_index else "platform"
        raise InputError(
            Code.AMBIGUOUS,
            f"{len(names)} documents ({wanted.form.name}, one for each {each}) for one place, "
            f"{wanted.place}",
            hint=_split(wanted, subjects.values()),
        )
    return names


def refuse_shared(files: Iterable[tuple[Wanted, str]]) -> None:
    """Refuse two documents in one file, which their placeholders filled in may lead to.

    Raises:
        InputError: two would share one; of those without a file, others tell.
    """
    first: dict[str, Wanted] = {}
    for wanted, file in files:
        if not file:
            continue
        other = first.setdefault(os.path.realpath(file), wanted)
        if other is not wanted:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"{other.form.name} and {wanted.form.name} would both be written to {file}",
                hint="give each -o a file of its own, also with its placeholders filled in",
            )


def _split(wanted: Wanted, subjects: Iterable[Subject]) -> str:
    ending = wanted.form.ending
    listing = ", ".join(dict.fromkeys(subject.words for subject in subjects))
    choose = "choose one with --image" if wanted.form.of_index else "choose one with --platform"
    return (
        f"{choose} (and --image), or write all with -d DIR or with "
        f"-o '{wanted.form.name}={{image}}-{{platform}}.{ending}'; there are: {listing}"
    )
