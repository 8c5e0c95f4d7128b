"""The examples in the modules that Cython compiles. pytest does not look there: an extension wins the import of a .py."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import handleheap
from handleheap.core.pure import load_pure

CORE = Path(handleheap.__file__).parent / "core"
NAMES = sorted({path.stem for end in ("*.pyx", "*.pxd") for path in CORE.glob(end)})
PACKAGES = {handleheap.engine: "handleheap.core", "pure": load_pure().__package__}


def run(module):
    """How many examples were run, all of them with the result that is shown."""
    failed, attempted = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0
    return attempted


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_true_of_the_source(name):
    module = import_module(f"{PACKAGES['pure']}.{name}")
    assert Path(module.__file__).resolve() == CORE / f"{name}.py"
    run(module)


@pytest.mark.parametrize("mode", PACKAGES)
def test_the_heap_shows_how_it_is_used(mode):
    assert run(import_module(f"{PACKAGES[mode]}.heap")) > 5
