"""The command `ociscope`: the verbs, the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from analyzer.cli.output import STANDARD_OUTPUT, silence
from analyzer.cli.run import say
from analyzer.errors import AnalyzerError
from analyzer.problems import Code
from analyzer.version import __version__

PROGRAM = "ociscope"
NOT_DONE = 2
INTERRUPTED = 130
_DETAIL_CHARACTERS = 200
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What write(2) says of a disk that takes no more."""
VERBS = (
    *("analyze", "inspect", "ids", "packages", "layers", "files", "log", "sbom"),
    *("check", "diff", "platforms", "lookup", "verify", "cat", "cp", "export", "explain"),
    *("catalogers", "cache"),
)
"""In the order of the help. Each is the function, or group, of its name in the module of its name
beside this one."""


class Group(TyperGroup):
    """Loads the verb that is asked for and no other, runs it, and answers what it raises."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - click's
        """The verbs."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - click's
        """The verb of that name, or None."""
        return _load(cmd_name) if cmd_name in VERBS else None

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - click's
        """As click has it."""
        with _interruptible():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - click's own signature
        """As click has it."""
        with _interruptible():
            try:
                return super().invoke(ctx)
            except AnalyzerError as problem:
                say(f"error: {problem} [{problem.code.value}]")
                if problem.hint:
                    say(f"hint: {problem.hint}")
                raise typer.Exit(NOT_DONE) from problem


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C is an exit code; click would take it for an abort with another one."""
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name=PROGRAM,
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _load(name: str) -> Any:  # noqa: ANN401 - click's command
    verb = getattr(import_module(f"analyzer.cli.{name}"), name)
    if isinstance(verb, typer.Typer):
        loaded = get_command(verb)
    else:
        alone = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        alone.command(name)(verb)
        loaded = get_command(alone)
    loaded.name = name
    return loaded


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Look into container image archives: offline, without a daemon, without root.

    \b
    Exit codes:
      0    done
      1    the question was answered no: differences with --exit-code, an SBOM that
           fails, a hash that is nowhere, ...; or bytes do not match a digest or size
           that the file declares
      2    the work could not be done
      3    done, but content of the file could not be read, or not be written here;
           report and messages say which
      130  interrupted

    \b
    Examples:
      ociscope analyze app.tar
      ociscope ids app.tar
      ociscope diff old.tar new.tar
    """


def main() -> None:
    """Entry point of the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name=PROGRAM)
    except BrokenPipeError:  # whoever read the help has left
        silence(sys.stdout.fileno())
    except Exception as problem:
        if os.environ.get("OCISCOPE_DEBUG") == "1":
            raise
        if isinstance(problem, OSError) and problem.errno in _FULL and problem.filename is None:
            # Help and the version are not written by us.
            silence(sys.stdout.fileno())
            say(f"error: {STANDARD_OUTPUT}: {problem.strerror} [{Code.OUTPUT_FAILED}]")
        else:
            _report_bug(problem)
        sys.exit(NOT_DONE)


def _report_bug(problem: Exception) -> None:
    """What escapes everything else is our bug: one line, which asks for a report."""
    detail = " ".join(str(problem).split())[:_DETAIL_CHARACTERS]
    say(
        f"internal error: {type(problem).__name__}{f': {detail}' if detail else ''}; this is a bug "
        "of ociscope, please report it with the traceback that OCISCOPE_DEBUG=1 shows"
    )
