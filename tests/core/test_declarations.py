"""Each .pxd says the same as its .py, and each .pyx offers the same as its .py. Nothing else compares them."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from hatch_build import sources

ROOT = Path(__file__).parents[2]
CORE = ROOT / "handleheap" / "core"


class Function(NamedTuple):
    """A function as it is declared: the names of its parameters, those with a default, and of its typed locals."""

    parameters: tuple[str, ...]
    optional: tuple[str, ...]
    locals: tuple[str, ...] = ()


class Scope:
    """What a module or a class declares."""

    def __init__(self):
        self.functions, self.names, self.classes = {}, [], {}


def split(text):
    """The parts between commas that stand in no brackets."""
    parts = re.split(r",(?![^\[(]*[\])])", text)
    return [part.strip() for part in parts if part.strip()]


def last_word(text):
    """`int64_t[::1] heads` -> heads; `movable=*` -> movable"""
    return re.findall(r"\w+", text.partition("=")[0])[-1]


def read_declarations(text):
    """The declarations of a .pxd, or a .pyx: an indentation of four is in a class, one of eight is a body."""
    text = re.sub(r'"""(.*?)"""', "", text, flags=re.DOTALL)
    text = re.sub(r"#.*", "", text)
    text = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", lambda found: " ".join(found[0].split()), text)  # a line each
    module = scope = Scope()
    typed = ()
    for row in filter(str.strip, text.splitlines()):
        line = row.strip()
        indent = row.index(line)
        if not indent:
            scope = module
        if indent > 4 or (indent and scope is module):
            continue
        if line.startswith("@"):
            if found := re.fullmatch(r"@cython\.locals\((.*)\)", line):
                typed = tuple(part.partition("=")[0] for part in split(found[1]))
        elif found := re.match(r"cdef class (\w+)", line):
            scope = module.classes[found[1]] = Scope()
        elif found := re.match(r"(?:cdef|cpdef|def)\b[^(=]*?(\w+)\((.*)\)[^()]*$", line):
            parameters = split(found[2])
            named = [last_word(part) for part in parameters if part.strip("*") and part != "/"]
            optional = [last_word(part) for part in parameters if "=" in part]
            scope.functions[found[1]] = Function(tuple(named), tuple(optional), typed)
            typed = ()
        elif found := re.match(r"cdef (?!extern|inline)(?:public |readonly )?(.+)", line):
            scope.names += [last_word(part) for part in split(found[1].partition("=")[0])]
    return module


def flat(body):
    """The statements of a module, and those behind its `if`."""
    for node in body:
        if isinstance(node, ast.If):
            yield from flat([*node.body, *node.orelse])
        else:
            yield node


def read_function(node):
    """A function as the source has it, with all of its locals."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    names = [each.arg for each in [*positional, *a.kwonlyargs]]
    optional = [each.arg for each in positional[len(positional) - len(a.defaults) :]]
    optional += [each.arg for each, default in zip(a.kwonlyargs, a.kw_defaults, strict=True) if default is not None]
    stored = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    return Function(tuple(names), tuple(optional), (*names, *stored))


def read_source(text):
    """The same of a .py: functions, classes with `__slots__` and what their methods assign to `self`, names of the module."""
    module = Scope()
    for node in flat(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = read_function(node)
        elif isinstance(node, ast.ImportFrom):
            module.names += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.ClassDef):
            scope = module.classes[node.name] = Scope()
            for each in node.body:
                if isinstance(each, ast.FunctionDef):
                    scope.functions[each.name] = read_function(each)
                elif isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__slots__":
                    scope.names += ast.literal_eval(each.value)
        else:
            module.names += [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    return module


def figures(text):
    """The names that a module takes from `words.py`."""
    return {
        alias.name
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom) and node.module == "words"
        for alias in node.names
    }


def differences(declared, source, where=""):
    """Where a .pxd says something else than its .py."""
    for name, function in declared.functions.items():
        if name not in source.functions:
            yield f"{where}{name} is declared and not there"
            continue
        there = source.functions[name]
        if function[:2] != there[:2]:
            yield f"{where}{name} is declared with {function[:2]}, and has {there[:2]}"
        for local in function.locals:
            if local not in there.locals:
                yield f"{where}{name} has no {local}, which is declared"
    for name, scope in declared.classes.items():
        if name not in source.classes:
            yield f"the class {name} is declared and not there"
            continue
        slots = source.classes[name].names
        yield from (f"{name}.{each} is declared and no slot" for each in scope.names if each not in slots)
        yield from (f"{name}.{each} is a slot and not declared" for each in slots if each not in scope.names)
        yield from differences(scope, source.classes[name], f"{name}.")
    if not where:
        yield from (f"{each} is declared and not there" for each in declared.names if each not in source.names)


def undeclared(declared, text):
    """Figures of `words.py` that would be Python objects."""
    return sorted(figures(text) - set(declared.names))


def missing_in_twin(twin, source):
    """What the .py offers and a .pyx does not: functions, classes, their methods, each with as many parameters."""
    for name, function in source.functions.items():
        if name in twin.classes:
            continue
        if name not in twin.functions:
            yield f"{name} is missing"
        elif twin.functions[name].parameters != function.parameters:
            yield f"{name} has {twin.functions[name].parameters}, and {function.parameters} in the .py"
    for name, scope in source.classes.items():
        if name not in twin.classes:
            yield f"the class {name} is missing"
            continue
        methods = {key: value for key, value in scope.functions.items() if not key.startswith("__")}
        yield from (f"{name}.{each}" for each in missing_in_twin(twin.classes[name], _only(methods)))


