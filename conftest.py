"""Which engine the tests get: never an extension that is older than its sources, and no other than the one asked for."""

import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

CORE = Path(__file__).parent / "handleheap" / "core"
ADVICE = "make engine, or: pip install --no-deps --no-build-isolation --editable ."
ELSE = "HANDLEHEAP_ENGINE=pure tests the sources."


def compiled(path):
    """Whether this is a .py of the engine that Cython compiles, or that has a compiled twin."""
    return path.parent == CORE and path.suffix == ".py" and any(path.with_suffix(end).exists() for end in (".pxd", ".pyx"))


def pytest_configure():
    """Refuse to test an engine that is not the one asked for."""
    if os.environ.get("HANDLEHEAP_ENGINE") == "pure":
        return
    twins = [path for path in CORE.glob("*.py") if compiled(path)]
    written = max(path.stat().st_mtime for path in [*twins, *CORE.glob("*.pyx"), *CORE.glob("*.pxd")])
    built = [path for suffix in EXTENSION_SUFFIXES for twin in twins if (path := twin.with_name(twin.stem + suffix)).exists()]
    if built and (len(built) < len(twins) or min(path.stat().st_mtime for path in built) < written):
        raise pytest.UsageError(f"The extensions of handleheap/core are older than their sources. {ADVICE} {ELSE}")
    if not built and os.environ.get("HANDLEHEAP_BUILD") == "require":
        raise pytest.UsageError(f"The engine is not compiled, and HANDLEHEAP_BUILD=require. {ADVICE}")


def pytest_report_header():
    """Say which engine is tested."""
    import handleheap

    return f"handleheap: the engine is {handleheap.engine}"


def pytest_ignore_collect(collection_path):
    """No examples from what is compiled: an extension wins the import of a .py. tests/core/test_doctests.py runs them."""
    return True if compiled(collection_path) else None
