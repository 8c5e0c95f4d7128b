"""What Cython makes of the engine: C without Python in all that is hot.

Where that is not so, nothing but speed is lost: no other test would tell.
"""

import re
from pathlib import Path

import pytest

from hatch_build import sources, translate

ROOT = Path(__file__).parents[2]

TABLE = """
slot recycle index bind unbind rounded size units locks views is_free link unlink substitute lower bin_of bin unbin rebin trim
first_from search search_all search_high largest carve merge push pending any_quick pin
"""
HOT = {
    "heap": {
        "alloc": ["want = n if PURE", "return h"],  # the size comes in, the handle goes out: each is converted once
        "free": ["h = handle if PURE"],
        "lock": ["not high", "return self.base[i]"],
        "unlock": [],
    },
    "table": {name: [] for name in TABLE.split()},
    "sweep": {
        # a gap that rests below pins is in a list; a log is kept where a tap listens; the result is a tuple
        "sweep": ["fits", "gaps", "log.append", "return"],
        "settle": ["table.gaps.append"],
    },
}
"""Module -> function -> the lines of it that may call Python."""

BOOKKEEPING = re.compile(
    r"__Pyx_(RefNanny\w+|X?(INCREF|DECREF|GOTREF|GIVEREF|CLEAR)|DECREF_SET|AddTraceback|WriteUnraisable)|PyErr_Occurred"
)
"""Calls into Python that convert nothing: references are counted, errors are passed on."""

DEFINITION = re.compile(r"^[^\n]*?__pyx_(f|pf)_(\w+)\([^;{}]*\)\s*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
OVERRIDDEN = re.compile(r"^  /\* Check if called by wrapper \*/\n.*?^  \}\n", re.MULTILINE | re.DOTALL)
"""How a `cpdef` method looks whether a subclass written in Python has another: only then, Python is called there."""
MARKED = re.compile(r"^ \* (.*?) +# <{10,}$", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?(\*/|\Z)", re.DOTALL)
CALL = re.compile(r"\b((?:__Pyx|_?Py[A-Z])\w*)\(")


def mangled(*names):
    return "".join(f"{len(name)}{name}_" for name in names)


def functions(code, module):
    """Name -> body of each function of a module in its C file: `sweep`, `Table.slot`. `def` and `cpdef` are both found."""
    found = {}
    prefix = mangled(*module.split("."))
    for kind, name, body in DEFINITION.findall(code):
        if not name.startswith(prefix):
            continue
        owner, name = "", name.removeprefix(prefix)
        if part := re.match(r"(\d+)(?=[A-Za-z])", name):
            length = int(part[1])
            rest = name[part.end() :]
            if len(rest) > length and rest[length] == "_":
                owner, name = rest[:length] + ".", rest[length + 1 :]
        name = owner + re.sub(r"^\d+", "", name)
        if kind == "f" or name not in found:  # a `cpdef` has both, and what it does is in the first
            found[name] = OVERRIDDEN.sub("", body)
    return found


def python_calls(body):
    """(line of the source, call) of all that goes through Python in a function."""
    head, *rest = MARKED.split(body)
    pieces = [("its head", head)]
    pieces += [(line.strip(), code.partition("*/")[2]) for line, code in zip(rest[::2], rest[1::2], strict=True)]
    calls = [(line, call) for line, code in pieces for call in CALL.findall(COMMENT.sub("", code))]
    return [(line, call) for line, call in calls if not BOOKKEEPING.fullmatch(call)]


def complaints(body, allowed):
    """What is wrong with a hot function, in words."""
    calls = python_calls(body)
    wrong = [f"{call} in: {line}" for line, call in calls if not any(part in line for part in allowed)]
    return wrong + [f"no call in: {part}" for part in allowed if not any(part in line for line, _ in calls)]


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The C files of the engine."""
    folder = tmp_path_factory.mktemp("c")
    translate(ROOT, folder)
    return folder / "handleheap" / "core"


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in HOT.items() for name in names])
def test_what_is_hot_does_without_python(generated, module, name):
    found = functions((generated / f"{module}.c").read_text(), f"handleheap.core.{module}")
    (body,) = [body for each, body in found.items() if each.rpartition(".")[2] == name]
    assert complaints(body, HOT[module][name]) == []


@pytest.mark.parametrize(("name", "boxes"), [("Heap.alloc", 1), ("Heap.free", 0)])
def test_a_straight_path_makes_no_integer_but_the_handle(generated, name, boxes):
    body = functions((generated / "heap.c").read_text(), "handleheap.core.heap")[name]
    calls = [call for _, call in python_calls(body)]
    assert len([call for call in calls if "_From_" in call]) == boxes
    assert len([call for call in calls if "_As_" in call]) == 1


def test_all_modules_are_translated(generated):
    assert {path.stem for path in generated.glob("*.c")} == {path.stem for path in sources(ROOT)} >= HOT.keys()


SAMPLE = """# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, annotation_typing=False
class Sample:
    def clean(self, n):
        return (n & 0x3FFFFFFF) + 1
    def wide(self, n):
        return n & 0xFFFFFFFF
    def digits(self, n):
        return n.bit_length()
    def plain(self, n):
        return n + 1
def outside(n):
    return n + 1
"""
DECLARED = """from libc.stdint cimport int64_t
cdef class Sample:
    cdef int64_t clean(self, int64_t n) noexcept
    cdef int64_t wide(self, int64_t n) noexcept
    cdef int64_t digits(self, int64_t n) noexcept
    cpdef int64_t plain(self, int64_t n) noexcept
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The functions of a small module with a mistake in most of them."""
    folder = tmp_path_factory.mktemp("planted")
    core = folder / "handleheap" / "core"
    core.mkdir(parents=True)
    for package in (core, core.parent):
        (package / "__init__.py").write_text("")
    (core / "sample.py").write_text(SAMPLE)
    (core / "sample.pxd").write_text(DECLARED)
    translate(folder, folder / "c")
    return functions((folder / "c/handleheap/core/sample.c").read_text(), "handleheap.core.sample")


def test_the_functions_are_found(planted):
    names = {f"Sample.{name}" for name in ("clean", "wide", "digits", "plain")} | {"outside"}
    assert names <= planted.keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Sample.digits", "in: return n.bit_length()"),
        ("Sample.wide", "__Pyx_PyLong_From_int64_t in: return n & 0xFFFFFFFF"),
        ("outside", "in: return n + 1"),
    ],
)
def test_python_in_a_function_is_told(planted, name, words):
    wrong = complaints(planted[name], [])
    assert wrong
    assert any(words in each for each in wrong)
    assert complaints(planted[name], [words.partition("in: ")[2], "nowhere"])[-1:] == ["no call in: nowhere"]


@pytest.mark.parametrize("name", ["Sample.clean", "Sample.plain"])
def test_c_alone_is_not(planted, name):
    assert "return" in planted[name]
    assert complaints(planted[name], []) == []
