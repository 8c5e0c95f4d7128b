"""`python -m handleheap` and the program `handleheap`: the way into `cli`, whose libraries come with the extra `cli`."""

from __future__ import annotations

import io
import signal
import sys


class Interrupted(BaseException):
    """Ctrl-C, by a name that no library takes for its own."""


def main() -> None:
    """Run the command line. Exits with 2 where Typer or rich is missing, and with 130 at Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends us as it ends every other program
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name may have characters that the terminal has not
    try:
        _run()
    except Interrupted:
        sys.stderr.write("interrupted\n")
        raise SystemExit(130) from None


def _run() -> None:
    try:
        from .cli import app
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in ("typer", "rich"):
            raise
        sys.stderr.write(f"error: the command line needs {library}, which is missing: pip install 'handleheap[cli]'\n")
        raise SystemExit(2) from None
    app(prog_name="handleheap")


def _interrupt(*_: object) -> None:
    raise Interrupted


if __name__ == "__main__":
    main()
