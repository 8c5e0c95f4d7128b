"""The uncompiled engine, also where the compiled one has won the import: both then live in one process.

>>> load_pure().MODE
'pure'
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from . import heap, sources

PACKAGE = "handleheap._pure"
"""A package that exists in `sys.modules` only, beside `handleheap.core`, so that relative imports mean the same in both."""


def load_pure() -> ModuleType:
    """The module of the pure heap; the same one each time."""
    if heap.MODE == "pure":
        return heap
    if PACKAGE not in sys.modules:
        sys.modules[PACKAGE] = ModuleType(PACKAGE)
        sys.modules[PACKAGE].__path__ = sources()
    return import_module(f"{PACKAGE}.heap")
