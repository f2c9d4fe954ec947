"""Steps of a history read as instructions of a Dockerfile, in the forms that builders write.

- docker's classic builder: `/bin/sh -c #(nop)  CMD ["a"]`, and for RUN the command itself,
  `|1 A=b /bin/sh -c ...` with build arguments (moby builder/dockerfile/dispatchers.go and
  internals.go);
- buildah and podman: the same, but with the line of the Dockerfile as it stood there and one blank
  in front of it (buildah imagebuildah/stage_executor.go, `getCreatedBy`; seen of 1.28);
- BuildKit: `RUN |1 A=b /bin/sh -c ... # buildkit`, `COPY a /b # buildkit`, `CMD ["a"]`
  (frontend/dockerfile/dockerfile2llb/convert.go, `commitToHistory` and `runCommandString`);
- kaniko and hand-made histories: the instruction as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from analyzer.layering.settings import Settings
from analyzer.layering.steps import Step
from analyzer.layering.words import listed_words, pairs, quoted_list

KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL"),
        *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)
DEFAULT_SHELL = "/bin/sh -c"
"""Of Linux; a Windows image states its own in its config (Dockerfile reference, "SHELL")."""
BASE_COMMENT = "FROM "
"""Buildah and podman begin the `comment` of the first step above a base image with this."""
_NAMELESS = frozenset({"ADD", "COPY"})
"""Steps with the hash of their sources in place of the names."""
_NOP = "#(nop) "
_BUILDKIT = " # buildkit"
_ARGUMENTS = re.compile(r"\|(\d{1,4}) ")


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a step says. `keyword` is empty where it is no instruction, and `text` then all of it.

    `text` is what stands behind the keyword; of a RUN only the command. `literal`: it is just what
    stood in the Dockerfile. `exec_form`: a RUN
    without a shell, whose words the history does not keep apart. `arguments` are the build
    arguments of a RUN.
    """

    keyword: str
    text: str
    step: Step
    buildkit: bool = False
    literal: bool = False
    exec_form: bool = False
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def summary(self) -> str:
        """The step without what builders put around it."""
        return f"{self.keyword} {self.text}".strip()


def instructions_of(steps: Iterable[Step], settings: Settings) -> Iterator[Instruction]:
    """Each of `steps` as an instruction; `settings` are those that the build ended in."""
    steps = tuple(steps)
    named = any("SHELL [" in step.created_by for step in steps)
    shell = DEFAULT_SHELL if named or not settings.shell else settings.shell_text
    arguments: dict[str, str] = {}
    by_buildah = "io.buildah.version" in settings.labels or any(
        step.comment.startswith(BASE_COMMENT) for step in steps
    )
    for step in steps:
        made = _instruction(step, shell, arguments, by_buildah=by_buildah)
        if made.keyword == "SHELL":
            words = quoted_list(made.text) if made.literal else None
            shell = " ".join(words) if words else made.text.removeprefix("[").removesuffix("]")
        elif made.keyword == "ARG":
            arguments |= {key: value for key, value, _ in pairs(made.text, {})}
        yield made


def shell_words(text: str, settings: Settings) -> tuple[tuple[str, ...], bool]:
    """The shell that `SHELL [...]` names, and whether its words are surely these."""
    if text[1:-1] == settings.shell_text:
        return settings.shell, True
    words, _ = listed_words(text, ())
    return words, False


def _instruction(
    step: Step, shell: str, known: Mapping[str, str], *, by_buildah: bool
) -> Instruction:
    text = step.created_by
    buildkit = text.endswith(_BUILDKIT) or step.comment.startswith("buildkit.")
    text = text.removesuffix(_BUILDKIT)
    before, nop, after = text.partition(_NOP)
    if nop and "\n" not in before:
        keyword, _, rest = after.lstrip(" ").partition(" ")
        if keyword in KEYWORDS:
            literal = by_buildah and not after.startswith(" ") and keyword not in _NAMELESS
            return Instruction(keyword, rest, step, literal=literal)
    keyword, _, rest = text.partition(" ")
    if keyword == "RUN":
        return _run(rest, step, shell, known, buildkit=buildkit)
    if keyword in KEYWORDS:
        return Instruction(keyword, rest, step, buildkit)
    if _ARGUMENTS.match(text) or _shell_of(text, shell):
        return _run(text, step, shell, known, buildkit=buildkit)
    return Instruction("", text, step)


def _shell_of(text: str, shell: str) -> str:
    """The shell that `text` begins with, and a blank; empty for none."""
    starts = (f"{words} " for words in (shell, DEFAULT_SHELL))
    return next((start for start in starts if text.startswith(start)), "")


def _run(
    text: str, step: Step, shell: str, known: Mapping[str, str], *, buildkit: bool
) -> Instruction:
    """A RUN from what stands in place of its command: arguments, shell and command."""
    arguments: tuple[tuple[str, str], ...] = ()
    counted = _ARGUMENTS.match(text)
    if counted:
        end, arguments = _arguments(text, counted.end(), int(counted[1]), shell, known)
        text = text[end:].removeprefix(" ")
    start = _shell_of(text, shell)
    command = text[len(start) :]
    # Kaniko writes a RUN as the Dockerfile has it: without a shell, and without this mark.
    exec_form = not start and (buildkit or counted is not None)
    return Instruction("RUN", command, step, buildkit, exec_form=exec_form, arguments=arguments)


def _arguments(
    text: str, start: int, number: int, shell: str, known: Mapping[str, str]
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Where `number` build arguments end, and what they are; they end before the shell.

    Without one the last value ends where its ARG says, else at the first blank.
    """
    places = (text.find(f" {words} ", start) for words in (shell, DEFAULT_SHELL))
    limit = next((place for place in places if place >= 0), len(text))
    found = list(islice(pairs(text[:limit], known, start), number))
    if not found:
        return start, ()
    key, value, end = found[-1]
    if limit == len(text) and known.get(key) != value:
        short, _, _ = value.partition(" ")
        end -= len(value) - len(short)
        found[-1] = key, short, end
    return end, tuple((key, value) for key, value, _ in found)
