"""`import handleheap` costs nothing, and a heap to embed costs little: each in an interpreter of its own."""

import json
import subprocess
import sys

import pytest

HEAVY = {"construct", "numpy", "matplotlib", "pygame", "typer", "rich", "hypothesis", "joblib", "pytest"}


def loaded(statement):
    """The modules that `statement` brings into an interpreter that had none but its own."""
    code = f"import sys, json; before = set(sys.modules); {statement}; print(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


ENGINE = ("words", "memory", "table", "pin", "sweep", "ladder", "heap")
CORE = {"handleheap", "handleheap.arena", "handleheap.errors", "handleheap.core", *(f"handleheap.core.{name}" for name in ENGINE)}


def ours(names):
    return {name for name in names if name.startswith("handleheap")}


def test_the_package_is_light():
    assert ours(loaded("import handleheap")) == CORE
    assert not loaded("import handleheap") & {*HEAVY, "typing", "ctypes"}


def test_the_probe_sees_what_is_imported():
    assert {"handleheap.layout", "construct"} <= loaded("import handleheap.layout")


@pytest.mark.parametrize(
    "module", ["arena", "errors", "textbook", "malloc.bump", "malloc.implicit", "shelf", "replay", "torture", "metrics", "check"]
)
def test_heaps_and_waist_import_no_third_party(module):
    assert not {name.split(".")[0] for name in loaded(f"import handleheap.{module}")} & HEAVY


def test_the_arena_does_without_typing():
    """Modules of one class are quick to load: annotations are not looked at before somebody asks."""
    assert "typing" not in loaded("import handleheap.arena")


def test_the_shelf_loads_a_heap_when_it_is_asked_for():
    heaps = {"handleheap.textbook", "handleheap.malloc.bump", "handleheap.malloc.implicit"}
    assert not loaded("import handleheap.shelf") & heaps
    made = loaded("from handleheap import shelf; list(shelf.every()); shelf.make('bump', 100)")
    assert made & heaps == {"handleheap.malloc.bump"}
    assert loaded("from handleheap import shelf; shelf.make('textbook', 100)") & heaps == {"handleheap.textbook"}


def test_a_heap_does_not_bring_the_tools():
    names = ("trace", "replay", "metrics", "check", "testing", "torture", "shelf", "lab", "view")
    tools = {f"handleheap.{name}" for name in names}
    for module in ("textbook", "malloc.implicit"):
        assert not loaded(f"import handleheap.{module}") & tools
