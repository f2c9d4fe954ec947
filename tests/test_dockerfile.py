"""Build files read back from histories: built again, they have to make the same image.

The histories come from real builders: docker's classic one, the BuildKit inside docker, buildah.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.layering.dockerfile import dockerfile_of
from analyzer.limits import Limits
from analyzer.opening import open_images
from tests.support.engines import Client, dockerd
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import require_tool, run, shared

SETTINGS = r"""FROM scratch
MAINTAINER A B <a@example.org>
ENV A=b B="two words" C='single "quoted"' D=back\\slash E='$HOME' F="a=b c=d"
ENV G old form
LABEL k=v l="two words" "spaced key"=x multi="one\
two"
ARG VERSION=1.2
ARG NOVALUE
ARG WORDS="two words"
EXPOSE 80 53/udp
VOLUME /data /other
VOLUME ["/json with blank"]
USER 1000:1000
WORKDIR "/srv/a b"
STOPSIGNAL SIGQUIT
SHELL ["/bin/dash", "-e", "-c"]
HEALTHCHECK --interval=30s --timeout=3s --retries=2 --start-period=5s \
    CMD curl -f "http://localhost/" || exit 1
HEALTHCHECK NONE
HEALTHCHECK CMD ["/bin/true", "a b"]
ONBUILD RUN echo "hi there" && \
    echo more
ONBUILD COPY . /app
ENTRYPOINT exec "$0" top
ENTRYPOINT ["/bin/sh", "-c"]
CMD echo shell $HOME
CMD ["a", "b\"c", "\\ \t"]
"""
RUNS = r"""FROM scratch
COPY sh /bin/sh
COPY libc.so.6 /lib/x86_64-linux-gnu/libc.so.6
COPY ld /lib64/ld-linux-x86-64.so.2
ARG VERSION=1.2
ARG WORDS="two words"
RUN echo $VERSION > /v && \
    echo "$WORDS" \
	# a comment inside
      > /w
RUN ["/bin/sh", "-c", "true"]
SHELL ["/bin/sh", "-ec"]
RUN echo three |   cat=1 read x; echo '  #  kept' > /x
"""


def reconstructed(path: Path) -> str:
    with open_images(str(path)) as chosen:
        (image,) = chosen.images
        return dockerfile_of(image)


def config(path: Path) -> dict[str, Any]:
    """The config of the one image of a file, as skopeo reads it."""
    kind = "docker-archive" if path.is_file() else "oci"
    shown = run([require_tool("skopeo"), "inspect", "--config", "--raw", f"{kind}:{path}"])
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def history(path: Path) -> list[tuple[str, bool]]:
    entries = config(path)["history"]
    return [(entry["created_by"], entry.get("empty_layer", False)) for entry in entries]


def settings(path: Path) -> dict[str, Any]:
    """What a container starts with; without the parent's ID, which the classic builder notes."""
    found: dict[str, Any] = config(path)["config"]
    return {name: value for name, value in found.items() if name not in {"Image", "Hostname"}}


@pytest.fixture(scope="module")
def docker() -> Iterator[Client]:
    with dockerd() as client:
        yield client


Build = Callable[[Path, Path, Path], Path]
"""From a Dockerfile and a folder an image that is written into another folder."""


@pytest.fixture(params=["classic", "buildkit"])
def docker_build(
    request: pytest.FixtureRequest, docker: Client, monkeypatch: pytest.MonkeyPatch
) -> Build:
    monkeypatch.setenv("DOCKER_BUILDKIT", "1" if request.param == "buildkit" else "0")

    def build(file: Path, context: Path, out: Path) -> Path:
        docker("build", "--network", "none", "--tag", file.name, "--file", file, context)
        docker("save", "--output", out / f"{file.name}.tar", file.name)
        return out / f"{file.name}.tar"

    return build


def buildah_build(file: Path, context: Path, out: Path) -> Path:
    storage: list[str | Path] = ["--storage-driver", "vfs"]
    storage += ["--root", out / "root", "--runroot", out / "run"]
    buildah = [require_tool("buildah"), *storage]
    made = out / f"{file.name}.tar"
    words = ["--quiet", "--format", "docker", "--tag", f"localhost/{file.name}"]
    run([*buildah, "bud", *words, "--file", file, context])
    run([*buildah, "push", "--quiet", f"localhost/{file.name}", f"docker-archive:{made}"])
    return made


def twice(build: Build, dockerfile: str, context: Path, tmp_path: Path) -> tuple[Path, Path, str]:
    """The image of a Dockerfile, that of its reconstruction, and the reconstruction."""
    first = tmp_path / "first"
    first.write_text(dockerfile)
    one = build(first, context, tmp_path)
    text = reconstructed(one)
    second = tmp_path / "second"
    second.write_text(text)
    return one, build(second, context, tmp_path), text


