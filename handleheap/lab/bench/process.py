"""Interpreters of their own, for what an interpreter does once or never gives back; and the memory that a process had."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); arguments = json.loads(sys.argv[2])"


def elsewhere(code: str, *arguments: object) -> Any:
    """Run code in a new interpreter that finds modules where this one does, and return what it leaves as `result`.

    It gets the `arguments`, a list. A failure there is a CalledProcessError here.

    >>> elsewhere("result = arguments[0] + 1", 41)
    42
    """
    program = f"{START}\n{code}\nprint(json.dumps(result))"
    command = [sys.executable, "-I", "-c", program, json.dumps(sys.path), json.dumps(arguments)]
    try:
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr)
        raise


def give_back() -> None:
    """Return freed memory to the system, where the C library would keep it: the next contender begins like the first."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # not every C library has this
            ctypes.CDLL(None).malloc_trim(0)


def forget_peak() -> bool:
    """Let the peak of this process's memory begin anew; whether the system can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
        return True
    return False


def peak_memory() -> int:
    """The most memory that this process had, in bytes; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
