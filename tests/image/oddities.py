"""Images whose configs have everything that JSON writers treat differently."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.imagebuilder import Image, ImageBuilder, tar_bytes

EMPTY = tar_bytes({})
SAME = {"same.txt": b"same"}

ODD: dict[str, dict[str, Any]] = {
    "plain": {},
    "angles and ampersands": {"author": "A <a@b> & C", "config": {"Cmd": ["a>b", "c&d", "<e>"]}},
    "line separators": {"comment": "\u2028 \u2029", "config": {"Env": ["A=\u2028"]}},
    "beyond ASCII": {"author": "Zoë 日本 😀", "config": {"Labels": {"ключ": "значение", "é": "ü"}}},
    "control characters": {"author": '\x00\x01\x1f\x7f\t\n\r"\\/'},
    "unknown members": {"x": 1, "config": {"Cmd": None, "Nonsense": [1, 2.5], "Env": []}},
    "order of maps": {"config": {"Labels": {"b": "1", "a": "2", "B": "3", "_": "4"}}},
    "a command in one string": {"config": {"Cmd": "one two", "Entrypoint": []}},
    "every member of the struct": {
        "container": "abc",
        "docker_version": "1.2",
        "config": {
            "Hostname": "h", "Domainname": "d", "User": "u:g", "AttachStdin": True,
            "ExposedPorts": {"80/tcp": {}, "8080/udp": {}, "53": {}}, "Tty": True,
            "OpenStdin": True, "Env": ["A=1"], "Cmd": ["c"],
            "Healthcheck": {"Test": ["CMD", "t"], "Interval": 30000000000, "Retries": 3,
                            "StartPeriod": 5000000000},
            "ArgsEscaped": True, "Image": "i", "Volumes": {"/v": {}, "/a": {}},
            "WorkingDir": "/w", "Entrypoint": ["e"], "NetworkDisabled": True,
            "MacAddress": "02:42:ac:11:00:02", "OnBuild": ["RUN x"], "Labels": {},
            "StopSignal": "SIGTERM", "StopTimeout": 10, "Shell": ["/bin/sh"],
        },
    },
    "members left out": {"config": {"Healthcheck": {}, "Shell": [], "OnBuild": [], "Volumes": {}}},
    "other case": {"Author": "x", "config": {"hostname": "h", "ENV": ["A=1"], "cmd": ["c"]}},
    "a time with an offset": {"created": "2020-02-29T23:59:59.120340000+02:30"},
    "a time with a fraction": {"created": "2020-02-29T23:59:59.000000001Z"},
    "a time in Greenwich": {"created": "2020-02-29T23:59:59+00:00"},
    "no time": {"created": None},
    "a variant": {"architecture": "arm64", "variant": "v8"},
    "no config": {"config": None},
}  # fmt: skip
"""Members of a config by what is odd about them."""


def odd_image(changes: dict[str, Any], *, layers: int = 3, spaced: bool = False) -> Image:
    """An image with such a config; layers repeat and some are empty.

    `spaced`: the config is written with blanks and line ends, and with escapes that need not be.
    """
    builder = ImageBuilder().config(**changes)
    for number in range(layers):
        if number % 3 == 1:
            builder.layer(raw_tar=EMPTY)
        else:
            builder.layer(SAME if number % 2 == 0 else {f"f{number}": b"x"})
    image = builder.build("docker")
    if not spaced:
        return image
    text = json.dumps(json.loads(image.config), indent=1, ensure_ascii=True)
    rebuilt = ImageBuilder().config_bytes(text.encode())
    for layer in image.layers:
        rebuilt.layer(raw_tar=layer.tar)
    return rebuilt.build("docker")


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_RUN: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "Cmd": st.none() | st.lists(_TEXT, max_size=3),
        "Env": st.none() | st.lists(_TEXT, max_size=3),
        "Labels": st.none() | st.dictionaries(_TEXT, _TEXT, max_size=3),
        "Volumes": st.none() | st.dictionaries(_TEXT, st.just({}), max_size=3),
        "User": _TEXT,
        "OnBuild": st.none() | st.lists(_TEXT, max_size=2),
        "StopTimeout": st.integers(0, 1 << 40),
    },
)
CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"config": _RUN},
    optional={"author": _TEXT, "comment": _TEXT, "container": _TEXT, "zzz": _VALUE},
)
"""Configs of any content that docker would read."""