def test_docker_builds_the_same_settings_again(docker_build: Build, tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    one, two, text = twice(docker_build, SETTINGS, context, tmp_path)
    assert settings(one) == settings(two), text
    assert settings(one)["Env"][1:] == [
        *("A=b", "B=two words", 'C=single "quoted"', "D=back\\slash", "E=$HOME", "F=a=b c=d"),
        "G=old form",
    ]
    lost = [entry for entry in history(one) if entry not in history(two)]
    assert not lost, text


def test_docker_builds_the_same_files_again(
    docker_build: Build, docker: Client, tmp_path: Path
) -> None:
    """COPY without a name needs the sources brought; docker's hash of one depends on its name."""
    context = tmp_path / "context"
    context.mkdir()
    for number, source in enumerate(_shell_files(), 1):
        name = source.name if source.name == "libc.so.6" else ("sh", "", "ld")[number - 1]
        shutil.copy(source, context / name)
        shutil.copy(source, context / f"unknown-source-{number}")
    one, two, text = twice(docker_build, RUNS, context, tmp_path)
    assert unnamed(history(one)) == unnamed(history(two)), text
    assert "&& \\\n    echo" in text
    told = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", "first").splitlines()
    assert [step for step, _ in history(one)] == told[::-1]


def unnamed(steps: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return [(re.sub(r"file:[0-9a-f]{64}", "file:...", step), empty) for step, empty in steps]


def _shell_files() -> list[Path]:
    """A shell and what it is linked with, in the order in which `RUNS` copies them."""
    shell = Path(os.path.realpath(require_tool("dash")))
    listed = subprocess.run(["ldd", shell], capture_output=True, check=True, text=True).stdout
    words = [Path(word) for word in listed.split() if word.startswith("/")]
    libc = next(word for word in words if word.name == "libc.so.6")
    loader = next(word for word in words if word.name.startswith("ld-linux"))
    return [shell, libc, loader]


def test_buildah_builds_the_same_settings_again(tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    one, two, text = twice(buildah_build, SETTINGS, context, tmp_path)
    assert settings(one) == settings(two), text


# Forms that no builder here writes, from the sources that their test names.


def image(*steps: object, **config: object) -> ImageBuilder:
    builder = ImageBuilder()
    builder.config(history=[step if isinstance(step, dict) else made(step) for step in steps])
    return builder.config(config=config)


def made(created_by: object, comment: str = "buildkit.dockerfile.v0") -> dict[str, object]:
    return {"created_by": created_by, "comment": comment, "empty_layer": True}


def body(builder: ImageBuilder, tmp_path: Path) -> list[str]:
    """The lines behind FROM scratch."""
    text = reconstructed(builder.write_oci(tmp_path / "layout"))
    return text.partition("FROM scratch\n\n")[2].splitlines()


LOST = "# the history does not keep the text of here-documents"
EMPTY = f"{LOST}, which are empty here"
ESCAPED = "# control characters and the like, which stood in it as they are, are escaped here"


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        # convert_expose.go: fmt.Sprintf("EXPOSE %v", ps) of a slice
        ("EXPOSE [80/tcp 53/udp]", ["EXPOSE 80/tcp 53/udp"]),
        # convert.go, dispatchHealthcheck: StartInterval stands before Retries
        (
            'HEALTHCHECK &{["CMD-SHELL" "a || b"] "30s" "0s" "0s" "5s" \'!\'}',
            ["HEALTHCHECK --interval=30s --start-interval=5s --retries=33 CMD a || b"],
        ),
        # moby before 1.13, dispatchers.go: USER and STOPSIGNAL printed as slices
        ("/bin/sh -c #(nop) USER [1000]", ["USER 1000"]),
        ("/bin/sh -c #(nop) STOPSIGNAL [9]", ["STOPSIGNAL 9"]),
        # convert.go, dispatchRun: the content of a here-document stands in place of the command
        (
            "RUN /bin/sh -c set -e\n\techo a\n # buildkit",
            ["RUN <<EOF", "set -e", "\techo a", "EOF"],
        ),
        (
            "RUN /bin/sh -c cat <<EOF\na\nEOF\n # buildkit",
            ["RUN <<EOF1", "cat <<EOF", "a", "EOF", "EOF1"],
        ),
        # Kaniko writes the line of the Dockerfile
        (made("RUN apt-get update", ""), ["RUN apt-get update"]),
        (made("COPY a b /c/", ""), ["COPY a b /c/"]),
        # dispatchers.go, addition of a remote file: its hash without a kind
        (
            made("/bin/sh -c #(nop) ADD 0123abc in /x ", ""),
            [
                "# unknown-source-1: something, in the history only as 0123abc",
                "ADD unknown-source-1 /x",
            ],
        ),
        (made("bazel build ...", ""), ["# not the form of a Dockerfile's step: bazel build ..."]),
        (made("", ""), ["# a step that does not say what it did"]),
        (made(7, ""), ["# a step that does not say what it did"]),
        # convert.go, dispatchCopy: " <<" and the name of each document, whose text is not there
        ("COPY <<EOF /x # buildkit", [EMPTY, "COPY <<EOF /x", "EOF"]),
        ("COPY a <<one <<two /d/ # buildkit", [EMPTY, "COPY a <<one <<two /d/", "one", "two"]),
        ("ADD <<-x /x # buildkit", [f"{LOST}:", "#   ADD <<-x /x"]),
        # convert.go, dispatchRun: one that begins with #! is a file, and its path what is run
        (
            "RUN /bin/sh -c /dev/pipes/EOF # buildkit",
            ["# a script whose text the history does not keep:", "# RUN /dev/pipes/EOF"],
        ),
        # Of Kaniko the first line alone; the shell gets what it got
        (made("RUN cat <<EOF > /x", ""), ["RUN <<EOF", "cat <<EOF > /x", "EOF"]),
        ("RUN /bin/sh -c cat <<< here # buildkit", ["RUN cat <<< here"]),
        (
            "RUN /bin/sh -c a\r\nb # buildkit",
            [ESCAPED, "RUN <<EOF", "a\\x0d", "b", "EOF"],
        ),
        ("ENV A=two\nlines", None),
        ("MAINTAINER me \\", None),
        ("CMD echo\nhi", None),
    ],
)
def test_forms(step: object, lines: list[str] | None, tmp_path: Path) -> None:
    found = body(image(step), tmp_path)
    if lines is not None:
        assert found == lines
    else:  # it must not become another instruction, or take the next line with it
        assert found[0].startswith("# a Dockerfile has no way to say this")
        assert all(line.startswith("# ") for line in found)


def test_control_characters_never_leave(tmp_path: Path) -> None:
    lines = body(image("RUN /bin/sh -c echo \x1b[2J\r # buildkit"), tmp_path)
    assert lines == [ESCAPED, "RUN echo \\x1b[2J\\x0d"]


def test_one_step_and_one_layer_are_counted_as_such(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b""})
    builder.config(history=[made("CMD x")])
    text = " ".join(reconstructed(builder.write_oci(tmp_path / "layout")).split("\n# "))
    assert "0 steps say that they made a layer, and there is 1 layer: which" in text


