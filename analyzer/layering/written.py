"""Single instructions written for a Dockerfile: what a builder reads back as the same step.

Dockerfile reference: "Environment replacement", "Escape", "Here-documents", and the shell and exec
forms. What a step does not tell becomes a comment above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from analyzer.layering.instructions import Instruction, shell_words
from analyzer.layering.settings import Settings
from analyzer.layering.words import (
    json_words,
    kept,
    listed_words,
    pairs,
    quoted,
    quoted_list,
    unquoted,
)

_SOURCE = re.compile(
    r"(?P<flags>(?:--\S+?)?) ?(?P<hash>(?P<kind>file|dir|multi):[0-9a-f]{64}) in (?P<to>.*?) ?",
    re.DOTALL,
)
_KINDS = {"file": "one file", "dir": "the content of a folder", "multi": "several sources"}
_HEALTH = re.compile(
    r"""&\{(?P<test>\[.*\]) (?P<times>(?:"[^"]{1,40}" ){3,4})'(?P<retries>.{1,10})'\}""", re.DOTALL
)
_TIMES = {
    3: ("interval", "timeout", "start-period"),
    4: ("interval", "timeout", "start-period", "start-interval"),
}
_JOINED = re.compile(r"(?<=\S)([ \t])(?=[ \t]+[^ \t#])")
"""Where a line was continued: the builder leaves the indentation of the next one."""

_HEREDOC = re.compile(r"(?<!\S)\d*<<(?!<)")
"""What a builder takes for a here-document (BuildKit frontend/dockerfile/parser, `reHeredoc`)."""
_HEREDOC_NAME = re.compile(r"<<([A-Za-z0-9_.][\w.-]*)", re.ASCII)
_SCRIPT = "/dev/pipes/"
"""Where BuildKit puts a here-document that begins with `#!` (convert.go, `dispatchRun`)."""

Lines = list[str]


class Writer:
    """Writes the instructions of one Dockerfile, in order; sources without a name get numbers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sources: dict[str, str] = {}
        self._numbers = count(1)
        self._declared: dict[str, str] = {}

    def write(self, instruction: Instruction) -> Lines:
        """The lines of one instruction, with a comment where something is not known."""
        keyword, text = instruction.keyword, instruction.text
        if keyword == "RUN":
            return self._run(instruction)
        if instruction.literal:
            lines = [f"{keyword} {text}"]
        elif keyword in {"COPY", "ADD"}:
            lines = self._copy(keyword, text, buildkit=instruction.buildkit)
        elif keyword == "ARG":
            lines = self._arg(text, buildkit=instruction.buildkit)
        else:
            lines = self._plain(keyword, text)
        return one_line_each(lines)

    def _plain(self, keyword: str, text: str) -> Lines:
        writers: dict[str, Callable[[str, Settings], Lines]] = {
            "ENV": lambda t, s: [assignments("ENV", _pairs(t, s.env))],
            "LABEL": lambda t, s: [assignments("LABEL", _pairs(t, s.labels))],
            "HEALTHCHECK": lambda t, _: [_health(t)],
            "SHELL": _shell,
            "VOLUME": _volume,
            "EXPOSE": lambda t, _: [f"EXPOSE {kept(' '.join(ports_of(t)))}"],
        }
        if keyword in writers:
            return writers[keyword](text, self._settings)
        if keyword in {"CMD", "ENTRYPOINT"}:
            words = quoted_list(text)
            return [f"{keyword} {text if words is None else json_words(words)}"]
        if keyword in {"USER", "STOPSIGNAL", "WORKDIR"}:
            return [f"{keyword} {kept(_unlisted(text))}"]
        return [f"{keyword} {text}"]

    def _arg(self, text: str, *, buildkit: bool) -> Lines:
        """The classic builder writes one name into a step, BuildKit all of an instruction."""
        if not buildkit or "=" not in text:
            key, equals, value = text.partition("=")
            found = [(key, value)] if equals else []
        else:
            found = _pairs(text, {})
        self._declared |= dict(found)
        return [assignments("ARG", found) if found else f"ARG {text}"]

    def _copy(self, keyword: str, text: str, *, buildkit: bool) -> Lines:
        told = _SOURCE.fullmatch(text)
        if told is None and _HEREDOC.search(text):
            return _documents(keyword, text)
        if told is None:
            source, within, target = text.rpartition(" in ")
            if buildkit or not within:
                return [f"{keyword} {_with_dollars(text)}"]
            return self._unnamed(keyword, "", source, "something", target.rstrip(" "))
        kind = _KINDS[told["kind"]]
        return self._unnamed(keyword, told["flags"], told["hash"], kind, told["to"])

    def _unnamed(self, keyword: str, flags: str, source: str, kind: str, target: str) -> Lines:
        if source not in self._sources:
            self._sources[source] = f"unknown-source-{next(self._numbers)}"
        name = self._sources[source]
        words = " ".join(filter(None, (keyword, flags)))
        place = kept(target)
        plain = not re.search(r"\s", target)
        to = f"{name} {place}" if plain else json_words([name, place])
        told = f"# {name}: {kind}, in the history only as {source}"
        hint = "; to be named as it is in the layer" if target.endswith("/") else ""
        return [told + hint, f"{words} {to}"]

    def _run(self, instruction: Instruction) -> Lines:
        lines = []
        other = [(k, v) for k, v in instruction.arguments if self._declared.get(k) != v]
        if other:
            given = " ".join(f"{key}={quoted(value)}" for key, value in other)
            lines.append(f"# ran with build arguments {given}")
        command = instruction.text
        if instruction.exec_form:
            words = [word for word in command.split(" ") if word]
            lines.append("# the history does not keep apart the words of this exec form")
            return one_line_each([*lines, f"RUN {json_words(words)}"])
        lines = one_line_each(lines)
        if command.startswith(_SCRIPT) and not re.search(r"\s", command):
            return [*lines, "# a script whose text the history does not keep:", f"# RUN {command}"]
        if "\n" in command or _continues(command) or _HEREDOC.search(command):
            return [*lines, *_heredoc(command)]
        return [*lines, *f"RUN {_JOINED.sub(_continued, command)}".split("\n")]


def _continued(match: re.Match[str]) -> str:
    return f"{match[1]}\\\n"


def one_line_each(lines: Sequence[str]) -> Lines:
    """`lines` where none holds a line break or swallows the next one, else all in comments."""
    if not any("\n" in line or _continues(line) for line in lines):
        return list(lines)
    text = "\n".join(lines)
    why = "# a Dockerfile has no way to say this, for its line breaks or its last backslash:"
    return [why, *(f"#   {line}" for line in text.split("\n"))]


def _continues(line: str) -> bool:
    return line.rstrip(" \t").endswith("\\")


def assignments(keyword: str, found: Iterable[tuple[str, str]]) -> str:
    """`ENV A=b C="two words"`."""
    return " ".join([keyword, *(f"{quoted(key)}={quoted(value)}" for key, value in found)])


def _pairs(text: str, known: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, value) for key, value, _ in pairs(text, known)]


def _documents(keyword: str, text: str) -> Lines:
    """A step that wrote here-documents, which must not swallow what follows.

    Of their text BuildKit's history has nothing (convert.go, `dispatchCopy`).
    """
    words = [word for word in text.split() if _HEREDOC.match(word)]
    names = [_HEREDOC_NAME.fullmatch(word) for word in words]
    why = "# the history does not keep the text of here-documents"
    if "\n" in text or not all(names):
        return [f"{why}:", *(f"#   {line}" for line in f"{keyword} {text}".split("\n"))]
    ends = [name[1] for name in names if name is not None]
    return [f"{why}, which are empty here", f"{keyword} {_with_dollars(text)}", *ends]


def _heredoc(command: str) -> Lines:
    """A command of several lines; the shell gets it as it is (BuildKit, "Here-documents")."""
    body = command.removesuffix("\n").split("\n")
    taken = {line.lstrip("\t") for line in body}
    end = next(name for name in _ends() if name not in taken)
    return [f"RUN <<{end}", *body, end]


def _ends() -> Iterator[str]:
    yield "EOF"
    for number in count(1):
        yield f"EOF{number}"


def _health(text: str) -> str:
    r"""`HEALTHCHECK &{["CMD" "true"] "30s" "0s" "0s" '\x02'}`: a Go struct printed with `%q`."""
    told = _HEALTH.fullmatch(text)
    test = quoted_list(told["test"]) if told else None
    if told is None or not test:
        return f"HEALTHCHECK {text}"
    times = re.findall(r'"([^"]*)"', told["times"])
    retries = ord(unquoted(f"'{told['retries']}'")[:1] or "\0")
    options = zip(_TIMES[len(times)], times, strict=True)
    flags = [f"--{name}={time}" for name, time in options if time != "0s"]
    return health_line(test, [*flags, *([f"--retries={retries}"] if retries else [])])


def health_line(test: Sequence[str], flags: Sequence[str]) -> str:
    """A health check from the `Test` of a config."""
    if test[0] == "NONE":
        return "HEALTHCHECK NONE"
    command = " ".join(test[1:]) if test[0] == "CMD-SHELL" else json_words(test[1:])
    return " ".join(["HEALTHCHECK", *flags, "CMD", command])


def _shell(text: str, settings: Settings) -> Lines:
    words, sure = shell_words(text, settings)
    return [*_doubt(sure), f"SHELL {json_words(words)}"]


def _volume(text: str, settings: Settings) -> Lines:
    words, sure = listed_words(text, frozenset(settings.volumes))
    return [*_doubt(sure), f"VOLUME {json_words([kept(word) for word in words])}"]


def _doubt(sure: bool) -> Lines:  # noqa: FBT001 - its only meaning
    return [] if sure else ["# the history does not keep these words apart"]


def ports_of(text: str) -> Lines:
    """`map[80/tcp:{}]` of BuildKit, `[80/tcp]` of newer ones, `80/tcp` of docker."""
    inside = _unlisted(text.removeprefix("map"))
    return [word.removesuffix(":{}") for word in inside.split(" ") if word]


def _unlisted(text: str) -> str:
    """Without the brackets that older builders left around a single word."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _with_dollars(text: str) -> str:
    return re.sub(r"([\\$])", r"\\\1", text)
