"""The run part of a config, with the types it should have: what the steps of a build end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Health:
    """A health check; times in nanoseconds, 0 for the default.

    OCI's config.md has no such member, the Docker Image Specification v1.2 has.
    """

    test: tuple[str, ...] = ()
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0

    @property
    def flags(self) -> tuple[str, ...]:
        """As the options of a HEALTHCHECK."""
        times = {
            "interval": self.interval,
            "timeout": self.timeout,
            "start-period": self.start_period,
            "start-interval": self.start_interval,
        }
        flags = tuple(f"--{name}={time}ns" for name, time in times.items() if time > 0)
        return (*flags, f"--retries={self.retries}") if self.retries > 0 else flags


@dataclass(frozen=True, slots=True)
class Settings:
    """What a container of the image starts with. Members of a wrong type are left out."""

    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    shell_text: str = ""
    """The words of `shell` as builders print them, with blanks between."""
    stop_signal: str = ""
    onbuild: tuple[str, ...] = ()
    health: Health | None = None


def settings_of(run: Mapping[str, Any]) -> Settings:
    """The `config` member of a config document, typed."""
    return Settings(
        env=dict(_variable(text) for text in _texts(run.get("Env"))),
        labels={k: v for k, v in _mapping(run.get("Labels")).items() if isinstance(v, str)},
        ports=tuple(_mapping(run.get("ExposedPorts"))),
        volumes=tuple(_mapping(run.get("Volumes"))),
        user=_text(run.get("User")),
        working_dir=_text(run.get("WorkingDir")),
        entrypoint=_texts(run.get("Entrypoint")),
        cmd=_texts(run.get("Cmd")),
        shell=_texts(run.get("Shell")),
        shell_text=" ".join(_texts(run.get("Shell"))),
        stop_signal=_text(run.get("StopSignal")),
        onbuild=_texts(run.get("OnBuild")),
        health=_health(run.get("Healthcheck")),
    )


def _variable(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _health(value: object) -> Health | None:
    members = _mapping(value)
    test = _texts(members.get("Test"))
    if not test:
        return None
    names = ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")
    numbers = [members.get(name) for name in names]
    return Health(test, *(number if type(number) is int else 0 for number in numbers))
