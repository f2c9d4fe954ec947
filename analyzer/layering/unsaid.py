"""Settings of a config that no step of its history made.

They came in by other ways: `docker commit --change`, `buildah config`, hand-made configs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analyzer.layering.instructions import Instruction
from analyzer.layering.settings import Settings
from analyzer.layering.words import (
    json_words,
    kept,
    listed_words,
    literal_keys,
    literal_words,
    pairs,
)
from analyzer.layering.written import assignments, health_line, one_line_each, ports_of

_BUILDERS_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What docker and BuildKit set in an image that says nothing about PATH."""


_Said = dict[str, list[Instruction]]


def unsaid(made: Sequence[Instruction], settings: Settings) -> Iterator[str]:
    """Instructions for what `settings` have and `made` does not explain."""
    said: _Said = defaultdict(list)
    for instruction in made:
        said[instruction.keyword].append(instruction)
    for line in (*_several(said, settings), *_single(said, settings)):
        yield from one_line_each([line])


def _several(said: _Said, settings: Settings) -> Iterator[str]:
    """Of variables, labels, ports, volumes and triggers those that no step names."""
    for keyword, values in (("ENV", settings.env), ("LABEL", settings.labels)):
        names = {key for one in said.get(keyword, ()) for key in _keys(one, values)}
        for key, value in values.items():
            if key not in names and (key, value) != ("PATH", _BUILDERS_PATH):
                yield assignments(keyword, [(key, value)])
    ports = {_port(port) for one in said.get("EXPOSE", ()) for port in ports_of(one.text)}
    yield from _each("EXPOSE", (kept(p) for p in settings.ports if _port(p) not in ports))
    known = frozenset(settings.volumes)
    volumes = {word for one in said.get("VOLUME", ()) for word in _volumes(one, known)}
    missing = (volume for volume in settings.volumes if volume not in volumes)
    yield from _each("VOLUME", (json_words([kept(volume)]) for volume in missing))
    triggers = {one.text for one in said.get("ONBUILD", ())}
    yield from _each("ONBUILD", (one for one in settings.onbuild if one not in triggers))


def _keys(one: Instruction, values: Mapping[str, str]) -> Iterable[str]:
    if one.literal:
        return literal_keys(one.text)
    return (key for key, _, _ in pairs(one.text, values))


def _volumes(one: Instruction, known: frozenset[str]) -> Iterable[str]:
    return literal_words(one.text) if one.literal else listed_words(one.text, known)[0]


def _port(text: str) -> str:
    """TCP is what a port without a protocol means."""
    return text if "/" in text else f"{text}/tcp"


def _each(keyword: str, values: Iterable[str]) -> Iterator[str]:
    return (f"{keyword} {value}" for value in values)


def _single(said: _Said, settings: Settings) -> Iterator[str]:
    """Settings of which there is one, where no step sets any."""
    values = {
        "STOPSIGNAL": kept(settings.stop_signal),
        "SHELL": json_words(settings.shell) if settings.shell else "",
        "USER": kept(settings.user),
        "WORKDIR": kept(settings.working_dir) if settings.working_dir != "/" else "",
        "ENTRYPOINT": json_words(settings.entrypoint) if settings.entrypoint else "",
        "CMD": json_words(settings.cmd) if settings.cmd else "",
    }
    yield from (f"{word} {value}" for word, value in values.items() if value and word not in said)
    if settings.health is not None and "HEALTHCHECK" not in said:
        yield health_line(settings.health.test, settings.health.flags)