def test_what_annotations_claim_of_the_base_stands_above(tmp_path: Path) -> None:
    builder = image("CMD x")
    builder.manifest(
        annotations={
            "org.opencontainers.image.base.name": "docker.io/library/debian:12\nRUN evil",
            "org.opencontainers.image.base.digest": "sha256:00",
        }
    )
    text = reconstructed(builder.write_oci(tmp_path / "layout"))
    above = text.partition("FROM scratch")[0].splitlines()
    assert "#   org.opencontainers.image.base.digest sha256:00" in above
    assert any("docker.io/library/debian:12" in line for line in above)
    assert all(line.startswith("#") for line in above)


def test_samples_of_buildkit_with_the_files_named() -> None:
    sample = shared("samples", "buildkit-docker.tar")
    assert reconstructed(sample).partition("FROM scratch\n\n")[2].splitlines() == [
        *("# layer 0", "COPY a.txt /a.txt", "# layer 1", "COPY a.txt /a.txt"),
        *("# layer 2", "COPY a.txt /a.txt", "# layer 3", "COPY d /d/"),
        *("LABEL k=v", 'CMD ["/a"]'),
    ]


def test_a_history_of_megabytes_takes_no_time(tmp_path: Path) -> None:
    """Texts made to be read over and over; each would take hours if it were."""
    long = 200_000
    steps = [
        "ENV " + "A=b " * long,
        "LABEL " + "x" * long,
        'CMD ["' + '\\"' * long,
        "VOLUME [" + "/a " * long + "]",
        "HEALTHCHECK &{[" + '] "' * long,
        "RUN |9999 " + "A=b " * long,
        "RUN " + "a  " * long,
        "RUN /bin/sh -c " + "\n".join(f"EOF{number}" for number in range(20_000)),
    ]
    env = [f"A{number}=b" for number in range(long // 10)]
    path = image(*steps, Env=env).write_oci(tmp_path / "layout")
    with open_images(str(path), limits=Limits(manifest_bytes=1 << 26)) as chosen:
        assert dockerfile_of(chosen.images[0]).count("\n") > 20_000
