"""`python -m win16demo`: the tour in a window, or in text where there is no display."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Entry point; says in one line what to install where something is missing."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends us as it ends every other program
    try:
        from .command import run
    except ImportError as missing:
        if missing.name and missing.name.startswith(("handleheap", "win16demo")):
            raise
        sys.exit("win16demo needs pygame, Typer and rich: pip install 'handleheap[demo]'")
    run()


if __name__ == "__main__":
    main()
