"""What the config document alone tells: the user, secrets, exposed ports. Pure.

OCI image-spec v1.1, config.md, "Properties": `config.User`, `config.Env`, `config.Labels`,
`config.ExposedPorts`, `history`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from analyzer.findings.history import Step, setters, steps_of
from analyzer.findings.model import Finding, FindingKind
from analyzer.findings.secrets import Masker, Span, masked, secret_setting, spans, step_spans
from analyzer.findings.users import is_number, number_of
from analyzer.findings.values import masked_value
from analyzer.paths import printable

ROOT = "root"
_KEYWORDS = ("USER", "ENV", "LABEL", "EXPOSE")
_LONGEST_STEP = 4000
"""Characters of a build step in a finding; many findings may be of one long step."""
_PORT = re.compile(r"([0-9]{1,19})(.*)", re.DOTALL)


class _Value(NamedTuple):
    """A secret-looking value: the member it stands in, and the step that set it."""

    where: str
    what: str
    value: str
    step: Step | None


class ConfigFindings:
    """The findings of one config document, for an image of so many layers.

    `steps` has the build step of each layer where the history tells it, with secrets masked;
    `written` has that of each entry of the history, masked and otherwise as it stands there;
    `user` is that of `configured_user`. `known` are its secrets: nobody may see them.
    """

    def __init__(self, document: Mapping[str, Any], layers: int) -> None:
        self._config = _config(document)
        self.user = configured_user(document)
        self._history = steps_of(document, layers)
        self._spans = {step.position: step_spans(step.created_by) for step in self._history}
        self._set_by = {word: setters(self._history, word) for word in _KEYWORDS}
        set_ = [*self._env(), *self._labels()]
        self._secrets = [*set_, *self._in_history({(s.step, s.value) for s in set_})]
        values = {secret.value for secret in self._secrets}
        self.known = frozenset(values | {printable(value) for value in values})
        self._masker = Masker(self.known)
        self.written: Mapping[int, str] = {
            step.position: self._masker.spans_masked(step.created_by, self._spans[step.position])
            for step in self._history
        }
        self._steps = {position: printable(text) for position, text in self.written.items()}
        self.steps: Mapping[int, str] = {
            step.layer: self._steps[step.position]
            for step in self._history
            if step.layer is not None
        }

    def step(self, layer: int, created_by: str) -> str:
        """The build step of a layer as it may be shown; `created_by` is what the layer says."""
        return self.steps.get(layer) or self.shown(created_by)

    def masked(self, text: str) -> str:
        """A text of the image with its secrets masked, and otherwise as it stands."""
        return self._masker.text(text)

    def masked_run(self) -> Mapping[str, Any]:
        """The member `config` with secrets masked, in whatever it holds."""
        return {name: self.masked_value(value) for name, value in self._config.items()}

    def masked_value(self, value: object, name: str = "") -> object:
        """Any value of the document, which is called `name`, with its secrets masked."""
        return masked_value(value, self._masker, name)

    def shown(self, text: str) -> str:
        """A text of the image as it may be shown: secrets masked, no control characters."""
        return printable(self._masker.text(text))

    def others(self) -> tuple[Finding, ...]:
        """Everything but the user: secrets and ports."""
        return (*self._shown_secrets(), *self._ports())

    @property
    def secrets(self) -> int:
        """How many values look like secrets."""
        return len(self._secrets)

    def root_by_name(self) -> Iterator[Finding]:
        """Whether the user is root, as far as the name or number says."""
        if self.user is None:
            return
        name = self.user.partition(":")[0]
        if not name:
            yield self.runs_as_root("the config names no user")
        elif name == ROOT or (is_number(name) and number_of(name) == 0):
            yield self.runs_as_root(f"the config says user {self.shown(self.user)}")

    def runs_as_root(self, why: str, layer: int | None = None) -> Finding:
        """The finding that the image runs as root, with the step that set the user."""
        step = self._set_by["USER"].get("")
        return self._finding(
            FindingKind.RUNS_AS_ROOT, f"runs as root: {why}", "config.User", step, layer
        )

    def _finding(
        self,
        kind: FindingKind,
        what: str,
        where: str,
        step: Step | None,
        layer: int | None = None,
        masked: str = "",
    ) -> Finding:
        text = self._steps[step.position] if step is not None else ""
        if layer is None and step is not None:
            layer = step.layer
        return Finding(kind, what, where, layer, short_step(text), masked)

    # Secrets.

    def _shown_secrets(self) -> Iterator[Finding]:
        places = {secret.where for secret in self._secrets}
        shown = {place: self.shown(place) for place in places}
        for secret in self._secrets:
            yield self._finding(
                FindingKind.SECRET,
                self.shown(secret.what),
                shown[secret.where],
                secret.step,
                masked=printable(masked(secret.value)),
            )

    def _env(self) -> Iterator[_Value]:
        entries = self._config.get("Env")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, str):
                name, _, value = entry.partition("=")
                yield from self._setting("config.Env", "ENV", name, value)

    def _labels(self) -> Iterator[_Value]:
        labels = self._config.get("Labels")
        for name, value in sorted(labels.items()) if isinstance(labels, dict) else ():
            if isinstance(value, str):
                yield from self._setting("config.Labels", "LABEL", name, value)

    def _setting(self, member: str, keyword: str, name: str, value: str) -> Iterator[_Value]:
        where = f"{member} {name}"
        if secret_setting(name, value):
            found = [Span(0, len(value), f"the value of {name}")]
        else:
            found = spans(value)
        if found:
            step = self._set_by[keyword].get(name)
            yield from (_Value(where, s.what, value[s.start : s.end], step) for s in found)
        yield from (_Value(member, s.what, name[s.start : s.end], None) for s in spans(name))

    def _in_history(self, known: set[tuple[Step | None, str]]) -> Iterator[_Value]:
        """Of the steps; not again what a step is known to have set."""
        for step in self._history:
            texts = (
                ("created_by", step.created_by, self._spans[step.position]),
                ("comment", step.comment, spans(step.comment)),
            )
            for member, text, all_found in texts:
                where = f"history[{step.position}].{member}"
                for found in all_found:
                    value = text[found.start : found.end]
                    if (step, value) not in known:
                        yield _Value(where, found.what, value, step)

    # Ports.

    def _ports(self) -> Iterator[Finding]:
        ports = self._config.get("ExposedPorts")
        for port in sorted(ports, key=_port_order) if isinstance(ports, dict) else ():
            step = self._set_by["EXPOSE"].get(port.partition("/")[0])
            yield self._finding(
                FindingKind.PORT, f"exposes port {self.shown(port)}", "config.ExposedPorts", step
            )


def short_step(text: str) -> str:
    """A build step that was made safe to show, cut where it is very long."""
    return text if len(text) <= _LONGEST_STEP else f"{text[:_LONGEST_STEP]}..."


def configured_user(document: Mapping[str, Any]) -> str | None:
    """`config.User` as it stands, empty where it is not set; None where that says nothing.

    Windows has other users, and a document without a platform is no image config.
    """
    user, system = _config(document).get("User") or "", document.get("os")
    known = isinstance(system, str) and system not in {"", "windows"}
    return user if known and isinstance(user, str) else None


def _config(document: Mapping[str, Any]) -> Mapping[str, Any]:
    config = document.get("config")
    return config if isinstance(config, dict) else {}


def _port_order(port: str) -> tuple[int, str]:
    match = _PORT.match(port)
    return (int(match[1]) if match else -1, port)
