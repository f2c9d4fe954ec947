"""The table of what other tools print: readable at 80 columns, nothing lost by shortening."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.digest import Digest
from analyzer.predict import NOTHING, REFUSED, Prediction
from analyzer.predict.model import IMAGE_ID, MADE_UP
from analyzer.render.predictions import LEGEND, predictions_text, short

ID = Digest(f"sha256:{'1' * 64}")
OTHER = Digest(f"sha256:{'2' * 64}")
ROWS = (
    Prediction("docker", "docker images", "IMAGE ID", IMAGE_ID, ID, source="a.go", checked=True),
    Prediction("docker", "docker inspect", ".Id", IMAGE_ID, ID, source="a.go", checked=True),
    Prediction(
        *("docker", "docker inspect", ".RepoDigests", NOTHING),
        condition="until it is pushed",
        source="a.go",
        checked=True,
    ),
    Prediction(
        *("podman", "podman image inspect", "RepoDigests", MADE_UP, OTHER),
        names=("localhost/a", "registry.example.com/team/project/service/backend"),
        condition="on a machine of this platform",
        source="b.go",
        checked=True,
    ),
    Prediction("files", "crane digest", "output", MADE_UP, condition="Go's gzip", source="c.go"),
    Prediction("files", "trivy image", "message", REFUSED, condition="two images", source="c.go"),
)
TEXT = f"""docker
  docker images
    IMAGE ID      sha256:111111111111  image ID
  docker inspect
    .Id           sha256:111111111111  image ID
    .RepoDigests  nothing (1)
  (1) until it is pushed

podman
  podman image inspect
    RepoDigests  localhost/a@sha256:222222222222  made-up manifest digest (1)
                 registry.example.com/team/project/service/backend@sha256:222222222222
  (1) on a machine of this platform

files
  crane digest
?   output   unknown: made-up manifest digest (1)
  trivy image
?   message  an error (2)
  (1) Go's gzip
  (2) two images

In full
  image ID (docker)
    {ID}
  made-up manifest digest (podman)
    {OTHER}

Rules from
  a.go
  b.go
  c.go

? marks what this project's tests do not check with the real tool: the rule is
from the tool's source, or from a run of it elsewhere."""


def test_the_table_is_read_by_people() -> None:
    assert predictions_text(ROWS) == TEXT


def test_words_go_below_where_they_do_not_fit() -> None:
    lines = predictions_text(ROWS, 60).splitlines()
    assert "                 made-up manifest digest (1)" in lines
    assert max(len(line) for line in lines if "@" not in line and "2222" not in line) <= 75


def test_without_unchecked_rows_there_is_no_mark() -> None:
    text = predictions_text(ROWS[:3])
    assert "?" not in text
    assert LEGEND.split(":")[0] not in text


def test_nothing_is_an_empty_text() -> None:
    assert predictions_text(()) == ""


def test_digests_are_shortened_as_tools_do() -> None:
    assert short(ID) == "sha256:111111111111"


_WORDS = st.text(st.characters(categories=["L", "N", "Cc", "Cf"]), max_size=20)


@given(
    st.lists(st.builds(Prediction, *[_WORDS.map(lambda w: f"x{w}")] * 4, st.just(ID)), max_size=4)
)
def test_every_digest_stands_in_full_below(rows: list[Prediction]) -> None:
    text = predictions_text(rows)
    assert (str(ID) in text) == bool(rows)
