"""The build file that a history suggests: a reconstruction, which says where it is one.

Every step stands in it, those of base images too, so it begins with FROM scratch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from analyzer.findings.config import ConfigFindings
from analyzer.image.model import Image
from analyzer.layering.instructions import BASE_COMMENT, Instruction, instructions_of
from analyzer.layering.settings import Settings, settings_of
from analyzer.layering.steps import Steps, steps_of
from analyzer.layering.unsaid import unsaid
from analyzer.layering.written import Writer, one_line_each
from analyzer.paths import printable

_COLUMNS = 80
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"
_FLAGS = (
    "BuildKit's history keeps no flags (--from, --chown, --chmod, --mount, ...): COPY and RUN may "
    "have had some, and a COPY may have been from another stage."
)
_UNPRINTABLE = "# control characters and the like, which stood in it as they are, are escaped here"
_MASKED = "Values that look like secrets are masked."


def dockerfile_of(image: Image) -> str:
    """The text of the reconstruction, safe to show; its last line is whole."""
    steps = steps_of(image)
    document = image.config.document if image.config is not None else {}
    told = ConfigFindings(document, len(image.layers))
    settings = settings_of(told.masked_run())
    made = tuple(instructions_of(steps.steps, settings))
    head = [*_head(image, steps, made), *(_comment(_MASKED) if told.secrets else ())]
    lines = [*head, *_base(image), "FROM scratch", ""]
    lines += _body(made, settings)
    rest = list(unsaid(made, settings))
    if rest:
        lines += ["", *_comment("In the config, and in no step of the history:"), *rest]
    return "".join(f"{_shown(line)}\n" for line in lines)


def _shown(line: str) -> str:
    """Control characters escaped, but tabs, which indent the lines of many a RUN."""
    return "\t".join(printable(part) for part in line.split("\t"))


def _comment(text: str) -> list[str]:
    return wrap(
        text,
        _COLUMNS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _head(image: Image, steps: Steps, made: Sequence[Instruction]) -> Iterator[str]:
    yield from _comment(
        f"Reconstructed by ociscope from the build history of {printable(image.title)}."
    )
    yield from _comment(
        "This is not the file that it was built from: a history has no comments and no other "
        "stages, shows variables and file names as they were filled in, and is not proven by the "
        "layers. What it does not say stands in comments."
    )
    if any(one.buildkit for one in made):
        yield from _comment(_FLAGS)
    if any(one.keyword == "RUN" and "\n" in one.text for one in made):
        yield from _comment("Needs BuildKit (or buildah 1.33), for the here-documents.")
    if not steps.steps:
        yield from _comment("The image has no history: there is nothing to reconstruct it from.")
    elif not steps.aligned:
        yield from _comment(
            f"{_counted(steps.with_content, 'step says that it', 'steps say that they')} made a "
            f"layer, and there {'is' if steps.layers == 1 else 'are'} "
            f"{_counted(steps.layers, 'layer', 'layers')}: which step made which is not known."
        )


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _base(image: Image) -> Iterator[str]:
    """What annotations of the manifest claim (image-spec annotations.md)."""
    value = image.manifest.value if image.manifest is not None else None
    stated = value.get("annotations") if isinstance(value, dict) else None
    notes: Mapping[str, object] = stated if isinstance(stated, dict) else {}
    claims = [(name, notes[name]) for name in (BASE_NAME, BASE_DIGEST) if name in notes]
    if claims:
        yield from _comment(
            "The manifest claims a base image, whose steps are then among those below:"
        )
        for name, value in claims:
            yield from one_line_each([f"#   {name} {value}"])


def _body(made: Sequence[Instruction], settings: Settings) -> Iterator[str]:
    writer = Writer(settings)
    for instruction in made:
        step = instruction.step
        if step.comment.startswith(BASE_COMMENT):
            yield from _texts("From here on the history says: ", step.comment)
        if step.layer is not None:
            yield f"# layer {step.layer}"
        if instruction.keyword:
            lines = writer.write(instruction)
            if any(_shown(line) != line for line in lines):
                yield _UNPRINTABLE
            yield from lines
        elif instruction.text:
            yield from _texts("not the form of a Dockerfile's step: ", instruction.text)
        else:
            yield "# a step that does not say what it did"


def _texts(label: str, text: str) -> Iterator[str]:
    """A text of the history in comment lines."""
    first, *more = text.split("\n")
    yield f"# {label}{first}"
    yield from (f"#   {line}" for line in more)
