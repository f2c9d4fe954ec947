"""SPDX documents as YAML, brought into the shape that they have as JSON.

https://spdx.github.io/spdx-spec/v2.3/ (clause 4): the members are those of JSON. Scalars stay the
texts that they are, since a version `1.10` is no number; aliases, which make small documents large,
and tags, which make values of other kinds, are refused (https://yaml.org/spec/1.2.2/, 3.2.2).
"""

from __future__ import annotations

import yaml

from analyzer.bills.members import Json
from analyzer.limits import Limits, exceeded
from analyzer.paths import decode

_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, a dozen times as fast, is missing where PyYAML was built without it."""


def to_json(data: bytes, limits: Limits) -> object:
    """The value that a document is.

    Raises:
        ValueError: it is no YAML, has aliases or tags, or is of several documents.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    if len(data) > limits.sbom_yaml_bytes:
        raise exceeded("sbom_yaml_bytes", limits.sbom_yaml_bytes, len(data), "")
    text = decode(data).removeprefix("\ufeff")
    builder = _Builder(limits)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, UnicodeError) as fault:
        raise ValueError(f"not YAML: {_words(fault)}") from None
    except RecursionError:
        raise ValueError("YAML nested too deep") from None
    return builder.value


def _words(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]


class _Builder:
    """Takes in events, one at a time, and makes values of them without recursion."""

    def __init__(self, limits: Limits) -> None:
        self.value: object = None
        self._limits = limits
        self._open: list[Json | list[object]] = []
        self._keys: list[str | None] = []
        self._count = self._documents = 0

    def take(self, event: object) -> None:
        """The next event of the document. Raises ValueError and LimitExceeded."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise ValueError("several YAML documents in one file")
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _node(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise ValueError("YAML with anchors or aliases, which are not followed")
        self._count += 1
        if self._count > self._limits.sbom_values:
            raise exceeded("sbom_values", self._limits.sbom_values, self._count, "")
        if getattr(event, "tag", None) not in {None, "!"}:
            raise ValueError("YAML with tags, which are not followed")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
            return
        opened: Json | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if len(self._open) >= self._limits.sbom_depth:
            raise exceeded("sbom_depth", self._limits.sbom_depth, len(self._open) + 1, "")
        self._add(opened)
        self._open.append(opened)
        self._keys.append(None)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            self._keys[-1] = event.value
            return
        plain = event.style in {None, ""}
        self._add(_WORDS.get(event.value, event.value) if plain else event.value)

    def _add(self, value: object) -> None:
        if not self._open:
            self.value = value
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
            return
        key = self._keys[-1]
        if key is None:
            raise ValueError("YAML with a key that is no text")
        if key in holder:
            raise ValueError(f"YAML with the key {key!r:.80} twice")
        holder[key] = value
        self._keys[-1] = None
