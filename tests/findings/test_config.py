"""Findings that the config alone gives: user, secrets, ports, each with the step that set it."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.findings.config import ConfigFindings
from analyzer.findings.model import Finding, FindingKind

TOKEN = "ghp_" + "a1B2" * 9
BUILDKIT = "RUN /bin/sh -c make # buildkit"


def document(*history: str | tuple[str], **config: object) -> dict[str, Any]:
    """A config; a step in a tuple made a layer, all others are empty."""
    steps = [
        {"created_by": step[0]} if isinstance(step, tuple) else empty(step) for step in history
    ]
    return {"os": "linux", "architecture": "amd64", "config": config, "history": steps}


def empty(step: str) -> dict[str, object]:
    return {"created_by": step, "empty_layer": True}


def findings(kind: FindingKind, found: dict[str, Any], layers: int = 0) -> list[Finding]:
    told = ConfigFindings(found, layers)
    return [f for f in (*told.root_by_name(), *told.others()) if f.kind is kind]


class TestUser:
    @pytest.mark.parametrize("user", ["", "0", "root", "root:root", "0:0", "root:1000", "00", ":5"])
    def test_root_by_name_or_number(self, user: str) -> None:
        """OCI image-spec config.md, `User`: none set means root, as engines do it."""
        [found] = findings(FindingKind.RUNS_AS_ROOT, document(User=user))
        assert found.where == "config.User"
        assert found.layer is None

    @pytest.mark.parametrize("user", ["1000", "app", "app:root", "1000:0", "rooty", "10"])
    def test_others_are_not(self, user: str) -> None:
        assert findings(FindingKind.RUNS_AS_ROOT, document(User=user)) == []

    def test_no_config_of_linux_says_nothing(self) -> None:
        assert not ConfigFindings({}, 0).user
        for system in ("windows", "", 7):
            assert findings(FindingKind.RUNS_AS_ROOT, {"os": system}) == []
        assert findings(FindingKind.RUNS_AS_ROOT, document(User=7)) == []

    def test_the_last_step_that_set_it(self) -> None:
        steps = ("USER app", "/bin/sh -c #(nop)  USER root", "CMD [x]", "ENV USER=app")
        [found] = findings(FindingKind.RUNS_AS_ROOT, document(*steps, User="root"))
        assert found.step == "/bin/sh -c #(nop)  USER root"


class TestSecrets:
    def secrets(self, found: dict[str, Any], layers: int = 0) -> list[tuple[str, str]]:
        return [(f.where, f.masked) for f in findings(FindingKind.SECRET, found, layers)]

    def test_of_the_environment_with_the_step_that_set_it(self) -> None:
        env = ["PATH=/bin", "DB_PASSWORD=correct horse", "URL=http://u:pa55word@h/", "A_TOKEN="]
        steps = ("ENV DB_PASSWORD=correct horse", "ENV URL=http://u:pa55word@h/ # buildkit")
        found = findings(FindingKind.SECRET, document(*steps, Env=env))
        assert [(f.where, f.what, f.masked, f.step) for f in found] == [
            (
                "config.Env DB_PASSWORD",
                "the value of DB_PASSWORD",
                "co...(13 characters)",
                "ENV DB_PASSWORD=co...(13 characters)",
            ),
            (
                "config.Env URL",
                "a password in a URL",
                "pa...(8 characters)",
                "ENV URL=http://u:pa...(8 characters)@h/ # buildkit",
            ),
        ]

    def test_of_labels(self) -> None:
        labels = {"org.x.api-key": "f00ba4f00ba4", "version": "1", "note": f"use {TOKEN}"}
        assert self.secrets(document(Labels=labels)) == [
            ("config.Labels note", "gh...(40 characters)"),
            ("config.Labels org.x.api-key", "f0...(12 characters)"),
        ]

    def test_of_the_history_with_the_layer_that_the_step_made(self) -> None:
        steps = (("ADD x /",), "ENV A=b", (f"|1 KEY={TOKEN} /bin/sh -c curl {TOKEN}",))
        found = findings(FindingKind.SECRET, document(*steps), layers=2)
        assert [(f.where, f.layer, f.masked) for f in found] == [
            ("history[2].created_by", 1, "gh...(40 characters)")
        ] * 2
        mask = "gh...(40 characters)"
        assert {f.step for f in found} == {f"|1 KEY={mask} /bin/sh -c curl {mask}"}

    def test_no_layer_where_steps_are_not_matched_with_layers(self) -> None:
        [found] = findings(FindingKind.SECRET, document((f"RUN x {TOKEN}",)), layers=2)
        assert found.layer is None

    def test_an_earlier_value_that_was_set_anew_is_found_in_its_step(self) -> None:
        steps = ("ENV A_TOKEN=firstvalue", "ENV A_TOKEN=secondvalue")
        assert self.secrets(document(*steps, Env=["A_TOKEN=secondvalue"])) == [
            ("config.Env A_TOKEN", "se...(11 characters)"),
            ("history[0].created_by", "fi...(10 characters)"),
        ]

    def test_a_value_is_masked_in_steps_where_nothing_names_it(self) -> None:
        made = document((f"RUN make {'hunter2x'}",), ("RUN b",), Env=["A_PASSWORD=hunter2x"])
        assert ConfigFindings(made, 2).steps == {0: "RUN make hu...(8 characters)", 1: "RUN b"}

    def test_control_characters_are_shown_not_sent(self) -> None:
        odd = document(
            "ENV A_TOKEN=\x1b[2Jxxyyzz", Env=["A_TOKEN=\x1b[2Jxxyyzz", "B\x1b_TOKEN=abc"]
        )
        for found in findings(FindingKind.SECRET, odd):
            assert "\x1b" not in f"{found.what}{found.where}{found.step}{found.masked}"

    @pytest.mark.parametrize(
        "config",
        [
            {"Env": "x", "Labels": [], "ExposedPorts": "80", "User": {}},
            {"Env": [1, None, {}], "Labels": {"a_token": 5}},
            [],
            None,
        ],
    )
    def test_wrong_types_are_no_findings(self, config: object) -> None:
        found = ConfigFindings({"os": "linux", "config": config, "history": [1, {}, {"a": 2}]}, 3)
        assert found.others() == ()


class TestPorts:
    def test_in_order_with_their_steps(self) -> None:
        steps = ("EXPOSE map[443/tcp:{} 80/tcp:{}]", "/bin/sh -c #(nop)  EXPOSE 8080")
        ports: dict[str, object] = {"8080/tcp": {}, "443/tcp": {}, "80/tcp": {}, "53/udp": {}}
        found = findings(FindingKind.PORT, document(*steps, ExposedPorts=ports))
        assert [(f.what, f.step) for f in found] == [
            ("exposes port 53/udp", ""),
            ("exposes port 80/tcp", steps[0]),
            ("exposes port 443/tcp", steps[0]),
            ("exposes port 8080/tcp", steps[1]),
        ]


def test_the_work_and_the_output_grow_with_the_config_only() -> None:
    """Many secrets in one long step, many names in many steps: none is multiplied by the other."""
    count = 5_000
    names = [f"A{number}_TOKEN=value{number:05}" for number in range(count)]
    found = document(f"RUN {' '.join(names)}", *(f"ENV {name}" for name in names), Env=names)
    secrets = findings(FindingKind.SECRET, found)
    assert len(secrets) == 2 * count
    assert sum(len(secret.step) for secret in secrets) < 5_000 * 2 * count
    assert secrets[count - 1].step == f"ENV A{count - 1}_TOKEN=va...(10 characters)"