def _only(functions):
    scope = Scope()
    scope.functions = functions
    return scope


PLAIN = [path.stem for path in sources(ROOT) if path.suffix == ".py"]
TWINS = [path.stem for path in sources(ROOT) if path.suffix == ".pyx"]


@pytest.mark.parametrize("name", PLAIN)
def test_declarations_say_what_the_source_says(name):
    text = (CORE / f"{name}.py").read_text()
    declared, source = read_declarations((CORE / f"{name}.pxd").read_text()), read_source(text)
    assert declared.functions or declared.classes
    assert list(differences(declared, source)) == []
    assert undeclared(declared, text) == []


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_has_what_the_other_has(name):
    twin = read_declarations((CORE / f"{name}.pyx").read_text())
    beside = CORE / f"{name}.pxd"
    for each, scope in read_declarations(beside.read_text()).classes.items() if beside.exists() else ():
        twin.classes[each].functions = scope.functions | twin.classes[each].functions
    source = read_source((CORE / f"{name}.py").read_text())
    assert source.functions or source.classes
    assert list(missing_in_twin(twin, source)) == []


def test_there_is_something_to_compare():
    assert {"heap", "table", "sweep"} <= set(PLAIN)
    assert {"memory", "pin"} <= set(TWINS)
    table = read_declarations((CORE / "table.pxd").read_text()).classes["Table"]
    assert {"carve", "search", "link", "unbin"} <= table.functions.keys()
    assert {"cell", "word", "mask"} <= set(table.names)


PXD = '''
cimport cython
from libc.stdint cimport int64_t

cdef extern from *:
    """
    static int other(int n) { return n; }
    """
    int other(int n) nogil

cdef int64_t INDEX, LAST  # figures

@cython.final
cdef class Table:
    cdef readonly int64_t[::1] cell, word
    cdef public bint busy
    cdef object __weakref__
    @cython.locals(i=int64_t, gap=int64_t,
                   rows=int64_t[:, :])
    cdef int64_t slot(self, int64_t n, bint high) except -1
    cpdef alloc(self, n, bint movable=*, loader=*)
    cdef inline int64_t bits(self, int64_t n) noexcept:
        return n

cpdef tuple sweep(Table table, int64_t most)
'''
PY = """
from .words import INDEX, LAST

class Table:
    __slots__ = ("__weakref__", "busy", "cell", "word")

    def slot(self, n: int, high: bool) -> int:
        for i in range(n):
            rows = gap = i
        return rows

    def alloc(self, n: int, *, movable: bool = True, loader: object = None) -> int:
        return n

    def bits(self, n: int) -> int:
        return n

    def more(self) -> None:
        self.busy = True

if True:
    def sweep(table: Table, most: int) -> tuple[int, int]:
        return 0, 0
"""


def test_declarations_are_read():
    declared = read_declarations(PXD)
    assert declared.names == ["INDEX", "LAST"]
    assert declared.functions == {"sweep": Function(("table", "most"), ())}
    table = declared.classes["Table"]
    assert table.names == ["cell", "word", "busy", "__weakref__"]
    assert table.functions == {
        "slot": Function(("self", "n", "high"), (), ("i", "gap", "rows")),
        "alloc": Function(("self", "n", "movable", "loader"), ("movable", "loader")),
        "bits": Function(("self", "n"), ()),
    }
    assert list(differences(declared, read_source(PY))) == []
    assert undeclared(declared, PY) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("cdef int64_t INDEX, LAST", "cdef int64_t INDEX, LAST, FIRST", "FIRST is declared and not there"),
        ("int64_t[::1] cell, word", "int64_t[::1] cell, word, base", "Table.base is declared and no slot"),
        ("int64_t[::1] cell, word", "int64_t[::1] cell", "Table.word is a slot and not declared"),
        ("    cdef object __weakref__\n", "", "Table.__weakref__ is a slot and not declared"),
        ("slot(self, int64_t n, bint high)", "slot(self, int64_t n)", "Table.slot is declared with (('self', 'n'), ())"),
        ("slot(self, int64_t n, bint high)", "slot(self, bint high, int64_t n)", "Table.slot is declared with"),
        ("bint movable=*", "bint movable", "Table.alloc is declared with"),
        ("gap=int64_t", "gaps=int64_t", "Table.slot has no gaps, which is declared"),
        ("cpdef alloc(", "cpdef allocate(", "Table.allocate is declared and not there"),
        ("cdef class Table:", "cdef class Tables:", "the class Tables is declared and not there"),
        ("sweep(Table table, int64_t most)", "sweep(Table table)", "sweep is declared with (('table',), ())"),
    ],
)
def test_a_wrong_declaration_is_told(before, after, words):
    assert before in PXD
    told = list(differences(read_declarations(PXD.replace(before, after)), read_source(PY)))
    assert any(words in each for each in told), told


def test_a_figure_that_is_not_declared_is_told():
    assert undeclared(read_declarations(PXD.replace("INDEX, LAST", "INDEX")), PY) == ["LAST"]


def test_what_a_twin_lacks_is_told():
    twin = "cdef class Table:\n    def slot(self, n):\n        pass\ndef sweep(table):\n    pass\n"
    told = list(missing_in_twin(read_declarations(twin), read_source(PY)))
    assert told == [
        "sweep has ('table',), and ('table', 'most') in the .py",
        "Table.slot has ('self', 'n'), and ('self', 'n', 'high') in the .py",
        "Table.alloc is missing",
        "Table.bits is missing",
        "Table.more is missing",
    ]
