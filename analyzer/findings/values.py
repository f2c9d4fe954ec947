"""Values of config documents with secrets masked, by what they are called and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.findings.secrets import Masker, masked, secret_setting

_SETTING = re.compile(r"([\w.-]{1,256})=(.*)", re.DOTALL)


def masked_value(value: object, masker: Masker, name: str = "") -> object:
    """Any JSON value that is called `name`, as it may be shown.

    Of a list a text may be `NAME=value`, as in `config.Env`, and what follows a flag is its value,
    as in `config.Cmd`.
    """
    if isinstance(value, str):
        return masked(value) if name and secret_setting(name, value) else masker.text(value)
    if isinstance(value, list):
        return list(_items(value, masker))
    if isinstance(value, dict):
        return {masker.text(key): masked_value(item, masker, key) for key, item in value.items()}
    return value


def _items(values: list[object], masker: Masker) -> Iterator[object]:
    flag = ""
    for value in values:
        setting = _SETTING.fullmatch(value) if isinstance(value, str) else None
        if setting and secret_setting(setting[1], setting[2]):
            yield f"{setting[1]}={masked(setting[2])}"
        else:
            yield masked_value(value, masker, flag)
        flag = value if isinstance(value, str) and value.startswith("-") else ""
