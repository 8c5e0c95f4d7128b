"""Where and when something is measured: the machine without its name."""

from __future__ import annotations

import os
import platform
import re
import time
from contextlib import suppress
from pathlib import Path

from ... import engine
from ...core import memory


def machine() -> dict[str, str | int]:
    """Where and when this is measured; what is not known is an empty text.

    >>> list(machine())
    ['python', 'processors', 'system', 'date', 'cpu', 'memory', 'engine', 'compiler']
    """
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "processors": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "cpu": _first("/proc/cpuinfo", r"model name\s*: (.*)") or platform.processor(),
        "memory": _gigabytes(_first("/proc/meminfo", r"MemTotal: *(\d+)")),
        "engine": engine,
        "compiler": _compiler() if engine == "compiled" else "",
    }


def _first(path: str, pattern: str) -> str:
    """The first match in a file of the system; nothing where there is none."""
    with suppress(OSError):
        if match := re.search(pattern, Path(path).read_text()):
            return match[1].strip()
    return ""


def _gigabytes(kibibytes: str) -> str:
    return f"{int(kibibytes) / (1 << 20):.0f} GiB" if kibibytes else ""


def _compiler() -> str:
    """What compiled the engine, if its file says so: compilers leave their name in a section of comments."""
    names = re.findall(rb"GCC: \([^)]*\) [\d.]+|clang version [\d.]+", Path(memory.__file__).read_bytes())
    return b", ".join(sorted(set(names))).decode().replace("GCC: ", "GCC ")
