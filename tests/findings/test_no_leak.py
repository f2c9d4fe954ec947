"""No output shows a secret in full: any config, both commands, every form of output.

The member `config` of the JSON report is the document as it stands, and says so; it alone is
taken out before looking.
"""

from __future__ import annotations

import json
import string
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cli.harness import Answer, call, files_below
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import require_tool, run

SECRET = st.text(string.ascii_letters + string.digits, min_size=12, max_size=40).filter(
    lambda text: not text.isdigit() and len(set(text)) > 1 and "example" not in text.lower()
)
"""Long enough that it stands nowhere by chance."""
SHAPED = st.sampled_from(["ghp_{:a<36.36}", "glpat-{:a<20}", "npm_{:a<36.36}", "sk_live_{:a<24}"])
NAMES = st.sampled_from(
    ["DB_PASSWORD", "apiToken", "com.x.secret-key", "A_TOKEN", "proxy.password"]
)


@st.composite
def configs(draw: st.DrawFn) -> tuple[dict[str, Any], list[str], list[str]]:
    """A config, its steps, and the secrets in them, each in one of the ways that people use."""
    env, steps, secrets = ["PATH=/bin"], [], []
    labels: dict[str, str] = {}
    for value in draw(st.lists(SECRET, min_size=1, max_size=4, unique=True)):
        name, secret = draw(NAMES), value
        way = draw(st.integers(0, 9))
        if way in {2, 3}:
            secret = draw(SHAPED).format(value)
        if way == 8:
            secret = f"{value[:6]} {value[6:]}"
        secrets.append(secret)
        env += [f"{name}{len(env)}={secret}"] if way == 0 else []
        env += [f"URL=https://user:{secret}@h.example/p?q=1"] if way == 1 else []
        env += [f"NOTE=use {secret} for all"] if way == 2 else []
        labels |= {f"note{len(labels)}": f"({secret})"} if way == 3 else {}
        labels |= {f"x{len(labels)}.{name}": secret} if way == 4 else {}
        steps += [f"|1 {name}={secret} /bin/sh -c make"] if way == 5 else []
        steps += [f"RUN curl -H 'Authorization: Bearer {secret}' https://h"] if way == 6 else []
        steps += [f"RUN /bin/sh -c tool --password {secret} # buildkit"] if way == 7 else []
        steps += [f"ENV {name}={secret}"] if way in {0, 8} else []
        steps += [f"RUN echo 'root:{secret}' | chpasswd"] if way == 9 else []
        if way in {0, 1, 4}:  # known from there, it is masked where nothing names it
            steps.append(f"RUN make {secret}")
    return {"Env": env, "Labels": labels, "User": "app"}, steps, secrets


def without_documents(report: Any) -> str:  # noqa: ANN401 - JSON
    for image in report["images"]:
        del image["config"]
    return json.dumps(report)


def shown(path: Path, folder: Path, name: str) -> list[str]:
    """Everything that these commands print and write, but the config documents."""

    def ok(answer: Answer) -> Answer:
        assert answer.code == 0
        return answer

    texts = [ok(call("inspect", path)).said, ok(call("analyze", path, "-d", folder)).said]
    texts += [without_documents(ok(call(verb, path, "-o", "json")).json) for verb in VERBS]
    for words in (*STEPS, ("log", name)):
        texts.append(ok(call(words[0], path, *words[1:])).said)
        if "--dockerfile" not in words:
            texts.append(ok(call(words[0], path, *words[1:], "-o", "json")).said)
    written = files_below(folder)
    texts.append(without_documents(json.loads(written.pop("report.json"))))
    return texts + [data.decode() for data in written.values()]


VERBS = ("inspect", "analyze")
FORMATS = ("table", "md", "csv", "json")
STEPS = (
    *(("layers",), ("layers", "--dockerfile"), ("files", "--layer", "0")),
    *(("files", "--all-layers"), ("files", "--deleted"), ("packages", "--history")),
)
"""Commands that show build steps."""


@given(configs(), st.sampled_from(["legacy", "skopeo", "oci"]))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_no_output_shows_a_secret(
    made: tuple[dict[str, Any], list[str], list[str]], form: str
) -> None:
    config, steps, secrets = made
    image = ImageBuilder().config(config=config).layer({"a": b"x"})
    for step in steps:
        image.layer({"b": b"x"}, created_by=step)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = folder / "image"
        image.write_oci(path) if form == "oci" else image.write_save(path, "a:1", style=form)
        texts = shown(path, folder / "out", "b" if steps else "a")
        other = ImageBuilder().layer({"a": b"y"}).write_oci(folder / "other")
        texts += [call("diff", other, path, "-o", form).said for form in FORMATS]
        texts += [call("diff", path, other, "--reproducible").said]
    for secret in secrets:
        leaks = [text for text in texts if secret in text]
        assert leaks == []
    assert all(f"({len(secret)} characters)" in "".join(texts) for secret in secrets)


BUILD = """FROM scratch
LABEL org.x.api-key=f00ba4f00ba4
ENV DB_PASSWORD="correct horse"
COPY file /file
EXPOSE 80 53/udp
USER root:root
"""
VALUES = ("correct horse", "f00ba4f00ba4")


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """An archive that buildah built with secrets in it, and what buildah says of its config."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(BUILD)
    (context / "file").write_text("x")
    store: list[str | Path] = [
        "--root",
        tmp_path / "root",
        "--runroot",
        tmp_path / "run",
        "--storage-driver",
        "vfs",
    ]
    buildah: list[str | Path] = [require_tool("buildah"), *store]
    run([*buildah, "bud", "-q", "--format", "docker", "--layers", "-t", "x", context])
    archive = tmp_path / "image.tar"
    run([*buildah, "push", "-q", "localhost/x", f"docker-archive:{archive}:localhost/x:1"])
    told: dict[str, Any] = json.loads(run([*buildah, "inspect", "localhost/x"]).stdout)
    return archive, told["Docker"]["config"]


def test_what_buildah_built_is_told_as_buildah_tells_it(
    built: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path, config = built
    answer = call("inspect", path, "-o", "json")
    assert answer.code == 0
    [image] = answer.json["images"]
    findings = {kind: [f for f in image["findings"] if f["kind"] == kind] for kind in KINDS}
    [root] = findings["runs-as-root"]
    assert f"user {config['User']}" in root["what"]
    assert "USER root:root" in root["step"]
    ports = {finding["what"].rpartition(" ")[2] for finding in findings["port"]}
    assert ports == set(config["ExposedPorts"])
    assert all("EXPOSE" in finding["step"] for finding in findings["port"])
    wheres = {finding["where"] for finding in findings["secret"]}
    assert wheres == {"config.Env DB_PASSWORD", "config.Labels org.x.api-key"}
    for text in shown(path, tmp_path / "out", "file"):
        assert not [value for value in VALUES if value in text]


KINDS = ("runs-as-root", "port", "secret")
