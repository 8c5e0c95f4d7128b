"""The heap to embed. `Heap` is compiled where that could be built; HANDLEHEAP_ENGINE=pure forces the plain one."""

from __future__ import annotations

import os
import sys


def sources() -> list[str]:
    """The path of this folder for the import system, on which it finds the sources only, never the extensions beside them."""
    from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

    folder = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(folder, ".")
    sys.path_importer_cache[path] = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
    return [path]


if os.environ.get("HANDLEHEAP_ENGINE") == "pure":
    __path__ = sources()

from .heap import MODE, Heap  # noqa: E402 - found on the path that was chosen above

__all__ = ["MODE", "Heap"]
