"""The command `ociscope`, also `python -m analyzer`, from its first moment on.

Loading what the command needs takes a third of a second. Whoever presses Ctrl-C in it gets the same
answer as later: one line and exit code 130. So nothing is imported before that is seen to but what
the interpreter has loaded anyway, and importing this module changes nothing.
"""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
_LINE = b"ociscope: interrupted\n"


def main() -> None:
    """Entry point of the program: load the command and run it."""
    watched = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if watched:  # else whoever started us wants it to be ignored
        signal.signal(signal.SIGINT, _leave)
    from analyzer.cli.app import main as run

    try:
        if watched:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        _leave()
    except SystemExit as ending:
        _end(ending)
        raise


def _end(ending: SystemExit) -> None:
    """End at once, as the kernel takes everything back faster than the interpreter does.

    All files are closed and all threads joined by now; freeing a large tree name by name takes a
    tenth of a second. Where an output cannot be flushed the interpreter ends as it always does.
    """
    if ending.code is not None and not isinstance(ending.code, int):
        return
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(ending.code or 0)


def _leave(*_: object) -> None:
    """Say so and end at once: nothing is open yet, or everything is closed again."""
    try:  # noqa: SIM105 - contextlib is not loaded yet
        os.write(2, _LINE)
    except OSError:  # nobody reads it any more
        pass
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
